"""The declarations that win on an element, from sheets and inline style together."""

import pytest

from pixelstudy.pixels.css.sheets import parse_sheet
from pixelstudy.pixels.css.visibility import Layout
from pixelstudy.pixels.html import parse

SMALL = "@media only screen and (max-width: 600px)"


@pytest.fixture(params=["fast", "bs4"])
def styles(request):
    """Return the winning styles of the element with id ``x``."""

    def of(body, *sheets):
        document = parse(body, engine=request.param)
        return Layout(document, [parse_sheet(s) for s in sheets]).styles(document.select("#x")[0])

    return of


X = '<div class="out"><p id=x class="a b" lang=en>t</p></div>'


@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        ("p", ".a"),
        (".a", ".a.b"),
        (".a.b", "#x"),
        ("p", "div p"),
        ("*", "p"),
        (".a", "p[lang=en]"),
        (".a", "p.a"),
        (".a", ":not(.z).a"),
    ],
)
def test_more_specific_selector_wins_in_any_order(styles, weak, strong):
    assert styles(X, f"{strong}{{display:none}} {weak}{{display:block}}")["display"] == "none"


def test_among_equals_the_later_rule_and_sheet_win(styles):
    assert styles(X, ".a{width:1px} .b{width:2px}")["width"] == "2px"
    assert styles(X, ".a{width:1px}", ".b{width:2px}")["width"] == "2px"


def test_important_beats_specificity(styles):
    assert styles(X, ".a{width:1px!important} #x{width:2px}")["width"] == "1px"


def test_inline_beats_sheet_unless_the_sheet_is_important(styles):
    body = X.replace("id=x", "id=x style='display:block'")
    assert styles(body, "#x{display:none}")["display"] == "block"
    assert styles(body, ".a{display:none!important}")["display"] == "none"
    important = X.replace("id=x", "id=x style='display:block!important'")
    assert styles(important, ".a{display:none!important}")["display"] == "block"


def test_inline_without_sheets(styles):
    assert styles("<p id=x style='width:1px!important;width:2px;margin:1px 2px'>")["width"] == "1px"


@pytest.mark.parametrize(
    "selector",
    [
        ".out p",
        ".out > p",
        "div .a",
        "body .out > .b",
        "[lang=en]",
        "[lang|='en']",
        "[class~=b]",
        "[class*='a b']",
        "[class^=a]",
        "[class$=b]",
        "[LANG]",
        "p:first-child",
        "head + body p",
        ".out p:not(.z)",
        "html > body > div > p",
        "[lang='EN' i]",
    ],
)
def test_selector_matches(styles, selector):
    assert styles(X, selector + "{display:none}") == {"display": "none"}


@pytest.mark.parametrize(
    "selector",
    [
        ".c",
        ".a .b",
        "body > p",
        "p p",
        "#X",
        ".out + p",
        "[lang=fr]",
        "p:nth-child(2)",
        "p:hover",
        "p::before",
        "p:after",
        "p:visited",
        "u + .a",
        "#outlook .a",
        ".ExternalClass *",
        "p:unknown-thing",
        "p, ..",
        "p,",
        "",
    ],
)
def test_selector_does_not_match(styles, selector):
    assert styles(X, selector + "{display:none} .zzz{display:none}") == {}


def test_child_after_descendant_tries_every_ancestor(styles):
    body = "<div class=r><div class=s><div class=s><p id=x></p></div></div></div>"
    assert styles(body, ".r > .s p{display:none}") == {"display": "none"}


def test_escaped_class_matches(styles):
    assert styles("<p id=x class='sm:none'>", ".sm\\:none{display:none}") == {"display": "none"}


@pytest.mark.parametrize(
    "media", ["print", "(max-width: 600px)", "(prefers-color-scheme: dark)", "(min-width: 2000px)"]
)
def test_rule_of_another_medium_hides_nothing(styles, media):
    assert styles(X, f"@media {media} {{.a{{display:none!important}}}}") == {}


@pytest.mark.parametrize(
    "media", ["screen", "only screen", "(min-width: 600px)", "screen and (-webkit-min-device-pixel-ratio:0)"]
)
def test_rule_of_the_desktop_page_hides(styles, media):
    assert styles(X, f"@media {media} {{.a{{display:none}}}}")["display"] == "none"


def test_a_responsive_swap_does_not_hide(styles):
    body = X.replace("id=x", "id=x style='display:none;max-height:0;overflow:hidden'")
    shown = styles(body, SMALL + "{.a{display:block!important;max-height:none!important;overflow:visible!important}}")
    assert shown == {"display": "block", "max-height": "none", "overflow-x": "visible", "overflow-y": "visible"}


def test_a_swap_by_class_rules_alone_does_not_hide(styles):
    assert styles(X, ".a{display:none}" + SMALL + "{.a{display:block}}")["display"] == "block"


def test_element_shown_by_a_click_is_not_hidden(styles):
    body = "<input type=checkbox id=c><p id=x class=a style='display:none'>"
    assert styles(body, "#c:checked ~ .a{display:block!important}")["display"] == "block"


def test_an_element_shown_only_in_print_is_hidden(styles):
    assert styles(X, ".a{display:none} @media print{.a{display:block}}")["display"] == "none"


def test_small_screen_rule_that_hides_too_shows_nothing(styles):
    assert styles(X, ".a{display:none}" + SMALL + "{.a{display:none!important}}")["display"] == "none"


def test_fluid_images_of_small_screens_do_not_make_a_pixel_visible(styles):
    body = "<img id=x class=fluid style='width:1px;height:1px'>"
    sheet = SMALL + "{img, .fluid{display:block;width:100%!important;height:auto!important}}"
    assert styles(body, sheet) == {"width": "1px", "height": "1px"}


def test_a_rule_for_every_image_is_not_a_swap(styles):
    assert styles("<img id=x style='display:none'>", SMALL + "{img{display:block!important}}")["display"] == "none"


@pytest.mark.parametrize(
    ("style", "longhands"),
    [
        ("margin:1px 2px", {"margin-top": "1px", "margin-right": "2px", "margin-bottom": "1px", "margin-left": "2px"}),
        (
            "margin:1px 2px 3px",
            {"margin-top": "1px", "margin-right": "2px", "margin-bottom": "3px", "margin-left": "2px"},
        ),
        ("inset:0", {"top": "0", "right": "0", "bottom": "0", "left": "0"}),
        ("overflow:hidden auto", {"overflow-x": "hidden", "overflow-y": "auto"}),
        ("font:0/0 a", {"font-size": "0", "line-height": "0"}),
        ("font:bold 12px Arial", {"font-size": "12px", "line-height": "normal"}),
    ],
)
def test_shorthands_are_expanded(styles, style, longhands):
    assert styles(f"<p id=x style='{style}'>") == longhands


@pytest.mark.parametrize("invalid", ["display:none\\9", "display:nope", "display:1px", "width:1 px", "width:a:b"])
def test_an_invalid_value_does_not_replace_the_earlier_one(styles, invalid):
    assert styles(f"<p id=x style='display:block;width:9px;{invalid}'>") == {"display": "block", "width": "9px"}


def test_work_on_a_deep_document_with_many_rules_is_bounded():
    document = parse("".join(f"<div class=c{i}>" for i in range(3_000)) + "<img>")
    layout = Layout(document, [parse_sheet("".join(f"div .c{i} > div img{{top:{i}px}}" for i in range(2_500)))])
    for element in document.select("*"):
        layout.styles(element)
    assert layout._n_steps < 2_000_000
