"""Remote addresses: read in ranges of bytes, written as a whole, and giving the same tables as local paths."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest
from command import main
from mailboxes import FORMATS, MESSAGES, mbox, zipped

from benchmarks.kills import command, digests, kill_and_resume
from benchmarks.newsletters import write_newsletters
from pixelstudy.errors import UserError
from pixelstudy.extraction import parts, workers
from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.run import extract, read_run
from pixelstudy.mail.boxes import outlook
from pixelstudy.mail.boxes.mailbox import open_mailbox, read_part
from pixelstudy.mail.boxes.mbox import CONTEXT_BYTES
from pixelstudy.reporting.doctor import doctor_text
from pixelstudy.reporting.redact import share
from pixelstudy.reporting.report import report_html
from pixelstudy.reporting.summary import summary_text
from pixelstudy.reporting.unknown import unknown_text
from pixelstudy.storage import addresses
from pixelstudy.storage import places as storage
from pixelstudy.storage.places import RemotePath, ahead, is_address, is_within, place, whole_file
from pixelstudy.study.study import open_study
from pixelstudy.tables import MESSAGES as MESSAGES_TABLE
from pixelstudy.tables import SKIPPED, TABLES

fsspec = pytest.importorskip("fsspec", reason="an address needs fsspec: pip install 'pixelstudy[cluster]'")

from fsspec.implementations.memory import MemoryFileSystem  # noqa: E402
from fsspec.registry import known_implementations  # noqa: E402

PART_BYTES = 50_000


class Counted(MemoryFileSystem):  # type: ignore[misc]
    """Files in memory that record requests, accept a password in the address, and fail when told to."""

    protocol = "counted"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    asked: ClassVar[list[tuple[str, int | None, int | None]]] = []
    breaks: ClassVar[dict[str, Exception]] = {}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        path = path.removeprefix("counted://").rpartition("@")[2].strip("/")
        return f"/{path}" if path else ""

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **how: Any) -> bytes:
        self.asked.append((path, start, end))
        self._break("read", path)
        return bytes(super().cat_file(path, start, end, **how))

    def _open(self, path: str, mode: str = "rb", **how: Any) -> Any:
        if "w" in mode:
            self._break("write", path)
        return super()._open(path, mode, **how)

    def cp_file(self, path1: str, path2: str, **how: Any) -> None:
        self._break("copy", path2)
        super().cp_file(path1, path2, **how)

    def _break(self, doing: str, path: str) -> None:
        for name, error in self.breaks.items():
            if name in f"{doing} {path}":
                raise error


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """An empty storage at ``counted://``, with ranges so short that small files take several."""
    fsspec.register_implementation("counted", Counted, clobber=True)
    monkeypatch.setattr("pixelstudy.mail.boxes.mailbox.BLOCK_BYTES", 4_096)
    monkeypatch.setattr(addresses, "LEAST_BYTES", 1_024)
    monkeypatch.setattr(addresses, "AHEAD_BYTES", 16_384)
    Counted.store.clear()
    Counted.pseudo_dirs[:] = [""]
    Counted.asked.clear()
    Counted.breaks.clear()
    return Counted()


@pytest.fixture
def memory() -> Iterator[Any]:
    files = fsspec.filesystem("memory")
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The starts of the parts that are read from here on."""
    seen: list[int] = []
    real = parts.run_task

    def run_task(task: parts.Task, progress: object = None) -> int:
        seen.append(task.part.start)
        return real(task, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(workers, "run_task", run_task)
    return seen


def same_tables(one: str | Path, other: str | Path) -> bool:
    return all(read_table(table, one).equals(read_table(table, other)) for table in TABLES)


class TestReading:
    @pytest.mark.parametrize("scheme", ["file", "memory"])
    @pytest.mark.parametrize("name", FORMATS)
    def test_every_format_gives_the_rows_of_a_path(self, name: str, scheme: str, tmp_path: Path, memory: Any) -> None:
        path = FORMATS[name][0](tmp_path / "made")
        address = f"file://{path}"
        if scheme == "memory":
            address = f"memory://made/{path.name}"
            memory.put(str(path), f"/made/{path.name}", recursive=True)
        run = extract([path], tmp_path / "here", jobs=1)
        assert extract([address], tmp_path / "there", jobs=1).counts == run.counts
        assert same_tables(tmp_path / "here", tmp_path / "there")
        extract([address], tmp_path / "cut", jobs=1, part_bytes=700)
        assert same_tables(tmp_path / "here", tmp_path / "cut")

    def test_an_mbox_is_read_in_ranges_of_bytes(self, newsletters: Path, counted: Counted) -> None:
        data = newsletters.read_bytes()
        counted.pipe_file("/box/news.mbox", data)
        mailbox = open_mailbox("counted://box/news.mbox")
        cut = mailbox.parts(PART_BYTES)
        assert len(cut) == -(-len(data) // PART_BYTES)
        messages = []
        for part in cut:
            counted.asked.clear()
            messages += list(read_part(part))
            assert {path for path, _, _ in counted.asked} == {"/box/news.mbox"}
            ranges = [(start or 0, end or len(data)) for _, start, end in counted.asked]
            assert ranges[0] == (0, 65_536)  # what the file is
            assert all(end - start <= 65_536 for start, end in ranges)
            assert part.stop is not None
            inside = ranges[1:]
            assert min(start for start, _ in inside) >= part.start - CONTEXT_BYTES
            last = max((message.offset + len(message.data) for message in messages), default=0)  # it may go on
            assert max(end for _, end in inside) <= max(part.stop, last) + 3 * 16_384
            assert all(one[1] <= other[0] for one, other in pairwise(inside))  # none twice
        assert messages == list(read_part(open_mailbox(newsletters).parts(1 << 40)[0]))

    def test_only_the_directory_and_the_members_of_a_zip_are_read(self, counted: Counted) -> None:
        noise = Random(1).randbytes(1_000_000)
        counted.pipe_file("/box/a.zip", zipped({"a.bin": noise, "tea.eml": MESSAGES["inbox"]}))
        mailbox = open_mailbox("counted://box/a.zip")
        (part,) = mailbox.parts()
        counted.asked.clear()
        assert [item.origin for item in read_part(part)] == ["a.zip!a.bin", "a.zip!tea.eml"]
        assert sum((end or 0) - (start or 0) for _, start, end in counted.asked) < 400_000

    def test_ranges_read_like_a_local_file(self, counted: Counted) -> None:
        data = Random(2).randbytes(100_000)
        counted.pipe_file("/x", data)
        random = Random(3)
        with place("counted://x").open("rb") as away, io.BytesIO(data) as here:
            for _ in range(300):
                if random.random() < 0.4:
                    at, whence = random.choice([(random.randrange(120_000), 0), (-random.randrange(90_000), 2), (7, 1)])
                    assert away.seek(at, whence) == here.seek(at, whence)
                size = random.choice([0, 1, 500, 5_000, 50_000])
                assert away.read(size) == here.read(size)
                assert away.tell() == here.tell()
            with pytest.raises(OSError, match="before the start"):
                away.seek(-1)

    def test_an_outlook_file_must_be_copied_first(
        self, memory: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        monkeypatch.setattr(outlook, "_readpst", lambda: "/usr/bin/readpst")
        memory.pipe_file("/mail/old.pst", b"!BDN" + bytes(600))
        status, _, error = main(capsys, "extract", "memory://mail/old.pst", "--out", tmp_path / "out")
        assert (status, error.count("\n")) == (2, 1)
        assert error.startswith(
            "pixelstudy: memory://mail/old.pst is an Outlook data file (.pst or .ost), which readpst"
        )
        assert error.endswith("copy it here first, and name the copy\n")
        memory.pipe_file("/mail/tea.eml", MESSAGES["inbox"])
        extract(["memory://mail"], tmp_path / "out")
        assert list(read_table(SKIPPED, tmp_path / "out")["reason"]) == ["unsupported"]

    def test_links_and_devices_are_left_out_as_on_a_path(self, tmp_path: Path) -> None:
        folder = tmp_path / "mail"
        folder.mkdir()
        (folder / "tea.eml").write_bytes(MESSAGES["inbox"])
        (folder / "link.eml").symlink_to(tmp_path / "nowhere")
        os.mkfifo(folder / "pipe")
        extract([f"file://{folder}"], tmp_path / "out")
        left = read_table(SKIPPED, tmp_path / "out")
        assert dict(zip(left["origin"], left["reason"], strict=True)) == {"link.eml": "link", "pipe": "special file"}

    def test_special_characters_in_names(self, memory: Any, tmp_path: Path) -> None:
        for name in ("a::b.eml", "c[1]*.eml", "d e?.eml", "1382.host:2,FS"):
            memory.store[f"/mail/{name}"] = type(memory.open("/x", "wb"))(
                memory, name, MESSAGES["inbox"] + name.encode()
            )
        run = extract(["memory://mail"], "memory://out[1]")
        assert run.counts.n_skipped == 0
        assert sorted(read_table(MESSAGES_TABLE, "memory://out[1]")["origin"]) == sorted(
            ["1382.host:2,FS", "a::b.eml", "c[1]*.eml", "d e?.eml"]
        )

    def test_the_doctor_looks_there_too(self, memory: Any) -> None:
        memory.pipe_file("/mail/Spam.mbox", mbox(MESSAGES["spam"]))
        assert doctor_text("memory://mail/Spam.mbox").startswith("memory://mail/Spam.mbox: mbox, ")
        assert doctor_text("memory://mail/Spam.mbox").endswith(", spam")
        assert "Spam.mbox" in doctor_text("memory://mail")


class TestWriting:
    def test_tables_are_written_to_an_address_and_read_from_it(
        self, newsletters: Path, tmp_path: Path, counted: Counted
    ) -> None:
        run = extract([newsletters], tmp_path / "here", jobs=1)
        there = "counted://bucket/out"
        assert extract([newsletters], there, jobs=1, part_bytes=PART_BYTES) == run
        assert same_tables(tmp_path / "here", there)
        assert {name.rpartition("/")[2] for name in counted.ls("/bucket/out", detail=False)} == {
            ".parts", "messages.parquet", "resources.parquet", "skipped.parquet", "run.json",
        }  # fmt: skip
        assert read_run(there) == run
        here = summary_text(tmp_path / "here")
        assert summary_text(there).partition("all of them")[0] == here.partition("all of them")[0]
        assert counted.cat_file("/bucket/out/csv/senders.csv") == (tmp_path / "here/csv/senders.csv").read_bytes()
        assert report_html(there) == report_html(tmp_path / "here")
        assert unknown_text(there) == unknown_text(tmp_path / "here")
        share(there, "counted://bucket/shared")
        share(tmp_path / "here", tmp_path / "shared")
        assert same_tables(tmp_path / "shared", "counted://bucket/shared")
        assert not [name for name in counted.store if name.endswith(".partial")]

    def test_a_column_is_read_without_the_others(self, newsletters: Path, counted: Counted) -> None:
        extract([newsletters], "counted://out", jobs=1)
        size = counted.info("/out/resources.parquet")["size"]
        counted.asked.clear()
        read_table(TABLES[1], "counted://out", columns=["position"])
        assert sum((end or 0) - (start or 0) for _, start, end in counted.asked) < size / 2 + 65_536

    def test_a_finished_run_is_kept_and_an_interrupted_one_resumes(
        self, newsletters: Path, counted: Counted, read: list[int], tmp_path: Path
    ) -> None:
        counted.pipe_file("/box/news.mbox", newsletters.read_bytes())
        box, out = "counted://box/news.mbox", "counted://out"
        extract([box], out, jobs=1, part_bytes=PART_BYTES)
        before = {name: file.getvalue() for name, file in counted.store.items()}
        assert len(read) == -(-newsletters.stat().st_size // PART_BYTES)
        read.clear()
        extract([box], out, jobs=1, part_bytes=PART_BYTES)
        assert read == []
        gone = sorted(name for name in counted.store if name.endswith(".resources.parquet"))[3:5]
        for name in ["/out/run.json", "/out/messages.parquet", *gone]:
            del counted.store[name]
        left = counted.store["/box/news.mbox"]  # of another run, and of one that was killed
        counted.store.update({f"/out/.parts/{'0' * 24}.messages.parquet": left, f"{gone[0]}.0123.partial": left})
        counted.asked.clear()
        extract([box], out, jobs=1, part_bytes=PART_BYTES)
        assert len(read) == 2
        assert {name: file.getvalue() for name, file in counted.store.items()} == before
        size = newsletters.stat().st_size
        ranges = [(start or 0, end or size) for path, start, end in counted.asked if path == "/box/news.mbox"]
        assert sum(end - start for start, end in ranges if start and end < size) < size / 3  # of those two alone

    def test_only_the_new_part_of_a_grown_mailbox_is_read(
        self, newsletters: Path, counted: Counted, read: list[int], tmp_path: Path
    ) -> None:
        data = newsletters.read_bytes()
        size = data.index(b"\r\n\r\nFrom ", 1_000_000) + 4
        counted.pipe_file("/box/news.mbox", data[:size])
        extract(["counted://box/news.mbox"], "counted://out", jobs=1, part_bytes=PART_BYTES)
        counted.pipe_file("/box/news.mbox", data)
        read.clear()
        extract(["counted://box/news.mbox"], "counted://out", jobs=1, part_bytes=PART_BYTES)
        assert read
        assert min(read) > size - 4 * PART_BYTES
        extract([newsletters], tmp_path / "here", jobs=1)
        assert same_tables(tmp_path / "here", "counted://out")

    def test_a_change_that_keeps_the_size_is_noticed(
        self, newsletters: Path, counted: Counted, read: list[int]
    ) -> None:
        data = bytearray(newsletters.read_bytes())
        counted.pipe_file("/box/news.mbox", bytes(data))
        extract(["counted://box/news.mbox"], "counted://out", jobs=1, part_bytes=PART_BYTES)
        data[400_000:400_004] = b"0000"
        counted.pipe_file("/box/news.mbox", bytes(data))
        read.clear()
        extract(["counted://box/news.mbox"], "counted://out", jobs=1, part_bytes=PART_BYTES)
        assert 1 <= len(read) <= 4

    @pytest.mark.parametrize("broken", ["write", "copy"])
    @pytest.mark.parametrize("name", [".messages.parquet", "/resources.parquet", "/run.json"])
    def test_a_failed_write_is_one_line_and_leaves_no_partial_file(
        self, broken: str, name: str, newsletters: Path, counted: Counted, tmp_path: Path
    ) -> None:
        counted.breaks[f"{broken} /out/.parts"] = RuntimeError("the store says no to counted://me:secret@out\nmore")
        with pytest.raises(UserError) as caught:
            extract([newsletters], "counted://me:secret@out", jobs=1)
        assert str(caught.value) == (
            "counted://out can't be written: the store says no to counted://out; choose another folder with --out"
        )
        assert not [path for path in counted.store if path.startswith("/out")]
        counted.breaks.clear()
        counted.breaks[f"{broken} /out{name}"] = OSError(errno.ENOSPC, "No space left on device")
        if name != ".messages.parquet" and broken == "copy":
            with pytest.raises(UserError, match="make room, then run the same command again to resume"):
                extract([newsletters], "counted://out", jobs=1)
            assert read_run("counted://out") is None
        counted.breaks.clear()
        extract([newsletters], "counted://out", jobs=1)
        extract([newsletters], tmp_path / "here", jobs=1)
        assert same_tables(tmp_path / "here", "counted://out")
        assert not [path for path in counted.store if path.endswith(".partial")]

    def test_a_storage_that_fails_loses_no_mail(self, newsletters: Path, counted: Counted, tmp_path: Path) -> None:
        counted.pipe_file("/box/news.mbox", newsletters.read_bytes())
        box = open_mailbox("counted://me:secret@box/news.mbox")
        for error in (
            TimeoutError("no answer"),
            PermissionError("the token has expired"),
            RuntimeError("secret is bad"),
        ):
            counted.breaks["read /box"] = error
            with pytest.raises(UserError) as caught:
                extract([box], "counted://out", jobs=1, part_bytes=PART_BYTES)
            assert str(caught.value).startswith("counted://box/news.mbox can't be read: ")
            assert str(caught.value).endswith("run the same command again to resume")
            assert "secret" not in str(caught.value)
        counted.breaks.clear()
        extract([box], "counted://out", jobs=1, part_bytes=PART_BYTES)
        extract([newsletters], tmp_path / "here", jobs=1)
        assert same_tables(tmp_path / "here", "counted://out")

    def test_a_server_that_gives_no_ranges_is_refused(self, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
        counted.pipe_file("/box/tea.eml", MESSAGES["inbox"] * 40)
        monkeypatch.setattr(Counted, "cat_file", lambda self, path, **_: self.store[path].getvalue())
        with (
            pytest.raises(UserError, match="its server can't send ranges of bytes"),
            place("counted://box/tea.eml").open("rb") as file,
        ):
            file.seek(500)
            file.read(500)

    @pytest.mark.slow
    def test_killed_runs_resume_to_the_files_of_an_uninterrupted_run(self, tmp_path: Path) -> None:
        box = tmp_path / "news.mbox"
        write_newsletters(box, 6_000_000, seed=1)
        alone, killed = (f"file://{tmp_path}/{name}" for name in ("alone", "killed"))
        subprocess.run(command(f"file://{box}", alone, part_bytes=1 << 19), check=True, capture_output=True)  # type: ignore[arg-type]
        words = command(f"file://{box}", killed, part_bytes=1 << 19)  # type: ignore[arg-type]
        told = kill_and_resume(words, tmp_path / "killed", n_kills=3, longest=2.0, random=Random(20))
        assert len(told) == 3
        assert digests(tmp_path / "killed") == digests(tmp_path / "alone")
        for folder in ("", ".parts"):
            names = {path.name for path in (tmp_path / "killed" / folder).iterdir()}
            assert names == {path.name for path in (tmp_path / "alone" / folder).iterdir()}
        extract([box], tmp_path / "here", jobs=1)
        assert same_tables(tmp_path / "here", killed)

    def test_no_bucket_is_created(self, newsletters: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Counted, "mkdir", lambda *_, **__: pytest.fail("a bucket was made"))
        counted.breaks["write /nobucket"] = FileNotFoundError("The specified bucket does not exist")
        with pytest.raises(
            UserError, match="counted://nobucket/out can't be written: The specified bucket does not exist"
        ):
            extract([newsletters], "counted://nobucket/out", jobs=1)
        assert extract([newsletters], "counted://bucket/out", jobs=1)

    def test_small_files_are_fetched_several_at_once_if_the_storage_allows_it(
        self, counted: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def one(n: int) -> tuple[int, bool]:
            return n, threading.current_thread() is threading.main_thread()

        for where in (tmp_path, place("counted://out")):
            assert list(ahead(one, range(30), where=where)) == [(n, True) for n in range(30)]
        monkeypatch.setattr(Counted, "async_impl", True)
        assert list(ahead(one, range(30), where=place("counted://out"))) == [(n, False) for n in range(30)]
        both = threading.Barrier(2, timeout=20)
        assert list(ahead(lambda n: both.wait() >= 0 and n, [1, 2], where=place("counted://out"))) == [1, 2]
        (tmp_path / "box.mbox").write_bytes(mbox(*MESSAGES.values()))
        extract([tmp_path / "box.mbox"], "counted://out", part_bytes=700, jobs=1)
        monkeypatch.undo()
        extract([tmp_path / "box.mbox"], tmp_path / "here", part_bytes=700, jobs=1)
        assert same_tables(tmp_path / "here", "counted://out")

    def test_two_writers_of_one_file_do_not_disturb_each_other(self, tmp_path: Path, counted: Counted) -> None:
        for path in (tmp_path / "run.json", place("counted://out/run.json")):
            with whole_file(path) as one:
                one.write(b"one")
                with whole_file(path) as other:
                    other.write(b"other")
                assert path.read_bytes() == b"other"
            assert path.read_bytes() == b"one"
        assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
        assert list(counted.store) == ["/out/run.json"]


class TestPrivacy:
    def test_a_path_imports_no_fsspec(self, tmp_path: Path) -> None:
        (tmp_path / "box.mbox").write_bytes(mbox(*MESSAGES.values()))
        with gzip.open(tmp_path / "more.mbox.gz", "wb") as file:
            file.write(mbox(*MESSAGES.values()))
        code = """
import sys
from pixelstudy import cli, tables
from pixelstudy.extraction.parquet import read_table
from pixelstudy.reporting import doctor, explain, report, redact, summary, unknown
from pixelstudy.extraction import run as extract
here = sys.argv[1]
extract.extract([here + "/box.mbox", here + "/more.mbox.gz"], here + "/out", jobs=1, part_bytes=700)
for table in tables.TABLES: read_table(table, here + "/out")
summary.summary_text(here + "/out"), report.report_html(here + "/out"), unknown.unknown_text(here + "/out")
redact.share(here + "/out", here + "/shared"), doctor.doctor_text(here)
print([name for name in sys.modules if name.partition(".")[0] in ("fsspec", "s3fs", "gcsfs", "aiohttp")])
"""
        ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
        assert ended.stdout == "[]\n"

    def test_only_one_module_imports_fsspec(self) -> None:
        source = Path(storage.__file__).parents[1]
        knowing = re.compile(r"^\s*(?:import|from)\s+(?:fsspec|s3fs|gcsfs|aiohttp)\b", re.MULTILINE)
        assert [path.name for path in source.rglob("*.py") if knowing.search(path.read_text())] == ["addresses.py"]
        top = re.compile(r"^(?:import|from)\s+fsspec", re.MULTILINE)
        assert not top.search((source / "storage" / "addresses.py").read_text())

    def test_no_password_and_no_signature_is_shown(
        self, counted: Counted, newsletters: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        counted.pipe_file("/box/news.mbox", newsletters.read_bytes())
        address, out = "counted://me:pass%2Fword@box/news.mbox", "counted://me:pass%2Fword@out"
        status, said, error = main(capsys, "extract", address, "--out", out, "--quiet", "--jobs", 1)
        assert (status, error) == (0, "")
        assert said.endswith("Tables in counted://out\n")
        assert json.loads(counted.cat_file("/out/run.json"))["arguments"]["mailboxes"] == ["news.mbox"]
        assert set(read_table(MESSAGES_TABLE, "counted://out")["origin"]) == {"news.mbox"}
        for file in counted.store.values():
            assert b"pass%2Fword" not in file.getvalue()
            assert b"pass/word" not in file.getvalue()
        said = main(capsys, "summary", out)[1]
        assert "counted://out/csv" in said
        assert "pass" not in said
        for wrong in ("none.mbox", "news.mbox?"):
            status, _, error = main(capsys, "extract", address.replace("news.mbox", wrong), "--out", out)
            assert (status, error) == (
                2,
                f"pixelstudy: counted://box/{wrong.strip('?')} does not exist; check the path\n",
            )
        task = parts.Task("x", open_mailbox(address).parts()[0], place(out))
        assert "pass" not in repr(task)

    @pytest.mark.parametrize(
        ("address", "shown", "name"),
        [
            ("ftp://me:sec/ret@192.0.2.1/a/box.mbox", "ftp://192.0.2.1/a/box.mbox", None),
            ("sftp://192.0.2.1:22/a/me@box.mbox", "sftp://192.0.2.1:22/a/me@box.mbox", None),
            ("s3://bucket/a/b:c@box.mbox", "s3://bucket/a/b:c@box.mbox", None),
            ("ftp://me:sec@ret@192.0.2.1/a/box.mbox", "ftp://192.0.2.1/a/box.mbox", None),
            ("https://192.0.2.1/a/box.mbox?sig=a:b&c=/d", "https://192.0.2.1/a/box.mbox", None),
            ("memory://a/box.mbox?sig=a:b&c=/d", "memory://a/box.mbox", "box.mbox"),
            ("zip://box.mbox?x=1::memory://me:secret@a.zip?sig=3", "zip://box.mbox::memory://a.zip", None),
        ],
    )  # fmt: skip
    def test_how_an_address_is_shown(self, address: str, shown: str, name: str | None) -> None:
        assert str(place(address)) == shown
        assert str(place(address) / "run.json") == f"{shown}/run.json"
        if name:
            assert place(address).name == name


class TestWrong:
    @pytest.mark.parametrize(
        ("address", "line"),
        [
            ("memory://mail/none.mbox", "memory://mail/none.mbox does not exist; check the path"),
            ("nosuch://x/a.mbox", "nosuch://x/a.mbox can't be opened: Protocol not known: nosuch; check the address"),
            (
                "lacking://me:secret@x/a.mbox",
                "lacking://x/a.mbox needs a package that is not installed: Install lackingfs to access it",
            ),
        ],
    )
    def test_an_invalid_address_is_one_line(
        self,
        address: str,
        line: str,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        known = {"class": "lackingfs.Files", "err": "Install lackingfs to access it"}
        monkeypatch.setitem(known_implementations, "lacking", known)
        assert main(capsys, "extract", address, "--out", tmp_path / "out") == (2, "", f"pixelstudy: {line}\n")
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "tea.eml").write_bytes(MESSAGES["inbox"])
        if not address.startswith("memory"):
            assert main(capsys, "extract", tmp_path / "tea.eml", "--out", address)[2] == f"pixelstudy: {line}\n"
            assert main(capsys, "summary", address)[2] == f"pixelstudy: {line}\n"

    def test_without_fsspec_it_says_how_to_get_it(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("fsspec", "fsspec.core"):
            monkeypatch.setitem(sys.modules, name, None)
        status, _, error = main(capsys, "extract", "s3://bucket/box.mbox", "--out", "s3://bucket/out")
        assert status == 2
        assert error == (
            "pixelstudy: s3://bucket/box.mbox is an address, which needs fsspec: pip install 'pixelstudy[cluster]'\n"
        )

    def test_commands_for_local_paths_refuse_an_address(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        for words in (
            ["explain", "s3://me:secret@b/tea.eml"],
            ["compare", tmp_path, "s3://b/tea.eml"],
            ["report", tmp_path, "--out", "s3://b/tea.eml"],
            ["study", "--mailbox", "s3://b/tea.eml"],
        ):
            status, _, error = main(capsys, *words)
            assert status == 2
            assert error == (
                "pixelstudy: s3://b/tea.eml is not on this machine: name a local path, and copy the file to or from it "
                "yourself\n"
            )

        with pytest.raises(UserError, match=r"s3://b/tea\.eml is not on this machine: copy the mailbox here"):
            open_study("s3://me:secret@b/tea.eml")

    def test_an_output_that_a_cluster_cannot_write_is_one_line(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (tmp_path / "tea.eml").write_bytes(MESSAGES["inbox"])
        for out in (tmp_path / "tea.eml", f"file://{tmp_path}/tea.eml"):
            words = ("extract", tmp_path / "tea.eml", "--out", out, "--scheduler", "tcp://127.0.0.1:9")
            status, _, error = main(capsys, *words)
            assert status == 2
            assert error == f"pixelstudy: {out} can't be written: File exists; choose another folder with --out\n"

    def test_missing_tables_are_one_line(self, memory: Any) -> None:
        with pytest.raises(UserError, match=r"memory://out/messages\.parquet does not exist; make it with"):
            read_table(MESSAGES_TABLE, "memory://out")
        memory.pipe_file("/out/messages.parquet", b"tea")
        with pytest.raises(UserError, match=r"memory://out/messages\.parquet can't be read as Parquet"):
            read_table(MESSAGES_TABLE, "memory://out")

    def test_an_output_within_the_mailbox_is_refused(self, memory: Any, tmp_path: Path) -> None:
        memory.pipe_file("/mail/tea.eml", MESSAGES["inbox"])
        with pytest.raises(UserError, match="memory://mail/out is inside the mailbox memory://mail"):
            extract(["memory://mail"], "memory://mail/out")
        (tmp_path / "tea.eml").write_bytes(MESSAGES["inbox"])
        with pytest.raises(UserError, match="is inside the mailbox"):
            extract([tmp_path], f"file://{tmp_path}/out")
        assert not is_within(place("memory://mailbox"), place("memory://mail"))
        assert not is_within(place("memory://mail"), tmp_path)

    def test_a_damaged_file_leaves_nothing_behind(self, memory: Any) -> None:
        data = gzip.compress(mbox(*MESSAGES.values(), Random(1).randbytes(9_000).hex().encode()))
        memory.pipe_file("/mail/box.mbox.gz", data[:-4_000])
        with pytest.raises(UserError, match=r"memory://mail/box\.mbox\.gz is cut off after \d+ whole messages"):
            extract(["memory://mail/box.mbox.gz"], "memory://out/x")
        assert memory.find("/out") == []
        assert extract(["memory://mail/box.mbox.gz"], "memory://out/x", salvage=True).counts.n_skipped == 1


def test_addresses_are_told_from_paths() -> None:
    assert [is_address(name) for name in ("s3://b/x", "simplecache::s3://b/x", "file:///x", "abfs://c@a.b/x")] == [
        True
    ] * 4
    assert not any(is_address(name) for name in ("box.mbox", "/a://b", "C://x", "C:\\x", "a b://c", "mail:/x", "://x"))
    assert isinstance(place("memory://x"), RemotePath)
    assert place(Path("box.mbox")) == Path("box.mbox")
