"""The folders for released data and results: in a clone, from a wheel, and in a named folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixelstudy.corpora.catalogue import raw_folder
from pixelstudy.storage import home
from pixelstudy.storage.home import is_clone, project_folder, released_folder, shown

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIXELSTUDY_HOME", raising=False)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package as installed from a wheel, and a user's folder made for the test."""
    package = tmp_path / "site-packages" / "pixelstudy"
    (package / "_released" / "notebooks").mkdir(parents=True)
    monkeypatch.setattr(home, "_PACKAGE", package)
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "user")
    return package


@pytest.mark.parametrize("folder", ["notebooks", "data/corpora", ".."])
def test_in_a_clone_both_folders_are_the_clone(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT / folder)
    assert (project_folder(), released_folder(), is_clone()) == (PROJECT, PROJECT, True)
    assert raw_folder() == PROJECT / "data" / "raw"
    assert shown(PROJECT / "data" / "results") == "data/results"


def test_git_ignores_fetched_and_private_data() -> None:
    lines = (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"data/private/", "data/raw/"} <= set(lines)


def test_from_a_wheel_data_are_read_from_the_package_and_written_to_a_users_folder(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    assert (project_folder(), released_folder(), is_clone()) == (tmp_path / "user", wheel / "_released", False)
    assert shown(tmp_path / "user" / "a") == str(tmp_path / "user" / "a")


def test_another_folder_to_write_to_can_be_named(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIXELSTUDY_HOME", "mine")
    assert (project_folder(), released_folder(), is_clone()) == (tmp_path / "mine", wheel / "_released", False)


def test_another_clone_can_be_named(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXELSTUDY_HOME", str(PROJECT))
    assert (project_folder(), released_folder(), is_clone()) == (PROJECT, PROJECT, True)
