"""The catalogue of public corpora: where each comes from, its checksums, and how to get it.

The catalogue is ``corpora.toml``. Raw mail is searched for in ``$PIXELSTUDY_CORPORA/<name>/``, then in
``data/raw/<name>/``, where :func:`pixelstudy.corpora.fetch.fetch` puts it.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import tarfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from pixelstudy.corpora.packing import contents_digest, read_mbox, read_members
from pixelstudy.errors import UserError
from pixelstudy.storage.home import project_folder

__all__ = [
    "Corpus",
    "CorpusFile",
    "CorpusSet",
    "GitFolder",
    "NpmPackage",
    "corpora",
    "find_corpus",
    "is_whole",
    "locate",
    "raw_folder",
    "raw_folders",
    "sha256_of",
]


@dataclass(frozen=True, slots=True)
class GitFolder:
    """Messages in a git repository."""

    url: str
    """The address of the repository."""

    commit: str
    """The commit."""

    folder: str = ""
    """The folder whose files are the messages; empty for a public-inbox repository, in which the file ``m`` of each
    commit is a message."""


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file of a corpus, as stored on this machine."""

    path: str
    """Its path in the folder of the corpus."""

    sha256: str
    """Its checksum."""

    members: str = ""
    """For an archive packed by this library: the pattern of its members' names; each member is a message."""

    url: str = ""
    """The address to download it from, if there is a stable one."""

    url_sha256: str = ""
    """The checksum of the download, if that is an archive to be repacked."""

    npm_members: str = ""
    """The pattern of its messages' names in the npm package of the corpus."""

    git: GitFolder | None = None
    """The git repository that it is packed from."""

    contents: str = ""
    """The :func:`~pixelstudy.corpora.packing.contents_digest` of its messages, if it is packed from a git repository;
    its own checksum depends on the version of xz."""


@dataclass(frozen=True, slots=True)
class CorpusSet:
    """The part of a corpus that is read and counted as one mailbox."""

    name: str
    """Its name, unique among all sets."""

    path: str
    """The mailbox to open, in the folder of the corpus."""

    messages: int
    """How many messages it has, including copies of the same message."""

    years: tuple[int, int]
    """The first and last year in which its messages were received."""

    about: str
    """What kind of mail it is."""

    population: str | None = None
    """The population of all its messages; ``None`` if the labels in the mailbox decide."""

    solicited: bool = False
    """Whether the makers of the corpus signed up for every message, even for those that a provider calls spam."""

    others: int = 0
    """How many of its files are not messages."""


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """An npm package that contains a corpus."""

    package: str
    """Its name."""

    version: str
    """Its version."""

    sha256: str
    """The checksum of its tarball."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Mail that somebody published.

    Examples
    --------
    >>> find_corpus("markup").messages
    448
    """

    name: str
    """Its name, here and in file names."""

    title: str
    """A line that describes it."""

    origin: str
    """The web address of its publisher."""

    terms: str
    """The terms under which it is published, as found there."""

    by_hand: str
    """How to get it by hand, for ``--from``."""

    files: tuple[CorpusFile, ...]
    """Every file, with its checksum."""

    sets: tuple[CorpusSet, ...]
    """The sets that are read from the files."""

    notes: tuple[str, ...] = ()
    """What readers of its figures should know."""

    commit: str = ""
    """The commit, if the origin is a repository."""

    npm: NpmPackage | None = None
    """An npm package that also contains it."""

    is_private: bool = False
    """Whether it is one person's mailbox, so that its released tables name no sender."""

    @property
    def messages(self) -> int:
        """How many messages its sets have."""
        return sum(one.messages for one in self.sets)


@cache
def corpora() -> tuple[Corpus, ...]:
    """Return every corpus, in the order of ``corpora.toml``."""
    listed = tomllib.loads(package_files("pixelstudy.corpora").joinpath("corpora.toml").read_text(encoding="utf-8"))
    return tuple(
        Corpus(
            **{key: value for key, value in entry.items() if key not in ("files", "sets", "notes", "npm")},
            files=tuple(_file(one) for one in entry["files"]),
            sets=tuple(CorpusSet(**(one | {"years": tuple(one["years"])})) for one in entry["sets"]),
            notes=tuple(entry["notes"]),
            npm=NpmPackage(**entry["npm"]) if "npm" in entry else None,
        )
        for entry in listed["corpora"]
    )


def _file(entry: dict[str, Any]) -> CorpusFile:
    return CorpusFile(**(entry | ({"git": GitFolder(**entry["git"])} if "git" in entry else {})))


def find_corpus(name: str) -> Corpus:
    """Return the corpus of that name; raise a :class:`UserError` that lists all names if there is none."""
    for corpus in corpora():
        if corpus.name == name:
            return corpus
    raise UserError(f"there is no corpus {name!r}; choose from: {', '.join(one.name for one in corpora())}")


def raw_folder() -> Path:
    """Return the folder for fetched raw mail, with a folder for each corpus; in a clone, git ignores it."""
    return project_folder() / "data" / "raw"


def raw_folders() -> tuple[Path, ...]:
    """Return the folders in which raw mail is searched for: ``$PIXELSTUDY_CORPORA``, then :func:`raw_folder`."""
    named = os.environ.get("PIXELSTUDY_CORPORA")
    return (Path(named), raw_folder()) if named else (raw_folder(),)


def locate(name: str, *, folders: Iterable[Path] | None = None) -> tuple[tuple[CorpusSet, Path], ...]:
    """Return each set of the corpus, with the path of its mailbox on this machine.

    Parameters
    ----------
    folders
        Where to look, in this order; by default :func:`raw_folders`.

    Raises
    ------
    UserError
        If a file of the corpus is missing or does not have the checksum in the catalogue.
    """
    corpus = find_corpus(name)
    places = [folder / corpus.name for folder in (raw_folders() if folders is None else folders)]
    for place in places:
        if all((place / file.path).is_file() for file in corpus.files):
            for file in corpus.files:
                is_whole(place / file.path, file)
            return tuple((one, place / one.path) for one in corpus.sets)
    raise UserError(
        f"the raw mail of {name} is not in {' or '.join(map(str, places))}: run `pixelstudy corpora fetch {name}`, "
        "or name a folder that holds it in PIXELSTUDY_CORPORA"
    )


def is_whole(path: Path, file: CorpusFile) -> bool:
    """Return whether the file exists; raise a :class:`UserError` if its content is not that of the catalogue."""
    if not path.exists():
        return False
    found = sha256_of(path)
    if found != file.sha256 and not (file.contents and _contents_of(path, file) == file.contents):
        raise UserError(
            f"{path} is not the expected file (SHA-256 {found}, not {file.sha256}): move it away and fetch it again"
        )
    return True


def _contents_of(path: Path, file: CorpusFile) -> str:
    try:
        return contents_digest(read_members(path, file.members).items() if file.members else read_mbox(path))
    except (OSError, EOFError, tarfile.TarError, lzma.LZMAError):
        return "damaged"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
