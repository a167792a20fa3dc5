"""Pack messages into one file that depends only on the messages, and read them back."""

from __future__ import annotations

import bz2
import hashlib
import io
import lzma
import re
import tarfile
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path

from pixelstudy.errors import UserError
from pixelstudy.storage.places import whole_file

__all__ = ["MBOX_LIMIT", "contents_digest", "pack", "pack_mbox", "read_mbox", "read_members"]

MBOX_LIMIT = 200_000
"""Messages of this size or more, in bytes, are left out of an mbox."""

_SEPARATOR = b"From list@example.invalid Thu Jan  1 00:00:00 1970\n"
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>+(From )", re.MULTILINE)


def contents_digest(messages: Iterable[tuple[str, bytes]]) -> str:
    """Return the SHA-256 of the sorted names and checksums of messages, which no order or compression changes."""
    lines = sorted(f"{name}\0{hashlib.sha256(message).hexdigest()}\n" for name, message in messages)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_members(archive: Path, pattern: str) -> dict[str, bytes]:
    """Return the contents, by name, of the files in a tar archive whose names match the pattern."""
    with tarfile.open(archive) as tar:
        return {
            member.name: stream.read()
            for member in tar
            if fnmatch(member.name, pattern) and (stream := tar.extractfile(member))
        }


def pack(messages: Mapping[str, bytes], path: Path, *, sha256: str = "", contents: str = "") -> None:
    """Write a tar archive that depends only on the messages: sorted by name, without times and owners.

    Parameters
    ----------
    sha256, contents
        The checksum that the archive must have, or the :func:`contents_digest` that its messages must have.

    Raises
    ------
    UserError
        If the messages are different ones; nothing is written then.
    """
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(messages):
            member = tarfile.TarInfo(name)
            member.size = len(messages[name])
            tar.addfile(member, io.BytesIO(messages[name]))
    packed = (lzma if path.suffix == ".xz" else bz2).compress(plain.getvalue())
    found = contents_digest(messages.items()) if contents else hashlib.sha256(packed).hexdigest()
    _write(packed, path, len(messages), is_right=found == (contents or sha256))


def pack_mbox(messages: Iterable[bytes], path: Path, *, contents: str) -> None:
    """Write the messages that have HTML and are smaller than :data:`MBOX_LIMIT` to an mbox, ``From`` lines quoted.

    Raises
    ------
    UserError
        If their :func:`contents_digest` is not `contents`; nothing is written then.
    """
    kept = [message for message in messages if b"text/html" in message and len(message) < MBOX_LIMIT]
    plain = b"".join(_SEPARATOR + _FROM.sub(rb">\1", message.rstrip(b"\n")) + b"\n\n" for message in kept)
    found = contents_digest(("", _bare(message)) for message in kept)
    _write(lzma.compress(plain), path, len(kept), is_right=found == contents)


def read_mbox(path: Path) -> list[tuple[str, bytes]]:
    """Return the messages of an mbox by :func:`pack_mbox`, with empty names and ``From`` lines unquoted."""
    _, *messages = lzma.decompress(path.read_bytes()).split(_SEPARATOR)
    return [("", _bare(message)) for message in messages]


def _bare(message: bytes) -> bytes:
    return _QUOTED_FROM.sub(rb"\1", message.rstrip(b"\n"))


def _write(packed: bytes, path: Path, n: int, *, is_right: bool) -> None:
    if not is_right:
        raise UserError(f"the {n} messages found for {path.name} are not those of the corpus (by their checksum)")
    with whole_file(path) as out:
        out.write(packed)
