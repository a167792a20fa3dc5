"""CSS selectors: their specificity, and whether they match an element.

A message has a few hundred rules and a handful of elements that matter, so a selector is tested against one element and
its ancestors, as browsers do. The HTML engine is asked only if siblings, positions or states matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

from tinycss2.serializer import serialize_identifier

from pixelstudy.pixels.css.declarations import Node, serialize, tokenize
from pixelstudy.pixels.css.lengths import parse_dimension

__all__ = ["Condition", "Place", "Selector", "fits", "is_match", "may_match", "parse_selectors"]

# The longest list of selectors that is cached, in characters.
_LONGEST_CACHED = 1_024
# A selector with more tokens, more compounds or deeper nesting than this matches nothing.
_MOST_TOKENS = 512
_MOST_COMPOUNDS = 24
_MOST_DEPTH = 4
_NAME = re.compile(r"-?[A-Z_a-z][-\w]*", re.ASCII)
_OLD_PSEUDO_ELEMENTS = frozenset({"before", "after", "first-line", "first-letter"})
# States that no element is in when the message is opened.
_STATES = frozenset(
    {"active", "focus", "focus-visible", "focus-within", "fullscreen", "hover", "target", "visited", "user-invalid"}
)
# States that an element may be in, and that a click can change.
_SWITCHES = frozenset({"checked", "disabled", "enabled", "indeterminate"})
# Pseudo-classes with the specificity of their most specific argument.
_LISTS = frozenset({"not", "is", "matches", "-webkit-any", "has"})


class Condition(NamedTuple):
    """What a selector requires of an attribute."""

    name: str
    """The attribute, lower case."""

    operator: str = ""
    """``=``, ``~=`` and so on; empty if any value will do; ``<=`` (not in CSS) for a size in px."""

    value: str = ""
    """The value that the attribute is compared with."""

    is_case_ignored: bool = False
    """Whether case is ignored."""


Ask = str | Condition
"""Something required of an element: ``td``, ``#id``, ``.class``, or a condition on an attribute."""


class Compound(NamedTuple):
    """What a selector requires of one element."""

    combinator: str
    """The combinator between it and the compound on its right: a blank, ``>``, ``+`` or ``~``; empty for the last."""

    asks: frozenset[Ask]
    """Everything that the element must be or have."""


class Selector(NamedTuple):
    """One selector in the list of a rule."""

    text: str
    """The selector for the HTML engine, without pseudo-elements and states."""

    specificity: tuple[int, int, int]
    """The number of ids; of classes, attributes and pseudo-classes; of tags and pseudo-elements."""

    compounds: tuple[Compound, ...]
    """The compounds from the last, which the element itself must match, to the first."""

    asks_around: frozenset[Ask]
    """Everything that ancestors must be or have, in any order; empty if siblings matter."""

    needs_engine: bool
    """Whether siblings, positions or states matter, so that `compounds` are not enough to decide."""

    is_pseudo_element: bool
    """Whether it selects generated content, such as ``::before``."""

    is_state: bool
    """Whether it holds only while a person does something, such as ``:hover``."""

    switched: str
    """:attr:`text` without states that a click can change, such as ``:checked``; empty if it has none."""


class Place(Protocol):
    """An element as selectors see it."""

    @property
    def names(self) -> frozenset[Ask]:
        """Everything about it that a selector could require."""

    @property
    def around(self) -> frozenset[Ask] | None:
        """The names of all its ancestors; nothing if there are too many."""

    @property
    def outer(self) -> Place | None:
        """Its parent."""


def parse_selectors(prelude: str) -> tuple[Selector, ...]:
    """Return the selectors of a rule; empty if one is broken, since a browser then drops the rule.

    Examples
    --------
    >>> [(s.text, s.specificity) for s in parse_selectors("#a .b > img:hover, td")]
    [('#a .b > img', (1, 2, 1)), ('td', (0, 0, 1))]
    """
    return _cached(prelude) if len(prelude) <= _LONGEST_CACHED else _parse_list(tokenize(prelude))


@lru_cache(maxsize=8_192)
def _cached(prelude: str) -> tuple[Selector, ...]:
    return _parse_list(tokenize(prelude))


def _parse_list(tokens: Sequence[Node], depth: int = 0) -> tuple[Selector, ...]:
    found: list[Selector] = []
    start = 0
    for end in [i for i, node in enumerate(tokens) if node == ","] + [len(tokens)]:
        selector = _parse(tokens[start:end], depth)
        if selector is None:
            return ()
        found.append(selector)
        start = end + 1
    return tuple(found)


def _parse(tokens: Sequence[Node], depth: int) -> Selector | None:
    parts = _parts(tokens) if len(tokens) <= _MOST_TOKENS and depth <= _MOST_DEPTH else []
    if not parts or len(parts) > _MOST_COMPOUNDS:
        return None
    compounds = []
    every: list[_Simple] = []
    text = switched = ""
    for combinator, part in parts:
        simples = [_simple(each, depth, is_first=i == 0) for i, each in enumerate(_simple_tokens(part))]
        known = [simple for simple in simples if simple is not None]
        if len(known) < len(simples):
            return None
        every += known
        compounds.append(Compound(combinator, frozenset([simple.ask for simple in known if simple.ask is not None])))
        joint = f" {combinator} " if combinator.strip() else combinator
        text += ("".join([simple.text for simple in known]) or "*") + joint
        switched += ("".join([simple.text for simple in known if simple.kind != "switch"]) or "*") + joint
    compounds.reverse()
    kinds = {simple.kind for simple in every}
    has_siblings = any(compound.combinator in ("+", "~") for compound in compounds)
    ids, classes, tags = (sum(weights) for weights in zip(*[simple.weight for simple in every], strict=True))
    return Selector(
        text,
        (ids, classes, tags),
        tuple(compounds),
        frozenset() if has_siblings else frozenset().union(*[compound.asks for compound in compounds[1:]]),
        needs_engine=has_siblings or not kinds.isdisjoint(("engine", "switch")),
        is_pseudo_element="element" in kinds,
        is_state="state" in kinds,
        switched=switched if "switch" in kinds else "",
    )


def _parts(tokens: Iterable[Node]) -> list[tuple[str, list[Node]]]:
    """Return the tokens of each compound with the combinator after it; empty if a compound is missing."""
    parts: list[tuple[str, list[Node]]] = []
    part: list[Node] = []
    combinator = ""
    for token in tokens:
        if token.type == "whitespace":
            combinator = combinator or " "
        elif token.type == "literal" and token.value in (">", "+", "~"):
            if combinator.strip():
                return []
            combinator = token.value
        else:
            if combinator and part:
                parts.append((combinator, part))
                part = []
            elif combinator.strip():
                return []
            combinator = ""
            part.append(token)
    return [*parts, ("", part)] if part and not combinator.strip() else []


class _Simple(NamedTuple):
    """A simple selector, one of the parts of a compound."""

    text: str
    """The selector for the HTML engine."""

    weight: tuple[int, int, int]
    """Its specificity."""

    ask: Ask | None = None
    """What it requires of the element itself."""

    kind: Literal["own", "engine", "switch", "state", "element"] = "own"
    """``own`` if the element's markup decides whether it holds, ``engine`` if only the HTML engine can tell, ``switch``
    for a state that a click can change, ``state`` for ``:hover`` and the like, ``element`` for a pseudo-element."""


def _simple_tokens(tokens: Iterable[Node]) -> list[list[Node]]:
    """Return the tokens of each simple selector in a compound; a dot or colon belongs to the token after it."""
    found: list[list[Node]] = []
    for token in tokens:
        if found and found[-1][-1] in (".", ":"):
            found[-1].append(token)
        else:
            found.append([token])
    return found


def _simple(tokens: list[Node], depth: int, *, is_first: bool) -> _Simple | None:
    first, last = tokens[0], tokens[-1]
    if first == ":":
        return _pseudo(tokens, depth)
    if first.type == "ident" and is_first:
        return _Simple(_identifier(first), (0, 0, 1), first.lower_value)
    if first == "*" and is_first:
        return _Simple("*", (0, 0, 0))
    if first.type == "hash" and first.is_identifier:
        return _Simple("#" + _identifier(first), (1, 0, 0), "#" + first.value)
    if first == "." and last.type == "ident" and len(tokens) == 2:
        return _Simple("." + _identifier(last), (0, 1, 0), "." + last.value)
    condition = _condition(first.content) if first.type == "[] block" else None
    return _Simple(serialize(tokens), (0, 1, 0), condition) if condition else None


def _identifier(token: Node) -> str:
    """Return a name, escaped as CSS requires."""
    name: str = token.value
    return name if _NAME.fullmatch(name) else str(serialize_identifier(name))


def _pseudo(tokens: list[Node], depth: int) -> _Simple | None:
    last = tokens[-1]
    if last.type not in ("ident", "function") or len(tokens) > 3 or tokens[-2] != ":":
        return None
    name = last.lower_value if last.type == "ident" else last.lower_name
    if len(tokens) > 2 or name in _OLD_PSEUDO_ELEMENTS:
        return _Simple("", (0, 0, 1), kind="element")
    if name in _STATES:
        return _Simple("", (0, 1, 0), kind="state")
    weight = (0, 0, 0) if name == "where" else (0, 1, 0)
    if name in _LISTS and last.type == "function":
        inner = _parse_list(last.arguments, depth + 1)
        weight = max((selector.specificity for selector in inner), default=(0, 0, 0))
    text = serialize(tokens)
    return _Simple(text, weight, kind="switch" if name in _SWITCHES else "engine") if text else None


def _condition(tokens: Iterable[Node]) -> Condition | None:
    """Return what the inside of ``[…]`` requires of an attribute; nothing if it is broken."""
    match [token for token in tokens if token.type != "whitespace"]:
        case [name] if name.type == "ident":
            return Condition(name.lower_value)
        case [name, operator, value, *flag] if name.type == "ident" and operator.type == "literal":
            is_flag = len(flag) == 1 and flag[0].type == "ident" and flag[0].lower_value in ("i", "s")
            is_known = operator.value in ("=", "~=", "|=", "^=", "$=", "*=") and value.type in ("ident", "string")
            if is_known and (is_flag or not flag):
                return Condition(name.lower_value, operator.value, value.value, is_flag and flag[0].lower_value == "i")
    return None


def fits(value: str | None, condition: Condition) -> bool:
    """Return whether an attribute's value meets `condition`; a missing attribute never does."""
    if value is None:
        return False
    _, operator, wanted, is_case_ignored = condition
    if is_case_ignored:
        value, wanted = value.lower(), wanted.lower()
    match operator:
        case "":
            return True
        case "<=":
            px = parse_dimension(value)
            return px is not None and px <= float(wanted)
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


def may_match(selector: Selector, place: Place) -> bool:
    """Return whether the element meets its compound, and its ancestors together have all that the selector requires."""
    return selector.compounds[0].asks <= place.names and (place.around is None or selector.asks_around <= place.around)


def is_match(selector: Selector, place: Place) -> bool:
    """Return whether a selector matches, given that :func:`may_match`; siblings and positions are ignored."""
    reached: list[Place] = [place]
    others = selector.compounds[1:]
    for i, compound in enumerate(others):
        if compound.combinator == ">":
            reached = [p.outer for p in reached if p.outer and compound.asks <= p.outer.names]
        else:
            # The innermost ancestor that fits is enough, unless the next compound asks for its parent.
            is_first_enough = i + 1 == len(others) or others[i + 1].combinator != ">"
            outer, reached = reached[0].outer, []
            while outer:
                if compound.asks <= outer.names:
                    reached.append(outer)
                    if is_first_enough:
                        break
                outer = outer.outer
        if not reached:
            return False
    return True
