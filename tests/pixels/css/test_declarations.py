"""Style attributes, read as browsers do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelstudy.pixels.css import declarations as css
from pixelstudy.pixels.css.declarations import parse_style, tokenize, urls_in
from pixelstudy.pixels.css.lengths import parse_dimension, parse_length

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
            "font:",
            "clip:rect(0,",
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
    return {name: value for name, value, _ in parse_style(style).longhands}


def test_names_and_values_become_lower_case_with_single_blanks():
    assert parse_style(" Width : 1PX ; OVERFLOW:Hidden   Auto\n").longhands == (
        ("width", "1px", False),
        ("overflow-x", "hidden", False),
        ("overflow-y", "auto", False),
    )


def test_last_declaration_needs_no_semicolon():
    assert values("width:1px;height:2px") == {"width": "1px", "height": "2px"}


@pytest.mark.parametrize("mark", ["!important", " ! IMPORTANT", "!\nimportant ", "! /**/ important"])
def test_important_is_separated_from_the_value(mark):
    assert parse_style(f"width:1px{mark}").longhands == (("width", "1px", True),)


@pytest.mark.parametrize(
    "broken",
    """oops|color red|*display:none|:1px|width:|width:1px !ie|width:1px)|1x:2|width:{b}c|width:1px!important!important
    |width:1px!|margin:|opacity:|font:|inset:1px 2px 3px 4px 5px""".split("|"),
)
def test_only_the_broken_declaration_is_dropped(broken):
    assert values(f"top:1px;{broken};left:2px") == {"top": "1px", "left": "2px"}


def test_comments_are_removed():
    assert values("/* a:b; */ display:/* x */none/**/; /*") == {"display": "none"}
    assert values("display:no/**/ne; dis/**/play:none") == {}


def test_escapes_are_decoded_as_a_browser_does():
    assert values(r"d\69splay: n\6f ne") == {"display": "none"}


def test_an_ie_hack_is_not_taken_for_the_plain_value():
    assert values(r"display:none\9") == {}


def test_address_keeps_its_case_and_its_semicolons():
    assert parse_style("background: URL(HTTP://A.example/B;c?D) Top").urls == ("HTTP://A.example/B;c?D",)


def test_string_keeps_its_special_characters():
    assert values("content:'A;width:1px'; top:0") == {"top": "0"}


def test_address_with_a_blank_drops_only_its_declaration():
    assert parse_style("background:url(a b.gif) url(c.gif);top:0") == css.Block((("top", "0", False),), ())


def test_string_cut_off_by_the_end_is_closed():
    assert parse_style("top:0;background:url('a.gif").urls == ("a.gif",)


def test_embedded_pictures_and_endless_numbers_are_fast():
    long = parse_style("background:url(data:image/png;base64," + "A" * 500_000 + ");width:" + "9" * 500_000 + "px")
    assert [name for name, _, _ in long.longhands] == ["width"]
    assert parse_length(long.longhands[0][1]) == 33_554_432


@settings(max_examples=500, deadline=None)
@given(PIECES)
def test_splitting_gives_the_same_as_the_tokenizer(style):
    if css._is_plain(style):
        assert css._split(style) == css._parse_any(style)


def test_endless_digits_are_cut():
    assert values("font-size:" + "9" * 400) == values("font-size:" + "9" * 300)


@settings(max_examples=300, deadline=None)
@given(st.one_of(PIECES, st.text()))
def test_nothing_raises(text):
    for _, value, _ in parse_style(text).longhands:
        parse_length(value)
    urls_in(tokenize(text))
    parse_length(text)
    parse_dimension(text)


@pytest.mark.parametrize("run", ["(", "{", "[", "/*", "\\", "a{", "url(", "url('", '"', "a:(", "calc(", "9", "a:\\"])
def test_a_long_repetition_raises_nothing(run):
    for style in (run * 50_000, "width:" + run * 50_000):
        found = parse_style(style)
        assert len(found.longhands) <= 1
        assert found.urls == () or run.startswith("url")


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
        (r"url(a\d800 b\0 c\110000 d)", ["a\ufffdb\ufffdc\ufffdd"]),
        ("cross-fade(url(a.gif), url(b.gif))", ["a.gif", "b.gif"]),
    ],
)
def test_addresses_in_a_value(value, urls):
    assert urls_in(tokenize(value)) == urls
