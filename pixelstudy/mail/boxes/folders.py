"""Folders: the files under a folder in a fixed order, and the labels that their place gives them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from pixelstudy.mail.boxes import public_inbox
from pixelstudy.mail.boxes.proton import beside
from pixelstudy.mail.raw import BLOCK_BYTES, DELETED, HEAD_BYTES, DamageError, Skipped, shown_name
from pixelstudy.storage.places import Entry, RemotePath, place, scandir

__all__ = [
    "MAIL_PLACES",
    "WITHIN",
    "File",
    "blocks_of",
    "ends_of",
    "file_at",
    "files_under",
    "head_of",
    "labels_of",
    "mbox_label",
]

FLAGS = {"D": "draft", "F": "flagged", "P": "forwarded", "R": "replied", "S": "seen", "T": "trashed"}
"""The Maildir flags, as words."""

_MAILDIR = ("cur", "new", "tmp")
_FLAGS = re.compile(r"(?:[:;!_\-\uf03a]|%3A)2,([A-Za-z]*)$", re.IGNORECASE)  # a colon, or what programs put for it
_MBOX_SUFFIX = re.compile(r"(\.mbox|\.mbx|\.mbs|\.txt)?(\.gz|\.bz2|\.xz|\.zst)?$", re.IGNORECASE)
_SUFFIX = re.compile(r"\.(?:mbox|sbd|mbx|imapmbox)$", re.IGNORECASE)
_APPLE = re.compile(
    r"V\d{1,2}|Data|Messages|\d{1,3}|[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE
)  # what Apple Mail's store puts between the folders that the user sees
_KMAIL = re.compile(r"\.(.+)\.directory")  # contains the folders below the one of that name
_MH_DELETED = re.compile(r"[,#]\d+")
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")
WITHIN = "points within the folder"
"""The detail of a link to a file that is read anyway."""

MAIL_PLACES = frozenset({".thunderbird", ".mozilla-thunderbird", ".icedove", ".maildir", ".Mail", ".mail"})
"""Folders with a leading dot that hold mail."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be read."""

    path: str | RemotePath
    """Where it is."""

    origin: str
    """Its path relative to the folder the user named, with ``/``; its name when it was named itself."""

    labels: tuple[str, ...]
    """The labels that its place gives it, outermost folder first."""

    size_bytes: int
    """Its length on disk."""

    mtime_ns: int
    """When it was last written; at an address, :attr:`~pixelstudy.storage.addresses.Status.st_mtime_ns`."""

    side: str | RemotePath | None = None
    """The file beside it with its labels, in an export of Proton Mail."""

    def side_state(self) -> tuple[int, int] | None:
        """Return size and time of writing of the file beside it, or `None` if no such file exists."""
        try:
            status = place(self.side).stat() if self.side else None
        except OSError:
            return None
        return (status.st_size, status.st_mtime_ns) if status else None


def file_at(path: str | RemotePath, *, origin: str, labels: tuple[str, ...] = ()) -> File:
    """Return the file at `path` with its size and time; :exc:`OSError` when they can't be read."""
    status = place(path).stat()
    return File(path, shown_name(origin), labels, status.st_size, status.st_mtime_ns)


def files_under(root: str | RemotePath) -> Iterator[File | Skipped]:
    """Yield every file under `root`, sorted by name, folder by folder, and a row for what is not to be read.

    A git repository is one file, its HEAD (:mod:`~pixelstudy.mail.boxes.public_inbox`). Not read are links (a file in
    the folder is read anyway), devices, pipes and sockets; folders with a leading dot, unless they are a Maildir or one
    of :data:`MAIL_PLACES`; a Maildir's ``tmp``, where messages are being delivered; what Apple Mail keeps under
    ``Attachments``, which belongs to the messages beside it; and numbers after a comma, which MH deleted.
    """
    name = root.name if isinstance(root, RemotePath) else _name_of(root)
    waiting = [(root, "")]
    while waiting:
        folder, above = waiting.pop()
        try:
            with scandir(folder) as entries:
                here = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(shown_name(above or name), 0, "unreadable", _cause(error))
            continue
        names = {entry.name: entry.path for entry in here}
        if public_inbox.is_repository(names) and (file := _repository(names, above, name)):
            yield file
            continue
        is_maildir = "cur" in names and ("new" in names or "tmp" in names)  # Thunderbird has no new
        is_apple = "Messages" in names
        is_mh = ".mh_sequences" in names or any(each.isdecimal() for each in names)
        below = []
        for entry in here:
            origin = f"{above}/{entry.name}" if above else entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield Skipped(shown_name(origin), 0, "unreadable", _cause(error))
                continue
            if stat.S_ISDIR(status.st_mode):
                if is_maildir and entry.name == "tmp":
                    if _has_entries(entry.path):
                        yield Skipped(shown_name(origin), 0, "unfinished", "messages under delivery")
                elif is_apple and entry.name == "Attachments":
                    yield Skipped(shown_name(origin), 0, "not mail", "attachments of the messages beside it")
                elif not _is_entered(entry):
                    yield Skipped(shown_name(origin), 0, "hidden folder", "name it to have it read")
                else:
                    below.append((entry.path, origin))
            elif stat.S_ISREG(status.st_mode):
                shown = shown_name(origin)
                if is_mh and _MH_DELETED.fullmatch(entry.name):
                    yield Skipped(shown, 0, "deleted", DELETED)
                    continue
                side = next((names[each] for each in beside(entry.name) if each in names), None)
                labels = labels_of(f"{name}/{shown}")
                yield File(entry.path, shown, labels, status.st_size, status.st_mtime_ns, side)
            elif stat.S_ISLNK(status.st_mode):
                yield Skipped(shown_name(origin), 0, "link", _where(entry.path, root))
            else:
                yield Skipped(shown_name(origin), 0, "special file", "a device, pipe or socket")
        waiting.extend(reversed(below))


def _repository(names: dict[str, str | RemotePath], above: str, root: str) -> File | None:
    """Return the HEAD of the git repository in a folder with these `names`, as the file that stands for all of it."""
    inner = names.get(".git")
    head = names["HEAD"] if inner is None else inner / "HEAD" if isinstance(inner, RemotePath) else f"{inner}/HEAD"
    if inner is not None and not place(head).is_file():  # as in a worktree, where .git is a file
        return None
    size, mtime = (0, 0) if isinstance(head, RemotePath) else public_inbox.state_of(head)
    labels = public_inbox.labels_of_repository(f"{root}/{above}".rstrip("/"))
    return File(head, shown_name(above or root), labels, size, mtime)


def labels_of(origin: str) -> tuple[str, ...]:
    """Return the labels that its place gives a file: its folders, then its Maildir flags.

    ``cur`` and ``new`` are not labels; a Maildir++ folder (``.Archive.2019``) gives a label for each level. The
    suffixes ``.sbd`` and ``.mbox`` are removed, and so is what Apple Mail's store puts between folders. Names encoded
    by IMAP (RFC 3501, 5.1.3) are decoded.

    >>> labels_of("Mail/.Archive.2019/cur/1382.host:2,FS")
    ('Mail', 'Archive', '2019', 'flagged', 'seen')
    >>> labels_of("V10/INBOX.mbox/Data/3/Messages/1.emlx"), labels_of("Mail/.Entw&APw-rfe/cur/1")
    (('INBOX',), ('Mail', 'Entwürfe'))
    """
    *folders, name = PurePosixPath(origin).parts or ("",)
    labels: list[str] = []
    if name.lower().endswith(".emlx"):
        folders = [folder for folder in folders if not _APPLE.fullmatch(folder)]
    for folder in folders:
        if folder in ("/", ".", "..", *_MAILDIR):
            continue
        if below := _KMAIL.fullmatch(folder):
            labels.append(_decoded(below[1]))
        elif folder.startswith("."):
            labels.extend(_decoded(level) for level in folder.split(".") if level)
        else:
            labels.append(_decoded(_SUFFIX.sub("", folder)))
    if folders and folders[-1] in _MAILDIR and (flags := _FLAGS.search(name)):
        labels.extend(FLAGS[flag] for flag in flags[1] if flag in FLAGS)
    return tuple(labels)


def mbox_label(origin: str) -> tuple[str, ...]:
    """Return the label that the name of an mbox gives, if any.

    >>> mbox_label("Takeout/Mail/Spam.mbox"), mbox_label("INBOX.Spam"), mbox_label("00001.7848dd")
    (('Spam',), ('INBOX.Spam',), ())
    """
    name = re.split("[!/]", origin)[-1]
    stem = _MBOX_SUFFIX.sub("", name)
    is_name = (
        (stem != name or "." not in stem or stem.lower().startswith(("inbox.", "[")))
        and not stem.isdecimal()
        and stem.lower() not in ("", "mbox")
    )
    return (_decoded(stem),) if is_name else ()


def _decoded(name: str) -> str:
    """Return the name of a folder with IMAP's modified UTF-7 decoded; any other name as it is."""

    def piece(match: re.Match[str]) -> str:
        coded = match[1].replace(",", "/")
        return b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-16-be") if coded else "&"

    try:
        text = _SHIFTED.sub(piece, name)
    except ValueError:
        return name
    return text if text.isprintable() else name


def head_of(file: File) -> bytes:
    """Return the first bytes of a file, or none when it can't be read."""
    try:
        with place(file.path).open("rb", buffering=0) as handle:
            return handle.read(HEAD_BYTES)
    except OSError:
        return b""


def blocks_of(file: File) -> Iterator[bytes]:
    """Yield all bytes of a file."""
    try:
        with place(file.path).open("rb", buffering=0) as handle:
            while block := handle.read(BLOCK_BYTES):
                yield block
    except OSError as error:
        raise DamageError("unreadable", _cause(error)) from None


def ends_of(file: File) -> str:
    """Return a digest of both ends of a file of a megabyte or more; for smaller ones, size and time must do."""
    if file.size_bytes < 1 << 20:
        return ""
    try:
        with place(file.path).open("rb", buffering=0) as handle:
            digest = hashlib.sha256(handle.read(HEAD_BYTES))
            handle.seek(-HEAD_BYTES, os.SEEK_END)
            digest.update(handle.read(HEAD_BYTES))
            return digest.hexdigest()
    except OSError:
        return "unreadable"


def _name_of(folder: str) -> str:
    return os.path.basename(os.path.normpath(os.path.abspath(folder)))  # noqa: PTH100, PTH119 - keeps undecodable bytes


def _is_entered(entry: os.DirEntry[str] | Entry) -> bool:
    """Return whether a folder is to be searched for mail."""
    is_hidden = entry.name.startswith(".") and entry.name not in MAIL_PLACES and not _KMAIL.fullmatch(entry.name)
    if isinstance(entry.path, RemotePath):
        return not is_hidden or (entry.path / "cur").is_dir()
    return not is_hidden or os.path.isdir(f"{entry.path}/cur")  # noqa: PTH112 - keeps undecodable bytes


def _has_entries(folder: str | RemotePath) -> bool:
    try:
        with scandir(folder) as entries:
            return any(True for _ in entries)
    except OSError:
        return True


def _where(link: str | RemotePath, root: str | RemotePath) -> str:
    if isinstance(link, RemotePath) or isinstance(root, RemotePath):
        return "a link in a remote storage"
    target, top = os.path.realpath(link), os.path.realpath(root)
    if target == top or target.startswith(top.rstrip(os.sep) + os.sep):
        return WITHIN
    return "points out of the folder"


def _cause(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
