"""CSS lengths and HTML dimensions, converted to px; unknown ones become ``None``."""

from __future__ import annotations

import re

__all__ = ["FONT_PX", "font_size", "in_font", "parse_dimension", "parse_length"]

_BLANK = " \t\n\r\f"
_NUMBER = r"[-+]?(?:[0-9]++\.[0-9]++|[0-9]++|\.[0-9]++)(?:e[-+]?[0-9]++)?"
_CALC = re.compile(r"(?:-webkit-|-moz-)?(calc|min|max|clamp)\(([^()]{1,128})\)")
_LENGTH = re.compile(rf"({_NUMBER})([a-z%]*)")
_PX = {"px": 1.0, "pt": 96 / 72, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "pc": 16.0}
# Units that depend on the font size, as shares of it; ``rem`` depends on the font size of the page.
_FONT_SHARES = {"em": 1.0, "rem": 1.0, "ex": 0.5, "ch": 0.5}
_OF_FONT = re.compile(rf"(?<![-+.\w])({_NUMBER})(em|ex|ch)(?![-\w])")
_FONT_WORDS = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0}
FONT_PX = 16.0
"""The font size if none is given."""
_RELATIVE = frozenset({"%", "vw", "vh", "vmin", "vmax", "lh", "rlh"})
# The largest length in a browser's layout.
_LARGEST_PX = 33_554_432.0


def parse_length(value: str, *, is_quirky: bool = False) -> float | None:
    """Return a CSS length in px; nothing if it is unknown.

    Known are absolute units, ``em`` and similar units at a font size of 16 px (see :func:`in_font`), zero in any unit,
    and a ``calc()``, ``min()``, ``max()`` or ``clamp()`` of these. Unknown are percentages, viewport units, ``auto``
    and other words.

    Parameters
    ----------
    value
        A declared value, without ``!important``.
    is_quirky
        Whether a number without a unit counts as px, as in a browser's quirks mode for ``width``, ``height``,
        ``font-size`` and margins. If not, only ``0`` does.

    Examples
    --------
    >>> [parse_length(v) for v in ("1px", ".75pt", "0.1em", "2em", "0%", "50%", "auto", "calc(2px - 1px)")]
    [1.0, 1.0, 1.6, 32.0, 0.0, None, None, 1.0]
    """
    value = value.strip(_BLANK).lower()
    match = _LENGTH.fullmatch(value)
    if match:
        return _in_px(float(match[1]), match[2], is_quirky=is_quirky)
    match = _CALC.fullmatch(value)
    return _compared(match[1], [_calculate(term.strip(_BLANK)) for term in match[2].split(",")]) if match else None


def in_font(value: str, font_px: float) -> str:
    """Return a value with its ``em``, ``ex`` and ``ch`` lengths converted to px.

    Examples
    --------
    >>> in_font("1.5em 2px", 10)
    '15px 2px'
    """
    return _OF_FONT.sub(lambda found: f"{float(found[1]) * _FONT_SHARES[found[2]] * font_px:.6g}px", value)


def font_size(value: str | None, outer_px: float) -> float:
    """Return a ``font-size`` in px, given that of the element around; an unknown size is inherited.

    Examples
    --------
    >>> [font_size(value, 10) for value in ("20px", "2em", "50%", "small", "2rem", "inherit", None)]
    [20.0, 20.0, 5.0, 13.0, 32.0, 10, 10]
    """
    if value is None:
        return outer_px
    if value in _FONT_WORDS:
        return _FONT_WORDS[value]
    if value.endswith("%") and (match := _LENGTH.fullmatch(value)):
        return min(_LARGEST_PX, float(match[1]) / 100 * outer_px)
    px = parse_length(in_font(value, outer_px), is_quirky=True)
    return outer_px if px is None or px < 0 else px


def _in_px(number: float, unit: str, *, is_quirky: bool) -> float | None:
    if unit in _PX:
        px = number * _PX[unit]
    elif unit in _FONT_SHARES:
        px = number * FONT_PX * _FONT_SHARES[unit]
    elif (not unit and is_quirky) or (number == 0 and (not unit or unit in _RELATIVE)):
        px = number
    else:
        return None
    return max(-_LARGEST_PX, min(_LARGEST_PX, px))


def _compared(function: str, terms: list[float | None]) -> float | None:
    """Return the value of ``min()``, ``max()``, ``clamp()`` or ``calc()``; nothing if an argument is unknown."""
    known = [term for term in terms if term is not None]
    if len(known) < len(terms):
        return None
    if function == "min":
        return min(known)
    if function == "max":
        return max(known)
    if function == "clamp" and len(known) == 3:
        return max(known[0], min(known[1], known[2]))
    return known[0] if function == "calc" and len(known) == 1 else None


def _calculate(sum_text: str) -> float | None:
    """Return the value of a ``calc()`` expression in px: sums of products, without brackets."""
    total = 0.0
    sign = 1
    for term in re.split(rf"[{_BLANK}]([-+])[{_BLANK}]", sum_text):
        if term in ("+", "-"):
            sign = 1 if term == "+" else -1
            continue
        number, n_lengths, operator = 1.0, 0, "*"
        for factor in re.split(r"([*/])", term):
            if factor in ("*", "/"):
                operator = factor
                continue
            match = _LENGTH.fullmatch(factor.strip(_BLANK))
            px = _in_px(float(match[1]), match[2], is_quirky=not match[2]) if match else None
            if match is None or px is None or (operator == "/" and (match[2] or not px)):
                return None
            n_lengths += bool(match[2])
            number = number * px if operator == "*" else number / px
        if n_lengths != 1:
            return None
        total += sign * number
    return max(-_LARGEST_PX, min(_LARGEST_PX, total))


_DIMENSION = re.compile(rf"[{_BLANK}]*+([0-9]++(?:\.[0-9]++)?)(%?)")


def parse_dimension(attr: str) -> float | None:
    """Return an HTML ``width`` or ``height`` attribute in px; nothing if it is unknown.

    This follows HTML's rules for dimension values (https://html.spec.whatwg.org/#rules-for-parsing-dimension-values):
    text after the number is ignored, a percentage is unknown unless it is ``0%``, and a value with a sign is invalid.

    Examples
    --------
    >>> [parse_dimension(v) for v in ("1", " 1.5px", "100%", "0%", "auto", "-1", "")]
    [1.0, 1.5, None, 0.0, None, None, None]
    """
    match = _DIMENSION.match(attr)
    if not match:
        return None
    number = min(_LARGEST_PX, float(match[1]))
    return None if match[2] and number else number
