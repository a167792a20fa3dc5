"""Repairs: what mail programs read and parsers do not."""

from __future__ import annotations

from base64 import b64encode

import pytest

from pixelstudy.mail.mime import read_mime

HTML = b"<img src=https://o.example/7c1e5b9a width=1 height=1>"
CODED = b64encode(HTML)
QUOTED = HTML.replace(b"=", b"=3D")


@pytest.mark.parametrize(
    ("value", "body"),
    [
        (b" base64 ", CODED),
        (b"\tbase64\t", CODED),
        (b"\n base64", CODED),
        (b"\r\n\tBase64 ", CODED),
        (b" (none of your business) base64", CODED),
        (b" base64;", CODED),
        (b' "quoted-printable"', QUOTED),
        (b" quoted-printable (soft)", QUOTED),
        (b"quoted-printable", QUOTED),
    ],
)
@pytest.mark.parametrize("name", [b"Content-Transfer-Encoding:", b"CONTENT-TRANSFER-ENCODING :"])
def test_an_encoding_is_read_however_it_is_written(name: bytes, value: bytes, body: bytes) -> None:
    field = name + value + b"\n"
    alone = b"From: a@b.example\nContent-Type: text/html\n" + field + b"\n" + body
    part = b"--x\nContent-Type: text/html\n" + field + b"\n" + body + b"\n--x--\n"
    for mail in (alone, b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n" + part):
        assert HTML.decode() in [body.text.strip() for body in read_mime(mail)[1]]


@pytest.mark.parametrize("field", [b"Content-Type : text/html", b"Content-Type: text/html (a page); charset=utf-8"])
def test_so_is_a_type(field: bytes) -> None:
    assert read_mime(b"From: a@b.example\n" + field + b"\n\n" + HTML)[1][0].text == HTML.decode()


def test_a_parenthesis_in_a_boundary_is_no_comment() -> None:
    mail = b'From: a@b.example\nContent-Type: multipart/mixed; boundary="(x)"\n\n--(x)\nContent-Type: text/html\n\n'
    assert read_mime(mail + HTML + b"\n--(x)--\n")[1][0].text.strip() == HTML.decode()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\r\r\n"])
def test_lines_may_end_in_any_way(end: bytes) -> None:
    headers, html = read_mime(end.join([b"From: a@b.example", b"Content-Type: text/html", b"", HTML]))
    assert headers["from"] == ["a@b.example"]
    assert html[0].text == HTML.decode()
