"""Text that came from a mail, made safe to show: on a terminal, in a notebook, in a spreadsheet."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable
from typing import Any

__all__ = ["WIDTH", "counted", "elided", "formula_safe", "labelled", "on_screen", "printable", "readable_host"]

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


def readable_host(host: str) -> str:
    """Return a host, or an address at one, in the letters of its language.

    Where these could be taken for others, as those of Cyrillic for Latin, its ``xn--`` form follows.

    Examples
    --------
    >>> readable_host("xn--mnchen-3ya.example"), readable_host("ann@xn--fiqs8s.example")
    ('münchen.example', 'ann@中国.example')
    >>> readable_host("xn--80ak6aa92e.example") == "\u0430\u0440\u0440\u04cf\u0435.example (xn--80ak6aa92e.example)"
    True
    """
    if "xn--" not in host.lower() and host.isascii():
        return host
    name, at, domain = host.rpartition("@")
    labels = [_decoded(label) for label in domain.split(".")]
    shown = f"{name}{at}{'.'.join(labels)}"
    if all(map(_is_plain, labels)):
        return shown
    ascii_form = ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)
    return f"{shown} ({name}{at}{ascii_form})"


def _decoded(label: str) -> str:
    """Return a label of a host in its own letters; as it is, if it isn't a valid one."""
    if not label.lower().startswith("xn--"):
        return label
    try:
        shown = label[4:].lower().encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label
    is_valid = not shown.isascii() and printable(shown) == shown and not set(shown) & _NOT_IN_LABELS
    return shown if is_valid else label


_NOT_IN_LABELS = frozenset("/\\.:@?#%<>\"'() ")
_OWN_SHAPES = ("CJK", "HIRAGANA", "HANGUL", "ARABIC", "HEBREW", "THAI", "DEVANAGARI")  # nobody reads them as Latin


def _is_plain(label: str) -> bool:
    """Return whether no letter of a decoded label looks like one of another script."""
    scripts = {unicodedata.name(char, "?").split()[0].split("-")[0] for char in label if not char.isascii()}
    if scripts == {"LATIN"}:
        return all(char <= "ÿ" for char in label)
    has_latin = any(char.isascii() and char.isalpha() for char in label)
    return scripts <= set(_OWN_SHAPES) and not (has_latin and scripts)


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


def counted(count: int, carrier: str, what: str, host: str, width: int) -> str:
    """Return a row of a list of resources that are alike: how many, their carrier, what they are, their host."""
    return f"   {count:>6,}  {carrier:<15} {what:<16} {elided(host, width - 44)}"


def formula_safe(value: Any) -> Any:
    """Return text as one line that no spreadsheet takes for a formula; other values as they are."""
    if not isinstance(value, str):
        return value
    line = _CONTROL.sub(" ", value)
    return "'" + line if line.lstrip()[:1] in _FORMULA else line
