"""Mailboxes: the raw messages at a path, however they are wrapped, and where each was found.

:func:`open_mailbox` looks at a path, :meth:`Mailbox.parts` cuts it into units of work, and :func:`read_part` reads one
of them. Everything that is read comes out, as :class:`RawMessage` or as :class:`Skipped`. Formats are recognised by
content, never by name; a new one is a module and an entry in :data:`FORMATS`.

Examples
--------
>>> import tempfile, pathlib
>>> path = pathlib.Path(tempfile.mkdtemp()) / "tea.eml"
>>> _ = path.write_bytes(b"From: a@example.org" + bytes([10, 10]) + b"at four")
>>> mailbox = open_mailbox(path)
>>> [message.origin for part in mailbox.parts() for message in read_part(part)]
['tea.eml']
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from zlib import crc32

from pixelstudy.errors import UserError
from pixelstudy.mail.boxes import archives, emlx, mbox, outlook, proton, public_inbox
from pixelstudy.mail.boxes.compressed import COMPRESSIONS, decompressed
from pixelstudy.mail.boxes.folders import File, blocks_of, ends_of, file_at, files_under, head_of, mbox_label
from pixelstudy.mail.boxes.refusals import looks_like, refusal, shown_size
from pixelstudy.mail.raw import (
    BLOCK_BYTES,
    HEAD_BYTES,
    Cut,
    DamageError,
    Progress,
    RawMessage,
    Skipped,
    Source,
    is_mail,
    read_message,
    source_of,
)
from pixelstudy.storage.places import RemotePath, named, place, scandir

__all__ = [
    "FORMATS",
    "Format",
    "Mailbox",
    "Part",
    "RawMessage",
    "Skipped",
    "describe",
    "files_at",
    "format_of",
    "open_mailbox",
    "read_part",
]

TARGET_BYTES = 48 << 20
"""The default size of a part."""

Watch = Callable[[bytes], None]
_SMALL_BYTES = 1 << 18  # smaller files share a part with others, and are not looked at before they are read
_LEAST_BYTES = 1 << 14  # what opening a file costs, in bytes read
_GROUP_FILES = 1024  # about how many small files share a part
_PACKED = 4  # about how many times as long the content of a compressed file is


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how it is recognised, and how it is read."""

    name: str
    """Its name, for people to read."""

    fits: Callable[[bytes], bool]
    """Whether a stream that starts with these :data:`~pixelstudy.mail.raw.HEAD_BYTES` is of this format."""

    messages: Callable[[Source], Iterator[RawMessage | Skipped]] | None = None
    """Reads its messages, if it contains messages."""

    members: Callable[[Source], Iterator[Source | Skipped]] | None = None
    """Reads the files within it, if it contains files."""

    layer: int = 0
    """The least :attr:`~pixelstudy.mail.raw.Source.layer` of the files within it, if any."""

    cuts: Callable[[File, int], Sequence[Cut]] | None = None
    """How a plain file of this format is cut into ranges of about that many bytes."""

    lead_bytes: int | None = None
    """If it is cut by bytes: how many bytes before a cut its reader must see."""

    taken_unread: Callable[[str | RemotePath | None], bool] | None = None
    """If it is slow to open: whether the file at a path can be read. It then counts as a mailbox without being read."""

    def opens(self, source: Source) -> bool:
        """Whether it is opened: a tar may be compressed, as may a file within it, and nothing is nested deeper."""
        return self.layer > source.layer or (self.layer == 1 and source.layer == archives.MEMBER_LAYER)


def _starts_with(magic: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magic)


FORMATS = (
    *(Format(name, _starts_with(magic), members=decompressed, layer=1) for name, magic in COMPRESSIONS.items()),
    Format(
        "zip",
        archives.is_zip,
        members=archives.zip_members,
        layer=archives.MEMBER_LAYER,
        cuts=lambda file, target: archives.zip_cuts(file.path, file.size_bytes, target),
    ),
    Format("tar", archives.is_tar, members=archives.tar_members, layer=archives.MEMBER_LAYER),
    Format("Apple Mail message", emlx.fits, messages=emlx.read),
    Format("Outlook message", outlook.is_msg, messages=outlook.read_msg),
    Format(
        "Outlook data file",
        outlook.is_pst,
        members=outlook.pst_members,
        layer=archives.MEMBER_LAYER,
        taken_unread=outlook.can_read_pst,
    ),
    Format("git repository", public_inbox.fits, members=public_inbox.members, layer=archives.MEMBER_LAYER),
    Format("Proton labels", proton.fits, messages=proton.read),
    Format(
        "mbox",
        mbox.fits,
        messages=mbox.read,
        cuts=lambda file, target: mbox.cuts(file.path, file.size_bytes, target),
        lead_bytes=mbox.CONTEXT_BYTES,
    ),
    Format("message", is_mail, messages=read_message),
)
"""Every format, tried in this order; the mbox comes late, as it may start with anything."""


def format_of(head: bytes) -> Format | None:
    """Return the format of a stream that starts with `head`."""
    return next((format_ for format_ in FORMATS if format_.fits(head)), None)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a mailbox that any process that sees the files can read by itself."""

    files: tuple[File | Skipped, ...]
    """What it reads: several whole files, or one file from `start` to `stop`."""

    size_bytes: int
    """Its bytes on disk, as progress counts them."""

    start: int = 0
    """Where to start in the one file, in the unit of its format: bytes of an mbox, members of a zip."""

    stop: int | None = None
    """Where to stop; a message belongs to the part in which it begins."""

    lead_bytes: int | None = None
    """If the unit is bytes: how many bytes before `start` are read."""

    batch_bytes: int | None = None
    """If it may hold much more than a part should, as an archive may: how many bytes of messages are read at once."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What :func:`open_mailbox` found at a path."""

    path: str | RemotePath
    """The path or address as named."""

    files: tuple[File | Skipped, ...]
    """Its files in the order of reading, and what was left out between them."""

    description: str
    """What it is, for people to read: ``mbox, gzip, 3.9 MB``."""

    is_folder: bool = False
    """Whether a folder was named."""

    @property
    def size_bytes(self) -> int:
        """The bytes on disk that are read, before decompression."""
        return sum(file.size_bytes for file in self.files if isinstance(file, File))

    def parts(self, target_bytes: int = TARGET_BYTES) -> list[Part]:
        """Return parts of about `target_bytes` that together give, in order, what is in the mailbox.

        A plain mbox is cut by bytes and a zip by members, and small files share a part. A large archive or member is to
        be read in batches. The sizes add up to :attr:`size_bytes`. A mailbox that grew has the same parts where it did
        not change: certain file names always end a group, so a new file only shifts the files up to the next of them.
        """
        parts: list[Part] = []
        group: list[File | Skipped] = []
        weight = 0

        def close() -> None:
            nonlocal weight
            if group:
                parts.append(Part(tuple(group), sum(f.size_bytes for f in group if isinstance(f, File))))
            group.clear()
            weight = 0

        for file in self.files:
            if isinstance(file, File) and file.size_bytes >= min(_SMALL_BYTES, target_bytes):
                form = format_of(head_of(file))
                if form is not None and (form.layer or file.size_bytes > target_bytes):
                    close()
                    parts.extend(_parts_of(file, form, target_bytes))
                    continue
            cost = max(file.size_bytes, _LEAST_BYTES) if isinstance(file, File) else 0
            if weight + cost > target_bytes:
                close()
            group.append(file)
            weight += cost
            if crc32(file.origin.encode()) % _GROUP_FILES == 0:
                close()
        close()
        return parts

    def fingerprint(self) -> str:
        """Return 64 hex digits that change when a file of the mailbox comes, goes or changes.

        They are a digest of each file's origin, size, time of writing and, above a megabyte, both its ends, and of the
        size and time of the file with its labels.
        """
        digest = hashlib.sha256()
        for file in self.files:
            if isinstance(file, File):
                said = (file.origin, file.size_bytes, file.mtime_ns, ends_of(file), file.side_state())
                digest.update("\0".join(map(str, said)).encode() + b"\n")
        return digest.hexdigest()


def _parts_of(file: File, form: Format, target_bytes: int) -> Iterator[Part]:
    """Yield the parts of a file that shares none with others."""
    whole = Cut(0, None, file.size_bytes, is_long=form.layer > 0 and file.size_bytes * _PACKED > target_bytes)
    for cut in form.cuts(file, target_bytes) if form.cuts else [whole]:
        lead_bytes, batch_bytes = (None, target_bytes // 2) if cut.is_long else (form.lead_bytes, None)
        yield Part((file,), cut.size_bytes, cut.start, cut.stop, lead_bytes, batch_bytes)


def open_mailbox(path: str | os.PathLike[str] | RemotePath) -> Mailbox:
    """Return the mailbox at `path`: a file or a folder with at least one whole message that can be read.

    An address (``scheme://…``) is opened by fsspec; only then may a network be reached.

    Raises
    ------
    UserError
        When there is nothing at `path`, it can't be read, or it contains no message; it says what it looks like.
    """
    name = named(path)
    files, is_folder = files_at(name)
    seen: list[Skipped] = []
    for file in files:
        form = format_of(head_of(file)) if isinstance(file, File) else None
        if isinstance(file, File) and form and form.taken_unread and form.taken_unread(file.path):
            return Mailbox(name, files, describe(files, is_folder=is_folder), is_folder)
        for item in _items(file):
            if isinstance(item, RawMessage):
                return Mailbox(name, files, describe(files, is_folder=is_folder), is_folder)
            seen.append(item)
    raise UserError(refusal(str(name), seen, is_folder=is_folder))


def files_at(name: str | RemotePath) -> tuple[tuple[File | Skipped, ...], bool]:
    """Return the files at a path in the order of reading, and whether it is a folder; no file is read.

    Raises
    ------
    UserError
        When there is nothing, or it can't be read.
    """
    try:
        where = place(name)
        mode = where.stat().st_mode
        if stat.S_ISDIR(mode):
            with scandir(name):
                return tuple(files_under(name)), True
        if stat.S_ISREG(mode):
            with where.open("rb"):
                return (file_at(name, origin=where.name),), False
        raise UserError(f"{name} is a device, pipe or socket; name a file or a folder")
    except FileNotFoundError:
        raise UserError(f"{name} does not exist; check the path") from None
    except PermissionError:
        raise UserError(f"{name} can't be read: no permission; change its permissions, or name a copy") from None
    except OSError as error:
        raise UserError(f"{name} can't be read: {error.strerror or error}") from None


def read_part(
    part: Part, *, progress: Progress | None = None, watch: Watch | None = None
) -> Iterator[RawMessage | Skipped]:
    """Yield the messages in `part`, in order, with one message in memory at a time.

    Parameters
    ----------
    part
        One of :meth:`Mailbox.parts`.
    progress
        Called with the number of bytes read since the last call; they add up to ``part.size_bytes``.
    watch
        If the part is a range of bytes: called with all bytes of the file that are read, in order.
    """
    is_alone = len(part.files) == 1
    for file in part.files:
        yield from _items(file, part if is_alone else None, progress, watch if is_alone else None)


def _items(
    file: File | Skipped, part: Part | None = None, progress: Progress | None = None, watch: Watch | None = None
) -> Iterator[RawMessage | Skipped]:
    """Yield the messages in `file`, or in the range of it that is `part`."""
    if isinstance(file, Skipped):
        yield file
        return
    start, stop, left = (part.start, part.stop, part.size_bytes) if part else (0, None, file.size_bytes)

    def spend(size: int) -> None:  # the sum must be exact, whatever a decompressor reads or leaves unread
        nonlocal left
        if progress is not None and (size := min(size, left)) > 0:
            left -= size
            progress(size)

    try:
        with place(file.path).open("rb", buffering=0) as handle:
            head = handle.read(HEAD_BYTES)
            form = format_of(head)
            lead = form.lead_bytes if form else None
            position = max(0, start - lead) if lead is not None else 0
            handle.seek(position)
            blocks = _blocks(handle, position - start if lead is not None else 0, spend, watch)
            labels = file.labels + (proton.labels_of_message(file.side) if file.side else ())
            source = source_of(blocks, origin=file.origin, labels=labels, path=file.path, progress=spend)
            source = replace(source, head=head, position=position, start=start, stop=stop)
            yield from _read(replace(source, again=partial(blocks_of, file)))
    except OSError as error:
        yield Skipped(file.origin, 0, "unreadable", (error.strerror or str(error)).lower())
    spend(left)


def _blocks(handle: io.FileIO, ahead: int, spend: Progress, watch: Watch | None) -> Iterator[bytes]:
    """Yield the rest of a file; `ahead` is where its first byte is, relative to the range that is counted."""
    try:
        while block := handle.read(BLOCK_BYTES):
            spend(len(block) + min(ahead, 0))
            ahead = min(0, ahead + len(block))
            if watch is not None:
                watch(block)
            yield block
    except OSError as error:
        raise DamageError("unreadable", (error.strerror or str(error)).lower()) from None


def _read(source: Source) -> Iterator[RawMessage | Skipped]:
    """Yield the messages in a stream, whatever its format."""
    form = format_of(source.head)
    if form is None and source.damage is not None:
        yield Skipped(source.origin, 0, source.damage.reason, source.damage.detail)
    elif not source.head:
        yield Skipped(source.origin, 0, "empty")
    elif form is None:
        yield Skipped(source.origin, 0, "not mail", looks_like(source.head))
    elif form.messages is not None:
        label = mbox_label(source.origin) if form.messages is mbox.read else ()
        yield from form.messages(replace(source, labels=source.labels + label))
    elif form.members is not None and form.opens(source):
        for member in form.members(source):
            if isinstance(member, Skipped):
                yield member
            else:
                yield from _read(member)
    else:
        yield Skipped(source.origin, 0, "nested archive", f"{form.name} within an archive")


def describe(files: tuple[File | Skipped, ...], *, is_folder: bool) -> str:
    """Return what a mailbox of these files is, for people to read."""
    found = [file for file in files if isinstance(file, File)]
    size = shown_size(sum(file.size_bytes for file in found))
    if is_folder:
        return f"folder, {len(found):,} file{'s' * (len(found) != 1)}, {size}"
    names: list[str] = []
    with place(found[0].path).open("rb", buffering=0) as handle:
        source = source_of(iter(lambda: handle.read(HEAD_BYTES), b""), origin="")
        while (form := format_of(source.head)) is not None:
            names.insert(0, form.name)
            inner = next(form.members(source), None) if form.layer == 1 and form.members else None
            if not isinstance(inner, Source):
                break
            source = inner
    return ", ".join([*names, size])
