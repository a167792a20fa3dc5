"""Whole processes, measured: wall clock, processor time of all their children too, and memory of the largest."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Spent", "run"]

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took."""

    seconds: float
    """Wall clock, start-up included."""

    cpu_seconds: float
    """Processor time of the process and of those that it waited for."""

    peak_mb: float
    """Peak memory of the largest of them, in MB."""


def run(command: Sequence[str], *, is_shell: bool = False) -> Spent:
    """Return what `command` took; the benchmark ends where it fails."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    shown = command[-1] if is_shell else " ".join(command[:5])
    # A process of its own in between: the peak that the system keeps is that of the largest child there ever was.
    measured = [sys.executable, "-c", _MEASURE, *command]
    done = subprocess.run(measured, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{shown} … ended with status {done.returncode}: {done.stderr[-500:]}")
    peak = float(done.stderr.splitlines()[-1]) / (1e6 if sys.platform == "darwin" else 1e3)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(seconds, cpu, peak)


_MEASURE = """
import os, resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
sys.stderr.write("\\n%d\\n" % resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""
