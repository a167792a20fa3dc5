"""``make bench``: whole processes side by side, start-up included, in turn; medians, and the ratios between them.

Where the raw public mail is at hand (``PIXELSTUDY_CORPORA``), three mailboxes of real mail are read: the Markup's
newsletters again and again, with new ids and tokens; a Takeout of them, two thirds of it attachments, as mbox and as
zip; and all corpora packed into one mbox. Generated newsletters follow. Slow ways read a slice, and rates are compared. Quote the ratios:
seconds are this machine's, today. ``--sizes`` and ``--analysis`` add what takes longer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import encodebytes
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks import stages
from benchmarks.analysis import measure, write_tables
from benchmarks.corpora import write_corpora, write_markup, write_takeout
from benchmarks.dask import local_cluster
from benchmarks.newsletters import write_newsletters
from benchmarks.processes import ROOT, Spent, run
from benchmarks.report import plan, put_table, table, targets
from pixelstudy.study.prose import fill_file

_BLOCK = 57 * 20_000
_STAGES_MB = 30
_TAIL = 40_000_000  # more than the longest message
RESULTS = ROOT / "data" / "results"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to read a mailbox."""

    name: str
    """What it is called in the table."""

    command: Sequence[str]
    """The command; MAIL and OUT stand for what it reads and a folder of its own."""

    slice_mb: float | None = None
    """How much of the mailbox it reads, where that is not all."""

    is_shell: bool = False
    """Whether the command is a line for the shell."""

    is_zip: bool = False
    """Whether it reads the zip beside the mbox."""

    spent: list[Spent] = field(default_factory=list)
    """What each counted run took."""


def main() -> None:
    """Measure, print the tables, and bring ``data/results/benchmark.json`` and the pages about it up to date."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and memory.")
    asked.add_argument("--megabytes", type=float, default=200, help="how large the Markup's mail and newsletters are")
    asked.add_argument("--takeout", type=float, default=600, help="megabytes of the Takeout")
    asked.add_argument("--slice", type=float, default=40, help="megabytes for the pipelines with BeautifulSoup")
    asked.add_argument("--bs4", type=float, default=6, help="megabytes for BeautifulSoup as our engine")
    asked.add_argument("--runs", type=int, default=3, help="counted runs of each way")
    asked.add_argument("--sizes", type=float, nargs="*", default=[], help="also read so many gigabytes, each once")
    asked.add_argument("--mail", type=Path, help="generated newsletters for --sizes, where they are there already")
    asked.add_argument("--analysis", type=float, help="also summarise so many million resources")
    asked.add_argument("--only", choices=("mailboxes", "more"), help="leave out what was not asked for")
    options = asked.parse_args()
    path = RESULTS / "benchmark.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found["machine"] = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.only != "more":
            found["mailboxes"] = {}
            for name, mailbox in _mailboxes(folder, options):
                found["mailboxes"][name] = mailbox
                _write(path, found)
        if options.sizes:
            found["sizes"] = _sizes(folder, options.sizes, options.mail)
        if options.analysis:
            n_messages, n_resources = write_tables(folder / "tables", int(options.analysis * 1e6))
            found["analysis"] = {
                "n_messages": n_messages,
                "n_resources": n_resources,
                "ways": measure(folder / "tables"),
            }
    _write(path, found)
    print(table(found))
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        fill_file(page, RESULTS / "findings.json")
    put_table(ROOT / "benchmarks" / "README.md", found)


def _write(path: Path, found: dict[str, Any]) -> None:
    found["plan"] = plan(found)
    found["targets"] = targets(found)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _mailboxes(folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what each mailbox took, as soon as that is known."""
    size_bytes = int(options.megabytes * 1e6)
    for name, write in (
        ("markup", partial(write_markup, size_bytes=size_bytes)),
        ("takeout", partial(write_takeout, size_bytes=int(options.takeout * 1e6))),
        ("corpora", write_corpora),
        ("newsletters", partial(write_newsletters, size_bytes=size_bytes)),
    ):
        mail = folder / f"{name}.mbox"
        if n_messages := write(mail):
            found = _compare(mail, n_messages, folder, options.runs, options.slice, options.bs4)
            if name in ("markup", "newsletters"):
                found["stages"] = stages.measure(_first(mail, _STAGES_MB, folder / f"{name}-stages.mbox"))
            yield name, found
        else:
            print(f"{name}: the raw mail is not at hand (PIXELSTUDY_CORPORA), so it is left out")


def _compare(
    mail: Path, n_messages: int, folder: Path, runs: int, slice_mb: float | None, bs4_mb: float | None
) -> dict[str, Any]:
    python = sys.executable
    extract = [python, "-m", "pixelstudy", "extract", "MAIL", "--quiet", "--out", "OUT"]
    with ExitStack() as stack:
        ways = [
            Way("floor", [python, "-m", "benchmarks.floor", "MAIL"]),
            Way("ours, one worker", [*extract, "--jobs", "1"]),
            Way("ours, all cores", extract),
            *([Way("ours, all cores, zip", extract, is_zip=True)] if mail.with_suffix(".zip").exists() else []),
            Way("obvious pipeline", [python, "-m", "benchmarks.obvious", "MAIL", "OUT"], slice_mb),
            Way("spy-pixel-finder's rule", [python, "-m", "benchmarks.obvious", "MAIL", "OUT", "finder"], slice_mb),
            Way("ours with BeautifulSoup", [*extract, "--jobs", "1", "--engine", "bs4"], bs4_mb),
            Way("cat | base64 -d", [f"cat {_encoded(mail)} | base64 -d"], is_shell=True),
        ]
        cluster = stack.enter_context(local_cluster(folder / "dask", os.cpu_count() or 1))
        if cluster:
            ways.append(Way("ours on Dask", [*extract, "--scheduler", cluster.address]))
        for way in ways:
            _mail_for(way, mail)
        for turn in range(runs):
            for way in ways:
                out = folder / f"{mail.stem}-{turn}-{ways.index(way)}"
                words = [str({"MAIL": _mail_for(way, mail), "OUT": out}.get(word, word)) for word in way.command]
                way.spent.append(run(["sh", "-c", *words] if way.is_shell else words))
        peak_dask = cluster.peak_mb() if cluster else 0.0
    rows = {way.name: _row(way, mail, n_messages) for way in ways}
    if cluster:  # its workers are nobody's children here
        rows["ours on Dask"] |= {"peak_mb": round(peak_dask, 1), "cpu_mb_per_s": None}
    tables = folder / f"{mail.stem}-0-1"
    return {
        "megabytes": round(mail.stat().st_size / 1e6, 1),
        "n_messages": n_messages,
        "runs": runs,
        "table_bytes": sum(each.stat().st_size for each in tables.glob("*.parquet")),
        "ways": _with_ratios(rows),
    }


def _encoded(mail: Path) -> Path:
    """Return a file of as many bytes as the mailbox, all of them Base64."""
    path = mail.with_suffix(".b64")
    if not path.exists():
        with mail.open("rb") as source, path.open("wb") as target:
            for _ in range(mail.stat().st_size * 57 // 77 // _BLOCK + 1):
                target.write(encodebytes(source.read(_BLOCK)))
    return path


def _mail_for(way: Way, mail: Path) -> Path:
    """Return the mailbox that a way reads: the whole, or the first messages of it, or its zip."""
    if way.is_zip:
        return mail.with_suffix(".zip")
    if way.slice_mb is None or way.slice_mb * 1e6 >= mail.stat().st_size:
        return mail
    return _first(mail, way.slice_mb, mail.with_name(f"{mail.stem}-{way.slice_mb:g}.mbox"))


def _first(mail: Path, megabytes: float, part: Path) -> Path:
    """Return the whole mailbox, or `part` with about so many megabytes of whole messages from its start."""
    size = int(megabytes * 1e6)
    if size >= mail.stat().st_size:
        return mail
    if not part.exists():
        with mail.open("rb") as source, part.open("wb") as target:
            while (left := size - source.tell()) > _TAIL:
                target.write(source.read(min(left - _TAIL, _BLOCK)))
            data = source.read(size - source.tell())
            target.write(data[: data.rindex(b"\nFrom ") + 1])
    return part


def _row(way: Way, mail: Path, n_messages: int) -> dict[str, Any]:
    read = mail if way.is_zip else _mail_for(way, mail)  # rates are those of what is in the zip
    megabytes, whole = read.stat().st_size / 1e6, mail.stat().st_size / 1e6
    seconds = statistics.median(each.seconds for each in way.spent)
    cpu = statistics.median(each.cpu_seconds for each in way.spent)
    return {
        "megabytes": round(megabytes, 1),
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu, 3),
        "mb_per_s": round(megabytes / seconds, 2),
        "cpu_mb_per_s": round(megabytes / cpu, 2) if cpu else None,
        "messages_per_s": round(n_messages * megabytes / whole / seconds, 1),
        "peak_mb": round(max(each.peak_mb for each in way.spent), 1),
    }


def _with_ratios(rows: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the rows with what each is of the obvious pipeline and of the floor, by clock and by processor."""
    for row in rows.values():
        for name, other in (("times_obvious", rows["obvious pipeline"]), ("of_floor", rows["floor"])):
            row[name] = round(row["mb_per_s"] / other["mb_per_s"], 3)
            row[f"{name}_cpu"] = row["cpu_mb_per_s"] and round(row["cpu_mb_per_s"] / other["cpu_mb_per_s"], 3)
    return dict(rows)


def _sizes(folder: Path, sizes: Sequence[float], mail: Path | None) -> list[dict[str, float]]:
    """Return what reading so many gigabytes takes on all cores, each once; the largest is killed on the way first."""
    if mail is None:
        mail = folder / "large.mbox"
        write_newsletters(mail, int(max(sizes) * 1e9))
    rows = []
    for gigabytes in sizes:
        read = _first(mail, gigabytes * 1000, folder / "part.mbox")
        out = folder / f"out-{gigabytes:g}"
        command = [sys.executable, "-m", "pixelstudy", "extract", str(read), "--quiet", "--out", str(out)]
        spent = run(command)
        size = read.stat().st_size / 1e9
        row = {
            "gigabytes": round(size, 2),
            "seconds": round(spent.seconds, 1),
            "cpu_seconds": round(spent.cpu_seconds, 1),
            "seconds_per_gb": round(spent.seconds / size, 2),
            "cpu_seconds_per_gb": round(spent.cpu_seconds / size, 2),
            "peak_mb": round(spent.peak_mb, 1),
            "table_mb": round(sum(each.stat().st_size for each in out.glob("*.parquet")) / 1e6, 1),
        }
        if gigabytes == max(sizes):
            row |= _after_a_kill(command, out, spent.seconds / 2)
            summary = run([sys.executable, "-m", "pixelstudy", "summary", str(out)])
            row |= {"summary_seconds": round(summary.seconds, 1), "summary_peak_mb": round(summary.peak_mb, 1)}
        rows.append(row)
        (folder / "part.mbox").unlink(missing_ok=True)
    return rows


def _after_a_kill(command: Sequence[str], out: Path, seconds: float) -> dict[str, float]:
    """Return what is left to do of a run that was killed after some seconds, and whether its tables are the same."""
    whole = {path.name: pq.read_table(path) for path in out.glob("*.parquet")}
    shutil.rmtree(out)
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    spent = run(command)
    is_same = all(table.equals(pq.read_table(out / name)) for name, table in whole.items())
    return {
        "killed_after_seconds": round(seconds, 1),
        "resumed_seconds": round(spent.seconds, 1),
        "resumed_cpu_seconds": round(spent.cpu_seconds, 1),
        "is_same": is_same,
    }


if __name__ == "__main__":
    main()
