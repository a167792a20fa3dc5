"""Workers start quickly, however they are started, and give the same tables."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pixelstudy.extraction import workers
from pixelstudy.extraction.progress import byte_bar
from pixelstudy.extraction.run import extract
from pixelstudy.tables import TABLES

NEVER_USED = {"pyarrow.dataset", "tqdm", "rich", "bs4", "html5lib"}
MAIL = (
    b"From a@example.org Thu Aug 22 12:36:23 2002\nFrom: shop%d@example.com\nMessage-ID: <%d@example.com>\n"
    b"Content-Type: text/html\n\n<img src=https://t.example.co.uk/o?u=5e78d7ef2297cc80842b width=1 height=1>\n\n"
)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    path = tmp_path / "box.mbox"
    path.write_bytes(b"".join(MAIL % (n, n) for n in range(40)))
    return path


def said_by(code: str, *arguments: object) -> Any:
    words = [sys.executable, "-c", f"import json, sys\n{code}", *map(str, arguments)]
    ended = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout.splitlines()[-1])


def test_the_command_loads_what_it_uses(box: Path, tmp_path: Path) -> None:
    code = (
        "from pixelstudy.cli import main\nout = sys.argv.pop()\n"
        "sys.argv = ['pixelstudy', 'extract', sys.argv[1], '--out', out, '--quiet']\n"
        "try: main()\nfinally: print(json.dumps(list(sys.modules)))"
    )
    loaded = set(said_by(code, box, tmp_path / "out"))
    assert {"pyarrow.parquet", "tldextract", "turbohtml"} <= loaded
    assert not NEVER_USED & loaded


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted as Linux shows them")
def test_a_quick_start_leaves_one_thread_so_that_workers_are_forked() -> None:
    code = (
        "from pixelstudy.extraction import workers\nbefore = set(sys.modules)\n"
        "with workers.quick_start():\n    import pixelstudy.extraction.run\n"
        "import gc, pyarrow as pa\npa.array([])\n"
        "print(json.dumps(['numpy' in before, gc.isenabled(), workers._way_to_start()]))"
    )
    assert said_by(code) == [False, True, "fork"]


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_forked_and_spawned_workers_give_the_same_tables(
    way: str, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "fork" and sys.platform != "linux":
        pytest.skip("forking is not safe here")
    extract([box], tmp_path / "one", jobs=1)
    monkeypatch.setattr(workers, "ALONE_BYTES", 0)
    monkeypatch.setattr(workers, "_way_to_start", lambda: way)
    extract([box], tmp_path / "two", jobs=2, part_bytes=1000)
    for table in TABLES:
        name = f"{table.name}.parquet"
        assert pq.read_table(tmp_path / "two" / name) == pq.read_table(tmp_path / "one" / name)


def test_the_largest_part_is_read_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Pool(ProcessPoolExecutor):
        def submit(self, run: Any, task: Any, *more: Any) -> Any:  # type: ignore[override]
            sizes.append(task.part.size_bytes)
            return super().submit(run, task, *more)

    monkeypatch.setattr(workers, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(workers, "ALONE_BYTES", 0)
    paths = [tmp_path / f"{n}.mbox" for n in (2, 9, 5)]
    for path in paths:
        path.write_bytes(b"".join(MAIL % (n, n) for n in range(int(path.stem))))
    extract(paths, tmp_path / "out", jobs=2, part_bytes=1 << 20)
    assert sizes == sorted((path.stat().st_size for path in paths), reverse=True)


def test_a_process_with_threads_is_not_forked() -> None:
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert workers._way_to_start() == "spawn"
    finally:
        done.set()
        other.join()


def test_a_progress_bar_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", shown)
    before = threading.active_count()
    with byte_bar(1_000_000, "reading") as report:
        report(500_000)
        assert threading.active_count() == before
    assert "reading" in shown.getvalue()
