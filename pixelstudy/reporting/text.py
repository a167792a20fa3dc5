"""Text that a mail wrote, made safe to show: on a terminal, in a notebook, in a spreadsheet."""

from __future__ import annotations

import re
import textwrap
from typing import Any

__all__ = ["WIDTH", "elided", "formula_safe", "labelled", "printable"]

WIDTH = 88
"""Columns of a terminal that the text keeps to."""

_NOT_SHOWN = frozenset("$\\")  # what a notebook would typeset as mathematics
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_FORMULA = frozenset("=+-@＝＋－＠")


def printable(text: str) -> str:
    r"""Return `text` with every character that a terminal could obey, or a page typeset, as ``?``.

    Controls, format characters (which turn the direction of text) and line breaks go, and the signs of TeX.

    Examples
    --------
    >>> printable("a\x1b[31mb\u202ec\nd")
    'a?[31mb?c?d'
    """
    return "".join(char if char.isprintable() and char not in _NOT_SHOWN else "?" for char in text)


def elided(text: str, width: int) -> str:
    """Return `text` cut in its middle to `width` characters.

    >>> elided("newsletter.example.com", 15)
    'newsle...le.com'
    """
    if len(text) <= width:
        return text
    kept = max(width - 3, 2)
    return f"{text[: kept - kept // 2]}...{text[-(kept // 2) :]}"


def labelled(label: str, value: str, width: int, *, indent: str = "") -> list[str]:
    """Return lines with `label` in front and `value` wrapped behind it."""
    start = f"{indent}{label:<13} "
    return textwrap.wrap(value, width, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False)


def formula_safe(value: Any) -> Any:
    """Return text as one line that no spreadsheet runs: a carriage return would open a row of its own."""
    if not isinstance(value, str):
        return value
    line = _CONTROL.sub(" ", value)
    return "'" + line if line.lstrip()[:1] in _FORMULA else line
