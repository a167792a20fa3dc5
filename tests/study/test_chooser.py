"""Choosing a mailbox with the mouse: found where exports are, checked, remembered, and never sent anywhere."""

from __future__ import annotations

import html
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pixelstudy.study import chooser
from pixelstudy.study.chooser import choose_mailbox, likely_mailboxes, write_my_report
from pixelstudy.study.study import open_study

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


def press(form: Any, path: str = "", *, index: int = 0) -> str:
    """Choose in the form as a hand would, and return what it then says."""
    choice, field, button, said = form.children
    field.value, choice.index = path, index
    button.click()
    assert "<" not in said.value
    return html.unescape(said.value)


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


def test_the_button_chooses_what_is_marked_for_every_notebook(home: Path) -> None:
    path = put(home / "Downloads" / "all.mbox")
    said = press(choose_mailbox(), index=1)
    assert said.startswith("Chosen for all notebooks")
    study = open_study(progress=False)
    assert study.is_private
    assert len(study.messages) == 1
    assert study.name == path.name


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
        assert said.startswith("Not chosen: ")
        assert "\n" not in said
    assert open_study(progress=False).name == "all.mbox"


def test_the_public_mail_can_be_chosen_again(home: Path) -> None:
    put(home / "Downloads" / "all.mbox")
    form = choose_mailbox()
    press(form, index=1)
    assert "public mail" in press(form, index=0)
    assert not open_study().is_private


def test_a_hostile_name_is_shown_as_text(home: Path) -> None:
    put(home / "Downloads" / "a\u202e<img src=x onerror=alert(1)>\x1b.mbox")
    form = choose_mailbox()
    (_, (shown, _)) = form.children[0].options
    assert shown.startswith("~/Downloads/a?<img src=x")
    said = press(form, index=1)
    assert "a?<img src=x" in said
    assert "\u202e" not in said


def test_nothing_is_read_until_the_button_is_pressed(home: Path) -> None:
    put(home / "Downloads" / "all.mbox")
    choose_mailbox()
    assert not open_study().is_private


def test_without_widgets_it_prints_what_it_found(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert choose_mailbox() is None
    assert "Nothing that looks like an export" in capsys.readouterr().out
    put(home / "Downloads" / "all.mbox")
    choose_mailbox()
    assert "~/Downloads/all.mbox (121 bytes)" in capsys.readouterr().out


def test_where_nobody_clicks_no_name_of_a_file_is_printed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIXELSTUDY_HEADLESS", "1")
    put(home / "Downloads" / "all.mbox")
    assert choose_mailbox() is None
    said = capsys.readouterr().out
    assert "In a browser this cell offers" in said
    assert "all.mbox" not in said


def test_the_report_of_the_chosen_mailbox_is_written_beside_its_tables(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(home / "Downloads" / "all.mbox")
    press(choose_mailbox(), index=1)
    write_my_report()
    (path,) = (home.parent / "project" / "data" / "private").rglob("report.html")
    assert "Spy pixels in" in path.read_text(encoding="utf-8")
    assert f"data/private/{path.parent.name}/report.html" in capsys.readouterr().out


def test_no_report_is_written_of_the_public_mail(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_my_report()
    assert "public mail" in capsys.readouterr().out
    assert not list((home.parent / "project" / "data").rglob("report.html"))
