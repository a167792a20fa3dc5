r"""mbox: many messages in one file, each after a ``From `` line.

A separator is a line that starts with ``From ``, the first of the file or after a blank line, and is followed by a
header: a header field in the next line, and one header of mail (From, To, Subject, Date, Received …) in the same block.
What else the line says does not matter, as programs write anything: ``From - Thu Aug 22 12:36:23 2002``, ``From eric
at tea.example  Thu …`` (pipermail), a name with an address in angle brackets, a date in German, nothing. A line in the
form of most programs, an address and a date with weekday, month, day, time and year, is a separator whatever follows,
so that what follows becomes a row of its own. All other lines that start with ``From `` are text.

In 12,269 real messages of three mboxes and 8,597 single ones, this finds every separator and no other. It can be wrong:

- A mail within a mail, quoted with its ``From `` line and header after a blank line and without ``>`` before it, is
  taken for a message of its own. Nothing in the file tells the two apart.
- A message whose separator is not in the usual form and which has no header is read as the end of the one before it.

Such lines are counted as doubtful (:attr:`RawMessage.n_doubtful`): those after a blank line that are followed by no
header, those that a header follows but no blank line precedes, and separators before which a multipart message was not
closed.

Quoting is undone as in mboxrd: a line of the body that starts with ``>From `` loses one ``>``. In mboxo, which quotes
``From `` lines only, a ``>From `` that the author wrote loses one too; the file does not tell, and no markup changes.

If the first message has a Content-Length that ends at a separator or at the end of the file, the file is an mboxcl or
mboxcl2. There every length that does so is believed, and what looks like a separator before its end is text. Elsewhere
a Content-Length came with the mail and is ignored. Such a file is not cut, since a part could not know.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pixelstudy.mail.boxes.refusals import looks_like
from pixelstudy.mail.raw import (
    BLANK_LINE,
    BLOCK_BYTES,
    HEAD_BYTES,
    MESSAGE_LIMIT,
    Cut,
    DamageError,
    RawMessage,
    Skipped,
    Source,
    has_header_at,
    start_of_mail,
    why_left_out,
)
from pixelstudy.storage.places import RemotePath, place

__all__ = ["CONTEXT_BYTES", "cuts", "fits", "read", "unquoted"]

CONTEXT_BYTES = 8
"""How many bytes before a range must be seen to know whether a line follows a blank one, or a byte order mark."""

_AHEAD_BYTES = 8192
"""How many bytes from the start of a line decide whether it is a separator."""

_DATE = rb"""
    (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [ \t]+ (?:
        (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \t]+ \d{1,2} [ \t]+ \d{1,2}:\d\d(?::\d\d)?
        (?:[ \t]+(?:[+-]\d{4}|\(?[A-Z]{1,5}\)?)){0,2} [ \t]+ \d{4}
      | \d{1,2} [ \t]+ (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \t]+ \d{4} [ \t]+ \d{1,2}:\d\d(?::\d\d)?
    ) (?:[ \t]+(?:[+-]\d{4}|\(?[A-Z]{1,5}\)?)){0,2}                                       # +0000 (UTC)
"""
_DATED = re.compile(rb'From[ ](?:"[^"\r\n]{0,200}"\S{0,200}|\S{1,320})[ \t]+' + _DATE + rb"""
    (?:[ \t]+remote[ ]from[ ]\S{1,200})? [ \t]*\r?\n""", re.VERBOSE)  # fmt: skip
_ANY_DATE = re.compile(_DATE, re.VERBOSE)
_LINE = re.compile(rb"From [^\n]{0,990}\n")
_KEPT_LINE = re.compile(rb"(?:>From [^\n]{0,990}\n)?")  # the separator of another mbox, which the message came through
_FROM_LINE = re.compile(rb"\nFrom ")
_BOM = b"\xef\xbb\xbf"
_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)*")
_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_TYPE = re.compile(rb"^Content-Type:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"boundary=\"?([^\"\s;]{1,200})", re.IGNORECASE)
_GAP = re.compile(rb"(?:\r?\n){0,2}")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def fits(head: bytes) -> bool:
    r"""Return whether a file that starts with `head` is an mbox.

    Its first line is a separator, or it starts with text that is not mail, and a separator follows.

    >>> fits(b"From a@b\nSubject: tea\n\nat four"), fits(b"From here on, tea\n")
    (True, False)
    """
    first, mail = _first_separator(head), start_of_mail(head)
    if first is None or (mail is not None and mail < first):
        return False
    # A database may contain mail too; an mbox on a broken disk may begin with zeros, or with bytes that are nothing.
    return b"\x00" not in head[:first].lstrip(b"\x00") or looks_like(head) == "binary data"


def _first_separator(head: bytes) -> int | None:
    """Return where the first separator of a file begins, if it is in its `head`; no blank line need be before it."""
    start = _START.match(head)
    lines = [start.end() if start else 0, *(match.start() + 1 for match in _FROM_LINE.finditer(head))]
    return next((at for at in lines if _end_of_separator(head, at)), None)


def _follows_blank_line(data: bytes | bytearray, at: int) -> bool:
    r"""Return whether the line before the one at `at` is blank (``\n\n`` or ``\n\r\n``)."""
    return data[max(0, at - 3) : at].endswith((b"\n\n", b"\n\r\n"))


def _end_of_separator(data: bytes | bytearray, at: int) -> int:
    """Return where the separator at `at` ends, or 0 if that line is not a separator."""
    line = _LINE.match(data, at, at + _AHEAD_BYTES)
    if line is None:
        return 0
    if _DATED.match(data, at, line.end()):
        return line.end()
    kept = _KEPT_LINE.match(data, line.end())
    return line.end() if kept and has_header_at(data, kept.end(), at + _AHEAD_BYTES) else 0


def cuts(path: str | RemotePath, size_bytes: int, target_bytes: int) -> list[Cut]:
    """Return byte ranges of `target_bytes`, and a last one, that cover the mbox at `path`.

    Where a file is cut does not depend on its size, so that a file that grew has the ranges it had before. The first
    range goes beyond the first separator. An mboxcl is one range without a stop.
    """
    if _is_measured(path):
        return [Cut(0, None, size_bytes, is_long=True)]
    with place(path).open("rb", buffering=0) as file:
        first = _first_separator(file.read(HEAD_BYTES + _AHEAD_BYTES)) or 0
    edges = [0, *(edge for edge in range(target_bytes, size_bytes, target_bytes) if edge > first), size_bytes]
    return [Cut(start, stop, stop - start) for start, stop in pairwise(edges)]


def read(source: Source, *, limit_bytes: int = MESSAGE_LIMIT) -> Iterator[RawMessage | Skipped]:
    """Yield the messages whose separator begins in the range of `source`, in order.

    However a file is cut, its ranges together give what one reading of the whole gives. What is before the first
    separator of the file belongs to its first range. At most one message and one block are in memory.

    Parameters
    ----------
    source
        Its blocks start at ``source.position``: 0, or :data:`CONTEXT_BYTES` before ``source.start``.
    limit_bytes
        A longer message is passed over, and is ``too large``.
    """
    for segment, data in _segments(source, limit_bytes):
        if isinstance(data, DamageError):
            yield Skipped(source.origin, segment.offset, data.reason, data.detail)
        elif segment.is_first:
            if data.strip(b" \t\r\n\xef\xbb\xbf"):
                yield Skipped(source.origin, segment.offset, "not mail", "before the first separator")
        elif (start := start_of_mail(data)) is None:
            yield Skipped(
                source.origin, segment.offset, "not mail", looks_like(data[:HEAD_BYTES]) + " after a separator"
            )
        elif why := why_left_out(data):
            yield Skipped(source.origin, segment.offset, *why)
        else:
            message = unquoted(data[start:])
            yield RawMessage(
                message, source.origin, segment.offset, source.labels, segment.date, start, segment.n_doubtful
            )


@dataclass(slots=True)
class _Segment:
    """What is between two separators. Positions are those in the file."""

    offset: int
    """Where its separator begins."""

    body: int
    """Where it goes on after its separator."""

    date: str | None = None
    """The date in its separator."""

    is_first: bool = False
    """Whether it is what comes before the first separator of a file."""

    n_doubtful: int = 0
    """As in :class:`RawMessage`."""


def _segments(source: Source, limit: int) -> Iterator[tuple[_Segment, bytes | DamageError]]:
    """Yield each segment that begins in the range of `source` with its bytes, or with what is wrong with it."""
    stop = math.inf if source.stop is None else source.stop
    window = _Window(source.blocks, source.position, limit)
    segment = _Segment(0, 0, is_first=True) if source.start == 0 else None
    window.keep = segment.offset if segment else None
    is_measured = None if segment and source.stop is None else False  # the first message decides
    landing = 0
    for at in _from_lines(window, stop):
        here = at - window.start
        if at < max(source.start, landing):
            continue
        end = _end_of_separator(window.data, here)
        # What comes before the first separator is not mail, and need not end in a blank line.
        is_start = segment is not None and segment.is_first and at < HEAD_BYTES
        is_apart = is_start or at == landing or _follows_blank_line(window.data, here)
        if not (end and is_apart):
            if segment:
                segment.n_doubtful += bool(end) != is_apart  # one of the two, and not the other
            continue
        if segment:
            content = _content(window, segment, at, limit)
            segment.n_doubtful += isinstance(content, bytes) and _is_open(content)
            yield segment, content
        if at >= stop:
            return
        date = _ANY_DATE.search(window.data, here, end)
        segment = _Segment(at, window.start + end, date[0].decode("ascii") if date else None)
        window.keep = at
        if is_measured is not False:
            landing = _landing(window, segment.body, limit)
            is_measured = is_measured or landing > 0
    if segment:
        yield segment, window.damage or _content(window, segment, window.end, limit)
    elif window.damage:
        yield _Segment(window.end, window.end), window.damage


class _Window:
    """A stretch of a file that moves on block by block. Positions are those in the file."""

    def __init__(self, blocks: Iterator[bytes], start: int, limit: int) -> None:
        self.keep: int | None = None  # the start of a segment whose bytes are wanted
        self.is_end = False
        self.damage: DamageError | None = None
        # The start of a file is as good as a blank line.
        self.data, self.start = (bytearray(b"\n\n"), -2) if start == 0 else (bytearray(), start)
        self.needed = self.start  # from where on bytes are needed to look for separators
        self._blocks, self._limit = blocks, limit

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.data)

    def move(self) -> None:
        """Read one more block, and forget what is no longer needed; a segment that is too large is not kept."""
        if self.keep is not None and self.end - self.keep > self._limit + BLOCK_BYTES:
            self.keep = None
        forget = min(self.needed, self.end if self.keep is None else self.keep) - self.start
        if forget > 0:
            del self.data[:forget]
            self.start += forget
        try:
            block = next(self._blocks, None)
        except DamageError as error:
            block, self.damage = None, error
        self.is_end = block is None
        if block and self.end == 0 and block.startswith(_BOM):
            block = b"\n\n\n" + block[3:]
        self.data += block or b""

    def reach(self, position: int) -> None:
        """Read on until `position` or the end of the file."""
        while self.end < position and not self.is_end:
            self.move()


def _from_lines(window: _Window, stop: float) -> Iterator[int]:
    """Yield where lines that start with ``From `` begin, each when all that decides about it is in the window.

    Ends with the file, or behind `stop` when no segment is kept.
    """
    scanned = window.start
    while True:
        first, is_end = window.start, window.is_end
        found = [first + match.start() + 1 for match in _FROM_LINE.finditer(window.data, max(0, scanned - first))]
        scanned = max(scanned, window.end - len(b"\nFrom"))
        for at in found:
            window.needed = at - CONTEXT_BYTES
            window.reach(at + _AHEAD_BYTES)
            yield at
        if is_end or (window.keep is None and scanned >= stop):
            return
        window.needed = scanned - CONTEXT_BYTES
        window.move()


def _landing(window: _Window, body: int, limit: int) -> int:
    """Return where the Content-Length of the message at `body` ends, at a separator or at the end of the file, or 0."""
    window.reach(body + HEAD_BYTES)
    here = body - window.start
    blank = BLANK_LINE.search(window.data, max(0, here - 1), here + HEAD_BYTES)
    length = _LENGTH.search(window.data, here, blank.start() + 1) if blank else None
    if blank is None or length is None or int(length[1]) > limit:
        return 0
    target = window.start + blank.end() + int(length[1])
    window.reach(target + _AHEAD_BYTES)
    gap = _GAP.match(window.data, target - window.start)
    at = gap.end() if gap else 0
    if target <= window.end == window.start + at:
        return window.end
    is_line = window.data[at - 1 : at] == b"\n"
    return window.start + at if is_line and _end_of_separator(window.data, at) else 0


def _is_measured(path: str | RemotePath) -> bool:
    """Return whether the mbox at `path` is an mboxcl by its first message."""
    try:
        with place(path).open("rb", buffering=0) as file:
            window = _Window(iter(lambda: file.read(HEAD_BYTES), b""), 0, MESSAGE_LIMIT)
            window.keep = 0
            window.reach(HEAD_BYTES)
            start = _START.match(window.data, 2)
            end = _end_of_separator(window.data, start.end() if start else 0)
            return end > 0 and _landing(window, window.start + end, MESSAGE_LIMIT) > 0
    except OSError:
        return False


def _content(window: _Window, segment: _Segment, stop: int, limit: int) -> bytes | DamageError:
    """Return a segment up to `stop`, without the blank line that mbox puts after it, or what is wrong with it."""
    if stop - segment.body > limit:
        return DamageError("too large", f"over {limit >> 20} MB")
    last = bytes(window.data[max(segment.body, stop - 3) - window.start : stop - window.start])
    if last.endswith((b"\n\n", b"\n\r\n")):
        stop -= 1 if last.endswith(b"\n\n") else 2
    return bytes(memoryview(window.data)[segment.body - window.start : stop - window.start])


def _is_open(message: bytes) -> bool:
    """Return whether a multipart message breaks off before its last boundary."""
    end = BLANK_LINE.search(message)
    kind = _TYPE.search(message, 0, end.start() + 1 if end else 0)
    boundary = _BOUNDARY.search(kind[0]) if kind else None
    return boundary is not None and b"--%s--" % boundary[1] not in message


def unquoted(data: bytes) -> bytes:
    r"""Return a message with one ``>`` taken from each ``>From `` line of its body.

    >>> unquoted(b"Subject: tea\n\n>From four on.\n>>From five on.\n")
    b'Subject: tea\n\nFrom four on.\n>From five on.\n'
    """
    if b">From " not in data:
        return data
    end = BLANK_LINE.search(data)
    return data[: end.end()] + _QUOTED.sub(rb"\1", data[end.end() :]) if end else data
