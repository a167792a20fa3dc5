r"""mbox: many messages in one file, each after a ``From `` line.

The file has no other mark, so the line must be strict: it follows an empty line or starts the file, and reads
``From``, an address-like word, weekday, month, day, time and year, with a zone or without, in one of the orders
that are seen: ``Mon Oct 28 14:10:16 +0000 2019`` (Gmail), ``Thu Aug 22 12:36:23 2002`` (Unix, older
Thunderbird), ``Mon, 28 Oct 2019 14:10:16 +0000``. Thunderbird now writes ``From `` and nothing else: that counts
when the next line is a header field. Anything else that starts with ``From `` is text.

Quoting is undone as mboxrd: ``>From `` at a line start in the body loses one ``>``. An mboxo file quotes ``From ``
lines alone, so there a line that its author wrote as ``>From `` loses a ``>`` too; nothing in the file tells the
two apart, and no markup is changed by it.

A file whose first message has a Content-Length that ends where a separator, or the file, follows is mboxcl or
mboxcl2: there each such length that does so is believed, and what looks like a separator before its end is text. Any
other Content-Length came with the mail, and is not heard. Such a file is not cut, as a cut would not know.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from pixelstudy.mail.boxes.looks import looks_like
from pixelstudy.mail.raw import (
    BLOCK_BYTES,
    DELETED,
    HEAD_BYTES,
    MESSAGE_LIMIT,
    DamageError,
    RawMessage,
    Skipped,
    Source,
    is_deleted,
    is_mail,
    mail_in,
)
from pixelstudy.storage.places import RemotePath, place

__all__ = ["CONTEXT_BYTES", "cuts", "fits", "read", "unquoted"]

CONTEXT_BYTES = 3
"""How many bytes before a range must be seen to know whether a line follows an empty one."""

_LINE_LIMIT = 1000
_BEFORE = "before the first separator"
_SEPARATOR = re.compile(
    rb"""From[ ](?:
      (?: "[^"\r\n]{0,200}"\S{0,200} | \S{1,320} ) [ \t]+                               # an address, or - or a name
      (?P<date>
        (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:
          [ \t]+ (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \t]+ \d{1,2}
          [ \t]+ \d{1,2}:\d\d(?::\d\d)? (?:[ \t]+(?:[+-]\d{4}|\(?[A-Z]{1,5}\)?)){0,2} [ \t]+ \d{4}
        | ,[ \t]+ \d{1,2} [ \t]+ (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \t]+ \d{4}
          [ \t]+ \d{1,2}:\d\d(?::\d\d)?
        )
        (?:[ \t]+(?:[+-]\d{4}|\(?[A-Z]{1,5}\)?)){0,2}                                  # +0000 (UTC)
      )
      (?:[ \t]+remote[ ]from[ ]\S{1,200})? [ \t]* \r? (?:\n|\Z)
    | [ \t]*-?[ \t]* \r?\n (?=[!-9;-~]{1,200}:)                                          # no more than From
    )""",
    re.VERBOSE,
)
_FROM_LINE = re.compile(rb"\nFrom ")
_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)*")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_GAP = re.compile(rb"(?:\r?\n){0,2}")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def fits(head: bytes) -> bool:
    r"""Return whether a file that starts with `head` is an mbox.

    Its first line is a separator; or it starts with text that is no mail, and a separator follows.

    >>> fits(b"From a@b Thu Aug 22 12:36:23 2002\nSubject: tea\n\n"), fits(b"From here on, tea\n")
    (True, False)
    """
    start = _START.match(head)
    if _SEPARATOR.match(head, start.end() if start else 0):
        return True
    if is_mail(head):
        return False
    first = next(_separators(head), None)
    if first is None:
        return False
    # A database may hold mail too; a box that a broken disk wrote begins with bytes that are nothing.
    return b"\x00" not in head[: first.start()].lstrip(b"\x00") or looks_like(head) == "binary data"


def _separators(buffer: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the separators within `buffer`, its end taken as the end of the file."""
    for at in _from_lines(buffer, 0):
        if _follows_empty_line(buffer, at - 1) and (match := _SEPARATOR.match(buffer, at)):
            yield match


def _follows_empty_line(buffer: bytes | bytearray, newline: int) -> bool:
    r"""Return whether the line that ends at `newline` is empty (``\n\n`` or ``\n\r\n``)."""
    before = bytes(buffer[max(0, newline - 2) : newline])
    return before.endswith((b"\n", b"\n\r"))


def cuts(path: str | RemotePath, size_bytes: int, target_bytes: int) -> list[tuple[int, int | None, int]]:
    """Return (start, stop, length) of byte ranges of `target_bytes` and a last one that cover the mbox at `path`.

    Where a file is cut does not depend on its size, so that the ranges of one that grew are those it had before. An
    mboxcl is one range without a stop.
    """
    if _is_measured(path):
        return [(0, None, size_bytes)]
    edges = [0, *range(target_bytes, size_bytes, target_bytes), size_bytes]
    return [(start, stop, stop - start) for start, stop in pairwise(edges)]


def read(source: Source, *, limit_bytes: int = MESSAGE_LIMIT) -> Iterator[RawMessage | Skipped]:
    """Yield the messages whose separator begins in the range of `source`, in order.

    The ranges of any partition of a file give together what one reading of the whole gives. What stands
    before the first separator of the file belongs to its first range. Memory: the current message and a block.

    Parameters
    ----------
    source
        Its blocks start at ``source.position``: 0, or :data:`CONTEXT_BYTES` before ``source.start``.
    limit_bytes
        A longer message is passed over, and is ``too large``.
    """
    for offset, data, date in _segments(source, limit_bytes):
        if isinstance(data, DamageError):
            yield Skipped(source.origin, offset, data.reason, data.detail)
        elif date == _BEFORE:
            if data.strip(b" \t\r\n\xef\xbb\xbf"):
                yield Skipped(source.origin, offset, "not mail", _BEFORE)
        elif not is_mail(data):
            yield Skipped(source.origin, offset, "not mail", looks_like(data[:HEAD_BYTES]) + " after a separator")
        elif is_deleted(data):
            yield Skipped(source.origin, offset, "deleted", DELETED)
        else:
            yield RawMessage(unquoted(mail_in(data)), source.origin, offset, source.labels, date)


def _segments(source: Source, limit: int) -> Iterator[tuple[int, bytes | DamageError, str | None]]:
    """Yield (offset, bytes, date of the separator) of each segment, what is before the first one included."""
    first, stop = source.start, math.inf if source.stop is None else source.stop
    buffer = bytearray()
    base = source.position
    if base == 0:  # the start of a file is as good as an empty line
        buffer += b"\n\n"
        base = -2
    begin = -base if first == 0 else 0  # where in the buffer the current segment begins
    body = begin  # and where it goes on after its separator
    date: str | None = _BEFORE
    dropping = first > 0  # passing over bytes that are not to be kept
    scan = 0
    is_measured = None if first == 0 and source.stop is None else False  # the first message decides
    is_new = False  # whether the length of the current segment is still to be looked at
    sure = -1  # where a Content-Length says that the next separator is
    damage: DamageError | None = None
    ended = False
    while not ended:
        try:
            block = next(source.blocks, None)
        except DamageError as error:
            block, damage = None, error
        if block is None:
            ended = True
        elif base == -2 and len(buffer) == 2 and block.startswith(b"\xef\xbb\xbf"):
            buffer += b"\n\n\n" + block[3:]
        else:
            buffer += block
        hits = iter(_from_lines(buffer, scan))
        while True:
            if is_new:
                landing = _landing(buffer, body, limit, ended=ended)
                if landing is None:
                    break
                is_measured = landing > 0 if is_measured is None else is_measured
                scan, sure, is_new = max(scan, landing - 1), landing, False
            at = next((hit for hit in hits if hit > scan), None)
            if at is None:
                scan = max(scan, len(buffer) - 5)
                break
            if not ended and len(buffer) < at + _LINE_LIMIT:
                scan = at - 1
                break
            scan = at
            if base + at < first or not (at == sure or _follows_empty_line(buffer, at - 1)):
                continue
            match = _SEPARATOR.match(buffer, at, at + _LINE_LIMIT)
            if match is None or match.end() == at + _LINE_LIMIT:
                continue
            if not dropping:
                yield base + begin, _kept(buffer, body, at, limit), date
            if base + at >= stop:
                return
            dropping, begin, body, date = False, at, match.end(), _text(match["date"])
            is_new, sure = is_measured is not False, -1
        if dropping and base + scan >= stop:
            return
        if not dropping and not ended and len(buffer) - body > limit + BLOCK_BYTES:
            yield base + begin, _kept(buffer, body, len(buffer), limit), date
            dropping = True
        keep = max(0, scan - 2 if dropping else min(begin, scan - 2))
        del buffer[:keep]
        base += keep
        begin, body, scan, sure = begin - keep, body - keep, scan - keep, sure - keep
    if damage is not None:
        yield base + (len(buffer) if dropping else begin), damage, date
    elif not dropping:
        yield base + begin, _kept(buffer, body, len(buffer), limit), date


def _from_lines(buffer: bytes | bytearray, start: int) -> list[int]:
    """Return where in `buffer` lines begin with ``From ``; the newline before the first is at `start` or later."""
    return [match.start() + 1 for match in _FROM_LINE.finditer(buffer, start)]


def _landing(buffer: bytes | bytearray, body: int, limit: int, *, ended: bool) -> int | None:
    """Return where the Content-Length of the message at `body` ends on a separator or on the end of the file.

    0 where it does not, or is none; nothing where more of the file must be seen to know.
    """
    end = _EMPTY_LINE.search(buffer, max(0, body - 1), body + HEAD_BYTES)
    if end is None:
        return 0 if ended or len(buffer) >= body + HEAD_BYTES else None
    length = _LENGTH.search(buffer, body, end.start() + 1)
    if length is None or int(length[1]) > limit:
        return 0
    target = end.end() + int(length[1])
    if not ended and len(buffer) < target + _LINE_LIMIT:
        return None
    gap = _GAP.match(buffer, target)
    at = gap.end() if gap else target
    if target <= len(buffer) <= at:
        return at
    is_line = buffer[at - 1 : at] == b"\n"
    return at if is_line and _SEPARATOR.match(buffer, at, at + _LINE_LIMIT) else 0


def _is_measured(path: str | RemotePath) -> bool:
    """Return whether the mbox at `path` is an mboxcl by its first message."""
    try:
        with place(path).open("rb", buffering=0) as file:
            data = file.read(HEAD_BYTES)
            start = _START.match(data)
            first = _SEPARATOR.match(data, start.end() if start else 0)
            if first is None:
                return False
            landing = _landing(data, first.end(), MESSAGE_LIMIT, ended=False)
            if landing is None and (length := _LENGTH.search(data, first.end())):
                data += file.read(int(length[1]) + HEAD_BYTES)
                landing = _landing(data, first.end(), MESSAGE_LIMIT, ended=True)
    except OSError:
        return False
    return bool(landing)


def _kept(buffer: bytearray, start: int, stop: int, limit: int) -> bytes | DamageError:
    """Return that segment without the empty line that mbox puts after it, or what is wrong with it."""
    if stop - start > limit:
        return DamageError("too large", f"over {limit >> 20} MB")
    last = bytes(buffer[max(start, stop - 3) : stop])
    if last.endswith((b"\n\n", b"\n\r\n")):
        stop -= 1 if last.endswith(b"\n\n") else 2
    return bytes(memoryview(buffer)[start:stop])


def _text(date: bytes | None) -> str | None:
    """Return the date of a separator as text, none where it has none."""
    return date.decode("ascii") if date else None


def unquoted(data: bytes) -> bytes:
    r"""Return a message with one ``>`` taken from each ``>From `` line of its body.

    >>> unquoted(b"Subject: tea\n\n>From four on.\n>>From five on.\n")
    b'Subject: tea\n\nFrom four on.\n>From five on.\n'
    """
    if b">From " not in data:
        return data
    end = _EMPTY_LINE.search(data)
    return data[: end.end()] + _QUOTED.sub(rb"\1", data[end.end() :]) if end else data
