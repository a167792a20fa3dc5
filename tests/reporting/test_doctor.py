"""The doctor: what would be read, on one screen, and where mail lies on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mailboxes import FORMATS, MESSAGES, apple_store, gmail, mbox, thunderbird, write, zipped

from pixelstudy.errors import UserError
from pixelstudy.reporting import doctor
from pixelstudy.reporting.doctor import WIDTH, doctor_text, places_text


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_fits_a_screen(name: str, tmp_path: Path) -> None:
    path = FORMATS[name][0](tmp_path)
    first, *lines = doctor_text(path).split("\n")
    assert first.startswith(f"{path}: ")
    assert len(lines) < 15
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[1].split() == ["size", "population", "kept", "as", "where"]


def test_a_folder_is_listed_place_by_place(tmp_path: Path) -> None:
    home = tmp_path / "home"
    thunderbird(home)
    takeout = zipped({"Takeout/Mail/Spam.mbox": gmail("spam"), "Takeout/x.html": b"<html>"})
    write(home / "Downloads" / "takeout-1.zip", takeout)
    write(home / "Downloads" / "old.olm", zipped({"A/com.microsoft.__Messages/1.xml": b"<x/>"}))
    text = doctor_text(home)
    (inbox,) = (line for line in text.split("\n") if line.endswith("Folders/Inbox"))
    assert inbox.split()[2:4] == ["received", "mbox"]
    assert " by label    mbox                    Downloads/takeout-1.zip!Takeout/Mail/Spam.mbox\n" in text
    assert "by label: the labels of each message say" in text
    assert "left out: Downloads/old.olm: an Outlook for Mac archive (.olm)" in text


def test_one_message_or_mbox_is_one_line(tmp_path: Path) -> None:
    assert doctor_text(write(tmp_path / "a.eml", MESSAGES["sent"])) == f"{tmp_path}/a.eml: message, 213 bytes"
    assert doctor_text(write(tmp_path / "b", mbox(MESSAGES["sent"]))) == f"{tmp_path}/b: mbox, 246 bytes"
    assert doctor_text(write(tmp_path / "Junk", mbox(MESSAGES["sent"]))) == f"{tmp_path}/Junk: mbox, 246 bytes, spam"
    assert doctor_text(write(tmp_path / "All.mbox", gmail("sent"))).endswith(", by label")


def test_files_without_mail_are_refused_in_the_words_of_extract(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="looks like text, not mail"):
        doctor_text(write(tmp_path / "notes", b"tea at four"))
    with pytest.raises(UserError, match="does not exist"):
        doctor_text(tmp_path / "none")


def test_long_lists_are_cut_and_say_so(tmp_path: Path) -> None:
    for n in range(doctor.MOST_PLACES + 3):
        write(tmp_path / "box" / f"{n:03}.mbox", mbox(MESSAGES["sent"]))
    for n in range(doctor.MOST_LEFT_OUT + 2):
        (tmp_path / "box" / f"link{n}").symlink_to(tmp_path)
    lines = doctor_text(tmp_path / "box").split("\n")
    assert lines[-10].split() == ["738", "bytes", "in", "3", "more", "places"]
    assert lines[-1] == "left out: 2 more"


def test_no_name_of_a_file_can_steer_a_terminal(tmp_path: Path) -> None:
    write(tmp_path / "box" / "a\x1b[31m\u202e.mbox", mbox(MESSAGES["sent"]))
    assert "\x1b" not in doctor_text(tmp_path / "box")
    assert "\u202e" not in doctor_text(tmp_path / "box")


def test_without_a_path_the_usual_places_are_listed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    thunderbird(home)
    apple_store(home / "Library")
    write(home / "Downloads" / "misnamed.bin", zipped({"Takeout/Mail/All.mbox": gmail("inbox")}))
    write(home / "Downloads" / "photo.jpg", b"\xff\xd8\xff\xe0")
    write(home / "Documents" / "mail.olm", zipped({"A/com.microsoft.__Messages/1.xml": b"<x/>"}))
    write(home / "elsewhere" / "a.eml", MESSAGES["inbox"])
    first, *lines = places_text(home).split("\n")
    assert first == "Mail in the usual places on this machine:"
    told = [line.split("~/")[1].split(":")[0] for line in lines if "~/" in line]
    assert told == ["Downloads/misnamed.bin", "Documents/mail.olm", ".thunderbird", "Library/Mail"]
    assert "which only Outlook reads" in lines[1]


def test_a_place_that_may_not_be_read_is_listed_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apple_store(tmp_path / "Library")

    def denied(_path: str) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "scandir", denied)
    assert "Library/Mail can't be read: no permission" in places_text(tmp_path)


def test_a_home_without_mail_says_where_it_looked_and_what_to_do(tmp_path: Path) -> None:
    assert "No mail was found in ~/Downloads" in places_text(tmp_path)
    assert "takeout.google.com" in places_text(tmp_path)
