"""Places: read, list and write local paths and remote addresses (``s3://bucket/box.mbox``) in the same way.

:func:`place` returns a :class:`~pathlib.Path` for a path and a :class:`~.addresses.RemotePath` for an address. Both
have the methods that the package uses, so no other module needs to know which one it has. Operations that differ
between the two are functions here.
"""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, TypeAlias, TypeVar

from pixelstudy.errors import UserError
from pixelstudy.storage.addresses import Entry, RemotePath, is_address

__all__ = [
    "Entry",
    "Place",
    "RemotePath",
    "ahead",
    "is_address",
    "is_within",
    "local_path",
    "move",
    "named",
    "place",
    "remove_tree",
    "scandir",
    "whole_file",
]

Place: TypeAlias = Path | RemotePath

AT_ONCE = 8
"""How many small files are fetched at once; each takes some hundredths of a second, no matter how small."""

_Item = TypeVar("_Item")
_Read = TypeVar("_Read")


def place(name: str | os.PathLike[str] | RemotePath) -> Place:
    """Return `name` as a path or an address.

    >>> place("box.mbox").name, place("ftp://me:secret@192.0.2.1/mail/box.mbox")
    ('box.mbox', RemotePath('ftp://192.0.2.1/mail/box.mbox'))
    """
    found = named(name)
    return found if isinstance(found, RemotePath) else Path(found)


def local_path(name: str) -> Path:
    """Return a local path; reject an address."""
    if is_address(name):
        raise UserError(
            f"{place(name)} is not on this machine: name a local path, and copy the file to or from it yourself"
        )
    return Path(name)


def named(name: str | os.PathLike[str] | RemotePath) -> str | RemotePath:
    """Return an address as a :class:`RemotePath`, and a path as a string."""
    if isinstance(name, RemotePath):
        return name
    text = os.fspath(name)
    return RemotePath(text) if is_address(text) else text


def scandir(folder: str | RemotePath) -> AbstractContextManager[Iterable[os.DirEntry[str] | Entry]]:
    """Return the entries of a folder, like :func:`os.scandir`."""
    return nullcontext(folder.entries()) if isinstance(folder, RemotePath) else os.scandir(folder)


def move(source: Place, target: Place) -> None:
    """Move a file to `target` in the same storage, replacing any file there.

    Object stores can't rename, so there the file is copied, as a whole or not at all, and the original removed.
    """
    if isinstance(source, Path):
        assert isinstance(target, Path)
        source.replace(target)
        return
    assert isinstance(target, RemotePath)
    files = source.filesystem
    with target.plain_errors():
        if source.is_in_object_store:
            files.cp_file(source.within, target.within)
            files.rm_file(source.within)
        else:
            files.mv(source.within, target.within)


def is_within(inner: Place, outer: Place) -> bool:
    """Return whether `inner` is `outer` or is inside it."""
    one, other = inner.resolve(), outer.resolve()
    if isinstance(one, Path):
        return other in (one, *one.parents)
    if isinstance(other, Path) or one.filesystem != other.filesystem:
        return False
    return f"{one.within}/".startswith(f"{other.within.rstrip('/')}/")


def ahead(read: Callable[[_Item], _Read], items: Iterable[_Item], *, where: Place) -> Iterator[_Read]:
    """Yield ``read(item)`` for each of `items`, in order; several are read at once if `where` is in a remote storage.

    A remote storage is slow to answer: thousands of small files, one after the other, would take minutes.
    """
    if isinstance(where, Path) or not where.filesystem.async_impl:
        yield from map(read, items)
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting: deque[Future[_Read]] = deque()
        for item in items:
            waiting.append(pool.submit(read, item))
            if len(waiting) == AT_ONCE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def remove_tree(folder: Place) -> None:
    """Remove a folder and everything in it, ignoring errors."""
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
        return
    with suppress(OSError), folder.plain_errors():
        folder.filesystem.rm(folder.within, recursive=True)


@contextmanager
def whole_file(path: Place) -> Iterator[BinaryIO]:
    """Yield a file to write, which appears at `path` once it is complete; a failure leaves nothing behind."""
    partial = path.with_name(f"{path.name}.{token_hex(4)}.partial")  # another host may be writing the same file
    try:
        with partial.open("wb") as file:
            yield file
            if isinstance(path, Path):
                file.flush()
                os.fsync(file.fileno())
        move(partial, path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
