"""A process that reads mail and does nothing else loads nothing else, and what it left out works when it is wanted."""

from __future__ import annotations

import gc
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
from pixelstudy.extraction.lean import lean_start
from pixelstudy.extraction.progress import byte_bar
from pixelstudy.extraction.run import extract
from pixelstudy.tables import TABLES

NEVER_USED = {"pandas", "requests", "urllib3", "pyarrow.dataset", "pyarrow.compute", "tqdm", "rich", "bs4", "html5lib"}
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


def test_so_does_a_worker_that_is_started_anew() -> None:
    code = (
        "from concurrent.futures import ProcessPoolExecutor\nfrom multiprocessing import get_context\n"
        "from pixelstudy.extraction import workers\n"
        "with ProcessPoolExecutor(1, get_context('spawn'), workers._start_worker, (None,)) as pool:\n"
        "    assert pool.submit(workers.threading.active_count).result() > 1\n"  # one ends it with its parent
        "    print(json.dumps(pool.submit(eval, '[*__import__(\"sys\").modules]').result()))"
    )
    loaded = set(said_by(code))
    assert {"pyarrow", "tldextract", "pixelstudy.extraction.workers"} <= loaded
    assert not NEVER_USED & loaded


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted as Linux shows them")
def test_it_has_one_thread() -> None:
    code = (
        "import os\nfrom pixelstudy.extraction.lean import lean_start\n"
        "with lean_start():\n    import pixelstudy.extraction.run\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    assert said_by(code) == 1


def test_what_was_left_out_works_when_it_is_wanted() -> None:
    code = (
        "from pixelstudy.extraction.lean import lean_start\nwith lean_start(): pass\n"
        "import pyarrow as pa, tldextract.suffix_list as lists\n"
        "before = sorted({'pandas', 'requests'} & set(sys.modules))\n"
        "frame = pa.table({'n': [1, None]}).to_pandas()\n"
        "back = pa.Table.from_pandas(frame, preserve_index=False).to_pydict()\n"
        "session = lists.requests.Session()\n"
        "session.mount('file://', lists.FileAdapter())\n"
        "import requests, requests_file\n"
        "same = type(session) is requests.Session and lists.requests.exceptions is requests.exceptions\n"
        "kept = type(session.adapters['file://']) is requests_file.FileAdapter\n"
        "print(json.dumps([before, frame['n'].isna().tolist(), back['n'], same, kept]))"
    )
    assert said_by(code) == [[], [False, True], [1.0, None], True, True]


@pytest.mark.parametrize("wanted", ["import requests.adapters", "from requests_file import BaseAdapter"])
def test_a_version_of_tldextract_that_wants_more_of_requests_gets_it(wanted: str, tmp_path: Path) -> None:
    (tmp_path / "tldextract.py").write_text(f"import requests, requests_file\n{wanted}\n")
    code = (
        "sys.path.insert(0, sys.argv[1])\nfrom pixelstudy.extraction.lean import lean_start\nwith lean_start(): pass\n"
        "import tldextract, requests\nprint(json.dumps([tldextract.requests is requests, type(requests).__name__]))"
    )
    assert said_by(code, tmp_path) == [True, "module"]


def test_a_process_that_has_them_keeps_them() -> None:
    import pandas
    import requests

    path = [*sys.meta_path]
    with lean_start():
        assert not gc.isenabled()
    assert (sys.modules["pandas"], sys.modules["requests"], sys.meta_path) == (pandas, requests, path)
    assert gc.isenabled()


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_however_workers_are_started_the_tables_are_the_same(
    way: str, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "fork" and sys.platform != "linux":
        pytest.skip("a copy of a process is not safe here")
    extract([box], tmp_path / "one", jobs=1)
    monkeypatch.setattr(workers, "ALONE_BYTES", 0)
    monkeypatch.setattr(workers, "_way_to_start", lambda: way)
    extract([box], tmp_path / "two", jobs=2, part_bytes=1000)
    for table in TABLES:
        name = f"{table.name}.parquet"
        assert pq.read_table(tmp_path / "two" / name) == pq.read_table(tmp_path / "one" / name)


def test_the_largest_part_is_not_left_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Pool(ProcessPoolExecutor):
        def submit(self, run: Any, task: Any) -> Any:  # type: ignore[override]
            sizes.append(task.part.size_bytes)
            return super().submit(run, task)

    monkeypatch.setattr(workers, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(workers, "ALONE_BYTES", 0)
    paths = [tmp_path / f"{n}.mbox" for n in (2, 9, 5)]
    for path in paths:
        path.write_bytes(b"".join(MAIL % (n, n) for n in range(int(path.stem))))
    extract(paths, tmp_path / "out", jobs=2, part_bytes=1 << 20)
    assert sizes == sorted((path.stat().st_size for path in paths), reverse=True)


def test_a_process_with_threads_is_not_copied() -> None:
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert workers._way_to_start() == "spawn"
    finally:
        done.set()
        other.join()


def test_a_bar_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", shown)
    before = threading.active_count()
    with byte_bar(1_000_000, "reading") as report:
        report(500_000)
        assert threading.active_count() == before
    assert "reading" in shown.getvalue()
