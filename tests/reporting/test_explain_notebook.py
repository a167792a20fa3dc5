"""A message explained in a notebook: what it says, and that nothing of the mail gets into the page."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

from pixelstudy.errors import UserError
from pixelstudy.reporting.explain import explain

HEAD = (
    b"From: <b>x</b> <shop@shop.example>\nTo: jane@example.org\nSubject: <script>1</script>\n"
    b"Content-Type: text/html\n\n"
)
TOKEN = "5e78d7ef2297cc80842b"
MAIL = (
    HEAD
    + (
        f'<img src="https://shop.example/logo.png" width=200 height=50><p>Hello</p>'
        f'<img src="https://t.example.com/o?u={TOKEN}" width=1 height=1>'
        f'<img src="https://t.example.com/<img src=x onerror=alert(1)>?u={TOKEN}" style="display:none" class="<b>">'
    ).encode()
)


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.sources: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]


def test_every_resource_has_a_row_with_verdict_reason_and_signals() -> None:
    page = explain(MAIL)._repr_html_()
    assert page.count("<tr>") == 1 + 3
    for said in ("spy pixel", "Invisible", "1 x 1 px", "third party", "https[:]//t.example.com/o?u=h"):
        assert said in page


def test_the_drawing_is_a_picture_with_the_counts_as_alt_text() -> None:
    page = explain(MAIL)._repr_html_()
    (picture,) = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert re.search(r'alt="Opening this message would fetch 3 things, [^"]+: 2 spy pixel, 1 content\."', page)


def test_nothing_of_the_mail_is_markup_and_nothing_is_loaded() -> None:
    page = explain(MAIL)._repr_html_()
    found = Elements(page)
    assert found.tags <= {"img", "table", "thead", "tbody", "tr", "th", "td", "br"}
    assert found.names <= {"src", "alt", "width", "scope", "style"}
    assert all(source.startswith("data:image/png;base64,") for source in found.sources)
    assert TOKEN not in page
    assert "https://" not in page


def test_a_mail_that_loads_nothing_says_so() -> None:
    one = explain(HEAD + b"<p>Hello</p>")
    assert "loads nothing" in one._repr_html_()
    assert one.table.empty


def test_as_text_it_is_the_explanation_of_the_command() -> None:
    assert "SPY PIXEL" in repr(explain(MAIL))


def test_bytes_that_are_not_mail_are_refused() -> None:
    with pytest.raises(UserError, match="not a message"):
        explain(b"\x89PNG\r\n\x1a\n" * 9)
