"""From HTML to the resources that it would load: every carrier, in order, with place and clients."""

from __future__ import annotations

from typing import get_args

import pytest

from pixelstudy.pixels import resources
from pixelstudy.pixels.carriers import CARRIERS, Carrier, search
from pixelstudy.pixels.html import Engine
from pixelstudy.pixels.resources import Found, HtmlPart, find_resources

ENGINES = get_args(Engine)
A, B = "https://a.example.com/1.png", "https://b.example.com/2.png"


def _urls(html: str, *, engine: Engine = "fast") -> list[str]:
    return [found.address.url for found in find_resources(HtmlPart(html), engine=engine)]


def _one(html: str) -> Found:
    (found,) = find_resources(HtmlPart(html))
    return found


EXTRA = {
    "input src": "type=image",
    "link stylesheet": "rel=stylesheet",
    "link icon": "rel=icon",
    "link prefetch": "rel=prefetch",
    "link imagesrcset": "rel=preload",
    "link dns-prefetch": "rel=dns-prefetch",
    "meta refresh": "http-equiv=refresh",
    "svg animation": "attributeName=href",
}
VALUES = {"css url": f"background:url({A})", "meta refresh": f"0;url={A}", "svg paint": f"url({A})"}
PAINTED = [carrier for carrier in CARRIERS if carrier.name == "svg animation" and carrier.read("url(x)") == ["x"]]
ROWS = [(carrier, tag) for carrier in CARRIERS if carrier not in PAINTED for tag in carrier.tags]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("carrier", "tag"), ROWS, ids=[f"{c.name} on {t}" for c, t in ROWS])
def test_every_row_of_the_table_of_carriers_is_found(carrier: object, tag: str, engine: Engine) -> None:
    assert carrier in CARRIERS
    row = next(c for c in CARRIERS if c is carrier)
    tag = ("g" if row.name.startswith("svg") else "div") if tag == "*" else tag
    html = f'<{tag} {EXTRA.get(row.name, "")} {row.attribute}="{VALUES.get(row.name, A)}">'
    if row.name.startswith("svg"):
        html = f"<svg><image>{html}</image></svg>"
    elif tag == "source":
        html = (
            f"<audio>{html}</audio>"
            if row.shows == "nothing"
            else f"<{'video' if row.attribute == 'src' else 'picture'}>{html}</video></picture>"
        )
    elif tag == "frame":
        html = f"<frameset>{html}</frameset>"
    found = find_resources(HtmlPart(html), engine=engine)
    assert [(f.carrier.name, f.address.url, f.loads_in) for f in found] == [(row.name, A, row.loads_in)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("tag", "attribute"), [("x-card", "data-lazy"), ("x-card", "href"), ("v:card", "href")])
def test_adding_a_row_adds_a_carrier(tag: str, attribute: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Carrier("x-card picture", (tag,), attribute, "picture")
    monkeypatch.setattr(resources, "_SEARCH", search((*CARRIERS, row)))
    found = find_resources(HtmlPart(f"<a {attribute}={B}><{tag} {attribute}={A}>"), engine=engine)
    assert [(f.carrier.name, f.address.url) for f in found] == [("x-card picture", A)]


PAINTS = [
    (f"<rect fill='red url(&quot;{A}#a&quot;)'>", "svg paint", f"{A}#a"),
    (rf"<g filter='u\72l({A})'><rect></g>", "svg paint", A),
    (f"<path marker-mid=' URL( {A} ) '>", "svg paint", A),
    (f"<rect style='mask:url({A})'>", "css url", A),
    (f"<image><animate attributeName=xlink:href values='#a; {A}'></image>", "svg animation", A),
    (f"<use><set attributeName=href from={A}></use>", "svg animation", A),
    (f"<rect><animate attributeName=fill to='url({A})'></rect>", "svg animation", A),
]
UNPAINTED = [
    f"<a fill='url({A})'>",
    f"<svg><foreignObject><p mask='url({A})'></foreignObject></svg>",
    f"<svg><rect fill='{A}'></svg>",
    f"<svg><rect fill='url(a b {A})'></svg>",
    f"<svg><a><set attributeName=href to={A}></a></svg>",
    f"<svg><image><set attributeName=width to={A}></image></svg>",
    f"<svg><image><set attributeName=fill to={A}></image></svg>",
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("drawing", "carrier", "url"), PAINTS)
def test_a_drawing_loads_its_paints_and_what_an_animation_sets(
    drawing: str, carrier: str, url: str, engine: Engine
) -> None:
    (found,) = find_resources(HtmlPart(f"<div><svg width=1 height=1>{drawing}</svg></div>"), engine=engine)
    assert (found.carrier.name, found.address.url) == (carrier, url)
    assert found.visibility.hidden_by == "a box of 1 px or less with overflow hidden on svg"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("html", UNPAINTED)
def test_an_attribute_that_paints_no_drawing_loads_nothing(html: str, engine: Engine) -> None:
    assert _urls(html, engine=engine) == []


SRCSETS = [
    (f"{A}", [A]),
    (f"{A} 1x, {B} 2x", [A, B]),
    (f"{A} 300w,{B} 600w", [A, B]),
    (f"  {A}\n1.5x  ,\n {B}", [A, B]),
    ("https://a.example.com/w_1,h_2/x.png 1x", ["https://a.example.com/w_1,h_2/x.png"]),
    (f"data:image/gif;base64,AAAA 1x, {A} 2x", [A]),
    (f"{A},", [A]),
    (" , ", []),
]


@pytest.mark.parametrize(("srcset", "urls"), SRCSETS)
def test_srcset_is_read_by_candidate(srcset: str, urls: list[str]) -> None:
    assert _urls(f'<img srcset="{srcset}">') == urls


REFRESHES = [
    (f"0;url={A}", [A]),
    (f"5; URL = '{A}'", [A]),
    (f'0,url="{A}', [A]),
    (f"0; {A}", [A]),
    ("30", []),
    ("0;url=", []),
]


@pytest.mark.parametrize(("content", "urls"), REFRESHES)
def test_refresh_is_read_as_browsers_do(content: str, urls: list[str]) -> None:
    content = content.replace('"', "&quot;")
    assert _urls(f'<meta http-equiv=refresh content="{content}">') == urls


def test_resources_are_in_document_order_with_sheets_and_comments_last() -> None:
    html = (
        f"<!--[if mso]><img src={A}?4><![endif]--><style>p{{background:url({A}?3)}}</style>"
        f"<img src={A}?1><p background={A}?2>"
    )
    assert _urls(html) == [f"{A}?{n}" for n in (1, 2, 3, 4)]


def test_an_address_repeated_on_one_element_counts_once() -> None:
    assert _urls(f'<img src="{A}" srcset="{A} 1x, {B} 2x" style="content:url({A})">') == [A, B]
    assert _urls(f"<img src={A}><img src={A}>") == [A, A]


def test_the_first_base_with_an_address_counts() -> None:
    assert _urls("<base href='https://a.example.com/x/'><base href='https://b.example.com/'><img src=1.png>") == [
        "https://a.example.com/x/1.png"
    ]
    assert _urls("<base href='/x/'><img src=1.png>") == []
    assert _urls(f"<base href='https://b.example.com/'><img src={A}><img src=cid:1>") == [A]


def test_several_addresses_in_one_style_all_count() -> None:
    assert _urls(f"<p style=\"background:url({A}),url('{B}')\">") == [A, B]


def test_a_rule_loads_only_if_it_matches_an_element() -> None:
    sheet = f"<style>.a{{background:url({A})}} .b{{background:url({B})}}</style>"
    assert _urls(sheet + "<p class=b>") == [B]


def test_the_address_in_a_rule_has_the_size_of_the_element_it_matches() -> None:
    found = _one(f"<style>.a{{background:url({A});width:1px;height:2px}}</style><p><i class=a>")
    assert (found.visibility.width_px, found.visibility.height_px, found.visibility.size_from) == (1, 2, "sheet")


def test_a_source_has_the_size_of_its_picture() -> None:
    html = f"<picture><source srcset={A}><img width=1 height=2></picture>"
    found = _one(f"<img width=9 height=9>{html}")
    assert (found.visibility.width_px, found.visibility.height_px) == (1, 2)


def test_a_vml_fill_has_the_size_of_its_shape() -> None:
    found = _one(f"<!--[if mso]><v:rect style='width:3px;height:4px'><v:fill src={A} /></v:rect><![endif]-->")
    assert (found.visibility.width_px, found.visibility.height_px, found.loads_in) == (3, 4, "outlook")


def test_an_element_that_hides_a_comment_hides_its_content() -> None:
    html = f"<div style='display:none'><blockquote type=cite><!--[if mso]><img src={A}><![endif]--></blockquote></div>"
    found = _one(html)
    assert (found.visibility.hidden_by, found.is_quoted) == ("display:none on div", True)


@pytest.mark.parametrize("condition", ["mso", "gte mso 9", "(gte mso 9)|(IE)", "IE", "mso | IE"])
def test_a_comment_for_outlook_loads_there(condition: str) -> None:
    assert _one(f"<!--[if {condition}]><img src={A}><![endif]-->").loads_in == "outlook"


@pytest.mark.parametrize(
    "comment", [f"<img src={A}>", f"[if !mso]><img src={A}><![endif]", f"[if mso]><img src={A}>", "[if mso]><![endif]"]
)
def test_any_other_comment_loads_nothing(comment: str) -> None:
    assert _urls(f"<!--{comment}--><p>https://") == []


def test_depth_runs_from_the_first_character_to_the_last() -> None:
    text = f"<p>{'x' * 500}</p><img src={A}><!--[if mso]><img src={B}><![endif]-->{'y' * 480}"
    first, second = (found.depth_share for found in find_resources(HtmlPart(text)))
    assert 0.4 < first < second < 0.6


def test_everything_in_a_quoted_part_is_quoted() -> None:
    part = HtmlPart(f"<img src={A}><style>@import '{B}';</style>", is_quoted=True)
    assert [found.is_quoted for found in find_resources(part)] == [True, True]


def test_text_without_any_remote_address_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise AssertionError

    monkeypatch.setattr("pixelstudy.pixels.resources.parse", fail)
    assert find_resources(HtmlPart("<p>Dear all,<br>see you <img src=cid:1>")) == []


@pytest.mark.parametrize("style", ["", "<style>p {width: 9px}</style>"])
def test_of_two_otherwise_equal_elements_only_the_one_with_the_hidden_attribute_is_hidden(style: str) -> None:
    image = "<img src=//a.example/{}.gif>"
    shown = f"<p>{image}</p>"
    html = style + shown.format(1) + f"<p hidden>{image}</p>".format(2) + shown.format(3)
    for text in (style + shown.format(0), html, html):  # the last one from the cache
        found = {f.address.url[-5:]: f.visibility.hidden_by for f in find_resources(HtmlPart(text))}
    assert found == {"1.gif": None, "2.gif": "the hidden attribute on p", "3.gif": None}
