"""``make bench``: whole processes side by side, start-up included, in turn; medians and ratios.

Every way reads the same generated newsletters. Quote the ratios: seconds are this machine's, today.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.newsletters import write_newsletters

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure, print the table, and write ``data/results/benchmark.json``."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("--megabytes", type=int, default=48, help="how much mail to generate")
    asked.add_argument("--runs", type=int, default=3, help="counted runs of each way")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mbox = Path(folder) / "newsletters.mbox"
        n_messages = write_newsletters(mbox, options.megabytes << 20)
        rows = _measure(mbox, n_messages, options.runs, Path(folder))
    print(f"{n_messages:,} generated newsletters, {options.megabytes} MB, {os.cpu_count()} cores\n")
    print(f"{'':26} {'seconds':>8} {'MB/s':>7} {'peak MB':>8} {'x obvious':>10} {'of floor':>9}")
    for name, row in rows.items():
        print(
            f"{name:26} {row['seconds']:8.1f} {row['mb_per_s']:7.1f} {row['peak_mb']:8.0f} "
            f"{row['times_obvious']:10.1f} {row['of_floor']:9.2f}"
        )
    path = ROOT / "data" / "results" / "benchmark.json"
    path.write_text(json.dumps({"megabytes": options.megabytes, "ways": rows}, indent=1) + "\n", encoding="utf-8")


def _measure(mbox: Path, n_messages: int, runs: int, folder: Path) -> dict[str, dict[str, float]]:
    extract = [sys.executable, "-m", "pixelstudy", "extract", str(mbox), "--quiet", "--out"]
    ways = {
        "floor": [sys.executable, "-m", "benchmarks.floor", str(mbox)],
        "ours, one worker": [*extract, "OUT", "--jobs", "1"],
        "ours, all cores": [*extract, "OUT"],
        "obvious pipeline": [sys.executable, "-m", "benchmarks.obvious", str(mbox), str(folder / "obvious.parquet")],
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    peaks: dict[str, list[float]] = {name: [] for name in ways}
    for run in range(runs):
        for name, command in ways.items():
            out = folder / f"out-{run}-{name.replace(' ', '-')}"
            spent, peak = _run([str(out) if word == "OUT" else word for word in command])
            seconds[name].append(spent)
            peaks[name].append(peak)
    megabytes = mbox.stat().st_size / 1e6
    median = {name: statistics.median(values) for name, values in seconds.items()}
    return {
        name: {
            "seconds": round(median[name], 3),
            "mb_per_s": round(megabytes / median[name], 2),
            "messages_per_s": round(n_messages / median[name], 1),
            "peak_mb": round(max(peaks[name]), 1),
            "times_obvious": round(median["obvious pipeline"] / median[name], 2),
            "of_floor": round(median["floor"] / median[name], 3),
        }
        for name in ways
    }


def _run(command: list[str]) -> tuple[float, float]:
    """Return the wall seconds of a command and the peak memory, in MB, of its largest process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command[:4])} … ended with status {os.waitstatus_to_exitcode(status)}")
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return time.perf_counter() - start, usage.ru_maxrss / scale


if __name__ == "__main__":
    main()
