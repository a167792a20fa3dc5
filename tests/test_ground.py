"""The files around the code: where two of them say the same thing, they agree."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import pixelstudy

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def ranges(requirements: list[str]) -> dict[str, str]:
    parsed = map(Requirement, requirements)
    return {canonicalize_name(one.name): str(one.specifier) for one in parsed}


WANTED = ranges(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"])


def locked() -> dict[str, list[Version]]:
    pins: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", LOCK, re.MULTILINE):
        pins.setdefault(canonicalize_name(name), []).append(Version(version))
    return pins


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def tracked_files() -> list[Path]:
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def test_conda_and_pip_are_given_the_same_packages_in_the_same_ranges() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (from_pip,) = (entry["pip"] for entry in environment if isinstance(entry, dict))
    given = ranges([entry for entry in environment if isinstance(entry, str)] + from_pip)
    assert given.pop("python") == PROJECT["requires-python"]
    assert given.pop("pip") == ""
    assert given == WANTED


@pytest.mark.parametrize("name", sorted(WANTED))
def test_lock_pins_each_dependency_within_its_range(name: str) -> None:
    versions = locked().get(name, [])
    assert versions, f"{name} is not in requirements.lock: make lock"
    specifier = Requirement(name + WANTED[name]).specifier
    assert all(version in specifier for version in versions), f"{name} is locked out of its range: make lock"


def test_lock_pins_one_version_of_a_package_with_its_hashes() -> None:
    assert {name: pins for name, pins in locked().items() if len(pins) > 1} == {}
    entries = re.split(r"^(?=[a-z])", LOCK, flags=re.MULTILINE)[1:]
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_lock_names_no_index_and_no_address() -> None:
    options = {line.split("=")[0].strip() for line in LOCK.splitlines() if line.strip().startswith("-")}
    assert options == {"--hash"}
    assert "://" not in LOCK
    assert " @ " not in LOCK


def test_every_file_gives_the_same_version_and_its_date() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    changelog = (ROOT / "CHANGELOG.md").read_text()
    sections = re.findall(r"^## \[(.+?)\] - (unreleased|\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)
    assert len(sections) == changelog.count("\n## "), "a section is a version and its date, or `unreleased`"
    versions = [Version(version) for version, _ in sections]
    assert versions == sorted(versions, reverse=True)
    assert "unreleased" not in dict(sections[1:]).values(), "only the newest version is unreleased"
    (version, date), *_ = [section for section in sections if section[1] != "unreleased"]
    assert version == citation["version"] == pixelstudy.__version__
    assert date == str(citation["date-released"])
    assert all(f"\n[{version}]: {citation['repository-code']}/" in changelog for version, _ in sections)


def test_citation_names_both_licences_and_their_files_are_there() -> None:
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["license"] == ["MIT", "CC-BY-4.0"]
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert "creativecommons.org/licenses/by/4.0/legalcode" in (ROOT / "LICENSE-DATA").read_text()


def test_no_text_file_names_a_package_index_or_a_path_of_one_machine() -> None:
    # Written in halves, so that this file does not hold them.
    hosts = [
        "py" + r"pi\.org",
        "python" + r"hosted\.org",
        "npm" + r"js\.(?:org|com)",
        "deb" + r"\.debian\.org",
    ]
    places = ["/ro" + "ot/", "/wo" + "rk/(?:main|shared)"]
    unwanted = re.compile("|".join(hosts + places).encode())
    found = [
        f"{path.relative_to(ROOT)}: {hit.group().decode()}"
        for path in tracked_files()
        if b"\0" not in (content := path.read_bytes())
        for hit in unwanted.finditer(content)
    ]
    assert found == []


def test_make_alone_shows_every_command() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert set(re.findall(r"^make (\w+) +\S", shown, re.MULTILINE)) == targets()


def test_an_old_python_is_refused_in_one_line(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "python3.9"
    old.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = (3, 9, 18); $2"\n')
    old.chmod(0o755)
    command = ["make", "--silent", "test", f"PYTHON={old}"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert run.stderr.startswith("pixelstudy needs Python 3.11 or newer")
    assert not (tmp_path / ".venv").exists()


def test_check_runs_the_readmes_own_test_command_last() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    last = script.rstrip().splitlines()[-1]
    assert last == "make test"
    assert f"\n{last}\n" in (ROOT / "README.md").read_text()
