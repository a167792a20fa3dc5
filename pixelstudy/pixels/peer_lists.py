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
from functools import cache, lru_cache, partial
from importlib.resources import files

import ahocorasick

from pixelstudy.pixels.vendors import required_literal

__all__ = ["LISTS", "PEER_WORDS", "PeerPattern", "listed_by", "listed_hosts", "peer_patterns", "words_in"]

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


def listed_by(url: str) -> tuple[str, ...]:
    """Return the short names of the lists that have an address, in alphabetical order.

    Of an address longer than 4,096 characters the beginning is read: some published patterns take time that
    grows with its square.

    Examples
    --------
    >>> listed_by("https://example.us2.list-manage.com/track/open.php?u=EXAMPLE")
    ('dont-track-me', 'mailtrackerblocker', 'simplify', 'trocker')
    >>> listed_by("https://www.example.org/logo.png")
    ()
    """
    url = url[:_LONGEST]
    automaton, tests = _automaton()
    found = {"dont-track-me"} if _path_words(url) else set()
    tried = {0: None} | {hit: None for _, hit in automaton.iter(url.lower())}
    for hit in tried:
        for name, test in tests[hit]:
            if name not in found and test(url):
                found.add(name)
    return tuple(sorted(found))


def words_in(url: str) -> tuple[str, ...]:
    """Return the words of :data:`PEER_WORDS` that stand in an address, each where its tool looks for it.

    Examples
    --------
    >>> words_in("https://example.org/img/spacer.gif?event=open")
    ('=open', 'spacer')
    """
    lower = url.lower()
    behind_host = _behind_host(url)
    found = {word for word in PEER_WORDS["trocker"] if word in behind_host}
    found.update(word for word in PEER_WORDS["mailtrackerblocker"] if word in lower)
    found.update(_path_words(url))
    return tuple(sorted(found))


@cache
def listed_hosts() -> frozenset[str]:
    """Return the hosts that dont-track-me lists; a subdomain of one is listed too."""
    return frozenset(p.name for p in peer_patterns() if p.list == "dont-track-me" and p.name != "path")


_LONGEST = 4096
_LITERAL_THEN_ANYTHING = re.compile(r"[^\\.\[({|*+?^$]+(?=\.\+)")
_BEHIND_HOST = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*")
_PATH_WORD = re.compile(f"/(?=({'|'.join(map(re.escape, PEER_WORDS['dont-track-me']))})(?:[/.]|$))", re.IGNORECASE)


def _behind_host(url: str) -> str:
    start = _BEHIND_HOST.match(url)
    return url[start.end() :] if start else url


@lru_cache(maxsize=16)
def _path_words(url: str) -> tuple[str, ...]:
    """Return dont-track-me's words in the path; its rule leaves query and fragment out."""
    path = _behind_host(url).partition("#")[0].partition("?")[0]
    return tuple({word.lower() for word in _PATH_WORD.findall(path)})


@cache
def _automaton() -> tuple[ahocorasick.Automaton, Sequence[Sequence[tuple[str, _Test]]]]:
    """Return an automaton that finds which groups of patterns are worth trying, and the groups.

    A group shares the literal that its patterns need. The first is tried always: its literals are too short
    to save anything.
    """
    groups: dict[str, list[tuple[str, _Test]]] = {"": []}
    for peer in peer_patterns():
        if peer.name == "path":
            continue
        test: _Test
        if peer.list == "trocker":
            literal = re.sub(r"\\(.)", r"\1", peer.pattern)
            test = partial(_stands_in, literal)
        else:
            literal = required_literal(peer.pattern)
            test = _searcher(peer.pattern)
        groups.setdefault(literal.lower() if len(literal) > 1 else "", []).append((peer.list, test))
    automaton = ahocorasick.Automaton()
    for index, literal in enumerate(groups):
        if literal:
            automaton.add_word(literal, index)
    automaton.make_automaton()
    return automaton, tuple(groups.values())


def _searcher(pattern: str) -> _Test:
    """Return the search for a pattern.

    One that begins with a literal and ``.+`` matches from the first place of the literal or from none; trying
    the others too would cost ``/CI0/.+/.+=`` the cube of the length.
    """
    compiled = re.compile(pattern, re.IGNORECASE)
    start = _LITERAL_THEN_ANYTHING.match(pattern)
    return partial(_matches_at_first, start.group().lower(), compiled) if start else compiled.search


def _matches_at_first(literal: str, pattern: re.Pattern[str], url: str) -> bool:
    place = url.lower().find(literal)
    return place >= 0 and pattern.match(url, place) is not None


def _stands_in(text: str, url: str) -> bool:
    return text in url
