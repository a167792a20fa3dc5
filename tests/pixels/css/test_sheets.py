"""Style sheets: rules, groups and addresses, read as browsers do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelstudy.pixels.css import sheets as css
from pixelstudy.pixels.css.declarations import serialize, tokenize
from pixelstudy.pixels.css.media import parse_media
from pixelstudy.pixels.css.sheets import parse_sheet


def rules(text, **options):
    return [
        (r.selector.text, r.media, {name: value for name, value, _ in r.longhands})
        for r in parse_sheet(text, **options).rules
    ]


def urls(text, **options):
    return list(parse_sheet(text, **options).urls)


def test_only_rules_that_can_hide_or_size_are_kept():
    assert rules("a {color: red} b {Display: NONE; color: red}") == [("b", "screen", {"display": "none"})]


def test_a_list_of_selectors_is_split_in_order():
    assert [r[0] for r in rules(".a, #b c {width:1px} p {top:0}")] == [".a", "#b c", "p"]


def test_html_comment_wrappers_and_charset_are_ignored():
    assert [r[0] for r in rules('<!-- @charset "utf-8"; .a{top:0} --> .b{top:0} -->')] == [".a", ".b"]


def test_comments_are_removed_but_not_from_addresses():
    assert [r[0] for r in rules("/* .x{top:0} */ .a/**/{top:0} /* .y{top:0}")] == [".a"]
    assert urls("a{background:url(//h.example/*/a.gif)} /* */")[0][0] == "//h.example/*/a.gif"


@pytest.mark.parametrize(
    "broken", [".x{oops}", "..x{top:0}", "} .x{top:0}", "@oops x;", ".x,{top:0}", "foo; .x{top:0}", "{top:0}"]
)
def test_only_the_broken_rule_is_dropped(broken):
    assert [r[0] for r in rules(f".a{{top:0}} {broken} .b{{top:0}}")] == [".a", ".b"]


def test_rule_cut_off_by_the_end_is_closed():
    assert rules("@media print {.a{display:none") == [(".a", "print", {"display": "none"})]


def test_brackets_and_strings_hide_braces():
    assert [r[0] for r in rules("a[title='}{']{top:0} .b{content:'}';top:0} .c{background:url(x}{;y);top:0}")] == [
        'a[title="}{"]',
        ".b",
        ".c",
    ]


def test_string_cut_off_by_a_line_end_drops_its_line():
    assert [r[0] for r in rules(".a{top:0;content:'x} .b{top:0}\n} .c{top:0}")] == [".a", ".c"]


def test_nested_groups_keep_the_medium_that_excludes_the_desktop_page():
    text = (
        "@supports (display:grid) {@media (max-width:600px) {@media screen {.a{top:0}} .b{top:0}} .c{top:0}} .d{top:0}"
    )
    assert [r[:2] for r in rules(text)] == [(".a", "small"), (".b", "small"), (".c", "screen"), (".d", "screen")]


def test_media_attribute_of_the_element_counts():
    assert rules(".a{top:0}", media="print")[0][1] == "print"


@pytest.mark.parametrize(
    ("condition", "media"),
    [
        ("", "screen"),
        ("all", "screen"),
        ("only screen", "screen"),
        ("screen and (max-width: 480px)", "small"),
        ("(max-device-width:1024px)", "small"),
        ("screen and (max-width: 1200px)", "screen"),
        ("(min-width: 481px)", "screen"),
        ("(min-width: 1600px)", "other"),
        ("(max-width: 37.5em)", "small"),
        ("(width <= 600px)", "small"),
        ("(400px <= width < 2000px)", "screen"),
        ("only screen and (min-device-width:375px) and (max-device-width:413px)", "small"),
        ("screen and (-webkit-min-device-pixel-ratio:0)", "screen"),
        ("(-webkit-min-device-pixel-ratio: 2), (min-resolution: 192dpi)", "other"),
        ("not all and (min-resolution:.001dpcm)", "other"),
        ("(prefers-color-scheme: dark)", "dark"),
        ("(prefers-color-scheme: light)", "screen"),
        ("print", "print"),
        ("screen, print", "screen"),
        ("not print", "screen"),
        ("not screen", "other"),
        ("speech", "never"),
        ("tv, speech", "never"),
        ("not all", "never"),
        ("yahoo", "other"),
        ("speech, print", "print"),
        ("(orientation: portrait)", "small"),
        ("(-ms-high-contrast: active)", "other"),
        ("screen and (max-width:0\\0)", "other"),
    ],
)
def test_media_conditions_are_evaluated_for_a_desktop_page(condition, media):
    assert parse_media(condition) == media


def test_import_of_every_form():
    text = "@charset 'x'; @import 'a.css'; @import url(b.css?x;y) screen; @IMPORT url('c.css') print;"
    text += ".a{top:0} @import 'd.css';"
    assert urls(text) == [
        ("a.css", "css import", "", "all", False),
        ("b.css?x;y", "css import", "", "all", False),
        ("c.css", "css import", "", "print", True),
    ]


def test_font_face_addresses():
    found = urls("@font-face{font-family:X;src:url(a.eot?#iefix) format('eot'),url('b.woff')}")
    assert [u[:2] for u in found] == [("a.eot?#iefix", "css font-face"), ("b.woff", "css font-face")]


@pytest.mark.parametrize("prelude", [".a:hover", ".a::before", ".a:after", ".a:visited"])
def test_selector_of_an_address_has_no_states_and_pseudo_elements(prelude):
    assert urls(prelude + "{background:url(a.gif)}") == [("a.gif", "css url", ".a", "all", False)]


def test_print_rules_are_detectors_that_load_in_print():
    assert urls("@media print{#_t{background:url(p.gif)}}") == [("p.gif", "css url", "#_t", "print", True)]
    assert urls("@page{background:url(p.gif)}")[0][3:] == ("print", True)


@pytest.mark.parametrize(
    "selector",
    ["div.OutlookMessageHeader", "table.moz-email-headers-table", "blockquote #_t", "#MailContainerBody #_x"],
)
def test_rules_about_a_clients_quotation_are_detectors(selector):
    assert urls(selector + "{background-image:url('f.gif')}") == [("f.gif", "css url", selector, "all", True)]


def test_the_address_in_a_nested_rule_is_found():
    assert urls(".a{color:red; .b{background:url(n.gif)}}")[0][0] == "n.gif"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (".a{color:red; .b{top:0}}", [(".a .b", "screen")]),
        (".a{.b &{top:0}}", [(".b .a", "screen")]),
        (".a{& .b, .c{top:0}}", [(".a .b", "screen"), (".a .c", "screen")]),
        (".a,.b{&:hover{top:0}}", [(":is(.a,.b)", "screen")]),
        (".a{@media print{top:0}}", [(".a", "print")]),
        (".a{@media print{.b{top:0}}}", [(".a .b", "print")]),
    ],
)
def test_nested_rules_are_written_out(text, found):
    assert [r[:2] for r in rules(text)] == found


def test_nesting_does_not_multiply_selectors_without_limit():
    assert len(parse_sheet(".f{" + "& & & & & & & &{" * 16 + "top:0").rules) <= 1


def test_the_number_of_rules_is_limited():
    assert len(parse_sheet("".join(f".c{i}{{top:0}}" for i in range(10_000))).rules) == 2_000


PIECES = st.lists(
    st.sampled_from(
        [
            *"a .b { } ; top:0 @media @import ( ) [ ] \" ' \\ /* */ url( , > + :not( :: : print <!-- -->".split(),
            *"@font-face (max-width: not & {top:0} .a{top:0;a:rgb(1,2)} {0} background:url(x) {a:url('b;c')}".split(),
            *(" ", "\n", "@media print{"),
        ]
    ),
    max_size=20,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), PIECES))
def test_nothing_raises(text):
    parse_sheet(text)
    parse_sheet("", media=text)


@settings(max_examples=5_000, deadline=None)
@given(PIECES)
def test_cutting_out_plain_rules_does_not_change_the_result(text):
    found, whole = (
        [rule._replace(prelude=serialize(tokenize(rule.prelude)).strip()) for rule in each]
        for each in (css._rules(text, "screen"), css._flat(css._nodes(text), "screen", {}))
    )
    assert found == whole


@pytest.mark.parametrize(
    "run", ["{", "}", "a{", "@media x{", "a;", "@a;", "(", "a,", "a ", "a>", '"', "/*", "a{b:c}", ":not(", "url("]
)
def test_a_long_repetition_raises_nothing(run):
    assert len(parse_sheet(run * 30_000).rules) == 0
