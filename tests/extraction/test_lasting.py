"""A run lasts: killed, full or interrupted it goes on, and a mailbox that grew is read from where it grew."""

from __future__ import annotations

import gzip
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from random import Random

import nbformat
import pytest
from nbclient import NotebookClient

from benchmarks.kills import command, digests, kill_and_resume, started, workers_of, zipped
from benchmarks.newsletters import write_newsletters
from pixelstudy.extraction import parts, workers
from pixelstudy.extraction.run import extract
from pixelstudy.mail.boxes.mailbox import open_mailbox
from pixelstudy.study.study import open_study

PART_BYTES = 50_000
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked up in /proc")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The origins of the parts that are read from here on, with where they start."""
    seen: list[str] = []
    real = parts.run_task

    def run_task(task: parts.Task, progress: object = None) -> int:
        seen.append(f"{task.part.files[0].origin} {task.part.start}")
        return real(task, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(workers, "run_task", run_task)
    return seen


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("is_zip", [False, True], ids=["mbox", "zip"])
def test_a_mailbox_killed_at_ten_moments_gives_the_files_of_a_run_left_alone(is_zip: bool, tmp_path: Path) -> None:
    box = tmp_path / "news.mbox"
    write_newsletters(box, 24_000_000, seed=1)
    if is_zip:
        box = zipped(box)
    start = time.monotonic()
    subprocess.run(command(box, tmp_path / "alone", part_bytes=1 << 20), check=True, capture_output=True)
    alone = time.monotonic() - start
    words = command(box, tmp_path / "killed", part_bytes=1 << 20)
    told = kill_and_resume(words, tmp_path / "killed", n_kills=10, longest=max(1.0, alone * 0.6), random=Random(20))
    assert digests(tmp_path / "killed") == digests(tmp_path / "alone")
    assert [left for _, _, left in told] == [0] * 10
    for folder in ("", ".parts"):
        names = {path.name for path in (tmp_path / "killed" / folder).iterdir()}
        assert names == {path.name for path in (tmp_path / "alone" / folder).iterdir()}
    ends = {"kill the run": (-9,), "kill a worker": (-9, 2), "interrupt": (130, -2)}  # -2 where it came at the start
    assert not [(way, status) for way, status, _ in told if status not in ends[way]]


def words_of(pid: int) -> bytes:
    """Return the command line of a process. A process that was only just forked still has its parent's."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("milliseconds", range(0, 40, 5))
def test_a_worker_killed_while_others_start_ends_the_run(milliseconds: int, tmp_path: Path) -> None:
    box = tmp_path / "news.mbox"
    write_newsletters(box, 24_000_000, seed=1)
    words = command(box, tmp_path / "out", part_bytes=1 << 20, is_spawned=True)
    run = started(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not (there := [pid for pid in workers_of(run.pid) if b"spawn_main" in words_of(pid)]):
        time.sleep(0.001)
    time.sleep(milliseconds / 1000)
    os.kill(there[0], signal.SIGKILL)
    _, told = run.communicate(timeout=60)
    assert run.returncode == 2
    assert b"a worker process was killed" in told


@LINUX
def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    box = tmp_path / "news.mbox"
    write_newsletters(box, 30_000_000, seed=2)
    child = started(command(box, tmp_path / "out", part_bytes=1 << 20), stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not list(tmp_path.glob("out/.parts/*.messages.parquet")) and time.monotonic() < until:
        time.sleep(0.02)
    assert len(workers_of(child.pid)) >= 2
    child.kill()
    child.wait()
    until = time.monotonic() + 20
    while workers_of(child.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not workers_of(child.pid)


def test_an_interrupt_says_in_one_line_how_to_go_on(tmp_path: Path) -> None:
    box = tmp_path / "news.mbox"
    write_newsletters(box, 24_000_000, seed=3)
    words = command(box, tmp_path / "out", part_bytes=1 << 20)
    child = started(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not list(tmp_path.glob("out/.parts/*.messages.parquet")) and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(child.pid, signal.SIGINT)
    said, error = child.communicate(timeout=60)
    assert (child.returncode, said) == (130, "")
    assert error == "\nInterrupted. Run the same command again to resume.\n"
    assert not (tmp_path / "out" / "run.json").exists()
    assert list(tmp_path.glob("out/.parts/*.messages.parquet"))


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(newsletters: Path, tmp_path: Path) -> None:
    extract([newsletters], tmp_path / "alone", part_bytes=PART_BYTES)
    words = command(newsletters, tmp_path / "out", part_bytes=PART_BYTES)

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))

    for _ in range(2):
        ended = subprocess.run(words, capture_output=True, text=True, preexec_fn=no_room)
        assert ended.returncode == 2
        assert re.fullmatch(r"pixelstudy: .*/out can't be written: File too large; .*\n", ended.stderr)
        assert not list(tmp_path.glob("out/.parts/*.partial"))
    subprocess.run(words, check=True, capture_output=True)
    assert digests(tmp_path / "out") == digests(tmp_path / "alone")


def test_a_part_that_is_damaged_is_read_again(newsletters: Path, tmp_path: Path, read: list[str]) -> None:
    extract([newsletters], tmp_path / "out", jobs=1, part_bytes=PART_BYTES)
    before = digests(tmp_path / "out")
    (tmp_path / "out" / "run.json").unlink()
    one, two, *_ = sorted(tmp_path.glob("out/.parts/*.messages.parquet"))
    one.write_bytes(b"")
    two.write_bytes(two.read_bytes()[:-100])
    read.clear()
    extract([newsletters], tmp_path / "out", jobs=1, part_bytes=PART_BYTES)
    assert len(read) == 2
    assert digests(tmp_path / "out") == before


class TestGrowing:
    @pytest.fixture
    def box(self, newsletters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The first million bytes of the newsletters, up to the end of a message, already read into ``out``."""
        monkeypatch.setattr(
            "pixelstudy.mail.boxes.mailbox.BLOCK_BYTES", 4_096
        )  # else a part's reader sees the end of all
        path = tmp_path / "news.mbox"
        data = newsletters.read_bytes()
        path.write_bytes(data[: data.index(b"\r\n\r\nFrom ", 1_000_000) + 4])
        extract([path], tmp_path / "out", jobs=1, part_bytes=PART_BYTES)
        return path

    def extended(self, box: Path, tmp_path: Path, read: list[str]) -> list[str]:
        """Return what was read on extending; the files are those of a run from scratch."""
        read.clear()
        extract([box], tmp_path / "out", jobs=1, part_bytes=PART_BYTES)
        again = read.copy()
        extract([box], tmp_path / "fresh", jobs=1, part_bytes=PART_BYTES)
        assert digests(tmp_path / "out") == digests(tmp_path / "fresh")
        assert len(list(tmp_path.glob("out/.parts/*"))) == 3 * len(open_mailbox(box).parts(PART_BYTES))
        return again

    def test_an_mbox_is_read_from_where_it_grew(
        self, box: Path, newsletters: Path, tmp_path: Path, read: list[str]
    ) -> None:
        size = box.stat().st_size
        box.write_bytes(newsletters.read_bytes())
        again = [int(each.split()[1]) for each in self.extended(box, tmp_path, read)]
        assert again
        assert min(again) > size - 4 * PART_BYTES  # a message of several parts may reach the end
        assert len(again) < len(open_mailbox(box).parts(PART_BYTES)) / 2

    @pytest.mark.parametrize("place", [10, 400_000, -100])
    def test_a_change_within_is_found_though_size_and_time_are_the_same(
        self, box: Path, tmp_path: Path, read: list[str], place: int
    ) -> None:
        data, status = bytearray(box.read_bytes()), box.stat()
        data[place : place + 4] = b"0000"
        box.write_bytes(data)
        os.utime(box, ns=(status.st_atime_ns, status.st_mtime_ns))
        (tmp_path / "out" / "run.json").unlink()
        assert self.extended(box, tmp_path, read)

    def test_an_end_that_was_cut_off_is_found(self, box: Path, tmp_path: Path, read: list[str]) -> None:
        box.write_bytes(box.read_bytes()[:-3_000])
        assert len(self.extended(box, tmp_path, read)) < 5

    def test_a_touched_mailbox_is_not_read_again(self, box: Path, tmp_path: Path, read: list[str]) -> None:
        os.utime(box)
        assert self.extended(box, tmp_path, read) == []

    def test_a_folder_is_read_up_to_the_next_name_that_ends_a_group(
        self, tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pixelstudy.mail.boxes.mailbox._GROUP_FILES", 8)
        folder = tmp_path / "mail"
        folder.mkdir()
        for n in range(0, 400, 2):
            (folder / f"{n:03}.eml").write_bytes(b"From: a%d@example.com\n\ntea" % n)
        extract([folder], tmp_path / "out", jobs=1, part_bytes=1 << 20)
        n_parts = len(open_mailbox(folder).parts(1 << 20))
        (folder / "201.eml").write_bytes(b"From: new@example.com\n\ntea")
        (folder / "400.eml").write_bytes(b"From: newer@example.com\n\ntea")
        read.clear()
        extract([folder], tmp_path / "out", jobs=1, part_bytes=1 << 20)
        assert n_parts > 10
        assert 1 <= len(read) <= 4
        extract([folder], tmp_path / "fresh", jobs=1, part_bytes=1 << 20)
        assert digests(tmp_path / "out") == digests(tmp_path / "fresh")

    def test_another_mailbox_beside_it_is_read_alone(self, box: Path, tmp_path: Path, read: list[str]) -> None:
        (tmp_path / "more.mbox.gz").write_bytes(gzip.compress(box.read_bytes()[:200_000]))
        read.clear()
        extract([box, tmp_path / "more.mbox.gz"], tmp_path / "out", jobs=1, part_bytes=PART_BYTES, salvage=True)
        assert read == ["more.mbox.gz 0"]


@pytest.mark.slow
class TestProgress:
    @LINUX
    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_a_terminal_shows_bytes_rate_and_time_left(self, tmp_path: Path, jobs: str) -> None:
        box = tmp_path / "news.mbox"
        write_newsletters(box, 12_000_000, seed=4)
        leader, follower = pty.openpty()
        termios.tcsetwinsize(follower, (24, 100))
        words = [*command(box, tmp_path / "out", part_bytes=1 << 20)[:-3], "--jobs", jobs]
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=follower)
        os.close(follower)
        shown = b""
        while True:
            try:
                block = os.read(leader, 4096)
            except OSError:
                break
            if not block:
                break
            shown += block
        os.close(leader)
        assert child.wait() == 0
        text = shown.decode()
        assert text.startswith("\rreading:   0%|")
        assert re.search(r"reading: +\d+%\|.*\| [\d.]+M/1[\d.]+M \[\d\d:\d\d<\d\d:\d\d, +[\d.]+MB/s\]", text)

    @pytest.mark.notebooks
    def test_so_does_a_notebook(self) -> None:
        code = (
            "import time\nfrom pixelstudy.extraction.progress import byte_bar\n"
            "with byte_bar(1_000_000, 'reading') as report:\n    report(500_000); time.sleep(.3); report(1)\n"
            "    print(report.__self__)"
        )
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        NotebookClient(book, kernel_name="python3").execute()
        shown, said = book.cells[0].outputs
        assert "application/vnd.jupyter.widget-view+json" in shown.data
        assert re.match(r"reading:  50%\|.*\| 500k/1.00M \[\d\d:\d\d<\d\d:\d\d, .*MB/s\]", said.text)


def test_an_interrupt_in_a_notebook_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "a.eml").write_bytes(b"From: a@example.org\n\ntea")
    monkeypatch.setenv("PIXELSTUDY_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("pixelstudy.extraction.run.extract", interrupted)
    with pytest.raises(KeyboardInterrupt, match="Run the same cell again to resume"):
        open_study(tmp_path / "a.eml", progress=False)


def test_parts_are_left_alone_by_a_run_of_the_same_mailbox_elsewhere(newsletters: Path, tmp_path: Path) -> None:
    """Where a mailbox lies says nothing: moved, it is not read again."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    shutil.copy2(newsletters, tmp_path / "a" / "news.mbox")
    first = extract([tmp_path / "a" / "news.mbox"], tmp_path / "out", jobs=1, part_bytes=PART_BYTES)
    shutil.copy2(tmp_path / "a" / "news.mbox", tmp_path / "b" / "news.mbox")
    assert extract([tmp_path / "b" / "news.mbox"], tmp_path / "out", jobs=1, part_bytes=PART_BYTES) == first
