"""Choosing a mailbox with the mouse: found where exports are, checked, remembered, and never sent anywhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pixelstudy.study import chooser
from pixelstudy.study.chooser import choose_mailbox, likely_mailboxes, write_my_report
from pixelstudy.study.lab import WIDGET
from pixelstudy.study.study import Study, open_study

PROJECT = Path(__file__).resolve().parents[2]
MAIL = b"From: shop@shop.example\nTo: a@example.org\nDate: Fri, 17 Apr 2026 08:30:00 +0000\n\nHello\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of our own, and a home folder."""
    (tmp_path / "project" / "data" / "corpora" / "x").mkdir(parents=True)
    monkeypatch.setenv("PIXELSTUDY_HOME", str(tmp_path / "project"))
    for name in ("PIXELSTUDY_STUDY", "PIXELSTUDY_HEADLESS"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr(Path, "home", lambda: folder)
    return folder


def put(path: Path, content: bytes = b"From a@b Thu Aug 22 12:36:23 2002\n" + MAIL, *, age: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1_700_000_000 - age,) * 2)
    return path


def parts(form: Any) -> tuple[Any, ...]:
    """The mailboxes, the field, what is measured, the two buttons, the bar and what is said."""
    mail, field, what, buttons, bar, said = form.children
    return mail, field, what, *buttons.children, bar, said


def text(form: Any) -> str:
    """What the form says, as Markdown."""
    (output,) = parts(form)[-1].outputs
    return str(output["data"]["text/markdown"])


def press(form: Any, path: str = "", *, index: int = 0, measured: str = "", button: int = 3) -> str:
    """Choose in the form as a hand would, press a button, and return what it then says."""
    mail, field, what, *_ = parts(form)
    field.value, mail.index = path, index
    if measured:
        what.label = measured
    parts(form)[button].click()
    return text(form)


@pytest.fixture(autouse=True)
def notebooks_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The studies that notebooks were run on, without running any."""
    run: list[str] = []
    (home.parent / "project" / "notebooks").mkdir()
    shutil.copy(PROJECT / "data" / "published.csv", home.parent / "project" / "data")
    for name in ("00-read.ipynb", "01-see.ipynb"):
        (home.parent / "project" / "notebooks" / name).write_text(
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
        )

    def started(study: Study, *, report: Callable[[str], None]) -> None:
        run.append(study.name)
        report("00-read.ipynb: executing")
        report("01-see.ipynb: nothing changed")

    monkeypatch.setattr(chooser, "run_notebooks", started)
    return run


def test_exports_are_found_where_they_lie_the_newest_first(home: Path) -> None:
    takeout = put(home / "Downloads" / "takeout-20260101T000000Z-001.zip", age=10)
    mbox = put(home / "Desktop" / "All mail.mbox", age=5)
    bird = home / ".thunderbird" / "abc.default" / "ImapMail" / "imap.example.org"
    put(bird / "INBOX")
    os.utime(bird, (1_700_000_000 - 20,) * 2)
    put(home / "Downloads" / "holiday.jpg")
    assert likely_mailboxes(home) == [mbox, takeout, bird]


def test_a_home_without_mail_gives_nothing(home: Path) -> None:
    assert likely_mailboxes(home) == []
    assert likely_mailboxes(home / "nowhere") == []


def test_no_more_are_offered_than_one_can_look_at(home: Path) -> None:
    for n in range(chooser.MOST + 5):
        put(home / "Downloads" / f"{n}.mbox", age=n)
    assert [path.stem for path in likely_mailboxes(home)] == [str(n) for n in range(chooser.MOST)]


def test_one_button_chooses_reads_reports_and_runs_every_notebook(home: Path, notebooks_run: list[str]) -> None:
    path = put(home / "Downloads" / "all.mbox")
    form = choose_mailbox()
    assert text(form) == "This study is about **the public mail**."
    said = press(form, index=1)
    assert said.startswith(r"Done. This study is about **\~\/Downloads\/all\.mbox \(121 bytes\)**. [Open your report](")
    assert "[01 see](" in said
    assert notebooks_run == [path.name]
    study = open_study(progress=False)
    assert study.is_private
    assert len(study.messages) == 1
    assert study.name == path.name
    assert study.choice is not None
    assert "Spy pixels in" in study.choice.report().read_text(encoding="utf-8")


def test_the_bar_moves_and_ends(home: Path) -> None:
    put(home / "Downloads" / "all.mbox")
    form = choose_mailbox()
    *_, run, share, bar, _ = parts(form)
    seen: list[float] = []
    bar.observe(lambda change: seen.append(change["new"]), "value")
    assert (bar.layout.visibility, share.disabled) == ("hidden", True)
    press(form, index=1)
    assert seen == [1, 0, 0.5]
    assert (bar.layout.visibility, run.disabled, share.disabled) == ("hidden", False, False)


def test_a_second_click_undoes_nothing_and_a_form_that_is_shown_again_shows_what_is_chosen(home: Path) -> None:
    put(home / "Downloads" / "all.mbox")
    form = choose_mailbox()
    assert press(form, index=1) == press(form, index=1)
    again = choose_mailbox()
    assert parts(again)[0].value == str(home / "Downloads" / "all.mbox")
    parts(again)[3].click()
    assert open_study(progress=False).name == "all.mbox"
    assert "all\\.mbox" in text(choose_mailbox())


def test_a_path_in_the_field_goes_before_what_is_marked(home: Path) -> None:
    put(home / "Downloads" / "all.mbox")
    put(home / "elsewhere" / "other.mbox")
    press(choose_mailbox(), "  ~/elsewhere/other.mbox ", index=1)
    assert open_study(progress=False).name == "other.mbox"


def test_a_path_that_is_no_mail_is_not_chosen_and_told_in_one_line(home: Path) -> None:
    put(home / "Downloads" / "all.mbox")
    form = choose_mailbox()
    press(form, index=1)
    for wrong in ("~/nowhere.mbox", str(put(home / "picture.jpg", b"\xff\xd8\xff\xe0" * 99))):
        said = press(form, wrong)
        assert said.startswith("Not done: ")
        assert "\n" not in said
    assert open_study(progress=False).name == "all.mbox"


def test_the_public_mail_can_be_chosen_again(home: Path, notebooks_run: list[str]) -> None:
    put(home / "Downloads" / "all.mbox")
    form = choose_mailbox()
    press(form, index=1)
    said = press(form, index=0)
    assert said.startswith("This study is about **the public mail**. Its notebooks: [00 read](")
    assert not open_study().is_private
    assert notebooks_run == ["all.mbox"]


def test_spam_alone_is_said_and_can_be_chosen(home: Path, notebooks_run: list[str]) -> None:
    put(home / "Downloads" / "all.mbox", b"From a@b Thu Aug 22 12:36:23 2002\nX-Gmail-Labels: Spam\n" + MAIL)
    form = choose_mailbox()
    said = press(form, index=1)
    assert said.startswith("None of 1 message is received, and 1 is in spam. Choose it under *Measure*")
    assert notebooks_run == []
    assert press(form, index=1, measured="spam").startswith("Done.")
    assert open_study(progress=False).populations == ("spam",)
    assert parts(choose_mailbox())[2].label == "spam"


def test_an_empty_mailbox_is_said(home: Path, notebooks_run: list[str]) -> None:
    put(home / "Downloads" / "all.mbox", b"")
    said = press(choose_mailbox(), index=1)
    assert "holds no message" in said or said.startswith("Not done: ")
    assert notebooks_run == []


def test_the_other_button_makes_the_page_to_share(home: Path) -> None:
    put(home / "Downloads" / "all.mbox")
    form = choose_mailbox()
    press(form, index=1)
    said = press(form, index=1, button=4)
    assert said.startswith("[Open the page to share](")
    (path,) = (home.parent / "project" / "data" / "private").rglob("report-to-share.html")
    assert "all.mbox" not in path.read_text(encoding="utf-8")
    assert "all.mbox" in path.with_name("report.html").read_text(encoding="utf-8")


def test_a_hostile_name_is_shown_as_text(home: Path) -> None:
    put(home / "Downloads" / "a\u202e<img src=x onerror=alert(1)>\x1b.mbox")
    form = choose_mailbox()
    (_, (shown, _)) = parts(form)[0].options
    assert shown.startswith("~/Downloads/a?<img src=x")
    said = press(form, index=1)
    assert r"a\?\<img src\=x" in said
    assert "<img" not in said.replace(r"\<", "")
    assert "\u202e" not in said


def test_nothing_is_read_until_the_button_is_pressed(home: Path) -> None:
    put(home / "Downloads" / "all.mbox")
    choose_mailbox()
    assert not open_study().is_private


def test_where_nobody_clicks_and_in_a_saved_file_no_name_of_a_file_is_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home / "Downloads" / "all.mbox")
    saved = choose_mailbox()._repr_mimebundle_()
    assert set(saved) == {WIDGET, "text/markdown", "text/plain"}
    monkeypatch.setenv("PIXELSTUDY_HEADLESS", "1")
    said = repr(choose_mailbox())
    assert said == saved["text/markdown"] == saved["text/plain"]
    assert said.startswith("Run this cell in JupyterLab")


def test_the_report_is_written_again_when_the_notebook_asks_for_it(home: Path) -> None:
    study = open_study(put(home / "Downloads" / "all.mbox"), progress=False)
    said = repr(write_my_report(study))
    assert said.startswith("[Open your report](")
    assert study.choice is not None
    assert study.choice.report().exists()


def test_no_report_is_written_of_the_public_mail(home: Path) -> None:
    assert "public mail gets no report" in repr(write_my_report(open_study()))
    assert not list((home.parent / "project" / "data").rglob("report*.html"))
