"""Selectors, read as browsers do."""

import pytest

from pixelstudy.pixels.css.selectors import parse_selectors


@pytest.mark.parametrize(
    ("selector", "specificity"),
    [
        ("*", (0, 0, 0)),
        ("li", (0, 0, 1)),
        ("ul li", (0, 0, 2)),
        ("ul li.red", (0, 1, 2)),
        ("#a:hover", (1, 1, 0)),
        ("p::before", (0, 0, 2)),
        ("[a][b=c] d", (0, 2, 1)),
        (":not(#a, .b) c", (1, 0, 1)),
        (":where(#a) c", (0, 0, 1)),
        (":is(.a:hover, b) c", (0, 2, 1)),
        (":not(:not(:not(#a)))", (1, 0, 0)),
    ],
)
def test_specificity(selector, specificity):
    assert parse_selectors(selector)[0].specificity == specificity


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ("a:hover", "a"),
        (".a :focus > b::after", ".a * > b"),
        (":checked ~ .a", ":checked ~ .a"),
        (".sm\\:none", ".sm\\:none"),
        ("a  +  b", "a + b"),
        ("TD[Align = 'left']", 'TD[Align = "left"]'),
    ],
)
def test_the_text_for_the_engine_has_no_states_and_pseudo_elements(selector, text):
    assert parse_selectors(selector)[0].text == text


def test_states_that_a_click_changes_are_left_out_of_the_switched_selector():
    assert parse_selectors("#c:checked ~ .a")[0].switched == "#c ~ .a"
    assert parse_selectors("#c ~ .a:hover")[0].switched == ""


@pytest.mark.parametrize(
    "broken",
    " ;,a;a,;a,,b;> a;a >;a > > b;..a;.;#;#1a;:;:::a;:.a;a*;.a b{};[a=1];[=a];[a=b c d];a:b:;a!b;$a;a|b;.1a;(a)".split(
        ";"
    ),
)
def test_a_broken_selector_breaks_its_list(broken):
    assert parse_selectors(broken) == ()
    assert parse_selectors(f".x, {broken}") == ()


@pytest.mark.parametrize("run", [":not(", "(", "[", ":is(a,", "a ", "a>", "*", ":"])
def test_a_long_repetition_raises_nothing(run):
    assert parse_selectors(run * 20_000) == ()
