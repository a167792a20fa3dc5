"""Remote addresses (``scheme://…``), opened by fsspec and used like paths.

A :class:`RemotePath` has the methods of :class:`~pathlib.Path` that reading mail and writing tables need. fsspec is
imported only here, and only when the first address is opened; with local paths alone the network is never used.

Errors from a storage package are raised as :exc:`OSError`, or as :exc:`~pixelstudy.errors.UserError` if continuing
would lose mail. A password in an address is never shown.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pixelstudy.errors import UserError

__all__ = ["Entry", "RemotePath", "Status", "is_address"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:::[A-Za-z][A-Za-z0-9+.-]+)*://")  # two letters: C:// is a drive
_PASSWORD = re.compile(r"(?<=://)[^/\s@:]*:(?!:|\d+/)((?:(?!::)\S)*)@")  # not a port; it may contain a slash
_SECRET = re.compile(  # name and password, and the signature at the end of a signed address
    r"(?<=://)(?:[^/\s]*|[^/\s@:]*:(?!:|\d+/)(?:(?!::)[^\s@])*)@|\?(?:(?!::)[^\s'\"])*"
)
_STAMPS = (
    "etag", "md5hash", "contentmd5", "generation", "versionid",
    "mtime", "lastmodified", "updated", "modified", "created",
)  # fmt: skip
"""The names by which file systems report a value that changes with a file's content, the most reliable first."""

LEAST_BYTES = 1 << 16
"""The fewest bytes that one request fetches."""

AHEAD_BYTES = 4 << 20
"""The most bytes that are fetched ahead when a file is read in order."""

_ERRNO: Mapping[type[OSError], int] = {
    FileNotFoundError: errno.ENOENT,
    FileExistsError: errno.EEXIST,
    PermissionError: errno.EACCES,
    IsADirectoryError: errno.EISDIR,
    NotADirectoryError: errno.ENOTDIR,
}


def is_address(name: str) -> bool:
    r"""Return whether `name` is an address that fsspec opens, rather than a path.

    >>> is_address("s3://bucket/box.mbox"), is_address("zip://box.mbox::s3://bucket/a.zip"), is_address("C://box.mbox")
    (True, True, False)
    """
    return _SCHEME.match(name) is not None


@dataclass(frozen=True, slots=True)
class Status:
    """What a storage says about a file or folder, in the terms of :func:`os.stat`."""

    st_mode: int
    """Folder, file, link or something else."""

    st_size: int
    """The length in bytes."""

    st_mtime_ns: int
    """A digest of the ETag, or else of the modification time; it changes when the content does."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a folder, like :class:`os.DirEntry`."""

    name: str
    """The last part of its path."""

    path: RemotePath
    """Its path."""

    status: Status
    """Its kind, size and stamp."""

    def stat(self, *, follow_symlinks: bool = True) -> Status:  # noqa: ARG002 - links are never followed in a listing
        """Return its size and kind."""
        return self.status


@dataclass(frozen=True, slots=True, repr=False)
class RemotePath:
    """A file or folder that fsspec opens. Its methods work like those of :class:`~pathlib.Path`, except where noted."""

    url: str
    """The address as the user wrote it; it may contain a password."""

    below: str = ""
    """A path below that address."""

    def __str__(self) -> str:
        """Return the address without its password and its query (after ``?``)."""
        shown = _SECRET.sub("", self.url)
        return f"{shown.rstrip('/')}/{self.below}" if self.below else shown

    def __repr__(self) -> str:
        return f"RemotePath({str(self)!r})"

    def __truediv__(self, name: str) -> RemotePath:
        return RemotePath(self.url, f"{self.below}/{name}" if self.below else name)

    @property
    def name(self) -> str:
        """The last part, without a password and a query."""
        return _SECRET.sub("", self.within).rstrip("/").rpartition("/")[2] or "mailbox"

    @property
    def parents(self) -> tuple[()]:
        """Always empty: the folders above are created with it and never removed."""
        return ()

    @property
    def filesystem(self) -> Any:
        """The fsspec file system; raises a :exc:`UserError` if no installed package can open it."""
        return _opened(self)[0]

    @property
    def within(self) -> str:
        """The path within that file system."""
        root = str(_opened(self)[1])
        return f"{root.rstrip('/')}/{self.below}" if self.below else root

    @property
    def is_in_memory(self) -> bool:
        """Whether only this process can see it."""
        return "memory" in self._protocols

    @property
    def is_in_object_store(self) -> bool:
        """Whether the storage is an object store, which can't rename."""
        from fsspec import AbstractFileSystem

        return type(self.filesystem).mv is AbstractFileSystem.mv

    @property
    def _protocols(self) -> tuple[str, ...]:
        protocol = self.filesystem.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)

    @contextmanager
    def plain_errors(self) -> Iterator[None]:
        """Turn any error of the storage package into an :exc:`OSError` of one line, without secrets."""
        try:
            yield
        except UserError:
            raise
        except OSError as error:
            number = next((n for kind, n in _ERRNO.items() if isinstance(error, kind)), error.errno or errno.EIO)
            raise OSError(number, _message(error, self)) from None
        except Exception as error:  # noqa: BLE001 - every package has its own errors
            raise OSError(errno.EIO, _message(error, self)) from None

    def with_name(self, name: str) -> RemotePath:
        """Return the file of that name in the same folder."""
        folder, _, _ = (self.below or self.url).rpartition("/")
        return RemotePath(self.url, f"{folder}/{name}".lstrip("/")) if self.below else RemotePath(folder, name)

    def absolute(self) -> RemotePath:
        """Return the same path."""
        return self

    def resolve(self) -> Path | RemotePath:
        """Return the same path, or the local path if the address is ``file://``."""
        return Path(self.within).resolve() if "file" in self._protocols else self

    def stat(self) -> Status:
        """Return its kind, size and stamp, fresh from the storage; a link is followed."""
        with self.plain_errors():
            self.filesystem.invalidate_cache(self.within)
            return _status(self, self.filesystem.info(self.within))

    def exists(self) -> bool:
        """Return whether it exists; fsspec may answer from an earlier listing of the folder."""
        with self.plain_errors():
            return bool(self.filesystem.exists(self.within))

    def is_dir(self) -> bool:
        """Return whether it is a folder; in an object store, whether there is anything below it."""
        return self._is(stat.S_ISDIR)

    def is_file(self) -> bool:
        """Return whether it is a file."""
        return self._is(stat.S_ISREG)

    def _is(self, kind: Any) -> bool:
        try:
            return bool(kind(self.stat().st_mode))
        except OSError:
            return False

    def entries(self) -> list[Entry]:
        """Return the entries of the folder, fresh from the storage."""
        with self.plain_errors():
            files, within = self.filesystem, self.within
            files.invalidate_cache(within)
            listed = {str(info["name"]).rstrip("/"): info for info in files.ls(within, detail=True)}
            found = []
            for path, info in listed.items():
                if path != within.rstrip("/"):  # an object store may list the folder itself
                    name = path.rpartition("/")[2]
                    found.append(Entry(name, self / name, _status(self / name, info, is_listed=True)))
            return found

    def iterdir(self) -> Iterator[RemotePath]:
        """Yield the paths in the folder; none if it does not exist, since object stores have no empty folders."""
        with suppress(FileNotFoundError):
            yield from (entry.path for entry in self.entries())

    def open(self, mode: str, buffering: int = 0) -> Any:  # noqa: ARG002 - as for a path
        """Return an unbuffered file for reading in ranges of bytes, or for writing (``wb``)."""
        return Writing(self) if mode == "wb" else Ranges(self)

    def read_bytes(self) -> bytes:
        """Return the whole content."""
        with self.plain_errors():
            return bytes(self.filesystem.cat_file(self.within))

    def read_text(self, encoding: str = "utf-8") -> str:
        """Return the whole content as text."""
        return self.read_bytes().decode(encoding)

    def mkdir(self, *, parents: bool = True, exist_ok: bool = False) -> None:  # noqa: ARG002 - as for a path
        """Create the folder and those above it; do nothing in an object store, and never create a bucket."""
        with self.plain_errors():
            if not self.is_in_object_store:
                self.filesystem.makedirs(self.within, exist_ok=exist_ok)

    def rmdir(self) -> None:
        """Remove the folder if it is empty; never remove a bucket."""
        with self.plain_errors():
            if not self.is_in_object_store:
                self.filesystem.rmdir(self.within)

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Remove the file."""
        with suppress(FileNotFoundError) if missing_ok else nullcontext(), self.plain_errors():
            self.filesystem.rm_file(self.within)


def _message(error: Exception, address: RemotePath) -> str:
    """Return the first line of an error, without passwords and queries."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    for secret in _PASSWORD.findall(address.url):
        for form in (secret, unquote(secret)):
            text = text.replace(form, "…")
    return _SECRET.sub("", text.strip().partition("\n")[0])


def _opened(address: RemotePath) -> tuple[Any, str]:
    """Return the file system of the address and the path within it, without the part below."""
    top = RemotePath(address.url)
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UserError(f"{top} is an address, which needs fsspec: pip install 'pixelstudy[cluster]'") from None
    try:
        files, within = url_to_fs(address.url)
    except ImportError as error:
        raise UserError(f"{top} needs a package that is not installed: {_message(error, top)}") from None
    except Exception as error:  # noqa: BLE001 - this may connect, and every package has its own errors
        raise UserError(f"{top} can't be opened: {_message(error, top)}; check the address") from None
    return files, str(within)


def _status(address: RemotePath, info: Mapping[str, Any], *, is_listed: bool = False) -> Status:
    """Return what fsspec reports about a file, in the terms of :func:`os.stat`."""
    if is_listed and (info.get("islink") or info["type"] == "link"):
        return Status(stat.S_IFLNK, 0, 0)
    mode = {"directory": stat.S_IFDIR, "file": stat.S_IFREG}.get(info["type"], stat.S_IFIFO)
    size = info.get("size")
    if mode == stat.S_IFREG and size is None:
        raise UserError(f"the storage of {address} does not report its length; copy the file here and name the copy")
    known = {re.sub("[^a-z0-9]", "", str(key).lower()): value for key, value in info.items()}
    stamp = next((known[name] for name in _STAMPS if known.get(name)), "")
    stamp = stamp.timestamp() if hasattr(stamp, "timestamp") else stamp  # a listing may give a time as a number
    digest = hashlib.sha256(str(stamp).strip('"').encode()).digest()
    return Status(mode, int(size or 0), int.from_bytes(digest[:7]))


class Ranges(io.RawIOBase):
    """A remote file, read in ranges of bytes: at first as much as needed, then further and further ahead.

    An error here ends the run, unless the file is gone. Networks fail for a while, and a row in ``skipped.parquet``
    would lose the file for good.
    """

    def __init__(self, address: RemotePath) -> None:
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
        """Return true."""
        return True

    def seekable(self) -> bool:
        """Return true."""
        return True

    def tell(self) -> int:
        """Return the current position."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position and return it, without fetching anything."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, "a position before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`, or as much as the file has left, and return how many bytes that is."""
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
        """Fetch at least `size` bytes from the current position, and twice as many as before if reading in order."""
        in_order = self._held and self._position == self._start + len(self._held)
        ahead = min(2 * len(self._held), AHEAD_BYTES) if in_order else 0
        stop = min(self._size, self._position + max(size, ahead, LEAST_BYTES))
        address = self._address
        try:
            with address.plain_errors():
                data = address.filesystem.cat_file(address.within, start=self._position, end=stop)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unread(address, error.strerror) from None
        if len(data) != stop - self._position:
            raise _unread(address, "it changed while being read, or its server can't send ranges of bytes")
        self._start, self._held = self._position, data


def _unread(address: RemotePath, why: str | None) -> UserError:
    return UserError(f"{address} can't be read: {why}; when that is fixed, run the same command again to resume")


class Writing(io.RawIOBase):
    """A remote file that is being written."""

    def __init__(self, address: RemotePath) -> None:
        super().__init__()
        self._address = address
        with address.plain_errors():
            self._file = address.filesystem.open(address.within, "wb")

    def writable(self) -> bool:
        """Return true."""
        return True

    def write(self, data: Any) -> int:
        """Write all of `data`."""
        with self._address.plain_errors():
            self._file.write(data)
        return memoryview(data).nbytes

    def close(self) -> None:
        """Finish the file; in an object store it does not exist until then."""
        if not self.closed:
            try:
                with self._address.plain_errors():
                    self._file.close()
            finally:
                super().close()
