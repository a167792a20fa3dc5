"""public-inbox: list archives that are git repositories, in which each commit has one message in a file ``m``.

They are read by ``git``, if installed, from the newest commit on, without a checkout and one message at a time. A
commit with a file ``d`` deletes a message from the archive: it is a row, and what was deleted is in an earlier commit.
A folder is such a repository if it has ``HEAD``, ``objects`` and ``refs`` (public-inbox keeps them in ``git/0.git``,
``git/1.git`` …), or if it is a checkout with nothing but ``m`` or ``d`` beside ``.git``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

from pixelstudy.mail.raw import BLOCK_BYTES, MESSAGE_LIMIT, Skipped, Source, source_of
from pixelstudy.storage.places import RemotePath

__all__ = ["fits", "is_repository", "labels_of_repository", "members", "state_of"]

_HEAD = re.compile(rb"(?:ref: refs/[^\s]{1,1000}|[0-9a-f]{40}|[0-9a-f]{64})\s*\Z")
_CHECKED_OUT = frozenset({".git", "m", "d"})
_EPOCH = re.compile(r"(?:\A|/)(?:(?:git/)?\d+|all)?\.git\Z")
_NO_GIT = "a git repository, which needs git: install it and run this again"
_NOT_AWAY = "a git repository, which git can only read from a local disk: copy it here first, and name the copy"
_NO_MAIL = "a git repository without messages in files called m"
_LOOK_COMMITS = 1_000
_DELETED = "from the archive, by a commit with a file d"


def is_repository(names: Collection[str]) -> bool:
    """Return whether a folder with these names in it is a git repository, or a checkout of one of public-inbox.

    >>> is_repository({"HEAD", "objects", "refs", "config"}), is_repository({".git", "m"}), is_repository({".git", "a"})
    (True, True, False)
    """
    return {"HEAD", "objects", "refs"} <= set(names) or (".git" in names and _CHECKED_OUT.issuperset(names))


def labels_of_repository(folder: str) -> tuple[str, ...]:
    """Return the labels of the messages in a repository: its folders, without those that public-inbox makes.

    >>> labels_of_repository("lists/tea/git/0.git"), labels_of_repository("tea.git"), labels_of_repository("tea/.git")
    (('lists', 'tea'), ('tea',), ('tea',))
    """
    return tuple(name for name in _EPOCH.sub("", folder).removesuffix(".git").split("/") if name)


def state_of(head: str) -> tuple[int, int]:
    """Return the size of the repository with the file `head`, and when a branch or object in it was last written."""
    folder = Path(head).parent
    size = newest = 0
    for part in ("HEAD", "packed-refs", "refs", "objects"):
        for path in [folder / part, *(folder / part).rglob("*")]:
            try:
                status = path.stat()
            except OSError:
                continue
            size += status.st_size * path.is_file()
            newest = max(newest, status.st_mtime_ns)
    return size, newest


def fits(head: bytes) -> bool:
    """Return whether `head` is all of the file HEAD of a git repository."""
    return _HEAD.match(head) is not None


def members(source: Source) -> Iterator[Source | Skipped]:
    """Yield the messages in the commits of a repository, and a row for each deletion; `source` is its file HEAD."""
    program = shutil.which("git")
    if isinstance(source.path, RemotePath):
        yield Skipped(source.origin, 0, "unsupported", _NOT_AWAY)
    elif source.path is None or not Path(source.path).with_name("objects").is_dir():
        yield Skipped(source.origin, 0, "not mail", "the name of a commit or branch")
    elif program is None:
        yield Skipped(source.origin, 0, "unsupported", _NO_GIT)
    else:
        # The configuration of a repository from elsewhere must neither run a program nor reach a network.
        command = [program, "--no-replace-objects", "-c", "safe.directory=*", f"--git-dir={Path(source.path).parent}"]
        quiet = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        quiet |= {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
        quiet |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        yield from _messages(source, command, quiet)


def _messages(source: Source, command: list[str], environment: dict[str, str]) -> Iterator[Source | Skipped]:
    def started(*arguments: str, stdin: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            [*command, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )

    with (
        started("rev-list", "HEAD", stdin=subprocess.DEVNULL) as commits,
        started("cat-file", "--batch", stdin=subprocess.PIPE) as objects,
    ):
        assert commits.stdout and objects.stdin and objects.stdout
        try:
            n_found = 0
            for n, line in enumerate(commits.stdout):
                commit = line.decode("ascii").strip()
                origin = f"{source.origin}!{commit}"
                before = n_found
                for name in ("m", "d"):
                    objects.stdin.write(f"{commit}:{name}\n".encode())
                    objects.stdin.flush()
                    data = _object(objects.stdout)
                    n_found += data != b""
                    if data is None:
                        yield Skipped(origin, 0, "too large", f"over {MESSAGE_LIMIT >> 20} MB")
                    elif data and name == "d":
                        yield Skipped(origin, 0, "deleted", _DELETED)
                    elif data:
                        blocks = iter([data])
                        yield source_of(blocks, origin=origin, labels=source.labels, layer=2, size_bytes=len(data))
                if before == n_found > 0:
                    yield Skipped(origin, 0, "not mail", "a commit without a file m, or it is missing")
                if n >= _LOOK_COMMITS and not n_found:
                    break
            else:
                if commits.wait():
                    with started("rev-parse", "--quiet", "--verify", "HEAD", stdin=subprocess.DEVNULL) as named:
                        named.communicate()
                    if not named.returncode:  # else it has no commits
                        raise EOFError
            if not n_found:
                yield Skipped(source.origin, 0, "not mail", _NO_MAIL)
        except (OSError, EOFError):
            yield Skipped(source.origin, 0, "corrupt", "git: not all commits can be read; `git fsck` says why")
        finally:
            commits.kill()
            objects.kill()


def _object(answers: IO[bytes]) -> bytes | None:
    """Return the next file that ``git cat-file`` answers with, empty if there is none, `None` if it is too large."""
    said = answers.readline().split()
    if not said:
        raise EOFError
    if not said[-1].isdigit() or len(said) != 3:
        return b""
    size, is_file = int(said[2]), said[1] == b"blob"
    if size <= MESSAGE_LIMIT:
        data = answers.read(size + 1)
        if len(data) <= size:
            raise EOFError
        return data[:-1] if is_file else b""
    for at in range(0, size + 1, BLOCK_BYTES):
        answers.read(min(BLOCK_BYTES, size + 1 - at))
    return None
