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
LOCKS = {f"{name}.lock": (ROOT / f"{name}.lock").read_text() for name in (
    "requirements", "requirements-test", "requirements-site"
)}  # fmt: skip
MAKEFILE = (ROOT / "Makefile").read_text()


def ranges(requirements: list[str]) -> dict[str, str]:
    parsed = map(Requirement, requirements)
    return {canonicalize_name(one.name): str(one.specifier) for one in parsed}


FOR_STUDY = ranges(PROJECT["dependencies"])
FOR_TESTS = ranges(PROJECT["optional-dependencies"]["test"])
FOR_SITE = ranges(PROJECT["optional-dependencies"]["site"])
each_lock = pytest.mark.parametrize("lock", LOCKS)


def locked(lock: str) -> dict[str, list[Version]]:
    pins: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", LOCKS[lock], re.MULTILINE):
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
    assert given == FOR_STUDY | FOR_TESTS


@pytest.mark.parametrize(
    ("lock", "wanted"),
    list(zip(LOCKS, (FOR_STUDY, FOR_STUDY | FOR_TESTS, FOR_STUDY | FOR_SITE), strict=True)),
    ids=["study", "tests", "site"],
)
def test_a_lock_pins_each_dependency_within_its_range(lock: str, wanted: dict[str, str]) -> None:
    pins = locked(lock)
    for name, specifier in wanted.items():
        assert name in pins, f"{name} is not in {lock}: make lock"
        assert all(version in Requirement(name + specifier).specifier for version in pins[name]), f"{name}: make lock"


def test_what_only_tests_or_the_site_need_is_not_in_the_lock_of_the_study() -> None:
    assert locked("requirements.lock").keys().isdisjoint(FOR_TESTS.keys() | FOR_SITE.keys())


def test_the_locks_agree() -> None:
    study, tests, site = map(locked, LOCKS)
    assert study.items() <= tests.items()
    assert study.items() <= site.items()
    assert {name for name in tests.keys() & site.keys() if tests[name] != site[name]} == set()


@each_lock
def test_a_lock_pins_one_version_of_a_package_with_its_hashes(lock: str) -> None:
    assert {name: pins for name, pins in locked(lock).items() if len(pins) > 1} == {}
    entries = re.split(r"^(?=[a-z])", LOCKS[lock], flags=re.MULTILINE)[1:]
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@each_lock
def test_a_lock_names_no_index_and_no_address(lock: str) -> None:
    options = {line.split("=")[0].strip() for line in LOCKS[lock].splitlines() if line.strip().startswith("-")}
    assert options == {"--hash"}
    assert "://" not in LOCKS[lock]
    assert " @ " not in LOCKS[lock]


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


def test_the_repository_is_the_same_wherever_it_is_named() -> None:
    repository = yaml.safe_load((ROOT / "CITATION.cff").read_text())["repository-code"]
    assert PROJECT["urls"]["Source"] == repository
    assert all(url.startswith(repository) for url in PROJECT["urls"].values())


def test_both_licences_are_named_and_their_files_are_there() -> None:
    assert PROJECT["license"] == "MIT AND CC-BY-4.0"
    assert all((ROOT / name).exists() for name in PROJECT["license-files"])
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
    for name in ("Makefile", *LOCKS, "pyproject.toml"):
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
