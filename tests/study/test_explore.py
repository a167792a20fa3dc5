"""The page to look through a mailbox: hostile mail stays text, nothing is loaded, and each message opens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pixelstudy.cli import main
from pixelstudy.extraction.run import extract
from pixelstudy.study.explore import MOST, explore_html
from pixelstudy.study.study import read_tables
from tests.mailboxes.boxes import HOSTILE, PIXELS, languages, mail, mbox, mixed


def page_of(tmp_path: Path, *mails: bytes) -> str:
    extract([mbox(tmp_path / "mail.mbox", mails)], tmp_path / "tables", jobs=1)
    return explore_html(read_tables(tmp_path / "tables"))


def test_every_sender_and_every_resource_is_there_with_the_reason(tmp_path: Path) -> None:
    page = page_of(tmp_path, *mixed(30, senders=3))
    study = read_tables(tmp_path / "tables")
    senders, messages = re.findall(r"<tbody>(.*?)</tbody>", page, flags=re.DOTALL)
    assert set(re.findall(r"<tr><td>([^<]+)</td>", senders)) == {"shop0.example", "shop1.example", "shop2.example"}
    assert messages.count("<details>") == (study.messages["n_resources"] > 0).sum()
    assert messages.count("<li>") == len(study.resources)
    assert messages.count("<strong>spy pixel</strong>") == (study.resources["verdict"] == "spy_pixel").sum()


def test_what_a_mail_writes_stays_text_and_the_policy_forbids_the_rest(tmp_path: Path) -> None:
    evil = '<img src="https://x.example/&lt;script&gt;alert(1)&lt;/script&gt;/o.gif?r={hexes}" width="1" height="1">'
    page = page_of(tmp_path, *languages(), mail(99, "a@b.example", name=HOSTILE, html=evil + PIXELS[2]))
    assert page.count("<script") == 1
    assert not re.search(r"<(?:img|iframe|link|object|a)\b|\son\w+=|https?://", page)
    assert "\u202e" not in page
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert re.fullmatch(r"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[\w+/]+='", policy[1])


def test_a_mailbox_without_anything_to_load_says_so_with_empty_tables(tmp_path: Path) -> None:
    page = page_of(tmp_path, mail(1, "a@b.example", html=""))
    assert "1 messages received" not in page
    assert "<details>" not in page


def test_of_a_large_mailbox_the_newest_messages_are_listed_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST > 1000
    monkeypatch.setattr("pixelstudy.study.explore.MOST", 5)
    page = page_of(tmp_path, *mixed(12))
    assert page.count("<details>") == 5
    assert "The newest 5 of 12 are listed." in page


def test_the_command_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page_of(tmp_path, *mixed(3))
    monkeypatch.setattr(
        "sys.argv", ["pixelstudy", "explore", str(tmp_path / "tables"), "--out", str(tmp_path / "e.html")]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "it names senders" in capsys.readouterr().out
    assert (tmp_path / "e.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
