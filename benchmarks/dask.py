"""A Dask cluster of this machine: a scheduler and one worker a core, each a process of its own."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Cluster", "local_cluster"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that runs."""

    address: str
    """The scheduler's address."""

    client: Any
    """A client of it."""

    def peak_mb(self) -> float:
        """Return the peak memory of the largest worker, in MB."""
        scale = 1e6 if sys.platform == "darwin" else 1e3
        return float(max(self.client.run(_peak).values())) / scale


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@contextmanager
def local_cluster(folder: Path, n_workers: int) -> Iterator[Cluster | None]:
    """Give a cluster, or nothing where Dask is not installed; its start-up is not measured."""
    try:
        from distributed import Client
    except ImportError:
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    known = folder / "scheduler.json"
    known.unlink(missing_ok=True)
    words = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(known)]
    program = [sys.executable, "-m"]
    processes = [_started([*program, "distributed.cli.dask_scheduler", "--port", "0", *words])]
    try:
        while not known.exists():
            time.sleep(0.1)
        worker = [*program, "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *words]
        processes += [_started([*worker, "--local-directory", str(folder / str(n))]) for n in range(n_workers)]
        with Client(scheduler_file=str(known), set_as_default=False) as client:
            client.wait_for_workers(n_workers, timeout=60)
            yield Cluster(client.scheduler.address, client)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
