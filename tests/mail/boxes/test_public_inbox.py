"""public-inbox: repositories made by git, one message in each commit."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from mailboxes import MESSAGES, write

from pixelstudy.errors import UserError
from pixelstudy.extraction.run import extract
from pixelstudy.mail.boxes.mailbox import RawMessage, Skipped, open_mailbox, read_part
from pixelstudy.reporting.doctor import doctor_text

ONE, TWO, THREE = (MESSAGES[place] for place in ("inbox", "trips", "sent"))
WHO = {f"GIT_{who}_{what}": "a@tea.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    environment = os.environ | WHO | {"GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, env=environment, capture_output=True, text=True).stdout


def checkout(folder: Path, *commits: tuple[str, bytes]) -> Path:
    """A repository with a commit for each file of that name and content."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    for name, data in commits:
        for old in folder.glob("[!.]*"):
            old.unlink()
        write(folder / name, data)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", "x")
    return folder


def bare(source: Path, folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    git(source, "clone", "--quiet", "--bare", str(source), str(folder))
    return folder


def v2(tmp_path: Path) -> Path:
    """As public-inbox lays an archive out: two epochs, and a repository that only points to them."""
    bare(checkout(tmp_path / "0", ("m", ONE), ("m", TWO)), tmp_path / "tea/git/0.git")
    bare(checkout(tmp_path / "1", ("m", THREE)), tmp_path / "tea/git/1.git")
    (tmp_path / "tea/all.git").mkdir()
    git(tmp_path / "tea/all.git", "init", "--quiet", "--bare")
    write(tmp_path / "tea/inbox.lock", b"")
    return tmp_path / "tea"


def packed(tmp_path: Path) -> Path:
    made = bare(checkout(tmp_path / "x", ("m", ONE), ("m", TWO), ("m", THREE)), tmp_path / "tea.git")
    git(made, "gc", "--quiet")
    return made


def detached(tmp_path: Path) -> Path:
    made = checkout(tmp_path / "tea", ("m", ONE), ("m", TWO), ("m", THREE))
    git(made, "checkout", "--quiet", "--detach")
    return made


def deleted(tmp_path: Path) -> Path:
    return checkout(tmp_path / "tea", ("m", ONE), ("m", TWO), ("d", TWO), ("m", THREE))


FORMS = {
    "bare": lambda tmp: bare(checkout(tmp / "x", ("m", ONE), ("m", TWO), ("m", THREE)), tmp / "lists/tea.git"),
    "a checkout": lambda tmp: checkout(tmp / "tea", ("m", ONE), ("m", TWO), ("m", THREE)),
    "two epochs": v2,
    "packed": packed,
    "a detached head": detached,
    "with a deletion": deleted,
}


def read(path: Path) -> list[RawMessage | Skipped]:
    return [row for part in open_mailbox(path).parts() for row in read_part(part)]


@pytest.mark.parametrize("form", FORMS)
def test_each_commit_is_a_message(tmp_path: Path, form: str) -> None:
    rows = read(FORMS[form](tmp_path))
    messages = [row for row in rows if isinstance(row, RawMessage)]
    assert {row.data for row in messages} == {ONE, TWO, THREE}
    assert {row.labels for row in messages} == {("tea",)}
    assert all(len(row.origin.rpartition("!")[2]) == 40 for row in messages)
    assert [row.reason for row in rows if isinstance(row, Skipped) and "!" in row.origin] == ["deleted"] * (
        form == "with a deletion"
    )


def test_the_counts_of_a_study_and_what_doctor_says(tmp_path: Path) -> None:
    folder = deleted(tmp_path)
    counts = extract([folder], tmp_path / "out", jobs=1).counts
    assert (counts.n_read, counts.n_kept, counts.n_skipped) == (4, 3, 1)
    assert "3 messages" in doctor_text(folder)


def test_a_new_commit_is_a_change(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "tea", ("m", ONE))
    before = open_mailbox(folder).fingerprint()
    assert open_mailbox(folder).fingerprint() == before
    write(folder / "m", TWO)
    git(folder, "commit", "--quiet", "--all", "--message", "x")
    assert open_mailbox(folder).fingerprint() != before


def test_a_repository_of_anything_else_is_one_row(tmp_path: Path) -> None:
    bare(checkout(tmp_path / "x", ("m.py", b"print()")), tmp_path / "box/code.git")
    checkout(tmp_path / "box/code", ("a.eml", ONE))
    rows = read(tmp_path / "box")
    assert [row.origin for row in rows if isinstance(row, RawMessage)] == ["code/a.eml"]
    assert {row.origin: row.reason for row in rows if isinstance(row, Skipped)} == {
        "code.git": "not mail",
        "code/.git": "hidden folder",
    }


def test_where_there_is_no_git_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = packed(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(UserError, match=r"tea.git is a git repository, which needs git: install it and run this again"):
        open_mailbox(folder)


def lose(folder: Path, name: str) -> None:
    found = git(folder, "rev-parse", name).strip()
    (folder / ".git/objects" / found[:2] / found[2:]).unlink()


def test_what_is_missing_is_a_row(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "tea", ("m", ONE), ("m", TWO), ("m", THREE))
    lose(folder, "HEAD~1:m")
    rows = read(folder)
    assert [row.data for row in rows if isinstance(row, RawMessage)] == [THREE, ONE]
    assert [row.reason for row in rows if isinstance(row, Skipped)] == ["not mail"]
    lose(folder, "HEAD~1")
    write(folder / "m", TWO)
    git(folder, "commit", "--quiet", "--all", "--message", "x")
    write(tmp_path / "tea.eml", ONE)
    rows = read(tmp_path)
    assert TWO in [row.data for row in rows if isinstance(row, RawMessage)]
    assert [row.reason for row in rows if isinstance(row, Skipped)] == ["corrupt"]


def test_its_configuration_runs_nothing(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "tea", ("m", ONE), ("m", TWO))
    program = write(tmp_path / "evil", f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n".encode())
    program.chmod(0o755)
    lose(folder, "HEAD~1:m")
    for name, value in {
        "remote.origin.url": "ssh://tea.example/x", "remote.origin.promisor": "true", "core.sshCommand": str(program),
        "remote.origin.partialclonefilter": "blob:none", "extensions.partialClone": "origin",
        "core.fsmonitor": str(program), "gpg.program": str(program), "log.showSignature": "true",
        "core.pager": str(program), "core.repositoryformatversion": "1",
    }.items():  # fmt: skip
        git(folder, "config", name, value)
    assert [row.data for row in read(folder) if isinstance(row, RawMessage)] in ([], [TWO])
    assert not (tmp_path / "ran").exists()
