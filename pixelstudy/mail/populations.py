"""Labels, and the population that they, folders, flags and headers put a message in."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from pixelstudy.mail.folder_names import LANGUAGES, Population, folded

__all__ = ["NAMES", "Population", "merge_populations", "read_labels", "read_population"]


_RANK: tuple[Population, ...] = ("trash", "spam", "draft", "chat", "sent", "received")

NAMES: Mapping[Population, frozenset[str]] = {
    population: frozenset(folded(name) for names in LANGUAGES.values() for name in names[population].split("|"))
    for population in _RANK
}
"""Names of labels and folders, folded, by the population they stand for."""

_BY_NAME: Mapping[str, Population] = {name: population for population in _RANK for name in NAMES[population]}
_LABELS_LIMIT = 65_536
_ABOVE = re.compile(r"\A(?:.*/|(?:INBOX)?\.(?:.*\.)?)", re.IGNORECASE)  # the folders above, in IMAP and Maildir++


def read_labels(headers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the labels in the headers of a message, each once.

    X-Gmail-Labels has commas between labels, and quotes around one that holds a comma; X-Keywords (Dovecot) and
    X-Mozilla-Keys (Thunderbird) have spaces between.

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

    Labels and folders are heard first (trash before spam before draft before chat before sent), then the headers
    that a spam filter or a client writes. What has a label of the inbox was received, whoever sent it.

    Parameters
    ----------
    headers
        Values by name in lower case.
    labels
        Its labels, in any order.
    folders
        Where it lies, outermost first, and its flags: the innermost name that is known counts, so that what lies in
        ``Sent`` below ``INBOX`` was sent; but all below a trash or a spam folder is trash or spam.

    Examples
    --------
    >>> read_population({}, ["Posteingang", "Spam"]), read_population({}, ["Work"])
    ('spam', 'received')
    >>> read_population({}, folders=["INBOX", "Gesendet", "2019"])
    'sent'
    """
    places = [place for folder in folders if (place := _named(folder))]
    said = {_named(label) for label in labels} | {*places[-1:], *({"trash", "spam"} & {*places})}
    if "sent" in said and "received" in said:
        said.discard("sent")
    for population in _RANK:
        if population in said:
            return population
    if _is_expunged(_value(headers, "x-mozilla-status")):
        return "trash"
    if _value(headers, "x-spam-flag").lower() == "yes" or _value(headers, "x-spam-status").lower().startswith("yes"):
        return "spam"
    if "x-mozilla-draft-info" in headers or _value(headers, "x-unsent") == "1":
        return "draft"
    return "received"


@lru_cache(maxsize=4096)
def _named(label: str) -> Population | None:
    """Return what a label or the last part of a folder's path names."""
    name = folded(label)
    return _BY_NAME.get(name) or _BY_NAME.get(_ABOVE.sub("", name))


def _value(headers: Mapping[str, Sequence[str]], name: str) -> str:
    values = headers.get(name)
    return values[0].strip() if values else ""


def _is_expunged(status: str) -> bool:
    try:
        return bool(int(status, 16) & 0x0008)
    except ValueError:
        return False


def merge_populations(copies: Iterable[str]) -> Population:
    """Return the population of a message that was found several times: what any copy says beyond ``received``.

    A copy in All Mail says nothing, one in Spam does; one that was sent and received, to oneself, was received.

    Examples
    --------
    >>> merge_populations(["received", "spam"]), merge_populations(["sent", "received"])
    ('spam', 'received')
    """
    said = set(copies)
    if {"sent", "received"} <= said:
        said.discard("sent")
    return next((population for population in _RANK if population in said), "received")
