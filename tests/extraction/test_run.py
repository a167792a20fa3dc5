"""A mailbox to tables: nothing vanishes, whatever way it is cut, stopped, damaged or told to go."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pixelstudy.corpora.catalogue import corpora as listed
from pixelstudy.errors import UserError
from pixelstudy.extraction import join as duplicates
from pixelstudy.extraction import parts, workers
from pixelstudy.extraction import run as module
from pixelstudy.extraction.parts import message_rows
from pixelstudy.extraction.run import Run, extract, read_run
from pixelstudy.mail.boxes.mailbox import RawMessage, Skipped, open_mailbox
from pixelstudy.mail.message import parse_message
from pixelstudy.pixels.examine import Resource
from pixelstudy.tables import EVIDENCE, MESSAGES, RESOURCES, SKIPPED, TABLES

PIXEL = '<img src="https://t.example.com/open?u=5e78d7ef2297cc80842b{n}" width="1" height="1">'


def mail(n: int, *headers: str, page: str = PIXEL) -> bytes:
    lines = [f"From: shop{n}@example.com", f"Message-ID: <{n}@example.com>", "Date: Thu, 22 Aug 2002 12:36:23 +0000"]
    return "\n".join([*lines, *headers, "Content-Type: text/html", "", page.replace("{n}", str(n)), ""]).encode()


def mbox(*messages: bytes) -> bytes:
    return b"".join(b"From a@example.org Thu Aug 22 12:36:23 2002\n" + each + b"\n" for each in messages)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Forty messages, one of them twice, and a segment that is none."""
    path = tmp_path / "box.mbox"
    path.write_bytes(mbox(*map(mail, range(39)), mail(3, "X-Gmail-Labels: Tea"), b"no mail at all"))
    return path


def tables(folder: Path) -> dict[str, pa.Table]:
    return {table.name: pq.read_table(folder / f"{table.name}.parquet") for table in TABLES}


def rows(folder: Path, name: str = "messages") -> list[dict[str, object]]:
    return tables(folder)[name].to_pylist()


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


WHOLE = [".parts", "messages.parquet", "resources.parquet", "run.json", "skipped.parquet"]


def test_everything_read_is_kept_a_duplicate_or_skipped(box: Path, tmp_path: Path) -> None:
    counts = extract([box], tmp_path / "out").counts
    assert (counts.n_read, counts.n_kept, counts.n_duplicates, counts.n_skipped) == (41, 39, 1, 1)
    assert (counts.n_with_html, counts.n_resources) == (39, 39)
    assert left_in(tmp_path / "out") == WHOLE
    assert {name: len(table) for name, table in tables(tmp_path / "out").items()} == {
        "messages": 39, "resources": 39, "skipped": 1,
    }  # fmt: skip


def test_run_json_says_what_was_asked_and_what_became_of_it(box: Path, tmp_path: Path) -> None:
    run = extract([box], tmp_path / "out", engine="bs4", population="spam")
    assert read_run(tmp_path / "out") == run
    said = json.loads((tmp_path / "out" / "run.json").read_text())
    assert said["arguments"] == {"mailboxes": ["box.mbox"], "engine": "bs4", "population": ["spam"], "salvage": False}
    assert said["size_bytes"] == box.stat().st_size
    assert str(tmp_path) not in json.dumps(said)


@pytest.mark.parametrize("part_bytes", [300, 2000, 1 << 20])
def test_any_cut_gives_the_same_tables(box: Path, tmp_path: Path, part_bytes: int) -> None:
    extract([box], tmp_path / "one")
    extract([box], tmp_path / "cut", jobs=1, part_bytes=part_bytes)
    assert tables(tmp_path / "cut") == tables(tmp_path / "one")


def test_two_processes_and_any_executor_give_the_same_tables_and_all_the_progress(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "ALONE_BYTES", 0)
    seen: list[int] = []
    extract([box], tmp_path / "one", jobs=1, progress=seen.append)
    assert sum(seen) == box.stat().st_size
    seen.clear()
    extract([box], tmp_path / "two", jobs=2, part_bytes=4000, progress=seen.append)
    assert sum(seen) == box.stat().st_size
    seen.clear()
    with ThreadPoolExecutor(3) as pool:
        extract([box], tmp_path / "three", executor=pool, part_bytes=2000, progress=seen.append)
    assert sum(seen) == box.stat().st_size
    assert tables(tmp_path / "one") == tables(tmp_path / "two") == tables(tmp_path / "three")


def gz(data: bytes) -> bytes:
    return gzip.compress(data)


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("a.eml", mail(101)),
            ("a.png", b"\x89PNG\r\n"),
            ("box.mbox", data),
            ("b.eml", mail(102)),
        ):
            archive.writestr(name, content)
    return file.getvalue()


def tarred(data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:xz") as archive:
        for name, content in (("a.eml", mail(101)), ("box.mbox", data), ("b.eml", mail(102))):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def cut_off(data: bytes) -> bytes:
    return gzip.compress(data)[:-200]


@pytest.mark.parametrize("pack", [gz, zipped, tarred, cut_off])
class TestBatches:
    @pytest.fixture
    def packed(self, tmp_path: Path, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> Path:
        """An archive of two hundred messages that differ, one of them twice, and a segment that is none."""
        monkeypatch.setattr(workers, "ALONE_BYTES", 0)
        pages = (PIXEL + f"<!--{os.urandom(200).hex()}-->" for _ in range(200))
        messages = [mail(n, page=page) for n, page in enumerate(pages)]
        path = tmp_path / f"box.{pack.__name__}"
        path.write_bytes(pack(mbox(*messages, mail(3), b"no mail at all", mail(201))))
        return path

    def test_an_archive_gives_the_same_tables_however_it_is_read(self, packed: Path, tmp_path: Path) -> None:
        seen: list[int] = []
        extract([packed], tmp_path / "whole", jobs=1, part_bytes=1 << 30, salvage=True)
        for jobs, part_bytes in ((1, 10_000), (2, 10_000), (3, 3_000), (2, 100)):
            seen.clear()
            out = tmp_path / f"{jobs}-{part_bytes}"
            extract([packed], out, jobs=jobs, part_bytes=part_bytes, salvage=True, progress=seen.append)
            assert tables(out) == tables(tmp_path / "whole")
            assert sum(seen) == packed.stat().st_size
        with ThreadPoolExecutor(3) as pool:
            extract([packed], tmp_path / "elsewhere", executor=pool, part_bytes=10_000, salvage=True)
        assert tables(tmp_path / "elsewhere") == tables(tmp_path / "whole")

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_a_run_that_was_cut_goes_on_within_a_member(
        self, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
    ) -> None:
        def read(out: str) -> set[str]:
            again: set[str] = set()
            monkeypatch.setattr(parts, "run_batch", lambda task, items: (again.add(task.name), real(task, items))[1])
            monkeypatch.setattr(workers, "_read_here", lambda tasks, _, progress: workers._read_alone(tasks, progress))
            extract([packed], tmp_path / out, jobs=jobs, part_bytes=10_000, salvage=True)
            return again

        real = parts.run_batch
        extract([packed], tmp_path / "out", jobs=jobs, part_bytes=10_000, salvage=True)
        whole = tables(tmp_path / "out")
        (tmp_path / "out" / "run.json").unlink()
        assert read("out") == set()
        lost = sorted(tmp_path.glob("out/.parts/*-*.messages.parquet"))[3:5]
        for each in lost:
            each.unlink()
        (tmp_path / "out" / "run.json").unlink()
        assert read("out") == {each.name.partition(".")[0] for each in lost}
        assert tables(tmp_path / "out") == whole


def test_parts_come_in_their_order_each_as_soon_as_it_can(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three, *_ = (parts.Task(str(n), part, tmp_path) for n, part in enumerate(open_mailbox(box).parts(1000)))
    two_is_done, one_was_given = threading.Event(), threading.Event()

    def run_task(task: parts.Task, _: object = None) -> None:
        if task is two:
            two_is_done.set()
        else:
            assert (two_is_done if task is one else one_was_given).wait(20)

    monkeypatch.setattr(workers, "run_task", run_task)
    with ThreadPoolExecutor(3) as pool:
        given = workers.run_tasks([one, two, three], jobs=1, executor=pool, progress=lambda _size: None)
        assert next(given) is one
        one_was_given.set()
        assert [*given] == [two, three]


def test_workers_stop_when_what_they_read_can_not_be_joined(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(workers, "ALONE_BYTES", 0)
    monkeypatch.setattr(duplicates, "read_parquet", no_room)
    with pytest.raises(UserError, match="can't be written: no room; make room"):
        extract([box], tmp_path / "out", jobs=2, part_bytes=300)
    for worker in workers.multiprocessing.active_children():
        start = time.monotonic()
        while worker.exitcode is None and time.monotonic() - start < 20:  # the pool's own thread may be joining it too
            time.sleep(0.01)
        assert worker.exitcode == -signal.SIGTERM
    assert not list((tmp_path / "out" / ".parts").glob("resources.*"))


@pytest.mark.parametrize(
    ("copies", "population", "labels"),
    [
        (["cur/1:2,ST", ".Tea/cur/1:2,S"], "received", "Mail\nTea\nseen"),
        ([".Tea/cur/1:2,S", "cur/1:2,ST"], "received", "Mail\nTea\nseen"),
        (["cur/1:2,ST", ".Trash/cur/1:2,S"], "trash", "Mail\nTrash\nseen"),
        (["cur/1:2,ST", ".Sent/cur/1:2,S", ".Tea/cur/1:2,T"], "sent", "Mail\nSent\nseen"),
        (["cur/1:2,ST", ".Tea/cur/1:2,T"], "trash", "Mail\nTea\ntrashed\nseen"),
    ],
)
def test_a_copy_that_maildir_flags_as_trash_says_nothing_beside_one_that_it_does_not(
    tmp_path: Path, copies: list[str], population: str, labels: str
) -> None:
    for name in copies:
        for folder in ("cur", "new", "tmp"):
            (tmp_path / "Mail" / name).parents[1].joinpath(folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "Mail" / name).write_bytes(b"From: a@example.org\nSubject: tea\n\nat four\n")
    extract([tmp_path / "Mail"], tmp_path / "out", jobs=1)
    (row,) = rows(tmp_path / "out")
    assert (row["population"], row["labels"], row["n_duplicates"]) == (population, labels, len(copies) - 1)


class TestDuplicates:
    def test_labels_are_joined_and_the_population_is_what_any_copy_says(self, tmp_path: Path) -> None:
        (tmp_path / "all.mbox").write_bytes(mbox(mail(1, "X-Gmail-Labels: Tea,Cake"), mail(2)))
        (tmp_path / "more.mbox").write_bytes(mbox(mail(2, "X-Gmail-Labels: Spam"), mail(1, "X-Gmail-Labels: Cake,Pie")))
        run = extract([tmp_path / "all.mbox", tmp_path / "more.mbox"], tmp_path / "out")
        assert (run.counts.n_read, run.counts.n_kept, run.counts.n_duplicates, run.counts.n_resources) == (4, 2, 2, 2)
        one, two = rows(tmp_path / "out")
        assert (one["labels"], one["population"], one["n_duplicates"]) == ("all\nTea\nCake\nmore\nPie", "received", 1)
        assert (two["labels"], two["population"], two["n_duplicates"]) == ("all\nmore\nSpam", "spam", 1)
        assert {one["origin"], two["origin"]} == {"all.mbox"}

    def test_a_message_to_oneself_was_received(self, tmp_path: Path) -> None:
        (tmp_path / "a.mbox").write_bytes(mbox(mail(1, "X-Gmail-Labels: Sent"), mail(1, "X-Gmail-Labels: Inbox")))
        extract([tmp_path / "a.mbox"], tmp_path / "out")
        assert [row["population"] for row in rows(tmp_path / "out")] == ["received"]

    @pytest.mark.parametrize(
        ("other", "population"), [("Tea club", "sent"), ("[Gmail]/All Mail", "sent"), ("INBOX", "received")]
    )
    def test_of_two_copies_of_a_sent_message_only_one_in_an_inbox_makes_it_received(
        self, tmp_path: Path, other: str, population: str
    ) -> None:
        for name in ("Sent", other):
            (tmp_path / "box" / name).mkdir(parents=True)
            (tmp_path / "box" / name / "1.eml").write_bytes(mail(1))
        extract([tmp_path / "box"], tmp_path / "out", jobs=1)
        assert [row["population"] for row in rows(tmp_path / "out")] == [population]

    def test_resources_stay_with_their_message(self, box: Path, tmp_path: Path) -> None:
        extract([box], tmp_path / "out", part_bytes=500, jobs=1)
        keys = [row["message_key"] for row in rows(tmp_path / "out")]
        assert [row["message_key"] for row in rows(tmp_path / "out", "resources")] == keys


class TestOrigins:
    def test_two_files_of_one_name_are_told_apart(self, tmp_path: Path) -> None:
        for n, name in enumerate(("a", "b", "c")):
            (tmp_path / name).mkdir()
            (tmp_path / name / "Inbox.mbox").write_bytes(mbox(mail(n)))
        run = extract([tmp_path / name / "Inbox.mbox" for name in "abc"], tmp_path / "out")
        names = ["Inbox.mbox", "Inbox.mbox (2)", "Inbox.mbox (3)"]
        assert run.arguments["mailboxes"] == names
        assert [row["origin"] for row in rows(tmp_path / "out")] == names

    def test_a_folder_is_named_where_there_are_several_mailboxes(self, tmp_path: Path) -> None:
        for n, name in enumerate(("one", "two")):
            (tmp_path / name / "sub").mkdir(parents=True)
            (tmp_path / name / "sub" / "a.eml").write_bytes(mail(n))
        extract([tmp_path / "one"], tmp_path / "alone")
        assert [row["origin"] for row in rows(tmp_path / "alone")] == ["sub/a.eml"]
        extract([tmp_path / "one", tmp_path / "two"], tmp_path / "both")
        assert [row["origin"] for row in rows(tmp_path / "both")] == ["one/sub/a.eml", "two/sub/a.eml"]


class TestResuming:
    def test_a_finished_run_is_not_repeated(self, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        run = extract([box], tmp_path / "out")
        monkeypatch.setattr(module, "run_tasks", None)
        seen: list[int] = []
        assert extract([box], tmp_path / "out", jobs=1, part_bytes=100, progress=seen.append) == run
        assert seen == [box.stat().st_size]

    @pytest.mark.parametrize("change", ["mailbox", "argument", "code", "table"])
    def test_it_is_repeated_when_something_changed(
        self, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
    ) -> None:
        extract([box], tmp_path / "out")
        before = (tmp_path / "out" / "run.json").stat().st_mtime_ns
        if change == "mailbox":
            box.write_bytes(box.read_bytes() + mbox(mail(99)))
        elif change == "code":
            monkeypatch.setattr(module, "code_digest", lambda: "another")
        elif change == "table":
            (tmp_path / "out" / "skipped.parquet").unlink()
        extract([box], tmp_path / "out", engine="bs4" if change == "argument" else "fast")
        assert (tmp_path / "out" / "run.json").stat().st_mtime_ns > before

    def test_a_run_that_was_cut_goes_on_with_the_parts_that_are_missing(
        self, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        extract([box], tmp_path / "whole")
        real, done = parts.run_task, []

        def until_the_third(task: parts.Task, progress: Callable[[int], None] | None = None) -> int:
            if len(done) == 3:
                raise KeyboardInterrupt
            done.append(task.name)
            return real(task, progress)

        monkeypatch.setattr(workers, "run_task", until_the_third)
        with pytest.raises(KeyboardInterrupt):
            extract([box], tmp_path / "out", jobs=1, part_bytes=1000)
        assert left_in(tmp_path / "out") == [".parts"]
        assert read_run(tmp_path / "out") is None

        again: list[int] = []
        monkeypatch.setattr(
            workers, "run_task", lambda task, progress=None: (again.append(task.name), real(task, progress))[1]
        )
        seen: list[int] = []
        extract([box], tmp_path / "out", jobs=1, part_bytes=1000, progress=seen.append)
        assert not set(again) & set(done)
        assert sum(seen) == box.stat().st_size
        assert tables(tmp_path / "out") == tables(tmp_path / "whole")
        assert left_in(tmp_path / "out") == WHOLE

    def test_outputs_are_all_of_one_run_or_none(
        self, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        extract([box], tmp_path / "out")
        old = tables(tmp_path / "out")
        box.write_bytes(mbox(mail(7)))

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(duplicates._Writer, "write", full)
        with pytest.raises(UserError, match=r"out can't be written: No space left on device; make room, then"):
            extract([box], tmp_path / "out")
        assert tables(tmp_path / "out") == old
        monkeypatch.undo()
        assert extract([box], tmp_path / "out").counts.n_kept == 1
        assert left_in(tmp_path / "out") == WHOLE

    def test_a_folder_is_of_no_run_while_tables_are_moved_into_it(
        self, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        extract([box], tmp_path / "out")
        box.write_bytes(mbox(mail(7)))
        real = Path.replace

        def breaks(path: Path, target: Path) -> Path:
            if target == tmp_path / "out" / "resources.parquet":
                raise OSError(5, "Input/output error")
            return real(path, target)

        monkeypatch.setattr(Path, "replace", breaks)
        with pytest.raises(UserError, match="Input/output error"):
            extract([box], tmp_path / "out")
        assert read_run(tmp_path / "out") is None
        monkeypatch.undo()
        assert extract([box], tmp_path / "out").counts.n_kept == 1


class TestFailing:
    def test_a_message_that_breaks_the_detector_is_a_row_and_the_run_goes_on(
        self, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = parts.resources_of

        def breaks(message: object, **options: object) -> object:
            if message.sender_address == "shop5@example.com":  # type: ignore[attr-defined]
                raise RecursionError
            return real(message, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(parts, "resources_of", breaks)
        counts = extract([box], tmp_path / "out").counts
        assert (counts.n_read, counts.n_kept, counts.n_duplicates, counts.n_skipped) == (41, 38, 1, 2)
        failed = rows(tmp_path / "out", "skipped")[0]
        assert (failed["origin"], failed["reason"], failed["detail"]) == ("box.mbox", "failed", "RecursionError")
        assert failed["offset"] == box.read_bytes().index(b"From: shop5@") - 44

    def test_a_file_that_breaks_its_reader_costs_itself(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "in").mkdir()
        for n in range(5):
            (tmp_path / "in" / f"{n}.eml").write_bytes(mail(n))
        real = parts.read_part

        def breaks(part: parts.Part, **options: object) -> object:
            if part.files[0].origin == "2.eml":
                raise ZeroDivisionError
            yield from real(part, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(parts, "read_part", breaks)
        counts = extract([tmp_path / "in"], tmp_path / "out", jobs=1).counts
        assert (counts.n_read, counts.n_kept, counts.n_skipped) == (5, 4, 1)
        assert rows(tmp_path / "out", "skipped")[0]["detail"] == "ZeroDivisionError while it was read"

    def test_mime_nested_too_deep_is_a_row(self, tmp_path: Path) -> None:
        deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%dx\n\n--b%dx\n" % (i, i) for i in range(3000))
        (tmp_path / "deep.mbox").write_bytes(mbox(mail(1), b"From: a@example.org\n" + deep, mail(2)))
        counts = extract([tmp_path / "deep.mbox"], tmp_path / "out").counts
        assert (counts.n_read, counts.n_kept, counts.n_skipped) == (3, 2, 1)
        assert rows(tmp_path / "out", "skipped")[0]["reason"] == "malformed"

    def test_html_that_would_take_the_slow_engine_minutes_is_a_row(self, tmp_path: Path) -> None:
        (tmp_path / "deep.mbox").write_bytes(
            mbox(mail(1), mail(2, page="<img src=https://a.example/>" + "<b>" * 50_000), mail(3))
        )
        counts = extract([tmp_path / "deep.mbox"], tmp_path / "slow", engine="bs4").counts
        assert (counts.n_read, counts.n_kept, counts.n_skipped) == (3, 2, 1)
        assert rows(tmp_path / "slow", "skipped")[0]["reason"] == "tangled"
        assert extract([tmp_path / "deep.mbox"], tmp_path / "fast").counts.n_kept == 3

    def test_a_worker_that_is_killed_is_a_line(self, box: Path, tmp_path: Path) -> None:
        tasks = [parts.Task(str(n), part, tmp_path) for n, part in enumerate(open_mailbox(box).parts(2000))]

        def kill(_size: int) -> None:
            for worker in workers.multiprocessing.active_children():
                worker.kill()

        with pytest.raises(UserError, match="killed, perhaps because memory ran out"):
            list(workers._read_here(tasks, 2, kill))


class TestDamage:
    @pytest.fixture
    def cut(self, tmp_path: Path) -> Path:
        path = tmp_path / "box.mbox.gz"
        noise = os.urandom(200_000).hex()
        path.write_bytes(gzip.compress(mbox(mail(1), mail(2), mail(3, page=f"<!--{noise}-->")))[:-50_000])
        return path

    def test_a_named_file_that_is_cut_off_stops_the_run_and_leaves_nothing(self, cut: Path, tmp_path: Path) -> None:
        line = r"box\.mbox\.gz is cut off after 2 whole messages: get it again, or read what is left with --salvage"
        with pytest.raises(UserError, match=line):
            extract([cut], tmp_path / "a" / "b" / "out")
        assert left_in(tmp_path) == ["box.mbox.gz"]

    def test_also_among_others_and_in_a_folder_that_was_there(self, cut: Path, box: Path, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        with pytest.raises(UserError, match=r"box\.mbox\.gz is cut off"):
            extract([box, cut], tmp_path / "out", jobs=1, part_bytes=3000)
        assert left_in(tmp_path / "out") == []

    def test_an_earlier_run_stays_as_it_is(self, cut: Path, box: Path, tmp_path: Path) -> None:
        run = extract([box], tmp_path / "out")
        with pytest.raises(UserError, match="cut off"):
            extract([cut], tmp_path / "out")
        assert read_run(tmp_path / "out") == run
        assert left_in(tmp_path / "out") == WHOLE[1:]  # what a grown mailbox would have gone on from is gone

    def test_salvage_reads_what_is_there_and_says_where_it_ends(self, cut: Path, tmp_path: Path) -> None:
        counts = extract([cut], tmp_path / "out", salvage=True).counts
        assert (counts.n_read, counts.n_kept, counts.n_skipped) == (3, 2, 1)
        assert rows(tmp_path / "out", "skipped")[0]["reason"] == "truncated"

    def test_in_a_named_folder_it_is_a_row(self, cut: Path, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        cut.rename(tmp_path / "in" / cut.name)
        (tmp_path / "in" / "a.eml").write_bytes(mail(9))
        counts = extract([tmp_path / "in"], tmp_path / "out").counts
        assert (counts.n_kept, counts.n_skipped) == (3, 1)

    def test_a_damaged_member_is_a_row_and_a_damaged_archive_is_not(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "box.zip", "w") as archive:
            archive.writestr("a.eml", mail(1))
            archive.writestr("b.eml", mail(2, "X-Note: bitrot"))
        path = tmp_path / "box.zip"
        path.write_bytes(path.read_bytes().replace(b"bitrot", b"bitrut"))
        counts = extract([path], tmp_path / "out").counts
        assert (counts.n_kept, counts.n_skipped) == (1, 1)
        assert rows(tmp_path / "out", "skipped")[0]["reason"] == "corrupt"
        path.write_bytes(path.read_bytes()[:300])
        with pytest.raises(UserError, match=r"box\.zip is cut off after 1 whole message: "):
            extract([path], tmp_path / "other")


class TestRefused:
    def test_no_mailbox(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="name at least one"):
            extract([], tmp_path / "out")

    @pytest.mark.parametrize("place", ["in", "in/out", "in/a/out"])
    def test_an_output_within_the_mailbox(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.eml").write_bytes(mail(1))
        with pytest.raises(UserError, match="is inside the mailbox"):
            extract([tmp_path / "in"], tmp_path / place)
        assert left_in(tmp_path / "in") == ["a.eml"]

    def test_an_output_that_is_a_file_or_under_one(self, box: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        for out in (tmp_path / "file", tmp_path / "file" / "out"):
            with pytest.raises(UserError, match=r"can't be written: .*; choose another folder with --out"):
                extract([box], out)
        assert (tmp_path / "file").read_text() == "mine"


class TestRows:
    def test_sizes_and_counts(self) -> None:
        page = (
            "<p>Grüße €</p>" + PIXEL.replace("{n}", "1")
            + '<a href="https://t.example.com/click?u=5e78d7ef2297cc80842b">a</a><a href="https://example.com/">b</a>'
            + '<a href="mailto:x@example.com">c</a><img src="cid:1"><img src="https://example.com/logo.png" width=90>'
        )  # fmt: skip
        data = mail(1, "MIME-Version: 1.0", page=page).replace(b"text/html", b"text/html; charset=utf-8")
        row, resources = message_rows(parse_message(RawMessage(data, "a.eml", 0)), origin="here")
        assert row["origin"] == "here"
        assert row["html_bytes"] == len(page.encode()) + 1
        assert row["size_bytes"] == len(data)
        assert (row["n_resources"], row["n_spy_pixel"], row["n_click_links"]) == (2, 1, 1)
        assert [resource.verdict for resource in resources] == ["spy_pixel", "content"]
        assert (row["sender_domain"], row["sender_site"], row["year"]) == ("example.com", "example.com", 2002)

    def test_names_are_those_of_the_tables(self) -> None:
        row, _ = message_rows(parse_message(RawMessage(mail(1), "a.eml", 0)), origin="a")
        assert tuple(row) == MESSAGES.names
        assert {"message_key", *Resource._fields, *EVIDENCE} == set(RESOURCES.names)
        assert all(hasattr(Skipped("a", 0, "empty"), name) for name in SKIPPED.names)


def test_a_worker_leaves_the_answer_to_an_interrupt_to_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_consumed", None)
    before = signal.getsignal(signal.SIGINT)
    try:
        workers._start_worker(None)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.slow
def test_an_interrupt_ends_the_workers_too_the_busy_one_and_the_idle_one_without_a_word(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("small.mbox", "little.mbox", "big.mbox")]
    for n, path in enumerate(paths):
        page = "<div>" * 40 + PIXEL * (60_000 if n == 2 else 1)
        path.write_bytes(mbox(*(mail(10 * n + each, page=page) for each in range(40 if n == 2 else 2))))
    out = tmp_path / "out"
    code = (
        "import signal; from pixelstudy.extraction import run as module, workers\nworkers.ALONE_BYTES = 0\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"if __name__ == '__main__':\n module.extract({[*map(str, paths)]}, {str(out)!r}, engine='bs4', jobs=2)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, start_new_session=True)
    start = time.monotonic()
    while len(list(out.glob(".parts/*.messages.parquet"))) < 2 and time.monotonic() - start < 60:
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGINT)
    stderr = child.communicate(timeout=10)[1].decode()
    assert stderr.count("Traceback") == 1  # the caller's own, which the command turns into a line
    assert stderr.rstrip().endswith("KeyboardInterrupt")
    assert left_in(out) == [".parts"]


@pytest.mark.corpora
@pytest.mark.parametrize("corpus", listed(), ids=lambda corpus: corpus.name)
def test_every_message_of_the_corpora_is_accounted_for(corpus, extracted: Callable[[str], tuple[Run, Path]]) -> None:  # type: ignore[no-untyped-def]
    run, folder = extracted(corpus.name)
    c = run.counts
    assert (
        c.n_read
        == c.n_kept + c.n_duplicates + c.n_skipped
        == corpus.messages + sum(part.others for part in corpus.sets)
    )
    kept, skipped = tables(folder)["messages"], tables(folder)["skipped"]
    assert (len(kept), sum(kept["n_duplicates"].to_pylist()), len(skipped)) == (c.n_kept, c.n_duplicates, c.n_skipped)
    assert "failed" not in skipped["reason"].to_pylist()
    origins = [*kept["origin"].to_pylist(), *skipped["origin"].to_pylist()]
    for part in corpus.sets:
        n = sum(origin.startswith(Path(part.path).name) for origin in origins) if part.path != "." else len(origins)
        copies = sum(
            copies
            for origin, copies in zip(kept["origin"].to_pylist(), kept["n_duplicates"].to_pylist(), strict=True)
            if origin.startswith(Path(part.path).name)
        )
        assert n + copies == part.messages + part.others
    assert c.n_with_html == {"markup": 442, "unspy": 21}.get(corpus.name, c.n_with_html)
