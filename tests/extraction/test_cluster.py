"""A Dask cluster of real processes: the tables of one machine, though a worker dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pixelstudy.cli import app
from pixelstudy.errors import UserError
from pixelstudy.extraction.cluster import _wrong, cluster
from pixelstudy.extraction.run import extract
from pixelstudy.storage.places import place
from pixelstudy.tables import TABLES

pytest.importorskip("distributed", reason="the cluster needs Dask: pip install 'pixelstudy[cluster]'")

pytestmark = pytest.mark.slow

PAGE = (
    '<img src="https://images.example.com/{n}.jpg" width=600>'
    '<img src="https://t.example.com/o?u=5e78d7ef2297cc80{n:06}" width=1 height=1>'
)
WAIT_SECONDS = 40


def start(*words: str, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen([sys.executable, "-m", *words], stdout=file, stderr=file)


def until(is_so: object, what: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < end, f"{what} did not come about"
        time.sleep(0.1)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers on loopback: its address, and the workers' processes."""
    folder = tmp_path / "dask"
    folder.mkdir()
    known = folder / "scheduler.json"
    here = ("--host", "127.0.0.1")
    processes = [
        start(
            "distributed.cli.dask_scheduler",
            *here,
            "--port",
            "0",
            "--no-dashboard",
            "--scheduler-file",
            str(known),
            log=folder / "scheduler.log",
        )
    ]
    try:
        until(known.exists, "a scheduler")
        words = (
            "distributed.cli.dask_worker",
            *here,
            "--scheduler-file",
            str(known),
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
        )
        processes += [
            start(*words, "--local-directory", str(folder / name), "--name", name, log=folder / f"{name}.log")
            for name in ("one", "two")
        ]
        from distributed import Client

        with Client(scheduler_file=str(known), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=WAIT_SECONDS)
            address = client.scheduler.address
        yield address, processes[1:]
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Fifteen hundred messages, every tenth of them twice."""
    path = tmp_path / "box.mbox"
    with path.open("wb") as file:
        for i in range(1_500):
            n = i - 1 if i % 10 == 1 else i
            head = (
                f"From: shop{n % 7}@example.com\nMessage-ID: <{n}@example.com>\nDate: Thu, 22 Aug 2002 12:36:23 +0000\n"
            )
            body = f"Content-Type: text/html\n\n{PAGE.format(n=n) * 4}\n\n"
            text = f"From a@example.org Thu Aug 22 12:36:23 2002\n{head}{body}"
            file.write(text.encode())
    return path


def same_tables(one: Path, other: Path) -> bool:
    return all(
        pq.read_table(one / f"{table.name}.parquet").equals(pq.read_table(other / f"{table.name}.parquet"))
        for table in TABLES
    )


def test_a_worker_that_is_killed_is_made_up_for(
    scheduler: tuple[str, list[subprocess.Popen[bytes]]], box: Path, tmp_path: Path
) -> None:
    address, workers = scheduler
    here, there = tmp_path / "here", tmp_path / "there"
    local = extract([box], here, jobs=1)
    seen: list[int] = []

    def progress(size: int) -> None:
        seen.append(size)
        if size and workers[0].poll() is None:
            os.kill(workers[0].pid, signal.SIGKILL)
            workers[0].wait()

    with cluster(address, [box, tmp_path]) as executor:
        run = extract([box], there, executor=executor, part_bytes=-(-box.stat().st_size // 24), progress=progress)
    assert workers[0].returncode == -signal.SIGKILL
    assert workers[1].poll() is None
    assert len([size for size in seen if size]) == 24
    assert sum(seen) == box.stat().st_size
    assert run.counts == local.counts
    assert run.fingerprint == local.fingerprint
    assert same_tables(here, there)


def test_the_command_reads_on_a_cluster_and_says_what_is_wrong_with_one(
    scheduler: tuple[str, list[subprocess.Popen[bytes]]], box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = scheduler
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["extract", box.name, "--out", "there", "--quiet", "--scheduler", address])
    assert said.exit_code == 0, said.output
    assert said.output.startswith("1,500 read = 1,350 kept + 150 duplicates + 0 skipped;")
    extract([box], tmp_path / "here", jobs=1)
    assert same_tables(tmp_path / "here", tmp_path / "there")
    with (
        pytest.raises(UserError, match=r"the worker tcp://\S+ does not see /no/such/mailbox"),
        cluster(address, [Path("/no/such/mailbox")]),
    ):
        pass
    import fsspec

    fsspec.filesystem("memory").pipe_file("/box.mbox", b"")
    with (
        pytest.raises(UserError, match=r"does not see memory://box\.mbox; every worker must, by the same address"),
        cluster(address, ["memory://box.mbox"]),
    ):
        pass
    with pytest.raises(UserError, match="nosuch://x can't be opened"), cluster(address, ["nosuch://x"]):
        pass
    monkeypatch.setattr("pixelstudy.extraction.cluster.code_digest", lambda: "other code")
    with pytest.raises(UserError, match="has a different pixelstudy"), cluster(address, []):
        pass


def test_addresses_are_read_and_written_by_the_workers_themselves(
    scheduler: tuple[str, list[subprocess.Popen[bytes]]], box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, workers = scheduler
    monkeypatch.setitem(extract.__kwdefaults__, "part_bytes", -(-box.stat().st_size // 12))
    out = f"file://{tmp_path}/there/out"
    words = ["extract", f"file://{box}", "--out", out, "--quiet", "--scheduler", address]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.output
    assert said.output.endswith(f" Tables in {out}\n")
    local = extract([box], tmp_path / "here", jobs=1)
    assert same_tables(tmp_path / "here", tmp_path / "there" / "out")
    assert len(list(tmp_path.glob("there/out/.parts/*"))) == 3 * 12

    (tmp_path / "there/out/run.json").unlink()
    for path in list(tmp_path.glob("there/out/.parts/*.messages.parquet"))[:8]:
        path.unlink()
    seen: list[int] = []

    def progress(size: int) -> None:
        seen.append(size)
        if len(seen) == 6 and workers[0].poll() is None:
            os.kill(workers[0].pid, signal.SIGKILL)
            workers[0].wait()

    with cluster(address, [f"file://{box}", out]) as executor:
        run = extract([f"file://{box}"], out, executor=executor, progress=progress)
    assert workers[0].returncode == -signal.SIGKILL
    assert (run.counts, sum(seen)) == (local.counts, box.stat().st_size)
    assert same_tables(tmp_path / "here", tmp_path / "there" / "out")


def test_a_worker_without_a_package_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.registry import known_implementations

    monkeypatch.setitem(known_implementations, "lacking", {"class": "lackingfs.Files", "err": "Install lackingfs"})
    why = "lacking://x needs a package that is not installed: Install lackingfs"
    assert _wrong(place("lacking://me:secret@x"), must=False) == f"can't open lacking://x ({why})"
    assert _wrong(place("memory://nothing"), must=False) == ""


def test_no_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelstudy.extraction.cluster._WAIT_SECONDS", 1)
    with (
        pytest.raises(UserError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        cluster("tcp://127.0.0.1:9", []),
    ):
        pass
