"""Hosts in the letters of their language: ``bücher.example``, not ``xn--bcher-kva.example``."""

from __future__ import annotations

import unicodedata

__all__ = ["readable_host"]

_NOT_IN_LABELS = frozenset("/\\.:@?#%<>\"'() $")
_OWN_SHAPES = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "ARABIC", "HEBREW", "THAI", "DEVANAGARI"}


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
    if all(map(_has_its_own_shapes, labels)):
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
    return shown if not shown.isascii() and shown.isprintable() and not set(shown) & _NOT_IN_LABELS else label


def _has_its_own_shapes(label: str) -> bool:
    """Return whether no letter of a decoded label looks like one of another script."""
    scripts = {unicodedata.name(char, "?").split()[0].split("-")[0] for char in label if not char.isascii()}
    if scripts == {"LATIN"}:
        return all(char <= "ÿ" for char in label)
    return scripts <= _OWN_SHAPES and not (scripts and any(char.isascii() and char.isalpha() for char in label))
