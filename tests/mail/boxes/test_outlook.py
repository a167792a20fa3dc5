"""Outlook: .msg by extract-msg and .pst by readpst where they are installed, and a way out where not."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from mailboxes import MESSAGES, write, zipped

from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.run import extract
from pixelstudy.mail.boxes import outlook
from pixelstudy.mail.boxes.mailbox import RawMessage, Skipped, open_mailbox, read_part
from pixelstudy.mail.mime import read_mime
from pixelstudy.tables import MESSAGES as MESSAGES_TABLE
from pixelstudy.tables import RESOURCES, SKIPPED

FOLDERS = {
    "inbox": "Inbox", "trips": "Trips", "spam": "Junk-E-Mail", "sent": "Gesendete Elemente",
    "trash": "Gelöschte Elemente",
}  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MSG = OLE + "__properties_version1.0".encode("utf-16-le")
COLUMNS = ["population", "kind", "sent_at", "sender_address", "list_id", "platform", "n_resources", "n_spy_pixel"]


def read(path: Path) -> list[RawMessage | Skipped]:
    return [row for part in open_mailbox(path).parts() for row in read_part(part)]


@pytest.fixture
def plain(tmp_path: Path) -> pd.DataFrame:
    """What the five messages give as .eml."""
    for place, name in FOLDERS.items():
        write(tmp_path / "eml" / name / "1.eml", MESSAGES[place])
    extract([tmp_path / "eml"], tmp_path / "eml tables", jobs=1)
    return sorted_rows(tmp_path / "eml tables")


def sorted_rows(folder: Path) -> pd.DataFrame:
    return read_table(MESSAGES_TABLE, folder).sort_values("sent_at", ignore_index=True)[COLUMNS]


def headers_of(message: bytes) -> str:
    return message.partition(b"\n\n")[0].decode() + "\n\n"


def html_of(message: bytes) -> bytes | None:
    html = read_mime(message)[1]
    return html[0].text.encode() if html else None


def msg_file(message: bytes) -> bytes:
    """A .msg as Outlook saves it, no more than what a reader needs."""
    ole_writer = pytest.importorskip("extract_msg.ole_writer", reason="the outlook extra is not installed")
    writer = ole_writer.OleWriter()
    streams = {"001A001F": "IPM.Note", "007D001F": headers_of(message).replace("\n", "\r\n")}
    html = html_of(message)
    if html is None:
        streams["1000001F"] = message.partition(b"\n\n")[2].decode()
    properties = bytes(32)
    for tag, text in streams.items():
        data = text.encode("utf-16-le")
        writer.addEntry(f"__substg1.0_{tag}", data)
        properties += bytes.fromhex(tag)[::-1] + b"\x06\0\0\0" + len(data).to_bytes(4, "little") + bytes(4)
    if html is not None:
        writer.addEntry("__substg1.0_10130102", html)
        properties += bytes.fromhex("10130102")[::-1] + b"\x06\0\0\0" + len(html).to_bytes(4, "little") + bytes(4)
    writer.addEntry("__properties_version1.0", properties)
    writer.addEntry("__nameid_version1.0", storage=True)
    for stream in ("00020102", "00030102", "00040102"):
        writer.addEntry(f"__nameid_version1.0/__substg1.0_{stream}", b"")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_a_msg_gives_the_rows_of_the_message_it_was(tmp_path: Path, plain: pd.DataFrame) -> None:
    for place, name in FOLDERS.items():
        write(tmp_path / "msg" / name / "1.msg", msg_file(MESSAGES[place]))
    run = extract([tmp_path / "msg"], tmp_path / "out", jobs=1)
    assert (run.counts.n_kept, run.counts.n_skipped) == (5, 0)
    pd.testing.assert_frame_equal(sorted_rows(tmp_path / "out"), plain)
    assert list(read_table(RESOURCES, tmp_path / "out")["verdict"]).count("spy_pixel") == 2


class Item:
    """What extract-msg gives for a message."""

    def __init__(self, **said: Any) -> None:
        empty = dict.fromkeys(("headerText", "rtfBody", "sender", "to", "cc", "subject", "messageId", "date"))
        self.__dict__.update({"classType": "IPM.Note", "body": None, "html": None, **empty, **said})

    def getStream(self, name: str) -> bytes | None:  # noqa: N802
        return {"__substg1.0_10130102": self.__dict__["html"]}.get(name)

    def getStringStream(self, name: str) -> str | None:  # noqa: N802
        return {"__substg1.0_1000": self.__dict__["body"]}.get(name)

    def __enter__(self) -> Item:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def opened(monkeypatch: pytest.MonkeyPatch, item: Item | Exception) -> None:
    """Put a stand-in where extract-msg would be."""

    def open_msg(data: bytes, *, strict: bool) -> Item:
        assert data.startswith(OLE)
        assert not strict
        if isinstance(item, Exception):
            raise item
        return item

    monkeypatch.setitem(sys.modules, "extract_msg", SimpleNamespace(openMsg=open_msg))  # type: ignore[arg-type]
    monkeypatch.setattr(outlook, "can_read_msg", lambda: True)


def test_headers_come_as_they_were_sent_and_the_body_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    came = (
        "Received: from x\r\n\tby y\r\nFrom: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: x/y;\r\n b=c\r\n\r\n"
    )
    opened(monkeypatch, Item(headerText=came, body="T\u00e9", html=b"<p>T\xc3\xa9<img src=https://a.example/x>"))
    (row,) = read(write(tmp_path / "a.msg", MSG))
    assert isinstance(row, RawMessage)
    headers, html = read_mime(row.data)
    assert headers["received"] == ["from x by y"]
    assert headers["content-type"][0].startswith("multipart/alternative")
    assert [body.text.strip() for body in html] == ["<p>T\u00e9<img src=https://a.example/x>"]


def test_a_msg_gives_the_same_bytes_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(monkeypatch, Item(headerText="From: a@example.org", body="T\u00e9", html=b"<p>T\xc3\xa9"))
    path = write(tmp_path / "a.msg", MSG)
    assert read(path) == read(path)
    run = extract([path, write(tmp_path / "b.msg", MSG)], tmp_path / "out", jobs=1)
    assert (run.counts.n_kept, run.counts.n_duplicates) == (1, 1)


def test_html_that_is_wrapped_in_rtf_is_unwrapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg1251\fromhtml1{\*\htmltag64 <p>}\'d2\u1077?{\*\htmltag84 <img src=https://a.example/x>}}"
    )
    opened(monkeypatch, Item(headerText="From: a@example.org", rtfBody=rtf))
    (row,) = read(write(tmp_path / "a.msg", MSG))
    assert isinstance(row, RawMessage)
    assert [body.text.strip() for body in read_mime(row.data)[1]] == ["<p>\u0422\u0435<img src=https://a.example/x>"]


@pytest.mark.parametrize(
    ("date", "line"),
    [(datetime(2026, 4, 14, 8, 30, tzinfo=UTC), "Date: Tue, 14 Apr 2026 08:30:00 +0000"), (None, "X-Unsent: 1")],
)
def test_of_a_message_without_headers_what_is_known_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, date: datetime | None, line: str
) -> None:
    opened(monkeypatch, Item(sender="A\r\nX: y <a@example.org>", subject="tea", date=date, body="four"))
    (row,) = read(write(tmp_path / "a.msg", MSG))
    assert isinstance(row, RawMessage)
    head = row.data.decode().split("\r\n")
    assert head[0] == "From: A X: y <a@example.org>"
    assert line in head


@pytest.mark.parametrize(
    ("item", "reason", "detail"),
    [
        (Item(classType="IPM.Contact"), "not mail", "an Outlook item that is not a message (ipm.contact)"),
        (Item(), "not mail", "an Outlook message without headers"),
        (ValueError("broken"), "corrupt", "msg: ValueError"),
    ],
)
def test_what_is_no_message_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, item: Item | Exception, reason: str, detail: str
) -> None:
    opened(monkeypatch, item)
    write(tmp_path / "a.eml", MESSAGES["inbox"])
    write(tmp_path / "b.doc", OLE + b"WordDocument")
    write(tmp_path / "c.msg", MSG)
    assert [(row.reason, row.detail) for row in read(tmp_path) if isinstance(row, Skipped)] == [
        ("not mail", "an old Office document"),
        (reason, detail),
    ]


READPST = """#!{python}
import pathlib, sys
*options, source = sys.argv[1:]
assert options[:-1] == ["-q", "-D", "-e", "-t", "e", "-j", "0", "-o"], options
data = pathlib.Path(source).read_bytes()
for number, piece in enumerate(data.split(b"\\n####")[1:]):
    name, _, message = piece.partition(b"\\n")
    folder = pathlib.Path(options[-1]) / "Personal Folders" / name.decode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{{number}}.eml").write_bytes(message)
if b"broken" in data:
    print("unable to open the index", file=sys.stderr)
    sys.exit(1)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called readpst that writes what its input holds, and where temporary folders go."""
    program = write(tmp_path / "bin" / "readpst", READPST.format(python=sys.executable).encode())
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    outlook._readpst.cache_clear()
    return tmp_path / "temporary"


def pst(extra: bytes = b"") -> bytes:
    parts = (b"\n####%s\n%s" % (FOLDERS[place].encode(), message) for place, message in MESSAGES.items())
    return b"!BDN" + extra + b"".join(parts)


def test_readpst_reads_a_pst_and_leaves_nothing_behind(tmp_path: Path, stand_in: Path, plain: pd.DataFrame) -> None:
    run = extract([write(tmp_path / "archive.pst", pst())], tmp_path / "out", jobs=1)
    assert (run.counts.n_kept, run.counts.n_skipped) == (5, 0)
    pd.testing.assert_frame_equal(sorted_rows(tmp_path / "out"), plain)
    messages = read_table(MESSAGES_TABLE, tmp_path / "out")
    assert all(origin.startswith("archive.pst!Personal Folders/") for origin in messages["origin"])
    assert "Personal Folders\nGelöschte Elemente" in list(messages["labels"])
    assert list(stand_in.iterdir()) == []


def test_a_worker_that_is_told_to_end_leaves_nothing_behind(tmp_path: Path, stand_in: Path) -> None:
    code = (
        "import os, signal, sys, tempfile\nfrom pixelstudy.mail.boxes.mailbox import open_mailbox, read_part\n"
        "tempfile.tempdir = sys.argv[1]\n"
        "for row in read_part(open_mailbox(sys.argv[2]).parts()[0]):\n"
        "    print(len(os.listdir(sys.argv[1])), flush=True)\n"
        "    os.kill(os.getpid(), signal.Signals[sys.argv[3]])\n"
    )
    path = write(tmp_path / "archive.pst", pst())
    for number, left in (("SIGTERM", 0), ("SIGKILL", 1)):
        arguments = [sys.executable, "-c", code, str(stand_in), str(path), number]
        ended = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert (ended.stdout, -ended.returncode) == ("1\n", signal.Signals[number]), ended.stderr
        assert len(list(stand_in.iterdir())) == left
    other = stand_in / f"{outlook._PREFIX}{os.getpid()}-of-one-that-runs"
    other.mkdir()
    assert len(read(path)) == 5
    assert list(stand_in.iterdir()) == [other]


def test_to_open_one_is_not_to_read_it(tmp_path: Path, stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(outlook.subprocess, "Popen", run)
    assert open_mailbox(write(tmp_path / "archive.pst", pst())).description.startswith("Outlook data file, ")


def test_of_a_broken_one_what_is_there_is_read_and_the_rest_is_a_row(tmp_path: Path, stand_in: Path) -> None:
    path = write(tmp_path / "archive.pst", pst(b"broken"))
    with pytest.raises(UserError, match="damaged after 5 whole messages"):
        extract([path], tmp_path / "out", jobs=1)
    run = extract([path], tmp_path / "out", jobs=1, salvage=True)
    assert (run.counts.n_kept, run.counts.n_skipped) == (5, 1)
    (detail,) = read_table(SKIPPED, tmp_path / "out")["detail"]
    assert detail == "readpst: unable to open the index"


def test_one_within_an_archive_is_a_row(tmp_path: Path, stand_in: Path) -> None:
    path = write(tmp_path / "box.zip", zipped({"a.eml": MESSAGES["inbox"], "b.pst": pst()}))
    assert [row.reason for row in read(path) if isinstance(row, Skipped)] == ["nested archive"]


@pytest.mark.skipif(shutil.which("readpst") is None, reason="readpst is not installed")
def test_the_real_readpst_takes_these_arguments_and_says_what_is_wrong(tmp_path: Path) -> None:
    outlook._readpst.cache_clear()
    write(tmp_path / "box" / "a.eml", MESSAGES["inbox"])
    write(tmp_path / "box" / "b.pst", b"!BDN" + bytes(600))
    row = next(row for row in read(tmp_path / "box") if isinstance(row, Skipped))
    assert row.reason == "corrupt"
    assert "usage" not in row.detail.lower()


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (pst(), "box is an Outlook data file (.pst or .ost), which needs readpst: install pst-utils"),
        (MSG, "box is an Outlook message (.msg), which needs extract-msg: pip install extract-msg, or save it as .eml"),
        (zipped({"A/com.microsoft.__Messages/1.xml": b"<x/>"}), "box is an Outlook for Mac archive (.olm), which only"),
    ],
)
def test_where_nothing_can_read_it_the_way_out_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, line: str
) -> None:
    monkeypatch.setattr(outlook, "_readpst", lambda: None)
    monkeypatch.setattr(outlook, "can_read_msg", lambda: False)
    with pytest.raises(UserError) as refused:
        open_mailbox(write(tmp_path / "box", data))
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)
    write(tmp_path / "folder" / "box", data)
    with pytest.raises(UserError, match="folder is an Outlook"):
        open_mailbox(tmp_path / "folder")
    write(tmp_path / "folder" / "a.eml", MESSAGES["inbox"])
    assert [row.reason for row in read(tmp_path / "folder") if isinstance(row, Skipped)] == ["unsupported"]
