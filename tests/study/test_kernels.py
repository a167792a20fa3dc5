"""Notebooks run in the interpreter that pixelstudy runs in, even if another kernel is called ``python3``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from pixelstudy.errors import UserError
from pixelstudy.study import lab, notebooks
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


def write(home: Path, source: str, name: str = "00-try") -> Path:
    path = home / "notebooks" / f"{name}.ipynb"
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


MEETING = """
import pathlib, time, pixelstudy
pathlib.Path("{own}").touch()
until = time.monotonic() + 120
while not pathlib.Path("{other}").exists() and time.monotonic() < until:
    time.sleep(0.05)
assert pathlib.Path("{other}").exists()
pixelstudy.open_study("released").record("{own}", n=1)
"""


@pytest.mark.notebooks
@pytest.mark.skipif(notebooks.AT_ONCE < 2, reason="one core runs one notebook at a time")
def test_two_notebooks_run_at_once_and_the_findings_of_both_are_kept(home: Path) -> None:
    write(home, MEETING.format(own="00-a", other="01-b"), "00-a")
    write(home, MEETING.format(own="01-b", other="00-a"), "01-b")
    study = open_study("released")
    study.record("09-old", n=0)
    before = Path.cwd()
    run_notebooks(study, report=lambda _: None)
    assert Path.cwd() == before  # each kernel has a working folder; this process keeps its own
    found = json.loads((study.results / "findings.json").read_text(encoding="utf-8"))
    assert found == {"00-a": {"n": 1}, "01-b": {"n": 1}, "09-old": {"n": 0}}


@pytest.mark.notebooks
def test_a_notebook_that_fails_leaves_those_beside_it_done_and_begins_no_other(home: Path) -> None:
    write(home, "raise ValueError('tea')", "00-a")
    for name in ("01-b", "02-c", "03-d"):
        write(home, f"import time; open('{name}', 'w'); time.sleep(10)", name)
    said: list[str] = []
    with pytest.raises(UserError, match=r"^00-a\.ipynb stopped in cell 1: ValueError: tea; open "):
        run_notebooks(open_study("released"), report=said.append)
    done = json.loads((home / "data" / "private" / "written.json").read_text(encoding="utf-8"))
    assert sorted(done) == [f"{line.partition('.')[0]}.ipynb" for line in said[1:]]
    assert len(said) < 4


@pytest.mark.notebooks
def test_an_interrupt_ends_the_kernels(home: Path) -> None:
    write(home, "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)")
    code = (
        "from pixelstudy.study import notebooks, study\n"
        "notebooks.run_notebooks(study.open_study('released'), report=lambda _: None)"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, start_new_session=True)
    pid = home / "notebooks" / "pid"
    until = time.monotonic() + 120
    while not (pid.exists() and pid.read_text()) and time.monotonic() < until:
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    _, told = run.communicate(timeout=60)
    assert b"KeyboardInterrupt" in told
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
