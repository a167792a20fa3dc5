"""The notebooks to work in: copies that git ignores, kept until the study's own notebooks change."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pixelstudy.errors import UserError
from pixelstudy.study.lab import working_copies
from pixelstudy.study.study import choose_study, open_study

NAMES = ("00-read.ipynb", "01-see.ipynb")


def cell(source: str, *tags: str) -> dict[str, Any]:
    output = {"output_type": "stream", "name": "stdout", "text": "of the public mail"}
    metadata = {"tags": list(tags)} if tags else {}
    whole = {"cell_type": "code", "id": source[:4].strip() or "x", "metadata": metadata, "execution_count": 1}
    return whole | {"outputs": [output], "source": source}


def write(path: Path, *sources: str, public: str = "") -> None:
    cells = [cell(source) for source in sources] + ([cell(public, "public")] if public else [])
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data" / "corpora" / "x").mkdir(parents=True)
    (tmp_path / "data" / "published.csv").touch()
    (tmp_path / "notebooks").mkdir()
    for name in NAMES:
        write(tmp_path / "notebooks" / name, "1 + 1")
    monkeypatch.setenv("PIXELSTUDY_HOME", str(tmp_path))
    return tmp_path


def test_copies_lie_where_git_ignores_them_and_the_notebooks_stay_as_they_are(home: Path) -> None:
    before = {path.name: path.read_bytes() for path in (home / "notebooks").iterdir()}
    copies = working_copies()
    assert [path.relative_to(home).as_posix() for path in copies] == [f"data/private/lab/{name}" for name in NAMES]
    assert {path.name: path.read_bytes() for path in copies} == before
    assert {path.name: path.read_bytes() for path in (home / "notebooks").iterdir()} == before


def test_what_was_done_in_a_copy_is_still_there_the_next_day(home: Path) -> None:
    copy, other = working_copies()
    write(copy, "my own")
    other.unlink()
    assert working_copies() == [copy, other]
    assert "my own" in copy.read_text()
    assert other.exists()


def test_when_a_notebook_of_the_study_changes_the_copy_is_put_away_and_a_new_one_made(home: Path) -> None:
    copy, other = working_copies()
    for n in (1, 2):
        write(copy, f"my own {n}")
        write(home / "notebooks" / NAMES[0], f"changed {n}")
        working_copies()
        assert f"changed {n}" in copy.read_text()
        assert f"my own {n}" in (copy.parent / "older" / f"00-read-{n}.ipynb").read_text()
    assert [path.name for path in other.parent.glob("*.ipynb")].count(other.name) == 1


def test_only_run_anew_is_no_change(home: Path) -> None:
    copy, _ = working_copies()
    write(copy, "my own")
    path = home / "notebooks" / NAMES[0]
    notebook = json.loads(path.read_text())
    notebook["cells"][0] |= {"execution_count": 7, "outputs": [{"text": "2"}]}
    path.write_text(json.dumps(notebook))
    working_copies()
    assert "my own" in copy.read_text()


def test_a_copy_for_a_mailbox_of_ones_own_leaves_out_what_is_about_the_public_mail(home: Path) -> None:
    write(home / "notebooks" / NAMES[0], "1 + 1", public="print('HEY')")
    copy, _ = working_copies()
    assert "HEY" in copy.read_text()
    choose_study(home / "mine.mbox")
    assert working_copies()[0] == copy
    (left,) = json.loads(copy.read_text())["cells"]
    assert (left["source"], left["outputs"], left["execution_count"]) == (["1 + 1"], [], None)
    choose_study(None)
    working_copies()
    assert "HEY" in copy.read_text()


def test_a_damaged_list_of_copies_loses_nothing(home: Path) -> None:
    copy, _ = working_copies()
    write(copy, "my own")
    (copy.parent / "copied.json").write_text("{")
    working_copies()
    assert "my own" in (copy.parent / "older" / "00-read-1.ipynb").read_text()


def test_private_mail_is_not_opened_in_a_notebook_that_git_tracks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = home / "mail.eml"
    mail.write_bytes(b"From: a@shop.example\nDate: Fri, 17 Apr 2026 08:30:00 +0000\n\nhello\n")
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    monkeypatch.delenv("PIXELSTUDY_HEADLESS", raising=False)
    monkeypatch.chdir(home / "notebooks")
    with pytest.raises(UserError, match=r"git tracks.*make lab"):
        open_study(mail)
    assert not (home / "data" / "private").exists()
    working_copies()
    monkeypatch.chdir(home / "data" / "private" / "lab")
    assert len(open_study(mail).messages) == 1
    monkeypatch.setenv("PIXELSTUDY_HEADLESS", "1")
    monkeypatch.chdir(home / "notebooks")
    assert len(open_study(mail).messages) == 1
