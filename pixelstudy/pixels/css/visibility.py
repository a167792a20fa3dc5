"""Whether a person could see a resource: its size, and what hides it.

Size and hiding are what a browser would make of attributes, inline style and style sheets, on the element and
on everything around it. What a place of a layout and an inline style make of an element is remembered beyond the
document (:mod:`pixelstudy.pixels.css.templates`), so that most elements cost one look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from pixelstudy.pixels.css.cascade import Cascade, resolve
from pixelstudy.pixels.css.declarations import parse_dimension
from pixelstudy.pixels.css.hiding import HIDING_SIGNS, HidingSign, Styles
from pixelstudy.pixels.css.selectors import Selector, fits_itself
from pixelstudy.pixels.css.sizes import Visibility
from pixelstudy.pixels.css.templates import Look, Spot, Template, plain_look
from pixelstudy.pixels.html import Element

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
# How many are kept of a template, all going when there are more, and how long their markup may be.
_MOST_KEPT = 512
_LONGEST_KEPT = 1_024

_Markup = tuple[str, str | None, str | None, str | None]
"""Tag, id, class and style of an element, as far as they matter."""


@dataclass(slots=True, eq=False)
class _Stand:
    """How an element stands in its document."""

    spot: Spot | None
    """Its place in the template."""

    look: Look
    """What it looks like."""

    around: Surroundings
    """What it does to its content."""

    questions: tuple[Selector, ...] = ()
    """Selectors of which none may fit an element that is to stand so."""

    is_kept: bool = False
    """Whether it is remembered beyond the document."""

    inner: dict[_Markup, _Stand] = field(default_factory=dict)
    """How elements within it stand that say nothing beyond their markup."""


@dataclass(slots=True, eq=False)
class _Memory:
    """How elements stand in the documents of one template."""

    root: _Stand
    """How the document itself stands."""

    n_kept: int = 0
    """How many others are kept."""

    def keep(self, stand: _Stand, markup: _Markup, outside: _Stand) -> None:
        """Remember that an element with that markup stands so within `outside`."""
        _, name, classes, style = markup
        if outside.is_kept and len(name or "") + len(classes or "") + len(style or "") <= _LONGEST_KEPT:
            if self.n_kept >= _MOST_KEPT:
                self.root.inner.clear()
                self.n_kept = 0
            self.n_kept += 1
            stand.is_kept = True
        outside.inner[markup] = stand


@lru_cache(maxsize=128)
def _memory(template: Template | None) -> _Memory:
    """Return what is remembered of documents with these sheets, or of those that have none."""
    return _Memory(_Stand(template.root if template else None, plain_look(None), _NOWHERE, is_kept=True))


class Layout:
    """What the styles of one document make of its elements.

    Parameters
    ----------
    cascade
        What its style sheets say; nothing where none of them could size or hide.
    has_hidden
        Whether an element of it may have the attribute ``hidden``.
    """

    def __init__(self, cascade: Cascade | None = None, *, has_hidden: bool = True) -> None:
        self._cascade = cascade
        self._template = cascade.template if cascade else None
        self._has_hidden = has_hidden
        self._memory = _memory(self._template)
        self._stands: dict[Any, _Stand] = {None: self._memory.root}

    def styles(self, element: Element) -> Styles:
        """Return the winning declarations of `element`, sheets and inline style together."""
        return self._stand(element).look.styles

    def surroundings(self, element: Element) -> Surroundings:
        """Return what `element` and all around it do to its content."""
        return self._stand(element).around

    def visibility(self, element: Element) -> Visibility:
        """Return size and hiding of `element`."""
        stand = self._stand(element)
        look, around = stand.look, stand.around
        sight = look.sight((element.attr("width"), element.attr("height"), self._is_hidden(element)))
        if around.sign is None:
            return sight
        if around.is_weak and _states_more_than(_LARGEST_DOT_PX, element, (sight.width_px, sight.height_px)):
            return sight
        is_own = _own_sign(element, look) is around.sign
        return sight._replace(hidden_by=f"{around.sign.name} on self" if is_own else around.hidden_by)

    def _is_hidden(self, element: Element) -> bool:
        return self._has_hidden and element.attr("hidden") is not None

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
        attr, tag = element.attr, element.tag
        markup: _Markup
        if self._template is None:
            markup = tag, None, attr("class") if tag in _QUOTES else None, attr("style")
        else:
            markup = tag, attr("id"), attr("class"), attr("style")
        known = outside.inner.get(markup)
        if (
            known is None
            or (known.questions and _fits_any(element, known.questions))
            or (self._has_hidden and attr("hidden") is not None)
        ):
            return self._asked(element, markup, outside)
        return known

    def _asked(self, element: Element, markup: _Markup, outside: _Stand) -> _Stand:
        """Return how `element` stands, all that could matter asked."""
        tag, name, classes, style = markup
        spot, around = outside.spot, outside.around
        questions: tuple[Selector, ...] = ()
        is_usual = True
        if self._template is None:
            look = plain_look(style)
        else:
            if spot is not None:
                key = (tag, name, classes)
                spot = spot.inner.get(key) or self._template.inside(spot, key)
            if spot is not None:
                look = spot.looks.get(style) or self._template.look(spot, style)
                questions = spot.questions
            if spot is None or (questions and _fits_any(element, questions)):
                look = Look(resolve(element, self._cascade, style), style)
                is_usual = False
        is_marked = tag in _BY_MARKUP or self._is_hidden(element)
        if is_marked or look.sign or around.sign:
            around = _hiding(element, look, around)
        if tag in _QUOTES and not around.is_quoted and _is_quote(element, tag, classes):
            around = replace(around, is_quoted=True)
        stand = _Stand(spot, look, around, questions)
        if is_usual and not is_marked and tag != "blockquote":
            self._memory.keep(stand, markup, outside)
        return stand


def _fits_any(element: Element, questions: Sequence[Selector]) -> bool:
    return any(fits_itself(question, element) for question in questions)


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
