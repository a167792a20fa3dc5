"""What documents of one sender share: the rules of its sheets, and what they say at each place of its layout.

A sender repeats its sheets and its layout. What the rules make of an element is therefore worked out once for its
place (tags, ids and classes from the root inwards) and its inline style, and remembered beyond the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial

from pixelstudy.pixels.css.declarations import parse_declarations
from pixelstudy.pixels.css.hiding import HidingSign, Styles, sign_in
from pixelstudy.pixels.css.longhands import Longhand, expand, hides
from pixelstudy.pixels.css.selectors import ElementPlace, Selector, is_match, may_match, place_inside
from pixelstudy.pixels.css.sheets import Sheet, StyleRule
from pixelstudy.pixels.css.sizes import Visibility, Written, size_of

__all__ = [
    "Index",
    "Look",
    "Spot",
    "Template",
    "Winner",
    "candidates",
    "combined",
    "inline_longhands",
    "plain_look",
    "shown",
    "template",
    "winners",
]

# Beyond these a place, or what is said there, is worked out for its document alone.
_MOST_KNOWN = 512
_MOST_DEPTH = 64
_LONGEST_NAME = 256
_LONGEST_STYLE = 512
_MOST_SIGHTS = 64

# A swap turns one of these; a width alone, which a fluid layout gives to every image, is none.
_SWITCHES = frozenset("display visibility opacity mso-hide max-height max-width overflow-x overflow-y".split())
_SWITCH_PSEUDO = re.compile(r"(?<=[-\w\])*]):(?:checked|disabled|enabled|indeterminate)\b")


@dataclass(frozen=True, slots=True)
class Winner:
    """A declaration of a style sheet that wins on an element."""

    value: str
    """The value, as in :class:`~pixelstudy.pixels.css.declarations.Declaration`."""

    is_important: bool
    """Whether it beats inline style."""

    selector: str
    """The selector that brought it, without states."""


class Look:
    """What winning declarations make of an element, worked out when it is asked.

    Parameters
    ----------
    styles
        The winning declarations of sheets and inline style together.
    style
        The element's own ``style`` attribute.
    """

    __slots__ = ("_sights", "_style", "sign", "styles")

    def __init__(self, styles: Styles, style: str | None) -> None:
        self.styles = styles
        self.sign: HidingSign | None = sign_in(styles)
        self._style = style
        self._sights: dict[Written, Visibility] = {}

    def sight(self, written: Written) -> Visibility:
        """Return the size of an element that looks so; what hides it is another question."""
        found = self._sights.get(written)
        if found is None:
            inline = {name: value for name, value, _ in inline_longhands(self._style)} if self._style else {}
            found = size_of(written, inline, self.styles)
            if len(self._sights) < _MOST_SIGHTS:
                self._sights[written] = found
        return found


@lru_cache(maxsize=16_384)
def plain_look(style: str | None) -> Look:
    """Return what a ``style`` attribute makes of an element where no sheet has a say."""
    return Look(combined({}, dict, style), style)


Placed = tuple[tuple[int, int], Selector, Sequence[Longhand]]
Index = Mapping[str, Sequence[Placed]]
"""Rules by what they ask of the element itself: an id, else a class, else a tag; each with its order."""


@dataclass(slots=True, eq=False)
class Spot:
    """One place of a layout."""

    place: ElementPlace
    """The place, of no element in particular."""

    winners: Mapping[str, Winner]
    """What wins there, by property, questions left aside."""

    questions: tuple[Selector, ...]
    """Selectors that could match there and that attributes, siblings or states decide."""

    inner: dict[tuple[str, str | None, str | None], Spot] = field(default_factory=dict)
    """The places within it, by tag, id and class."""

    looks: dict[str | None, Look] = field(default_factory=dict)
    """What the place makes of an element, by inline style, questions left aside."""

    shown: Mapping[str, Winner] | None = None
    """What other media show there, questions left aside; nothing before :meth:`Template.shown` is asked."""


class Template:
    """The rules of a list of sheets, and the places known so far.

    Parameters
    ----------
    sheets
        The sheets of a document, in its order.
    """

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self.here = _index(sheets, is_here=True)
        self._sheets = sheets
        self._n_known = 0
        self.root = Spot(ElementPlace(None, None, "", "", frozenset(), (None, None), 0, frozenset()), {}, ())

    @cached_property
    def elsewhere(self) -> Index:
        """What other media say, which few documents need to know."""
        return _index(self._sheets, is_here=False)

    def inside(self, outer: Spot, key: tuple[str, str | None, str | None]) -> Spot | None:
        """Return the place within `outer` of an element with that tag, id and class; nothing where it is too much."""
        tag, name, classes = key
        if self._n_known >= _MOST_KNOWN or outer.place.depth >= _MOST_DEPTH:
            return None
        if len(name or "") > _LONGEST_NAME or len(classes or "") > _LONGEST_NAME:
            return None
        place = place_inside(None, outer.place if outer is not self.root else None, tag, name, classes)
        matched, questions = _matched(self.here, place)
        spot = Spot(place, winners(matched), questions)
        outer.inner[key] = spot
        self._n_known += 1
        return spot

    def shown(self, spot: Spot) -> Mapping[str, Winner]:
        """Return what other media show at `spot`; what they leave to questions joins the place's own."""
        if spot.shown is None:
            matched, questions = _matched(self.elsewhere, spot.place)
            spot.shown = shown(winners(matched))
            spot.questions += questions
        return spot.shown

    def look(self, spot: Spot, style: str | None) -> Look:
        """Return what a place whose questions are all answered with no makes of an element."""
        found = spot.looks.get(style)
        if found is None:
            found = None if spot.winners else plain_look(style)
            if found is None or _could_be_swapped(found.styles):
                found = Look(combined(spot.winners, partial(self.shown, spot), style), style)
            if self._n_known < _MOST_KNOWN and len(style or "") <= _LONGEST_STYLE:
                spot.looks[style] = found
                self._n_known += 1
        return found


def _matched(index: Index, place: ElementPlace) -> tuple[list[Placed], tuple[Selector, ...]]:
    """Return the rules that match at `place`, and the selectors that it alone cannot answer for."""
    matched = []
    questions = []
    for placed in candidates(index, place):
        selector = placed[1]
        if may_match(selector, place):
            if selector.is_question:
                questions.append(selector)
            elif is_match(selector, place):
                matched.append(placed)
    return matched, tuple(questions)


@lru_cache(maxsize=128)
def template(sheets: tuple[Sheet, ...]) -> Template:
    """Return the template of a document with these sheets, the same for the next one that has them."""
    return Template(sheets)


def candidates(index: Index, place: ElementPlace) -> list[Placed]:
    """Return the rules that ask nothing of the element itself that it has not."""
    found: list[Placed] = []
    if index:
        for key in ("*", place.tag, "#" + place.id, *["." + name for name in place.classes]):
            if key in index:
                found += index[key]
    return found


def winners(matched: Iterable[Placed]) -> dict[str, Winner]:
    """Return the winning declaration by property among rules that match."""
    best: dict[str, tuple[tuple[object, ...], Winner]] = {}
    for order, selector, longhands in matched:
        for name, value, is_important in longhands:
            rank = (is_important, selector.specificity, order)
            if name not in best or best[name][0] <= rank:
                best[name] = rank, Winner(value, is_important, selector.text)
    return {name: winner for name, (_, winner) in best.items()}


def shown(found: Mapping[str, Winner]) -> dict[str, Winner]:
    """Return those of `found` that show something: ``display: block``, ``max-height: none``, ``width: 100%``."""
    return {name: winner for name, winner in found.items() if not hides(name, winner.value)}


def combined(
    winners: Mapping[str, Winner], shown_elsewhere: Callable[[], Mapping[str, Winner]], style: str | None
) -> Mapping[str, str]:
    """Return the winning values of sheets and inline style together.

    Inline style beats the sheets, but for ``!important``. Where the element is hidden here and a rule of
    another medium shows it, that rule's value stands: a responsive swap is no hiding. `shown_elsewhere` is asked for
    such rules only then.
    """
    inline = inline_longhands(style) if style else ()
    if not winners and not inline:
        return {}
    styles = {name: winner.value for name, winner in winners.items()}
    beaten = {name for name, winner in winners.items() if winner.is_important}
    styles.update({name: value for name, value, is_sure in inline if is_sure or name not in beaten})
    if _could_be_swapped(styles):
        shown_there = shown_elsewhere()
        swapped = {n: shown_there[n].value for n, value in styles.items() if n in shown_there and hides(n, value)}
        if not _SWITCHES.isdisjoint(swapped):
            styles.update(swapped)
            styles.pop("mso-hide", None)
    return styles


def _could_be_swapped(styles: Styles) -> bool:
    return not _SWITCHES.isdisjoint(styles) and any(n in _SWITCHES and hides(n, value) for n, value in styles.items())


def _index(sheets: Sequence[Sheet], *, is_here: bool) -> Index:
    """Return the rules by what they ask of the element itself: an id, else a class, else a tag."""
    index: dict[str, list[Placed]] = {}
    for i, sheet in enumerate(sheets):
        for order, (key, selector, longhands) in enumerate(_keyed(sheet, is_here)):
            index.setdefault(key, []).append(((i, order), selector, longhands))
    return index


@lru_cache(maxsize=512)
def _keyed(sheet: Sheet, is_here: bool) -> Sequence[tuple[str, Selector, Sequence[Longhand]]]:
    select = _here if is_here else _elsewhere
    found = []
    for rule in sheet.rules:
        selector = select(rule)
        if selector:
            found.append((_key(selector), selector, expand(rule.declarations)))
    return found


def _here(rule: StyleRule) -> Selector | None:
    return rule.selector if rule.media == "screen" and not rule.selector.is_state else None


def _elsewhere(rule: StyleRule) -> Selector | None:
    selector = rule.selector
    if selector.specificity < (0, 1, 0) or rule.media in {"print", "never"}:
        return None
    if selector.is_switchable:
        return selector._replace(text=_SWITCH_PSEUDO.sub("", selector.text))
    return selector if rule.media != "screen" or selector.is_state else None


def _key(selector: Selector) -> str:
    compound = selector.compounds[0]
    if compound.ids:
        return "#" + min(compound.ids)
    if compound.classes:
        return "." + min(compound.classes)
    return compound.tag or "*"


@lru_cache(maxsize=16_384)
def inline_longhands(style: str) -> tuple[Longhand, ...]:
    """Return the winning longhands of a ``style`` attribute."""
    best: dict[str, Longhand] = {}
    for name, value, is_important in expand(parse_declarations(style)):
        if is_important or name not in best or not best[name][2]:
            best[name] = (name, value, is_important)
    return tuple(best.values())
