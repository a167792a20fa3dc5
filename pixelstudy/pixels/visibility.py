"""Whether a person could see a resource: its size, and what hides it.

Size and hiding are what a browser would make of attributes, inline style and style sheets, on the element and
on everything around it. A size that nothing states is unknown, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pixelstudy.pixels.cascade import Cascade, resolve
from pixelstudy.pixels.css import parse_declarations, parse_dimension
from pixelstudy.pixels.hiding import HIDING_SIGNS, HidingSign, Styles, px_of
from pixelstudy.pixels.html import Element
from pixelstudy.pixels.longhands import expand

__all__ = ["Layout", "Surroundings", "Visibility"]


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

    sign: HidingSign | None = None
    """The sign that hides its content."""

    tag: str = ""
    """The tag of the element that shows the sign."""

    is_quoted: bool = False
    """Whether it is or stands in the quotation of an earlier message."""

    @property
    def hidden_by(self) -> str | None:
        """The sign that hides its content, and whose it is."""
        return f"{self.sign.name} on {self.tag}" if self.sign else None

    @property
    def is_weak(self) -> bool:
        """Whether the sign hides only what states no size of its own."""
        return self.sign is not None and self.sign.is_weak


_BY_STYLES = tuple(sign for sign in HIDING_SIGNS if not (sign.tag or sign.has))
_BY_ATTRIBUTE = tuple(sign for sign in HIDING_SIGNS if sign.has)
_BY_MARKUP = {
    tag: (*_BY_ATTRIBUTE, *(s for s in HIDING_SIGNS if s.tag == tag)) for tag in {s.tag for s in HIDING_SIGNS} - {""}
}

_QUOTE_CLASSES = (
    "gmail_quote",
    "gmail_extra",
    "yahoo_quoted",
    "moz-forward-container",
    "protonmail_quote",
    "zmail_extra",
)
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
    return next((sign for sign in _BY_STYLES if sign.styles(by_name)), None)


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
        self._sights: dict[_Written, tuple[Styles, Visibility]] = {}

    def styles(self, element: Element) -> Styles:
        """Return the winning declarations of `element`, sheets and inline style together."""
        style = element.attr("style")
        if self._cascade:
            return resolve(element, self._cascade, style)
        return _inline(style) if style else _NO_STYLES

    def surroundings(self, element: Element) -> Surroundings:
        """Return what `element` and all around it do to its content."""
        around = self._around
        found = around.get(element)
        if found is not None:
            return found
        path: list[Element] = []
        node: Element | None = element
        known = _NOWHERE
        while node is not None and getattr(node, "tag", None):
            path.append(node)
            node = node.parent
            if node is not None and (found := around.get(node)) is not None:
                known = found
                break
        for node in reversed(path):
            known = around[node] = self._inside(node, known)
        return known

    def _inside(self, element: Element, outside: Surroundings) -> Surroundings:
        is_quoted = outside.is_quoted or _is_quote(element)
        if outside.sign and not outside.is_weak:
            if outside.sign.undone_by and outside.sign.undone_by(element, self.styles(element)):
                return Surroundings(is_quoted=is_quoted)
        elif sign := self._own_sign(element):
            return Surroundings(sign, element.tag, is_quoted)
        return outside if is_quoted == outside.is_quoted else replace(outside, is_quoted=is_quoted)

    def _own_sign(self, element: Element) -> HidingSign | None:
        for sign in _BY_MARKUP.get(element.tag, _BY_ATTRIBUTE):
            if sign.has and element.attr(sign.has) is None:
                continue
            if sign.lacks and element.attr(sign.lacks) is not None:
                continue
            if sign.element(element) and sign.styles(self.styles(element)):
                return sign
        if self._cascade:
            return _sign(self.styles(element))
        style = element.attr("style")
        return _inline_sign(style) if style else None

    def visibility(self, element: Element) -> Visibility:
        """Return size and hiding of `element`."""
        style, styles = element.attr("style"), self.styles(element)
        width, height = element.attr("width"), element.attr("height")
        written = (id(styles), style, width, height, element.attr("hidden") is None)
        known = self._sights.get(written)
        if known is None:
            # The styles are kept too, lest others take their place in memory.
            known = self._sights[written] = styles, _sight(element, style, styles)
        sight = known[1]
        hidden_by = self._hidden_by(element, sight.width_px, sight.height_px)
        return sight if hidden_by is None else replace(sight, hidden_by=hidden_by)

    def _hidden_by(self, element: Element, width: float | None, height: float | None) -> str | None:
        around = self.surroundings(element)
        if around.sign is None:
            return None
        if around.is_weak and _states_more_than(_LARGEST_DOT_PX, element, (width, height)):
            return None
        own = self._own_sign(element)
        return f"{around.sign.name} on self" if own is around.sign else around.hidden_by


_LARGEST_DOT_PX = 3.0
_Written = tuple[int, str | None, str | None, str | None, bool]


def _sight(element: Element, style: str | None, styles: Styles) -> Visibility:
    """Return the size of `element` and what it declares; what hides it is another question."""
    inline = _inline(style) if style else _NO_STYLES
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
        hidden_by=None,
    )


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
        px = px_of(styles, name)
        source = "style" if inline.get(name) == styles[name] else "sheet"
    elif (attribute := element.attr(name)) is not None:
        px = parse_dimension(attribute)
        source = "attribute"
    most, least = px_of(styles, f"max-{name}"), px_of(styles, f"min-{name}")
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
