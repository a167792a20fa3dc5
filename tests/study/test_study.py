from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pixelstudy.cli import main
from pixelstudy.errors import UserError
from pixelstudy.extraction import run as extract_module
from pixelstudy.figures import charts
from pixelstudy.study.choice import choose_study
from pixelstudy.study.study import Study, open_study

PROJECT = Path(__file__).resolve().parents[2]


def message(number: int, *, sender: str = "news@shop.example", headers: str = "", html: str = "<p>Hello</p>") -> str:
    return (
        f"From MAILER-DAEMON Fri Mar  1 12:00:00 2024\nFrom: {sender}\nTo: ann@example.org\n"
        f"Message-ID: <{number}@shop.example>\nDate: Fri, 01 Mar 2024 12:{number:02}:00 +0000\nMIME-Version: 1.0\n"
        f"Content-Type: text/html; charset=utf-8\n{headers}\n{html}<p>{number}</p>\n\n"
    )


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    path = tmp_path / "mail" / "in box.mbox"
    path.parent.mkdir()
    pixel = '<img src="https://open.example.net/o.gif?r=8f14e45fceea167a5a36dedd4bea2543" width="1" height="1">'
    spam = message(2, sender="x@spam.example", headers="X-Gmail-Labels: Spam\n")
    path.write_text(message(1, html=pixel) + spam + message(3))
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of its own, with the released tables."""
    folder = tmp_path / "home"
    (folder / "data").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    for name in ("corpora", "published.csv"):
        (folder / "data" / name).symlink_to(PROJECT / "data" / name)
    monkeypatch.setenv("PIXELSTUDY_HOME", str(folder))
    monkeypatch.delenv("PIXELSTUDY_STUDY", raising=False)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def results_of(tmp_path: Path) -> Study:
    return Study("a", (), tmp_path / "results", is_private=True)


# Which study


def test_the_released_study_holds_every_corpus_with_its_parts(home: Path) -> None:
    study = open_study()
    assert (study.name, study.is_private) == ("released", False)
    assert study.results == home / "data" / "results"
    assert set(study.messages["corpus"]) == {
        "csdmc2010", "lists", "markup", "milter", "phishing_pot", "spamassassin", "unspy",
    }  # fmt: skip
    assert {"easy_ham", "easy_ham_2", "hard_ham", "spam", "spam_2"} <= set(study.messages["part"])
    assert study.messages["part"].notna().all()
    assert set(study.resources["message_key"]) <= set(study.messages["message_key"])
    assert {"corpus", "reason"} <= set(study.skipped.columns)


def test_asked_for_is_what_was_received_and_all_that_a_corpus_signed_up_for(home: Path) -> None:
    study = open_study("released")
    messages, asked = study.messages, study.is_solicited
    assert asked[messages["corpus"] == "markup"].all()
    assert (messages.loc[messages["corpus"] == "markup", "population"] == "spam").any()
    assert not asked[(messages["corpus"] == "phishing_pot") & (messages["population"] != "received")].any()
    assert asked[messages["population"] == "received"].all()


def test_a_mailbox_is_a_study_of_its_own_under_private(home: Path, mailbox: Path) -> None:
    study = open_study(mailbox, progress=False)
    assert (study.name, study.is_private) == ("in-box.mbox", True)
    assert study.results.is_relative_to(home / "data" / "private")
    assert len(study.messages) == 3
    assert study.messages["n_spy_pixel"].sum() == 1
    assert study.is_solicited.tolist() == (study.messages["population"] == "received").tolist() == [True, False, True]


def test_other_populations_are_a_study_with_results_of_its_own(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "box").mkdir()
    for number, name in enumerate(("Inbox", "Junk", "Sent")):
        (tmp_path / "box" / name).write_text(message(number))
    received = open_study(tmp_path / "box", progress=False)
    assert (received.what, received.is_solicited.sum(), received.results.name) == ("received", 1, "results")
    spam = open_study(tmp_path / "box", progress=False, populations=["spam"])
    assert (spam.what, spam.is_solicited.sum(), spam.results.name) == ("in spam", 1, "results-spam")
    assert spam.tables == received.tables
    monkeypatch.setenv("PIXELSTUDY_POPULATION", "spam,sent")
    both = open_study(tmp_path / "box", progress=False)
    assert (both.what, both.is_solicited.sum(), both.results.name) == ("in spam or sent", 2, "results-spam-sent")
    assert open_study("released").populations == ("received",)


def test_two_mailboxes_of_one_name_do_not_mix(home: Path, mailbox: Path, tmp_path: Path) -> None:
    other = tmp_path / "in box.mbox"
    other.write_text(message(9))
    first, second = (open_study(path, progress=False) for path in (mailbox, other))
    assert first.name == second.name
    assert first.results != second.results
    assert (len(first.messages), len(second.messages)) == (3, 1)


def test_a_mailbox_is_read_once_and_again_only_when_it_changed(
    home: Path, mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_study(mailbox, progress=False)
    with monkeypatch.context() as patched:
        patched.setattr(extract_module, "run_tasks", lambda *a, **k: pytest.fail("read again"))
        assert len(open_study(mailbox, progress=False).messages) == 3
    mailbox.write_text(mailbox.read_text() + message(4))
    assert len(open_study(mailbox, progress=False).messages) == 4


def test_an_argument_beats_the_environment_which_beats_the_last_choice(
    home: Path, mailbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.mbox"
    other.write_text(message(9))
    assert open_study(progress=False).name == "released"
    choose_study(mailbox)
    assert open_study(progress=False).name == "in-box.mbox"
    monkeypatch.setenv("PIXELSTUDY_STUDY", str(other))
    assert open_study(progress=False).name == "other.mbox"
    assert open_study("released").name == "released"
    monkeypatch.setenv("PIXELSTUDY_STUDY", "released")
    assert open_study(progress=False).name == "released"
    assert open_study(mailbox, progress=False).name == "in-box.mbox"


@pytest.mark.parametrize("nothing", [None, "released"])
def test_a_choice_can_be_taken_back(home: Path, mailbox: Path, nothing: str | None) -> None:
    choose_study(mailbox)
    choose_study(nothing)
    assert open_study().name == "released"
    choose_study(nothing)


def test_a_choice_holds_from_any_folder(home: Path, mailbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mailbox.parent)
    choose_study(mailbox.name)
    monkeypatch.chdir(home)
    assert open_study(progress=False).name == "in-box.mbox"


def test_a_damaged_choice_is_ignored(home: Path) -> None:
    (home / "data" / "private").mkdir(parents=True)
    (home / "data" / "private" / "choice.json").write_text("{")
    assert open_study().name == "released"


def test_a_path_from_the_home_folder_is_understood(home: Path, mailbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(mailbox.parent))
    assert open_study(f"~/{mailbox.name}", progress=False).name == "in-box.mbox"


def test_a_missing_mailbox_is_refused_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        open_study(tmp_path / "nowhere.mbox", progress=False)
    assert not (home / "data" / "private").exists()


def test_a_project_without_tables_says_so(home: Path) -> None:
    (home / "data" / "corpora").unlink()
    with pytest.raises(UserError, match="holds no released tables"):
        open_study("released")


def test_tables_and_results_go_where_out_says(home: Path, mailbox: Path, tmp_path: Path) -> None:
    private = open_study(mailbox, progress=False, out=tmp_path / "out")
    assert private.tables == (("in-box.mbox", tmp_path / "out" / "tables"),)
    assert private.results == tmp_path / "out" / "results"
    spam = open_study(mailbox, progress=False, out=tmp_path / "out", populations=["spam"])
    assert (spam.tables, spam.results) == (private.tables, tmp_path / "out" / "results-spam")
    assert open_study("released", out=tmp_path / "public").results == tmp_path / "public" / "results"
    assert not (home / "data" / "private").exists()


def test_a_private_study_writes_nothing_outside_of_private(home: Path, mailbox: Path) -> None:
    before = set(home.rglob("*"))
    study = open_study(mailbox, progress=False)
    choose_study(mailbox)
    study.record("00", n=1)
    study.save_table("a", pd.DataFrame({"b": [1]}))
    written = {path for path in home.rglob("*") if path.is_file()} - before
    assert written
    assert all(path.is_relative_to(home / "data" / "private") for path in written)
    assert names(mailbox.parent) == ["in box.mbox"]


def test_private_is_ignored_by_git() -> None:
    assert "data/private/" in (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()


# What is written


def recorded(study: Study) -> Any:
    return json.loads((study.results / "findings.json").read_text(encoding="utf-8"))


def test_recording_replaces_the_findings_of_one_notebook_alone(tmp_path: Path) -> None:
    study = results_of(tmp_path)
    study.record("00", a=1, b=2)
    study.record("01", a=3)
    study.record("00", c=4)
    assert recorded(study) == {"00": {"c": 4}, "01": {"a": 3}}
    assert names(study.results) == ["findings.json"]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (0.123456, 0.1235),
        (2.0, 2),
        (-0.0, 0),
        (True, True),
        (None, None),
        ("a", "a"),
        (float("nan"), None),
        (float("inf"), None),
        (np.float64("nan"), None),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (2**60 + 1, 2**60 + 1),
        (np.bool_(False), False),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Timestamp("2024-03-01", tz="UTC"), "2024-03-01 00:00:00+00:00"),
        (Path("a/b"), "a/b"),
        ([1, np.nan, pd.NA], [1, None, None]),
        ((1, 2.5), [1, 2.5]),
        (np.array([1.0, np.nan]), [1, None]),
        (pd.Series([1, None], index=["x", "y"], dtype="Int64"), {"x": 1, "y": None}),
        (pd.Index(["a"]), ["a"]),
        ({2019: {"share": np.float64(0.5)}}, {"2019": {"share": 0.5}}),
    ],
)
def test_findings_are_plain_json(tmp_path: Path, value: object, plain: object) -> None:
    study = results_of(tmp_path)
    study.record("00", value=value)
    found = recorded(study)["00"]["value"]
    assert found == plain
    assert type(found) is type(plain)


CALC = "cmd|' /C calc'!A0"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "＝"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(tmp_path: Path, start: str) -> None:
    data = pd.DataFrame({"sender": [start + CALC, "shop.example", None], "n": [-1, 2, 3]})
    path = results_of(tmp_path).save_table("a", data)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["sender"] == "'" + start.replace("\t", " ").replace("\r", " ").replace("\n", " ") + CALC
    assert [row["sender"] for row in rows[1:]] == ["shop.example", ""]
    assert [row["n"] for row in rows] == ["-1", "2", "3"]
    assert data["sender"].iloc[0].startswith(start)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\t", "\x00"])
def test_no_cell_opens_a_row_of_its_own(tmp_path: Path, end: str) -> None:
    text = results_of(tmp_path).save_table("a", pd.DataFrame({"sender": [f"shop{end}={CALC}"]})).read_bytes()
    assert text == f"sender\nshop ={CALC}\n".encode()


def test_formulas_are_found_in_text_of_every_type(tmp_path: Path) -> None:
    text = pd.Series(["=1+1", "a"])
    for typed in (text.astype("object"), text.astype("str"), text.astype("category")):
        assert results_of(tmp_path).save_table("a", pd.DataFrame({"b": typed})).read_text() == "b\n'=1+1\na\n"


def test_tables_keep_numbers_times_and_missing_values(tmp_path: Path) -> None:
    data = pd.DataFrame(
        {
            "share": [1 / 3, np.nan],
            "n": pd.array([1, None], dtype="Int64"),
            "is_private": [True, False],
            "sent_at": pd.Series([pd.Timestamp("2024-03-01", tz="UTC"), pd.NaT]),
        }
    )
    text = results_of(tmp_path).save_table("a", data).read_text()
    assert text == "share,n,is_private,sent_at\n0.3333,1,True,2024-03-01 00:00:00+00:00\n,,False,\n"


def test_a_figure_is_saved_with_its_alt_text_and_its_data(tmp_path: Path) -> None:
    study, data = results_of(tmp_path), pd.DataFrame({"name": ["=a"], "n": [3]})
    figure = charts.bars(data, label="name", value="n", title="Three")
    path = study.save_figure("three", figure, alt="One bar: three.", data=data)
    assert path == study.results / "figures" / "three.png"
    assert names(path.parent) == ["three.png", "three.svg", "three.txt"]
    assert (path.parent / "three.txt").read_text() == "One bar: three.\n"
    assert "One bar: three." in (path.parent / "three.svg").read_text()
    assert (study.results / "tables" / "figure-three.csv").read_text() == "name,n\n'=a,3\n"


def test_a_mailbox_of_ones_own_ends_with_its_screen(
    home: Path, mailbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pixelstudy.study.notebooks.run_notebooks", lambda *_, **__: [])
    monkeypatch.setattr("sys.argv", ["pixelstudy", "study", "--mailbox", str(mailbox)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "\nread          3 = 3 kept + 0 duplicates + 0 skipped\n" in said
    assert "\nSPY PIXELS    in 1 of 2 messages received with HTML, from" in said
    (folder,) = (home / "data" / "private").glob("*/")
    *_, report, notebooks, last = said.splitlines()
    assert report == f"Your report: data/private/{folder.name}/report.html"
    assert (home / report.removeprefix("Your report: ")).is_file()
    assert notebooks == f"Notebooks: data/private/{folder.name}/notebooks"
    assert last == "Open them with: make lab"
    assert open_study().name == mailbox.name.replace(" ", "-")


def test_the_public_study_leaves_the_choice_as_it_is_and_says_so(
    home: Path, mailbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    choose_study(mailbox)
    monkeypatch.setattr("pixelstudy.study.notebooks.run_notebooks", lambda *_, **__: [])
    monkeypatch.setattr("sys.argv", ["pixelstudy", "study", "--out", str(home / "out")])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().out
    assert f"This was the public mail. Notebooks still open on your mailbox: {mailbox}\n" in said
    assert "Your report" not in said
    assert open_study().is_private


def test_a_mailbox_that_is_gone_is_one_line_and_never_another_study(home: Path, mailbox: Path) -> None:
    choose_study(mailbox)
    open_study(progress=False)
    mailbox.unlink()
    for choice in (None, str(mailbox)):
        with pytest.raises(UserError, match=r"in box\.mbox was read before and is gone: put it back") as error:
            open_study(choice)
        (line,) = error.value._render_traceback_()
        assert line == f"UserError: {error.value}"


def test_what_was_chosen_is_kept_whole(home: Path, mailbox: Path, tmp_path: Path) -> None:
    study = open_study(mailbox, populations=["spam"], out=tmp_path / "out", progress=False)
    assert study.choice is not None
    written = {"mailbox": str(mailbox), "populations": ["spam"], "out": str(tmp_path / "out")}
    assert study.choice.written == written
    choose_study(study.choice)
    for choice in (written, None):
        again = open_study(choice, progress=False)
        assert (again.populations, again.results) == (study.populations, study.results)


# Whose mail it is, and where to go


def test_a_study_is_shown_as_whose_mail_it_is_with_ways_to_every_notebook(
    home: Path, mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("00-read", "01-see-it"):
        (home / "notebooks" / f"{name}.ipynb").touch()
    study = open_study(mailbox, progress=False)
    assert study.choice is not None
    study.choice.notebooks.mkdir()
    monkeypatch.chdir(study.choice.notebooks)
    first, ways = study._repr_markdown_().splitlines()
    said = r"\*\*Your mailbox `in-box\.mbox`\*\*: 2 messages received, 2024, read on \d{4}-\d\d-\d\d\.  "
    assert re.fullmatch(said, first)
    assert ways == "[00 read](00-read.ipynb) · [01 see it](01-see-it.ipynb) · [your report](../report.html)"
    assert repr(study.record("00-read")) == "Next: [01 see it](01-see-it.ipynb) · [your report](../report.html)"
    assert repr(study.record("01-see-it")) == "This was the last notebook. · [your report](../report.html)"


def test_the_public_study_says_so_and_has_no_report(home: Path) -> None:
    said = repr(open_study("released"))
    assert said.startswith("**The public mail of this study**: ")
    assert "report" not in said


def test_a_mailbox_of_spam_alone_says_so_and_what_to_do(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "spam.mbox"
    path.write_text(message(2, sender="x@spam.example", headers="X-Gmail-Labels: Spam\n"))
    said = repr(open_study(path, progress=False))
    assert "None of 1 message is received, and 1 is in spam. Choose it in notebook 00" in said
    assert "None of" not in repr(open_study(path, populations=["spam"], progress=False))


def test_a_figure_is_shown_with_links_to_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    data = pd.DataFrame({"name": ["a"], "n": [3]})
    figure = charts.bars(data, label="name", value="n", title="Three")
    results_of(tmp_path).show_figure("three", figure, alt="One bar: three.", data=data)
    *_, links = capsys.readouterr().out.splitlines()
    ways = re.findall(r"\[([\w ]+)\]\(([^)]+)\)", links)
    assert [text for text, _ in ways] == ["PNG", "SVG", "data"]
    assert all(Path(path).is_file() for _, path in ways)
