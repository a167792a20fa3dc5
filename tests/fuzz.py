"""``make fuzz``: bytes of every sort, led by coverage, on the whole path from a file to its rows.

It starts from small messages and mailboxes that are written here, and keeps what reaches new code in ``build/fuzz``,
from which the next run goes on. What breaks something is left there as ``crash-…``, ``timeout-…`` or ``oom-…``: it
becomes a test of its own. ``--seconds 600`` says how long.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import os
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "fuzz"
WORDS = """
From To Cc Subject Date Received Message-ID Content-Type Content-Transfer-Encoding List-Unsubscribe X-Gmail-Labels
Delivered-To Return-Path MIME-Version multipart/mixed multipart/alternative message/rfc822 text/html text/plain
boundary= charset=utf-8 base64 quoted-printable =?utf-8?q? =?utf-8?b? ?= <img src= srcset= width=1 height=1 style=
display:none <style> </style> @media @import url( <!--[if mso]> <![endif]--> <base href= <meta background= <table
<template> <svg><image https://t.example.com/open?u= http:// // &#x41; &amp; <a href= <div hidden> <v:fill
"""
SEPARATOR = b"From a@example.org Thu Aug 22 12:36:23 2002\n"
SEPARATORS = (
    SEPARATOR, b"From \n", b"From - \n", b"From eric at tea.example  Thu\n", b"From K <k@x.example>  Wed, 2 Jan 2019\n",
    b"From a@tea.example Thu Aug 22 12:36:23 2002 [+0200]\n", "From a@tea.example Mo 9. Mär\n".encode(),
    b"From x Thu Aug 22 12:36 2002 remote from y\n", b"\n\n>From ", b"\n\n>>From a\n", b"\n\nFrom now on\n\n",
)  # fmt: skip
STARTS = (
    b"\xef\xbb\xbf", b"\n \r\n\t\n", b"HTTP/1.1 200 OK\r\nDate: x\r\n\r\n", b"Loading ...\n",
    b"Content-Length: 29\n", b"X-Mozilla-Status: 0001\n", b"ref: refs/heads/x\n",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    """Yield what to start from."""
    page = (
        b"<style>.a{width:1px;height:1px}@media print{p{background:url(https://t.example.com/p)}}</style><base href=x>"
        b'<p background="//t.example.com/b">'
        b'<img class=a src="https://t.example.com/o?u=5e78d7ef2297cc80842b" width=1 '
        b'height=1 style="display:none"><img srcset="https://t.example.com/1 1x, //t.example.com/2 2x"><!--[if mso]>'
        b'<v:fill src="https://t.example.com/v"/><![endif]--><a href="https://c.example.com/c?u=5e78d7ef2297cc80">x</a>'
    )
    head = (
        b"From: Tea <tea@shop.example.com>\nTo: jane@example.org\nDate: Thu, 22 Aug 2002 12:36:23 +0000\n"
        b"Subject: =?utf-8?q?t=C3=A9?=\nList-Unsubscribe: <mailto:u@example.com>\n"
        b"X-Gmail-Labels: Inbox,=?utf-8?q?Spam?=\n"
        b"Received: from a by b; Thu, 22 Aug 2002 12:36:24 +0000\nMessage-ID: <1@example.com>\n"
    )
    one = head + b"Content-Type: text/html; charset=utf-8\n\n" + page
    parts = (
        head + b'Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain\n\ntea\n--b\n'
        b'Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<img src=3D"https://t.example.com/a">=\n'
        b"\n--b\nContent-Type: text/x-amp-html\nContent-Transfer-Encoding: base64\n\nPGFtcC1waXhlbCBzcmM9YT4=\n--b--\n"
    )
    forwarded = head + b"Content-Type: message/rfc822\n\n" + one
    box = b"".join(SEPARATOR + each + b"\n\n" for each in (one, parts, b"no mail", forwarded))
    yield b"".join(line + one + b"\n\n" for line in SEPARATORS)
    yield b"".join(line + b"Subject: tea\nContent-Type: text/html\n\n" + page + b"\n\n" for line in SEPARATORS)
    yield from (start + one for start in (*STARTS, b"".join(STARTS)))
    yield from (start + box for start in STARTS)
    yield (
        one.replace(b"text/html", b"application/rtf; name=rtf-body.rtf")
        + rb"{\rtf1\ansi\fromhtml1{\*\htmltag84 <img src='https://t.example.com/o'>}}"
    )
    yield gzip.compress(one, mtime=0)[:-8] + bytes(8) + gzip.compress(box, mtime=0)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Takeout/Mail/Spam.mbox", box)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as packed:
        for name, data in (("a.eml", one), ("a.metadata.json", b'{"Payload": {"LabelIDs": ["4"]}}')):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    yield from (one, parts, forwarded, box, box.replace(b"\n", b"\r\n"), file.getvalue(), tar.getvalue())
    yield from (gzip.compress(box, mtime=0), bz2.compress(one))


def main() -> None:
    """Fuzz for the time that was asked for; exit 1 when something broke."""
    asked = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    asked.add_argument("--seconds", type=int, default=600)
    options = asked.parse_args()
    try:
        import atheris
    except ImportError:
        print("There is no atheris for this Python and system, so nothing is fuzzed.")
        return
    with atheris.instrument_imports(include=["pixelstudy"]):
        import pixelstudy.extraction.run  # noqa: F401
    from invariants import check

    corpus = FOLDER / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    mailboxes = (path for path in (ROOT / "tests" / "mailboxes").rglob("*") if path.is_file())
    for n, seed in enumerate((*seeds(), *(path.read_bytes() for path in mailboxes))):
        (corpus / f"seed-{n}").write_bytes(seed)
    words = (*map(str.encode, WORDS.split()), *SEPARATORS, *STARTS)
    lines = ("".join(f"\\x{byte:02x}" for byte in word) for word in words)
    (FOLDER / "words.dict").write_text("".join(f'"{line}"\n' for line in lines))
    folder = Path(tempfile.mkdtemp())
    path = folder / "fuzzed"

    def one_input(data: bytes) -> None:
        path.write_bytes(data)
        check(path, cut=crc32(data) % 4 == 0)

    flags = {"max_total_time": options.seconds, "timeout": 10, "rss_limit_mb": 1024, "max_len": 20_000, "verbosity": 1}
    if os.environ.get("CI"):
        flags["seed"] = 1  # a run in CI judges the change; by hand new ways are looked for
    atheris.Setup(
        [
            sys.argv[0],
            str(corpus),
            f"-dict={FOLDER / 'words.dict'}",
            f"-artifact_prefix={FOLDER}/",
            "-print_final_stats=1",
            *(f"-{name}={value}" for name, value in flags.items()),
        ],
        one_input,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
