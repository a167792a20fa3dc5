"""The package as a wheel installs it, used in an empty folder: everything works, and nothing is written into it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
MAIL = (
    "From a@b Thu Aug 22 12:36:23 2002\nFrom: Shop <news@shop.example>\nTo: ann@example.org\nSubject: tea\n"
    "Date: Fri, 01 Mar 2024 12:00:00 +0000\nContent-Type: text/html\n\n"
    '<img src="https://open.example.net/o.gif?r=8f14e45fceea167a5a36dedd4bea2543" width=1 height=1>\n\n'
)

pytestmark = [
    pytest.mark.wheel,
    pytest.mark.skipif(os.name != "posix", reason="folders are made read-only as POSIX does it"),
]


@dataclass(frozen=True, slots=True)
class Installed:
    """A fresh environment with the wheel, an empty folder to work in, and a home folder."""

    python: Path
    package: Path
    work: Path
    user: Path
    """Where results go by default."""

    def run(self, *arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the command in the empty folder."""
        return self._run(self.python.with_name("pixelstudy"), *arguments, status=status)

    def script(self, code: str) -> str:
        """Run Python there, and return what it prints."""
        return self._run(self.python, "-c", code).stdout

    def _run(self, *command: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIXELSTUDY", "PYTHON"))}
        kept |= {"HOME": str(self.user.parents[2]), "XDG_DATA_HOME": str(self.user.parent)}
        ended = subprocess.run(
            list(map(str, command)), cwd=self.work, env=kept, capture_output=True, text=True, timeout=570, check=False
        )
        assert ended.returncode == status, ended.stderr
        assert "Traceback" not in ended.stderr
        return ended


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    stats = {path.relative_to(folder).as_posix(): path.stat() for path in folder.rglob("*")}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    packages = python.parents[1] / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    # The locked packages are those of this environment; its own pixelstudy is hidden behind the wheel's.
    (packages / "locked.pth").write_text("".join(f"{path}\n" for path in sys.path if path.endswith("-packages")))
    (folder / "empty").mkdir()
    user = folder / "reader" / ".local" / "share" / "pixelstudy"
    for path in (packages / "pixelstudy", *(packages / "pixelstudy").rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    before = listing(packages)
    yield Installed(python, packages / "pixelstudy", folder / "empty", user)
    assert listing(packages) == before, "something was written into the package"
    assert list((folder / "empty").iterdir()) == [], "something was written into the current folder"


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    path = tmp_path / "box.mbox"
    path.write_text(MAIL)
    return path


def test_the_wheel_is_what_runs(installed: Installed) -> None:
    said = installed.script("import pixelstudy as ps; print(ps.__file__); print(ps.open_study('released').data)")
    assert said.splitlines() == [
        str(installed.package / "__init__.py"),
        str(installed.package / "_released" / "data"),
    ]


def test_it_carries_every_released_file_and_notebook(installed: Installed) -> None:
    for name in ("notebooks", "data/corpora", "data/labels", "data/results", "data/published.csv", "data/README.md"):
        there = PROJECT / name
        for path in [there] if there.is_file() else [file for file in there.rglob("*.*") if file.is_file()]:
            if "csv" in path.parent.name or "checkpoints" in path.parent.name:
                continue
            assert (installed.package / "_released" / path.relative_to(PROJECT)).read_bytes() == path.read_bytes()


def test_the_public_names_work(installed: Installed, mailbox: Path) -> None:
    code = (
        "import pixelstudy as ps\n"
        "tables = (ps.prevalence(ps.open_study(), by='year'), ps.vendors(), ps.definitions())\n"
        "print([len(table) > 1 for table in tables])\n"
        f"study = ps.open_study({str(mailbox)!r}, progress=False)\n"
        "print(len(study.messages), study.results)\n"
        f"ps.extract({str(mailbox)!r}, {str(mailbox.parent / 'tables')!r})\n"
        f"print(ps.read_tables({str(mailbox.parent / 'tables')!r}).resources['verdict'].item())\n"
    )
    first, second, third = installed.script(code).splitlines()
    assert (first, third) == ("[True, True, True]", "spy_pixel")
    n, results = second.split()
    assert n == "1"
    assert Path(results).is_relative_to(installed.user)


def test_the_study_runs_on_a_mailbox(installed: Installed, mailbox: Path) -> None:
    said = installed.run("study", "--mailbox", mailbox).stdout.splitlines()
    (results,) = installed.user.glob("data/private/box.mbox-*/results")
    assert f"Findings, tables and figures: {results}" in said
    assert said[-3:] == [
        f"Your report: {results.parent / 'report.html'}",
        f"Notebooks: {results.parent / 'notebooks'}",
        "Open them with: pixelstudy lab",
    ]
    assert len(list((results.parent / "notebooks").glob("*.ipynb"))) == 7
    assert f"To read in a browser: {results.parent / 'pages' / 'index.html'}" in said
    assert len(list((results.parent / "pages").glob("*.html"))) == 8
    findings = json.loads((results / "findings.json").read_text(encoding="utf-8"))
    assert findings["00-read-your-mailbox"]["n_messages"] == 1


def test_the_study_of_the_public_mail_runs_and_goes_where_out_says(installed: Installed, tmp_path: Path) -> None:
    said = installed.run("study", "--out", tmp_path / "out").stdout.splitlines()
    assert f"Findings, tables and figures: {tmp_path / 'out' / 'results'}" in said
    assert said[-2:] == [f"Notebooks: {tmp_path / 'out' / 'notebooks'}", "Open them with: pixelstudy lab"]
    assert len(list((tmp_path / "out" / "notebooks").glob("*.ipynb"))) == 7
    found, committed = (
        json.loads(path.read_text(encoding="utf-8"))
        for path in (tmp_path / "out" / "results" / "findings.json", PROJECT / "data" / "results" / "findings.json")
    )
    assert found == committed


def test_a_report_is_written(installed: Installed, mailbox: Path, tmp_path: Path) -> None:
    installed.run("extract", mailbox, "--out", tmp_path / "tables", "--quiet")
    said = installed.run("report", tmp_path / "tables", "--out", tmp_path / "page.html").stdout
    assert said.startswith(f"{tmp_path / 'page.html'}: open it in a browser")
    assert "published" in (tmp_path / "page.html").read_text(encoding="utf-8").lower()


def test_the_lab_is_given_copies_in_a_folder_of_the_users(installed: Installed) -> None:
    installed.script("from pixelstudy import chooser; chooser.choose_study(None)")
    installed.run("lab", "--version")  # JupyterLab prints its version, and ends
    assert len(list((installed.user / "data" / "private" / "lab" / "notebooks").glob("*.ipynb"))) == 7


def test_raw_mail_is_fetched_into_a_folder_of_the_users(installed: Installed, corpora: Path) -> None:
    said = installed.run("corpora", "fetch", "markup", "--from", corpora / "markup").stdout
    assert said == f"markup: {installed.user / 'data' / 'raw' / 'markup'}\n"
    assert "here" in installed.run("corpora", "list").stdout
    assert installed.run("corpora", "extract", "markup").stdout.splitlines()[-1] == (
        f"Tables: {installed.user / 'data' / 'corpora'}"
    )
    assert (installed.user / "data" / "corpora" / "markup" / "messages.parquet").exists()


@pytest.mark.parametrize("arguments", [["corpora", "describe"], ["corpora", "fetch", "tea"]])
def test_what_takes_a_clone_or_is_not_there_is_one_line(installed: Installed, arguments: list[str]) -> None:
    error = installed.run(*arguments, status=2).stderr
    assert error.startswith("pixelstudy: ")
    assert error.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_line(installed: Installed, mailbox: Path, tmp_path: Path) -> None:
    shutil.copy(mailbox, tmp_path / "other.mbox")
    (tmp_path / "locked").mkdir(mode=0o500)
    error = installed.run("study", "--mailbox", mailbox, "--out", tmp_path / "locked" / "out", status=2).stderr
    assert error.count("\n") == 1
