"""Compressed files: what gzip, bzip2, xz and zstd hold, a block at a time.

A stream that ends early is ``truncated``, one that makes no sense ``corrupt``, and one that expands more than
:data:`RATIO_LIMIT` times ``too large``; what came before that is kept.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa

from pixelstudy.mail.raw import BLOCK_BYTES, DamageError, Skipped, Source, source_of

__all__ = ["COMPRESSIONS", "RATIO_LIMIT", "Stream", "bounded", "decompressed", "inflated"]

RATIO_LIMIT = 400
"""The most bytes that may come out for each that went in, after the first :data:`RATIO_FLOOR`. Mail compresses to a
third, or to a hundredth where a newsletter repeats itself."""

RATIO_FLOOR = 256 << 20
"""How much may come out of any file."""

COMPRESSIONS = {"gzip": b"\x1f\x8b\x08", "bzip2": b"BZh", "xz": b"\xfd7zXZ\x00", "zstd": b"\x28\xb5\x2f\xfd"}
"""The first bytes of each compression."""

_OUT_BYTES = 1 << 18
_PROBE_BYTES = 1 << 12


class Stream:
    """A stream of blocks, read by number of bytes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks = blocks
        self.rest = b""
        self.position = 0
        self.damage: DamageError | None = None
        self.closed = False

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """Return `size` bytes, or fewer at the end; :exc:`DamageError` when the stream breaks off before."""
        if size <= len(self.rest):
            data, self.rest = self.rest[:size], self.rest[size:]
            self.position += size
            return data
        pieces = [self.rest]
        have = len(self.rest)
        try:
            while have < size and (block := next(self.blocks, None)) is not None:
                pieces.append(block)
                have += len(block)
        except DamageError as error:
            self.damage = error
            raise
        whole = b"".join(pieces)
        self.rest = whole[size:]
        self.position += min(size, have)
        return whole[:size]

    def exactly(self, size: int) -> Iterator[bytes]:
        """Yield `size` bytes in blocks; :exc:`DamageError` when the stream ends first."""
        while size:
            block = self.read(min(size, BLOCK_BYTES))
            if not block:
                self.damage = DamageError("truncated", "ends within a member")
                raise self.damage
            size -= len(block)
            yield block

    def put_back(self, data: bytes) -> None:
        """Make `data` the next bytes to be read."""
        self.rest = data + self.rest
        self.position -= len(data)

    def close(self) -> None:
        """Do nothing; Arrow calls this."""
        self.closed = True


def decompressed(source: Source) -> Iterator[Source | Skipped]:
    """Yield the one source within a compressed file, with all its streams joined.

    Bytes other than zeros after a stream are skipped as ``corrupt``; no message is lost. A gzip stream that is damaged
    is read up to its damage, and so are the streams after it.
    """
    name = next(name for name, magic in COMPRESSIONS.items() if source.head.startswith(magic))
    trailing: list[str] = []
    inner = source_of(
        _content(name, source.blocks, trailing), origin=source.origin, labels=source.labels, layer=source.layer + 1
    )
    again = source.again
    yield inner if again is None else replace(inner, again=lambda: _content(name, again(), []))
    for detail in trailing:
        yield Skipped(source.origin, 0, "corrupt", detail)


def _content(name: str, packed: Iterator[bytes], trailing: list[str]) -> Iterator[bytes]:
    """Return the content of a compressed file; what is wrong after a stream is added to `trailing`."""
    stream = Stream(packed)
    blocks = _zstd_blocks(stream) if name == "zstd" else _blocks(name, stream, trailing)
    return bounded(blocks, lambda: stream.position)


def bounded(blocks: Iterator[bytes], consumed: Callable[[], int], *, before: int = 0) -> Iterator[bytes]:
    """Yield `blocks` while they, and `before` bytes before them, are no bomb, given what was `consumed`."""
    size = before
    for block in blocks:
        size += len(block)
        if size > RATIO_FLOOR and size > RATIO_LIMIT * max(1, consumed()):
            raise DamageError("too large", f"expands more than {RATIO_LIMIT} times")
        yield block


def _blocks(name: str, stream: Stream, trailing: list[str]) -> Iterator[bytes]:
    """Yield the content of the gzip, bzip2 or xz streams of a file."""
    magic = COMPRESSIONS[name]
    while True:
        try:
            yield from inflated(_engine(name), stream, name)
        except DamageError as damage:
            if damage.reason != "corrupt" or not (name == "gzip" and _reach_next_gzip(stream)):
                raise
            trailing.append(f"{damage.detail}; what follows the damage was read")
            yield b"\n\n"  # so that a message that begins there is seen
            continue
        start = b""
        while not start and (data := stream.read(len(magic))):
            start = data.lstrip(b"\x00")  # padding
        start += stream.read(len(magic) - len(start)) if start else b""
        if not start:
            return
        if start != magic:
            trailing.append(f"{name}: bytes after the end")
        stream.put_back(start)
        if start != magic and not (name == "gzip" and _reach_next_gzip(stream)):
            return


def _reach_next_gzip(stream: Stream) -> bool:
    """Move `stream` to the start of the next gzip stream, and return whether there is one."""
    magic = COMPRESSIONS["gzip"]
    data = b""
    while block := stream.read(_OUT_BYTES):
        data = data[1 - len(magic) :] + block
        at = data.find(magic)
        while at >= 0:
            rest = data[at:] + stream.read(_PROBE_BYTES)
            if _begins_gzip(rest):
                stream.put_back(rest)
                return True
            stream.put_back(rest[len(data) - at :])
            at = data.find(magic, at + 1)
    return False


def _begins_gzip(data: bytes) -> bool:
    """Return whether something can be inflated from the start of `data`."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data[:_PROBE_BYTES], 1) != b""
    except zlib.error:
        return False


def inflated(engine: Any, stream: Stream, name: str) -> Iterator[bytes]:
    """Yield the content of one compressed stream, and leave `stream` right after it.

    Parameters
    ----------
    engine
        A new decompressor of :mod:`zlib`, :mod:`bz2` or :mod:`lzma`.
    stream
        At the start of the compressed stream.
    name
        The compression, for messages.
    """
    keeps_input = not hasattr(engine, "unconsumed_tail")  # zlib returns the input that it has not used yet
    data = out = b""
    while not engine.eof:
        if not data and len(out) < _OUT_BYTES and (not keeps_input or engine.needs_input):
            data = stream.read(_OUT_BYTES)
            if not data:
                raise DamageError("truncated", f"{name}: ends early")
        before = None if keeps_input else engine.copy()
        try:
            out = engine.decompress(data, _OUT_BYTES)
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            if before is not None:
                yield from _up_to_damage(before, data)
                stream.put_back(data[1:])  # a stream may begin in it, if this one was cut off
            raise DamageError("corrupt", f"{name}: {error}") from None
        data = b"" if keeps_input else engine.unconsumed_tail
        if out:
            yield out
    stream.put_back(engine.unused_data)


def _up_to_damage(engine: Any, data: bytes) -> Iterator[bytes]:
    """Yield what can be inflated from `data` before zlib fails."""
    size = 1 << 12
    while size:
        before = engine.copy()
        try:
            out = engine.decompress(data, size)
        except zlib.error:
            engine, size = before, size >> 2
            continue
        data = engine.unconsumed_tail
        yield out


def _engine(name: str) -> Any:
    """Return a new decompressor."""
    if name == "gzip":
        return zlib.decompressobj(wbits=31)
    return bz2.BZ2Decompressor() if name == "bzip2" else lzma.LZMADecompressor(format=lzma.FORMAT_XZ)


def _zstd_blocks(stream: Stream) -> Iterator[bytes]:
    """Yield the content of zstd frames; Arrow has zstd in every Python that this package supports."""
    try:
        with pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd") as file:
            while block := file.read(_OUT_BYTES):
                yield block
    except OSError as error:
        reason = "truncated" if "runcated" in str(error) else "corrupt"
        raise DamageError(reason, f"zstd: {error}") from None
