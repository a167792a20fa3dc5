"""Folders: which files are read, in what order, and what their place says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pixelstudy.mail.boxes.folders import File, files_under, labels_of, mbox_label
from pixelstudy.mail.raw import Skipped

MAIL = b"From: a@example.org\nSubject: tea\n\nat four\n"


def write(path: Path, data: bytes = MAIL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def found(root: Path) -> dict[str, tuple[str, ...] | str]:
    return {item.origin: item.labels if isinstance(item, File) else item.reason for item in files_under(str(root))}


def test_files_come_sorted_with_their_place_and_the_folders_as_labels(tmp_path: Path) -> None:
    root = tmp_path / "Mail"
    for name in ("b.eml", "a/2.eml", "a/1.eml", "a/deep/3", "c.eml"):
        write(root / name)
    files = list(files_under(str(root)))
    assert [file.origin for file in files] == ["b.eml", "c.eml", "a/1.eml", "a/2.eml", "a/deep/3"]
    assert files[-1] == File(
        str(root / "a/deep/3"),
        "a/deep/3",
        ("Mail", "a", "deep"),
        len(MAIL),
        (root / "a/deep/3").stat().st_mtime_ns,
    )


@pytest.mark.parametrize(
    ("origin", "labels"),
    [
        ("Mail/cur/1382.host:2,FS", ("Mail", "flagged", "seen")),
        ("Mail/new/1382.host", ("Mail",)),
        ("Mail/cur/1382.host;2,T", ("Mail", "trashed")),
        ("Mail/cur/1382.host_2,RS", ("Mail", "replied", "seen")),
        ("Mail/cur/1382.host-2,T", ("Mail", "trashed")),
        ("Mail/cur/1382.host%3a2,D", ("Mail", "draft")),
        ("Mail/cur/1382.host\uf03a2,F", ("Mail", "flagged")),
        ("Mail/notes/1382.host_2,T", ("Mail", "notes")),
        ("Mail/.Archive.2019/cur/1382.host:2,", ("Mail", "Archive", "2019")),
        ("Sent.mbox/mbox", ("Sent",)),
        ("Local Folders/Work.sbd/Old", ("Local Folders", "Work")),
        ("../../etc/1:2,S", ("etc",)),
        ("/abs/1.eml", ("abs",)),
        ("Mail/.INBOX.Messages envoy&AOk-s/cur/1:2,S", ("Mail", "INBOX", "Messages envoyés", "seen")),
        ("ImapMail/imap.example.org/[Gmail].sbd/Wys&AUI-ane", ("ImapMail", "imap.example.org", "[Gmail]")),
        ("R&D/AT&T-news/Tom &- Jane/1.eml", ("R&D", "AT&T-news", "Tom & Jane")),
        ("local-mail/.inbox.directory/Sent/cur/1:2,S", ("local-mail", "inbox", "Sent", "seen")),
        ("V10/INBOX.mbox/Trips.mbox/Data/1/2/Messages/1.emlx", ("INBOX", "Trips")),
        ("V2/IMAP-jane@host/INBOX.imapmbox/Messages/1.emlx", ("IMAP-jane@host", "INBOX")),
        ("Data/Messages/1.eml", ("Data", "Messages")),
        ("1.eml", ()),
        ("", ()),
    ],
)
def test_a_place_gives_labels(origin: str, labels: tuple[str, ...]) -> None:
    assert labels_of(origin) == labels


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Mail/Sent", "Sent"),
        ("Sent.mbs", "Sent"),
        ("Junk.TXT", "Junk"),
        ("[Gmail].Spam", "[Gmail].Spam"),
        ("box.zip!Tea (2).mbox.gz", "Tea (2)"),
        ("1234.host", None),
    ],
)
def test_the_name_of_an_mbox_is_a_label(name: str, label: str | None) -> None:
    assert mbox_label(name) == (() if label is None else (label,))


def test_a_maildir_leaves_out_what_is_still_delivered_and_reads_its_dot_folders(tmp_path: Path) -> None:
    for name in ("cur/1:2,S", "new/2", "tmp/3", ".Sent/cur/4:2,S", ".Sent/new/5"):
        write(tmp_path / "Maildir" / name)
    assert found(tmp_path / "Maildir") == {
        "cur/1:2,S": ("Maildir", "seen"),
        "new/2": ("Maildir",),
        "tmp": "unfinished",
        ".Sent/cur/4:2,S": ("Maildir", "Sent", "seen"),
        ".Sent/new/5": ("Maildir", "Sent"),
    }


def test_links_pipes_and_hidden_folders_are_rows_and_are_not_opened(tmp_path: Path) -> None:
    root = tmp_path / "box"
    write(tmp_path / "elsewhere.eml")
    write(root / "in.eml")
    write(root / ".git/config")
    (root / "out").symlink_to(tmp_path / "elsewhere.eml")
    (root / "again").symlink_to(root / "in.eml")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe")
    details = {item.origin: item.detail for item in files_under(str(root)) if isinstance(item, Skipped)}
    assert details == {
        "out": "points out of the folder",
        "again": "points within the folder",
        "loop": "points within the folder",
        "pipe": "a device, pipe or socket",
        ".git": "name it to have it read",
    }
    assert found(root)["in.eml"] == ("box",)


def test_a_folder_that_may_not_be_read_is_a_row_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "box/1.eml")
    write(tmp_path / "box/shut/2.eml")
    scandir = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)  # tests may run as root, whom no mode keeps out
    assert found(tmp_path / "box") == {"1.eml": ("box",), "shut": "unreadable"}


def test_names_that_are_no_text_are_shown_and_still_opened(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9\n.eml"
    Path(os.fsdecode(name)).write_bytes(MAIL)
    (file,) = files_under(str(tmp_path))
    assert isinstance(file, File)
    assert file.origin == "caf\ufffd\ufffd.eml"
    file.origin.encode("utf-8")
    assert Path(file.path).read_bytes() == MAIL


def test_what_a_program_keeps_for_itself_is_no_message_of_its_own(tmp_path: Path) -> None:
    for name in ("inbox/1", "inbox/,2", "inbox/#3", "notes/,2", "Data/Messages/1.emlx", "Data/Attachments/1/a.eml"):
        write(tmp_path / "Mail" / name)
    for name in ("Inbox/cur/1.eml", "Inbox/tmp/2.eml"):  # Thunderbird's Maildir has no new
        write(tmp_path / "Mail" / name)
    assert found(tmp_path / "Mail") == {
        "Data/Attachments": "not mail",
        "Data/Messages/1.emlx": ("Mail",),
        "Inbox/cur/1.eml": ("Mail", "Inbox"),
        "Inbox/tmp": "unfinished",
        "inbox/#3": "deleted",
        "inbox/,2": "deleted",
        "inbox/1": ("Mail", "inbox"),
        "notes/,2": ("Mail", "notes"),
    }


def test_hidden_folders_of_mail_programs_are_entered(tmp_path: Path) -> None:
    for name in (".thunderbird/abc.default/Mail/Local Folders/Inbox", ".config/mail/Inbox", ".a.directory/b/cur/1"):
        write(tmp_path / name)
    assert list(found(tmp_path).values()) == ["hidden folder", (tmp_path.name, "a", "b"), (tmp_path.name, *LOCAL)]


LOCAL = ("thunderbird", "abc.default", "Mail", "Local Folders")
