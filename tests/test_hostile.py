"""Mail that is out to break its reader: it costs itself at most, in bounded time and memory, and the run goes on.

Every case stands in a mailbox between two good messages, and is read by a process of its own that the system ends at
:data:`CPU_SECONDS`: a bound against hanging, not a measure. A message is kept or is a row of ``skipped``.
"""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import random
import resource
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

CPU_SECONDS = 20
MEMORY_BYTES = 1 << 30

BEACON = '<img src="https://t.example.com/open?u=5e78d7ef2297cc80842b" width="1" height="1">'
SEPARATOR = b"From a@example.org Thu Aug 22 12:36:23 2002\n"


def mail(name: str, page: str | bytes = BEACON, *headers: str) -> bytes:
    head = [f"From: {name}@example.com", "Date: Thu, 22 Aug 2002 12:36:23 +0000", *headers]
    body = page.encode("utf-8", "surrogatepass") if isinstance(page, str) else page
    return "\n".join([*head, "Content-Type: text/html; charset=utf-8", "", ""]).encode() + body


def images(n: int, *, attributes: str = "") -> str:
    return "".join(f'<img src="https://t.example.com/i/{n:06x}.gif?u={n * 7919:x}" {attributes}>' for n in range(n))


PAGES: dict[str, Callable[[], str | bytes]] = {
    "unclosed fonts": lambda: "".join(f"<p><font id=f{n}>" for n in range(20_000)) + BEACON,
    "unclosed formatting": lambda: "".join(f"<b class=c{n}><i><u><a href=x>" for n in range(5_000)) + BEACON,
    "mis-nested formatting": lambda: "<b><i></b></i><p>" * 20_000 + BEACON,
    "tables in anchors": lambda: "<a href=x><table>" * 5_000 + BEACON,
    "20,000 attributes": lambda: f"<img {' '.join(f'a{n}=x' for n in range(20_000))} src=https://t.example.com/a.gif>",
    "one attribute 20,000 times": lambda: f"<img {'alt=x ' * 20_000} src=https://t.example.com/a.gif>",
    "20,000 attributes on the body": lambda: "<body>" + "".join(f"<body a{n}=x>" for n in range(20_000)) + BEACON,
    "comment openings": lambda: "<!--" * 200_000 + BEACON,
    "comments": lambda: "<!-- x -->" * 100_000 + BEACON,
    "conditional openings": lambda: "<!--[if mso]>" * 50_000 + BEACON,
    "conditional comments": lambda: f"<!--[if mso]>{BEACON}<![endif]-->" * 5_000,
    "conditionals within one another": lambda: "<!--[if mso]><!--" * 20_000 + BEACON,
    "100,000 elements deep": lambda: "<div>" * 100_000 + BEACON,
    "100,000 elements deep with style": lambda: '<div style="color:red" class=a>' * 30_000 + BEACON * 200,
    "many images 5,000 elements deep": lambda: "<div class=a>" * 5_000 + images(3_000),
    "tables 10,000 deep": lambda: "<table><tr><td>" * 10_000 + BEACON,
    "quotes 20,000 deep": lambda: "<blockquote>" * 20_000 + images(500),
    "templates 10,000 deep": lambda: "<template>" * 10_000 + BEACON,
    "foreign elements 10,000 deep": lambda: "<svg><math><foreignObject>" * 10_000 + BEACON,
    "selects": lambda: "<select><option>" * 20_000 + BEACON,
    "a sheet of 100,000 rules": lambda: f"<style>{''.join(f'.c{n}{{width:1px}}' for n in range(100_000))}</style>{BEACON}",
    "5,000 rules on 5,000 images": lambda: (
        f"<style>{''.join(f'td .c{n},img.c{n}{{width:1px}}' for n in range(5_000))}</style>"
        + "".join(f'<td><img class=c{n} src="https://t.example.com/{n}">' for n in range(5_000))
    ),
    "rules on every image": lambda: f"<style>{'img{width:2px}' * 5_000}</style>" + images(3_000),
    "selectors of many steps": lambda: (
        f"<style>{' '.join(['div'] * 2_000)} img{{width:1px}}</style>" + "<div>" * 3_000 + images(300)
    ),
    "selectors of many steps that fail": lambda: (
        f"<style>{'p ' + 'div ' * 30}img{{width:1px}}</style>" + "<div>" * 2_000 + images(300)
    ),
    "steps of children and descendants": lambda: (
        f"<style>{'p ' + 'div>div ' * 15}img{{width:1px}}</style>" + "<div>" * 2_000 + images(100)
    ),
    "siblings": lambda: f"<style>{'p~' * 20}img{{width:1px}}</style>" + "<p>" * 10_000 + images(100),
    "selectors within one another": lambda: f"<style>{':not(' * 5_000}img{{width:1px}}</style>{BEACON}",
    "has": lambda: f"<style>{'div:has(' * 30}img{')' * 30}{{width:1px}}</style>" + "<div>" * 1_000 + images(100),
    "a list of 100,000 selectors": lambda: f"<style>{','.join(f'.c{n}' for n in range(100_000))}{{width:1px}}</style>" + BEACON,
    "blocks never closed": lambda: f"<style>{'@media print{' * 20_000}img{{width:1px}}</style>{BEACON}",
    "brackets never closed": lambda: f"<style>a{{b:{'(' * 100_000}}}</style>{BEACON}",
    "braces never closed": lambda: f"<style>{'{' * 100_000}</style>{BEACON}",
    "style comments": lambda: f"<style>{'/*' * 200_000}</style>{BEACON}",
    "style strings": lambda: "<style>" + "a{b:'\n" * 50_000 + f"</style>{BEACON}",
    "style escapes": lambda: "<style>" + "\\" * 300_001 + f"</style>{BEACON}",
    "imports": lambda: f"<style>{''.join(f'@import url(https://t.example.com/{n}.css);' for n in range(10_000))}</style>",
    "1,000 sheets": lambda: "".join(f"<style>.c{n}{{width:{n}px}}</style>" for n in range(1_000)) + images(1_000),
    "a style of a megabyte": lambda: f'<img src=https://t.example.com/a style="{"width:1px;" * 100_000}">',
    "a style of brackets": lambda: f'<img src=https://t.example.com/a style="width:{"calc(" * 100_000}">',
    "a style of urls": lambda: f'<p style="{"background:url(https://t.example.com/a);" * 10_000}">',
    "urls never closed": lambda: f'<p style="{"background:url(" * 100_000}">',
    "a srcset of 100,000": lambda: f"<img srcset='{','.join(f'https://t.example.com/{n} {n}w' for n in range(100_000))}'>",
    "a srcset of commas": lambda: f"<img srcset='{',' * 1_000_000}'>",
    "a srcset of spaces": lambda: f"<img srcset='{' ' * 1_000_000}x'>",
    "20,000 images": lambda: images(20_000),
    "20,000 images that hide": lambda: images(20_000, attributes='width=1 height=1 style="display:none"'),
    "one image 50,000 times": lambda: BEACON * 50_000,
    "an address of a megabyte": lambda: f"<img src='https://t.example.com/{'a1/' * 300_000}' width=1 height=1>",
    "a query of a megabyte": lambda: f"<img src='https://t.example.com/?{'a=1&' * 250_000}' width=1 height=1>",
    "an address of escapes": lambda: f"<img src='https://t.example.com/{'%25' * 100_000}' width=1 height=1>",
    "an address of base64": lambda: f"<img src='https://t.example.com/{'QUFB' * 50_000}' width=1 height=1>",
    "an address of at signs": lambda: f"<img src='https://{'a@' * 100_000}t.example.com/' width=1 height=1>",
    "an address of dots": lambda: f"<img src='https://{'a.' * 100_000}example.com/../..{'/..' * 50_000}' width=1>",
    "an address in an address": lambda: "<img src='" + "https://ci3.googleusercontent.com/proxy/x#" * 5_000 + "https://t.example.com/'>",
    "safe links in one another": lambda: "<img src='" + "https://eur01.safelinks.protection.outlook.com/?url=" * 5_000 + "'>",
    "data addresses": lambda: f"<img src='data:image/png;base64,{'QUFB' * 1_000_000}'>{BEACON}",
    "links by the thousand": lambda: "".join(f'<a href="https://c.example.com/click?u={n:020x}">x</a>' for n in range(30_000)),
    "entities": lambda: "&amp" * 500_000 + "&#x41" * 200_000 + BEACON,
    "tag openings": lambda: "<" * 500_000 + "<a " * 200_000,
    "a tag never closed": lambda: "<p>" * 1_000 + "<img src='" + "x y=\"" * 200_000,
    "attributes never closed": lambda: "<a href='" * 200_000,
    "end tags": lambda: "</p>" * 200_000 + "</" * 200_000 + BEACON,
    "processing instructions": lambda: "<?" * 200_000 + "<![CDATA[" * 100_000 + BEACON,
    "zero bytes": lambda: b"\x00" * 1_000_000 + BEACON.encode() + b"<img\x00src=x>",
    "lone surrogates": lambda: b"\xed\xa0\x80" * 100_000 + BEACON.encode(),
    "no line ends": lambda: "x " * 2_000_000 + BEACON,
    "line ends": lambda: "\r\n" * 1_000_000 + BEACON + "\r" * 500_000,
    "base": lambda: f"<base href='https://t.example.com/{'b' * 1_000_000}/'>" + "<img src=a width=1 height=1>" * 200,
    "metas": lambda: '<meta http-equiv=refresh content="0;url=https://t.example.com/a">' * 10_000,
    "60 MB of text": lambda: "<p>" + "tea and cake " * 4_800_000 + BEACON,
    "20 MB of tags": lambda: "<p class=a>tea</p>" * 1_100_000 + BEACON,
}  # fmt: skip


def nested(depth: int, kind: str = "mixed") -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/%s; boundary=b%dx\n\n--b%dx\n" % (kind.encode(), i, i) for i in range(depth)
    )
    return b"From: hostile@example.com\n" + opened + b"Content-Type: text/html\n\n" + BEACON.encode() + b"\n"


def part_of(n: int, part: bytes) -> bytes:
    return (
        b"From: hostile@example.com\nContent-Type: multipart/mixed; boundary=b\n\n" + (b"--b\n" + part) * n + b"--b--\n"
    )


MESSAGES: dict[str, Callable[[], bytes]] = {
    "multiparts 1,000 deep": lambda: nested(1_000),
    "alternatives 1,000 deep": lambda: nested(1_000, "alternative"),
    "messages 1,000 deep": lambda: b"Content-Type: message/rfc822\n\n".join([b"From: hostile@example.com\n"] * 1_000) + b"\ntea",
    "messages 100 deep with 10 MB": lambda: (
        b"From: hostile@example.com\nContent-Type: message/rfc822\n\n" * 100
        + b"From: hostile@example.com\nContent-Type: text/html\n\n" + b"<p>tea" * 1_700_000
    ),
    "100,000 parts": lambda: part_of(100_000, b"\ntea\n"),
    "10,000 HTML parts": lambda: part_of(10_000, b"Content-Type: text/html\n\n" + BEACON.encode() + b"\n"),
    "200 HTML parts with a sheet": lambda: part_of(
        200, b"Content-Type: text/html\n\n<style>" + b"img.a{width:1px}" * 500 + b"</style>" + BEACON.encode() + b"\n"
    ),
    "200,000 empty boundaries": lambda: part_of(200_000, b""),
    "100 MB of attachment": lambda: mail("hostile").replace(b"\n\n", b"\nX-A: b\n\n", 1) + base64.encodebytes(b"\x07" * 76_000_000),
    "over 100 MB": lambda: mail("hostile") + b"tea and cake\n" * 8_200_000,
    "100,000 headers": lambda: mail("hostile", BEACON, *(f"X-Tea-{n}: {n}" for n in range(100_000))),
    "100,000 headers of one name": lambda: mail("hostile", BEACON, *["Received: by mx; Thu, 22 Aug 2002 12:36:23 +0000"] * 100_000),
    "100,000 lines of one header": lambda: mail("hostile", BEACON, "X-Tea: a" + "\n b" * 100_000),
    "headers without names": lambda: mail("hostile", BEACON, *[": tea"] * 100_000),
    "encoded words": lambda: mail("hostile", BEACON, "Subject: " + "=?utf-8?q?tea?= " * 100_000),
    "half encoded words": lambda: mail("hostile", BEACON, "Subject: " + "=?utf-8?q?" * 40_000),
    "continued parameters": lambda: b"From: hostile@example.com\nContent-Type: text/html;" + b"".join(
        b' a*%d*="x";' % n for n in range(20_000)
    ) + b"\n\n" + BEACON.encode(),
    "a boundary of a megabyte": lambda: b"From: hostile@example.com\nContent-Type: multipart/mixed; boundary=\"" + b"b" * 1_000_000 + b"\"\n\n--b\n\ntea",
    "broken base64": lambda: mail("hostile", b"Q=U*F-" * 1_500_000, "Content-Transfer-Encoding: base64"),
    "broken quoted-printable": lambda: mail("hostile", b"==3=\n=" * 1_500_000, "Content-Transfer-Encoding: quoted-printable"),
    "uuencode": lambda: mail("hostile", b"begin 644 a\n" * 100_000, "Content-Transfer-Encoding: x-uuencode"),
    "no headers but one": lambda: b"Subject:\n\n",
    "no body": lambda: b"From: hostile@example.com",
    "no sender, no date": lambda: b"To: a@example.org\nContent-Type: text/html\n\n" + BEACON.encode(),
    "an unknown charset": lambda: mail("hostile").replace(b"utf-8", b"x-tea\x00\xff"),
    **{
        f"a {name} of a megabyte": lambda name=name, value=value: mail("hostile", BEACON, f"{name}: {value}")  # type: ignore[misc]
        for name, value in {
            "From": "a" * 1_000_000 + "@example.com", "To": "a@example.org, " * 70_000, "Cc": "<" * 1_000_000,
            "Subject": "tea " * 250_000, "Date": "Thu, " * 200_000, "Received": "from a by b; " * 80_000,
            "List-Unsubscribe": "<mailto:a@b>," * 80_000, "List-Id": "<" * 500_000 + ">" * 500_000,
            "Content-Type": "text/html; " + "charset=" * 125_000, "X-Gmail-Labels": "Tea," * 250_000,
            "DKIM-Signature": "d=" * 500_000, "Return-Path": "<" + "a=" * 500_000 + ">", "Message-ID": "<" * 1_000_000,
            "Reply-To": '"' * 1_000_001, "Content-Disposition": 'attachment; filename="' + "\\" * 1_000_000,
            "Feedback-ID": ":" * 1_000_000, "Content-Transfer-Encoding": "base64 " * 150_000, "Delivered-To": "@" * 1_000_000,
        }.items()
    },
    **{
        f"dated {date}": lambda date=date: mail("hostile").replace(b"Thu, 22 Aug 2002 12:36:23 +0000", date.encode())  # type: ignore[misc]
        for date in (
            "Thu, 1 Jan 1970 00:00:00 +0000", "Wed, 31 Dec 1969 23:59:59 -1200", "Thu, 31 Dec 2099 23:59:59 +0000",
            "Fri, 31 Dec 9999 23:59:59 -9999", "Mon, 1 Jan 0001 00:00:00 +9999", "Thu, 99 Foo 99999 99:99:99 +99999999",
            "9" * 5_000,
        )
    },
}  # fmt: skip


def boxed(*messages: bytes) -> bytes:
    return b"".join(SEPARATOR + each + b"\n\n" for each in messages)


def read(path: Path, out: Path) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """Extract `path` in a process with limits; return counts, the rows of messages, and those of skipped."""
    code = (
        "import sys; from pixelstudy.extraction.run import extract\n"
        "extract([sys.argv[1]], sys.argv[2], jobs=1, salvage=True, part_bytes=1 << 30)"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))

    child = subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(out)], preexec_fn=limit, stderr=subprocess.PIPE
    )
    assert child.stderr is not None
    error = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert (child.returncode, error) == (0, "")
    if sys.platform == "linux":
        assert usage.ru_maxrss * 1024 < MEMORY_BYTES
    if where := os.environ.get("HOSTILE_LOG"):
        with Path(where).open("a") as log:
            print(f"{usage.ru_utime + usage.ru_stime:8.2f} s {usage.ru_maxrss / 1024:8.0f} MB  {path.name}", file=log)
    run = json.loads((out / "run.json").read_text())["counts"]
    return run, *(pq.read_table(out / f"{name}.parquet").to_pylist() for name in ("messages", "skipped"))


@pytest.mark.parametrize("name", [*PAGES, *MESSAGES])
def test_a_hostile_message_costs_itself_alone(name: str, tmp_path: Path) -> None:
    hostile = MESSAGES[name]() if name in MESSAGES else mail("hostile", PAGES[name]())
    path = tmp_path / f"{name.replace('/', '-')[:60]}.mbox"
    path.write_bytes(boxed(mail("first"), hostile, mail("last")))
    counts, messages, skipped = read(path, tmp_path / "out")
    assert counts["n_read"] == 3
    assert len(messages) + len(skipped) == 3
    assert [row["sender_address"] for row in messages if row["sender_address"] in ("first@example.com", "last@example.com")] == [
        "first@example.com", "last@example.com",
    ]  # fmt: skip
    assert {row["reason"] for row in skipped} <= {"malformed", "too large"}


def noise(size: int) -> bytes:
    """Bytes without order, the same every time."""
    return random.Random(size).randbytes(size)


BOX = boxed(mail("first"), *(mail(f"shop{n}") for n in range(50)), mail("last"))
REPEATED = boxed(mail("first"), *[mail("hostile")] * 5_000, mail("last"))
GOOD = mail("first")


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def tarred(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def zeros(n_megabytes: int, compress: Any) -> bytes:
    """Return a compressed message, behind which zeros follow."""
    block = bytes(1 << 20)
    return b"".join(
        [compress.compress(GOOD), *(compress.compress(block) for _ in range(n_megabytes)), compress.flush()]
    )


FILES: dict[str, tuple[Callable[[], bytes], int, set[str]]] = {
    "noise between messages": (lambda: boxed(mail("first"), noise(3_000_000), mail("last")), 2, {"not mail"}),
    "noise before and after": (lambda: noise(60_000) + b"\n\n" + BOX + noise(100_000), 52, {"not mail"}),
    "zeros within": (lambda: boxed(mail("first")) + bytes(5_000_000) + b"\n\n" + boxed(mail("last")), 2, set()),
    "100,000 separators": (lambda: boxed(mail("first"), *[b""] * 100_000, mail("last")), 2, {"not mail"}),
    "one message 5,000 times": (lambda: REPEATED, 3, set()),
    "a cut gzip": (lambda: gzip.compress(BOX + boxed(noise(100_000)))[:-50_000], 52, {"truncated"}),
    "a cut bzip2": (lambda: bz2.compress(BOX + boxed(noise(3_000_000)))[:-900_000], 52, {"truncated"}),
    "a cut xz": (lambda: lzma.compress(BOX + boxed(noise(300_000)))[:-100_000], 52, {"truncated"}),
    "a cut tar": (lambda: tarred(("a.eml", mail("a")), ("b.mbox", BOX), ("c.eml", noise(9_000)))[:-12_000], 53, {"truncated"}),
    "a cut zip": (lambda: zipped(("a.eml", mail("a")), ("b.mbox", BOX), ("c.eml", noise(9_000)))[:-4_000], 53, {"truncated"}),
    "a zip whose directory is noise": (lambda: zipped(("a.mbox", BOX), ("b.eml", mail("b")))[:-60] + noise(60), 53, {"corrupt"}),
    "a gzip gone wrong": (lambda: (data := gzip.compress(BOX + boxed(noise(1_900_000))))[:1_400_000] + noise(9_000) + data[1_409_000:], 52, {"corrupt"}),
    "a tar gone wrong": (lambda: b"ussar".join(tarred(("b.mbox", BOX), ("c.eml", mail("c"))).rsplit(b"ustar", 1)), 52, {"corrupt"}),
    "a gzip of a gigabyte of zeros": (lambda: zeros(1_000, zlib.compressobj(wbits=31)), 0, {"too large"}),
    "an xz of two gigabytes of zeros": (lambda: zeros(2_000, lzma.LZMACompressor(preset=0)), 0, {"too large"}),
    "a zip of gigabytes": (lambda: zipped(("a.eml", mail("a")), *[(f"{n}.mbox", bytes(50_000_000)) for n in range(20)]), 1, {"too large", "not mail"}),
    "a zip of 20,000 members": (lambda: zipped(*((f"{n}.eml", mail(f"a{n}")) for n in range(20_000)), method=zipfile.ZIP_STORED), 20_000, set()),
    "a tar of 20,000 empty members": (lambda: tarred(("a.eml", mail("a")), *((f"{n}.eml", b"") for n in range(20_000))), 1, {"empty"}),
    "a zip whose names are of 60 kB": (lambda: zipped(("a" * 60_000 + "/a.eml", mail("a")))[:-20], 1, {"corrupt"}),
    "a tar whose names are of 900 kB": (lambda: tarred(("tea/" * 225_000 + "a.eml", mail("a")), ("b.eml", mail("b"))), 2, set()),
    "a zip in a zip in a zip": (lambda: zipped(("a.eml", mail("a")), ("b.zip", zipped(("c.zip", zipped(("d.eml", mail("d"))))))), 1, {"nested archive"}),
    "an mbox without an end": (lambda: BOX + SEPARATOR + b"From: z@example.com\nX-Tea: " + b"tea" * 30_000_000, 53, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_gives_what_is_in_it_and_says_the_rest(name: str, tmp_path: Path) -> None:
    make, n_kept, reasons = FILES[name]
    path = tmp_path / "hostile"
    path.write_bytes(make())
    if n_kept == 0:
        (tmp_path / "in").mkdir()
        path = path.rename(tmp_path / "in" / "hostile")
        (tmp_path / "in" / "good.eml").write_bytes(mail("good"))
        n_kept, path = 1, path.parent
    counts, messages, skipped = read(path, tmp_path / "out")
    assert len(messages) == n_kept
    assert counts["n_read"] == counts["n_kept"] + counts["n_duplicates"] + counts["n_skipped"]
    assert counts["n_skipped"] == len(skipped)
    assert {row["reason"] for row in skipped} <= reasons
    assert bool(skipped) == bool(reasons)
    assert all(len(row["origin"]) < 1_100 for row in [*messages, *skipped])
