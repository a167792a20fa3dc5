"""The catalogue of public corpora, and finding them on this machine."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from pixelstudy.corpora import catalogue as module
from pixelstudy.corpora.catalogue import Corpus, CorpusFile, CorpusSet, corpora, find_corpus, locate
from pixelstudy.corpora.packing import read_mbox
from pixelstudy.errors import UserError

SETS = [(corpus.name, one) for corpus in corpora() for one in corpus.sets]
FILES = [(corpus, file) for corpus in corpora() for file in corpus.files]

MAIL = b"From: a@example.org\n\nhello\n"
TINY = Corpus(
    name="tiny",
    title="one message",
    origin="https://example.org/",
    terms="ours",
    by_hand="write it",
    files=(CorpusFile(path="one.eml", sha256=hashlib.sha256(MAIL).hexdigest()),),
    sets=(CorpusSet(name="tiny", path="one.eml", messages=1, years=(2024, 2024), about="a greeting"),),
)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setattr(module, "corpora", lambda: (TINY,))
    return TINY


def put(folder: Path, data: bytes) -> Path:
    path = folder / "tiny" / "one.eml"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def test_seven_corpora_are_listed() -> None:
    assert [corpus.name for corpus in corpora()] == [
        "spamassassin", "csdmc2010", "markup", "unspy", "phishing_pot", "milter", "lists",
    ]  # fmt: skip


def test_no_two_sets_of_a_corpus_share_a_name_or_a_file() -> None:
    assert len({(corpus, one.name) for corpus, one in SETS}) == len(SETS)
    assert len({(corpus, one.path) for corpus, one in SETS}) == len(SETS)


@pytest.mark.parametrize(("corpus", "file"), FILES, ids=lambda one: getattr(one, "path", ""))
def test_a_file_has_a_checksum_and_stays_in_its_folder(corpus: Corpus, file: CorpusFile) -> None:
    assert re.fullmatch("[0-9a-f]{64}", file.sha256)
    assert re.fullmatch("[0-9a-f]{64}|", file.url_sha256)
    assert Path(file.path).name == file.path
    assert not file.url or file.url.startswith("https://")


@pytest.mark.parametrize(("corpus", "file"), FILES, ids=lambda one: getattr(one, "path", ""))
def test_an_address_in_a_repository_is_pinned_to_the_commit(corpus: Corpus, file: CorpusFile) -> None:
    if corpus.commit and file.url:
        assert f"/{corpus.commit}/" in file.url
    if file.git:
        assert re.fullmatch("[0-9a-f]{40}", file.git.commit)
        assert file.git.url.startswith(corpus.origin)
        assert corpus.commit in ("", file.git.commit)
        assert re.fullmatch("[0-9a-f]{64}", file.contents)


@pytest.mark.parametrize(("corpus", "one"), SETS, ids=lambda one: getattr(one, "name", one))
def test_a_set_names_a_mailbox_that_the_files_make_up(corpus: str, one: CorpusSet) -> None:
    assert one.path == "." or one.path in {file.path for file in find_corpus(corpus).files}
    assert one.years[0] <= one.years[1]
    assert one.population in (None, "received", "spam")


def test_an_unknown_corpus_is_named_with_the_known_ones() -> None:
    with pytest.raises(
        UserError, match=r"no corpus 'enron'.*spamassassin, csdmc2010, markup, unspy, phishing_pot, milter, lists"
    ):
        find_corpus("enron")


def test_a_corpus_is_found_in_the_named_folder_before_the_fetched_one(
    tiny: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELSTUDY_HOME", str(tmp_path))
    put(tmp_path / "data" / "raw", MAIL)
    monkeypatch.delenv("PIXELSTUDY_CORPORA", raising=False)
    assert locate("tiny") == ((tiny.sets[0], tmp_path / "data/raw/tiny/one.eml"),)
    monkeypatch.setenv("PIXELSTUDY_CORPORA", str(tmp_path / "elsewhere"))
    assert locate("tiny") == ((tiny.sets[0], tmp_path / "data/raw/tiny/one.eml"),)
    named = put(tmp_path / "elsewhere", MAIL)
    assert locate("tiny") == ((tiny.sets[0], named),)


def test_a_changed_file_is_refused_with_both_checksums(tiny: Corpus, tmp_path: Path) -> None:
    put(tmp_path, MAIL + b"!")
    found = hashlib.sha256(MAIL + b"!").hexdigest()
    with pytest.raises(UserError, match=rf"one\.eml .*{found}, not {tiny.files[0].sha256}"):
        locate("tiny", folders=[tmp_path])


def test_a_missing_corpus_is_reported_with_what_to_do(tiny: Corpus, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"tiny is not in .*fetch tiny.*PIXELSTUDY_CORPORA") as error:
        locate("tiny", folders=[tmp_path])
    assert str(tmp_path / "tiny") in str(error.value)
    assert "\n" not in str(error.value)


def test_finding_a_corpus_imports_no_network_code() -> None:
    code = (
        "import sys, pixelstudy.corpora.catalogue\n"
        "sys.exit('urllib.request' in sys.modules or 'pixelstudy.corpora.fetch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.corpora
@pytest.mark.parametrize("file", [file for _, file in FILES if file.contents], ids=lambda file: file.path)
def test_a_packed_file_has_the_contents_in_the_catalogue(file: CorpusFile) -> None:
    if "PIXELSTUDY_CORPORA" not in os.environ:
        pytest.skip("PIXELSTUDY_CORPORA names no folder with the raw corpora")
    corpus = next(corpus for corpus, one in FILES if one is file)
    path = Path(os.environ["PIXELSTUDY_CORPORA"]) / corpus.name / file.path
    assert module.is_whole(path, dataclasses.replace(file, sha256="0" * 64))
    with pytest.raises(UserError, match="not the expected file"):
        module.is_whole(path, dataclasses.replace(file, sha256="0" * 64, contents="1" * 64))


@pytest.mark.corpora
@pytest.mark.parametrize(("corpus", "one"), SETS, ids=lambda one: getattr(one, "name", one))
def test_a_set_has_as_many_messages_as_the_catalogue_says(corpus: str, one: CorpusSet) -> None:
    if "PIXELSTUDY_CORPORA" not in os.environ:
        pytest.skip("PIXELSTUDY_CORPORA names no folder with the raw corpora")
    path = dict(locate(corpus))[one]
    if path.is_dir():
        held = sum(1 for _ in path.glob("*.eml"))
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as tar:
            held = sum(member.isfile() for member in tar) - one.others
    elif path.suffix == ".xz":
        held = len(read_mbox(path))
    else:
        held = len(re.findall(rb"^From \d+@xxx ", gzip.decompress(path.read_bytes()), re.MULTILINE))
    assert held == one.messages
