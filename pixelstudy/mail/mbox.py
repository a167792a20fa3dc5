r"""mbox: many messages in one file, each after a ``From `` line.

The file has no other mark, so the line must be strict: it follows an empty line or starts the file, and reads
``From``, an address-like word, weekday, month, day, time and year, with a zone or without, in one of the orders
that are seen: ``Mon Oct 28 14:10:16 +0000 2019`` (Gmail), ``Thu Aug 22 12:36:23 2002`` (Unix, older
Thunderbird), ``Mon, 28 Oct 2019 14:10:16 +0000``. Thunderbird now writes ``From `` and nothing else: that counts
when the next line is a header field. Anything else that starts with ``From `` is text.

Quoting is undone as mboxrd: ``>From `` at a line start in the body loses one ``>``. An mboxo file quotes ``From ``
lines alone, so there a line that its author wrote as ``>From `` loses a ``>`` too; nothing in the file tells the
two apart, and no markup is changed by it.

mboxcl (lengths by Content-Length) would have its place in :func:`_segments`: at a separator, how far to pass over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from pixelstudy.mail.raw import (
    BLOCK_BYTES,
    HEAD_BYTES,
    MESSAGE_LIMIT,
    DamageError,
    RawMessage,
    Skipped,
    Source,
    is_mail,
    looks_like,
    mail_in,
)

__all__ = ["CONTEXT_BYTES", "cuts", "fits", "read", "unquoted"]

CONTEXT_BYTES = 3
"""How many bytes before a range must be seen to know whether a line follows an empty one."""

_LINE_LIMIT = 1000
_BEFORE = "before the first separator"
_HIT = re.compile(rb"\nFrom ")
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
_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)*")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_QUOTED_HIT = re.compile(rb">From ")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def fits(head: bytes) -> bool:
    r"""Return whether a file that starts with `head` is an mbox.

    Its first line is a separator; or it starts with something that is no mail, and a separator follows.

    >>> fits(b"From a@b Thu Aug 22 12:36:23 2002\nSubject: tea\n\n"), fits(b"From here on, tea\n")
    (True, False)
    """
    start = _START.match(head)
    if _SEPARATOR.match(head, start.end() if start else 0):
        return True
    return not is_mail(head) and any(True for _ in _separators(head))


def _separators(buffer: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the separators within `buffer`, its end taken as the end of the file."""
    for hit in _HIT.finditer(buffer):
        if _follows_empty_line(buffer, hit.start()) and (match := _SEPARATOR.match(buffer, hit.start() + 1)):
            yield match


def _follows_empty_line(buffer: bytes | bytearray, newline: int) -> bool:
    r"""Return whether the line that ends at `newline` is empty (``\n\n`` or ``\n\r\n``)."""
    before = bytes(buffer[max(0, newline - 2) : newline])
    return before.endswith((b"\n", b"\n\r"))


def cuts(size_bytes: int, target_bytes: int) -> list[tuple[int, int, int]]:
    """Return (start, stop, length) of byte ranges of `target_bytes` and a last one that cover an mbox of `size_bytes`.

    Where a file is cut does not depend on its size, so that the ranges of one that grew are those it had before.

    >>> cuts(100, 40)
    [(0, 40, 40), (40, 80, 40), (80, 100, 20)]
    """
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
        elif is_mail(data):
            yield RawMessage(unquoted(mail_in(data)), source.origin, offset, source.labels, date)
        else:
            yield Skipped(source.origin, offset, "not mail", looks_like(data[:HEAD_BYTES]) + " after a separator")


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
        while hit := _HIT.search(buffer, scan):
            at = hit.start() + 1
            if not ended and len(buffer) < at + _LINE_LIMIT:
                scan = hit.start()
                break
            scan = at
            if base + at < first or not _follows_empty_line(buffer, hit.start()):
                continue
            match = _SEPARATOR.match(buffer, at, at + _LINE_LIMIT)
            if match is None or match.end() == at + _LINE_LIMIT:
                continue
            if not dropping:
                yield base + begin, _kept(buffer, body, at, limit), date
            if base + at >= stop:
                return
            dropping, begin, body, date = False, at, match.end(), _text(match["date"])
        else:
            scan = max(scan, len(buffer) - 5)
        if dropping and base + scan >= stop:
            return
        if not dropping and not ended and len(buffer) - body > limit + BLOCK_BYTES:
            yield base + begin, _kept(buffer, body, len(buffer), limit), date
            dropping = True
        keep = max(0, scan - 2 if dropping else min(begin, scan - 2))
        del buffer[:keep]
        base += keep
        begin, body, scan = begin - keep, body - keep, scan - keep
    if damage is not None:
        yield base + (len(buffer) if dropping else begin), damage, date
    elif not dropping:
        yield base + begin, _kept(buffer, body, len(buffer), limit), date


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
    if not _QUOTED_HIT.search(data):
        return data
    end = _EMPTY_LINE.search(data)
    return data[: end.end()] + _QUOTED.sub(rb"\1", data[end.end() :]) if end else data
