"""RTF: HTML comes out of it as it went in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelstudy.mail.boxes.rtf import html_in

HEAD = rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\colortbl\red0;}" + b"\r\n\\uc1\\pard "


@pytest.mark.parametrize(
    ("rtf", "html"),
    [
        (rb"{\*\htmltag64 <p>}tea{\*\htmltag72 </p>}", "<p>tea</p>"),
        (rb"{\*\htmltag64 <p>}\htmlrtf {\b\htmlrtf0 tea\htmlrtf\par }\htmlrtf0  four", "<p>tea four"),
        (rb"\htmlrtf hidden\htmlrtf0{\*\mhtmltag64 <x>}{\*\other{\*\htmltag1 y}} shown", " shown"),
        (rb"{\*\htmltag84 <style>a\{b:c\}</style>}", "<style>a{b:c}</style>"),
        (rb"{\*\htmltag84 <a href=\\\\x>}", r"<a href=\\x>"),
        (b"{\\*\\htmltag2 \\par }\r\n{\\*\\htmltag84 <i\r\nmg>}", "\r\n<img>"),
        (rb"\'e9\'80\tab\~", "é€\t&nbsp;"),
        (rb"\u233?\u-10179?\u-8704?\uc0\u8364x", "é\U0001f600€x"),
        (rb"{\uc2\u8364??a}\u233?b", "€aéb"),
        (rb"{\bin3 }}}tea{\pict 0123}", "tea"),
    ],
)
def test_markup_and_text_come_out_as_they_were(rtf: bytes, html: str) -> None:
    assert html_in(HEAD + rtf + b"}") == html


def test_letters_of_two_bytes_are_one() -> None:
    assert html_in(rb"{\rtf1\ansicpg932\fromhtml1 \'83A\'83\'42}") == "アィ"


def test_an_unknown_code_page_costs_no_markup() -> None:
    assert html_in(rb"{\rtf1\ansicpg10007\fromhtml1{\*\htmltag64 <p>}\'e9}") == "<p>é"


def test_rtf_that_is_no_html_is_none() -> None:
    assert html_in(rb"{\rtf1\ansi tea}") is None
    assert html_in(rb"{\rtf1\ansi\fromtext tea}") is None


@given(st.text(alphabet="\\{}'*u0 9aé\r\nhtmlrtfbin-", max_size=300))
def test_nothing_breaks_it(text: str) -> None:
    assert html_in(HEAD + text.encode("latin-1", "replace")) is not None


def test_what_is_large_takes_its_length_alone() -> None:
    piece = rb"{\*\htmltag64 <p>}" + rb"\'e9" * 10
    assert len(html_in(HEAD + piece * 20_000) or "") == 13 * 20_000
    assert html_in(HEAD + b"{" * 500_000) == ""
