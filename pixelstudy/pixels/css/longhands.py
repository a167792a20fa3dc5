"""Longhands: declarations expanded into the properties that can hide or size an element, without invalid ones."""

from __future__ import annotations

import re

from pixelstudy.pixels.css.lengths import parse_length

__all__ = ["RELEVANT", "Longhand", "expand", "hides"]

RELEVANT = frozenset(
    """display visibility opacity width height max-width max-height min-width min-height font font-size line-height
    overflow overflow-x overflow-y position left top right bottom inset text-indent margin margin-left margin-top
    margin-right margin-bottom clip clip-path transform translate scale mso-hide content-visibility filter
    object-position inline-size block-size max-inline-size max-block-size min-inline-size min-block-size
    margin-inline-start margin-block-start inset-inline-start inset-block-start -webkit-clip-path -webkit-transform
    -webkit-filter""".split()
)
"""The properties that can hide or size an element."""

Longhand = tuple[str, str, bool]
"""Name, value, and whether it is ``!important``."""

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
# Other names of a property in text that runs from left to right.
_ALIASES = {
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


def expand(name: str, value: str, *, is_important: bool = False) -> list[Longhand]:
    """Return the longhands that a declaration sets, without invalid ones.

    Examples
    --------
    >>> expand("overflow", "hidden auto")
    [('overflow-x', 'hidden', False), ('overflow-y', 'auto', False)]
    """
    return [(each, word, is_important) for each, word in _longhands(name, value) if _is_valid(each, word)]


# The index of the word for top, right, bottom and left, by the number of words.
_WORD_OF_SIDE = {1: (0, 0, 0, 0), 2: (0, 1, 0, 1), 3: (0, 1, 2, 1), 4: (0, 1, 2, 3)}


def _longhands(name: str, value: str) -> list[tuple[str, str]]:
    words = value.split(" ")
    if name == "font":
        size, _, line = next((w for w in words if w[:1].isdigit() or w[:1] == "."), "").partition("/")
        return [("font-size", size), ("line-height", line or "normal")] if size else []
    if name not in ("margin", "inset", "overflow"):
        return [(_ALIASES.get(name, name), value)]
    if len(words) > 4 or "(" in value:
        return []
    if name == "overflow":
        return [("overflow-x", words[0]), ("overflow-y", words[-1])]
    prefix = "margin-" if name == "margin" else ""
    return [(prefix + side, words[i]) for side, i in zip(_SIDES, _WORD_OF_SIDE[len(words)], strict=True)]


def _is_valid(name: str, value: str) -> bool:
    """Return whether a browser would accept the value, as far as a cheap check can tell."""
    if name == "display":
        return all(word in _DISPLAYS for word in value.split(" "))
    if name == "visibility":
        return value in _VISIBILITIES
    if name in _SIZES:
        return re.fullmatch(r"[-+.\w%]+(?:\(.*\))?", value) is not None
    return value != "" and "\\" not in value


def hides(name: str, value: str) -> bool:
    """Return whether the value alone could hide an element or shrink it to nothing."""
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
