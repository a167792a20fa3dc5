import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelstudy.pixels.css import declarations as css
from pixelstudy.pixels.css.declarations import (
    Declaration,
    decode,
    parse_declarations,
    parse_dimension,
    parse_length,
    urls_in,
)

PIECES = st.lists(
    st.sampled_from(
        [
            "width",
            "display",
            ":",
            ":",
            ";",
            ";",
            " ",
            "\n",
            "!important",
            "!",
            "(",
            ")",
            "url(",
            "URL(",
            '"',
            "'",
            "1px",
            "0",
            "none",
            "a.gif",
            "A/b?c=D;e",
            "/*",
            "*/",
            "*",
            "{",
            "}",
            "[",
            "]",
            "@",
            "#url(",
            "\r\n",
            "rgb(0, 1,2)",
            "-",
            "--x",
            "\\",
            "\\6e ",
            "%",
            "+",
            "u+1",
            "é",
            "\0",
            "<!--",
            "-->",
            "calc(1px + 2px)",
            ",",
            "=",
            "image-set(",
            " \t",
            "9" * 5000,
            "\\d800 ",
        ]
    ),
    max_size=14,
).map("".join)


def values(style):
    return {d.name: d.value for d in parse_declarations(style)}


def test_names_and_words_are_lower_case_and_blanks_single():
    assert parse_declarations(" Width : 1PX ; MARGIN:0   Auto\n") == (
        Declaration("width", "1px"),
        Declaration("margin", "0 auto"),
    )


def test_last_declaration_needs_no_semicolon():
    assert values("width:1px;height:2px") == {"width": "1px", "height": "2px"}


@pytest.mark.parametrize("mark", ["!important", " ! IMPORTANT", "!\nimportant ", "! /**/ important"])
def test_important_is_told_from_the_value(mark):
    assert parse_declarations(f"width:1px{mark}") == (Declaration("width", "1px", True),)


@pytest.mark.parametrize(
    "broken", ["oops", "color red", "*display:none", ":1px", "width:", "width:1px !ie", "width:1px)", "1x:2", "a:{b}c"]
)
def test_broken_declaration_is_dropped_alone(broken):
    assert values(f"top:1px;{broken};left:2px") == {"top": "1px", "left": "2px"}


def test_comments_are_removed():
    assert values("/* a:b; */ display:/* x */none/**/; /*") == {"display": "none"}


def test_escapes_are_decoded_as_a_browser_does():
    assert values(r"d\69splay: n\6f ne") == {"display": "none"}


def test_ie_hack_is_not_taken_for_the_plain_word():
    assert values(r"display:none\9")["display"] != "none"


def test_address_keeps_its_case_and_its_semicolons():
    assert values("background: URL(HTTP://A.example/B;c?D) Top")["background"] == 'url("HTTP://A.example/B;c?D") top'


def test_string_keeps_its_case_and_its_signs():
    assert values("content:'A;B:C'; top:0") == {"content": '"A;B:C"', "top": "0"}


def test_address_with_a_blank_inside_drops_its_declaration_alone():
    assert values("background:url(a b.gif);top:0") == {"top": "0"}


def test_string_cut_off_by_the_end_is_closed():
    assert urls_in(values("top:0;background:url('a.gif")["background"]) == ("a.gif",)


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_plain_path_reads_what_the_tokenizer_reads(style):
    if css._is_plain(style):
        assert css._parse_plain(style) == css._parse_any(style)


@settings(max_examples=300, deadline=None)
@given(st.one_of(PIECES, st.text()))
def test_nothing_raises(text):
    for declaration in parse_declarations(text):
        urls_in(declaration.value)
        parse_length(declaration.value)
    urls_in(text)
    parse_length(text)
    parse_dimension(text)
    decode(text)


@pytest.mark.parametrize("run", ["(", "{", "[", "/*", "\\", "a{", "url(", "url('", '"', "a:(", "calc(", "9", "a:\\"])
def test_long_run_is_survived(run):
    assert len(parse_declarations(run * 50_000)) <= 1
    assert urls_in(run * 50_000) in ((), ("url(" * 49_999,)) or run.startswith("url")


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("url(a.gif)", ["a.gif"]),
        ("url( 'a.gif' ) no-repeat, URL(\"b.gif\")", ["a.gif", "b.gif"]),
        ('image-set("a.png" 1x, url(b.png) 2x)', ["a.png", "b.png"]),
        ('-webkit-image-set("a.png" type("image/png"))', ["a.png"]),
        ('src("a.woff")', ["a.woff"]),
        ('"Not An Address", format("woff")', []),
        (r"url(http\3a //a.example/\28 x\29 )", ["http://a.example/(x)"]),
        ("url()", []),
        ("red", []),
        ("/* url(a.gif) */ url(b.gif)", ["b.gif"]),
        ("cross-fade(url(a.gif), url(b.gif))", ["a.gif", "b.gif"]),
    ],
)
def test_addresses_in_a_value(value, urls):
    assert list(urls_in(value)) == urls


@pytest.mark.parametrize(
    ("value", "px"),
    [
        ("1px", 1),
        ("1PX ", 1),
        ("+.5px", 0.5),
        ("-9999px", -9999),
        ("0", 0),
        ("1", None),
        ("3pt", 4),
        ("1in", 96),
        ("2.54cm", 96),
        ("25.4mm", 96),
        ("101.6q", 96),
        ("1pc", 16),
        ("0.1em", 1.6),
        ("0.5rem", 8),
        ("-100em", -1600),
        ("1em", None),
        ("0%", 0),
        ("50%", None),
        ("0vw", 0),
        ("1vh", None),
        ("auto", None),
        ("", None),
        ("1 px", None),
        ("1.px", None),
        ("1px 2px", None),
        ("calc(1px + 2 * 3px)", 7),
        ("calc(2px - 1px)", 1),
        ("calc(4px / 2)", 2),
        ("calc(100% - 1px)", None),
        ("calc(1px / 0)", None),
        ("calc(2px * 2px)", None),
        ("calc(3)", None),
        ("1e99999px", 33_554_432),
    ],
)
def test_css_length_in_px(value, px):
    assert parse_length(value) == (None if px is None else pytest.approx(px))


def test_number_without_unit_counts_in_quirks_mode():
    assert parse_length("1", is_quirky=True) == 1


@pytest.mark.parametrize(
    ("attribute", "px"),
    [
        ("1", 1),
        (" 1 ", 1),
        ("1px", 1),
        ("1.5", 1.5),
        ("1.", 1),
        ("01", 1),
        ("1e3", 1),
        ("0", 0),
        ("100%", None),
        ("0%", 0),
        ("50 %", 50),
        ("auto", None),
        ("", None),
        ("+1", None),
        ("-1", None),
        (".5", None),
        ("*", None),
        ("9" * 5000, 33_554_432),
    ],
)
def test_html_dimension_in_px(attribute, px):
    assert parse_dimension(attribute) == px


def test_escape_of_no_character_becomes_the_replacement_sign():
    assert decode(r"\0 \d800 \110000 ") == "\ufffd\ufffd\ufffd"
