"""The rules of all sheets of a document, and which declarations win.

The winners are those on a webmail page on a desktop. Rules for other conditions (a narrow page, a dark colour scheme, a
click) are kept too: an element that is hidden here but shown there is part of a responsive swap.
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
"""The attribute that marks a quotation; checked on every ``blockquote``."""

# A responsive swap changes one of these. A width alone is no swap: a fluid layout sets it on every image.
_SWITCHES = frozenset("display visibility opacity mso-hide max-height max-width overflow-x overflow-y".split())


class PlacedRule(NamedTuple):
    """A rule with its rank among the rules of all sheets."""

    rank: tuple[tuple[int, int, int], int]
    """Its specificity, then its place; the higher rank wins."""

    selector: Selector
    """The selector."""

    longhands: Sequence[Longhand]
    """The declarations."""


class StyleRules:
    """The rules of a list of sheets, indexed by something that each requires of an element.

    Parameters
    ----------
    sheets
        The sheets, in document order.
    """

    def __init__(self, sheets: Iterable[Sheet]) -> None:
        self._here: defaultdict[Ask, list[PlacedRule]] = defaultdict(list)
        self._elsewhere: defaultdict[Ask, list[PlacedRule]] = defaultdict(list)
        asked: defaultdict[str, set[Condition]] = defaultdict(set, {"blockquote": {CITE}})
        for sign in HIDING_SIGNS:
            asked[sign.tag].update(each for each in (sign.has, sign.lacks) if each)
        for place, (selector, media, longhands) in enumerate(rule for sheet in sheets for rule in sheet.rules):
            # The first in text order: an id if there is one, else a class, since few elements have them.
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
        """Whether there are no rules."""
        return not (self._here or self._elsewhere)

    def asked_of(self, tag: str) -> tuple[Condition, ...]:
        """Return the conditions in selectors and hiding signs on the attributes of elements with that tag."""
        return self._asked.get(tag.lower()) or self._asked[""]

    def candidates(self, place: Place, *, is_here: bool = True) -> Iterator[PlacedRule]:
        """Yield the rules that may match at a place, for the desktop page or (`is_here` false) for anything but print.

        Rules for other conditions count only if they name a class, id or attribute: a rule for all images is no swap.
        """
        index: Mapping[Ask, Sequence[PlacedRule]] = self._here if is_here else self._elsewhere
        for key in ("*", *place.names) if index else ():
            for rule in index.get(key, ()):
                if may_match(rule.selector, place):
                    yield rule


def cascade(matched: Iterable[PlacedRule], inline: Iterable[Longhand] = ()) -> dict[str, str]:
    """Return the winning value of each property, given rules in any order, and inline style, which beats them.

    Examples
    --------
    >>> cascade([], [("width", "1px", True), ("width", "2px", False)])
    {'width': '1px'}
    """
    declared = [longhand for rule in sorted(matched, key=itemgetter(0)) for longhand in rule.longhands]
    return {name: value for name, value, _ in sorted([*declared, *inline], key=itemgetter(2))}


def may_be_swapped(styles: Styles) -> bool:
    """Return whether a property that a responsive swap changes hides the element."""
    return not _SWITCHES.isdisjoint(styles) and any(n in _SWITCHES and hides(n, value) for n, value in styles.items())


def swapped(styles: dict[str, str], elsewhere: Styles) -> dict[str, str]:
    """Return the styles of an element, with values that hide it here replaced by values that show it elsewhere."""
    shown = {
        name: elsewhere[name]
        for name, value in styles.items()
        if name in elsewhere and hides(name, value) and not hides(name, elsewhere[name])
    }
    if _SWITCHES.isdisjoint(shown):
        return styles
    return {name: value for name, value in (styles | shown).items() if name != "mso-hide"}
