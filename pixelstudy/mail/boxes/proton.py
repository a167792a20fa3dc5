r"""Proton Mail's export: ``ID.eml`` with its labels beside it, in ``ID.metadata.json``.

Labels are numbers (0 is the inbox) or, if the user made them, identifiers that ``labels.json`` in the same export
names. The file with the labels is read together with its message, and is not a row of its own.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

from pixelstudy.mail.raw import DamageError, RawMessage, Skipped, Source, whole_of
from pixelstudy.storage.places import Place, RemotePath, place

__all__ = [
    "SIDE_BYTES",
    "TarSides",
    "ZipSides",
    "beside",
    "fits",
    "labels_in",
    "labels_of_message",
    "messages_beside",
    "names_in",
    "read",
]

SIDE_SUFFIX = ".metadata.json"

SIDE_BYTES = 4 << 20
"""Longer files with labels are not read."""

NAMES = {
    "0": "Inbox", "1": "All Drafts", "2": "All Sent", "3": "Trash", "4": "Spam", "5": "All Mail", "6": "Archive",
    "7": "Sent", "8": "Drafts", "9": "Outbox", "10": "Starred", "12": "Scheduled", "15": "Almost All Mail",
    "16": "Snoozed",
}  # fmt: skip
"""Proton's own labels."""

_LOOK_FILES = 64  # as many members of a tar without labels, and it is no export of Proton Mail
_SAYS_NOTHING = frozenset({"5", "15"})  # all mail, and all mail but spam and trash
_SIDE = re.compile(rb'\A\s*\{[^\0]{0,65536}"LabelIDs"\s*:')
_LIST = re.compile(rb'\A\s*\{\s*"Version"\s*:\s*\d+\s*,\s*"Payload"\s*:\s*\[')
_EML = re.compile(r"\.eml\Z", re.IGNORECASE)


def fits(head: bytes) -> bool:
    r"""Return whether `head` starts a file that goes with Proton's messages.

    >>> fits(b'{"Version": 1, "Payload": {"LabelIDs": ["0", "5"]}}'), fits(b'{"Subject": "tea"}')
    (True, False)
    """
    return bool(_SIDE.match(head) or (_LIST.match(head) and b'"ParentID"' in head))


def read(source: Source) -> Iterator[RawMessage | Skipped]:
    """Yield nothing if the message is beside this file; else a row that says that one was found without the other."""
    if source.path is None:
        yield Skipped(source.origin, 0, "not mail", "labels of a Proton message that is not here")
        return
    path = place(source.path)
    is_list = path.name == "labels.json"
    if not is_list and not any(path.with_name(name).is_file() for name in messages_beside(path.name)):
        yield Skipped(source.origin, 0, "not mail", "labels of a Proton message that is not here")


def beside(name: str) -> tuple[str, str]:
    """Return the possible names of the file with the labels of the message `name`.

    >>> beside("x.eml")
    ('x.metadata.json', 'x.eml.metadata.json')
    """
    return f"{_EML.sub('', name)}{SIDE_SUFFIX}", f"{name}{SIDE_SUFFIX}"


def messages_beside(side: str) -> tuple[str, str]:
    """Return the possible names of the message whose labels are in the file `side`.

    >>> messages_beside("x.metadata.json")
    ('x.eml', 'x')
    """
    stem = side.removesuffix(SIDE_SUFFIX)
    return f"{stem}.eml", stem


def labels_of_message(side: str | RemotePath) -> tuple[str, ...]:
    """Return the labels in the file `side`, or none when it can't be read."""
    path = place(side)
    try:
        if path.stat().st_size > SIDE_BYTES:
            return ()
        data = path.read_bytes()
    except OSError:
        return ()
    return labels_in(data, _own_names(path.with_name("labels.json")))


def labels_in(data: bytes, names: dict[str, str]) -> tuple[str, ...]:
    """Return the labels in the bytes of such a file, by Proton's own names and `names`.

    >>> labels_in(b'{"Payload": {"LabelIDs": ["5", "4", "xQ=="]}}', {"xQ==": "Tea"})
    ('Spam', 'Tea')
    """
    return _named(_ids_in(data), names)


def _ids_in(data: bytes) -> tuple[str, ...]:
    found = _payload(data)
    listed = found.get("LabelIDs") if isinstance(found, dict) else None
    known = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    known.sort(key="0".__eq__)  # the last label counts, and mail in the inbox was received, even from oneself
    return tuple(each for each in known if each not in _SAYS_NOTHING)


def _named(ids: tuple[str, ...], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(name for each in ids if (name := NAMES.get(each) or names.get(each)))


def names_in(data: bytes) -> dict[str, str]:
    """Return the names of the user's own labels, by identifier, from the bytes of ``labels.json``."""
    found = _payload(data)
    rows = found if isinstance(found, list) else []
    return {
        str(row["ID"]): str(row["Path"] if row.get("Path") else row.get("Name", ""))
        for row in rows
        if isinstance(row, dict) and "ID" in row
    }


class ZipSides:
    """The labels of messages in a zip, from the members beside them; `errors` are what reading a member may raise."""

    def __init__(self, archive: zipfile.ZipFile, errors: tuple[type[Exception], ...]) -> None:
        self._errors: tuple[type[Exception], ...] = (EOFError, NotImplementedError, *errors)
        self._archive = archive
        self._sizes = {info.filename: info.file_size for info in archive.infolist() if not info.flag_bits & 1}
        self._folders = {name.rpartition("/")[0] for name in self._sizes if name.endswith(SIDE_SUFFIX)}
        self._names: dict[str, dict[str, str]] = {}

    def labels(self, name: str) -> tuple[str, ...]:
        """Return the labels of the member `name`."""
        side = next((each for each in beside(name) if each in self._sizes), None)
        if side is None:
            return ()
        listed = name[: name.rfind("/") + 1] + "labels.json"
        if listed not in self._names:
            self._names[listed] = names_in(self._read(listed))
        return labels_in(self._read(side), self._names[listed])

    def is_side(self, name: str) -> bool:
        """Return whether the member `name` contains labels of others, and is read together with them."""
        folder, _, last = name.rpartition("/")
        if last == "labels.json":
            return folder in self._folders
        return name.endswith(SIDE_SUFFIX) and any(each in self._sizes for each in messages_beside(name))

    def _read(self, name: str) -> bytes:
        if self._sizes.get(name, SIDE_BYTES + 1) > SIDE_BYTES:
            return b""
        try:
            with self._archive.open(name) as file:
                return file.read(SIDE_BYTES)
        except self._errors:
            return b""


class TarSides:
    """The labels of messages in a tar, from all of its `members`; they are known by their origins."""

    def __init__(self, members: Iterable[Source | Skipped]) -> None:
        self._ids: dict[str, tuple[str, ...]] = {}
        self._messages: set[str] = set()
        self._names: dict[str, str] = {}
        same: dict[tuple[str, ...], tuple[str, ...]] = {}  # few messages have labels that no other has
        with suppress(DamageError):  # which the reader of the messages will find too
            for member in members:
                if member.origin.endswith(SIDE_SUFFIX) and (data := _small(member)):
                    ids = _ids_in(data)
                    self._ids[member.origin] = same.setdefault(ids, ids)
                elif member.origin.endswith("labels.json"):
                    self._names |= names_in(_small(member))
                else:
                    self._messages.add(member.origin)
                if not self._ids and len(self._messages) > _LOOK_FILES:
                    return

    @staticmethod
    def may_be_in(origin: str) -> bool:
        """Return whether a tar with this member may be an export of Proton Mail."""
        return origin.endswith((SIDE_SUFFIX, "labels.json")) or _EML.search(origin) is not None

    def labels(self, origin: str) -> tuple[str, ...]:
        """Return the labels of a member."""
        return next((_named(self._ids[side], self._names) for side in beside(origin) if side in self._ids), ())

    def is_side(self, origin: str) -> bool:
        """Return whether a member contains labels of others, and is read together with them."""
        if origin.endswith("labels.json"):
            return bool(self._ids)
        return origin in self._ids and not self._messages.isdisjoint(messages_beside(origin))


def _small(member: Source | Skipped) -> bytes:
    """Return the content of a member, or nothing when it is too long for labels or can't be read."""
    data = whole_of(member, limit_bytes=SIDE_BYTES) if isinstance(member, Source) else b""
    return data if isinstance(data, bytes) else b""


@lru_cache(maxsize=32)
def _own_names(path: Place) -> dict[str, str]:
    try:
        return names_in(path.read_bytes()[: SIDE_BYTES + 1])
    except OSError:
        return {}


def _payload(data: bytes) -> Any:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found.get("Payload", found) if isinstance(found, dict) else found
