"""From mailboxes to tables, in parts that any process can read.

A run has three steps. The mailbox is cut into parts; each part is read, judged and written to Parquet files of its own
(:mod:`.parts`); the parts are joined in order, duplicates are counted (:mod:`.join`), and the tables are moved into
place. The parts stay in ``.parts`` beside them. So a run that was interrupted, or one of a mailbox that grew, reads
only what is missing (:mod:`.resume`) and still ends with the tables of a run from scratch.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pixelstudy import __version__
from pixelstudy.errors import UserError
from pixelstudy.extraction.join import Counts, join_parts
from pixelstudy.extraction.parquet import read_parquet
from pixelstudy.extraction.parts import Task
from pixelstudy.extraction.resume import part_name
from pixelstudy.extraction.workers import run_tasks
from pixelstudy.mail.boxes.mailbox import Mailbox, open_mailbox
from pixelstudy.mail.populations import Population
from pixelstudy.mail.raw import DAMAGE
from pixelstudy.pixels.html import Engine
from pixelstudy.storage.places import Place, RemotePath, is_within, move, place, remove_tree, whole_file
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED

__all__ = ["PART_BYTES", "Counts", "Run", "code_digest", "extract", "read_run"]

PART_BYTES = 16 << 20
"""About how much of a mailbox a worker reads at once, and at most has to read again after an interruption."""

MailboxSource = str | os.PathLike[str] | RemotePath | Mailbox
"""A mailbox: its path or address, or what ``open_mailbox`` returned."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Run:
    """One extraction, as in ``run.json``."""

    version: str
    """The version of pixelstudy."""

    arguments: Mapping[str, Any]
    """The arguments: mailboxes, engine, population, salvage."""

    size_bytes: int
    """The size of the mailboxes on disk."""

    fingerprint: str
    """A digest of the mailboxes, the arguments and the code."""

    counts: Counts
    """What became of what was read."""


def extract(
    mailboxes: MailboxSource | Sequence[MailboxSource],
    out: str | os.PathLike[str] | RemotePath,
    *,
    jobs: int | None = None,
    engine: Engine = "fast",
    population: Population | Sequence[Population | None] | None = None,
    salvage: bool = False,
    executor: Executor | None = None,
    progress: Progress | None = None,
    part_bytes: int = PART_BYTES,
) -> Run:
    """Read mailboxes and write ``messages``, ``resources`` and ``skipped`` as Parquet, and ``run.json``, into `out`.

    Parameters
    ----------
    mailboxes
        A path that :func:`~pixelstudy.mail.boxes.mailbox.open_mailbox` can open, or what it returned; or several.
    out
        A folder or its address; created if missing. A finished run of the same mailboxes with the same arguments is
        left as it is.
    jobs
        How many worker processes to use; by default one for each core.
    engine
        ``fast``, or ``bs4`` for BeautifulSoup.
    population
        The population of all messages, or of those of each mailbox, if known; otherwise each message says it.
    salvage
        Whether to read what is left of a damaged file. In a folder this is always done.
    executor
        Reads the parts instead of worker processes of this machine. It must see the same paths, or open the same
        addresses.
    progress
        Called with the number of bytes read since the last call.
    part_bytes
        About how large a part is.

    Raises
    ------
    UserError
        When a mailbox can't be opened or is damaged, or `out` can't be written; nothing is written then.

    Examples
    --------
    >>> import pixelstudy as ps, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mail = pathlib.Path(folder, "a.eml")
    ...     n_bytes = mail.write_bytes(b"From: shop@example.com")
    ...     ps.extract(mail, f"{folder}/tables").counts.n_kept
    1
    """
    if isinstance(mailboxes, (str, os.PathLike, RemotePath, Mailbox)):
        mailboxes = [mailboxes]
    opened = [each if isinstance(each, Mailbox) else open_mailbox(each) for each in mailboxes]
    if not opened:
        raise UserError("no mailbox was named; name at least one")
    folder = place(out)
    _refuse_inside(folder, opened)
    names = _names(opened)
    populations = [population] * len(opened) if population is None or isinstance(population, str) else list(population)
    arguments = {"mailboxes": names, "engine": engine, "population": populations, "salvage": salvage}
    fingerprint = _digest(code_digest(), arguments, [mailbox.fingerprint() for mailbox in opened])
    size_bytes = sum(mailbox.size_bytes for mailbox in opened)
    done = read_run(folder)
    if done is not None and done.fingerprint == fingerprint:
        if progress:
            progress(size_bytes)
        return done
    with _writing(folder):
        made = [each for each in (folder, *folder.parents) if not each.exists()]
    work = folder / _PARTS
    tasks_of = [
        _tasks(mailbox, belongs, _renamed(mailbox, name, is_one=len(opened) == 1), work, engine, part_bytes)
        for name, mailbox, belongs in zip(names, opened, populations, strict=True)
    ]
    tasks = [task for own in tasks_of for task in own]
    with _writing(folder, made):
        _make_work_folder(work, {task.name for task in tasks})
    if any(isinstance(each, RemotePath) and each.is_in_memory for each in (folder, *(box.path for box in opened))):
        jobs = 1
    report = progress or (lambda _size: None)
    with (
        _writing(folder),
        closing(run_tasks(tasks, jobs=jobs or os.cpu_count() or 1, executor=executor, progress=report)) as read,
    ):
        counts = join_parts(read, work)
        if not salvage and (damaged := _damaged(opened, tasks_of)):
            _remove(folder, made)
            raise UserError(damaged)
        run = Run(__version__, arguments, size_bytes, fingerprint, counts)
        (folder / _RUN).unlink(missing_ok=True)  # from here until the end, the folder has no finished run
        for table in (MESSAGES, RESOURCES, SKIPPED):
            move(work / f"{table.name}.parquet", folder / f"{table.name}.parquet")
        with whole_file(work / _RUN) as file:
            file.write((json.dumps(asdict(run), indent=2) + "\n").encode())
        move(work / _RUN, folder / _RUN)
    return run


def read_run(folder: str | os.PathLike[str] | RemotePath) -> Run | None:
    """Return the finished run in `folder`, or `None` if there is no run there or a table of it is missing."""
    folder = place(folder)
    try:
        found = json.loads((folder / _RUN).read_text(encoding="utf-8"))
        run = Run(**{**found, "counts": Counts(**found["counts"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    is_whole = all((folder / f"{table.name}.parquet").is_file() for table in (MESSAGES, RESOURCES, SKIPPED))
    return run if is_whole else None


_RUN = "run.json"
_PARTS = ".parts"


def _refuse_inside(folder: Place, mailboxes: Sequence[Mailbox]) -> None:
    for mailbox in mailboxes:
        if is_within(folder, place(mailbox.path)):
            raise UserError(f"{folder} is inside the mailbox {mailbox.path}; choose a folder outside of it with --out")


def _names(mailboxes: Sequence[Mailbox]) -> list[str]:
    """Return a short, distinct name for each mailbox, without its path, which must not leave this machine."""
    names: list[str] = []
    for mailbox in mailboxes:
        name = _own_name(mailbox)
        number = 1
        while name in names:
            number += 1
            name = f"{_own_name(mailbox)} ({number})"
        names.append(name)
    return names


def _own_name(mailbox: Mailbox) -> str:
    return place(mailbox.path).resolve().name or "mailbox" if mailbox.is_folder else mailbox.files[0].origin


def _renamed(mailbox: Mailbox, name: str, *, is_one: bool) -> tuple[str, str]:
    """Return how the origins of a mailbox start, and the start that tells them from those of other mailboxes."""
    if not mailbox.is_folder:
        return mailbox.files[0].origin, name
    return ("", "") if is_one else ("", f"{name}/")


@cache
def code_digest() -> str:
    """Return a digest of the package and its parsers; when it changes, a finished run is out of date."""
    package = Path(__file__).parents[1]
    files = sorted(path for path in package.rglob("*") if path.suffix in {".py", ".csv", ".toml"})
    parsers = [version(name) for name in _PARSERS]
    return _digest(parsers, [hashlib.sha256(path.read_bytes()).hexdigest() for path in files])


_PARSERS = (
    "beautifulsoup4", "can-ada", "fast-mail-parser", "html5lib", "mmh3", "pyahocorasick", "tinycss2", "tldextract",
    "turbohtml",
)  # fmt: skip


def _digest(*asked: object) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


@contextmanager
def _writing(folder: Place, made: Sequence[Place] = ()) -> Iterator[None]:
    """Turn errors on writing within this into a :exc:`UserError`, and remove the folders `made`."""
    try:
        yield
    except OSError as error:
        if made:
            _remove(folder, made)
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        way = "make room, then run the same command again to resume" if is_full else "choose another folder with --out"
        raise UserError(f"{folder} can't be written: {error.strerror or error}; {way}") from None


def _tasks(
    mailbox: Mailbox,
    population: Population | None,
    renamed: tuple[str, str],
    work: Place,
    engine: Engine,
    part_bytes: int,
) -> list[Task]:
    """Return a task for each part of a mailbox."""
    asked = (code_digest(), engine, population, renamed)
    return [
        Task(part_name(part, *asked), part, work, engine, population, renamed) for part in mailbox.parts(part_bytes)
    ]


def _make_work_folder(work: Place, names: Container[str]) -> None:
    """Create the folder of the parts, and remove half-written files and parts that are not in `names`."""
    work.mkdir(parents=True, exist_ok=True)
    for path in work.iterdir():
        name, _, rest = path.name.partition(".")
        if name.partition("-")[0] not in names or rest.endswith(".partial"):
            path.unlink(missing_ok=True)


def _remove(folder: Place, made: Sequence[Place]) -> None:
    """Remove the parts, and those of the folders `made` that are empty."""
    remove_tree(folder / _PARTS)
    for each in made:
        with suppress(OSError):
            each.rmdir()


def _damaged(mailboxes: Sequence[Mailbox], tasks_of: Sequence[Sequence[Task]]) -> str | None:
    """Return a message about the first named file that breaks off; in folders, such files are rows."""
    for mailbox, own in zip(mailboxes, tasks_of, strict=True):
        if mailbox.is_folder:
            continue
        read = [batch for task in own for batch in task.batches()]
        rows = [row for task in read for row in read_parquet(task.path(SKIPPED)).to_pylist()]
        broken = next((row for row in rows if row["reason"] in DAMAGE and row["origin"] == own[0].renamed[1]), None)
        if broken:
            n = sum(read_parquet(task.path(MESSAGES), ["message_key"]).num_rows for task in read)
            what = "cut off" if broken["reason"] == "truncated" else "damaged"
            return (
                f"{mailbox.path} is {what} after {n:,} whole message{'s' * (n != 1)}: get it again, or read what is "
                "left with --salvage"
            )
    return None
