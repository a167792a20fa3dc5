"""Selectors of CSS: how much one weighs, and whether it matches an element.

A mail has a few hundred rules and a handful of elements that matter, so a selector is tested against one
element and its ancestors, as browsers do, and a document's engine is asked only what needs siblings or states.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pixelstudy.pixels.css.declarations import decode
from pixelstudy.pixels.html import Element

__all__ = [
    "Compound",
    "ElementPlace",
    "Selector",
    "fits_itself",
    "is_match",
    "may_match",
    "parse_selectors",
    "place_inside",
]

# Selectors, and lists of them, longer than this match nothing: no client's own are.
_LONGEST = 1_024
_LONGEST_LIST = 32_768
_MOST_COMPOUNDS = 24
_MOST_AROUND = 256

_IDENT = r"(?:[-\w]++|[^\x00-\x7f]++|\\[0-9a-fA-F]{1,6}\s?|\\[^\n0-9a-fA-F])++"
_TOKEN = re.compile(
    rf"""(?P<combinator>\s*[>+~]\s*|\s+)
    |\#(?P<id>{_IDENT})
    |\.(?P<class>{_IDENT})
    |\[\s*(?P<attr>[-\w:]++)\s*(?:(?P<op>[~|^$*]?=)\s*
        (?:"(?P<double>[^"\n]*+)"|'(?P<single>[^'\n]*+)'|(?P<bare>{_IDENT}))\s*(?P<case>[isIS])?\s*)?\]
    |(?P<pseudo>::?)(?P<name>{_IDENT})(?:\((?P<argument>(?:[^()]|\([^()]*+\))*+)\))?
    |(?P<tag>\*|{_IDENT})""",
    re.VERBOSE | re.ASCII,
)
_COMMA = re.compile(
    r"""((?:[^,("'\[\\]++|\\.|"[^"]*+"|'[^']*+'|\((?:[^()]|\([^()]*+\))*+\)|\[[^\]]*+\])++)(?:,|\Z)""", re.DOTALL
)
_OLD_PSEUDO_ELEMENTS = frozenset({"before", "after", "first-line", "first-letter"})
# States that a message has not when it is opened.
_STATES = frozenset(
    {"active", "focus", "focus-visible", "focus-within", "fullscreen", "hover", "target", "visited", "user-invalid"}
)
# States that it may have, and that a person may change.
_SWITCHES = frozenset({"checked", "disabled", "enabled", "indeterminate"})
# Attributes that every place knows.
_NAMES = frozenset({"id", "class"})


Asked = tuple[str, str, str, bool]
"""Attribute name, operator (empty: is there), value, whether case is ignored."""


class Compound(NamedTuple):
    """What a selector asks of one element."""

    combinator: str
    """What joins it to the compound on its right: a blank or ``>``; empty for the last."""

    tag: str
    """The tag, lower case; empty for any."""

    ids: frozenset[str]
    """The ids it asks for."""

    classes: frozenset[str]
    """The classes it asks for."""

    attributes: tuple[Asked, ...]
    """What it asks of attributes."""


@dataclass(slots=True, eq=False)
class ElementPlace:
    """An element as selectors see it."""

    element: Element | None
    """The element; nothing where the place is that of many."""

    outer: ElementPlace | None
    """The place of its parent."""

    tag: str
    """Its tag, lower case."""

    id: str
    """Its id, or nothing."""

    classes: frozenset[str]
    """Its classes."""

    written: tuple[str | None, str | None]
    """Its attributes ``id`` and ``class``."""

    depth: int
    """How many elements are around it."""

    around: frozenset[str] | None
    """The tags, the ids with ``#`` and the classes with ``.`` around it; nothing where they are too many."""


class Selector(NamedTuple):
    """One selector of a rule's list."""

    text: str
    """What the document's engine is asked: no pseudo-elements, no states."""

    specificity: tuple[int, int, int]
    """Ids; classes, attributes and pseudo-classes; tags and pseudo-elements."""

    compounds: tuple[Compound, ...]
    """From the last, which the element itself must match, to the first."""

    asks_around: frozenset[str]
    """What must stand around the element, as in :attr:`ElementPlace.around`; empty where siblings matter."""

    needs_engine: bool
    """Whether siblings, positions or states matter, so that `compounds` alone cannot say."""

    is_pseudo_element: bool
    """Whether it is about ``::before`` or its like: content beside the element's own."""

    is_state: bool
    """Whether it holds only while a person does something, such as ``:hover``."""

    is_switchable: bool
    """Whether what it says can change by a click, such as ``:checked``."""

    is_question: bool
    """Whether tags, ids and classes alone cannot say if it matches."""


def parse_selectors(prelude: str) -> tuple[Selector, ...]:
    """Return the selectors of a rule, none where one of them is broken: a browser then drops the rule.

    Examples
    --------
    >>> [(s.text, s.specificity) for s in parse_selectors("#a .b > img:hover, td")]
    [('#a .b > img', (1, 2, 1)), ('td', (0, 0, 1))]
    """
    if len(prelude) <= _LONGEST:
        return _remembered(prelude)
    return _parse_list(prelude) if len(prelude) <= _LONGEST_LIST else ()


def _parse_list(prelude: str) -> tuple[Selector, ...]:
    found = []
    end = 0
    while True:
        match = _COMMA.match(prelude, end)
        if not match or len(match[1]) > _LONGEST:
            return ()
        selector = _parse(match[1].strip(" \t\n\r\f"))
        if selector is None:
            return ()
        found.append(selector)
        end = match.end()
        if end == len(prelude):
            return tuple(found) if not match[0].endswith(",") else ()


_remembered = lru_cache(maxsize=8_192)(_parse_list)


def _parse(text: str) -> Selector | None:
    compounds: list[Compound] = []
    asked: list[str] = []
    weights = [0, 0, 0]
    tag, ids, classes, attributes = "", set[str](), set[str](), list[Asked]()
    needs_engine = is_pseudo_element = is_state = is_switchable = False
    compound_start = end = 0
    while end < len(text):
        match = _TOKEN.match(text, end)
        if not match:
            return None
        start, end = end, match.end()
        if match["combinator"] is not None:
            combinator = match["combinator"].strip() or " "
            if start == compound_start or len(compounds) >= _MOST_COMPOUNDS:
                return None
            needs_engine = needs_engine or combinator in "+~"
            compounds.append(Compound(combinator, tag, frozenset(ids), frozenset(classes), tuple(attributes)))
            tag, ids, classes, attributes = "", set(), set(), []
            _close(asked)
            asked.append(f" {combinator} " if combinator != " " else " ")
            compound_start = end
            continue
        if match["pseudo"]:
            name = decode(match["name"]).lower()
            if match["pseudo"] == "::" or name in _OLD_PSEUDO_ELEMENTS:
                is_pseudo_element = True
                weights[2] += 1
                continue
            if name in ("not", "is", "matches", "-webkit-any", "has"):
                for i, weight in enumerate(_heaviest(match["argument"] or "")):
                    weights[i] += weight
            elif name != "where":
                weights[1] += 1
            if name in _STATES:
                is_state = True
                continue
            is_switchable = is_switchable or name in _SWITCHES
            needs_engine = True
        elif match["id"] is not None:
            ids.add(decode(match["id"]))
            weights[0] += 1
        elif match["class"] is not None:
            classes.add(decode(match["class"]))
            weights[1] += 1
        elif match["attr"] is not None:
            value = next((v for v in match.group("double", "single", "bare") if v is not None), "")
            is_case_ignored = match["case"] in ("i", "I")
            attributes.append((match["attr"].lower(), match["op"] or "", decode(value), is_case_ignored))
            weights[1] += 1
        else:
            if start != compound_start:
                return None
            tag = "" if match["tag"] == "*" else decode(match["tag"]).lower()
            weights[2] += bool(tag)
        asked.append(match[0])
    if compound_start == len(text):
        return None
    _close(asked)
    compounds.append(Compound("", tag, frozenset(ids), frozenset(classes), tuple(attributes)))
    compounds.reverse()
    has_siblings = any(compound.combinator in ("+", "~") for compound in compounds)
    return Selector(
        "".join(asked),
        (weights[0], weights[1], weights[2]),
        tuple(compounds),
        frozenset() if has_siblings else _names(compounds[1:]),
        needs_engine,
        is_pseudo_element,
        is_state,
        is_switchable,
        needs_engine or any(asked[0] not in _NAMES for compound in compounds for asked in compound.attributes),
    )


def _names(compounds: Iterable[Compound]) -> frozenset[str]:
    names: set[str] = set()
    for compound in compounds:
        names.update((compound.tag,) if compound.tag else (), ("#" + i for i in compound.ids))
        names.update("." + c for c in compound.classes)
    return frozenset(names)


def _close(asked: list[str]) -> None:
    """Leave no compound empty once its states are gone."""
    if not asked or asked[-1].startswith(" "):
        asked.append("*")


def _heaviest(argument: str) -> tuple[int, int, int]:
    """Return the weight of the heaviest selector in ``:not(…)`` or its like."""
    if ":" in argument or "(" in argument:
        return (0, 1, 0)
    return max((s.specificity for s in parse_selectors(argument)), default=(0, 0, 0))


def place_inside(
    element: Element | None, outer: ElementPlace | None, tag: str, name: str | None, classes: str | None
) -> ElementPlace:
    """Return the place, within `outer`, of an element with that tag, id and class."""
    around: frozenset[str] | None = frozenset()
    if outer:
        around = outer.around
        if around is not None and len(around) <= _MOST_AROUND:
            names = {outer.tag, "#" + outer.id, *["." + each for each in outer.classes]}
            around = around if names <= around else around | names
        else:
            around = None
    return ElementPlace(
        element,
        outer,
        tag.lower(),
        name or "",
        frozenset(classes.split()) if classes else frozenset(),
        (name, classes),
        outer.depth + 1 if outer else 1,
        around,
    )


def may_match(selector: Selector, place: ElementPlace) -> bool:
    """Return whether what must stand around the element stands there."""
    return place.around is None or selector.asks_around <= place.around


def fits_itself(selector: Selector, element: Element) -> bool:
    """Return whether `element` has the attributes that the last compound of `selector` asks for."""
    return all(_fits(element.attr(asked[0]), asked) for asked in selector.compounds[0].attributes)


def is_match(selector: Selector, place: ElementPlace) -> bool:
    """Return whether the compounds of `selector`, one without siblings and positions, match at `place`."""
    first, *others = selector.compounds
    if not _has(place, first):
        return False
    reached = [place]
    for i, compound in enumerate(others):
        if compound.combinator == ">":
            reached = [p.outer for p in reached if p.outer and _has(p.outer, compound)]
        else:
            # Only a parent asked for next could make an ancestor further out the better choice.
            is_any_good = i + 1 == len(others) or others[i + 1].combinator != ">"
            outer, reached = reached[0].outer, []
            while outer:
                if _has(outer, compound):
                    reached.append(outer)
                    if is_any_good:
                        break
                outer = outer.outer
        if not reached:
            return False
    return True


def _has(place: ElementPlace, compound: Compound) -> bool:
    return (
        (not compound.tag or compound.tag == place.tag)
        and compound.classes <= place.classes
        and (not compound.ids or compound.ids == {place.id})
        and (not compound.attributes or _attributes_fit(place, compound))
    )


def _attributes_fit(place: ElementPlace, compound: Compound) -> bool:
    return all(_fits(_attribute(place, asked[0]), asked) for asked in compound.attributes)


def _attribute(place: ElementPlace, name: str) -> str | None:
    if name in _NAMES:
        return place.written[name == "class"]
    return place.element.attr(name) if place.element is not None else None


def _fits(value: str | None, asked: Asked) -> bool:
    if value is None:
        return False
    _, operator, wanted, is_case_ignored = asked
    if is_case_ignored:
        value, wanted = value.lower(), wanted.lower()
    match operator:
        case "":
            return True
        case "=":
            return value == wanted
        case "~=":
            return bool(wanted) and wanted in value.split()
        case "|=":
            return value == wanted or value.startswith(wanted + "-")
        case "^=":
            return bool(wanted) and value.startswith(wanted)
        case "$=":
            return bool(wanted) and value.endswith(wanted)
        case _:
            return bool(wanted) and wanted in value
