"""Archives: the files within a tar or a zip, read without unpacking to disk.

Names within an archive serve as labels only, as does its own if it is that of a folder, such as ``Sent.zip``. Links
are not followed. If an archive breaks off, everything before that is read, and a last row in the archive's own name
says so.
"""

from __future__ import annotations

import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from pixelstudy.mail.boxes.compressed import Stream, bounded, inflated
from pixelstudy.mail.boxes.folders import labels_of
from pixelstudy.mail.boxes.outlook import OLM, is_olm_name
from pixelstudy.mail.boxes.proton import TarSides, ZipSides
from pixelstudy.mail.populations import named
from pixelstudy.mail.raw import (
    BLOCK_BYTES,
    HEAD_BYTES,
    Cut,
    DamageError,
    Progress,
    Skipped,
    Source,
    shown_name,
    source_of,
)
from pixelstudy.storage.places import RemotePath, place

__all__ = ["MEMBER_LAYER", "is_tar", "is_zip", "tar_members", "zip_cuts", "zip_members"]

MEMBER_LAYER = 2
"""The :attr:`~pixelstudy.mail.raw.Source.layer` of a member of an archive."""

_SUFFIX = re.compile(r"\.(?:zip|tar(?:\.\w+)?|t(?:gz|bz2?|xz|zst))\Z", re.IGNORECASE)
_LONG_NAMES = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_PAX_HEADERS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_HEADER_LIMIT = 1 << 20
_PAX_FIELD = re.compile(rb"([0-9]{1,7}) ([^=\n]{1,200})=")

_ZIP_MEMBER = b"PK\x03\x04"
_ZIP_DIRECTORY = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")
_ZIP_ERRORS = (OSError, RuntimeError, ValueError, struct.error, lzma.LZMAError, zipfile.BadZipFile, zlib.error)


def is_tar(head: bytes) -> bool:
    """Return whether `head` starts with a tar header with a correct checksum."""
    try:
        tarfile.TarInfo.frombuf(head[:512], "utf-8", "replace")
    except tarfile.HeaderError:
        return False
    return True


def _labels(source: Source, name: str) -> tuple[str, ...]:
    """Return the labels of a member: those of the archive, its name if that is a known folder's, and the member's."""
    own = _SUFFIX.sub("", source.origin.rpartition("/")[2])
    return source.labels + ((own,) if named(own) else ()) + labels_of(name)


def tar_members(source: Source) -> Iterator[Source | Skipped]:
    """Yield the files within a tar, each to be read before the next is asked for.

    If it is an export of Proton Mail, it is read once before for the labels, which may be behind their messages.
    """
    stream = Stream(source.blocks)
    sides: TarSides | None = None
    try:
        for member in _tar_members(source, stream):
            if sides is None and source.again is not None and TarSides.may_be_in(member.origin):
                sides = TarSides(_tar_members(source, Stream(source.again())))
            if not isinstance(member, Source) or sides is None:
                yield member
            elif not sides.is_side(member.origin):
                yield replace(member, labels=member.labels + sides.labels(member.origin))
    except DamageError as damage:
        yield Skipped(source.origin, stream.position, damage.reason, f"tar: {damage.detail}")


def _tar_members(source: Source, stream: Stream) -> Iterator[Source | Skipped]:
    fields: dict[str, str] = {}  # what an extended header says about the member after it
    while (header := stream.read(512)).strip(b"\x00"):
        if len(header) < 512:
            raise DamageError("truncated", "ends within a header")
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "replace")
        except tarfile.HeaderError as error:
            raise DamageError("corrupt", str(error)) from None
        size = int(fields["size"]) if fields.get("size", "").isdecimal() else info.size
        if info.type in (*_LONG_NAMES, *_PAX_HEADERS):
            fields |= _extended(info.type, stream, info.size)
            continue
        if size < 0:
            raise DamageError("corrupt", "a negative size")
        name, fields = fields.get("path") or info.name, {}
        origin = f"{source.origin}!{shown_name(name)}"
        if info.issym() or info.islnk():
            yield Skipped(origin, 0, "link", "a link in an archive")
        elif info.ischr() or info.isblk() or info.isfifo():
            yield Skipped(origin, 0, "special file", "a device or pipe")
        elif info.issparse():
            raise DamageError("unsupported", "a sparse member")
        elif not info.isdir():
            body = stream.exactly(size)
            labels = _labels(source, shown_name(name))
            yield source_of(body, origin=origin, labels=labels, layer=MEMBER_LAYER, size_bytes=size)
            for _ in body:  # skip what its reader left
                pass
            if stream.damage is not None:
                raise stream.damage
            stream.read(-size % 512)


def _extended(kind: bytes, stream: Stream, size: int) -> dict[str, str]:
    """Return what an extended header says about the next member; `stream` is at its content."""
    if not 0 <= size <= _HEADER_LIMIT:
        raise DamageError("corrupt", "an extended header of more than a megabyte")
    data = b"".join(stream.exactly(size + -size % 512))[:size]
    if kind == tarfile.GNUTYPE_LONGNAME:
        return {"path": data.rstrip(b"\x00").decode("utf-8", "replace")}
    fields: dict[str, str] = {}
    while kind in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE) and (match := _PAX_FIELD.match(data)):
        length = int(match[1])
        if length <= match.end():
            break
        fields[match[2].decode("utf-8", "replace")] = data[match.end() : length - 1].decode("utf-8", "replace")
        data = data[length:]
    return fields


def is_zip(head: bytes) -> bool:
    """Return whether `head` starts like a zip file."""
    return head.startswith((_ZIP_MEMBER, b"PK\x05\x06", b"PK00PK\x03\x04"))


def zip_members(source: Source) -> Iterator[Source | Skipped]:
    """Yield the files of a zip from member ``source.start`` to before ``source.stop``.

    A zip whose directory is missing or broken is read from its start, member by member.
    """
    if source.path is None:
        yield Skipped(source.origin, 0, "nested archive", "a zip within another file")
        return
    try:
        archive = _opened(source.path)
    except _ZIP_ERRORS:
        yield from _walked(source)
        return
    with archive:
        infos = archive.infolist()
        if any(is_olm_name(info.filename) for info in infos):
            yield Skipped(source.origin, 0, "unsupported", OLM)
            return
        sides = ZipSides(archive, _ZIP_ERRORS)
        read = [0, 0]  # bytes in, bytes out
        size_bytes = place(source.path).stat().st_size
        for info in infos[source.start : source.stop]:
            name = shown_name(_plain(info.filename, info.flag_bits))
            origin = f"{source.origin}!{name}"
            if info.filename.endswith("/") or sides.is_side(info.filename):
                continue
            if stat.S_ISLNK(info.external_attr >> 16):
                yield Skipped(origin, 0, "link", "a link in an archive")
            elif info.flag_bits & 1:
                yield Skipped(origin, 0, "encrypted", "unpack it with its password and name the result")
            else:
                yield source_of(
                    _zip_blocks(archive, info, read, size_bytes, source.progress),
                    origin=origin,
                    labels=_labels(source, name) + sides.labels(info.filename),
                    layer=MEMBER_LAYER,
                    size_bytes=info.file_size,
                )


def _opened(path: str | RemotePath) -> zipfile.ZipFile:
    return zipfile.ZipFile(path.open("rb") if isinstance(path, RemotePath) else path)


def _plain(name: str, flags: int) -> str:
    """Return the intended name of a member; macOS writes UTF-8 without saying so."""
    if flags & 0x800 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _zip_blocks(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, read: list[int], size_bytes: int, progress: Progress | None
) -> Iterator[bytes]:
    """Yield the content of a member of a zip."""
    told = size = 0
    read_in, read_out = read
    most_in = min(read_in + info.compress_size, size_bytes)  # members may overlap

    def blocks() -> Iterator[bytes]:
        with archive.open(info) as file:
            size = HEAD_BYTES  # most members are not mail, and only their head is needed
            while block := file.read(size):
                yield block
                size = BLOCK_BYTES

    try:
        for block in bounded(blocks(), lambda: most_in, before=read_out):
            size += len(block)
            done = size * info.compress_size // max(size, info.file_size)
            if progress is not None:
                progress(done - told)
            told = done
            read[:] = read_in + done, read_out + size
            yield block
    except NotImplementedError as error:
        raise DamageError("unsupported", f"zip: {error}") from None
    except EOFError:
        raise DamageError("truncated", "zip: ends within a member") from None
    except _ZIP_ERRORS as error:
        raise DamageError("corrupt", f"zip: {error}") from None


def _walked(source: Source) -> Iterator[Source | Skipped]:
    """Yield the files of a zip without using its directory, then a row that says how it breaks off."""
    stream = Stream(source.blocks)
    try:
        while (signature := stream.read(4)) == _ZIP_MEMBER:
            yield from _walked_member(source, stream)
        if signature in _ZIP_DIRECTORY:
            raise DamageError("corrupt", "its directory is broken; every member before it was read")
        raise DamageError("corrupt" if len(signature) == 4 else "truncated", "ends before its directory")
    except DamageError as damage:
        yield Skipped(source.origin, stream.position, damage.reason, f"zip: {damage.detail}")


def _walked_member(source: Source, stream: Stream) -> Iterator[Source | Skipped]:
    """Yield the member whose header `stream` is in, and leave `stream` after it."""
    header = stream.read(26)
    if len(header) < 26:
        raise DamageError("truncated", "ends within a header")
    _, flags, method, _, _, _, packed, _, name_size, extra_size = struct.unpack("<HHHHHIIIHH", header)
    name = _plain(stream.read(name_size).decode("utf-8" if flags & 0x800 else "cp437", "replace"), flags)
    extra = stream.read(extra_size)
    if packed == 0xFFFFFFFF and (long := re.search(rb"\x01\x00\x10\x00.{8}(.{8})", extra, re.DOTALL)):
        packed = int.from_bytes(long[1], "little")
    origin = f"{source.origin}!{shown_name(name)}"
    has_size = not flags & 8  # else the sizes come after the member
    if method == 8 and not flags & 1:
        start = stream.position
        body = inflated(zlib.decompressobj(wbits=-15), stream, "deflate")
        body = bounded(body, lambda: stream.position - start)
    elif not has_size:
        raise DamageError("corrupt", f"no way past {shown_name(name)} without the directory")
    else:
        body = stream.exactly(packed)
    if flags & 1:
        yield Skipped(origin, 0, "encrypted", "unpack it with its password and name the result")
    elif method not in (0, 8):
        yield Skipped(origin, 0, "unsupported", f"zip: compression {method} without the directory")
    elif not name.endswith("/"):
        labels = _labels(source, shown_name(name))
        yield source_of(body, origin=origin, labels=labels, layer=MEMBER_LAYER)
    try:
        for _ in body:
            pass
    except DamageError as damage:
        stream.damage = damage
    if stream.damage is not None:
        raise stream.damage
    if not has_size:
        after = stream.read(32)
        ends = [at for at in (12, 16, 20, 24) if after[at : at + 2] == b"PK"]
        stream.put_back(after[ends[0] if ends else 16 :])


def zip_cuts(path: str | RemotePath, size_bytes: int, target_bytes: int) -> list[Cut]:
    """Return ranges of members of a zip with `target_bytes` of content each; a larger member is a range by itself.

    Their sizes, which are those of the compressed members, add up to `size_bytes`. A zip with an unreadable directory
    is one range.
    """
    try:
        with _opened(path) as archive:
            infos = archive.infolist()
    except _ZIP_ERRORS:
        return [Cut(0, None, size_bytes, is_long=True)]
    starts, held = [0], 0
    for index, info in enumerate(infos):
        if held and held + info.file_size > target_bytes:
            starts.append(index)
            held = 0
        held += info.file_size
    cuts = []
    for start, stop in pairwise([*starts, len(infos)]):
        members = infos[start:stop]
        packed, unpacked = sum(info.compress_size for info in members), sum(info.file_size for info in members)
        cuts.append(Cut(start, stop, packed, is_long=unpacked > target_bytes))
    rest = size_bytes - sum(cut.size_bytes for cut in cuts)
    if rest < 0:  # members overlap
        return [Cut(0, None, size_bytes, is_long=True)]
    return [*cuts[:-1], cuts[-1]._replace(stop=None, size_bytes=cuts[-1].size_bytes + rest)]
