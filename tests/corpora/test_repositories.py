"""Corpora in git repositories: fetched at a commit, packed, and known by their contents."""

from __future__ import annotations

import dataclasses
import lzma
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from pixelstudy.corpora import fetch as module
from pixelstudy.corpora.catalogue import Corpus, CorpusFile, CorpusSet, GitFolder, find_corpus, is_whole
from pixelstudy.corpora.fetch import fetch
from pixelstudy.corpora.packing import MBOX_LIMIT, contents_digest, read_mbox, read_members
from pixelstudy.errors import UserError
from pixelstudy.mail.boxes.mailbox import RawMessage, open_mailbox, read_part

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

HTML = b"Content-Type: text/html\n\n<p>"
MESSAGES = {
    "one.eml": b"From: a@example.org\r\n" + HTML + b"1\r\n",
    "zwei \xc3\xa4.eml".encode().decode(): b"From: b@example.org\n" + HTML + b"2\n",
}
MAILS = [
    b"From: a@example.org\nSubject: 1\n" + HTML + b"\nFrom here on\n>From there\n",
    b"From: b@example.org\nSubject: 2\n\nplain text\n",
    b"From: c@example.org\nSubject: 3\n" + HTML + b"x" * MBOX_LIMIT,
    b"From: d@example.org\nSubject: 4\n" + HTML,
]


def git(folder: Path, *arguments: str) -> str:
    own = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    run = subprocess.run(["git", "-C", str(folder), *own, *arguments], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=x", "--allow-empty")
    return git(folder, "rev-parse", "HEAD")


def new_repository(folder: Path) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    git(folder, "config", "core.autocrlf", "false")
    return folder


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """The folder for all repositories of a test."""
    return tmp_path / "origin"


@pytest.fixture
def wanted(inside: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """A corpus in a folder of a repository, at a commit that is not the last one."""
    repository = new_repository(inside / "folder")
    home = repository / "tests" / "negative"
    home.mkdir(parents=True)
    for name, data in MESSAGES.items():
        (home / name).write_bytes(data)
    (home / "link.eml").symlink_to("one.eml")
    (repository / "README").write_text("not mail")
    at = commit(repository)
    (home / "one.eml").write_bytes(b"changed later")
    commit(repository)
    source = GitFolder(url=repository.as_uri(), commit=at, folder="tests/negative")
    named = {f"wanted/{name}": data for name, data in MESSAGES.items()}
    file = CorpusFile(
        path="wanted.tar.xz", sha256="0" * 64, members="wanted/*", git=source, contents=contents_digest(named.items())
    )
    return listed(file, monkeypatch)


@pytest.fixture
def inbox(inside: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """A corpus in a public-inbox repository: four mails, one of them removed later, and one after the commit."""
    repository = new_repository(inside / "inbox")
    for mail in MAILS[:2]:
        (repository / "m").write_bytes(mail)
        commit(repository)
    (repository / "m").rename(repository / "d")
    commit(repository)
    (repository / "d").unlink()
    for mail in MAILS[2:]:
        (repository / "m").write_bytes(mail)
        at = commit(repository)
    (repository / "m").write_bytes(MAILS[0] + b"later")
    commit(repository)
    bare = [MAILS[0].replace(b">From", b"From").strip(b"\n"), MAILS[3].strip(b"\n")]
    contents = contents_digest(("", mail) for mail in bare)
    source = GitFolder(url=repository.as_uri(), commit=at)
    return listed(CorpusFile(path="tea.mbox.xz", sha256="0" * 64, git=source, contents=contents), monkeypatch)


def listed(file: CorpusFile, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    corpus = Corpus(
        name="tiny", title="tiny", origin="https://example.org/", terms="ours", by_hand="clone it", files=(file,),
        sets=(CorpusSet(name="tiny", path=file.path, messages=2, years=(2024, 2024), about="tea"),),
    )  # fmt: skip
    monkeypatch.setattr(module, "find_corpus", lambda _name: corpus)
    return corpus


def test_a_folder_is_packed_as_it_was_at_the_commit(wanted: Corpus, tmp_path: Path) -> None:
    folder = fetch("tiny", into=tmp_path / "raw")
    assert [path.name for path in folder.iterdir()] == ["wanted.tar.xz"]
    with tarfile.open(folder / "wanted.tar.xz") as tar:
        assert tar.getnames() == sorted(f"wanted/{name}" for name in MESSAGES)
    assert read_members(folder / "wanted.tar.xz", "wanted/*") == {f"wanted/{n}": data for n, data in MESSAGES.items()}


def test_a_file_fetched_once_is_known_by_its_contents(wanted: Corpus, inside: Path, tmp_path: Path) -> None:
    folder = fetch("tiny", into=tmp_path / "raw")
    shutil.rmtree(inside)
    assert fetch("tiny", into=tmp_path / "raw") == folder
    path = folder / "wanted.tar.xz"
    path.write_bytes(lzma.compress(lzma.decompress(path.read_bytes()), preset=1))
    assert is_whole(path, wanted.files[0])
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(UserError, match="is not the expected file"):
        is_whole(path, wanted.files[0])


def test_a_public_inbox_gives_an_mbox_of_its_small_mails_with_html(inbox: Corpus, tmp_path: Path) -> None:
    path = fetch("tiny", into=tmp_path / "raw") / "tea.mbox.xz"
    assert len(read_mbox(path)) == 2
    (part,) = open_mailbox(path).parts()
    found = [message for message in read_part(part) if isinstance(message, RawMessage)]
    assert [message.data.strip(b"\n") for message in found] == [MAILS[0].strip(b"\n"), MAILS[3].strip(b"\n")]


@pytest.mark.parametrize("name", ["wanted", "inbox"])
def test_a_clone_serves_as_the_folder(name: str, request: pytest.FixtureRequest, inside: Path, tmp_path: Path) -> None:
    corpus: Corpus = request.getfixturevalue(name)
    clones = tmp_path / "clones"
    clones.mkdir()
    for origin in inside.iterdir():
        git(clones, "clone", "--quiet", str(origin), origin.name)
    shutil.rmtree(inside)
    for source in (clones, next(clones.iterdir())):
        folder = fetch("tiny", into=tmp_path / source.name, source=source)
        assert is_whole(folder / corpus.files[0].path, corpus.files[0])


def test_other_messages_at_the_commit_are_refused(
    wanted: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(dataclasses.replace(wanted.files[0], contents="1" * 64), monkeypatch)
    with pytest.raises(
        UserError, match=r"the 2 messages found for wanted\.tar\.xz are not those of the corpus"
    ) as error:
        fetch("tiny", into=tmp_path / "raw")
    assert "\n" not in str(error.value)
    assert list((tmp_path / "raw" / "tiny").iterdir()) == []


def test_a_missing_repository_is_reported_in_one_line(wanted: Corpus, inside: Path, tmp_path: Path) -> None:
    shutil.rmtree(inside)
    with pytest.raises(UserError, match=r"`git fetch` failed \(.*By hand: clone it") as error:
        fetch("tiny", into=tmp_path / "raw")
    assert "\n" not in str(error.value)
    assert list((tmp_path / "raw" / "tiny").iterdir()) == []


@pytest.mark.parametrize("from_folder", [False, True])
def test_without_git_one_line_says_so(
    from_folder: bool, wanted: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="git, which reads the repository of this corpus, is not installed") as error:
        fetch("tiny", into=tmp_path / "raw", source=tmp_path if from_folder else None)
    assert "\n" not in str(error.value)


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["milter", "lists"])
def test_the_messages_in_a_folder_are_packed(name: str, tmp_path: Path) -> None:
    if "PIXELSTUDY_CORPORA" not in os.environ:
        pytest.skip("PIXELSTUDY_CORPORA names no folder with the raw corpora")
    folder = fetch(name, into=tmp_path, source=Path(os.environ["PIXELSTUDY_CORPORA"]) / name)
    assert sorted(path.name for path in folder.iterdir()) == sorted(file.path for file in find_corpus(name).files)
