"""Addresses: what is written ``scheme://…`` and opened by fsspec, with the methods of a path.

A :class:`RemotePath` has those methods of :class:`~pathlib.Path` that reading mail and writing tables need. fsspec is
imported only here, for the first address, and only then can a network be reached.

Whatever the package of a storage raises comes out as :exc:`OSError`, or, where mail that was there would be lost, as
:exc:`~pixelstudy.errors.UserError`. No password that an address holds is ever shown.
"""

from __future__ import annotations

import errno
import hashlib
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pixelstudy.errors import UserError
from pixelstudy.storage.ranges import Ranges, Writing

__all__ = ["Entry", "RemotePath", "Status", "is_address"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:::[A-Za-z][A-Za-z0-9+.-]+)*://")  # two letters: C:// is a drive
_PASSWORD = re.compile(r"(?<=://)[^/\s@:]*:(?!:|\d+/)((?:(?!::)\S)*)@")  # no port; a slash within may be meant
_SECRET = re.compile(  # name and password, and what a signed address ends in
    r"(?<=://)(?:[^/\s]*|[^/\s@:]*:(?!:|\d+/)(?:(?!::)[^\s@])*)@|\?(?:(?!::)[^\s'\"])*"
)
_STAMPS = (
    "etag", "md5hash", "contentmd5", "generation", "versionid",
    "mtime", "lastmodified", "updated", "modified", "created",
)  # fmt: skip
"""What file systems call that which changes with a file's content, the surest first."""

_ERRNO: Mapping[type[OSError], int] = {
    FileNotFoundError: errno.ENOENT,
    FileExistsError: errno.EEXIST,
    PermissionError: errno.EACCES,
    IsADirectoryError: errno.EISDIR,
    NotADirectoryError: errno.ENOTDIR,
}


def is_address(name: str) -> bool:
    r"""Return whether `name` is an address, to be opened by fsspec, and no path.

    >>> is_address("s3://bucket/box.mbox"), is_address("zip://box.mbox::s3://bucket/a.zip"), is_address("C://box.mbox")
    (True, True, False)
    """
    return _SCHEME.match(name) is not None


@dataclass(frozen=True, slots=True)
class Status:
    """What a storage says of a file or folder, by the names that :func:`os.stat` has for it."""

    st_mode: int
    """Folder, file, link or something else."""

    st_size: int
    """The length in bytes."""

    st_mtime_ns: int
    """A number that stands for the content: of its ETag, else of the time of writing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a folder, with what :class:`os.DirEntry` has."""

    name: str
    """Its last part."""

    path: RemotePath
    """Where it is."""

    status: Status
    """What its storage says of it."""

    def stat(self, *, follow_symlinks: bool = True) -> Status:  # noqa: ARG002 - no storage follows links on listing
        """Return its size and kind."""
        return self.status


@dataclass(frozen=True, slots=True, repr=False)
class RemotePath:
    """A file or folder that fsspec opens; with the methods of :class:`~pathlib.Path`, where nothing else is said."""

    url: str
    """The address as the user named it; it may hold a password."""

    below: str = ""
    """A path below it."""

    def __str__(self) -> str:
        """Return it without a password, and without what follows a ``?``."""
        shown = _SECRET.sub("", self.url)
        return f"{shown.rstrip('/')}/{self.below}" if self.below else shown

    def __repr__(self) -> str:
        return f"RemotePath({str(self)!r})"

    def __truediv__(self, name: str) -> RemotePath:
        return RemotePath(self.url, f"{self.below}/{name}" if self.below else name)

    @property
    def name(self) -> str:
        """Return its last part, without a password or what follows a ``?``."""
        return _SECRET.sub("", self.within).rstrip("/").rpartition("/")[2] or "mailbox"

    @property
    def parents(self) -> tuple[()]:
        """No folder above it: it is made along with it, and stays."""
        return ()

    @property
    def filesystem(self) -> Any:
        """The file system of fsspec; :exc:`UserError` where there is none for it."""
        return _opened(self)[0]

    @property
    def within(self) -> str:
        """Its path within that file system."""
        root = str(_opened(self)[1])
        return f"{root.rstrip('/')}/{self.below}" if self.below else root

    @property
    def is_in_memory(self) -> bool:
        """Whether no other process sees it."""
        return "memory" in self._protocols

    @property
    def is_in_object_store(self) -> bool:
        """Whether its storage keeps whole objects and no folders, and so renames nothing."""
        from fsspec import AbstractFileSystem

        return type(self.filesystem).mv is AbstractFileSystem.mv

    @property
    def _protocols(self) -> tuple[str, ...]:
        protocol = self.filesystem.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what its package raises into an :exc:`OSError` that says it in one line, without a secret."""
        try:
            yield
        except UserError:
            raise
        except OSError as error:
            number = next((n for kind, n in _ERRNO.items() if isinstance(error, kind)), error.errno or errno.EIO)
            raise OSError(number, _said(error, self)) from None
        except Exception as error:  # noqa: BLE001 - every package has errors of its own
            raise OSError(errno.EIO, _said(error, self)) from None

    def with_name(self, name: str) -> RemotePath:
        """Return its neighbour of that name."""
        folder, _, _ = (self.below or self.url).rpartition("/")
        return RemotePath(self.url, f"{folder}/{name}".lstrip("/")) if self.below else RemotePath(folder, name)

    def absolute(self) -> RemotePath:
        """Return it: an address is whole."""
        return self

    def resolve(self) -> Path | RemotePath:
        """Return it, or the path that it is in truth."""
        return Path(self.within).resolve() if "file" in self._protocols else self

    def stat(self) -> Status:
        """Return its kind, size and stamp, asked anew; a link is followed."""
        with self.told():
            self.filesystem.invalidate_cache(self.within)
            return _status(self, self.filesystem.info(self.within))

    def exists(self) -> bool:
        """Return whether it is there; where its folder was listed, whether it was there then."""
        with self.told():
            return bool(self.filesystem.exists(self.within))

    def is_dir(self) -> bool:
        """Return whether it is a folder, or an object store has something below it."""
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
        """Return what is in it, seen anew."""
        with self.told():
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
        """Yield what is in it, seen anew; nothing where it is not there, as an object store keeps no empty folder."""
        with suppress(FileNotFoundError):
            yield from (entry.path for entry in self.entries())

    def open(self, mode: str, buffering: int = 0) -> Any:  # noqa: ARG002 - as of a path
        """Return it opened, without a buffer: for ``rb``, to be read in ranges of bytes, or for ``wb``."""
        return Writing(self) if mode == "wb" else Ranges(self)

    def read_bytes(self) -> bytes:
        """Return all of it."""
        with self.told():
            return bytes(self.filesystem.cat_file(self.within))

    def read_text(self, encoding: str = "utf-8") -> str:
        """Return all of it as text."""
        return self.read_bytes().decode(encoding)

    def mkdir(self, *, parents: bool = True, exist_ok: bool = False) -> None:  # noqa: ARG002 - as of a path
        """Make the folder, and those above it; an object store has none to make, and a bucket is never made."""
        with self.told():
            if not self.is_in_object_store:
                self.filesystem.makedirs(self.within, exist_ok=exist_ok)

    def rmdir(self) -> None:
        """Remove the folder, when it is empty; a bucket never."""
        with self.told():
            if not self.is_in_object_store:
                self.filesystem.rmdir(self.within)

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Remove the file."""
        with suppress(FileNotFoundError) if missing_ok else nullcontext(), self.told():
            self.filesystem.rm_file(self.within)


def _said(error: Exception, address: RemotePath) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    for secret in _PASSWORD.findall(address.url):
        for form in (secret, unquote(secret)):
            text = text.replace(form, "…")
    return _SECRET.sub("", text.strip().partition("\n")[0])


def _opened(address: RemotePath) -> tuple[Any, str]:
    """Return the file system of the address that the user named, and the path within it."""
    top = RemotePath(address.url)
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UserError(f"{top} is an address, which takes fsspec: pip install 'pixelstudy[cluster]'") from None
    try:
        files, within = url_to_fs(address.url)
    except ImportError as error:
        raise UserError(f"{top} takes a package that is not installed: {_said(error, top)}") from None
    except Exception as error:  # noqa: BLE001 - a connection may be made here, and fail as its package likes
        raise UserError(f"{top} can't be opened: {_said(error, top)}; check the address") from None
    return files, str(within)


def _status(address: RemotePath, info: Mapping[str, Any], *, is_listed: bool = False) -> Status:
    """Return what fsspec says of a file in the names of the system."""
    if is_listed and (info.get("islink") or info["type"] == "link"):
        return Status(stat.S_IFLNK, 0, 0)
    mode = {"directory": stat.S_IFDIR, "file": stat.S_IFREG}.get(info["type"], stat.S_IFIFO)
    size = info.get("size")
    if mode == stat.S_IFREG and size is None:
        raise UserError(f"{address} has no size that its storage knows: copy it here, and name the copy")
    known = {re.sub("[^a-z0-9]", "", str(key).lower()): value for key, value in info.items()}
    stamp = next((known[name] for name in _STAMPS if known.get(name)), "")
    stamp = stamp.timestamp() if hasattr(stamp, "timestamp") else stamp  # listed, a time may be a number
    digest = hashlib.sha256(str(stamp).strip('"').encode()).digest()
    return Status(mode, int(size or 0), int.from_bytes(digest[:7]))
