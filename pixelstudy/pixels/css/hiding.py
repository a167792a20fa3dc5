"""What hides an element: a table of signs in styles and markup.

A sign hides the element that has it and everything inside; :mod:`.visibility` looks for signs on an element and on
everything around it. Sizes are judged separately, by :mod:`pixelstudy.pixels.verdict`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pixelstudy.pixels.css.lengths import parse_length
from pixelstudy.pixels.css.selectors import Condition

__all__ = ["HIDING_SIGNS", "HidingSign", "Styles", "own_sign", "px_of"]

Styles = Mapping[str, str]
"""Winning declarations: values by property."""


@dataclass(frozen=True, slots=True)
class HidingSign:
    """One way to hide an element and everything in it; all conditions below must hold."""

    name: str
    """The name of the sign in ``hidden_by``."""

    styles: Callable[[Styles], bool] = lambda _styles: True
    """A condition on the winning declarations of the element."""

    tag: str = ""
    """The tag of the element; empty for any."""

    has: Condition | None = None
    """A condition that one of the attributes must meet."""

    lacks: Condition | None = None
    """A condition that none of the attributes may meet."""

    undone_by: Callable[[str, Styles], bool] | None = None
    """A condition, on tag and styles, under which an element inside is seen anyway."""

    is_weak: bool = False
    """Whether an image inside is seen anyway if it declares a visible size."""


def px_of(styles: Styles, name: str) -> float | None:
    """Return a declared length in px; nothing if it is unknown."""
    value = styles.get(name)
    return None if value is None else parse_length(value, is_quirky=True)


def _at_most(styles: Styles, limit: float, *names: str) -> bool:
    return any((px := px_of(styles, name)) is not None and px <= limit for name in names)


def _overflows(styles: Styles, *values: str) -> bool:
    return any(styles.get(name) in values for name in ("overflow-x", "overflow-y"))


_TINY_PX = 1.0
_NO_LETTER_PX = 0.5
_FAINT = 0.05
_SMALLEST_SCALE = 0.01
_NUMBER = r"[-+]?(?:[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})"
_OFFSET = re.compile(rf"(?<![\w.])({_NUMBER})(px|pt|r?em|%|v[wh]|vmin|vmax|)(?![\w.%])")
# How far off the page nobody looks, by unit: before the left or top edge, and beyond the right or bottom edge. A page
# is 100 % or 100 vw wide.
_WHOLE = 100.0
_FAR_BEFORE = {"px": 400.0, "": 400.0, "pt": 300.0, "em": 25.0, "rem": 25.0}
_FAR_BEYOND = {"px": 3_000.0, "": 3_000.0, "pt": 2_250.0, "em": 200.0, "rem": 200.0, "vw": _WHOLE}
_CLIP_RECT = re.compile(r"rect\(\s*+([^\s,()]++)[\s,]++([^\s,()]++)[\s,]++([^\s,()]++)[\s,]++([^\s,()]++)\s*+\)")
_CLIP_SHAPE = re.compile(r"(circle|ellipse|inset|polygon)\(([^()]{0,1024})\)")
_SCALE = re.compile(r"scale(?:3d|x|y)?\(([^()]{1,64})\)")
_MOVE = re.compile(r"translate(?:3d|x|y)?\(([^()]{1,64})\)")
# A plane turned until it is seen from the side, or a matrix of zeros.
_EDGE_ON = re.compile(r"rotate[xy]\(\s*+-?90deg\s*+\)|matrix\((?:\s*+0\s*+,){4}")
_FAINT_FILTER = re.compile(r"alpha\(\s*+opacity\s*+=\s*+[0-5]\s*+\)|opacity\(\s*+(?:0?\.0[0-5]?\d{0,9}|0|[0-5]%)\s*+\)")


def _ratio(text: str) -> float:
    """Return a number or percentage as a float; 1 for anything else."""
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return 1.0


def _is_faint(styles: Styles) -> bool:
    return _ratio(styles.get("opacity", "1")) <= _FAINT or _FAINT_FILTER.search(styles.get("filter", "")) is not None


def _leaves_page(offset: str, *, may_be_beyond: bool = True) -> bool:
    """Return whether an offset moves an element off the page."""
    for text, unit in _OFFSET.findall(offset):
        number = float(text)
        if number <= -_FAR_BEFORE.get(unit, _WHOLE):
            return True
        if may_be_beyond and unit in _FAR_BEYOND and number >= _FAR_BEYOND[unit]:
            return True
    return False


def _is_off_screen(styles: Styles) -> bool:
    if styles.get("position") in {"absolute", "fixed", "relative"} and (
        any(_leaves_page(styles.get(name, "")) for name in ("left", "top"))
        or any(_leaves_page(styles.get(name, ""), may_be_beyond=False) for name in ("right", "bottom"))
    ):
        return True
    if _at_most(styles, -_FAR_BEFORE["px"], "margin-left", "margin-top", "text-indent"):
        return True
    moves = [
        styles.get("translate", ""),
        styles.get("object-position", ""),
        *_MOVE.findall(styles.get("transform", "")),
    ]
    return any(_leaves_page(move) for move in moves)


def _is_indented_away(styles: Styles) -> bool:
    indent = styles.get("text-indent", "")
    return indent.endswith("%") and _ratio(indent) >= 1 and _overflows(styles, "hidden", "clip")


def _is_scaled_away(styles: Styles) -> bool:
    transform = styles.get("transform", "")
    scales = [styles.get("scale", ""), *_SCALE.findall(transform)]
    return _EDGE_ON.search(transform) is not None or any(
        abs(_ratio(factor)) <= _SMALLEST_SCALE for scale in scales for factor in re.split(r"[\s,]+", scale.strip())[:2]
    )


def _is_clipped(styles: Styles) -> bool:
    rect = _CLIP_RECT.match(styles.get("clip", ""))
    if rect and styles.get("position") in {"absolute", "fixed"}:
        top, right, bottom, left = (
            parse_length("0" if side == "auto" else side, is_quirky=True) for side in rect.groups()
        )
        if (_is_tiny(top, bottom) and rect[3] != "auto") or (_is_tiny(left, right) and rect[2] != "auto"):
            return True
    shape = _CLIP_SHAPE.match(styles.get("clip-path", ""))
    return shape is not None and _LEAVES_NOTHING[shape[1]](shape[2])


def _is_tiny(start: float | None, end: float | None) -> bool:
    return start is not None and end is not None and end - start <= _TINY_PX


def _share(length: str) -> float | None:
    """Return a length as a percentage of the element's side, which is taken to be 1,000 px; nothing if unknown."""
    found = _OFFSET.fullmatch(length)
    if not found or found[2] not in _SHARES:
        return None
    return float(found[1]) * _SHARES[found[2]]


_SHARES = {"%": 1.0, "px": 0.1, "": 0.1}


def _has_no_radius(circle: str) -> bool:
    radii = circle.partition("at ")[0].split()
    return any(_share(radius) == 0 for radius in radii)


def _cuts_everything(inset: str) -> bool:
    """Return whether ``inset()`` cuts away everything between two opposite sides."""
    sides = [_share(word) or 0.0 for word in inset.partition("round")[0].split()[:4]]
    if not sides:
        return False
    top, *others = sides
    right = others[0] if others else top
    bottom = others[1] if len(others) > 1 else top
    left = others[2] if len(others) > 2 else right
    return top + bottom >= _WHOLE or right + left >= _WHOLE


def _is_line(polygon: str) -> bool:
    """Return whether all corners of a ``polygon()`` are on one vertical or horizontal line."""
    corners = [[_share(word) for word in corner.split()[-2:]] for corner in polygon.split(",")]
    if any(len(corner) < 2 or None in corner for corner in corners):
        return False
    return len({corner[0] for corner in corners}) == 1 or len({corner[1] for corner in corners}) == 1


_LEAVES_NOTHING: Mapping[str, Callable[[str], bool]] = {
    "circle": _has_no_radius,
    "ellipse": _has_no_radius,
    "inset": _cuts_everything,
    "polygon": _is_line,
}
_SIZES = ("width", "height", "max-width", "max-height")


HIDING_SIGNS = (
    HidingSign("the hidden attribute", lambda s: s.get("display", "none") == "none", has=Condition("hidden")),
    HidingSign("a closed box", tag="dialog", lacks=Condition("open")),
    HidingSign("a closed box", tag="details", lacks=Condition("open"), undone_by=lambda tag, _: tag == "summary"),
    HidingSign("a box of 1 px or less with overflow hidden", tag="svg", has=Condition("width", "<=", "1")),
    HidingSign("a box of 1 px or less with overflow hidden", tag="svg", has=Condition("height", "<=", "1")),
    HidingSign("a box of 1 px or less with overflow hidden", lambda s: _at_most(s, _TINY_PX, *_SIZES), tag="svg"),
    HidingSign("display:none", lambda s: s.get("display") == "none"),
    HidingSign(
        "visibility:hidden",
        lambda s: s.get("visibility") in {"hidden", "collapse"},
        undone_by=lambda _, s: s.get("visibility") == "visible",
    ),
    HidingSign("opacity:0", _is_faint),
    HidingSign("an off-screen position", _is_off_screen),
    HidingSign("text-indent with overflow hidden", _is_indented_away),
    HidingSign("clipping", _is_clipped),
    HidingSign("transform:scale(0)", _is_scaled_away),
    HidingSign("content-visibility:hidden", lambda s: s.get("content-visibility") == "hidden"),
    HidingSign(
        "a box of 1 px or less with overflow hidden",
        lambda s: _overflows(s, "hidden", "clip", "auto", "scroll") and _at_most(s, _TINY_PX, *_SIZES),
    ),
    HidingSign(
        "font-size:0 with overflow hidden",
        lambda s: _overflows(s, "hidden", "clip") and _at_most(s, _NO_LETTER_PX, "font-size"),
        is_weak=True,
    ),
    HidingSign("mso-hide:all", lambda s: s.get("mso-hide") == "all", is_weak=True),
)
"""Every known sign; the first one that holds gives its name. To add one, add a line."""

_BY_STYLES = tuple(sign for sign in HIDING_SIGNS if not (sign.tag or sign.has))
_BY_ATTRIBUTE = tuple(sign for sign in HIDING_SIGNS if sign.has and not sign.tag)
_BY_TAG = {
    tag: tuple(sign for sign in HIDING_SIGNS if sign.tag == tag or sign in _BY_ATTRIBUTE)
    for tag in {sign.tag for sign in HIDING_SIGNS if sign.tag}
}


def own_sign(tag: str, styles: Styles, fitting: Collection[Condition]) -> HidingSign | None:
    """Return the sign by which an element hides itself; nothing if there is none.

    Parameters
    ----------
    tag
        Its tag.
    styles
        Its winning declarations.
    fitting
        Those conditions of the signs that its attributes meet.
    """
    for sign in _BY_TAG.get(tag, _BY_ATTRIBUTE):
        meets = (sign.has is None or sign.has in fitting) and (sign.lacks is None or sign.lacks not in fitting)
        if meets and sign.styles(styles):
            return sign
    return _sign_in(tuple(styles.items())) if styles else None


@lru_cache(maxsize=16_384)
def _sign_in(styles: tuple[tuple[str, str], ...]) -> HidingSign | None:
    by_name = dict(styles)
    return next((sign for sign in _BY_STYLES if sign.styles(by_name)), None)
