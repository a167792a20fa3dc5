"""Longhands: declarations taken apart into the properties that can hide or size, invalid ones left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from pixelstudy.pixels.css.declarations import Declaration, parse_length
from pixelstudy.pixels.css.sheets import RELEVANT

__all__ = ["Longhand", "expand", "hides"]

Longhand = tuple[str, str, bool]
"""Name, value, importance."""

_SIDES = ("top", "right", "bottom", "left")
_DISPLAYS = frozenset(
    """none block inline inline-block list-item table inline-table table-cell table-row table-row-group table-caption
    table-header-group table-footer-group table-column table-column-group flex inline-flex grid inline-grid contents
    flow-root run-in ruby ruby-base ruby-text math -webkit-box -webkit-inline-box -webkit-flex -webkit-inline-flex
    inherit initial unset revert revert-layer""".split()
)
_VISIBILITIES = frozenset("visible hidden collapse inherit initial unset revert revert-layer".split())
_SIZES = frozenset(
    "width height max-width max-height min-width min-height font-size top right bottom left text-indent".split()
    + [f"margin-{side}" for side in _SIDES]
)
# Other names of a property, as a page written from left to right reads them.
_ALSO_CALLED = {
    "inline-size": "width",
    "block-size": "height",
    "max-inline-size": "max-width",
    "max-block-size": "max-height",
    "min-inline-size": "min-width",
    "min-block-size": "min-height",
    "margin-inline-start": "margin-left",
    "margin-block-start": "margin-top",
    "inset-inline-start": "left",
    "inset-block-start": "top",
    "-webkit-clip-path": "clip-path",
    "-webkit-transform": "transform",
    "-webkit-filter": "filter",
}


def expand(declarations: Iterable[Declaration]) -> list[Longhand]:
    """Return name, value and importance of the longhands that `declarations` set, invalid ones left out."""
    found = []
    for declaration in declarations:
        if declaration.name in RELEVANT:
            for name, value in _longhands(declaration.name, declaration.value):
                if _is_valid(name, value):
                    found.append((name, value, declaration.is_important))
    return found


def _longhands(name: str, value: str) -> list[tuple[str, str]]:
    if name in ("margin", "inset", "overflow", "font"):
        words = value.split(" ")
        if name == "font":
            size, _, line = next((w for w in words if w[:1].isdigit() or w[:1] == "."), "").partition("/")
            return [("font-size", size), ("line-height", line or "normal")] if size else []
        if len(words) > 4 or "(" in value:
            return []
        if name == "overflow":
            return [("overflow-x", words[0]), ("overflow-y", words[-1])]
        four = (words + words)[:4] if len(words) < 3 else [*words, words[1]][:4]
        if len(words) == 1:
            four = words * 4
        return [(f"margin-{side}" if name == "margin" else side, word) for side, word in zip(_SIDES, four, strict=True)]
    return [(_ALSO_CALLED.get(name, name), value)]


def _is_valid(name: str, value: str) -> bool:
    """Return whether a browser would take the value, so far as that is cheap to say."""
    if name == "display":
        return all(word in _DISPLAYS for word in value.split(" "))
    if name == "visibility":
        return value in _VISIBILITIES
    if name in _SIZES:
        return re.fullmatch(r"[-+.\w%]+(?:\(.*\))?", value) is not None
    return "\\" not in value


@lru_cache(maxsize=8_192)
def hides(name: str, value: str) -> bool:
    """Return whether the value alone could hide or shrink to nothing."""
    match name:
        case "display":
            return value == "none"
        case "visibility":
            return value in ("hidden", "collapse")
        case "overflow-x" | "overflow-y":
            return value in ("hidden", "clip")
        case "opacity":
            return value.rstrip("%").strip("0.") == "" or value.startswith(("0.0", ".0"))
        case "mso-hide" | "content-visibility":
            return value in ("all", "hidden")
        case "position":
            return value in ("absolute", "fixed")
        case "clip" | "clip-path" | "transform" | "scale" | "translate":
            return value not in ("none", "auto")
    if name in _SIZES:
        px = parse_length(value)
        return px is not None and px <= 1 and not name.startswith("min-")
    return False
