"""The README and the pages it leads to: numbers are those of the study, links lead somewhere, commands exist."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from pixelstudy.cli import app
from pixelstudy.errors import UserError
from pixelstudy.measure.definitions import DEFINITIONS
from pixelstudy.study.prose import fill, fill_file, read_numbers

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
PAGES = [
    *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "data/README.md", "data/labels/README.md")),
    *(PROJECT / "benchmarks" / "README.md", *sorted((PROJECT / "docs").glob("*.md"))),
]
FINDINGS = PROJECT / "data" / "results" / "findings.json"
MARKED = re.compile(r"<!-- [\w./-]+ (?:%|\.1%|,) -->.*?<!-- / -->")

QUOTED = {"95 % interval": "the level of the intervals, not a result"}
"""Per cent that the README may give without a mark."""

OTHERS = (
    ". .venv/bin/activate",
    ".venv/bin/pip install pre-commit",
    ".venv/bin/pre-commit install",
    ".venv/bin/python -m pytest tests/",
    "cd pixelstudy",
    "dask ",
    "git clone https://github.com/pixelstudy/pixelstudy",
    "pip install .",
)
"""How commands of other programs that a page gives start."""

SCREEN_PX = 800

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())


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
def test_a_finding_that_is_missing_or_not_a_number_is_named(findings: dict[str, object]) -> None:
    with pytest.raises(UserError, match="a/b"):
        fill("<!-- a/b % -->?<!-- / -->", findings)


def test_a_file_is_written_only_when_it_changed(tmp_path: Path) -> None:
    path, findings = tmp_path / "a.md", tmp_path / "findings.json"
    findings.write_text('{"a": {"n": 7}}')
    path.write_text("<!-- a/n , -->?<!-- / -->")
    assert fill_file(path, findings)
    assert path.read_text() == "<!-- a/n , -->7<!-- / -->"
    assert not fill_file(path, findings)


def test_speed_is_taken_from_the_file_beside_the_findings(tmp_path: Path) -> None:
    (tmp_path / "findings.json").write_text("{}")
    (tmp_path / "benchmark.json").write_text('{"plan": {"hu": {"core_hours": 3.4}}}')
    (tmp_path / "a.md").write_text("<!-- benchmark/plan/hu/core_hours , -->?<!-- / --> hours")
    assert fill_file(tmp_path / "a.md", tmp_path / "findings.json")
    assert (tmp_path / "a.md").read_text() == "<!-- benchmark/plan/hu/core_hours , -->3<!-- / --> hours"


def test_a_file_without_findings_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("")
    with pytest.raises(UserError, match="make study"):
        fill_file(tmp_path / "a.md", tmp_path / "findings.json")


# The pages


@every_page
def test_every_number_is_that_of_the_study(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert fill(text, read_numbers(FINDINGS)) == text


def test_the_readme_gives_no_result_without_a_mark() -> None:
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
    assert re.search(r'<img src="data/results/figures/[\w-]+\.png" width="\d+" alt="[^"]{20,}">', finding)


def test_its_picture_is_no_taller_than_a_screen() -> None:
    for name, width in re.findall(r'<img src="([^"]+)" width="(\d+)"', README):
        with Image.open(PROJECT / name) as picture:
            assert picture.height * int(width) / picture.width <= SCREEN_PX
    assert "![" not in README, "an image without a width is shown at its full size"


def links() -> list[tuple[Path, str]]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) + re.findall(r'<img src="([^"]+)"', text)
        found += [(page, link) for link in sorted(set(named))]
    return found


@pytest.mark.parametrize(("page", "link"), links(), ids=lambda one: one if isinstance(one, str) else one.parent.name)
def test_what_is_linked_is_there(page: Path, link: str) -> None:
    assert link.startswith("https://") or (page.parent / link).exists()


def test_every_notebook_and_every_page_is_linked() -> None:
    for folder, pattern in (("notebooks", "*.ipynb"), ("docs", "*.md")):
        for path in (PROJECT / folder).glob(pattern):
            assert f"({folder}/{path.name})" in README


def test_every_folder_of_the_package_is_explained() -> None:
    rooms = {path.parent.name for path in (PROJECT / "pixelstudy").glob("*/__init__.py")}
    table = README.split("## Where things are")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)) == rooms


def test_as_many_published_rules_are_named_as_there_are() -> None:
    numbers = "no one two three four five six seven eight nine ten eleven twelve".split()
    n_rules, n_lists = (numbers[sum(d.group == group for d in DEFINITIONS)] for group in ("peer", "list"))
    assert f"the rules of {n_rules} published tools and papers and of {n_lists} published lists" in README


def test_the_python_examples_are_python() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        ast.parse(block)


def commands(pages: list[Path]) -> list[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for page in pages:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
        spans = re.findall(r"`((?:pixelstudy|make) [^`]+)`", text)
        lines = [part for block in (*blocks, *spans) for line in block.splitlines() for part in line.split(" && ")]
        found |= {words for line in lines if (words := tuple(shlex.split(line, comments=True)))}
    return sorted(found)


@pytest.mark.parametrize("command", commands(PAGES), ids=" ".join)
def test_every_command_exists(command: tuple[str, ...]) -> None:
    if command[0] == "make":
        makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{command[1]}:", makefile, flags=re.MULTILINE)
        assert all(re.search(rf"^{name} \??=", makefile, flags=re.MULTILINE) for name in _variables(command[2:]))
    elif command[0] == "pixelstudy":
        at = 3 if command[1] == "corpora" else 2
        shown = CliRunner().invoke(app, [*command[1:at], "--help"])
        assert shown.exit_code == 0, shown.output
        assert all(option in shown.output for option in command[at:] if option.startswith("--"))
    else:
        assert " ".join(command).startswith(OTHERS)


def test_the_readme_gives_the_commands_to_run_and_to_check_the_study() -> None:
    assert {("make", "study"), ("make", "test"), ("make", "lab")} <= set(commands([PROJECT / "README.md"]))


def _variables(words: tuple[str, ...]) -> list[str]:
    return [word.partition("=")[0] for word in words]


def test_the_licences_are_those_of_the_package() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "MIT AND CC-BY-4.0"
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
