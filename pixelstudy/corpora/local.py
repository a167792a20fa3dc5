"""Corpora that users may have themselves: read on this machine, never fetched, never released.

They are listed in the ``[[local]]`` tables of ``corpora.toml``. Their raw mail is searched for in the same folders as
that of the public corpora (:func:`~pixelstudy.corpora.catalogue.raw_folders`), and their tables go only to
``data/private/corpora/<name>/``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path

from pixelstudy.corpora.catalogue import raw_folders
from pixelstudy.errors import UserError
from pixelstudy.extraction.run import Run, extract
from pixelstudy.mail.boxes.folders import File, file_at
from pixelstudy.mail.boxes.mailbox import Mailbox, describe, files_at
from pixelstudy.mail.populations import Population
from pixelstudy.mail.raw import Skipped

__all__ = ["LocalCorpus", "build_local", "local_corpora", "local_folder", "local_mailboxes", "local_tables"]

_LABELS: dict[str, Population] = {"ham": "received", "spam": "spam"}


@dataclass(frozen=True, slots=True)
class LocalCorpus:
    """A corpus that a user may have."""

    name: str
    """Its name, which is also the name of its folder."""

    title: str
    """What it is."""

    origin: str
    """The web address of its publisher."""

    asks: str
    """What the publisher asks of users."""

    put: str
    """What to put into its folder."""

    index: str = ""
    """The path of the file that says which messages are spam, if there is one. Its lines are like ``ham
    ../data/inmail.1``, with paths relative to its folder."""

    reads: str = ""
    """The pattern of the files to read, if there is no index."""

    leaves_out: str = ""
    """The name of a file to leave out because a public corpus already has it."""

    solicited: bool = False
    """Whether the makers of the corpus signed up for every message."""


@cache
def local_corpora() -> tuple[LocalCorpus, ...]:
    """Return every such corpus, in the order of ``corpora.toml``."""
    listed = tomllib.loads(package_files("pixelstudy.corpora").joinpath("corpora.toml").read_text(encoding="utf-8"))
    return tuple(LocalCorpus(**entry) for entry in listed["local"])


def local_folder(corpus: LocalCorpus) -> Path | None:
    """Return the folder with its raw mail on this machine; nothing if there is none."""
    for folder in raw_folders():
        place = folder / corpus.name
        if (place / corpus.index).is_file() if corpus.index else any(_read_files(place, corpus)):
            return place
    return None


def local_tables(corpus: LocalCorpus, home: Path) -> Path:
    """Return the folder of its tables, which git ignores."""
    return home / "data" / "private" / "corpora" / corpus.name


def build_local(corpus: LocalCorpus, home: Path, *, progress: Callable[[int], None] | None = None) -> Run:
    """Return the run that extracted the corpus into :func:`local_tables`.

    Raises
    ------
    UserError
        If the corpus is not on this machine, or its index can't be read.
    """
    mailboxes = local_mailboxes(corpus)
    return extract(
        [mailbox for mailbox, _ in mailboxes],
        local_tables(corpus, home),
        population=[population for _, population in mailboxes],
        progress=progress,
    )


def local_mailboxes(corpus: LocalCorpus) -> list[tuple[Mailbox, Population | None]]:
    """Return its mailboxes, each with the population of all its messages; ``None`` if the messages decide."""
    folder = local_folder(corpus)
    if folder is None:
        raise UserError(f"{corpus.name} is not in {' or '.join(str(each / corpus.name) for each in raw_folders())}")
    if not corpus.index:
        return [(_mailbox(folder, tuple(_read_files(folder, corpus))), None)]
    labelled = list(_labelled(folder, folder / corpus.index))
    if not any(isinstance(file, File) for _, file in labelled):
        raise UserError(f"{folder / corpus.index} names no file that is there; unpack the corpus again")
    of = {label: tuple(file for own, file in labelled if own == label) for label in _LABELS}
    return [(_mailbox(folder, files), _LABELS[label]) for label, files in of.items() if files]


def _mailbox(folder: Path, files: tuple[File | Skipped, ...]) -> Mailbox:
    return Mailbox(str(folder), files, describe(files, is_folder=True), is_folder=True)


def _read_files(folder: Path, corpus: LocalCorpus) -> Iterator[File]:
    """Yield the files of a corpus without an index."""
    if folder.is_dir():
        for file in files_at(str(folder))[0]:
            name = Path(file.origin).name
            if isinstance(file, File) and Path(name).match(corpus.reads) and name != corpus.leaves_out:
                yield file


def _labelled(folder: Path, index: Path) -> Iterator[tuple[str, File | Skipped]]:
    """Yield the label and the file of each line of an index."""
    home = folder.resolve()
    for number, line in enumerate(index.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        label, _, named = line.strip().partition(" ")
        path = (index.parent / named.strip()).resolve()
        if label.lower() not in _LABELS or not named or not path.is_relative_to(home):
            raise UserError(f"{index}, line {number}: not `ham` or `spam` and a path within {folder}; get it again")
        origin = path.relative_to(home).as_posix()
        try:
            yield label.lower(), file_at(str(path), origin=origin)
        except OSError:
            yield label.lower(), Skipped(origin, 0, "unreadable", "named in the index, but not there")
