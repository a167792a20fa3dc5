"""Resuming: how a part is named, and whether what it was made from is unchanged.

The tables of each part stay beside those of the run. The name of a part of small files, or of an archive, depends on
their sizes and times of writing. The name of a range of a file depends only on its place, and its tables contain a
digest of the bytes that were read, so that only the new part of a mailbox that grew is read.
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
    """The bytes of a file that were read for a range of it."""

    start: int
    size_bytes: int
    is_end: bool  # whether they reach the end of the file, which a reader notices too
    digest: str
    stamp: int | None = None  # of a file at an address: while it stays the same, the file is not fetched again


class Watch:
    """What is seen while a part is read."""

    def __init__(self) -> None:
        self._hasher = mmh3.mmh3_x64_128()
        self._size_bytes = 0

    def see(self, block: bytes) -> None:
        """Add the next block of a range."""
        self._hasher.update(block)
        self._size_bytes += len(block)

    def metadata(self, part: Part) -> dict[bytes, bytes]:
        """Return the metadata of the tables of `part`, for :func:`is_unchanged`."""
        if part.lead_bytes is None:
            return {}
        start = max(0, part.start - part.lead_bytes)
        file = _file(part)
        is_end = start + self._size_bytes >= place(file.path).stat().st_size
        seen = _Seen(start, self._size_bytes, is_end, self._hasher.digest().hex(), _stamp(file))
        return {_KEY: json.dumps(asdict(seen)).encode()}


def part_name(part: Part, *asked: object) -> str:
    """Return 24 hex digits that identify `part` and how it is read (`asked`).

    A range of a file that grew keeps its name; any other part gets a new one when one of its files changes.
    """
    if part.lead_bytes is None:
        files = [_state(file) if isinstance(file, File) else astuple(file) for file in part.files]
    else:
        file = _file(part)
        head = _head_there(file) if isinstance(file.path, RemotePath) else _head(file)
        files = [(file.origin, file.labels, head)]
    said = json.dumps([asked, files, part.start, part.stop, part.lead_bytes, part.batch_bytes])
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def is_unchanged(part: Part, tables: Place) -> bool:
    """Return whether the Parquet file at `tables` can be read and was made from what is in `part` now."""
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


_head_there = lru_cache(maxsize=16)(_head)  # needed for every part of a file, which changes only with its stamp


def _stamp(file: File) -> int | None:
    return file.mtime_ns if isinstance(file.path, RemotePath) else None


def _state(file: File) -> tuple[object, ...]:
    said = asdict(file)
    del said["path"], said["side"]  # a mailbox that was moved is the same
    return *said.values(), ends_of(file), file.side_state()


def _file(part: Part) -> File:
    (file,) = part.files
    assert isinstance(file, File)
    return file
