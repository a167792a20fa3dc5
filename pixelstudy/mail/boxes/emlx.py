r"""emlx: one message in Apple Mail's store, ``Name.mbox/…/Messages/123.emlx`` or ``123.partial.emlx``.

The first line is the length of the message in bytes, padded on the right. The message follows, then a property list
with its flags. The attachments of a partial message are elsewhere, but its text, and so its pixels, are complete. The
bits of ``flags`` are as Jamie Zawinski found them (jwz.org, 2005).
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterator
from xml.parsers.expat import ExpatError

from pixelstudy.mail.raw import DELETED, RawMessage, Skipped, Source, is_mail, message_in, whole_of

__all__ = ["fits", "read"]

_LENGTH = re.compile(rb"[ \t]*(\d{1,12})[ \t]*\r?\n")
_FLAGS = {0: "seen", 2: "replied", 4: "flagged", 6: "draft", 8: "forwarded", 24: "junk"}
_DELETED_BIT = 1


def fits(head: bytes) -> bool:
    r"""Return whether a file that starts with `head` is an emlx: a number alone in its line, then a message.

    >>> fits(b"29        \nFrom: a@b\nSubject: tea\n\nfour"), fits(b"From: a@b\n\n29")
    (True, False)
    """
    length = _LENGTH.match(head)
    return length is not None and is_mail(head[length.end() :])


def read(source: Source) -> Iterator[RawMessage | Skipped]:
    """Yield the one message in `source`, with its flags as labels (``seen``, ``draft``, ``junk``), unless deleted."""
    data = whole_of(source)
    if isinstance(data, Skipped):
        yield data
        return
    length = _LENGTH.match(data)
    start = length.end() if length else 0
    stop = start + int(length[1]) if length else len(data)
    if stop > len(data):
        yield Skipped(source.origin, 0, "truncated", f"emlx: {len(data) - start:,} of {stop - start:,} bytes")
        return
    flags = _flags(data[stop:])
    if flags >> _DELETED_BIT & 1:
        yield Skipped(source.origin, 0, "deleted", DELETED)
        return
    labels = (name for bit, name in _FLAGS.items() if flags >> bit & 1)
    yield message_in(data[start:stop], source, *labels)


def _flags(tail: bytes) -> int:
    """Return the ``flags`` in the property list after a message, or 0."""
    try:
        found = plistlib.loads(tail.strip())
        return int(found.get("flags", 0)) & 0xFFFFFFFF
    except (ValueError, TypeError, AttributeError, OverflowError, ExpatError, plistlib.InvalidFileException):
        return 0
