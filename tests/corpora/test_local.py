"""Corpora that users may have themselves: read where they are, by their own index, and never released."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from pixelstudy.corpora import local as module
from pixelstudy.corpora.catalogue import corpora
from pixelstudy.corpora.commands import build_local_corpora
from pixelstudy.corpora.local import LocalCorpus, build_local, local_corpora, local_folder, local_mailboxes
from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_table
from pixelstudy.study.study import EVERYTHING, RELEASED, open_study
from pixelstudy.tables import MESSAGES, SKIPPED

BY_NAME = {corpus.name: corpus for corpus in local_corpora()}
PAGE = b"<p><img src=https://t.shop.example/o?u=Zq7Lm2Xw9Tb4Vk6Rn1Yp width=1 height=1>"


def mail(number: int, *headers: bytes) -> bytes:
    lines = [b"From: shop@shop%d.example" % number, b"Message-ID: <%d@shop.example>" % number, *headers]
    return b"\n".join([*lines, b"Date: Mon, 9 Apr 2007 10:00:00 +0000", b"Content-Type: text/html", b"", PAGE])


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for raw mail, beside a project of its own."""
    monkeypatch.setenv("PIXELSTUDY_CORPORA", str(tmp_path / "mine"))
    monkeypatch.setenv("PIXELSTUDY_HOME", str(tmp_path / "home"))
    return tmp_path / "mine"


@pytest.fixture
def trec(raw: Path) -> LocalCorpus:
    """A tiny corpus in the layout of TREC: three mails, one of them spam in spite of its header."""
    folder = raw / "trec07p"
    (folder / "data").mkdir(parents=True)
    (folder / "full").mkdir()
    (folder / "data" / "inmail.1").write_bytes(mail(1))
    (folder / "data" / "inmail.2").write_bytes(mail(2))
    (folder / "data" / "inmail.3").write_bytes(mail(3, b"X-Spam-Flag: YES"))
    (folder / "data" / "inmail.4").write_bytes(mail(4))
    (folder / "full" / "index").write_text("ham ../data/inmail.1\nspam ../data/inmail.2\nham ../data/inmail.3\n")
    return BY_NAME["trec07p"]


def test_no_local_corpus_has_the_name_of_a_public_one() -> None:
    assert list(BY_NAME) == ["trec05p", "trec06p", "trec07p", "markup_others", "political_emails", "battletrout"]
    assert not BY_NAME.keys() & {corpus.name for corpus in corpora()}
    for corpus in local_corpora():
        assert corpus.asks and corpus.put and bool(corpus.index) != bool(corpus.reads)


def test_the_index_gives_the_population(trec: LocalCorpus, tmp_path: Path) -> None:
    run = build_local(trec, tmp_path / "home")
    assert (run.counts.n_read, run.counts.n_kept) == (3, 3)
    folder = tmp_path / "home" / "data" / "private" / "corpora" / "trec07p"
    messages = read_table(MESSAGES, folder).set_index("sender_site")
    assert messages["population"].to_dict() == {
        "shop1.example": "received",
        "shop2.example": "spam",
        "shop3.example": "received",
    }
    assert not (tmp_path / "home" / "data" / "corpora").exists()


def test_a_missing_file_in_the_index_is_a_skipped_row(trec: LocalCorpus, raw: Path, tmp_path: Path) -> None:
    (raw / "trec07p" / "data" / "inmail.2").unlink()
    run = build_local(trec, tmp_path / "home")
    assert (run.counts.n_read, run.counts.n_kept, run.counts.n_skipped) == (3, 2, 1)
    skipped = read_table(SKIPPED, tmp_path / "home" / "data" / "private" / "corpora" / "trec07p")
    assert skipped["detail"].tolist() == ["named in the index, but not there"]


@pytest.mark.parametrize("line", ["ham ../../../etc/passwd", "good ../data/inmail.1", "ham"])
def test_a_wrong_line_of_an_index_is_named(line: str, trec: LocalCorpus, raw: Path) -> None:
    with (raw / "trec07p" / "full" / "index").open("a") as index:
        index.write(f"{line}\n")
    with pytest.raises(UserError, match="index, line 4: "):
        local_mailboxes(trec)


def test_mailboxes_are_read_except_the_public_one(raw: Path, tmp_path: Path) -> None:
    corpus = BY_NAME["markup_others"]
    folder = raw / "markup_others" / "google_takeout_mboxes_gzipped"
    assert local_folder(corpus) is None
    folder.mkdir(parents=True)
    for number, name in enumerate(("2019-10-28.mbox.gz", "2019-11-25.mbox.gz", "notes.txt")):
        separator = b"From a@b Mon Oct 28 14:10:16 +0000 2019\n"
        label = b"X-Gmail-Labels: Spam" if number else b"X-Gmail-Labels: Inbox"
        (folder / name).write_bytes(gzip.compress(separator + mail(number, label) + b"\n"))
    build_local(corpus, tmp_path / "home")
    messages = read_table(MESSAGES, tmp_path / "home" / "data" / "private" / "corpora" / "markup_others")
    assert messages[["sender_site", "population"]].to_numpy().tolist() == [["shop1.example", "spam"]]


def test_a_missing_local_corpus_is_reported(raw: Path) -> None:
    with pytest.raises(UserError, match=r"trec05p is not in .*mine/trec05p or .*raw/trec05p"):
        local_mailboxes(BY_NAME["trec05p"])
    with pytest.raises(UserError, match="`pixelstudy corpora list` says where to put one"):
        open_study(EVERYTHING)


def test_only_the_full_study_includes_a_local_corpus(
    trec: LocalCorpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build_local_corpora() == ["trec07p"]
    assert "trec07p: 3 messages, 3 resources; none is released" in capsys.readouterr().out
    study = open_study(EVERYTHING)
    assert (study.messages["corpus"] == "trec07p").sum() == 3
    assert study.results == tmp_path / "home" / "data" / "private" / "everything" / "results"
    assert "trec07p" not in set(open_study(RELEASED).messages["corpus"])


def test_the_command_describes_each_corpus_and_where_to_put_it(trec: LocalCorpus) -> None:
    command = [sys.executable, "-m", "pixelstudy", "corpora", "list"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for corpus in local_corpora():
        assert corpus.title in said and corpus.put in said and corpus.asks in said and corpus.origin in said
    assert "NAME" in said
    assert [line.split()[0] for line in said.splitlines() if " here " in line and " not here " not in line] == [
        "trec07p"
    ]


def test_a_corpus_with_another_layout_takes_one_table(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = LocalCorpus(name="mine", title="mine", origin="", asks="", put="", reads="*.eml")
    monkeypatch.setattr(module, "local_corpora", lambda: (mine,))
    (raw / "mine").mkdir(parents=True)
    (raw / "mine" / "a.eml").write_bytes(mail(1))
    assert build_local_corpora() == ["mine"]
