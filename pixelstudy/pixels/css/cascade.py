"""The cascade: which declaration wins on an element, style sheets and inline style together.

A webmail page on a desktop is what counts. What only another medium shows (a narrow page, a dark scheme, a
click) is kept beside it: an element hidden here and shown there is a responsive swap, not a hidden one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from pixelstudy.pixels.css.selectors import ElementPlace, Selector, is_match, may_match, place_inside
from pixelstudy.pixels.css.sheets import Sheet
from pixelstudy.pixels.css.templates import (
    Index,
    Winner,
    candidates,
    combined,
    inline_longhands,
    shown,
    template,
    winners,
)
from pixelstudy.pixels.html import Document, Element

__all__ = ["Cascade", "Winner", "cascade", "resolve"]

# A document whose sheets ask for more steps than this from element to element, or more questions to its engine,
# has the rest unanswered.
_MOST_STEPS = 200_000
_MOST_QUESTIONS = 100


class Cascade:
    """What the sheets of one document say about its elements, found out when asked.

    Parameters
    ----------
    document
        The document.
    sheets
        Its sheets, in document order.
    """

    def __init__(self, document: Document, sheets: Sequence[Sheet]) -> None:
        self._document = document
        self.template = template(tuple(sheets))
        self._places: dict[Element, ElementPlace] = {}
        self._answers: dict[str, frozenset[Element]] = {}
        self._winners: dict[Element, Mapping[str, Winner]] = {}
        self._n_steps = 0

    def winners(self, element: Element) -> Mapping[str, Winner]:
        """Return the winning declaration of the sheets by property; shorthands are taken apart."""
        found = self._winners.get(element)
        if found is None:
            found = self._winners[element] = self._cascaded(element, self.template.here)
        return found

    def shown_elsewhere(self, element: Element) -> Mapping[str, Winner]:
        """Return what the rules of other media than the desktop page, print apart, make of the element.

        Only values that show something are kept: ``display: block``, ``max-height: none``, ``width: 100%``; and
        only rules that name a class, an id or an attribute: one for every image swaps none.
        """
        index = self.template.elsewhere
        return shown(self._cascaded(element, index)) if index else {}

    def _cascaded(self, element: Element, index: Index) -> Mapping[str, Winner]:
        if self._n_steps > _MOST_STEPS:
            return {}
        place = self._place(element)
        return winners(placed for placed in candidates(index, place) if self._matches(placed[1], place))

    def _matches(self, selector: Selector, place: ElementPlace) -> bool:
        if not may_match(selector, place):
            return False
        self._n_steps += 1 if len(selector.compounds) == 1 else place.depth
        if not selector.needs_engine:
            return is_match(selector, place)
        answer = self._answers.get(selector.text)
        if answer is None and len(self._answers) < _MOST_QUESTIONS:
            answer = self._answers[selector.text] = frozenset(self._document.select(selector.text))
        return answer is not None and place.element in answer

    def _place(self, element: Element) -> ElementPlace:
        found = self._places.get(element)
        if found is not None:
            return found
        path = []
        node: Element | None = element
        while node is not None and getattr(node, "tag", None) and (found := self._places.get(node)) is None:
            path.append(node)
            node = node.parent
        for inner in reversed(path):
            found = place_inside(inner, found, inner.tag, inner.attr("id"), inner.attr("class"))
            self._places[inner] = found
        assert found is not None
        return found


def cascade(document: Document, sheets: Sequence[Sheet]) -> Cascade | None:
    """Return what the sheets make of the document's elements; nothing where no rule could size or hide.

    Parameters
    ----------
    document
        The document.
    sheets
        Its sheets, in document order.

    Examples
    --------
    >>> from pixelstudy.pixels.html import parse
    >>> from pixelstudy.pixels.css.sheets import parse_sheet
    >>> document = parse("<p class=a><img></p>")
    >>> styles = cascade(document, [parse_sheet(".a img {display: none}")])
    >>> styles.winners(document.select("img")[0])["display"]
    Winner(value='none', is_important=False, selector='.a img')
    """
    sheets = [sheet for sheet in sheets if sheet.rules]
    return Cascade(document, sheets) if sheets else None


def resolve(element: Element, cascade: Cascade | None, inline_style: str | None) -> Mapping[str, str]:
    """Return the winning value of every property of interest, inline style included.

    Inline style beats the sheets, but for ``!important``. Where the element is hidden here and a rule of
    another medium shows it, that rule's value stands: a responsive swap is no hiding.

    Parameters
    ----------
    element
        The element.
    cascade
        What the sheets say.
    inline_style
        The element's ``style`` attribute.

    Returns
    -------
    Mapping
        Values by longhand property: ``margin``, ``inset``, ``overflow`` and ``font`` are taken apart.
    """
    if cascade is None:
        return {name: value for name, value, _ in inline_longhands(inline_style)} if inline_style else {}
    return combined(cascade.winners(element), partial(cascade.shown_elsewhere, element), inline_style)
