"""CSS media conditions, evaluated for a webmail page on a desktop."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

__all__ = ["Media", "parse_media"]

Media = Literal["screen", "small", "dark", "print", "other", "never"]

# The page for which queries are evaluated, webmail in a desktop window, in px.
_PAGE = {"width": 1_000.0, "height": 800.0, "device-width": 1_920.0, "device-height": 1_080.0}
_FEATURE = re.compile(r"\(\s*([^()]*?)\s*\)")
# Media types besides ``all`` and ``screen``. Any other name, such as ``yahoo``, addresses one mail client.
_TYPES: Mapping[str, Media] = {
    "print": "print",
    "handheld": "small",
    "aural": "never",
    "braille": "never",
    "embossed": "never",
    "projection": "never",
    "speech": "never",
    "tty": "never",
    "tv": "never",
}
# Which result to give if none of several conditions holds on screen, best first.
_PREFERENCE: Sequence[Media] = ("small", "dark", "print", "other")
# One dot per pixel, in every unit.
_DENSITIES = {"": 1.0, "x": 1.0, "dppx": 1.0, "dpi": 96.0, "dpcm": 37.8}
_DENSITY = re.compile(r"\+?([\d.]+)(x|dppx|dpi|dpcm|)")
_RANGE = re.compile(r"(?:([\d.]+[a-z]*)\s*([<>]=?)\s*)?((?:device-)?(?:width|height))(?:\s*([<>]=?)\s*([\d.]+[a-z]*))?")


def parse_media(condition: str) -> Media:
    """Return where a media condition holds.

    ``screen`` if it holds on a webmail page 1,000 px wide on a desktop; otherwise what it needs instead: ``print``,
    ``small`` (a narrower page or device), ``dark`` (a dark colour scheme), ``other``, or ``never`` (speech, television
    and other media that no mail client uses).

    Examples
    --------
    >>> [parse_media(m) for m in ("", "only screen and (max-width: 600px)", "print", "screen and (min-width:1px)")]
    ['screen', 'small', 'print', 'screen']
    """
    queries = condition.lower()[:2_048].split(",")
    found = [_query(query.strip()) for query in queries]
    return "screen" if "screen" in found else next((m for m in _PREFERENCE if m in found), "never")


def _query(query: str) -> Media:
    is_not = query.startswith("not ")
    words = _FEATURE.sub(" ", query).split()
    types = [w for w in words if w not in {"and", "only", "not", "or"}]
    media: Media = "screen"
    for kind in types:
        if kind not in {"all", "screen"}:
            media = _TYPES.get(kind, "other")
    for feature in _FEATURE.findall(query):
        if media == "screen":
            media = _feature(feature)
    if is_not:
        return "screen" if media != "screen" else "never" if query == "not all" else "other"
    return media


def _feature(feature: str) -> Media:
    name, _, value = (part.strip() for part in feature.partition(":"))
    if not value and (match := _RANGE.fullmatch(feature)) and (match[2] or match[4]):
        page = _PAGE[match[3]]
        holds = [_compare(page, match[4], match[5])] if match[4] else []
        if match[2]:
            holds.append(_compare(page, {"<": ">", ">": "<"}[match[2][0]] + match[2][1:], match[1]))
        return "screen" if all(holds) else "small"
    bound, _, base = name.partition("-")
    if bound in {"min", "max"} and base in _PAGE:
        px = _media_px(value)
        if px is None:
            return "other"
        if bound == "max":
            return "screen" if _PAGE[base] <= px else "small"
        return "screen" if _PAGE[base] >= px else "other"
    if name in _PAGE:
        return "small"
    if name.endswith("min-device-pixel-ratio") or name == "min-resolution":
        match = _DENSITY.fullmatch(value)
        return "screen" if match and _number(match[1]) <= _DENSITIES[match[2]] else "other"
    if name == "prefers-color-scheme":
        return "dark" if value == "dark" else "screen"
    if name == "orientation":
        return "screen" if value == "landscape" else "small"
    if name in {"hover", "any-hover", "pointer", "any-pointer"}:
        return "screen" if value in {"hover", "fine", ""} else "small"
    return (
        "screen"
        if name in {"color", "min-color", "min-color-index", "update"} and value in {"", "0", "1", "fast"}
        else "other"
    )


def _compare(page: float, operator: str, value: str) -> bool:
    px = _media_px(value)
    if px is None:
        return False
    if operator[0] == "<":
        return page < px if operator == "<" else page <= px
    return page > px if operator == ">" else page >= px


def _media_px(value: str) -> float | None:
    match = re.fullmatch(r"([\d.]+)(px|em|rem|)", value)
    return None if not match else _number(match[1]) * (16 if match[2].endswith("em") else 1)


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}", text) else 0.0
