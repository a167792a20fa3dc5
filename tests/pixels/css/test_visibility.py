"""Size and hiding of an element: known, unknown, and where they are stated."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelstudy.pixels.css.hiding import HIDING_SIGNS, HidingSign
from pixelstudy.pixels.css.rules import PlacedRule, cascade, may_be_swapped, swapped
from pixelstudy.pixels.css.sheets import Sheet, parse_sheet
from pixelstudy.pixels.css.visibility import Layout, Visibility
from pixelstudy.pixels.html import Document, Element, Engine, parse

ENGINES = get_args(Engine)


def _see(html: str, *, engine: Engine = "fast") -> Visibility:
    document = parse(html, engine=engine)
    layout = Layout(document, [parse_sheet(style.text) for style in document.select("style")])
    return layout.visibility(document.select("img")[0])


SIZES: list[tuple[str, float | None, float | None, str | None]] = [
    ("<img>", None, None, None),
    ("<img width=1 height=2>", 1, 2, "attribute"),
    ("<img width=' 1.5px'>", 1.5, None, "attribute"),
    ("<img width='50%' height=auto>", None, None, None),
    ("<img width='0%' height=0>", 0, 0, "attribute"),
    ("<img width=-1 height=+1>", None, None, None),
    ("<img style='width:1px;height:2PX'>", 1, 2, "style"),
    ("<img style='width:1;height:2'>", 1, 2, "style"),
    ("<img style='width:.1em;height:1em'>", pytest.approx(1.6), 16, "style"),  # type: ignore[list-item]
    ("<p style='font-size:20px'><b><img style='width:1em;height:1rem'>", 20, 16, "style"),
    ("<p style='font-size:50%'><img style='font-size:.5em;width:1em;height:100%'>", 4, None, "style"),
    ("<style>p{font:1px a} img{width:1em!important}</style><p><img style='height:2em'>", 1, 2, "style+sheet"),
    ("<p style='font-size:0'><img style='width:1em;height:calc(1em + 1px)'>", 0, 1, "style"),
    ("<p style='font-size:large'><img style='max-width:.1em' width=9>", pytest.approx(1.8), None, "style"),  # type: ignore[list-item]
    ("<p style='font-size:medium'><img width=1em height='.5em'>", 1, None, "attribute"),
    ("<img style='width:auto;height:100%' width=1 height=1>", None, None, None),
    ("<img style='width:600px' width=1 height=1>", 600, 1, "attribute+style"),
    ("<img style='width:1px' width=600 height=400>", 1, 400, "attribute+style"),
    ("<img style='width:auto;height:auto' width=8 height=9>", 8, 9, "attribute"),
    ("<img style='width:100px;height:auto' width=200 height=50>", 100, 25, "attribute+style"),
    ("<img style='max-width:0;max-height:1px' width=600 height=400>", 0, 1, "style"),
    ("<img style='max-width:100%' width=600 height=400>", 600, 400, "attribute"),
    ("<img style='max-width:600px'>", None, None, None),
    ("<img style='max-height:300px' width=9 height=400>", 9, 300, "attribute+style"),
    ("<img style='min-width:20px' width=1 height=1>", 20, 1, "attribute+style"),
    ("<img style='border:1px;line-height:0;font-size:1px' data-width=1>", None, None, None),
    ("<style>img{width:1px;height:1px}</style><img>", 1, 1, "sheet"),
    ("<style>img{width:1px;height:1px}</style><img width=600 height=400>", 1, 1, "sheet"),
    ("<style>img{width:1px}</style><img style='width:9px' height=8>", 9, 8, "attribute+style"),
    ("<style>img{width:1px!important}</style><img style='width:9px' height=8>", 1, 8, "attribute+sheet"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("html", "width", "height", "source"), SIZES)
def test_a_size_is_the_one_that_a_browser_would_use(
    html: str, width: float | None, height: float | None, source: str | None, engine: Engine
) -> None:
    seen = _see(html, engine=engine)
    assert (seen.width_px, seen.height_px, seen.size_from) == (width, height, source)


STYLES = {
    "display:none": "display:none",
    "visibility:hidden": "visibility:collapse",
    "opacity:0": "opacity:.04",
    "an off-screen position": "position:absolute;top:-1000px",
    "text-indent with overflow hidden": "text-indent:100%;overflow:hidden",
    "clipping": "position:absolute;clip:rect(0 0 0 0)",
    "transform:scale(0)": "transform:rotate(1deg) scale(0, 0)",
    "content-visibility:hidden": "content-visibility:hidden",
    "a box of 1 px or less with overflow hidden": "overflow:hidden;max-height:0",
    "font-size:0 with overflow hidden": "overflow:hidden;font-size:0",
    "mso-hide:all": "mso-hide:all",
}
TAGS = {
    ("the hidden attribute", ""): "<b hidden>",
    ("a closed box", "dialog"): "<dialog>",
    ("a closed box", "details"): "<details>",
    ("a box of 1 px or less with overflow hidden", "svg"): "<svg width=1 height=1 style='width:1px'>",
}


@pytest.mark.parametrize("sign", [s for s in HIDING_SIGNS if not s.tag and not s.has], ids=lambda sign: sign.name)
def test_every_sign_in_styles_hides_the_content(sign: HidingSign) -> None:
    style = STYLES[sign.name]
    assert _see(f"<img style='{style}'>").hidden_by == f"{sign.name} on self"
    assert _see(f"<div style='{style}'><p><img></p></div>").hidden_by == f"{sign.name} on div"
    assert _see(f"<style>.x{{{style}}}</style><td><div class=x><img></div>").hidden_by == f"{sign.name} on div"
    assert _see(f"<div style='{style}'></div><img>").hidden_by is None


@pytest.mark.parametrize("sign", [s for s in HIDING_SIGNS if s.tag or s.has], ids=lambda sign: sign.name + sign.tag)
def test_every_sign_in_markup_hides_the_content(sign: HidingSign) -> None:
    opening = TAGS[sign.name, sign.tag]
    inner, selector = ("<image/>", "image") if sign.tag == "svg" else ("<img>", "img")
    document = parse(f"{opening}{inner}")
    assert Layout(document).visibility(document.select(selector)[0]).hidden_by == f"{sign.name} on {sign.tag or 'b'}"


CLIPS = [
    ("position:absolute;clip:rect(0,0,0,0)", True),
    ("position:absolute;clip:rect(1px, 1px, 1px, 1px)", True),
    ("position:absolute;clip:rect(0px,600px,400px,0px)", False),
    ("clip-path:inset(100%)", True),
    ("clip-path:inset(0 0 100% 0)", True),
    ("clip-path:inset(10%)", False),
    ("clip-path:circle(0 at 50% 50%)", True),
    ("clip-path:circle(40%)", False),
    ("clip-path:polygon(0 0, 0 0)", True),
    ("clip-path:polygon(0 0, 100% 0, 100% 100%)", False),
    ("-webkit-clip-path:circle(0)", True),
    ("clip-path:inset(50% 0)", True),
    ("clip-path:inset(0 50%)", True),
    ("clip-path:inset(60% 0 40%)", True),
    ("clip-path:inset(60% 0 0 0)", False),
    ("clip-path:inset(0 0 0 0 round 50%)", False),
    ("clip-path:polygon(50% 50%, 50% 50%)", True),
    ("clip-path:polygon(calc(0%) 0, 0 calc(100%))", False),
    ("position:absolute;clip:rect(0,auto,0,0)", True),
    ("position:absolute;clip:rect(auto,auto,auto,auto)", False),
    ("position:absolute;left:-100vw", True),
    ("position:absolute;left:-50%", False),
    ("position:relative;left:-200%", True),
    ("position:absolute;inset-inline-start:-9999px", True),
    ("position:absolute;right:9999px", False),
    ("margin-left:-100%", False),
    ("object-position:-9999px 0", True),
    ("translate:-9999px", True),
    ("scale:0", True),
    ("scale:1 0", True),
    ("scale:1", False),
    ("-webkit-transform:scale(.001)", True),
    ("transform:scaleY(0%)", True),
    ("transform:rotateY(90deg)", True),
    ("transform:rotate(90deg)", False),
    ("transform:translateY(-100px)", False),
    ("overflow:auto;height:0", True),
    ("text-indent:100%", False),
    ("font-size:0;overflow:auto", False),
    ("filter:opacity(0)", True),
    ("filter:opacity(50%)", False),
    ("filter:blur(4px)", False),
    ("transform:translateX(-9999px)", True),
    ("transform:translate(-50%,-50%)", False),
    ("transform:scale(0.5)", False),
    ("position:relative;left:-20px", False),
    ("left:-9999px", False),
    ("margin-top:-1000px", True),
    ("overflow:hidden;width:600px", False),
    ("width:1px", False),
    ("font-size:1px;height:1em;overflow:hidden", True),
    ("font-size:20px;height:1em;overflow:hidden", False),
    ("font-size:40px;position:absolute;left:-12em", True),
    ("font-size:10px;position:absolute;left:-30em", False),
]


@pytest.mark.parametrize(("style", "is_hidden"), CLIPS)
def test_a_style_hides_or_not(style: str, is_hidden: bool) -> None:
    assert (_see(f"<div style='{style}'><img></div>").hidden_by is not None) == is_hidden


def test_a_strange_style_is_fast_and_hides_nothing() -> None:
    for style in ("clip-path:polygon(" + "0 0," * 5_000 + " 1", "transform:" + "translate(" * 5_000):
        assert _see(f"<img style='{style}'>").hidden_by is None


@pytest.mark.parametrize("size", ["width=600 height=200", "height=100", "style='width:40px;mso-hide:all'"])
def test_a_weak_sign_does_not_hide_an_image_with_a_visible_size(size: str) -> None:
    assert _see(f"<div style='mso-hide:all'><img {size}></div>").hidden_by is None
    assert _see("<div style='mso-hide:all'><img width=1 height=1></div>").hidden_by == "mso-hide:all on div"


def test_a_strong_sign_beats_a_weak_one_around_it() -> None:
    html = "<div style='mso-hide:all'><p style='display:none'><img width=600 height=200></p></div>"
    assert _see(html).hidden_by == "display:none on p"


def test_a_visible_element_inside_a_hidden_one_is_seen() -> None:
    assert _see("<div style='visibility:hidden'><img style='visibility:visible'></div>").hidden_by is None
    assert _see("<div style='display:none'><img style='display:block'></div>").hidden_by == "display:none on div"


def test_the_hidden_attribute_yields_to_a_display() -> None:
    assert _see("<img hidden>").hidden_by == "the hidden attribute on self"
    assert _see("<img hidden style='display:inline'>").hidden_by is None


def test_a_closed_dialog_and_a_drawing_of_one_px_show_nothing() -> None:
    assert _see("<dialog><img></dialog>").hidden_by == "a closed box on dialog"
    assert _see("<dialog open><img></dialog>").hidden_by is None


def test_declared_values_are_kept_as_written() -> None:
    assert _see("<p style='font-size:1px'><img style='width:1em'>").declared_width == "1em"
    seen = _see("<img width=' 1px ' style='height:2PX;width:9px;display:none' hidden>")
    assert (seen.declared_width, seen.declared_height, seen.declared_from) == ("1px", "2px", "attribute+style")
    assert seen.declared_hiding == "display:none hidden"
    assert _see("<style>img{width:1px}</style><img>").declared_width is None


@pytest.mark.parametrize(
    "quote", ["<blockquote type=cite>", "<blockquote class=gmail_quote>", "<div class='x gmail_extra'>"]
)
def test_a_quotation_is_recognised_by_its_markup(quote: str) -> None:
    document = parse(f"{quote}<p><img></p>")
    assert Layout(document).surroundings(document.select("p")[0]).is_quoted
    unquoted = parse("<blockquote><img>")
    assert not Layout(unquoted).surroundings(unquoted.select("img")[0]).is_quoted


NAMES = ("a", "b", "c")


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> str:
    tag = draw(st.sampled_from(("div", "p", "span")))
    words = [f"class='{' '.join(draw(st.lists(st.sampled_from(NAMES), max_size=2)))}'"]
    words += draw(st.lists(st.sampled_from(("id=x", "lang=en", "hidden", "style='display:block'")), max_size=2))
    inner = "".join(draw(st.lists(elements(depth - 1), max_size=2))) if depth else "<img class=a>"
    return f"<{tag} {' '.join(words)}>{inner}</{tag}>"


compounds = st.sampled_from(
    (
        *("div", "span", "img", ".a", ".b", "#x", ".a.b", "[lang=en]", "div[hidden]", "p:first-child", "*", "img.a"),
        *("[class=a]", "div[class~=b]", "[class*=c i]", "[id=x]", "p[class='a b']"),
    )
)
selectors = st.lists(compounds, min_size=1, max_size=3).flatmap(
    lambda parts: st.lists(st.sampled_from((" ", " > ", " + ")), min_size=len(parts) - 1, max_size=len(parts) - 1).map(
        lambda joints: "".join(a + b for a, b in zip(parts, (*joints, ""), strict=True))
    )
)
declarations = st.sampled_from(
    ("display:none", "width:1px", "display:block!important", "overflow:hidden", "height:0!important", "opacity:0")
)
rules = st.tuples(selectors, declarations, st.booleans()).map(
    lambda rule: f"@media (max-width: 600px) {{{rule[0]}{{{rule[1]}}}}}" if rule[2] else f"{rule[0]}{{{rule[1]}}}"
)


def _styles(document: Document, sheet: Sheet, element: Element) -> dict[str, str]:
    """Return the winning styles of an element, with every selector matched by the HTML engine."""
    fitting = [
        (rule.media, PlacedRule((rule.selector.specificity, place), rule.selector, rule.longhands))
        for place, rule in enumerate(sheet.rules)
        if element in document.select(rule.selector.text)
    ]
    inline = [("display", "block", False)] if element.attr("style") else []
    styles = cascade([rule for media, rule in fitting if media == "screen"], inline)
    elsewhere = [rule for media, rule in fitting if media == "small" and rule.selector.specificity >= (0, 1, 0)]
    return swapped(styles, cascade(elsewhere)) if may_be_swapped(styles) else styles


@settings(max_examples=300, deadline=None)
@given(st.lists(rules, min_size=1, max_size=6).map("".join), st.lists(elements(), min_size=1, max_size=2))
def test_styles_are_the_same_as_if_the_engine_matched_every_rule(text: str, pages: list[str]) -> None:
    sheet = parse_sheet(text)
    for page in (*pages, *pages):  # the second time from memory
        document = parse(page)
        layout = Layout(document, [sheet])
        for element in document.select("*"):
            assert layout.styles(element) == _styles(document, sheet, element), element.tag


def test_the_cache_is_limited_and_holds_no_document() -> None:
    sheet = parse_sheet(".a img {display: none}")
    for n in range(3):
        document = parse("".join(f"<div class='c{n}-{i}'><p class=a><img>" for i in range(400)))
        layout = Layout(document, [sheet])
        assert all(layout.styles(img) == {"display": "none"} for img in document.select("img"))
    boxes = [layout._tree.root]
    for box in boxes:
        boxes += box.inner.values()
    assert len(boxes) <= 513
    assert not any(element in (box.markup, box.outer) for box in boxes for element in document.select("p"))


def test_a_document_with_too_many_steps_is_not_cached() -> None:
    sheet = parse_sheet("".join(f"div .c{i} > div img{{top:{i}px}}" for i in range(2_000)))
    page = "<div class=c0>" + "".join(f"<div class='c{i}'>" for i in range(1, 400)) + "<img>"
    tired = Layout(document := parse(page + "<img>" * 2), [sheet])
    tired._n_steps = 200_001
    assert tired.styles(document.select("img")[0]) == {}
    rested = Layout(document := parse(page), [sheet])
    assert rested.styles(document.select("img")[0]) == {"top": "398px"}
