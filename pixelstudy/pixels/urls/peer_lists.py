"""Match addresses with the published tracker lists and name rules of other tools, as those tools do.

The patterns in ``peer_lists.csv`` are as published, including broken ones: the point is to measure the tools as they
are. Each list is read as its own tool reads it:

- MailTrackerBlocker (BSD-3-Clause) and Simplify (MIT): a regular expression searched for in the address, ignoring case.
  MailTrackerBlocker searches the whole ``<img>`` tag; here only the address is searched.
- Trocker (Apache-2.0): plain text searched for in the address, with case (escaped in the file).
- dont-track-me (MIT): a listed host or a subdomain of one, or a listed word that is a path segment or its part before a
  dot.
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
    "match_peers",
    "peer_patterns",
]

LISTS: Mapping[str, str] = {
    "dont-track-me": "dont-track-me",
    "mailtrackerblocker": "MailTrackerBlocker",
    "simplify": "Simplify Gmail trackers",
    "trocker": "Trocker",
}
"""The full name of each list, by its short name."""

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
"""The words of published name rules, by tool. Trocker's make an image suspicious if they come after the host.
MailTrackerBlocker's clear an image that only its generic size rule caught. dont-track-me's are path words, read as
``/word`` before a slash, a dot or the end. No two tools share a word, so each word identifies its rule."""


@dataclass(frozen=True, slots=True)
class PeerPattern:
    """One row of ``peer_lists.csv``."""

    list: str
    """The short name of the list, one of :data:`LISTS`."""

    name: str
    """The list's name for the tracker."""

    pattern: str
    """The pattern as published."""

    licence: str
    """The licence of the list."""


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
    """What in an address matches the lists and name rules."""

    lists: tuple[str, ...]
    """The short names of the lists that it is on, in alphabetical order."""

    words: tuple[str, ...]
    """The words of :data:`PEER_WORDS` that are where their tool looks for them, in alphabetical order."""

    may_be_shape: bool
    """Whether it contains a literal of :func:`~.vendors.shape_literals`, and so may have the shape of a vendor's path;
    the same pass searches for those literals."""


def match_peers(url: str) -> Listed:
    """Return what in an address matches the lists and name rules.

    The lists read only the first 4,096 characters: the time that some published patterns take grows with the square of
    the length.

    Examples
    --------
    >>> match_peers("https://example.us2.list-manage.com/track/open.php?u=EXAMPLE").lists
    ('dont-track-me', 'mailtrackerblocker', 'simplify', 'trocker')
    >>> match_peers("https://example.org/img/spacer.gif?event=open").words
    ('=open', 'spacer')
    >>> match_peers("https://www.example.org/logo.png")
    Listed(lists=(), words=(), may_be_shape=False)
    """
    automaton, groups = _automaton()
    lower = url.lower()
    to_try: dict[int, None] = {}
    may_have_words = may_be_shape = False
    for _, (group, is_word, is_of_shape) in automaton.iter(lower):
        to_try[group] = None
        may_have_words = may_have_words or is_word
        may_be_shape = may_be_shape or is_of_shape
    if not to_try:
        return _NOTHING
    start = url[:_LONGEST]
    lists = {"dont-track-me"} if may_have_words and _path_words(start) else set()
    for group in to_try:
        for name, test in groups[group]:
            if name not in lists and test(start):
                lists.add(name)
    return Listed(tuple(sorted(lists)), _words_in(url, lower) if may_have_words else (), may_be_shape)


_LONGEST = 4096
_NOTHING = Listed((), (), may_be_shape=False)
# A pattern that starts with a literal and ``.+``.
_LITERAL_THEN_ANYTHING = re.compile(r"[^\\.\[({|*+?^$]+(?=\.\+)")
# A pattern with one group of alternative words, such as ``t.(signaux|senal)``.
_ONE_CHOICE = re.compile(r"[^()|]*(?<!\\)\((\w{2,}(?:\|\w{2,})+)\)(?![?*{])[^()|]*")
_SCHEME_AND_HOST = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*")
_PATH_WORD = re.compile(f"/(?=({'|'.join(map(re.escape, PEER_WORDS['dont-track-me']))})(?:[/.]|$))", re.IGNORECASE)


def _after_host(url: str) -> str:
    start = _SCHEME_AND_HOST.match(url)
    return url[start.end() :] if start else url


def _words_in(url: str, lower: str) -> tuple[str, ...]:
    after_host = _after_host(url)
    found = {word for word in PEER_WORDS["trocker"] if word in after_host}
    found.update(word for word in PEER_WORDS["mailtrackerblocker"] if word in lower)
    found.update(_path_words(url))
    return tuple(sorted(found))


def _path_words(url: str) -> tuple[str, ...]:
    """Return dont-track-me's words in the path; its rule ignores query and fragment."""
    path = _after_host(url).partition("#")[0].partition("?")[0]
    return tuple({word.lower() for word in _PATH_WORD.findall(path)})


@cache
def _automaton() -> tuple[ahocorasick.Automaton, Sequence[Sequence[tuple[str, _Test]]]]:
    """Return an automaton that finds the groups of patterns worth trying, and the groups.

    The patterns in a group need the same literal. With each group the automaton returns whether that literal is also a
    word of :data:`PEER_WORDS`, and whether it is a literal of a vendor's path shape.
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
    """Return literals; any text that the pattern matches contains at least one.

    >>> _literals(r"t.(signaux|senal)"), _literals(r"/wf/open")
    (('signaux', 'senal'), ('/wf/open',))
    """
    literal = required_literal(pattern)
    if len(literal) > 1:
        return (literal,)
    choice = _ONE_CHOICE.fullmatch(pattern)
    if not choice:
        raise ValueError(f"peer_lists.csv: {pattern!r} has no literal that every matching address contains")
    return tuple(choice[1].split("|"))


def _finder(literal: str) -> _Test:
    return lambda url: literal in url


def _searcher(pattern: str) -> _Test:
    """Return a function that searches for a pattern.

    A pattern that starts with a literal and ``.+`` matches at the first occurrence of the literal or not at all. Trying
    the other occurrences too would make ``/CI0/.+/.+=`` take the cube of the length.
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
    """Return the compiled pattern; compiled on first use, since most patterns are never tried."""
    return re.compile(pattern, re.IGNORECASE)
