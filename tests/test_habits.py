"""What contributors meet: the hooks, the workflow and the forms parse, and run and ask for what exists."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from typer.testing import CliRunner

from pixelstudy.cli import app

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*-*.yml"))
every_form = pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_hooks_are_the_checks_of_make_lint_and_need_no_network() -> None:
    (repository,) = load(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    entries = [hook["entry"].removeprefix(".venv/bin/python -m ") for hook in repository["hooks"]]
    lint = re.findall(r"^\t\$\(RUN\) -m (.+)$", MAKEFILE.split("\nlint:")[1].split("\n\n")[0], flags=re.MULTILINE)
    assert [" ".join(re.sub(r"--\S+", "", line).split()) for line in entries] == [
        " ".join(re.sub(r"--\S+", "", line).split()) for line in lint
    ]
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}


def test_the_workflow_runs_the_readmes_commands_on_every_system_and_python() -> None:
    workflow = load(ROOT / ".github" / "workflows" / "test.yml")
    job = workflow["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    pythons = [f"3.{minor}" for minor in range(11, 15)]
    systems = ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert list(product(matrix["system"], matrix["python"])) == list(product(systems, pythons))
    commands = [step["run"].removesuffix(" PYTHON=python") for step in job["steps"] if "make " in step.get("run", "")]
    assert commands[-3:] == ["make study", "make site", "make test"]
    assert workflow["permissions"] == {"contents": "read"}


def test_there_is_a_form_for_each_kind_of_report() -> None:
    assert [path.stem for path in FORMS] == ["false-alarm", "missed-pixel", "unread-mailbox"]


@every_form
def test_a_form_is_one_that_github_shows(path: Path) -> None:
    form = load(path)
    assert {"name", "description", "body"} <= set(form)
    kinds = [item["type"] for item in form["body"]]
    assert set(kinds) <= {"markdown", "input", "textarea", "dropdown", "checkboxes"}
    asked = [item for item in form["body"] if item["type"] != "markdown"]
    assert all(item["attributes"]["label"] for item in asked)
    names = [item["id"] for item in asked]
    assert len(names) == len(set(names))
    assert any(item.get("validations", {}).get("required") for item in asked)


@every_form
def test_a_form_reminds_of_what_not_to_share_before_it_asks(path: Path) -> None:
    first, *_ = load(path)["body"]
    assert first["type"] == "markdown"
    for what in ("public", "e-mail address", "whole URL"):
        assert what in first["attributes"]["value"]


@every_form
def test_a_form_names_only_commands_that_exist(path: Path) -> None:
    named = set(re.findall(r"pixelstudy (--version|[a-z]+)", path.read_text(encoding="utf-8")))
    assert "--version" in named
    for name in named:
        asked = [name] if name.startswith("--") else [name, "--help"]
        assert CliRunner().invoke(app, asked).exit_code == 0


def test_the_pull_request_template_is_short() -> None:
    text = (ROOT / ".github" / "pull_request_template.md").read_text(encoding="utf-8")
    assert 0 < len(text.splitlines()) <= 12
