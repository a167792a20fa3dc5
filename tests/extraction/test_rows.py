"""From bytes to rows, whatever the bytes: mail put together from parts, and anything else."""

# ruff: noqa: E501

from __future__ import annotations

import base64
import gzip
import quopri
from collections.abc import Callable
from pathlib import Path

import pytest
from fuzz import seeds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invariants import check, check_redacted

SEPARATOR = b"From a@example.org Thu Aug 22 12:36:23 2002\n"
ENDS = st.sampled_from([b"\n", b"\r\n"])

urls = st.one_of(
    st.builds(
        "{}{}/{}".format,
        st.sampled_from(["https://", "http://", "//", "HTTPS:\\\\", "cid:", "", "https://ci3.googleusercontent.com/proxy/x#"]),
        st.sampled_from(["t.example.com", "192.0.2.7", "[2001:db8::7]", "bücher.example", "a..b", "sendgrid.net", "t.example.com."]),
        st.one_of(st.sampled_from(["open?u=5e78d7ef2297cc80842b", "spacer.gif", "e/jane@example.org"]), st.text(max_size=30)),
    ),
    st.text(max_size=40),
)  # fmt: skip
styles = st.one_of(
    st.sampled_from(["display:none", "width:1px;height:1px", "width:1px !important", "background:url(//t.example.com/b)",
                     "position:absolute;left:-999px", "font:inherit}", "@media print{a{b:c}}", ".a{width:0}"]),
    st.text("abdwx:;{}()'\"/*\\@#. 1px-", max_size=40),
)  # fmt: skip
elements = st.one_of(
    st.builds('<img src="{}" style="{}" width={} height=1>'.format, urls, styles, st.text("019.px% -", max_size=6)),
    st.builds("<img srcset='{} 1x, {} 2x'>".format, urls, urls),
    st.builds('<div style="{}" class=a>'.format, styles),
    st.builds("<style>{}</style>".format, styles),
    st.builds("<td background='{}'>".format, urls),
    st.builds("<!--[if mso]><v:fill src='{}'/><![endif]-->".format, urls),
    st.builds("<a href='{}'>tea</a>".format, urls),
    st.builds("<base href='{}'>".format, urls),
    st.sampled_from(["<p>", "</div>", "<table><tr>", "<template>", "</template>", "<svg>", "<b>", "</b>", "<!--", "-->",
                     "<blockquote class=gmail_quote>", "<body>", "</html>", "<textarea>", "<noscript>", "<plaintext>"]),
    st.text(max_size=20),
)  # fmt: skip
pages = st.lists(elements, max_size=12).map("".join)


def encoded(text: str, how: str, charset: str) -> bytes:
    data = text.encode(charset, "replace" if charset != "utf-8" else "surrogatepass")
    return (
        base64.encodebytes(data)
        if how == "base64"
        else quopri.encodestring(data)
        if how == "quoted-printable"
        else data
    )


@st.composite
def bodies(draw: Callable[[st.SearchStrategy[object]], object], depth: int = 2) -> bytes:
    """Headers of content, an empty line, and the content."""
    kind = draw(
        st.sampled_from(
            ["text/html", "text/html", "text/plain", "text/x-amp-html", "image/gif", "multipart", "message"]
        )
    )
    if kind == "multipart" and depth:
        parts = draw(st.lists(bodies(depth - 1), max_size=3))
        how = draw(st.sampled_from(["alternative", "mixed", "related", "signed"])).encode()  # type: ignore[attr-defined]
        end = draw(st.sampled_from([b"--b%d--\n" % depth, b""]))
        inner = b"".join(b"--b%d\n%s\n" % (depth, part) for part in parts)  # type: ignore[attr-defined]
        return b'Content-Type: multipart/%s; boundary="b%d"\n\n%s%s' % (how, depth, inner, end)
    if kind == "message" and depth:
        return b"Content-Type: message/rfc822\n\nFrom: b@example.net\n" + draw(bodies(depth - 1))  # type: ignore[operator]
    how = draw(st.sampled_from(["", "base64", "quoted-printable", "8bit", "x-tea"]))
    charset = draw(st.sampled_from(["utf-8", "windows-1252", "utf-16", "iso-2022-jp", "us-ascii", "gb2312"]))
    head = f"Content-Type: {kind}; charset={charset}\n" + (f"Content-Transfer-Encoding: {how}\n" if how else "")
    return head.encode() + b"\n" + encoded(draw(pages), how, charset)  # type: ignore[arg-type]


headers = st.lists(
    st.one_of(
        st.sampled_from([
            b"From: Tea <tea@shop.example.com>", b"From: =?utf-8?q?t=C3=A9?= <t@example.com>", b"To: jane@example.org",
            b"Date: Thu, 22 Aug 2002 12:36:23 +0000", b"Date: Fri, 31 Dec 9999 23:59:59 -1200", b"Date: tea",
            b"Received: from a by b; Thu, 22 Aug 2002 12:36:24 +0000", b"List-Unsubscribe: <mailto:u@example.com>",
            b"X-Gmail-Labels: Inbox,=?utf-8?q?Spam?=", b"Precedence: bulk", b"Message-ID: <1@example.com>", b"Subject:",
            b"List-Id: <tea.example.com>", b"X-Mozilla-Status: 0009", b"Delivered-To: jane@example.org", b" folded",
        ]),
        st.builds(
            lambda name, value: name + b": " + value.replace(b"\n", b"\n "),
            st.sampled_from([b"From", b"To", b"Date", b"Subject", b"Received", b"List-Id", b"X-Gmail-Labels", b"Return-Path"]),
            st.binary(max_size=40),
        ),
    ),
    max_size=8,
)  # fmt: skip
messages = st.builds(lambda head, body: b"".join(line + b"\n" for line in head) + body, headers, bodies())
boxes = st.builds(
    lambda lead, found, end: (lead + b"".join(SEPARATOR + each + b"\n\n" for each in found)).replace(b"\n", end),
    st.one_of(st.just(b""), st.binary(max_size=50)),
    st.lists(st.one_of(messages, st.binary(max_size=200)), min_size=1, max_size=4),
    ENDS,
)

path_of_bytes = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytes") / "any"


@path_of_bytes
@given(data=messages)
def test_a_message_put_together_from_parts(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    check_redacted(check(path))


@path_of_bytes
@given(data=boxes)
def test_a_mailbox_of_such_messages_and_of_noise(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    rows = check(path)
    path.write_bytes(gzip.compress(data))
    assert [row["message_key"] for row in check(path)["messages"]] == [row["message_key"] for row in rows["messages"]]


@path_of_bytes
@given(data=st.binary(max_size=3_000))
def test_any_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    check(path)


@path_of_bytes
@given(seed=st.sampled_from(list(seeds())), data=st.data())
def test_good_bytes_gone_wrong(path: Path, seed: bytes, data: st.DataObject) -> None:
    """Cut, overwritten, doubled: what a broken disk, a broken copy and a broken program do."""
    broken = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(broken)))
        size = data.draw(st.integers(0, 64))
        broken[at : at + size] = data.draw(
            st.one_of(st.just(b""), st.binary(max_size=16), st.just(bytes(broken[at : at + size]) * 2))
        )
    path.write_bytes(broken)
    check(path)


@pytest.mark.parametrize("seed", list(seeds()))
def test_the_fuzzer_starts_from_what_gives_rows(path: Path, seed: bytes) -> None:
    path.write_bytes(seed)
    assert check(path)["resources"]


def test_what_must_hold_is_asked_of_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every test above would pass on anything."""
    from pixelstudy.extraction import parts

    (tmp_path / "a.eml").write_bytes(next(seeds()))
    monkeypatch.setattr(parts, "resources_of", lambda *_, **__: 1 // 0)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        check(tmp_path / "a.eml")
