"""Compare one issue as two recipients got it, resource by resource and link by link.

In one message a token is a guess. In two copies that differ only in their recipient, a resource whose address differs
is individual; one whose address is the same is not, as far as two copies can show. No address is kept, only its host,
the shape of its path, and which parts differ, with their lengths.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from pixelstudy.mail.message import Message
from pixelstudy.pixels.examine import Resource, resources_of
from pixelstudy.pixels.html import Engine, parse
from pixelstudy.pixels.urls.address import path_shape, read_address
from pixelstudy.pixels.verdict import VerdictName

__all__ = ["Difference", "Item", "Outcome", "Pair", "Standing", "compare_messages", "differing", "doubts"]

Outcome = Literal["differs", "same", "only_first", "only_second"]
Standing = Literal["found", "missed", "right", "false_alarm"]
"""Whether our verdict was right: on a resource that differs (found, missed), or is the same (right, false alarm)."""

LIMIT = 2_000
"""The most resources, and the most links, that are compared of each message; real mail has a tenth of that."""

_INDIVIDUAL = frozenset({"spy_pixel", "tracked_content"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of an address that differs between the two recipients."""

    place: str
    """``query key``, ``path segment`` or ``host label`` for a single one; else ``host``, ``path``, ``query``,
    ``fragment`` or ``scheme`` as a whole."""

    name: str
    """The key, or the number of the segment or label, from 1; empty for a whole."""

    lengths: tuple[int, int]
    """Its length in the first message and in the second, in characters."""

    def __str__(self) -> str:
        """Return the difference in words.

        >>> str(Difference("query key", "u", (32, 34)))
        'query key u (32 and 34 characters)'
        """
        lengths = " and ".join(map(str, dict.fromkeys(self.lengths)))
        return f"{self.place} {self.name}".rstrip() + f" ({lengths} characters)"


@dataclass(frozen=True, slots=True)
class Pair:
    """One resource or link that both messages have, or only one of them."""

    what: Literal["resource", "link"]
    """A resource loads when the message is opened; a link, when it is clicked."""

    carrier: str
    """The markup that holds the address, by its name in the tables."""

    host: str
    """The host in the first message that has it."""

    path_shape: str
    """The shape of the path in that message."""

    positions: tuple[int | None, int | None]
    """Its place among the resources, or the links, of each message, from 0."""

    outcome: Outcome
    """Whether the two addresses are the same."""

    differences: tuple[Difference, ...]
    """The parts that differ, if both messages have it."""

    verdicts: tuple[VerdictName | None, VerdictName | None]
    """Our verdict in each message; links have none."""

    reason: str | None
    """The reason for the verdict in the first message that has it."""

    @property
    def standing(self) -> Standing | None:
        """Whether our verdict was right; an individual resource is found only if we saw that in both messages."""
        if self.what == "link" or None in self.verdicts:
            return None
        flagged = [verdict in _INDIVIDUAL for verdict in self.verdicts]
        if self.outcome == "differs":
            return "found" if all(flagged) else "missed"
        return "false_alarm" if any(flagged) else "right"


def compare_messages(first: Message, second: Message, *, engine: Engine = "fast") -> list[Pair]:
    """Return the resources, then the links, of two messages, matched up and in document order.

    Equal addresses are matched first. Between those, addresses are matched that agree in carrier, host and path; then
    in the shape of the path; then in the number of segments and the query keys; and finally two that are the only ones
    left in the same gap. An address without a match is in one message only, which proves nothing.
    """
    messages = first, second
    resources = [[_of_resource(r) for r in resources_of(m, engine=engine)[:LIMIT]] for m in messages]
    links = [list(islice(_links(m, engine), LIMIT)) for m in messages]
    return [_pair(a, b) for one, two in (resources, links) for a, b in _matched(one, two, _KEYS)]


def differing(first: Sequence[Item], second: Sequence[Item]) -> Iterator[tuple[int, int, bool]]:
    """Yield the two places of each item that both messages have, and whether its addresses differ."""
    places = [{id(item): place for place, item in enumerate(items)} for items in (first, second)]
    for a, b in _matched(first[:LIMIT], second[:LIMIT], _KEYS):
        if a is not None and b is not None:
            yield places[0][id(a)], places[1][id(b)], a.url != b.url


def doubts(first: Message, second: Message, pairs: Sequence[Pair]) -> list[str]:
    """Return sentences on why the two may not be one issue sent to two recipients; empty if nothing suggests that."""
    found = []
    if first.key == second.key:
        found.append("Both are the same message: nothing can differ.")
    elif first.recipients and {a.lower() for a in first.recipients} == {a.lower() for a in second.recipients}:
        found.append("Both name the same recipient: what is the same here can still be individual.")
    if first.sender_domain != second.sender_domain:
        found.append(f"The senders differ: {_sender(first)} and {_sender(second)}.")
    if first.sent_at and second.sent_at and abs(first.sent_at - second.sent_at).days >= 2:
        found.append(f"They were sent {abs(first.sent_at - second.sent_at).days} days apart.")
    for what in ("resource", "link"):
        outcomes = Counter(pair.outcome for pair in pairs if pair.what == what)
        both = outcomes["same"] + outcomes["differs"]
        counts = both + outcomes["only_first"], both + outcomes["only_second"]
        if max(counts) - min(counts) > max(2, max(counts) // 5):
            found.append(f"The first has {counts[0]:,} {what}s, the second {counts[1]:,}.")
        if both * 2 < min(counts):
            found.append(f"Of their {what}s only {both:,} {'has' if both == 1 else 'have'} a match.")
        if max(counts) >= LIMIT:
            found.append(f"Only the first {LIMIT:,} {what}s of each are compared.")
    return found


class Item(NamedTuple):
    """A resource or link while it is being matched; its address is not passed on."""

    what: Literal["resource", "link"]
    position: int
    carrier: str
    url: str
    host: str
    site: str
    path: str
    verdict: VerdictName | None = None
    reason: str | None = None


def _of_resource(resource: Resource) -> Item:
    r = resource
    path = "/" + r.url.partition("://")[2].partition("/")[2].partition("#")[0]
    return Item("resource", r.position, r.carrier, r.url, r.host, r.site, path, r.verdict, r.reason)


def _links(message: Message, engine: Engine) -> Iterator[Item]:
    elements = (e for body in message.html for e in parse(body.text, engine=engine).select("a[href],area[href]"))
    found = ((element.tag, read_address(element.attr("href") or "")) for element in elements)
    remote = ((tag, address) for tag, address in found if address)
    for position, (tag, address) in enumerate(remote):
        yield Item("link", position, f"{tag} href", address.url, address.host, address.site, address.path)


def _structure(item: Item) -> tuple[Hashable, ...]:
    """Return what two addresses must have in common, besides the carrier and site: path depth and query keys."""
    route, _, query = item.path.partition("?")
    keys = tuple(pair.partition("=")[0] for pair in re.split("[&;]", query))
    return item.carrier, item.site, route.count("/"), keys


_Key = Callable[[Item], Hashable]
_KEYS: Sequence[_Key] = (
    lambda item: (item.carrier, item.url),
    lambda item: (item.carrier, item.host, item.path.partition("?")[0]),
    lambda item: (item.carrier, item.host, path_shape(item.path)),
    _structure,
)


def _matched(
    first: Sequence[Item], second: Sequence[Item], keys: Sequence[_Key]
) -> Iterator[tuple[Item | None, Item | None]]:
    """Yield pairs that agree in the first of `keys`, and in the gaps between them pairs that agree in the next."""
    if not keys:
        if [(a.carrier, a.site) for a in first] == [(b.carrier, b.site) for b in second] and len(first) == 1:
            yield first[0], second[0]
        else:
            yield from ((item, None) for item in first)
            yield from ((None, item) for item in second)
        return
    key, *others = keys
    matcher = SequenceMatcher(None, [key(item) for item in first], [key(item) for item in second], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(first[a:b], second[c:d], strict=True)
        else:
            yield from _matched(first[a:b], second[c:d], others)


def _pair(first: Item | None, second: Item | None) -> Pair:
    item = first or second
    assert item is not None
    outcome: Outcome = "only_second" if first is None else "only_first" if second is None else "same"
    differences: tuple[Difference, ...] = ()
    if first and second and first.url != second.url:
        outcome, differences = "differs", tuple(_differences(first.url, second.url))
    return Pair(
        what=item.what,
        carrier=item.carrier,
        host=item.host,
        path_shape=path_shape(item.path),
        positions=(first.position if first else None, second.position if second else None),
        outcome=outcome,
        differences=differences,
        verdicts=(first.verdict if first else None, second.verdict if second else None),
        reason=item.reason,
    )


def _differences(first: str, second: str) -> Iterator[Difference]:
    a, b = urlsplit(first), urlsplit(second)
    if a.scheme != b.scheme:
        yield _difference("scheme", "", a.scheme, b.scheme)
    yield from _numbered("host", "label", a.netloc.split("."), b.netloc.split("."), ".")
    yield from _numbered("path", "segment", a.path.split("/")[1:], b.path.split("/")[1:], "/")
    if a.query != b.query:
        yield from _in_query(a.query, b.query)
    if a.fragment != b.fragment:
        yield _difference("fragment", "", a.fragment, b.fragment)


def _numbered(whole: str, part: str, first: Sequence[str], second: Sequence[str], sep: str) -> Iterator[Difference]:
    if len(first) != len(second):
        yield _difference(whole, "", sep.join(first), sep.join(second))
        return
    for number, (a, b) in enumerate(zip(first, second, strict=True), 1):
        if a != b:
            yield _difference(f"{whole} {part}", str(number), a, b)


def _in_query(first: str, second: str) -> Iterator[Difference]:
    a, b = ([pair.partition("=") for pair in re.split("[&;]", query)] for query in (first, second))
    if [(key, sep) for key, sep, _ in a if sep] != [(key, sep) for key, sep, _ in b if sep] or len(a) != len(b):
        yield _difference("query", "", first, second)
        return
    for (key, sep, one), (bare, _, two) in zip(a, b, strict=True):
        if not sep and key != bare:
            yield _difference("query", "", key, bare)
        elif one != two:
            yield _difference("query key", key if _PLAIN_KEY.fullmatch(key) else "?", one, two)


# A key that may be shown; a longer or stranger one could itself be a token.
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,19}")


def _difference(place: str, name: str, first: str, second: str) -> Difference:
    return Difference(place, name, (len(first), len(second)))


def _sender(message: Message) -> str:
    return message.sender_domain or "an unknown sender"
