"""What the published tracker lists and name rules of other tools say of an address, as they say it.

The patterns of ``peer_lists.csv`` are kept as published, the broken ones too: the point is to measure the
tools as they are. Each list is read the way its tool reads it:

- MailTrackerBlocker (BSD-3-Clause) and Simplify (MIT): a regular expression searched in the address, upper
  and lower case alike. MailTrackerBlocker searches the whole ``<img>`` tag; here it is the address alone.
- Trocker (Apache-2.0): a plain text that stands in the address, case as written (the file holds it escaped).
- dont-track-me (MIT): a listed host or a subdomain of one; else a listed word as the end of a path segment.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, partial
from importlib.resources import files
from typing import NamedTuple

import ahocorasick

from pixelstudy.pixels.urls.vendors import required_literal, shape_literals

__all__ = [
    "LISTS",
    "PEER_WORDS",
    "Listed",
    "PeerPattern",
    "listed_by",
    "listed_hosts",
    "peer_patterns",
    "said_of",
    "words_in",
]

LISTS: Mapping[str, str] = {
    "dont-track-me": "dont-track-me",
    "mailtrackerblocker": "MailTrackerBlocker",
    "simplify": "Simplify Gmail trackers",
    "trocker": "Trocker",
}
"""The short name of each list, and the name it goes by."""

PEER_WORDS: Mapping[str, tuple[str, ...]] = {
    "dont-track-me": (
        "track",
        "pixel",
        "beacon",
        "open",
        "wf/open",
        "t.gif",
        "o.gif",
        "e.gif",
        "trk",
        "ci/e",
        "imp",
    ),
    "mailtrackerblocker": (
        "cid:",
        "spacer",
        "attachments.office.net/owa/",
        "fedex_collective_logo_",
        "apple_logo_web",
        "sidebar-gradient",
        "transparent.gif",
    ),
    "trocker": ("/open", "=open", "/trace", "/track"),
}
"""The words of published name rules. Trocker's make an image suspicious when they stand behind the host;
MailTrackerBlocker's clear one that only its generic size rule found; dont-track-me's are path words, read as
``/word`` before a slash, a dot or the end. No word belongs to two tools, so that a word names its rule."""


@dataclass(frozen=True, slots=True)
class PeerPattern:
    """One row of ``peer_lists.csv``."""

    list: str
    """The short name of the list, one of :data:`LISTS`."""

    name: str
    """The tracker as the list calls it."""

    pattern: str
    """The pattern as published."""

    licence: str
    """The terms of the list."""


_Test = Callable[[str], object]


@cache
def peer_patterns() -> tuple[PeerPattern, ...]:
    """Return every published pattern, in the order of the file."""
    text = files(__package__).joinpath("peer_lists.csv").read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines())
    names = [field.name for field in fields(PeerPattern)]
    if reader.fieldnames != names:
        raise ValueError(f"peer_lists.csv has the columns {reader.fieldnames}, not {names}")
    return tuple(PeerPattern(**row) for row in reader)


class Listed(NamedTuple):
    """What the peers say of an address."""

    lists: tuple[str, ...]
    """The short names of the lists that have it, in alphabetical order."""

    words: tuple[str, ...]
    """The words of :data:`PEER_WORDS` that stand in it, each where its tool looks for it, in alphabetical order."""

    may_be_shape: bool
    """Whether it may have the shape of a vendor's path (:func:`~.vendors.shape_literals`), whose texts
    are looked for in the same pass."""


def said_of(url: str) -> Listed:
    """Return what the lists and the name rules say of an address.

    Of an address longer than 4,096 characters the lists read the beginning: some published patterns take time
    that grows with its square.

    Examples
    --------
    >>> said_of("https://example.us2.list-manage.com/track/open.php?u=EXAMPLE").lists
    ('dont-track-me', 'mailtrackerblocker', 'simplify', 'trocker')
    >>> said_of("https://example.org/img/spacer.gif?event=open").words
    ('=open', 'spacer')
    >>> said_of("https://www.example.org/logo.png")
    Listed(lists=(), words=(), may_be_shape=False)
    """
    automaton, groups = _automaton()
    lower = url.lower()
    tried: dict[int, None] = {}
    may_have_words = may_be_shape = False
    for _, (group, is_word, is_of_shape) in automaton.iter(lower):
        tried[group] = None
        may_have_words = may_have_words or is_word
        may_be_shape = may_be_shape or is_of_shape
    if not tried:
        return _NOTHING
    start = url[:_LONGEST]
    lists = {"dont-track-me"} if may_have_words and _path_words(start) else set()
    for group in tried:
        for name, test in groups[group]:
            if name not in lists and test(start):
                lists.add(name)
    return Listed(tuple(sorted(lists)), _words_in(url, lower) if may_have_words else (), may_be_shape)


def listed_by(url: str) -> tuple[str, ...]:
    """Return the short names of the lists that have an address, in alphabetical order.

    Examples
    --------
    >>> listed_by("https://example.us2.list-manage.com/track/open.php?u=EXAMPLE")
    ('dont-track-me', 'mailtrackerblocker', 'simplify', 'trocker')
    >>> listed_by("https://www.example.org/logo.png")
    ()
    """
    return said_of(url).lists


def words_in(url: str) -> tuple[str, ...]:
    """Return the words of :data:`PEER_WORDS` that stand in an address, each where its tool looks for it.

    Examples
    --------
    >>> words_in("https://example.org/img/spacer.gif?event=open")
    ('=open', 'spacer')
    """
    return said_of(url).words


@cache
def listed_hosts() -> frozenset[str]:
    """Return the hosts that dont-track-me lists; a subdomain of one is listed too."""
    return frozenset(p.name for p in peer_patterns() if p.list == "dont-track-me" and p.name != "path")


_LONGEST = 4096
_NOTHING = Listed((), (), may_be_shape=False)
_LITERAL_THEN_ANYTHING = re.compile(r"[^\\.\[({|*+?^$]+(?=\.\+)")
_ONE_CHOICE = re.compile(r"[^()|]*(?<!\\)\((\w{2,}(?:\|\w{2,})+)\)(?![?*{])[^()|]*")
_BEHIND_HOST = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*")
_PATH_WORD = re.compile(f"/(?=({'|'.join(map(re.escape, PEER_WORDS['dont-track-me']))})(?:[/.]|$))", re.IGNORECASE)


def _behind_host(url: str) -> str:
    start = _BEHIND_HOST.match(url)
    return url[start.end() :] if start else url


def _words_in(url: str, lower: str) -> tuple[str, ...]:
    behind_host = _behind_host(url)
    found = {word for word in PEER_WORDS["trocker"] if word in behind_host}
    found.update(word for word in PEER_WORDS["mailtrackerblocker"] if word in lower)
    found.update(_path_words(url))
    return tuple(sorted(found))


def _path_words(url: str) -> tuple[str, ...]:
    """Return dont-track-me's words in the path; its rule leaves query and fragment out."""
    path = _behind_host(url).partition("#")[0].partition("?")[0]
    return tuple({word.lower() for word in _PATH_WORD.findall(path)})


@cache
def _automaton() -> tuple[ahocorasick.Automaton, Sequence[Sequence[tuple[str, _Test]]]]:
    """Return an automaton that finds which groups of patterns are worth trying, and the groups.

    A group shares the literal that its patterns need. The automaton says with each group whether its literal is
    also a word, or a path word with its slash, and whether it is a text of a vendor's shape.
    """
    of_shapes = {literal.lower() for literal in shape_literals()}
    words = {word for tool in ("trocker", "mailtrackerblocker") for word in PEER_WORDS[tool]}
    words |= {"/" + word for word in PEER_WORDS["dont-track-me"]}
    groups: dict[str, list[tuple[str, _Test]]] = {word: [] for word in sorted(words | of_shapes)}
    for peer in peer_patterns():
        if peer.name == "path":
            continue
        literals: tuple[str, ...]
        if peer.list == "trocker":
            literal = re.sub(r"\\(.)", r"\1", peer.pattern)
            literals, test = (literal,), _finder(literal)
        else:
            literals, test = _literals(peer.pattern), _searcher(peer.pattern)
        for literal in literals:
            groups.setdefault(literal.lower(), []).append((peer.list, test))
    automaton = ahocorasick.Automaton()
    for index, literal in enumerate(groups):
        automaton.add_word(literal, (index, literal in words, literal in of_shapes))
    automaton.make_automaton()
    return automaton, tuple(groups.values())


def _literals(pattern: str) -> tuple[str, ...]:
    """Return texts of which one stands in all that a pattern matches.

    >>> _literals(r"t.(signaux|senal)"), _literals(r"/wf/open")
    (('signaux', 'senal'), ('/wf/open',))
    """
    literal = required_literal(pattern)
    if len(literal) > 1:
        return (literal,)
    choice = _ONE_CHOICE.fullmatch(pattern)
    if not choice:
        raise ValueError(f"peer_lists.csv: {pattern!r} has no text that must stand in the address")
    return tuple(choice[1].split("|"))


def _finder(literal: str) -> _Test:
    return lambda url: literal in url


def _searcher(pattern: str) -> _Test:
    """Return the search for a pattern.

    One that begins with a literal and ``.+`` matches from the first place of the literal or from none; trying
    the others too would cost ``/CI0/.+/.+=`` the cube of the length.
    """
    start = _LITERAL_THEN_ANYTHING.match(pattern)
    return partial(_matches_at_first, start.group().lower(), pattern) if start else partial(_matches, pattern)


def _matches_at_first(literal: str, pattern: str, url: str) -> bool:
    place = url.lower().find(literal)
    return place >= 0 and _compiled(pattern).match(url, place) is not None


def _matches(pattern: str, url: str) -> bool:
    return _compiled(pattern).search(url) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern compiled, when it is first tried: most never are."""
    return re.compile(pattern, re.IGNORECASE)
