"""Raw messages: the bytes as found in a mailbox, and how mail is told from what is not mail.

The readers of the formats (:mod:`~pixelstudy.mail.boxes.mbox`, :mod:`~pixelstudy.mail.boxes.archives` …) take a
:class:`Source` and yield :class:`RawMessage` and :class:`Skipped`. This module knows no format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from unicodedata import category

from pixelstudy.storage.places import RemotePath

__all__ = [
    "BLANK_LINE",
    "BLOCK_BYTES",
    "DAMAGE",
    "DELETED",
    "HEAD_BYTES",
    "MESSAGE_LIMIT",
    "REASONS",
    "Cut",
    "DamageError",
    "Progress",
    "RawMessage",
    "Skipped",
    "Source",
    "has_header_at",
    "is_mail",
    "message_in",
    "read_message",
    "shown_name",
    "source_of",
    "start_of_mail",
    "whole_of",
    "why_left_out",
]

HEAD_BYTES = 1 << 16
"""How much of a file is looked at to find out its format."""

BLOCK_BYTES = 1 << 18
"""How much is read, or decompressed, at once; it fits into the processor's cache."""

MESSAGE_LIMIT = 100 << 20
"""The longest message that is kept; a longer one is ``too large``."""

REASONS = {
    "not mail": "it does not begin like a message, or a mail program made it for itself",
    "empty": "a file of no bytes",
    "too large": "a message over 100 MB, or of more HTML than is measured, or a file that expands beyond measure",
    "truncated": "it ends before it should",
    "corrupt": "its bytes make no sense",
    "encrypted": "it needs a password",
    "deleted": "marked as deleted by its reader, and not yet cleared away by the mail program",
    "nested archive": "an archive within an archive",
    "unsupported": "of a kind that cannot be read here; the detail says the way out",
    "link": "a symbolic link, or a link in an archive",
    "special file": "a device, pipe or socket",
    "hidden folder": "its name starts with a dot, and it is no place of mail",
    "unfinished": "a Maildir's tmp: still being delivered",
    "unreadable": "the system would not let it be read",
}
"""Why something is skipped."""

DELETED = "by its flags; the mail program keeps it until the folder is compacted"
"""The detail of a message that is marked as deleted."""

DAMAGE = ("truncated", "corrupt")
"""The reasons for a damaged file; in a row with the file's own name (no ``!``), all of the file breaks off there."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One message as it was found."""

    data: bytes
    """The message from its first header line on, line ends as found, mbox quoting undone."""

    origin: str
    """The file, relative to the folder that the user named, or its name; in an archive, followed by ``!member``."""

    offset: int
    """Where it starts in that file or member, in bytes after decompression; in an mbox, where its separator does."""

    labels: tuple[str, ...] = ()
    """What its place says, outermost first: folders, the name of an mbox, Maildir flags."""

    separator_date: str | None = None
    """The date in its mbox separator, as written."""

    before_bytes: int = 0
    """How many bytes were left out before its header: blank lines, the output of another program."""

    n_doubtful: int = 0
    """How many lines in it or right after it may or may not be an mbox separator."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is not a message, or could not be read."""

    origin: str
    """As in :class:`RawMessage`."""

    offset: int
    """Where it starts, in bytes after decompression."""

    reason: str
    """Why: one of :data:`REASONS`."""

    detail: str = ""
    """What was found instead, or the way out."""


class DamageError(Exception):
    """A stream breaks off; `reason` is one of :data:`REASONS`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class Cut(NamedTuple):
    """A range of a file that can be read by itself."""

    start: int
    """The first unit: a byte of an mbox, a member of a zip."""

    stop: int | None
    """The unit to stop before."""

    size_bytes: int
    """How much of the file it is, as progress counts it."""

    is_long: bool = False
    """Whether it holds more than was asked for, and its content shows only when it is read."""


@dataclass(frozen=True, slots=True)
class Source:
    """A stream of bytes for the reader of a format: a file, or what was inside one."""

    origin: str
    """As in :class:`RawMessage`."""

    labels: tuple[str, ...]
    """Labels of all its messages."""

    head: bytes
    """Its first :data:`HEAD_BYTES`, or all of it if it is shorter."""

    blocks: Iterator[bytes]
    """Its bytes from `position` on; may raise :exc:`DamageError`."""

    position: int = 0
    """Where in the file the first block starts."""

    start: int = 0
    """The first unit to read: a byte of an mbox, a member of a zip."""

    stop: int | None = None
    """The unit to stop before."""

    path: str | RemotePath | None = None
    """The file, when the stream is a plain file on disk or at an address."""

    progress: Progress | None = None
    """For a reader that opens `path` itself: called with the number of bytes read since the last call."""

    damage: DamageError | None = None
    """How it breaks off, if it does so within its head."""

    layer: int = 0
    """How deep it was wrapped: 0 a file, 1 decompressed, 2 a member of an archive, 3 such a member decompressed."""

    size_bytes: int | None = None
    """Its length, if an archive's directory says it."""

    again: Callable[[], Iterator[bytes]] | None = None
    """Reads all of it once more, if that can be done."""


def source_of(
    blocks: Iterator[bytes],
    *,
    origin: str,
    labels: tuple[str, ...] = (),
    path: str | RemotePath | None = None,
    progress: Progress | None = None,
    layer: int = 0,
    size_bytes: int | None = None,
) -> Source:
    """Return a :class:`Source` of `blocks`, with its head.

    If the stream breaks off within the head, its error is raised when the blocks are read, not here.
    """
    taken: list[bytes] = []
    size = 0
    damage: DamageError | None = None
    try:
        while size < HEAD_BYTES and (block := next(blocks, None)) is not None:
            taken.append(block)
            size += len(block)
    except DamageError as error:
        damage = error
    first = b"".join(taken)

    def whole() -> Iterator[bytes]:
        if first:
            yield first
        if damage is not None:
            raise damage
        yield from blocks

    head = first[:HEAD_BYTES]
    return Source(
        origin, labels, head, whole(), path=path, progress=progress, damage=damage, layer=layer, size_bytes=size_bytes
    )


BLANK_LINE = re.compile(rb"\n\r?\n")
"""What ends a header block."""

_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)*(?:>?From [^\n]*\n(?:[ \t]*\r?\n)*)?")
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_KNOWN = re.compile(
    rb"^(?:from|to|subject|date|received|message-id|return-path|delivered-to|reply-to|sender)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)


def has_header_at(data: bytes | bytearray, start: int, stop: int | None = None) -> bool:
    """Return whether a header of mail begins at `start`, as far as it can be seen before `stop`.

    It begins with a header field, and one header of mail (From, To, Subject, Date, Received, Message-ID, Return-Path,
    Delivered-To …) is in the block.
    """
    stop = min(len(data), start + HEAD_BYTES) if stop is None else stop
    if not _FIELD.match(data, start, stop):
        return False
    end = BLANK_LINE.search(data, start, stop)
    return _KNOWN.search(data, start, end.start() if end else stop) is not None


_OUTPUT_LINES = 20
_OUTPUT_BYTES = 4096
_NO_OUTPUT = re.compile(
    rb"[ \t]*(?:[<{\"'/#%;@\\]|--)|[^\n]*[\x00-\x08\x0e-\x1a\x1c-\x1f]"
)  # markup, code, binary data
_WHOLE_HEADER = re.compile(rb"(?:[!-9;-~]{1,200}[ \t]*:[^\n]*\n(?:[ \t]+[^\s][^\n]*\n)*)+(?=\r?\n)")
_FROM = re.compile(rb"^from[ \t]*:", re.IGNORECASE | re.MULTILINE)
_BY_PROGRAM = re.compile(
    rb"^(?:date|received|message-id|return-path|delivered-to)[ \t]*:", re.IGNORECASE | re.MULTILINE
)


def start_of_mail(head: bytes) -> int | None:
    r"""Return where the header begins in a file or segment that starts with `head`, or nothing when it is not mail.

    A byte order mark, blank lines and a ``From `` line may come before the header; so may up to twenty lines that
    another program wrote, an HTTP header among them, if they are not markup or code, and if the header after them is
    one that a program wrote: whole, with From and one of Date, Received, Message-ID, Return-Path and Delivered-To.

    >>> start_of_mail(b"\n\nSubject: tea\nX: y\n\nat four"), start_of_mail(b"Note: a list\n\nSubject: tea")
    (2, None)
    >>> start_of_mail(b"Loading settings ...\nDate: Tue, 14 Oct 2025 08:29:05 +0000\nFrom: a@example.org\n\nat four")
    21
    """
    start = at = _skip_blank(head, 0)
    if has_header_at(head, start):
        return start
    for _ in range(_OUTPUT_LINES):
        end = head.find(b"\n", at, start + _OUTPUT_BYTES) + 1
        if not end or _NO_OUTPUT.match(head, at, end):
            return None
        at = _skip_blank(head, end)
        header = _WHOLE_HEADER.match(head, at)
        if header and _FROM.search(header[0]) and _BY_PROGRAM.search(header[0]):
            return at
    return None


def _skip_blank(head: bytes, at: int) -> int:
    """Return where the first line from `at` on is that is not blank and not a ``From `` line."""
    before = _BEFORE.match(head, at)
    return before.end() if before else at


def is_mail(head: bytes) -> bool:
    """Return whether a file or segment that starts with `head` is a message."""
    return start_of_mail(head) is not None


_STATUS = re.compile(rb"^X-Mozilla-Status:[ \t]*([0-9A-Fa-f]{1,4})[ \t]*\r?$", re.MULTILINE)
_DELIVERY = re.compile(rb"^(?:Received|Return-Path|Delivered-To):", re.IGNORECASE | re.MULTILINE)
_STATUS_BYTES = 2048
_EXPUNGED = 0x0008


def _is_deleted(data: bytes) -> bool:
    """Return whether Thunderbird marked a message as deleted; it stays in the file until that is compacted.

    The mark is a bit of X-Mozilla-Status, which comes before all headers of the message itself. A message that was
    moved leaves such a copy behind.
    """
    head = data[:_STATUS_BYTES]
    if b"X-Mozilla-Status:" not in head:
        return False
    end = min((match.start() for pattern in (_DELIVERY, BLANK_LINE) if (match := pattern.search(head))), default=None)
    status = _STATUS.search(head[:end])
    return status is not None and bool(int(status[1], 16) & _EXPUNGED)


_FIELDS = re.IGNORECASE | re.MULTILINE | re.DOTALL
_MADE_BY_PROGRAMS = {  # words in the header, which are found fast, and fields
    "the mail program's own data about a folder": (
        b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA",
        re.compile(rb".*^X-IMAP(?:BASE)?:", _FIELDS),
    ),
    "an item of a feed": (
        b"@localhost.localdomain>",
        re.compile(rb"(?=.*^Message-ID:[^\n]*@localhost\.localdomain>).*^Content-Base:", _FIELDS),
    ),
}


def why_left_out(data: bytes) -> tuple[str, str] | None:
    r"""Return the reason and detail with which a message is left out, or nothing for mail that its reader kept.

    It is deleted, or a mail program made it for itself: Thunderbird writes each item of a feed as a message, and UW
    IMAP and Pine keep the state of a folder in one.

    >>> why_left_out(b"X-Mozilla-Status: 0009\nReceived: from x\n\n")[0], why_left_out(b"X-Mozilla-Status: 0001\n\n")
    ('deleted', None)
    >>> why_left_out(b"Message-ID: <https://a.example/1@localhost.localdomain>\nContent-Base: https://a.example/1\n\n")
    ('not mail', 'an item of a feed')
    """
    if _is_deleted(data):
        return "deleted", DELETED
    end = BLANK_LINE.search(data, 0, _STATUS_BYTES)
    head = data[: end.start() if end else _STATUS_BYTES]
    for what, (words, fields) in _MADE_BY_PROGRAMS.items():
        if words in head and fields.match(head):
            return "not mail", what
    return None


def whole_of(source: Source, *, limit_bytes: int = MESSAGE_LIMIT) -> bytes | Skipped:
    """Return all bytes of `source`, or why they can't be read."""
    pieces: list[bytes] = []
    size = 0
    try:
        for block in source.blocks:
            size += len(block)
            if size > limit_bytes:
                return Skipped(source.origin, 0, "too large", f"over {limit_bytes >> 20} MB")
            pieces.append(block)
    except DamageError as error:
        return Skipped(source.origin, 0, error.reason, error.detail)
    return b"".join(pieces)


def read_message(source: Source) -> Iterator[RawMessage | Skipped]:
    """Yield the one message in `source`, from its header on."""
    data = whole_of(source)
    if isinstance(data, Skipped):
        yield data
        return
    message = message_in(data, source)
    why = why_left_out(message.data)
    yield Skipped(source.origin, 0, *why) if why else message


def message_in(data: bytes, source: Source, *labels: str) -> RawMessage:
    """Return the message in `data`, from its header on, with the labels of `source` and `labels`."""
    start = start_of_mail(data) or 0
    return RawMessage(data[start:], source.origin, 0, source.labels + labels, before_bytes=start)


_NAME_LIMIT = 1_000


def shown_name(name: str) -> str:
    r"""Return a file name that is fit for a table: valid Unicode, no control characters, of limited length.

    >>> shown_name("caf\udce9\n.eml")
    'caf\ufffd\ufffd.eml'
    """
    if len(name) > _NAME_LIMIT:
        name = name[: _NAME_LIMIT - 1] + "…"
    if name.isprintable():
        return name
    return "".join("\ufffd" if category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in name)
