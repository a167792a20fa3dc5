"""Mailboxes: what lies at a path is found, cut into parts that lose nothing, and refused in one line."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import tarfile
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixelstudy.errors import UserError
from pixelstudy.extraction.run import extract
from pixelstudy.mail.boxes import mailbox as module
from pixelstudy.mail.boxes.folders import File
from pixelstudy.mail.boxes.mailbox import FORMATS, Format, Part, RawMessage, Skipped, open_mailbox, read_part
from pixelstudy.mail.raw import REASONS, Source, is_mail

MAIL = b"From: a@example.org\nSubject: tea\n\nat four\n"
SEPARATOR = b"From a@example.org Thu Aug 22 12:36:23 2002\n"
CORPORA = os.environ.get("PIXELSTUDY_CORPORA")


def mbox(n: int) -> bytes:
    return b"".join(SEPARATOR + b"Subject: %d\n\n" % index + b"x" * (index * 37 % 500) + b"\n\n" for index in range(n))


def write(path: Path, data: bytes = MAIL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def read(path: Path, target_bytes: int = 48 << 20) -> list[RawMessage | Skipped]:
    return [row for part in open_mailbox(path).parts(target_bytes) for row in read_part(part)]


def origins(rows: list[RawMessage | Skipped]) -> list[tuple[str, str]]:
    return [(row.origin, row.reason if isinstance(row, Skipped) else "") for row in rows]


@pytest.mark.parametrize(
    ("name", "data", "description"),
    [
        ("a.eml", MAIL, "message, 42 bytes"),
        ("misnamed.jpg", MAIL, "message, 42 bytes"),
        ("no suffix", SEPARATOR + MAIL, "mbox, 86 bytes"),
        ("mail.txt", mbox(100), "mbox, "),
        ("mail.eml", gzip.compress(mbox(100)), "mbox, gzip, "),
    ],
)
def test_what_lies_at_a_path_is_found_by_its_content(tmp_path: Path, name: str, data: bytes, description: str) -> None:
    path = write(tmp_path / name, data)
    assert open_mailbox(path).description.startswith(description)
    rows = read(path)
    assert {row.origin for row in rows} == {name}
    assert all(isinstance(row, RawMessage) for row in rows)


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (b"Received: from x\r\n\tby y\r\nFrom: a\r\n\r\n", True),
        (b"\xef\xbb\xbf\r\n\r\nX-Odd: 1\nMESSAGE-ID: <1>\n\n", True),
        (b"From nobody\nSubject: tea\n\n", True),
        (b"X-Mozilla-Status: 0001\nX-Mozilla-Status2: 0\nDate: x\n\n", True),
        (b"subject : tea\n\n", True),
        (b"Note: no header of mail\nOther: y\n\nSubject: tea\n", False),
        (b'{"From": 1}', False),
        (b"---\nSubject: tea\n", False),
        (b"name,Subject: tea\n", False),
        (b"", False),
        (b"\n" * 70_000, False),
        (b"\xff\xd8\xff\xe0 JFIF Subject: tea\n", False),
    ],
)
def test_mail_begins_with_headers_of_mail(head: bytes, is_one: bool) -> None:
    assert is_mail(head) is is_one


def test_what_comes_before_the_header_of_a_message_is_left_out_and_counted(tmp_path: Path) -> None:
    (row,) = read(write(tmp_path / "a", b"\xef\xbb\xbf\r\n \n" + MAIL))
    assert row == RawMessage(MAIL, "a", 0, before_bytes=7)


HEADER = b"Return-Path: <a@example.org>\r\nDate: Tue, 14 Oct 2025 08:29:05 +0000\r\nFrom: a@example.org\r\n\tby x\r\n"
OUTPUT = {
    "lines of a program": (
        b"Loading configuration: settings.toml\n",
        b"2025-10-14 08:29:07 start\n[INFO] reading\n* done in 3 s\n\n",
        b"$ cat 1.eml\r\n",
        b"1 message\n  from: the archive\n",
        b"Exporting 1 of 1\n\nFrom a@example.org\n",
    ),
    "an HTTP header": (
        b"HTTP/1.1 200 OK\r\nDate: Tue, 14 Oct 2025 08:30:00 GMT\r\nContent-Type: message/rfc822\r\n\r\n",
        b"HTTP/2 200 \r\nserver: x\r\n\r\n",
        b"HTTP/1.0 200 OK\nContent-Length: 9\n\n",
        b"HTTP/1.1 302 Found\r\nLocation: /1.eml\r\n\r\nHTTP/1.1 200 OK\r\nX-From: a\r\n\r\n",
        b"\xef\xbb\xbfHTTP/1.1 200 OK\r\nContent-Disposition: attachment;\r\n\tfilename=1.eml\r\n\r\n\r\n",
    ),
    "a byte order mark": (
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\n",
        b"\xef\xbb\xbf\r\n\r\n",
        b"\xef\xbb\xbf \n",
        b"\xef\xbb\xbf\r\nMessage 1\r\n",
    ),
    "blank lines": (b"\n", b"\r\n\r\n", b" \n\t\n", b"\n" * 500, b" \t \r\n\n"),
    "a separator": (
        b"From a@example.org Thu Aug 22 12:36:23 2002\n",
        b"From \n",
        b">From - Sat Apr 12 2025 15:59:28\n",
        b"From eric at tea.example\r\n",
        b"\n\nFrom Kamil <k@tea.example>\n",
    ),
}


@pytest.mark.parametrize("output", [output for outputs in OUTPUT.values() for output in outputs])
def test_a_message_is_read_from_its_first_header_on(output: bytes, tmp_path: Path) -> None:
    message = HEADER + b"Subject: tea\r\n\r\nat four\r\n"
    (row,) = [row for row in read(write(tmp_path / "a.eml", output + message)) if isinstance(row, RawMessage)]
    assert row.data == message


@pytest.mark.parametrize(
    "output", [OUTPUT["lines of a program"][0], OUTPUT["an HTTP header"][0], b"", b"\n", b"\xef\xbb\xbf"]
)
def test_where_no_header_is_it_is_not_mail(output: bytes, tmp_path: Path) -> None:
    write(tmp_path / "box" / "a.eml", output + b"Tea is at four.\nNote: bring cake\n\nSubject: cake\n")
    write(tmp_path / "box" / "b.eml", MAIL)
    assert [(row.origin, row.reason) for row in read(tmp_path / "box") if isinstance(row, Skipped)] == [
        ("a.eml", "not mail")
    ]


def test_it_is_counted(tmp_path: Path) -> None:
    for n, output in enumerate((*OUTPUT["lines of a program"], *OUTPUT["an HTTP header"], b"", b"\n\n")):
        write(tmp_path / "mail" / f"{n}.eml", output + HEADER + b"Subject: %d\r\n\r\n" % n)
    counts = extract([tmp_path / "mail"], tmp_path / "out", jobs=1).counts
    assert (counts.n_kept, counts.n_before_header) == (12, 10)


@pytest.mark.parametrize(
    "head",
    [
        b"<html><body><pre>\n%s\n</pre>",
        b"<!-- saved from a mail -->\n%s\n",
        b"#!/bin/sh\nsendmail -t <<EOF\n%s\nhello\nEOF\n",
        b'"""A mail."""\n%s\n',
        b"// A mail\n%s\n",
        b"---\ntitle: tea\n---\n%s\n",
        b"\x00\x01\x02\n%s\n",
        b"A note\nFrom: me\nTo: you\nSubject: tea\n\nat four\n",
        b"A note\nDate: today\nPlace: here\n\nat four\n",
        b"A note\n" * 30 + b"%s\n",
        b"A note of what a header is: From, Date ...\n\nFrom: a\nDate: b\nand so on\n\n",
        b"GET / HTTP/1.1\r\nHost: example.org\r\nFrom: a@example.org\r\n\r\n",
    ],
)
def test_what_is_no_mail_is_not_read_for_a_header_within(head: bytes) -> None:
    assert not is_mail(head.replace(b"%s", HEADER))


def test_a_message_with_a_from_line_before_its_header_is_an_mbox_of_one(tmp_path: Path) -> None:
    (row,) = read(write(tmp_path / "a.eml", b"\xef\xbb\xbf\r\nFrom nobody\r\n" + MAIL))
    assert row == RawMessage(MAIL, "a.eml", 5)


def test_a_folder_gives_its_messages_in_order_and_a_row_for_all_else(tmp_path: Path) -> None:
    root = tmp_path / "Mail"
    write(root / "00001.7848dde1")
    write(root / "README.md", b"# Notes\n")
    write(root / "Empty", b"")
    write(root / "Sent", SEPARATOR + MAIL + b"\n" + SEPARATOR + MAIL)
    write(root / "Sent.msf", b'// <!-- <mdb:mork:z v="1.4"/> -->')
    write(root / "a/2.eml.metadata.json", b'{"Subject": "tea"}')
    write(root / "a/2.eml")
    (root / "z").symlink_to(root / "a")
    rows = read(root)
    assert origins(rows) == [
        ("00001.7848dde1", ""),
        ("Empty", "empty"),
        ("README.md", "not mail"),
        ("Sent", ""),
        ("Sent", ""),
        ("Sent.msf", "not mail"),
        ("z", "link"),
        ("a/2.eml", ""),
        ("a/2.eml.metadata.json", "not mail"),
    ]
    assert {row.origin: row.labels for row in rows if isinstance(row, RawMessage)} == {
        "00001.7848dde1": ("Mail",),
        "Sent": ("Mail", "Sent"),
        "a/2.eml": ("Mail", "a"),
    }
    assert {row.reason for row in rows if isinstance(row, Skipped)} <= set(REASONS)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("Spam.mbox", ("Spam",)),
        ("Spam.mbox.gz", ("Spam",)),
        ("Sent", ("Sent",)),
        ("mbox", ()),
        ("00001.7848dde1", ()),
        ("1234", ()),
        ("a.eml", ()),
    ],
)
def test_the_name_of_an_mbox_is_a_label_when_it_names_one(tmp_path: Path, name: str, labels: tuple[str, ...]) -> None:
    (row,) = read(write(tmp_path / name, SEPARATOR + MAIL))
    assert isinstance(row, RawMessage)
    assert row.labels == labels


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(target=st.integers(300, 30_000))
def test_any_size_of_parts_gives_the_same_messages_and_the_same_bytes(tmp_path: Path, target: int) -> None:
    root = tmp_path / "Mail"
    if not root.exists():
        write(root / "a.mbox", mbox(50))
        write(root / "b.mbox.gz", gzip.compress(mbox(50)))
        for n in range(20):
            write(root / f"{n}.eml", MAIL + b"x" * n * 100)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for n in range(20):
                archive.writestr(f"{n}.eml", MAIL)
        write(root / "c.zip", file.getvalue())
        write(root / "d/empty", b"")
    mailbox = open_mailbox(root)
    whole = read(root)
    rows = []
    consumed = 0
    for part in pickle.loads(pickle.dumps(mailbox.parts(target))):
        sizes: list[int] = []
        rows += list(read_part(part, progress=sizes.append))
        assert sum(sizes) == part.size_bytes
        consumed += part.size_bytes
    assert sorted(rows, key=repr) == sorted(whole, key=repr)
    assert consumed == mailbox.size_bytes == sum(file.stat().st_size for file in root.rglob("*") if file.is_file())


def test_small_files_share_parts_and_large_ones_are_cut(tmp_path: Path) -> None:
    for n in range(100):
        write(tmp_path / f"{n}.eml", MAIL * 1000)
    assert len(open_mailbox(tmp_path).parts(1 << 20)) == 5
    path = write(tmp_path / "one.mbox", mbox(3000))
    parts = open_mailbox(path).parts(400_000)
    assert len(parts) == -(-path.stat().st_size // 400_000) > 1
    assert all(part.size_bytes <= 400_000 for part in parts)


def test_a_part_of_a_file_that_went_away_is_a_row(tmp_path: Path) -> None:
    write(tmp_path / "1.eml")
    path = write(tmp_path / "2.eml")
    (part,) = open_mailbox(tmp_path).parts()
    path.unlink()
    assert origins(list(read_part(part))) == [("1.eml", ""), ("2.eml", "unreadable")]


def test_reading_takes_the_memory_of_a_message_not_of_the_mailbox(tmp_path: Path) -> None:
    path = tmp_path / "big.mbox"
    with path.open("wb") as file:
        for _ in range(4000):
            file.write(SEPARATOR + b"Subject: one\n\n" + b"x" * 10_000 + b"\n\n")
    for target in (path, write(tmp_path / "big.gz", gzip.compress(path.read_bytes(), 1))):
        (part,) = open_mailbox(target).parts(1 << 40)
        tracemalloc.start()
        n = sum(1 for _ in read_part(part))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert n == 4000
        assert peak < 8 << 20


def test_reading_opens_no_file_for_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.mbox", mbox(10))
    modes = []
    opened = Path.open

    def watched(self: Path, mode: str = "r", *args: object, **options: object) -> object:
        modes.append(mode)
        return opened(self, mode, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", watched)
    assert len(read(path)) == 10
    assert set(modes) == {"rb"}


def test_the_fingerprint_changes_with_the_files_and_with_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "Mail"
    path = write(root / "a.eml")
    big = write(root / "b.mbox", mbox(1) + b"x" * (2 << 20))
    first = open_mailbox(root).fingerprint()
    assert open_mailbox(root).fingerprint() == first
    assert len(first) == 64
    times = (big.stat().st_atime_ns, big.stat().st_mtime_ns)
    with big.open("r+b") as file:  # same size, same time, other end
        file.seek(-1, os.SEEK_END)
        file.write(b"y")
    os.utime(big, ns=times)
    second = open_mailbox(root).fingerprint()
    path.write_bytes(MAIL + b"more")
    third = open_mailbox(root).fingerprint()
    path.rename(root / "c.eml")
    assert len({first, second, third, open_mailbox(root).fingerprint()}) == 4


def test_a_format_is_one_entry_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shout(source: Source) -> Iterator[RawMessage | Skipped]:
        yield RawMessage(b"".join(source.blocks).lower(), source.origin, 0)

    shouted = Format("shouted", lambda head: head.startswith(b"FROM:"), messages=shout)
    monkeypatch.setattr(module, "FORMATS", (shouted, *FORMATS))
    (row,) = read(write(tmp_path / "a", MAIL.upper()))
    assert isinstance(row, RawMessage)
    assert row.data == MAIL.lower()


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        open_mailbox(path)
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    return line


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "is empty; name an mbox"),
        (b" \n\n", "looks like blank"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "looks like a JPEG image, not mail; name an mbox"),
        (b"%PDF-1.7\n", "looks like a PDF, not mail"),
        (b"SQLite format 3\x00", "looks like a SQLite database, not mail"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "looks like an old Office document, not mail"),
        (b"just a text\n", "looks like text, not mail"),
        (b"\x00\x01\x02", "looks like binary data"),
        (gzip.compress(b"just a text\n"), "looks like text, not mail"),
        (gzip.compress(mbox(3))[:15], "is truncated (gzip: ends early) and contains no whole message; get it again"),
        (
            gzip.compress(os.urandom(300_000).hex().encode().join([SEPARATOR + b"Subject: a\n\n", b""]))[:99_000],
            "trunc",
        ),
        (b"\x1f\x8b\x08\x00junkjunkjunkjunk", "is corrupt (gzip: "),
        (b"PK\x03\x04junk", "is truncated (zip: ends within a header)"),
    ],
)
def test_a_file_that_holds_no_mail_is_refused_in_one_line_that_says_what_it_is(
    tmp_path: Path, data: bytes, line: str
) -> None:
    assert line in refused(write(tmp_path / "thing", data))


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none")
    assert "can't be read: Not a directory" in refused(write(tmp_path / "a.eml") / "none")


def test_a_folder_without_mail_is_refused_and_says_what_it_saw(tmp_path: Path) -> None:
    assert "contains no files" in refused(tmp_path)
    write(tmp_path / "notes.txt", b"tea at four\n")
    assert "contains no mail: its one file, notes.txt, looks like text; name" in refused(tmp_path)
    write(tmp_path / "a.jpg", b"\xff\xd8\xff\xe0")
    assert "the first of 2 files, a.jpg, looks like a JPEG image" in refused(tmp_path)


def test_archives_without_mail_are_refused_and_say_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "box"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.png", b"\x89PNG\r\n\x1a\n")
    assert "contains no mail: its one file, box!photo.png, looks like a PNG image" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Accounts/x/com.microsoft.__Messages/1.xml", b"<?xml")
    assert "is an Outlook for Mac archive (.olm), which only Outlook reads: there, drag each folder" in refused(path)
    with tarfile.open(path, "w"):
        pass
    assert refused(path)


def test_devices_and_pipes_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is a device, pipe or socket" in refused(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["file.eml", "folder"])
def test_what_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = write(tmp_path / "file.eml") if name == "file.eml" else write(tmp_path / "folder/1.eml").parent

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", forbidden)  # tests may run as root, whom no mode keeps out
    monkeypatch.setattr(Path, "open", forbidden)
    assert "no permission" in refused(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_refused_by_its_mode(tmp_path: Path) -> None:
    path = write(tmp_path / "file.eml")
    path.chmod(0)
    assert "no permission" in refused(path)


@pytest.mark.corpora
@pytest.mark.skipif(CORPORA is None, reason="PIXELSTUDY_CORPORA names no folder of raw corpora")
@pytest.mark.parametrize(
    ("place", "n_messages"),
    [
        ("markup/2019-10-28.mbox.gz", 448),
        ("spamassassin/hard_ham.tar.bz2", 250),
        ("spamassassin/easy_ham.tar.bz2", 2500),
        ("spamassassin/easy_ham_2.tar.bz2", 1400),
        ("spamassassin/spam.tar.bz2", 500),
        ("spamassassin/spam_2.tar.bz2", 1396),
        ("csdmc2010/spam.tar.bz2", 754),
        ("phishing_pot/sample.tar.xz", 1797),
        ("unspy", 21),
    ],
)
def test_the_corpora_hold_as_many_messages_as_is_known(place: str, n_messages: int) -> None:
    rows = read(Path(str(CORPORA), place))
    assert Counter(type(row) for row in rows) == {RawMessage: n_messages}


@pytest.mark.corpora
@pytest.mark.skipif(CORPORA is None, reason="PIXELSTUDY_CORPORA names no folder of raw corpora")
def test_a_real_mbox_is_the_same_in_parts_as_in_one(tmp_path: Path) -> None:
    with gzip.open(Path(str(CORPORA), "markup/2019-10-28.mbox.gz")) as file:
        path = write(tmp_path / "box", file.read())
    whole = read(path)
    assert len(whole) == 448
    assert read(path, 100_000) == whole
    (part,) = open_mailbox(path).parts()
    second = whole[1].offset
    assert isinstance(part.files[0], File)
    cut = [Part(part.files, 0, 0, second), Part(part.files, 0, second, second + 1), replace(part, start=second + 1)]
    assert [len(list(read_part(piece))) for piece in cut] == [1, 1, 446]
