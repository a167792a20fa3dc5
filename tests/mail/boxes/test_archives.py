"""Archives: what is inside is read whole, bounded and never unpacked; what is broken is told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixelstudy.errors import UserError
from pixelstudy.mail.boxes import compressed
from pixelstudy.mail.boxes.mailbox import RawMessage, Skipped, open_mailbox, read_part

MAIL = b"From: a@example.org\nSubject: tea\n\nat four\n"
SEPARATOR = b"From a@example.org Thu Aug 22 12:36:23 2002\n"


def noise(size: int, seed: int = 1) -> bytes:
    """Text that no compression shrinks much."""
    return random.Random(seed).randbytes(size // 2).hex().encode()


def mbox(n: int, size: int = 20_000) -> bytes:
    return b"".join(SEPARATOR + b"Subject: %03d\n\n" % index + noise(size, index) + b"\n\n" for index in range(n))


def tar(members: dict[str, bytes], **options: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", **options) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


def read(path: Path, data: bytes) -> list[RawMessage | Skipped]:
    path.write_bytes(data)
    mailbox = open_mailbox(path)
    consumed = 0

    def progress(size: int) -> None:
        nonlocal consumed
        assert size > 0
        consumed += size

    rows = [row for part in mailbox.parts(1000) for row in read_part(part, progress=progress)]
    assert consumed == mailbox.size_bytes == len(data)
    assert [path.name] == [entry.name for entry in path.parent.iterdir()], "something was unpacked"
    return rows


def messages(rows: list[RawMessage | Skipped]) -> list[RawMessage]:
    return [row for row in rows if isinstance(row, RawMessage)]


def reasons(rows: list[RawMessage | Skipped]) -> dict[str, str]:
    return {row.origin: row.reason for row in rows if isinstance(row, Skipped)}


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
}


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_a_compressed_mbox_is_read_and_described(tmp_path: Path, name: str) -> None:
    data = COMPRESSIONS[name](mbox(5))
    rows = read(tmp_path / "box", data)
    assert [row.offset for row in rows] == [index * len(mbox(1)) for index in range(5)]
    assert open_mailbox(tmp_path / "box").description.startswith(f"mbox, {name}, ")


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_a_compressed_message_and_a_compressed_tar_are_read(tmp_path: Path, name: str) -> None:
    pack = COMPRESSIONS[name]
    assert messages(read(tmp_path / "one", pack(MAIL)))[0].data == MAIL
    rows = read(tmp_path / "one", pack(tar({"in/1": MAIL, "in/2": MAIL})))
    assert [(row.origin, row.labels) for row in messages(rows)] == [
        ("one!in/1", ("in",)),
        ("one!in/2", ("in",)),
    ]


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_streams_one_after_another_are_one_file(tmp_path: Path, name: str) -> None:
    pack = COMPRESSIONS[name]
    rows = read(tmp_path / "box", pack(mbox(2)[:25_000]) + pack(mbox(2)[25_000:]))
    assert len(messages(rows)) == len(rows) == 2


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz"])
def test_zeros_behind_a_compressed_file_are_nothing_and_other_bytes_cost_no_message(tmp_path: Path, name: str) -> None:
    data = COMPRESSIONS[name](mbox(2))
    assert reasons(read(tmp_path / "box", data + bytes(1000))) == {}
    rows = read(tmp_path / "box", data + b"junk")
    assert len(messages(rows)) == 2
    assert reasons(rows) == {"box": "corrupt"}


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("damaged", "least"),
    [
        (lambda streams: b"".join([*streams[:3], flipped(streams[3], -8), *streams[4:]]), 18),
        (lambda streams: b"".join([*streams[:3], streams[3][:9_000], *streams[4:]]), 15),
        (lambda streams: b"".join([*streams[:3], flipped(streams[3], 9_000), *streams[4:]]), 15),
        (lambda streams: b"".join([*streams[:3], b"tea \x1f\x8b\x08 and cake", *streams[3:]]), 18),
        (lambda streams: b"".join([*streams[:3], streams[3][:20] + bytes(50) + streams[3][70:], *streams[4:]]), 14),
        (lambda streams: flipped(gzip.compress(mbox(18)), -8), 17),
        (lambda streams: flipped(gzip.compress(mbox(18)), len(gzip.compress(mbox(18))) * 3 // 4), 12),
    ],
)
def test_damage_to_gzip_costs_no_message_before_or_after_it(
    tmp_path: Path, damaged: Callable[[list[bytes]], bytes], least: int
) -> None:
    rows = read(tmp_path / "box", damaged([gzip.compress(mbox(3))] * 6))
    whole = [row for row in messages(rows) if row.data in mbox(18)]
    assert least <= len(whole) <= 18
    assert set(reasons(rows).values()) == {"corrupt"}


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_of_a_truncated_file_the_whole_messages_are_read_and_the_rest_is_one_row(tmp_path: Path, name: str) -> None:
    size = 200_000 if name == "bzip2" else 20_000  # bzip2 gives nothing of an unfinished block
    data = COMPRESSIONS[name](mbox(20, size))
    rows = read(tmp_path / "box", data[: len(data) * 7 // 10])
    assert 1 <= len(messages(rows)) <= 14
    assert [row.reason for row in rows if isinstance(row, Skipped)] == ["truncated"]
    assert rows[-1].offset == len(messages(rows)) * len(mbox(1, size))


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_of_a_corrupt_file_what_comes_before_is_read(tmp_path: Path, name: str) -> None:
    data = bytearray(COMPRESSIONS[name](mbox(15, 100_000)))
    middle = len(data) * 7 // 10
    data[middle : middle + 200_000] = b"\xff" * 200_000
    rows = read(tmp_path / "box", bytes(data))
    assert messages(rows)
    assert [row.reason for row in rows if isinstance(row, Skipped)] == ["corrupt"]


def test_of_a_truncated_tar_the_whole_members_are_read(tmp_path: Path) -> None:
    data = tar({"1": MAIL, "2": MAIL, "3": MAIL + noise(5000), "4": MAIL})
    rows = read(tmp_path / "box", data[:4500])
    assert len(messages(rows)) == 2
    assert reasons(rows) == {"box!3": "truncated", "box": "truncated"}


def test_of_a_corrupt_tar_the_members_before_are_read(tmp_path: Path) -> None:
    data = bytearray(tar({"1": MAIL, "2": MAIL, "3": MAIL}))
    data[2048:2100] = b"x" * 52
    rows = read(tmp_path / "box", bytes(data))
    assert len(messages(rows)) == 2
    assert reasons(rows) == {"box": "corrupt"}


@pytest.mark.parametrize("style", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_long_and_foreign_names_in_a_tar_are_whole(tmp_path: Path, style: int) -> None:
    name = "/".join(["a" * 60] * (2 if style == tarfile.USTAR_FORMAT else 5)) + "/é.eml"
    (row,) = read(tmp_path / "box", tar({name: MAIL}, format=style))
    assert row.origin == f"box!{name}"


def test_names_in_archives_are_labels_only(tmp_path: Path) -> None:
    for pack in (tar, zipped):
        rows = read(tmp_path / "box", pack({"../../up.eml": MAIL, "/abs.eml": MAIL, "a\nb": MAIL}))
        assert [row.origin.removeprefix("box!").lstrip("/") for row in rows] == [
            "../../up.eml",
            "abs.eml",
            "a\ufffdb",
        ]


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("Junk", ("Junk",)),
        ("Sent Items (2)", ("Sent Items (2)",)),
        ("Tea club", ()),
        ("takeout-20240506T101010Z-001", ()),
    ],
)
def test_an_archive_that_is_named_like_a_known_folder_is_one(
    tmp_path: Path, name: str, labels: tuple[str, ...]
) -> None:
    members = {"1.eml": MAIL, "Tea/2.eml": MAIL}
    packed = {"tar": tar(members), "tgz": gzip.compress(tar(members)), "tar.gz": gzip.compress(tar(members))}
    for suffix, data in {"zip": zipped(members), **packed}.items():
        path = tmp_path / suffix / f"{name}.{suffix}"
        path.parent.mkdir()
        assert [item.labels for item in messages(read(path, data))] == [labels, (*labels, "Tea")]


def test_links_and_devices_in_a_tar_are_rows(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("folder")
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
        info = tarfile.TarInfo("1.eml")
        info.size = len(MAIL)
        archive.addfile(info, io.BytesIO(MAIL))
    rows = read(tmp_path / "box", file.getvalue())
    assert reasons(rows) == {"box!link": "link", "box!hard": "link", "box!pipe": "special file"}
    assert len(messages(rows)) == 1


def test_a_member_is_split_when_it_is_an_mbox_and_skipped_when_it_is_no_mail(tmp_path: Path) -> None:
    members = {
        "Takeout/Mail/Spam.mbox": mbox(3),
        "Takeout/archive_browser.html": b"<!DOCTYPE html>",
        "cmds": b"mv 1 00001.7848\n",
        "empty": b"",
        "cat.jpg": b"\xff\xd8\xff\xe0",
        "one.eml": MAIL,
    }
    for pack in (tar, zipped):
        rows = read(tmp_path / "box", pack(members))
        assert [row.labels for row in messages(rows)] == [("Takeout", "Mail", "Spam")] * 3 + [()]
        assert reasons(rows) == {
            "box!Takeout/archive_browser.html": "not mail",
            "box!cmds": "not mail",
            "box!empty": "empty",
            "box!cat.jpg": "not mail",
        }


def test_an_archive_in_an_archive_is_one_row(tmp_path: Path) -> None:
    inner = {
        "a.zip": zipped({"x": MAIL}),
        "b.tar": tar({"x": MAIL}),
        "c.tgz": gzip.compress(tar({"x": MAIL})),
        "d": MAIL,
    }
    for pack in (tar, zipped, lambda members: gzip.compress(tar(members))):
        rows = read(tmp_path / "box", pack(inner))
        assert reasons(rows) == dict.fromkeys(("box!a.zip", "box!b.tar", "box!c.tgz"), "nested archive")
        assert len(messages(rows)) == 1


@pytest.mark.parametrize("squeeze", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_a_compressed_file_in_an_archive_is_read_but_not_one_within_it(
    tmp_path: Path, squeeze: Callable[[bytes], bytes]
) -> None:
    inner = {"Sent.mbox.gz": squeeze(mbox(3, 500)), "cur/1:2,S": squeeze(MAIL), "twice": squeeze(squeeze(MAIL))}
    for pack in (tar, zipped, lambda members: gzip.compress(tar(members))):
        rows = read(tmp_path / "box", pack(inner))
        assert reasons(rows) == {"box!twice": "nested archive"}
        assert len(messages(rows)) == 4


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_zip_is_cut_into_parts_by_members(tmp_path: Path, method: int) -> None:
    path = tmp_path / "box"
    members = {f"{n}.eml": MAIL + noise(3000, n) for n in range(10)}
    rows = read(path, zipped(members, method))
    assert [row.origin for row in rows] == [f"box!{n}.eml" for n in range(10)]
    assert len(open_mailbox(path).parts(5_000)) > 2


def test_what_may_hold_more_than_a_part_is_read_in_batches(tmp_path: Path) -> None:
    path, large = tmp_path / "box", mbox(20, 500)
    for pack in (gzip.compress, bz2.compress, lzma.compress, zstd, lambda data: gzip.compress(tar({"a": data}))):
        path.write_bytes(pack(large))
        assert [part.batch_bytes for part in open_mailbox(path).parts(4_000)] == [2_000]
        assert [part.batch_bytes for part in open_mailbox(path).parts(400_000)] == [None]
    path.write_bytes(zipped({"1.eml": MAIL, "2.eml": MAIL, "large.mbox": large, "3.eml": MAIL}))
    parts = open_mailbox(path).parts(4_000)
    assert [part.batch_bytes for part in parts] == [None, 2_000, None]
    assert [(part.start, part.stop) for part in parts] == [(0, 2), (2, 3), (3, None)]


def test_encrypted_members_of_a_zip_are_rows(tmp_path: Path) -> None:
    data = bytearray(zipped({"1.eml": MAIL, "2.eml": MAIL}))
    local, central = data.find(b"PK\x03\x04"), data.find(b"PK\x01\x02")
    data[local + 6] |= 1
    data[central + 8] |= 1
    assert reasons(read(tmp_path / "box", bytes(data))) == {"box!1.eml": "encrypted"}


def test_a_member_whose_checksum_is_wrong_is_a_row_and_the_others_are_read(tmp_path: Path) -> None:
    data = zipped({"1.eml": MAIL, "2.eml": MAIL + b"x", "3.eml": MAIL}, zipfile.ZIP_STORED)
    rows = read(tmp_path / "box", data.replace(b"four\nx", b"five\nx"))
    assert reasons(rows) == {"box!2.eml": "corrupt"}
    assert len(messages(rows)) == 2


class Unseekable(io.BytesIO):
    """Makes zipfile write the sizes behind each member, as a zip made on the fly has them."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


@pytest.mark.parametrize("on_the_fly", [False, True])
def test_of_a_truncated_zip_the_whole_members_are_read(tmp_path: Path, on_the_fly: bool) -> None:
    file = Unseekable() if on_the_fly else io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Mail/a.mbox", mbox(3))
        archive.writestr("notes.txt", b"no mail")
        archive.writestr("Mail/b.mbox", mbox(5))
    rows = read(tmp_path / "box", file.getvalue()[: -len(mbox(2)) // 2])
    assert [row.origin for row in messages(rows)][:3] == ["box!Mail/a.mbox"] * 3
    assert len(messages(rows)) in (6, 7)
    assert reasons(rows) == {"box!notes.txt": "not mail", "box!Mail/b.mbox": "truncated", "box": "truncated"}


def test_a_zip_with_a_broken_directory_is_read_to_its_end(tmp_path: Path) -> None:
    data = zipped({"1.eml": MAIL, "2.eml": MAIL}).replace(b"PK\x05\x06", b"xxxx")
    rows = read(tmp_path / "box", data)
    assert len(messages(rows)) == 2
    assert reasons(rows) == {"box": "corrupt"}


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz", "zip"])
def test_a_bomb_is_told_long_before_it_is_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(compressed, "RATIO_FLOOR", 4 << 20)
    bomb = mbox(1) + SEPARATOR + b"Subject: bomb\n\n" + bytes(30 << 20)
    data = zipped({"a": MAIL, "b": bomb}) if name == "zip" else COMPRESSIONS[name](bomb)
    rows = read(tmp_path / "box", data)
    assert messages(rows)
    assert list(reasons(rows).values()) == ["too large"]


def test_members_of_a_zip_that_lie_over_one_another_share_one_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed, "RATIO_FLOOR", 4 << 20)
    data = zipped({"a.eml": MAIL + bytes(3 << 20)})
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    n = 20  # the same bytes, named twenty times
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, n, n, (end - start) * n, start, 0)
    rows = read(tmp_path / "box", data[:start] + data[start:end] * n + tail)
    assert sum(len(row.data) for row in messages(rows)) < 8 << 20
    assert any(row.reason in ("too large", "corrupt") for row in rows if isinstance(row, Skipped))


def test_a_member_without_a_name_is_read(tmp_path: Path) -> None:
    data = zipped({"a": MAIL}, zipfile.ZIP_STORED)
    directory = data.index(b"PK\x01\x02")
    nameless = bytearray(data)
    for at in (directory + 46, 30):
        nameless[at] = 0  # zipfile ends a name at the first zero
    assert [row.origin for row in messages(read(tmp_path / "box", bytes(nameless)))] == ["box!"]


DAMAGED = [
    tar({"a": MAIL, "b": mbox(2, 300), "c" * 150: MAIL}, format=tarfile.PAX_FORMAT),
    zipped({"a": MAIL, "b": mbox(2, 300)}),
    zipped({"a": MAIL, "b": MAIL}, zipfile.ZIP_BZIP2),
    *(pack(tar({"a": MAIL, "b": mbox(2, 300)})) for pack in COMPRESSIONS.values()),
]


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.sampled_from(DAMAGED),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=40)), min_size=1, max_size=4),
)
def test_no_damage_stops_a_run(tmp_path: Path, data: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    for place, length, new in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + length :]
    try:
        read(tmp_path / "box", data)  # which checks that progress is exact
    except UserError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_name_in_utf8_is_one_where_the_zip_does_not_say_so(tmp_path: Path, is_cut: bool) -> None:
    data = bytearray(zipped({"Entw\u00fcrfe/1.eml": MAIL, "K\u00f6rbe/2.eml": MAIL}))
    for signature, place in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            data[at + place] &= ~0x08
    if is_cut:
        del data[data.find(b"PK\x05\x06") :]
    rows = read(tmp_path / "box", bytes(data))
    assert [row.labels for row in messages(rows)] == [("Entw\u00fcrfe",), ("K\u00f6rbe",)]


def test_a_name_of_the_days_of_dos_is_read_as_such(tmp_path: Path) -> None:
    data = zipped({"x/1.eml": MAIL}, zipfile.ZIP_STORED).replace(b"x/1.eml", b"\x81/1.eml")
    assert [row.labels for row in messages(read(tmp_path / "box", data))] == [("\u00fc",)]
