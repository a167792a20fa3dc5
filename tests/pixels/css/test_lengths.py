"""Lengths of CSS and of HTML in px."""

import pytest

from pixelstudy.pixels.css.lengths import parse_dimension, parse_length


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
        ("1em", 16),
        ("2rem", 32),
        ("2ex", 16),
        ("calc(1em + 1px)", 17),
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
        ("1em", 1),
        ("2.5rem", 2.5),
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
