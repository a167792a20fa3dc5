"""Real mail as mailboxes of any size: the Markup's newsletters again and again, and all corpora in one mbox."""

from __future__ import annotations

import base64
import email
import quopri
import re
import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from pixelstudy.corpora.catalogue import corpora, locate
from pixelstudy.errors import UserError
from pixelstudy.mail.boxes.mailbox import open_mailbox, read_part
from pixelstudy.mail.raw import RawMessage

__all__ = ["again", "repeated", "write_corpora", "write_markup", "write_takeout"]

_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
_SEPARATOR = b"From corpus@example.org Thu Aug 22 12:36:23 2002\n"
_DIGITS, _LOWER, _UPPER = b"0123456789", b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TOKEN = re.compile(rb"(?<!//)(?<![\w-])(?=(?:[A-Za-z_-]*\d){3})[\w-]{16,}")
_ID = re.compile(rb"^(Message-ID:\s*<)", re.IGNORECASE | re.MULTILINE)
ATTACHED_EVERY = 10
"""Every so many messages of a Takeout have an attachment."""


def write_markup(path: Path, size_bytes: int) -> int:
    """Write the Markup's newsletters to `path`, as a plain mbox, until there are `size_bytes` of them.

    Return how many messages there are; 0 where the corpus is not here.
    """
    return _write(path, repeated(), size_bytes)


def write_takeout(path: Path, size_bytes: int) -> int:
    """Write a mailbox like :func:`write_markup`, two thirds of it attachments, to `path` and as a zip beside it.

    Attachments are random bytes: like pictures and PDFs, they can't be compressed, and their Base64 a little.
    """
    random = Random(0)
    n = _write(path, (_attached(data, random) for data in repeated()), size_bytes)
    if n:
        with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as file:
            file.write(path, "Takeout/Mail/All mail Including Spam and Trash.mbox")
    return n


def write_corpora(path: Path) -> int:
    """Write every corpus that is here to `path`, as one mbox, and return how many messages it holds."""
    found = [corpus.name for corpus in corpora() if _is_here(corpus.name)]
    return _write(path, (data for name in found for data in _messages(name)))


def repeated() -> Iterator[bytes]:
    """Yield the Markup's messages, then all again and again, each time with ids and tokens of their own; or nothing."""
    if not _is_here("markup"):
        return
    messages = list(_messages("markup"))
    for turn in count():
        for data in messages:
            yield again(data, turn) if turn else data


def again(data: bytes, turn: int) -> bytes:
    """Return a message as if it had been sent once more: with another Message-ID, and with other tokens in its text."""
    data = _ID.sub(rb"\g<1>again%d." % turn, data)
    message = email.message_from_bytes(data)
    for part in message.walk():
        encoding = part.get("Content-Transfer-Encoding", "").lower()
        if part.get_content_maintype() != "text":
            continue
        text: Any = part.get_payload(decode=True)
        body = _TOKEN.sub(lambda match: _turned(match[0], turn), text)
        if encoding == "base64":
            body = base64.encodebytes(body)
        elif encoding == "quoted-printable":
            body = quopri.encodestring(body)
        part.set_payload(body.decode("ascii", "surrogateescape"))
    return message.as_bytes()


def _turned(token: bytes, turn: int) -> bytes:
    """Return a token of the same shape: each letter and digit moved on in its alphabet, further at each place."""
    moved = bytearray(token)
    for at, byte in enumerate(token):
        for alphabet in (_DIGITS, _LOWER, _UPPER):
            if (index := alphabet.find(byte)) >= 0:
                moved[at] = alphabet[(index + turn + at * turn) % len(alphabet)]
    return bytes(moved)


def _attached(data: bytes, random: Random) -> bytes:
    """Return a message, one of :data:`ATTACHED_EVERY` with an attachment about twenty times as long as it is."""
    if random.randrange(ATTACHED_EVERY):
        return data
    head, _, body = data.partition(b"\n\n")
    fields = re.findall(
        rb"^(?:Content-[^\n]*|MIME-Version[^\n]*)\n(?:[ \t][^\n]*\n)*", head + b"\n", re.MULTILINE | re.IGNORECASE
    )
    outer = head + b"\n"
    for each in fields:
        outer = outer.replace(each, b"")
    kinds = b"".join(each for each in fields if not each.lower().startswith(b"mime"))
    file = base64.encodebytes(random.randbytes(int(len(data) * ATTACHED_EVERY * random.uniform(0.5, 2.5))))
    return (
        outer + b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=attached\n\n--attached\n" + kinds + b"\n"
        + body + b"\n--attached\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n"
        b'Content-Disposition: attachment; filename="a.pdf"\n\n' + file + b"--attached--\n"
    )  # fmt: skip


def _write(path: Path, messages: Iterator[bytes], size_bytes: int | None = None) -> int:
    """Write messages as an mbox until there are `size_bytes` of them, and return how many there are."""
    n = written = 0
    with path.open("wb") as file:
        for data in messages:
            written += file.write(_SEPARATOR + _FROM_LINE.sub(rb">\1", data) + b"\n\n")
            n += 1
            if size_bytes is not None and written >= size_bytes:
                break
    return n


def _is_here(name: str) -> bool:
    try:
        return bool(locate(name))
    except UserError:
        return False


def _messages(name: str) -> Iterator[bytes]:
    for _, mailbox in locate(name):
        for part in open_mailbox(mailbox).parts():
            yield from (each.data for each in read_part(part) if isinstance(each, RawMessage))
