"""A single message: the only one at a path, or given as bytes."""

from __future__ import annotations

import os
from itertools import islice

from pixelstudy.errors import UserError
from pixelstudy.mail.boxes.mailbox import open_mailbox, read_part
from pixelstudy.mail.boxes.refusals import looks_like
from pixelstudy.mail.message import Message, UnreadableError, parse_message
from pixelstudy.mail.raw import HEAD_BYTES, RawMessage, start_of_mail

__all__ = ["MessageSource", "open_message"]

MessageSource = str | os.PathLike[str] | bytes | Message
"""A message, its bytes, or its path."""

_COUNT_LIMIT = 10_000


def open_message(source: MessageSource) -> Message:
    """Return the one message in `source`.

    Parameters
    ----------
    source
        The bytes of a message, or a path with exactly one: an .eml file, or anything that
        :func:`~pixelstudy.mail.boxes.mailbox.open_mailbox` can open. A message is returned as it is.

    Raises
    ------
    UserError
        When there is no message, or more than one; it says how many, and what to do.
    """
    if isinstance(source, Message):
        return source
    raw = _raw_of(source) if isinstance(source, bytes) else _only_message(source)
    try:
        return parse_message(raw)
    except UnreadableError as error:
        raise UserError(f"{raw.origin} can't be read as a message: {error}; export it again") from None


def _raw_of(data: bytes) -> RawMessage:
    head = data[:HEAD_BYTES]
    start = start_of_mail(head)
    if start is None:
        raise UserError(f"these bytes are not a message, they look like {looks_like(head)}; give those of an .eml file")
    return RawMessage(data[start:], "message", 0, before_bytes=start)


def _only_message(path: str | os.PathLike[str]) -> RawMessage:
    """Return the message at `path`, or say how many there are."""
    items = (item for part in open_mailbox(path).parts() for item in read_part(part))
    messages = (item for item in items if isinstance(item, RawMessage))
    only = next(messages, None)
    if only is None:
        raise UserError(f"{os.fspath(path)} contains no message; name one, saved as .eml")
    count = 1 + sum(1 for _ in islice(messages, _COUNT_LIMIT))
    if count > 1:
        many = f"{count:,}" if count <= _COUNT_LIMIT else f"more than {_COUNT_LIMIT:,}"
        raise UserError(
            f"{os.fspath(path)} contains {many} messages; name one, saved as .eml, or read all of them with: "
            f"pixelstudy extract {os.fspath(path)} --out DIR"
        )
    return only
