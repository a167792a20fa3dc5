"""Populations: whether a message was received, sent, spam and so on, by its labels, folders, flags and headers.

The names of folders and labels in many languages are in ``folder_names.toml``.
"""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

__all__ = ["LANGUAGES", "NAMES", "Population", "folded", "merge_populations", "named", "read_labels", "read_population"]

Population = Literal["received", "spam", "trash", "sent", "draft", "chat"]

_RANK: tuple[Population, ...] = ("trash", "spam", "draft", "chat", "sent", "received")
"""Which population counts when several are named, the strongest first."""

_ALL_BELOW = _RANK[:2]
"""Folders that say what everything below them is, whatever it is called."""

LANGUAGES: Mapping[str, Mapping[Population, list[str]]] = tomllib.loads(
    Path(__file__).with_name("folder_names.toml").read_text(encoding="utf-8")
)
"""Names of folders and labels, by language and population."""


def folded(name: str) -> str:
    r"""Return a name in the form in which names are compared.

    macOS decomposes letters, French uses no-break spaces, some programs write half-width letters, and others have
    hyphens or underscores for spaces.

    >>> folded("  Entwu\u0308rfe "), folded("送信済みﾒｰﾙ"), folded("sent-mail")
    ('entwürfe', '送信済みメール', 'sent mail')
    """
    plain = re.sub("[-_]", " ", unicodedata.normalize("NFKC", name).replace("\u2019", "'").casefold())
    return unicodedata.normalize("NFC", " ".join(plain.split()))


NAMES: Mapping[Population, frozenset[str]] = {
    population: frozenset(folded(name) for names in LANGUAGES.values() for name in names[population])
    for population in get_args(Population)
}
"""Names of folders and labels in all languages, folded, by population."""

_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_ONE_LETTER = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
_SHORT = 5  # without accents, shorter names are too often words of another language, such as Kos and Cop


def _in_ascii(name: str) -> set[str]:
    """Return the spellings of a name in plain letters, also without spaces, as some exporters write it.

    Those that are too short to be certain are left out.
    """
    decomposed = (unicodedata.normalize("NFD", each) for each in (name, name.translate(_TWO_LETTERS)))
    plain = {"".join(c for c in each if not unicodedata.combining(c)).translate(_ONE_LETTER) for each in decomposed}
    plain |= {each.replace(" ", "") for each in plain}
    return {each for each in plain if each.isascii() and len(each) >= _SHORT}


def _by_name() -> dict[str, Population]:
    """Return the population of every name, and of those spellings in plain letters that mean only one."""
    exact = {name: population for population, names in NAMES.items() for name in names}
    plain: dict[str, set[Population]] = {}
    for name, population in exact.items():
        for spelling in _in_ascii(name):
            plain.setdefault(spelling, set()).add(population)
    return {spelling: found.pop() for spelling, found in plain.items() if len(found) == 1} | exact


_BY_NAME = _by_name()
_LABELS_LIMIT = 65_536
_GMAIL = re.compile(r"\[(?:gmail|google ?mail|imap)\][. ]|\Ainbox ")
_NUMBER = re.compile(r"(?: (?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) ?)?\(?\d{1,8}\)?)+\Z")


def read_labels(headers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the labels in the headers of a message, each once.

    X-Gmail-Labels separates labels by commas and quotes those that contain one; X-Keywords (Dovecot) and
    X-Mozilla-Keys (Thunderbird) separate them by spaces.

    Examples
    --------
    >>> read_labels({"x-gmail-labels": ['Inbox,"Trips, 2020"'], "x-keywords": ["NonJunk"]})
    ('Inbox', 'Trips, 2020', 'NonJunk')
    """
    found: list[str] = []
    for name in ("x-gmail-labels", "x-keywords", "x-mozilla-keys"):
        for value in headers.get(name, ()):
            words = value[:_LABELS_LIMIT].split()
            rows = csv.reader([" ".join(words)], skipinitialspace=True) if name == "x-gmail-labels" else [words]
            found.extend(label.strip() for row in rows for label in row)
    return tuple(dict.fromkeys(label for label in found if label))


def read_population(
    headers: Mapping[str, Sequence[str]], labels: Sequence[str] = (), folders: Sequence[str] = ()
) -> Population:
    """Return the population of a message, ``received`` unless something says otherwise.

    Labels and folders come first (trash before spam before draft before chat before sent), then the headers that a
    spam filter or a mail program writes. A message with a label of the inbox was received, whoever sent it.

    Parameters
    ----------
    headers
        Values by name in lower case.
    labels
        Its labels, in any order.
    folders
        Its folders, outermost first, and its flags. The innermost name that is known counts, so that a message in
        ``Sent`` below ``INBOX`` was sent; but everything below a trash or spam folder is trash or spam.

    Examples
    --------
    >>> read_population({}, ["Posteingang", "Spam"]), read_population({}, ["Work"])
    ('spam', 'received')
    >>> read_population({}, folders=["INBOX", "Gesendet", "2019"])
    'sent'
    """
    places = [place for folder in folders if (place := named(folder))]
    found = {named(label) for label in labels} | {*places[-1:], *({*_ALL_BELOW} & {*places})}
    if "sent" in found and "received" in found:
        found.discard("sent")
    for population in _RANK:
        if population in found:
            return population
    if _is_expunged(_value(headers, "x-mozilla-status")):
        return "trash"
    if _value(headers, "x-spam-flag").lower() == "yes" or _value(headers, "x-spam-status").lower().startswith("yes"):
        return "spam"
    if "x-mozilla-draft-info" in headers or _value(headers, "x-unsent") == "1":
        return "draft"
    return "received"


@lru_cache(maxsize=4096)
def named(label: str) -> Population | None:
    """Return the population that a label or the path of a folder names, or `None` if it is one of somebody's own.

    Of a path with slashes, the last part counts. Dots are between folders for certain only below ``INBOX`` or
    ``[Gmail]``, or after a dot in front; elsewhere, the last part counts. Numbers and dates at the end are left out.

    >>> named("INBOX.Sent.2023"), named("Sent (2)"), named("Spam recipes")
    ('sent', 'sent', None)
    """
    name = folded(label)
    if name in _BY_NAME:
        return _BY_NAME[name]
    levels = [_NUMBER.sub("", level) for level in _GMAIL.sub(".", name.rpartition("/")[2]).split(".")]
    if "" in levels or "inbox" in levels:
        levels = [level for level in levels[:-1] if level != "inbox"] + levels[-1:]
    else:
        levels = [level for level in levels if not level.isdecimal()][-1:]
    found = [_BY_NAME[level] for level in levels if level in _BY_NAME]
    return next((place for place in _ALL_BELOW if place in found), found[-1] if found else None)


def _value(headers: Mapping[str, Sequence[str]], name: str) -> str:
    values = headers.get(name)
    return values[0].strip() if values else ""


def _is_expunged(status: str) -> bool:
    try:
        return bool(int(status, 16) & 0x0008)
    except ValueError:
        return False


def merge_populations(copies: Iterable[tuple[str, Sequence[str]]]) -> Population:
    """Return the population of a message that was found several times, each time with a population and labels.

    It is whatever any copy says beyond ``received``: a copy in All Mail says nothing, but one in Spam does. A message
    to oneself, both sent and in an inbox, was received; a copy in a folder of one's own is not enough.

    Examples
    --------
    >>> merge_populations([("received", ["All Mail"]), ("spam", ["Spam"])])
    'spam'
    >>> merge_populations([("sent", ["Sent"]), ("received", ["All Mail"])])
    'sent'
    >>> merge_populations([("sent", ["Sent"]), ("received", ["Inbox"])])
    'received'
    """
    there = list(copies)
    found = {population for population, _ in there}
    if any(population == "received" and "received" in map(named, labels) for population, labels in there):
        found.discard("sent")
    return next((population for population in _RANK if population in found), "received")
