"""Every sentence of a notebook is about the mailbox that it was run on, and claims nothing without data."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from pixelstudy.cli import main
from pixelstudy.figures import page
from pixelstudy.study.notebooks import notebook_for, notebook_paths, read_notebook
from pixelstudy.study.study import Study, open_study
from tests.mailboxes.boxes import BOXES, mail, mbox

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = {path.stem[:2]: path for path in notebook_paths(PROJECT)}
MAILBOXES: dict[str, Callable[[Path], Path]] = {
    "nothing received": lambda folder: mbox(folder / "mail.mbox", [mail(1, "jane@reader.example", labels="Sent")]),
    **BOXES,
}

CORPORA = sorted({path.name for path in (PROJECT / "data" / "corpora").iterdir()} - {"lists"})
OTHERS = re.compile(
    rf"(?i)\b({'|'.join(CORPORA)}|HEY|newsroom|convenience sample|US polit\w+|campaigns?|the corpora)\b|`lists`"
)
"""Words about the public mail."""

NOT_ABOUT = re.compile(r"Beside |Through a proxy")
"""Headings under which other mail and HEY may be named."""

RULES = re.compile(r"HEY-like|MailTrackerBlocker")
"""Names of rules, which the tables of definitions list."""

EMPTY_CLAIM = re.compile(
    r"(?i)\bnan\b|<NA>|\binf\b|\bNone of 0\b|\b0 of 0\b|\bof 0 (messages|senders|vendors)\b|0 % (and|to) 0 %|n = 0\b"
)
YEAR = re.compile(r"\b(?:19|20)\d\d\b")


class Said:
    """What a notebook says, as pairs of the heading above it and the words."""

    def __init__(self) -> None:
        self.heading = ""
        self.words: list[tuple[str, str]] = []

    def add(self, text: str) -> None:
        for line in text.splitlines():
            if line.startswith("#"):
                self.heading = line.lstrip("# ")
            if line.strip():
                self.words.append((self.heading, line))

    def show(self, *values: Any) -> None:
        for value in values:
            for name in ("_repr_markdown_", "_repr_html_"):
                found = getattr(value, name, lambda: None)()
                if found:
                    self.add(re.sub(r"<[^>]+>", " ", html.unescape(found)) if "html" in name else found)
                    break
            else:
                if value is not None and "object at" not in repr(value):
                    self.add(repr(value))


def run(path: Path, study: Study, said: Said, capsys: pytest.CaptureFixture[str]) -> None:
    """Run the cells of a notebook in this process, as they belong to a mailbox, and collect what it says."""
    assert study.choice is not None
    space: dict[str, Any] = {"__name__": "__main__", "display": said.show}
    for number, cell in enumerate(notebook_for(path, study.choice).cells, start=1):
        if cell.cell_type == "markdown":
            said.add(cell.source)
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"{path.stem}, cell {number}", "exec"), space)
        if isinstance(last, ast.Expr):
            said.show(eval(compile(ast.Expression(last.value), f"{path.stem}, cell {number}", "eval"), space))
        said.add(capsys.readouterr().out)


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Study]]:
    """Each mailbox, read once."""
    home, opened = tmp_path_factory.mktemp("home"), dict[str, Study]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELSTUDY_HOME", str(home))
        patch.setenv("PIXELSTUDY_HEADLESS", "1")
        patch.delenv("PIXELSTUDY_STUDY", raising=False)

        def one(name: str) -> Study:
            if name not in opened:
                opened[name] = open_study(MAILBOXES[name](tmp_path_factory.mktemp("box")), progress=False)
            return opened[name]

        yield one


def untrue(said: Said, study: Study, *, is_demo: bool) -> list[str]:
    """Return the lines that are not about the mailbox, or that claim something without data."""
    known = {str(year) for year in study.messages["year"].dropna()} | ({"2026", "2021"} if is_demo else set())
    n = int(study.is_solicited.sum())
    too_many = re.compile(r"(?<!out )\b[Oo]f (100|a hundred)\b" if n < 100 else r"(?!)")
    wrong = []
    for heading, line in said.words:
        about = RULES.sub("", line) if not NOT_ABOUT.match(heading) else ""
        years = set(YEAR.findall(re.sub(r"read on [\d-]+", "", about)))
        if OTHERS.search(about) or EMPTY_CLAIM.search(line) or too_many.search(line) or years - known:
            wrong.append(line)
    return wrong


@pytest.mark.notebooks
# Notebook 06 is about the detector, on the public mail that was labelled.
@pytest.mark.parametrize("number", [number for number in NOTEBOOKS if number != "06"])
@pytest.mark.parametrize("name", MAILBOXES)
def test_every_sentence_is_about_the_mailbox(
    name: str,
    number: str,
    studies: Callable[[str], Study],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    study, said = studies(name), Said()

    def write(drawn: Figure, path: Path | BytesIO, *, alt: str) -> None:
        said.add("\n".join([alt, *(text.get_text() for text in drawn.findobj(Text))]))  # type: ignore[attr-defined]

    monkeypatch.setattr(page, "write_figure", write)
    monkeypatch.setattr("IPython.display.display", said.show)
    monkeypatch.setattr("IPython.display.Image", lambda *_, **__: None)
    assert study.choice is not None
    study.choice.notebooks.mkdir(exist_ok=True)
    monkeypatch.chdir(study.choice.notebooks)
    run(NOTEBOOKS[number], study, said, capsys)
    assert len(said.words) > 10
    assert untrue(said, study, is_demo=number == "01") == []


@pytest.mark.notebooks
def test_the_command_runs_the_study_on_a_takeout_and_leads_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIXELSTUDY_HOME", str(tmp_path / "home"))
    mailbox = BOXES["takeout"](tmp_path)
    monkeypatch.setattr("sys.argv", ["pixelstudy", "study", "--mailbox", str(mailbox)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    *_, report, notebooks, _ = capsys.readouterr().out.splitlines()
    assert "Spy pixels in" in Path(report.removeprefix("Your report: ")).read_text(encoding="utf-8")
    study = open_study(progress=False)
    executed = sorted(Path(notebooks.removeprefix("Notebooks: ")).glob("*.ipynb"))
    assert [path.name for path in executed] == [path.name for path in NOTEBOOKS.values()]
    for path in executed:
        said = Said()
        for cell in read_notebook(path).cells:
            said.add(cell.source if cell.cell_type == "markdown" else "")
            for output in cell.get("outputs", ()):
                assert output["output_type"] != "error"
                said.add(output.get("text", output.get("data", {}).get("text/markdown", "")))
        if path.stem[:2] != "06":
            assert untrue(said, study, is_demo=path.stem.startswith("01")) == []
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", "\n".join(line for _, line in said.words)):
            assert (path.parent / link).exists(), link


def test_words_about_other_mail_and_claims_without_data_are_found(studies: Callable[[str], Study]) -> None:
    study = studies("one")
    for line in (
        "Of 100 messages, 75 hold a spy pixel",
        "Between 0 % and 0 %, by published rule",
        "0 of 0 messages",
        "share nan",
        "a newsroom signed up",
        "SpamAssassin's mail of 2002",
        "as in October 2019",
    ):
        said = Said()
        said.add(f"# Title\n{line}")
        assert untrue(said, study, is_demo=False) == [line]
    said.add("## Beside what others published\nHEY said in 2021")
    assert len(untrue(said, study, is_demo=False)) == 1
