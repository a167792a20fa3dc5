"""Notebooks run in the interpreter that pixelstudy runs in, even if another kernel is called ``python3``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from pixelstudy.errors import UserError
from pixelstudy.study import lab
from pixelstudy.study.kernels import OwnKernelManager, OwnKernelSpecs
from pixelstudy.study.notebooks import run_notebooks
from pixelstudy.study.study import open_study

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def another_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel called ``python3``, of an environment that is gone."""
    folder = tmp_path / "jupyter" / "kernels" / "python3"
    folder.mkdir(parents=True)
    argv = [str(tmp_path / "gone" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Gone", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "data").mkdir()
    for name in ("corpora", "published.csv"):
        (folder / "data" / name).symlink_to(PROJECT / "data" / name)
    monkeypatch.setenv("PIXELSTUDY_HOME", str(folder))
    return folder


def write(home: Path, source: str) -> Path:
    path = home / "notebooks" / "00-try.ipynb"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_the_other_kernel_would_be_found() -> None:
    assert KernelSpecManager().get_kernel_spec("python3").display_name == "Gone"


def test_the_own_interpreter_is_the_only_kernel() -> None:
    specs = OwnKernelSpecs()
    assert list(specs.find_kernel_specs()) == ["python3"]
    assert specs.get_kernel_spec("python3").argv[0] == sys.executable
    assert OwnKernelManager(kernel_name="python3").kernel_spec.argv[0] == sys.executable


def test_the_lab_is_given_the_same_kernels(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "1")
    commands: list[list[str]] = []

    def started(_program: str, command: list[str]) -> Any:
        commands.append(command)
        raise SystemExit

    monkeypatch.setattr(lab.os, "execv", started)
    monkeypatch.chdir(home)
    with pytest.raises(SystemExit):
        lab.open_lab(["--no-browser"])
    (command,) = commands
    assert command[-1] == "--no-browser"
    name = f"{OwnKernelSpecs.__module__}.{OwnKernelSpecs.__name__}"
    assert f"--ServerApp.kernel_spec_manager_class={name}" in command


@pytest.mark.notebooks
def test_a_notebook_runs_in_the_own_interpreter(home: Path) -> None:
    path = write(home, "import sys; open('where', 'w').write(sys.executable)")
    run_notebooks(open_study("released"), report=lambda _: None)
    assert (path.parent / "where").read_text() == sys.executable
    assert 'execution_count": 1' in path.read_text()


@pytest.mark.notebooks
def test_a_kernel_that_dies_is_one_line_that_says_what_to_do(home: Path) -> None:
    path = write(home, "import os; os._exit(1)")
    before = path.read_text()
    with pytest.raises(UserError, match=r"^00-try\.ipynb: its kernel died .* run the same command again") as error:
        run_notebooks(open_study("released"), report=lambda _: None)
    assert "\n" not in str(error.value)
    assert path.read_text() == before


@pytest.mark.notebooks
def test_a_kernel_that_does_not_start_is_one_line_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "1")
    (home / "ipykernel_launcher.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv("PYTHONPATH", str(home))
    with pytest.raises(UserError, match=r"^00-try\.ipynb: its kernel died .* run the same command again"):
        run_notebooks(open_study("released"), report=lambda _: None)
