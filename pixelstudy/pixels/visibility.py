"""Whether a person could see a resource: its size, and what hides it.

Size and hiding are what a browser would make of attributes, inline style and style sheets, on the element and
on everything around it. What a place of a layout and an inline style make of an element is remembered beyond the
document (:mod:`pixelstudy.pixels.templates`), so that most elements cost one look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pixelstudy.pixels.cascade import Cascade, resolve
from pixelstudy.pixels.css import parse_dimension
from pixelstudy.pixels.hiding import HIDING_SIGNS, HidingSign, Styles
from pixelstudy.pixels.html import Element
from pixelstudy.pixels.selectors import fits_itself
from pixelstudy.pixels.sizes import Visibility
from pixelstudy.pixels.templates import Look, Spot, plain_look

__all__ = ["Layout", "Surroundings", "Visibility"]


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


_BY_ATTRIBUTE = tuple(sign for sign in HIDING_SIGNS if sign.has)
_BY_MARKUP = {
    tag: (*_BY_ATTRIBUTE, *(s for s in HIDING_SIGNS if s.tag == tag)) for tag in {s.tag for s in HIDING_SIGNS} - {""}
}
_ATTRIBUTES = tuple({sign.has for sign in _BY_ATTRIBUTE})

_QUOTE_CLASSES = (
    "gmail_quote",
    "gmail_extra",
    "yahoo_quoted",
    "moz-forward-container",
    "protonmail_quote",
    "zmail_extra",
)
_QUOTES = ("blockquote", "div")
_NOWHERE = Surroundings()
_Stand = tuple[Spot | None, Look, Surroundings]
"""An element's place in its template, what it looks like, and what it does to its content."""


class Layout:
    """What the styles of one document make of its elements.

    Parameters
    ----------
    cascade
        What its style sheets say; nothing where none of them could size or hide.
    """

    def __init__(self, cascade: Cascade | None = None) -> None:
        self._cascade = cascade
        self._template = cascade.template if cascade else None
        root = self._template.root if self._template else None
        self._stands: dict[Any, _Stand] = {None: (root, plain_look(None), _NOWHERE)}

    def styles(self, element: Element) -> Styles:
        """Return the winning declarations of `element`, sheets and inline style together."""
        return self._stand(element)[1].styles

    def surroundings(self, element: Element) -> Surroundings:
        """Return what `element` and all around it do to its content."""
        return self._stand(element)[2]

    def visibility(self, element: Element) -> Visibility:
        """Return size and hiding of `element`."""
        _, look, around = self._stand(element)
        sight = look.sight((element.attr("width"), element.attr("height"), element.attr("hidden") is not None))
        if around.sign is None:
            return sight
        if around.is_weak and _states_more_than(_LARGEST_DOT_PX, element, (sight.width_px, sight.height_px)):
            return sight
        is_own = _own_sign(element, look) is around.sign
        return replace(sight, hidden_by=f"{around.sign.name} on self" if is_own else around.hidden_by)

    def _stand(self, element: Element) -> _Stand:
        stands = self._stands
        if (known := stands.get(element)) is not None:
            return known
        path: list[Element] = []
        node: Element | None = element
        while (stand := stands.get(node)) is None:
            if not getattr(node, "tag", None):  # the document itself, or the content of a template
                stand = stands[node] = stands[None]
                break
            path.append(node)  # type: ignore[arg-type]
            node = node.parent  # type: ignore[union-attr]
        for inner in reversed(path):
            stand = stands[inner] = self._inside(inner, stand)
        return stand

    def _inside(self, element: Element, outside: _Stand) -> _Stand:
        """Return how `element` stands, by how its parent does."""
        attr = element.attr
        tag, classes, style = element.tag, attr("class"), attr("style")
        spot, _, around = outside
        if self._template is None:
            look = plain_look(style)
        else:
            if spot is not None:
                key = (tag, attr("id"), classes)
                spot = spot.inner.get(key) or self._template.inside(spot, key)
            if spot is None or (spot.questions and any(fits_itself(each, element) for each in spot.questions)):
                look = Look(resolve(element, self._cascade, style), style)
            else:
                look = spot.looks.get(style) or self._template.look(spot, style)
        is_marked = tag in _BY_MARKUP
        for name in _ATTRIBUTES:
            is_marked = is_marked or attr(name) is not None
        if is_marked or look.sign or around.sign:
            around = _hiding(element, look, around)
        if tag in _QUOTES and not around.is_quoted and _is_quote(element, tag, classes):
            around = replace(around, is_quoted=True)
        return spot, look, around


def _hiding(element: Element, look: Look, outside: Surroundings) -> Surroundings:
    """Return what `element` and all around it do to its content, quotations left aside."""
    if outside.sign and not outside.is_weak:
        if outside.sign.undone_by and outside.sign.undone_by(element, look.styles):
            return Surroundings(is_quoted=outside.is_quoted)
    elif sign := _own_sign(element, look):
        return Surroundings(sign, element.tag, outside.is_quoted)
    return outside


def _own_sign(element: Element, look: Look) -> HidingSign | None:
    for sign in _BY_MARKUP.get(element.tag, _BY_ATTRIBUTE):
        if sign.has and element.attr(sign.has) is None:
            continue
        if sign.lacks and element.attr(sign.lacks) is not None:
            continue
        if sign.element(element) and sign.styles(look.styles):
            return sign
    return look.sign


_LARGEST_DOT_PX = 3.0


def _states_more_than(px: float, element: Element, known: Sequence[float | None]) -> bool:
    stated = (*known, *(parse_dimension(element.attr(name) or "") for name in ("width", "height")))
    return any(side is not None and side > px for side in stated)


def _is_quote(element: Element, tag: str, classes: str | None) -> bool:
    if tag == "blockquote":
        return element.attr("type") == "cite" or "quote" in (classes or "")
    return tag == "div" and classes is not None and any(name in classes for name in _QUOTE_CLASSES)
