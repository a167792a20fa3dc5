"""Surveys: what would be read is told by its looks, without reading it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from mailboxes import FORMATS, MESSAGES, PLACES, mbox, tgz, write, zipped

from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.run import extract
from pixelstudy.mail.boxes import outlook, survey
from pixelstudy.mail.boxes.mailbox import files_at
from pixelstudy.mail.boxes.survey import BY_LABEL, Survey
from pixelstudy.tables import MESSAGES as MESSAGES_TABLE


def look(path: Path) -> Survey:
    return survey.survey(files_at(str(path))[0])


@pytest.mark.parametrize("name", FORMATS)
def test_it_says_what_an_extraction_then_finds(name: str, tmp_path: Path) -> None:
    path = FORMATS[name][0](tmp_path)
    seen = look(path)
    assert seen.is_whole
    assert seen.left_out == ()
    said: Counter[str] = Counter()
    for each in seen.found:
        said[each.population] += each.n_files
    if BY_LABEL in said:
        assert set(said) == {BY_LABEL}
        return
    extract([path], tmp_path / "out", jobs=1)
    assert said == Counter(read_table(MESSAGES_TABLE, tmp_path / "out")["population"])


def test_single_messages_are_counted_by_folder(tmp_path: Path) -> None:
    for n in range(5):
        write(tmp_path / "Mail" / "Sent" / f"{n}.eml", MESSAGES["sent"])
        write(tmp_path / "Mail" / f"{n}.eml", MESSAGES["inbox"])
    found = {each.place: (each.format, each.n_files, each.population) for each in look(tmp_path / "Mail").found}
    assert found == {".": ("message", 5, "received"), "Sent": ("message", 5, "sent")}


def test_what_cannot_be_read_is_told_first_and_what_is_no_mail_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "can_read_msg", lambda: False)
    monkeypatch.setattr(outlook, "_readpst", lambda: None)
    home = tmp_path / "home"
    write(home / "a.pst", b"!BDN" + bytes(99))
    write(home / "b.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__properties_version1.0".encode("utf-16-le"))
    write(home / "c.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99))
    write(home / "d.olm", zipped({"Accounts/com.microsoft.__Messages/1.xml": b"<x/>"}))
    locked = bytearray(zipped({"e.eml": MESSAGES["inbox"]}))
    locked[locked.find(b"PK\x03\x04") + 6] |= 1
    locked[locked.find(b"PK\x01\x02") + 8] |= 1
    write(home / "e.zip", bytes(locked))
    write(home / "f.zip", zipped({"g.zip": zipped({"h.eml": MESSAGES["inbox"]})}))
    write(home / "photo.jpg", b"\xff\xd8\xff\xe0")
    (home / "out").symlink_to(tmp_path)
    (home / "in").symlink_to(home / "photo.jpg")
    seen = look(home)
    assert [(row.origin, row.reason) for row in seen.left_out] == [
        ("a.pst", "unsupported"),
        ("b.msg", "unsupported"),
        ("d.olm", "unsupported"),
        ("e.zip!e.eml", "encrypted"),
        ("f.zip!g.zip", "nested archive"),
        ("out", "link"),
    ]
    assert (seen.found, seen.n_other) == ((), 2)


def test_a_large_tar_is_looked_through_in_part_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "LOOK_BYTES", 2 << 20)
    big = mbox(MESSAGES["inbox"], b"Subject: big\n\n" + bytes(range(256)) * 12_000)
    members = {"Mail/Inbox.mbox": big, "Mail/Sent.mbox": mbox(MESSAGES["sent"])}
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    seen = look(write(tmp_path / "box.tar", file.getvalue()))
    assert [(each.place, each.size_bytes) for each in seen.found] == [("box.tar!Mail/Inbox.mbox", len(big))]
    assert not seen.is_whole
    small = look(write(tmp_path / "box.tgz", tgz({"Mail/Sent.mbox": mbox(MESSAGES["sent"])})))
    assert small.is_whole
    assert [each.population for each in small.found] == ["sent"]


def test_no_more_of_a_zip_than_heads_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0
    plain = zipfile.ZipExtFile.read

    def counted(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        nonlocal read
        data = plain(self, n)
        read += len(data)
        return data

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    members = {f"Takeout/Photos/{n}.jpg": b"\xff\xd8\xff\xe0" + bytes(3 << 20) for n in range(4)}
    members["Takeout/Mail/All.mbox"] = mbox(*(MESSAGES[place] for place in PLACES), bytes(3 << 20))
    seen = look(write(tmp_path / "takeout.zip", zipped(members)))
    assert [each.place for each in seen.found] == ["takeout.zip!Takeout/Mail/All.mbox"]
    assert read <= 5 << 16
    monkeypatch.setattr(survey, "LOOK_MEMBERS", 2)
    assert not look(tmp_path / "takeout.zip").is_whole
