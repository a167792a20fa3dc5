"""Surveys: what would be read at a path, found out without reading it.

Only the start of each file is looked at; of a zip its directory and the start of each member, of a tar its first
:data:`LOOK_BYTES`. So a home folder takes seconds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pixelstudy.mail.boxes import emlx, mbox, outlook, proton
from pixelstudy.mail.boxes.folders import WITHIN, File, mbox_label
from pixelstudy.mail.boxes.mailbox import Format, format_of
from pixelstudy.mail.populations import read_population
from pixelstudy.mail.raw import HEAD_BYTES, DamageError, RawMessage, Skipped, Source, source_of, whole_of, why_left_out
from pixelstudy.storage.places import place

__all__ = ["BY_LABEL", "LOOK_BYTES", "Survey", "SurveyRow", "survey"]

LOOK_BYTES = 32 << 20
"""How much of a tar is looked through."""

LOOK_MBOX_BYTES = 4 << 20
"""How much of an mbox is searched for lines that may or may not begin a message."""

LOOK_MEMBERS = 5_000
"""How many members of an archive are looked at."""

BY_LABEL = "by label"
"""The population of messages whose own labels say it."""

_UNREAD = "not looked at"
_LABELLED = re.compile(rb"^X-Gmail-Labels:", re.IGNORECASE | re.MULTILINE)
_INNER = re.compile(r"(?:/(?:cur|new|Messages|Data|\d{1,3}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}))+\Z")
_QUIET = frozenset({"not mail", "empty", "hidden folder", "unfinished", "special file", "deleted"})
_LOUD = ("unsupported", "encrypted", "truncated", "corrupt", "unreadable")


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """Mail of one format in one place."""

    place: str
    """The origin of a file or member, or of the folder that single messages are in."""

    format: str
    """``mbox``, ``message`` …"""

    n_files: int
    """How many files there are."""

    size_bytes: int
    """Their length, unpacked if they are in a zip or tar."""

    population: str
    """The population of its messages by their place, or :data:`BY_LABEL`."""

    n_doubtful: int = 0
    """Lines at the start of an mbox that may or may not begin a message."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found at a path."""

    found: tuple[SurveyRow, ...]
    """What would be read, the largest first."""

    left_out: tuple[Skipped, ...]
    """What may be mail but is not read: first what needs another program or is encrypted or damaged, then the rest."""

    n_other: int
    """How many files are not mail, or are deleted mail."""

    is_whole: bool
    """Whether every file was looked at."""


def survey(files: Iterable[File | Skipped]) -> Survey:
    """Return what would be read of `files`."""
    places: dict[tuple[str, str, str], tuple[int, int, int]] = {}
    left_out: list[Skipped] = []
    seen: Counter[str] = Counter()
    for file in files:
        for item in [file] if isinstance(file, Skipped) else _looks(file):
            if isinstance(item, Skipped):
                seen[item.reason] += 1
                if item.reason not in (*_QUIET, _UNREAD) and item.detail != WITHIN:
                    left_out.append(item)
                continue
            key = (item.place, item.format, item.population)
            n_files, size, n_doubtful = places.get(key, (0, 0, 0))
            places[key] = (n_files + item.n_files, size + item.size_bytes, n_doubtful + item.n_doubtful)
    found = [
        SurveyRow(place, name, n_files, size, population, n_doubtful)
        for (place, name, population), (n_files, size, n_doubtful) in places.items()
    ]
    found.sort(key=lambda each: (-each.size_bytes, each.place))
    n_other = sum(seen[reason] for reason in _QUIET)
    left_out.sort(key=lambda row: row.reason not in _LOUD)
    return Survey(tuple(found), tuple(left_out), n_other, is_whole=not seen[_UNREAD])


def _looks(file: File) -> Iterator[SurveyRow | Skipped]:
    """Yield what one file contains."""
    try:
        with place(file.path).open("rb", buffering=0) as handle:
            blocks = _until(iter(lambda: handle.read(HEAD_BYTES), b""), LOOK_BYTES)
            labels = file.labels + (proton.labels_of_message(file.side) if file.side else ())
            source = source_of(blocks, origin=file.origin, labels=labels, path=file.path)
            yield from _within(replace(source, size_bytes=file.size_bytes))
    except OSError as error:
        yield Skipped(file.origin, 0, "unreadable", (error.strerror or str(error)).lower())


def _until(blocks: Iterator[bytes], limit_bytes: int) -> Iterator[bytes]:
    """Yield `blocks` up to about `limit_bytes`."""
    size = 0
    for block in blocks:
        yield block
        size += len(block)
        if size >= limit_bytes:
            raise DamageError(_UNREAD, f"after {limit_bytes >> 20} MB")


def _within(source: Source) -> Iterator[SurveyRow | Skipped]:
    """Yield what a stream contains."""
    form = format_of(source.head)
    if form is None:
        reason = source.damage.reason if source.damage else "not mail"
        yield Skipped(source.origin, 0, reason, source.damage.detail if source.damage else "")
    elif form.messages is not None:
        yield from _messages(source, form)
    elif form.taken_unread is not None and form.taken_unread(source.path):
        yield SurveyRow(source.origin, form.name, 1, source.size_bytes or 0, "by folder")
    elif form.members is not None and form.opens(source):
        for n, member in enumerate(form.members(source)):
            if n == LOOK_MEMBERS:
                yield Skipped(source.origin, 0, _UNREAD, "")
                return
            if isinstance(member, Skipped):
                yield member
            else:
                yield from _within(_sized(member, source))
    else:
        yield Skipped(source.origin, 0, "nested archive", f"{form.name} within an archive")


def _sized(member: Source, around: Source) -> Source:
    """Return `member` with a size: the compressed one if nothing says how long the content is."""
    return member if member.size_bytes is not None else replace(member, size_bytes=around.size_bytes)


def _messages(source: Source, form: Format) -> Iterator[SurveyRow | Skipped]:
    """Yield what a stream of messages is, or why no message would be read."""
    assert form.messages is not None
    size = source.size_bytes or 0
    if form.messages is mbox.read:
        labels = (*source.labels, *mbox_label(source.origin))
        by_label = _LABELLED.search(source.head) is not None
        population = BY_LABEL if by_label else read_population({}, folders=labels)
        limit = HEAD_BYTES if source.layer else LOOK_MBOX_BYTES  # what is compressed takes longer to read
        start = replace(source, blocks=_until(source.blocks, limit))
        n_doubtful = sum(item.n_doubtful for item in mbox.read(start) if isinstance(item, RawMessage))
        yield SurveyRow(source.origin, form.name, 1, size, population, n_doubtful)
    elif form.messages is outlook.read_msg:
        whole = whole_of(source)
        if isinstance(whole, Skipped):
            yield whole
        elif why := outlook.why_unread(whole):
            yield Skipped(source.origin, 0, *why)
        else:
            yield SurveyRow(_folder(source.origin), form.name, 1, size, read_population({}, folders=source.labels))
    elif form.messages is emlx.read and size <= HEAD_BYTES:
        read = next(form.messages(source), None)  # its flags are at its end
        if isinstance(read, Skipped):
            yield read
        elif read is not None:
            yield SurveyRow(_folder(source.origin), form.name, 1, size, read_population({}, folders=read.labels))
    elif why := why_left_out(source.head):
        yield Skipped(source.origin, 0, *why)
    elif form.messages is not proton.read:
        yield SurveyRow(_folder(source.origin), form.name, 1, size, read_population({}, folders=source.labels))


def _folder(origin: str) -> str:
    """Return the folder of a message, without the folders that a store puts in between.

    >>> _folder("Mail/V10/INBOX.mbox/Data/3/Messages/1.emlx"), _folder("box.zip!tea.eml"), _folder("tea.eml")
    ('Mail/V10/INBOX.mbox', 'box.zip', '.')
    """
    folder, slash, _ = origin.rpartition("/")
    if "!" in origin and "!" not in folder:
        return origin.partition("!")[0]
    return _INNER.sub("", f"/{folder}").lstrip("/") or "." if slash else "."
