"""Text that came from a mail, made safe to show: on a terminal, in a notebook, in a spreadsheet."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Any

__all__ = ["WIDTH", "alike_line", "elided", "formula_safe", "labelled", "on_screen", "printable"]

WIDTH = 88
"""The columns of a terminal that text keeps to."""

_NOT_SHOWN = frozenset("$\\")  # a notebook would typeset them as mathematics
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_FORMULA = frozenset("=+-@＝＋－＠")


def printable(text: str) -> str:
    r"""Return `text` with ``?`` for every character that a terminal could obey or a page could typeset.

    These are controls, line breaks, format characters (which change the direction of text) and the signs of TeX.

    Examples
    --------
    >>> printable("a\x1b[31mb\u202ec\nd")
    'a?[31mb?c?d'
    """
    return "".join(char if char.isprintable() and char not in _NOT_SHOWN else "?" for char in text)


def on_screen(lines: Iterable[str]) -> str:
    """Return lines as one text, each made printable."""
    return "\n".join(printable(line).rstrip() for line in lines)


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
    """Return lines with `label` in front and `value` wrapped after it."""
    start = f"{indent}{label:<13} "
    return textwrap.wrap(value, width, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False)


def alike_line(count: int, carrier: str, what: str, host: str, width: int) -> str:
    """Return a row of a list of resources that are alike: how many, their carrier, what they are, their host."""
    return f"   {count:>6,}  {carrier:<15} {what:<16} {elided(host, width - 44)}"


def formula_safe(value: Any) -> Any:
    """Return text as one line that no spreadsheet takes for a formula; other values as they are."""
    if not isinstance(value, str):
        return value
    line = _CONTROL.sub(" ", value)
    return "'" + line if line.lstrip()[:1] in _FORMULA else line
