"""Parts that were read before: how a part is named, and whether what it was made of is still there.

The tables of each part stay beside those of the run. A part of small files or of an archive is named by their sizes
and times of writing. A range of a file is named by its place alone, and its tables hold a digest of the bytes that
its reader took, so that a mailbox that grew is read from where it grew.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, astuple, dataclass
from functools import lru_cache

import mmh3

from pixelstudy.extraction.parquet import read_schema
from pixelstudy.mail.boxes.folders import File, ends_of, head_of
from pixelstudy.mail.boxes.mailbox import Part
from pixelstudy.storage.places import Place, RemotePath, place

__all__ = ["Watch", "is_unchanged", "part_name"]

_BLOCK_BYTES = 1 << 20
_KEY = b"seen"


@dataclass(frozen=True, slots=True)
class _Seen:
    """The bytes of a file that decided what came out of a range of it."""

    start: int
    size_bytes: int
    is_end: bool  # whether the file ends with them: a reader sees that too
    digest: str
    stamp: int | None = None  # of a file at an address, what stood for its content: unchanged, it is not fetched again


class Watch:
    """Looks on while a part is read."""

    def __init__(self) -> None:
        self._hasher = mmh3.mmh3_x64_128()
        self._size_bytes = 0

    def see(self, block: bytes) -> None:
        """Take the next block of a range into account."""
        self._hasher.update(block)
        self._size_bytes += len(block)

    def metadata(self, part: Part) -> dict[bytes, bytes]:
        """Return what the tables of `part` shall hold, that :func:`is_unchanged` may ask for it."""
        if part.lead_bytes is None:
            return {}
        start = max(0, part.start - part.lead_bytes)
        file = _file(part)
        is_end = start + self._size_bytes >= place(file.path).stat().st_size
        seen = _Seen(start, self._size_bytes, is_end, self._hasher.digest().hex(), _stamp(file))
        return {_KEY: json.dumps(asdict(seen)).encode()}


def part_name(part: Part, *asked: object) -> str:
    """Return 24 hex digits that name what `part` is, and what was `asked` of it.

    A range of a file that grew keeps its name; any other part has another one when a file of it changed.
    """
    if part.lead_bytes is None:
        files = [_state(file) if isinstance(file, File) else astuple(file) for file in part.files]
    else:
        file = _file(part)
        head = _head_there(file) if isinstance(file.path, RemotePath) else _head(file)
        files = [(file.origin, file.labels, head)]
    said = json.dumps([asked, files, part.start, part.stop, part.lead_bytes])
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def is_unchanged(part: Part, tables: Place) -> bool:
    """Return whether the Parquet at `tables` was made of what `part` holds now; not when it can't be read."""
    try:
        metadata = read_schema(tables).metadata or {}
        if part.lead_bytes is None:
            return True  # its name says so
        seen = _Seen(**json.loads(metadata[_KEY]))
        file = _file(part)
        if seen.is_end != (seen.start + seen.size_bytes >= file.size_bytes):
            return False
        if seen.stamp is not None and seen.stamp == _stamp(file):
            return True
        hasher, left = mmh3.mmh3_x64_128(), seen.size_bytes
        with place(file.path).open("rb", buffering=0) as handle:
            handle.seek(seen.start)
            while left and (block := handle.read(min(left, _BLOCK_BYTES))):
                hasher.update(block)
                left -= len(block)
        return not left and hasher.digest().hex() == seen.digest
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _head(file: File) -> str:
    return hashlib.sha256(head_of(file)).hexdigest()


_head_there = lru_cache(maxsize=16)(_head)  # every part of a file asks for it, and its stamp says when it is another


def _stamp(file: File) -> int | None:
    return file.mtime_ns if isinstance(file.path, RemotePath) else None


def _state(file: File) -> tuple[object, ...]:
    said = asdict(file)
    del said["path"], said["side"]  # where a mailbox lies says nothing of what is in it
    return *said.values(), ends_of(file), file.side_state()


def _file(part: Part) -> File:
    (file,) = part.files
    assert isinstance(file, File)
    return file
