"""The notebooks to work in: none that git tracks, each kept until the study's own notebooks change."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pixelstudy.errors import UserError
from pixelstudy.study import lab, notebooks
from pixelstudy.study.choice import Choice, choose_study
from pixelstudy.study.study import open_study

NAMES = ("00-read.ipynb", "01-see.ipynb")


def cell(source: str, *tags: str, link: str = "") -> dict[str, Any]:
    data = {"text/markdown": f"[figure]({link})", "text/plain": "of the public mail"}
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    metadata = {"tags": list(tags)} if tags else {}
    whole = {"cell_type": "code", "id": source[:4].strip() or "x", "metadata": metadata, "execution_count": 1}
    return whole | {"outputs": [output], "source": source}


def write(path: Path, *sources: str, public: str = "", text: str = "", link: str = "") -> None:
    cells = [cell(source, link=link) for source in sources] + ([cell(public, "public")] if public else [])
    cells += [{"cell_type": "markdown", "id": "text", "metadata": {}, "source": text}] if text else []
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data" / "corpora" / "x").mkdir(parents=True)
    (tmp_path / "data" / "published.csv").touch()
    (tmp_path / "data" / "results" / "figures").mkdir(parents=True)
    (tmp_path / "data" / "results" / "figures" / "a.png").touch()
    (tmp_path / "notebooks").mkdir()
    for name in NAMES:
        write(tmp_path / "notebooks" / name, "1 + 1")
    monkeypatch.setenv("PIXELSTUDY_HOME", str(tmp_path))
    return tmp_path


def working_copies() -> list[Path]:
    return notebooks.working_copies(lab.lab_choice())


def test_copies_lie_where_git_ignores_them_and_the_notebooks_stay_as_they_are(home: Path) -> None:
    before = {path.name: path.read_bytes() for path in (home / "notebooks").iterdir()}
    copies = working_copies()
    assert [path.relative_to(home).as_posix() for path in copies] == [
        f"data/private/lab/notebooks/{name}" for name in NAMES
    ]
    assert "of the public mail" in copies[0].read_text()
    assert {path.name: path.read_bytes() for path in (home / "notebooks").iterdir()} == before


def test_links_of_a_copy_lead_to_files(home: Path) -> None:
    (home / "data" / "labels").mkdir()
    (home / "data" / "labels" / "README.md").write_text("How")
    path = home / "notebooks" / NAMES[0]
    write(
        path, "1", text="[how](../data/labels/README.md) [none](../data/none.md)", link="../data/results/figures/a.png"
    )
    copy, _ = working_copies()
    assert (copy.parent / "../data/labels/README.md").read_text() == "How"
    (shown,) = re.findall(r"\[figure\]\(([^)]+)\)", copy.read_text())
    assert (copy.parent / shown).is_file()


def test_a_copy_of_the_public_mail_is_about_it_whatever_is_chosen_later(home: Path) -> None:
    path = home / "notebooks" / NAMES[0]
    path.write_text(path.read_text().replace('"metadata": {}, "exec', '"metadata": {"tags": ["parameters"]}, "exec'))
    copy, _ = working_copies()
    (parameters,) = json.loads(copy.read_text())["cells"]
    assert parameters["source"] == [f"STUDY = {{'mailbox': 'released', 'out': '{home}/data/private/lab'}}"]


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


def test_a_mailbox_of_ones_own_has_notebooks_of_its_own_without_what_is_about_the_public_mail(home: Path) -> None:
    write(home / "notebooks" / NAMES[0], "1 + 1", public="print('HEY')")
    public, _ = working_copies()
    write(public, "my own")
    choose_study(home / "mine.mbox")
    private, _ = working_copies()
    assert private.parent == Choice(str(home / "mine.mbox")).notebooks
    (left,) = json.loads(private.read_text())["cells"]
    assert (left["source"], left["outputs"], left["execution_count"]) == (["1 + 1"], [], None)
    choose_study(None)
    assert working_copies()[0] == public
    assert "my own" in public.read_text()


@pytest.mark.parametrize("is_chosen", [False, True])
def test_the_lab_opens_on_the_chosen_study(home: Path, monkeypatch: pytest.MonkeyPatch, is_chosen: bool) -> None:
    commands: list[list[str]] = []

    def started(_program: str, command: list[str]) -> Any:
        commands.append(command)
        raise SystemExit

    monkeypatch.setattr(lab.os, "execv", started)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(home))
    monkeypatch.chdir(home)
    if is_chosen:
        choose_study(home / "mine.mbox")
    with pytest.raises(SystemExit):
        lab.open_lab()
    folder = lab.lab_choice().notebooks.relative_to(home / "data" / "private").as_posix()
    assert folder.startswith("mine.mbox-") == is_chosen
    assert f"--LabApp.default_url=/lab/tree/{folder}/00-read.ipynb" in commands[0]
    assert f"--ServerApp.root_dir={home / 'data' / 'private'}" in commands[0]
    ours, theirs = lab.os.environ["JUPYTER_CONFIG_PATH"].split(lab.os.pathsep)
    assert list(Path(ours).glob("labconfig/default_setting_overrides.json"))
    assert theirs == str(home)


def test_a_saved_notebook_has_the_text_of_a_form_instead_of_a_form(home: Path) -> None:
    form = {"output_type": "display_data", "metadata": {}, "data": {lab.WIDGET: {}, "text/markdown": "Run this cell"}}
    cells = [cell("1") | {"outputs": [form]}, {"cell_type": "markdown", "source": "a"}]
    content = {"cells": cells, "metadata": {"widgets": {}}}
    lab.without_widgets(model={"type": "notebook", "content": content}, path="a", contents_manager=None)
    assert content["metadata"] == {}
    assert cells[0]["outputs"][0]["data"] == {"text/markdown": "Run this cell"}
    lab.without_widgets(model={"type": "file", "content": "text"})
    lab.without_widgets(model={"type": "notebook", "content": None})


def test_a_damaged_list_of_copies_loses_nothing(home: Path) -> None:
    copy, _ = working_copies()
    write(copy, "my own")
    (copy.parent / "written.json").write_text("{")
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
    monkeypatch.chdir(home / "data" / "private" / "lab" / "notebooks")
    assert len(open_study(mail).messages) == 1
    monkeypatch.setenv("PIXELSTUDY_HEADLESS", "1")
    monkeypatch.chdir(home / "notebooks")
    assert len(open_study(mail).messages) == 1
