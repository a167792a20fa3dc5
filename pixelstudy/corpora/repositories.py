"""Read messages from git repositories at a commit, with the git client and without a checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from pixelstudy.corpora.catalogue import CorpusFile, GitFolder
from pixelstudy.corpora.packing import pack, pack_mbox
from pixelstudy.errors import UserError

__all__ = ["fetch_commit", "has_commit", "pack_from"]


def fetch_commit(source: GitFolder, repository: Path) -> None:
    """Fetch the commit into a new bare repository, with the commits before it if the messages are spread over them."""
    _git(repository, "init", "--quiet", "--bare")
    depth = ("--depth=1",) if source.folder else ()
    _git(repository, "fetch", "--quiet", "--no-tags", *depth, source.url, source.commit)


def has_commit(repository: Path, commit: str) -> bool:
    """Return whether the folder is a git repository with the commit."""
    return _run(repository, "cat-file", "-e", f"{commit}^{{commit}}").returncode == 0


def pack_from(repository: Path, source: GitFolder, path: Path, file: CorpusFile) -> None:
    """Write the file of a corpus from a repository with the commit."""
    if not source.folder:
        commits = _git(repository, "rev-list", "--reverse", source.commit).decode().split()
        pack_mbox(filter(None, _objects(repository, [f"{one}:m" for one in commits])), path, contents=file.contents)
        return
    listed = _git(repository, "ls-tree", "-r", "-z", f"{source.commit}:{source.folder}").split(b"\0")
    entries = [entry.split(b"\t", 1) for entry in listed if entry.startswith(b"100")]  # files, without links
    home = PurePosixPath(file.members).parent
    names = [str(home / name.decode("utf-8", "surrogateescape")) for _, name in entries]
    found = zip(names, _objects(repository, [what.split()[2].decode() for what, _ in entries]), strict=True)
    messages = {name: data for name, data in found if data is not None and fnmatch(name, file.members)}
    pack(messages, path, sha256=file.sha256, contents=file.contents)


def _objects(repository: Path, names: Sequence[str]) -> Iterator[bytes | None]:
    """Yield the content of each file in the repository; ``None`` if there is no such file."""
    answer = memoryview(_git(repository, "cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode()))
    at = 0
    for _ in names:
        end = at + bytes(answer[at : at + 4096]).index(b"\n")
        fields = bytes(answer[at:end]).split()  # name or checksum, type and size, or just the name and "missing"
        at = end + 1
        if fields[-1] == b"missing":
            yield None
            continue
        size = int(fields[-1])
        yield bytes(answer[at : at + size])
        at += size + 1


def _git(repository: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Return the output of git; raise a :class:`UserError` with its last line if it fails."""
    run = _run(repository, *arguments, stdin=stdin)
    if run.returncode:
        last = (run.stderr.decode("utf-8", "replace").strip().splitlines() or ["it printed nothing"])[-1]
        raise UserError(f"`git {arguments[0]}` failed ({last})")
    return run.stdout


def _run(repository: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    client = shutil.which("git")
    if client is None:
        raise UserError("git, which reads the repository of this corpus, is not installed")
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = [client, "-C", str(repository), *arguments]
    return subprocess.run(command, input=stdin, env=environment, capture_output=True, check=False)  # noqa: S603
