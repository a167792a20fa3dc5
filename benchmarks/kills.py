"""``make kills``: an extraction that is killed again and again ends with the tables of one that was left alone.

A mailbox is generated and read undisturbed; then it is read anew, and the run, one of its workers, or both are killed
or interrupted at random moments, the same ones for the same seed as far as a clock goes. In the end it is left alone,
and the files are compared byte by byte.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.newsletters import write_newsletters

__all__ = ["command", "digests", "is_tracker", "kill_and_resume", "started", "workers_of", "zipped"]

ROOT = Path(__file__).resolve().parent.parent
WAYS = ("kill the run", "kill a worker", "interrupt")


def command(mailbox: Path, out: Path, *, part_bytes: int | None = None, is_spawned: bool = False) -> list[str]:
    """Return a command that extracts `mailbox` with two workers, in parts of another size or with spawned workers."""
    if part_bytes is None:
        return [
            sys.executable,
            "-m",
            "pixelstudy",
            "extract",
            str(mailbox),
            "--out",
            str(out),
            "--jobs",
            "2",
            "--quiet",
        ]
    code = (
        "from pixelstudy import cli; from pixelstudy.extraction import workers\n"
        "if __name__ == '__main__':\n with workers.quick_start():\n  from pixelstudy.extraction import run\n"
        f" run.extract.__kwdefaults__['part_bytes'] = {part_bytes}\n"
        f" if {is_spawned}: workers._way_to_start = lambda: 'spawn'\n"
        " cli.main()"
    )
    return [sys.executable, "-c", code, *command(mailbox, out)[3:]]


def zipped(mailbox: Path) -> Path:
    """Return a zip beside `mailbox` that holds it."""
    path = mailbox.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(mailbox, mailbox.name)
    return path


def started(words: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """Return a process in a session of its own, which an interrupt reaches also where this one is in the background."""
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(words, cwd=ROOT, start_new_session=True, preexec_fn=heard, **options)


def digests(out: Path) -> dict[str, str]:
    """Return a digest of each file of a finished run."""
    names = ("messages.parquet", "resources.parquet", "skipped.parquet", "run.json")
    return {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in names}


def workers_of(session: int) -> list[int]:
    """Return the processes of a session but its first, as ``/proc`` shows them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z" and int(path.parent.name) != session:
            found.append(int(path.parent.name))
    return found


def is_tracker(pid: int) -> bool:
    """Return whether a process is the one of Python's that only tidies up."""
    try:
        return b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True


def kill_and_resume(
    words: Sequence[str], out: Path, *, n_kills: int, longest: float, random: Random, say: bool = False
) -> list[tuple[str, int, int]]:
    """Start a command and kill it, `n_kills` times; then let it end. Return how, the exit status, what lingered.

    A run that ended before its moment counts for nothing: the next one starts from nothing, and is disturbed sooner.

    Parameters
    ----------
    words
        The command.
    out
        Where it writes.
    n_kills
        How many times it is disturbed.
    longest
        The latest moment, in seconds from the start.
    random
        Gives moments and ways.
    say
        Whether to print each.
    """
    told: list[tuple[str, int, int]] = []
    while len(told) < n_kills:
        way, moment = random.choice(WAYS), random.uniform(0, longest)
        child = started(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(moment)
        others = [pid for pid in workers_of(child.pid) if not is_tracker(pid)]
        target = random.choice(others) if way == "kill a worker" and others else child.pid
        with suppress(ProcessLookupError):
            os.kill(target, signal.SIGINT if way == "interrupt" else signal.SIGKILL)
        _, complaint = child.communicate(timeout=600)
        if b"Fatal Python error: init" in complaint:
            continue  # Python itself was not up yet
        if child.returncode == 0:
            shutil.rmtree(out)
            longest = 0.8 * moment
            continue
        until = time.monotonic() + 20
        while (lingering := len(workers_of(child.pid))) and time.monotonic() < until:
            time.sleep(0.05)
        told.append((way, child.returncode, lingering))
        if say:
            print(f"{way:14} after {moment:6.2f} s: status {child.returncode}, {lingering} processes left", flush=True)
    subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return told


def main() -> None:
    """Generate, read, kill, resume, compare; exit 1 where a file differs or a process lingers."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    asked.add_argument("--megabytes", type=int, default=1000)
    asked.add_argument("--kills", type=int, default=10)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--zip", action="store_true", help="read the mailbox from a zip")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mailbox, random = Path(folder) / "newsletters.mbox", Random(options.seed)
        n_messages = write_newsletters(mailbox, options.megabytes * 10**6, seed=options.seed)
        mailbox = zipped(mailbox) if options.zip else mailbox
        start = time.monotonic()
        subprocess.run(command(mailbox, Path(folder) / "alone"), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        alone = time.monotonic() - start
        print(f"{n_messages:,} messages, {options.megabytes} MB; left alone it takes {alone:.1f} s", flush=True)
        words = command(mailbox, Path(folder) / "killed")
        told = kill_and_resume(
            words, Path(folder) / "killed", n_kills=options.kills, longest=alone / 5, random=random, say=True
        )
        whole, killed = digests(Path(folder) / "alone"), digests(Path(folder) / "killed")
        differ = [name for name in killed if killed[name] != whole[name]]
        lingering = sum(left for _, _, left in told)
    print(f"{', '.join(differ) or 'no file'} differs from those of the run left alone; {lingering} processes lingered")
    sys.exit(1 if differ or lingering else 0)


if __name__ == "__main__":
    main()
