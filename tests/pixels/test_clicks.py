"""Links that pass a click tracker or carry a token are counted; others are not."""

from __future__ import annotations

import re
import sys

import pytest

from pixelstudy.pixels import clicks
from pixelstudy.pixels.clicks import count_click_links

CLICKS = [
    "https://t.example.com/click?u=5e78d7ef2297cc80842b&x=1",
    "https://t.example.com/track/click/30165731/www.example.org",
    "https://t.example.com/ls/click?upn=u001.9Mlwg0jII8A1wPF",
    "https://t.example.com/c/eJwcykGuhCAMBuDTyE7z09Y",
    "https://news.example.com/r?e=0123456789ab",
]
PLAIN = [
    "https://www.example.com/",
    "https://www.example.com/products/summer-dresses-and-hats",
    "https://www.example.com/2024/01/31/a-long-headline-about-nothing",
    "https://www.example.com/search?q=clickable",
    "mailto:kim@example.com?subject=5e78d7ef2297cc80842b",
]


@pytest.mark.parametrize("url", CLICKS)
@pytest.mark.parametrize("markup", ['<a href="{}">', "<A title=x HREF='{}'>", "<a href={}>", "<area href='{}'>"])
def test_a_link_through_a_tracker_counts(url: str, markup: str) -> None:
    assert count_click_links(markup.format(url)) == 1


@pytest.mark.parametrize("url", PLAIN)
def test_a_plain_link_does_not_count(url: str) -> None:
    assert count_click_links(f'<a href="{url}">') == 0


@pytest.mark.parametrize(
    "html",
    [f'<img src="{CLICKS[0]}">', f"<p>{CLICKS[0]}</p>", f'<a data-href="{CLICKS[0]}">', f'<abbr href="{CLICKS[0]}">'],
)
def test_an_address_outside_a_link_does_not_count(html: str) -> None:
    assert count_click_links(html) == 0


def test_every_link_counts() -> None:
    assert count_click_links("".join(f'<a href="{url}">x</a>' for url in CLICKS + PLAIN)) == len(CLICKS)


def test_an_address_ends_at_white_space_a_quote_or_the_end_of_the_tag() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert re.findall(clicks._CHARACTER, every) == re.findall(r"[^\s\"'>]", every)
