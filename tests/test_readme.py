"""The README: its numbers are those of the study, its links lead somewhere, its commands exist."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from pixelstudy.cli import app
from pixelstudy.errors import UserError
from pixelstudy.study.prose import fill, fill_file, read_numbers

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
FINDINGS = PROJECT / "data" / "results" / "findings.json"
MARKED = re.compile(r"<!-- [\w./-]+ (?:%|\.1%|,) -->.*?<!-- / -->")

QUOTED = {"95 % interval": "the level of the intervals, no result"}
"""Per cent that may stand in the README with no mark."""


def written(text: str, findings: dict[str, object]) -> str:
    return MARKED.sub(lambda mark: mark[0].split("-->", 1)[1].rsplit("<!--", 1)[0], fill(text, findings))


# Filling in


@pytest.mark.parametrize(
    ("how", "value", "expected"),
    [("%", 0.9455, "95 %"), (".1%", 0.9455, "94.5 %"), (",", 12345, "12,345"), ("%", 0, "0 %"), (",", 3.0, "3")],
)
def test_a_number_is_written_as_its_mark_says(how: str, value: float, expected: str) -> None:
    assert written(f"<!-- a/b {how} -->?<!-- / -->", {"a": {"b": value}}) == expected


def test_marks_stay_and_filling_again_changes_nothing() -> None:
    text = "Of <!-- 02-a/n , -->?<!-- / -->, <!-- 02-a/b.c/share % -->old\nnumber<!-- / --> and ?."
    findings = {"02-a": {"n": 442, "b.c": {"share": 0.5}}}
    once = fill(text, findings)
    assert once == "Of <!-- 02-a/n , -->442<!-- / -->, <!-- 02-a/b.c/share % -->50 %<!-- / --> and ?."
    assert fill(once, findings) == once


@pytest.mark.parametrize("findings", [{}, {"a": 1}, {"a": {"c": 1}}, {"a": {"b": {"c": 1}}}, {"a": {"b": None}}])
def test_a_finding_that_is_not_there_or_no_number_is_named(findings: dict[str, object]) -> None:
    with pytest.raises(UserError, match="a/b"):
        fill("<!-- a/b % -->?<!-- / -->", findings)


def test_a_file_is_written_only_when_it_changed(tmp_path: Path) -> None:
    path, findings = tmp_path / "a.md", tmp_path / "findings.json"
    findings.write_text('{"a": {"n": 7}}')
    path.write_text("<!-- a/n , -->?<!-- / -->")
    assert fill_file(path, findings)
    assert path.read_text() == "<!-- a/n , -->7<!-- / -->"
    assert not fill_file(path, findings)


def test_what_was_measured_of_speed_stands_beside_the_findings(tmp_path: Path) -> None:
    (tmp_path / "findings.json").write_text("{}")
    (tmp_path / "benchmark.json").write_text('{"plan": {"hu": {"core_hours": 3.4}}}')
    (tmp_path / "a.md").write_text("<!-- benchmark/plan/hu/core_hours , -->?<!-- / --> hours")
    assert fill_file(tmp_path / "a.md", tmp_path / "findings.json")
    assert (tmp_path / "a.md").read_text() == "<!-- benchmark/plan/hu/core_hours , -->3<!-- / --> hours"


def test_a_file_without_findings_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("")
    with pytest.raises(UserError, match="make study"):
        fill_file(tmp_path / "a.md", tmp_path / "findings.json")


# This README


def test_every_number_is_that_of_the_study() -> None:
    assert fill(README, read_numbers(FINDINGS)) == README


def test_no_result_stands_without_its_mark() -> None:
    prose = re.sub(r"```.*?```", "", MARKED.sub("", README), flags=re.DOTALL)
    for quoted in QUOTED:
        assert quoted in prose
        prose = prose.replace(quoted, "")
    assert re.findall(r".{0,30}\d\s?%.{0,10}", prose) == []
    assert re.findall(r"\b\d{1,3},\d{3}\b", prose) == []


def test_the_finding_comes_first_with_denominator_interval_and_figure() -> None:
    headings = re.findall(r"^## (.+)$", README, flags=re.MULTILINE)
    assert headings[:3] == ["The finding", "Run it on your own mail", "Open the notebooks"]
    finding = README.split("## The finding")[1].split("\n## ")[0]
    for name in ("n_messages", "n_senders", "headline/share", "headline/low", "headline/high", "sender_share"):
        assert name in finding
    assert re.search(r"!\[[^\]]{20,}\]\(data/results/figures/\w+\.png\)", finding)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README))))
def test_what_is_linked_is_there(link: str) -> None:
    assert link.startswith("https://") or (PROJECT / link).exists()


def test_every_notebook_is_linked() -> None:
    for path in (PROJECT / "notebooks").glob("*.ipynb"):
        assert f"(notebooks/{path.name})" in README


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    spans = re.findall(r"`((?:pixelstudy|make) [^`]+)`", README)
    return [shlex.split(line, comments=True) for block in (*blocks, *spans) for line in block.splitlines() if line]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_exists(command: list[str]) -> None:
    if command[0] == "make":
        makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{command[1]}:", makefile, flags=re.MULTILINE)
        assert all(re.search(rf"^{name} \??=", makefile, flags=re.MULTILINE) for name in _variables(command[2:]))
    elif command[0] == "pixelstudy":
        at = 3 if command[1] == "corpora" else 2
        said = CliRunner().invoke(app, [*command[1:at], "--help"])
        assert said.exit_code == 0, said.output
        assert all(option in said.output for option in command[at:] if option.startswith("--"))
    else:
        assert command == [".", ".venv/bin/activate"]


def _variables(words: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in words]


def test_the_licences_are_those_of_the_package() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "MIT"
    assert "[MIT](LICENSE)" in README
    assert "[CC BY 4.0](LICENSE-DATA)" in README


# The published figures


def test_published_figures_have_a_share_and_a_source_each() -> None:
    published = pd.read_csv(PROJECT / "data" / "published.csv")
    columns = ["study", "short", "year", "who", "n_messages", "population", "definition", "share", "as_said", "source"]
    assert list(published.columns) == columns
    assert published["share"].between(0, 1).all()
    assert published.drop(columns="n_messages").notna().all(axis=None)
    assert published["short"].is_unique
    assert published["year"].between(2010, 2026).all()


def test_published_figures_are_those_of_the_papers() -> None:
    published = pd.read_csv(PROJECT / "data" / "published.csv").set_index("short")
    shares = {"HEY 2021": 0.6667, "Englehardt 2018": 0.70, "Hu 2019": 0.24, "Bender 2018": 0.92, "OMC 2017": 0.406}
    assert published["share"].to_dict() == shares
    assert published.loc["Englehardt 2018", "n_messages"] == 12_618
    assert published.loc["Hu 2019", "n_messages"] == 2_300_000
