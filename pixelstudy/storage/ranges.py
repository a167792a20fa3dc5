"""Ranges: a file at an address as Python's own kind of file, fetched in ranges of bytes, or written."""

from __future__ import annotations

import errno
import io
import os
from contextlib import AbstractContextManager
from typing import Any, Protocol

from pixelstudy.errors import UserError

__all__ = ["Ranges", "Writing"]

LEAST_BYTES = 1 << 16
"""What one request is worth."""

AHEAD_BYTES = 4 << 20
"""How far reading in order runs ahead, and so the most that is fetched of the next range."""


class RemoteFile(Protocol):
    """What is needed of a :class:`~pixelstudy.storage.addresses.RemotePath` to read or write it."""

    @property
    def filesystem(self) -> Any:
        """The file system of fsspec."""

    @property
    def within(self) -> str:
        """Its path within that file system."""

    def told(self) -> AbstractContextManager[None]:
        """Turn what its package raises into an :exc:`OSError`."""

    def stat(self) -> Any:
        """Return its size as ``st_size``."""


class Ranges(io.RawIOBase):
    """What stands at an address, in ranges of bytes: what is asked for alone, and further ahead as reading goes on.

    A row that says a file could not be read would be the end of it; a network is not there for a while. So what fails
    here ends the run, unless the file is gone.
    """

    def __init__(self, address: RemoteFile) -> None:
        super().__init__()
        self._address = address
        try:
            self._size = address.stat().st_size
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unread(address, error.strerror) from None
        self._position = 0
        self._start, self._held = 0, b""

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that any place of it can be."""
        return True

    def tell(self) -> int:
        """Return where reading stands."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, and return it; nothing is fetched."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, "a place before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; only the end of the file leaves it short."""
        done, size = 0, max(0, min(len(buffer), self._size - self._position))
        while done < size:
            at = self._position - self._start
            if not 0 <= at < len(self._held):
                self._fetch(size - done)
                at = 0
            piece = memoryview(self._held)[at : at + size - done]
            buffer[done : done + len(piece)] = piece
            done += len(piece)
            self._position += len(piece)
        return done

    def _fetch(self, size: int) -> None:
        """Get `size` bytes from where reading stands, and more the longer it went on in order."""
        in_order = self._held and self._position == self._start + len(self._held)
        ahead = min(2 * len(self._held), AHEAD_BYTES) if in_order else 0
        stop = min(self._size, self._position + max(size, ahead, LEAST_BYTES))
        address = self._address
        try:
            with address.told():
                data = address.filesystem.cat_file(address.within, start=self._position, end=stop)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unread(address, error.strerror) from None
        if len(data) != stop - self._position:
            raise _unread(address, "it changed while it was read, or its server gives no ranges of bytes")
        self._start, self._held = self._position, data


def _unread(address: RemoteFile, why: str | None) -> UserError:
    return UserError(f"{address} can't be read: {why}; when that is mended the same command goes on where it was")


class Writing(io.RawIOBase):
    """A file at an address, being written."""

    def __init__(self, address: RemoteFile) -> None:
        super().__init__()
        self._address = address
        with address.told():
            self._file = address.filesystem.open(address.within, "wb")

    def writable(self) -> bool:
        """Return that it can be written."""
        return True

    def write(self, data: Any) -> int:
        """Write all of `data`."""
        with self._address.told():
            self._file.write(data)
        return memoryview(data).nbytes

    def close(self) -> None:
        """Let the file stand; until then an object store has none."""
        if not self.closed:
            try:
                with self._address.told():
                    self._file.close()
            finally:
                super().close()
