"""Whether a person could see a resource: its size, and what hides it.

Size and hiding are what a browser would make of attributes, inline style and style sheets, on the element and
on everything around it. A size that nothing states is unknown, never 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pixelstudy.pixels.cascade import Cascade, expand, resolve
from pixelstudy.pixels.css import parse_declarations, parse_dimension, parse_length
from pixelstudy.pixels.html import Element

__all__ = ["HIDING_SIGNS", "HidingSign", "Layout", "Surroundings", "Visibility"]

Styles = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Visibility:
    """Size and hiding of one resource."""

    width_px: float | None
    """The width; nothing where it is unknown."""

    height_px: float | None
    """The height; nothing where it is unknown."""

    size_from: str | None
    """What states the size: ``attribute``, ``style``, ``sheet``, joined by ``+``."""

    declared_width: str | None
    """The width as written on the element, attribute before inline style: what published rules read."""

    declared_height: str | None
    """The height, likewise."""

    declared_from: str | None
    """Where those two stand: ``attribute``, ``style``, or both joined by ``+``."""

    declared_hiding: str | None
    """The hiding written on the element itself: ``display:none``, ``visibility:hidden``, ``hidden``."""

    hidden_by: str | None
    """The sign that hides it and whose it is, such as ``display:none on self`` or ``opacity:0 on div``."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an element does to everything inside it."""

    hidden_by: str | None = None
    """The sign that hides its content, and its tag."""

    is_quoted: bool = False
    """Whether it is or stands in the quotation of an earlier message."""

    is_weak: bool = False
    """Whether the sign hides only what states no size of its own."""


@dataclass(frozen=True, slots=True)
class HidingSign:
    """One way of hiding an element and all it holds."""

    name: str
    """How the sign is called in ``hidden_by``."""

    holds: Callable[[Styles], bool]
    """Whether the winning declarations of an element show it."""

    is_weak: bool = False
    """Whether an image that states a visible size of its own is seen all the same."""


def _px(styles: Styles, name: str) -> float | None:
    value = styles.get(name)
    return None if value is None else parse_length(value, is_quirky=True)


def _at_most(styles: Styles, limit: float, *names: str) -> bool:
    return any((px := _px(styles, name)) is not None and px <= limit for name in names)


def _is_clipping(styles: Styles) -> bool:
    return any(styles.get(name) in {"hidden", "clip"} for name in ("overflow-x", "overflow-y"))


_TINY_PX = 1.0
_FAR_PX = -400.0
_FAR_AHEAD_PX = 3000.0
_SIDE = r"(-?\d{1,9}(?:\.\d{1,9})?|-?\.\d{1,9})[a-z%]*+"
_CLIPPED = re.compile(rf"rect\(\s*+{_SIDE}[\s,]++{_SIDE}[\s,]++{_SIDE}[\s,]++{_SIDE}\s*+\)")
_ZERO = r"[-+]?(?:0++(?:\.0++)?|\.0++)(?:px|%|em)?+"
_CLIPPED_AWAY = re.compile(
    rf"(?:circle|ellipse)\(\s*{_ZERO}(?=[\s)])|polygon\((?:\s*+{_ZERO}\s++{_ZERO}\s*+(?:,|(?=\))))++\)"
    r"|inset\(\s*+(?:[5-9]\d|\d{3,6})(?:\.\d{1,9})?%\s*+\)|inset\([^)]{0,64}?(?<![\d.])\d{3,6}%"
)
_SCALED_AWAY = re.compile(r"scale(?:3d|x|y)?\(\s*+0?\.?0*+[\s,)]|matrix\((?:\s*+0\s*+,){4}")
_MOVED_AWAY = re.compile(r"translate(?:3d|x|y)?\([^()]{0,64}?-\d{3,9}(?:\.\d{1,9})?(?:px|%|em|vw|vh)")
_FILTERED_AWAY = re.compile(
    r"alpha\(\s*+opacity\s*+=\s*+[0-5]\s*+\)|opacity\(\s*+(?:0?\.0[0-5]?\d{0,9}|0|[0-5]%)\s*+\)"
)


def _is_faint(styles: Styles) -> bool:
    value = styles.get("opacity", "1").strip()
    try:
        opacity = float(value[:-1]) / 100 if value.endswith("%") else float(value)
    except ValueError:
        opacity = 1.0
    return opacity <= 0.05 or _FILTERED_AWAY.search(styles.get("filter", "")) is not None


def _is_far_off(styles: Styles) -> bool:
    if styles.get("position") in {"absolute", "fixed", "relative"} and (
        _at_most(styles, _FAR_PX, "left", "top", "right", "bottom")
        or any((_px(styles, name) or 0.0) >= _FAR_AHEAD_PX for name in ("left", "top"))
    ):
        return True
    if _at_most(styles, _FAR_PX, "margin-left", "margin-top", "text-indent"):
        return True
    return "transform" in styles and _MOVED_AWAY.search(styles["transform"]) is not None


def _is_clipped(styles: Styles) -> bool:
    rect = _CLIPPED.match(styles.get("clip", ""))
    if rect and styles.get("position") in {"absolute", "fixed"}:
        top, right, bottom, left = map(float, rect.groups())
        if right - left <= _TINY_PX or bottom - top <= _TINY_PX:
            return True
    return _CLIPPED_AWAY.match(styles.get("clip-path", styles.get("-webkit-clip-path", ""))) is not None


HIDING_SIGNS = (
    HidingSign("display:none", lambda s: s.get("display") == "none"),
    HidingSign("visibility:hidden", lambda s: s.get("visibility") in {"hidden", "collapse"}),
    HidingSign("opacity:0", _is_faint),
    HidingSign("off-screen position", _is_far_off),
    HidingSign("clip", _is_clipped),
    HidingSign("transform:scale(0)", lambda s: _SCALED_AWAY.search(s.get("transform", "")) is not None),
    HidingSign("content-visibility:hidden", lambda s: s.get("content-visibility") == "hidden"),
    HidingSign(
        "a box of 1 px or less with overflow hidden",
        lambda s: _is_clipping(s) and _at_most(s, _TINY_PX, "width", "height", "max-width", "max-height"),
    ),
    HidingSign(
        "font-size:0 with overflow hidden",
        lambda s: _is_clipping(s) and _at_most(s, 0.5, "font-size"),
        is_weak=True,
    ),
    HidingSign("mso-hide:all", lambda s: s.get("mso-hide") == "all", is_weak=True),
)
"""Every sign that is known; add a line to know one more."""

_QUOTE_CLASSES = (
    "gmail_quote",
    "gmail_extra",
    "yahoo_quoted",
    "moz-forward-container",
    "protonmail_quote",
    "zmail_extra",
)
_HIDING_TAGS = frozenset({"dialog", "svg"})
_NOWHERE = Surroundings()
_NO_STYLES: Styles = {}


@lru_cache(maxsize=16_384)
def _inline(style: str) -> Styles:
    """Return the winning declarations of a ``style`` attribute."""
    styles: dict[str, str] = {}
    important: set[str] = set()
    for name, value, is_important in expand(parse_declarations(style)):
        if is_important:
            important.add(name)
        elif name in important:
            continue
        styles[name] = value
    return styles


@lru_cache(maxsize=16_384)
def _inline_sign(style: str) -> HidingSign | None:
    return _sign(_inline(style))


def _sign(styles: Styles) -> HidingSign | None:
    return _sign_of(tuple(styles.items())) if styles else None


@lru_cache(maxsize=16_384)
def _sign_of(styles: tuple[tuple[str, str], ...]) -> HidingSign | None:
    by_name = dict(styles)
    return next((sign for sign in HIDING_SIGNS if sign.holds(by_name)), None)


class Layout:
    """What the styles of one document make of its elements.

    Parameters
    ----------
    cascade
        What its style sheets say; nothing where none of them could size or hide.
    """

    def __init__(self, cascade: Cascade | None = None) -> None:
        self._cascade = cascade
        self._around: dict[Element, Surroundings] = {}

    def styles(self, element: Element) -> Styles:
        """Return the winning declarations of `element`, sheets and inline style together."""
        style = element.attr("style")
        if self._cascade:
            return resolve(element, self._cascade, style)
        return _inline(style) if style else _NO_STYLES

    def surroundings(self, element: Element) -> Surroundings:
        """Return what `element` and all around it do to its content."""
        path: list[Element] = []
        node: Element | None = element
        known = _NOWHERE
        while node is not None and getattr(node, "tag", None):
            found = self._around.get(node)
            if found is not None:
                known = found
                break
            path.append(node)
            node = node.parent
        for node in reversed(path):
            known = self._inside(node, known)
            self._around[node] = known
        return known

    def _inside(self, element: Element, outside: Surroundings) -> Surroundings:
        is_quoted = outside.is_quoted or _is_quote(element)
        if outside.hidden_by and not outside.is_weak:
            if outside.hidden_by.startswith("visibility") and self.styles(element).get("visibility") == "visible":
                return Surroundings(None, is_quoted)
            return outside if is_quoted == outside.is_quoted else replace(outside, is_quoted=is_quoted)
        sign = self._own_sign(element)
        if sign:
            return Surroundings(f"{sign.name} on {element.tag}", is_quoted, sign.is_weak)
        return (
            outside if is_quoted == outside.is_quoted else Surroundings(outside.hidden_by, is_quoted, outside.is_weak)
        )

    def _own_sign(self, element: Element) -> HidingSign | None:
        if element.attr("hidden") is not None and self.styles(element).get("display", "none") == "none":
            return _HIDDEN_ATTRIBUTE
        if element.tag in _HIDING_TAGS and (sign := _sign_of_tag(element)):
            return sign
        if self._cascade:
            return _sign(self.styles(element))
        style = element.attr("style")
        return _inline_sign(style) if style else None

    def visibility(self, element: Element) -> Visibility:
        """Return size and hiding of `element`."""
        style = element.attr("style")
        inline = _inline(style) if style else _NO_STYLES
        styles = self.styles(element)
        width, width_from = _side(element, inline, styles, "width")
        height, height_from = _side(element, inline, styles, "height")
        if "auto" in (styles.get("width"), styles.get("height")):
            (width, width_from), (height, height_from) = _in_proportion(
                element, styles, (width, width_from), (height, height_from)
            )
        sources = [s for s in ("attribute", "style", "sheet") if s in (width_from, height_from)]
        declared_width, width_in = _declared(element, inline, "width")
        declared_height, height_in = _declared(element, inline, "height")
        return Visibility(
            width_px=width,
            height_px=height,
            size_from="+".join(sources) or None,
            declared_width=declared_width,
            declared_height=declared_height,
            declared_from="+".join(sorted({place for place in (width_in, height_in) if place})) or None,
            declared_hiding=_declared_hiding(element, inline),
            hidden_by=self._hidden_by(element, width, height),
        )

    def _hidden_by(self, element: Element, width: float | None, height: float | None) -> str | None:
        around = self.surroundings(element)
        if around.hidden_by is None:
            return None
        if around.is_weak and _states_more_than(_LARGEST_DOT_PX, element, (width, height)):
            return None
        sign, _, where = around.hidden_by.rpartition(" on ")
        own = self._own_sign(element)
        return f"{sign} on {'self' if own and own.name == sign else where}"


_HIDDEN_ATTRIBUTE = HidingSign("hidden attribute", lambda _styles: False)
_CLOSED = HidingSign("closed", lambda _styles: False)
_SMALL_DRAWING = HidingSign("a box of 1 px or less with overflow hidden", lambda _styles: False)
_LARGEST_DOT_PX = 3.0


def _sign_of_tag(element: Element) -> HidingSign | None:
    """Return what the element does by its kind: a dialog that is not open, a drawing too small to show anything."""
    tag = element.tag
    if tag == "dialog" and element.attr("open") is None:
        return _CLOSED
    if tag == "svg" and any(
        (px := parse_dimension(element.attr(name) or "")) is not None and px <= _TINY_PX for name in ("width", "height")
    ):
        return _SMALL_DRAWING
    return None


def _states_more_than(px: float, element: Element, known: Sequence[float | None]) -> bool:
    stated = (*known, *(parse_dimension(element.attr(name) or "") for name in ("width", "height")))
    return any(side is not None and side > px for side in stated)


def _is_quote(element: Element) -> bool:
    if element.tag == "blockquote":
        return element.attr("type") == "cite" or "quote" in (element.attr("class") or "")
    if element.tag != "div":
        return False
    classes = element.attr("class")
    return classes is not None and any(name in classes for name in _QUOTE_CLASSES)


_Side = tuple[float | None, str | None]


def _in_proportion(element: Element, styles: Styles, width: _Side, height: _Side) -> tuple[_Side, _Side]:
    """Return both sides where a style says ``auto``: in the proportion that the attributes give, as browsers do.

    With both sides ``auto`` the picture has its own size, which the attributes are the only word about.
    """
    across, down = (parse_dimension(element.attr(name) or "") for name in ("width", "height"))
    if across is None or down is None:
        return width, height
    if styles.get("width") == styles.get("height") == "auto":
        return (across, "attribute"), (down, "attribute")
    if styles.get("height") == "auto" and width[0] is not None and across > 0:
        return width, (width[0] * down / across, "attribute")
    if styles.get("width") == "auto" and height[0] is not None and down > 0:
        return (height[0] * across / down, "attribute"), height
    return width, height


def _side(element: Element, inline: Styles, styles: Styles, name: str) -> tuple[float | None, str | None]:
    """Return one side in px and what states it: style over attribute, then the limits."""
    px: float | None = None
    source: str | None = None
    if name in styles:
        px = _px(styles, name)
        source = "style" if inline.get(name) == styles[name] else "sheet"
    elif (attribute := element.attr(name)) is not None:
        px = parse_dimension(attribute)
        source = "attribute"
    most, least = _px(styles, f"max-{name}"), _px(styles, f"min-{name}")
    if most is not None and (px > most if px is not None else most <= 3):
        px, source = most, "style" if f"max-{name}" in inline else "sheet"
    if least is not None and px is not None and px < least:
        px, source = least, "style" if f"min-{name}" in inline else "sheet"
    return (px, source) if px is not None else (None, None)


def _declared(element: Element, inline: Styles, name: str) -> tuple[str | None, str | None]:
    """Return one side as written on the element, 16 characters at most, and where."""
    for value, place in ((element.attr(name), "attribute"), (inline.get(name), "style")):
        if value is not None:
            return value.strip()[:16], place
    return None, None


def _declared_hiding(element: Element, inline: Styles) -> str | None:
    signs = [
        f"{name}:{value}"
        for name, value in (("display", "none"), ("visibility", "hidden"))
        if inline.get(name) == value
    ]
    if element.attr("hidden") is not None:
        signs.append("hidden")
    return " ".join(signs) or None
