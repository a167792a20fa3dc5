"""The cascade: which declaration wins on an element, style sheets and inline style together.

A webmail page on a desktop is what counts. What only another medium shows (a narrow page, a dark scheme, a
click) is kept beside it: an element hidden here and shown there is a responsive swap, not a hidden one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pixelstudy.pixels.css import Declaration, parse_declarations, parse_length
from pixelstudy.pixels.html import Document, Element
from pixelstudy.pixels.selectors import Place, Selector, is_match
from pixelstudy.pixels.sheets import RELEVANT, Rule, Sheet

__all__ = ["Cascade", "Winner", "cascade", "resolve"]

# A document whose sheets ask for more steps than this from element to element, or more questions to its engine,
# has the rest unanswered.
_MOST_STEPS = 200_000
_MOST_QUESTIONS = 100
_MOST_AROUND = 256

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
# A swap turns one of these; a width alone, which a fluid layout gives to every image, is none.
_SWITCHES = frozenset("display visibility opacity mso-hide max-height max-width overflow-x overflow-y".split())
_SWITCH_PSEUDO = re.compile(r"(?<=[-\w\])*]):(?:checked|disabled|enabled|indeterminate)\b")


@dataclass(frozen=True, slots=True)
class Winner:
    """A declaration of a style sheet that wins on an element."""

    value: str
    """The value, as in :class:`~pixelstudy.pixels.css.Declaration`."""

    is_important: bool
    """Whether it beats inline style."""

    selector: str
    """The selector that brought it, without states."""


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
        self._here = _index(sheets, is_here=True)
        self._elsewhere = _index(sheets, is_here=False)
        self._places: dict[Element, Place] = {}
        self._answers: dict[str, frozenset[Element]] = {}
        self._winners: dict[Element, Mapping[str, Winner]] = {}
        self._n_steps = 0

    def winners(self, element: Element) -> Mapping[str, Winner]:
        """Return the winning declaration of the sheets by property; shorthands are taken apart."""
        found = self._winners.get(element)
        if found is None:
            found = self._winners[element] = self._cascaded(element, self._here)
        return found

    def shown_elsewhere(self, element: Element) -> Mapping[str, Winner]:
        """Return what the rules of other media than the desktop page, print apart, make of the element.

        Only values that show something are kept: ``display: block``, ``max-height: none``, ``width: 100%``; and
        only rules that name a class, an id or an attribute: one for every image swaps none.
        """
        found = self._cascaded(element, self._elsewhere) if self._elsewhere else {}
        return {name: winner for name, winner in found.items() if not _hides(name, winner.value)}

    def _cascaded(self, element: Element, index: _Index) -> Mapping[str, Winner]:
        if self._n_steps > _MOST_STEPS:
            return {}
        place = self._place(element)
        candidates: list[_Placed] = []
        for key in ("*", place.tag, "#" + place.id, *["." + name for name in place.classes]):
            if key in index:
                candidates += index[key]
        best: dict[str, tuple[tuple[object, ...], Winner]] = {}
        for order, selector, longhands in candidates:
            if self._matches(selector, place):
                for name, value, is_important in longhands:
                    rank = (is_important, selector.specificity, order)
                    if name not in best or best[name][0] <= rank:
                        best[name] = rank, Winner(value, is_important, selector.text)
        return {name: winner for name, (_, winner) in best.items()}

    def _matches(self, selector: Selector, place: Place) -> bool:
        if place.around is not None and not selector.asks_around <= place.around:
            return False
        self._n_steps += 1 if len(selector.compounds) == 1 else place.depth
        if not selector.needs_engine:
            return is_match(selector, place)
        answer = self._answers.get(selector.text)
        if answer is None and len(self._answers) < _MOST_QUESTIONS:
            answer = self._answers[selector.text] = frozenset(self._document.select(selector.text))
        return answer is not None and place.element in answer

    def _place(self, element: Element) -> Place:
        found = self._places.get(element)
        if found is not None:
            return found
        path = []
        node: Element | None = element
        while node is not None and getattr(node, "tag", None) and (found := self._places.get(node)) is None:
            path.append(node)
            node = node.parent
        for inner in reversed(path):
            found = self._places[inner] = _inside(inner, found)
        assert found is not None
        return found


def _inside(element: Element, outer: Place | None) -> Place:
    classes = element.attr("class")
    around: frozenset[str] | None = frozenset()
    if outer:
        around = outer.around
        if around is not None and len(around) <= _MOST_AROUND:
            around = around.union((outer.tag, "#" + outer.id), ["." + name for name in outer.classes])
        else:
            around = None
    return Place(
        element,
        outer,
        element.tag.lower(),
        element.attr("id") or "",
        frozenset(classes.split()) if classes else frozenset(),
        outer.depth + 1 if outer else 1,
        around,
    )


_Longhand = tuple[str, str, bool]
_Placed = tuple[tuple[int, int], Selector, Sequence[_Longhand]]
_Index = dict[str, list[_Placed]]


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
    >>> from pixelstudy.pixels.sheets import parse_sheet
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
    inline = _inline(inline_style) if inline_style else ()
    if cascade is None:
        return {name: value for name, value, _ in inline}
    winners = cascade.winners(element)
    if not winners and not inline:
        return {}
    styles = {name: winner.value for name, winner in winners.items()}
    beaten = {name for name, winner in winners.items() if winner.is_important}
    styles.update({name: value for name, value, is_sure in inline if is_sure or name not in beaten})
    hiding = {name for name, value in styles.items() if _hides(name, value)}
    if hiding:
        shown = {n: w.value for n, w in cascade.shown_elsewhere(element).items() if n in hiding}
        if not _SWITCHES.isdisjoint(shown):
            styles.update(shown)
            styles.pop("mso-hide", None)
    return styles


def _index(sheets: Sequence[Sheet], *, is_here: bool) -> _Index:
    """Return the rules by what they ask of the element itself: an id, else a class, else a tag."""
    index: _Index = {}
    for i, sheet in enumerate(sheets):
        for order, (key, selector, longhands) in enumerate(_keyed(sheet, is_here)):
            index.setdefault(key, []).append(((i, order), selector, longhands))
    return index


@lru_cache(maxsize=512)
def _keyed(sheet: Sheet, is_here: bool) -> Sequence[tuple[str, Selector, Sequence[_Longhand]]]:
    select = _here if is_here else _elsewhere
    found = []
    for rule in sheet.rules:
        selector = select(rule)
        if selector:
            found.append((_key(selector), selector, expand(rule.declarations)))
    return found


def _here(rule: Rule) -> Selector | None:
    return rule.selector if rule.media == "screen" and not rule.selector.is_state else None


def _elsewhere(rule: Rule) -> Selector | None:
    selector = rule.selector
    if selector.specificity < (0, 1, 0) or rule.media in {"print", "never"}:
        return None
    if selector.is_switchable:
        return replace(selector, text=_SWITCH_PSEUDO.sub("", selector.text))
    return selector if rule.media != "screen" or selector.is_state else None


def _key(selector: Selector) -> str:
    compound = selector.compounds[0]
    if compound.ids:
        return "#" + min(compound.ids)
    if compound.classes:
        return "." + min(compound.classes)
    return compound.tag or "*"


@lru_cache(maxsize=16_384)
def _inline(style: str) -> tuple[_Longhand, ...]:
    best: dict[str, _Longhand] = {}
    for name, value, is_important in expand(parse_declarations(style)):
        if is_important or name not in best or not best[name][2]:
            best[name] = (name, value, is_important)
    return tuple(best.values())


def expand(declarations: Iterable[Declaration]) -> list[_Longhand]:
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
def _hides(name: str, value: str) -> bool:
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
