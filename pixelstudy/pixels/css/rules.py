"""The rules of all sheets of a document, and which of their declarations win.

A webmail page on a desktop is what counts. What only something else shows (a narrow page, a dark scheme, a click) is
kept beside it: an element that is hidden here and shown there is a responsive swap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from pixelstudy.pixels.css.hiding import HIDING_SIGNS, Styles
from pixelstudy.pixels.css.longhands import Longhand, hides
from pixelstudy.pixels.css.selectors import Ask, Condition, Place, Selector, may_match
from pixelstudy.pixels.css.sheets import Sheet

__all__ = ["CITE", "PlacedRule", "StyleRules", "cascade", "may_be_swapped", "swapped"]

CITE = Condition("type", "=", "cite")
"""What marks a quotation; asked of every ``blockquote``."""

# A responsive swap turns one of these; a width alone, which a fluid layout gives to every image, is no swap.
_SWITCHES = frozenset("display visibility opacity mso-hide max-height max-width overflow-x overflow-y".split())


class PlacedRule(NamedTuple):
    """A rule among those of all sheets."""

    rank: tuple[tuple[int, int, int], int]
    """How it compares to the others: by its specificity, then by its place."""

    selector: Selector
    """Whom it is about."""

    longhands: Sequence[Longhand]
    """What it says."""


class StyleRules:
    """The rules of a list of sheets, found by what they ask of an element.

    Parameters
    ----------
    sheets
        The sheets of a document, in its order.
    """

    def __init__(self, sheets: Iterable[Sheet]) -> None:
        self._here: defaultdict[Ask, list[PlacedRule]] = defaultdict(list)
        self._elsewhere: defaultdict[Ask, list[PlacedRule]] = defaultdict(list)
        asked: defaultdict[str, set[Condition]] = defaultdict(set, {"blockquote": {CITE}})
        for sign in HIDING_SIGNS:
            asked[sign.tag].update(each for each in (sign.has, sign.lacks) if each)
        for place, (selector, media, longhands) in enumerate(rule for sheet in sheets for rule in sheet.rules):
            # Sorted as text, ids come first, then classes: what the fewest elements have.
            key = min(selector.compounds[0].asks, key=str, default="*")
            rule = PlacedRule((selector.specificity, place), selector, longhands)
            if media == "screen" and not selector.is_state:
                self._here[key].append(rule)
            if selector.specificity >= (0, 1, 0) and media not in ("print", "never"):
                if selector.switched:
                    self._elsewhere[key].append(rule._replace(selector=selector._replace(text=selector.switched)))
                elif media != "screen" or selector.is_state:
                    self._elsewhere[key].append(rule)
            for compound in selector.compounds:
                tag = next((ask for ask in compound.asks if isinstance(ask, str) and ask[0] not in "#."), "")
                asked[tag].update(ask for ask in compound.asks if isinstance(ask, Condition))
        self._asked = {tag: tuple(conditions | asked[""]) for tag, conditions in asked.items()}

    @property
    def is_empty(self) -> bool:
        """Whether there is no rule."""
        return not (self._here or self._elsewhere)

    def asked_of(self, tag: str) -> tuple[Condition, ...]:
        """Return what selectors and signs of hiding ask of the attributes of elements with that tag."""
        return self._asked.get(tag.lower()) or self._asked[""]

    def candidates(self, place: Place, *, is_here: bool = True) -> Iterator[PlacedRule]:
        """Yield the rules that may match at a place: those for the desktop page, or those for anything else but print.

        The latter count only if they name a class, an id or an attribute: a rule for all images is no swap.
        """
        index: Mapping[Ask, Sequence[PlacedRule]] = self._here if is_here else self._elsewhere
        for key in ("*", *place.names) if index else ():
            for rule in index.get(key, ()):
                if may_match(rule.selector, place):
                    yield rule


def cascade(matched: Iterable[PlacedRule], inline: Iterable[Longhand] = ()) -> dict[str, str]:
    """Return the winning values by property, from rules in any order and from inline style, which beats them.

    Examples
    --------
    >>> cascade([], [("width", "1px", True), ("width", "2px", False)])
    {'width': '1px'}
    """
    declared = [longhand for rule in sorted(matched, key=itemgetter(0)) for longhand in rule.longhands]
    return {name: value for name, value, _ in sorted([*declared, *inline], key=itemgetter(2))}


def may_be_swapped(styles: Styles) -> bool:
    """Return whether an element is hidden by something that a responsive swap turns."""
    return not _SWITCHES.isdisjoint(styles) and any(n in _SWITCHES and hides(n, value) for n, value in styles.items())


def swapped(styles: dict[str, str], elsewhere: Styles) -> dict[str, str]:
    """Return the styles of an element with what shows it elsewhere in place of what hides it here."""
    shown = {
        name: elsewhere[name]
        for name, value in styles.items()
        if name in elsewhere and hides(name, value) and not hides(name, elsewhere[name])
    }
    if _SWITCHES.isdisjoint(shown):
        return styles
    return {name: value for name, value in (styles | shown).items() if name != "mso-hide"}
