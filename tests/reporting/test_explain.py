from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from bs4 import BeautifulSoup

from pixelstudy.errors import UserError
from pixelstudy.extraction.run import extract
from pixelstudy.mail.boxes.single import open_message
from pixelstudy.reporting.explain import explain_frame, explain_text
from pixelstudy.reporting.text import elided, printable

PIXEL = '<img src="https://t.example.com/o/open?u=5e78d7ef2297cc80842b7591e" width=1 height=1>'
CONTENT = '<img src="https://cdn.example.com/logo.png" width=200 height=60>'


def mail(html: str, *, sender: str = "shop@news.example.com", to: str = "jane@example.org") -> bytes:
    headers = (
        f"From: Shop <{sender}>\nTo: {to}\nDate: Mon, 05 Feb 2024 10:00:00 +0000\nSubject: tea\n"
        "List-Unsubscribe: <https://news.example.com/u>\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
    )
    return (headers + html).encode()


def test_every_resource_is_listed_with_verdict_and_reason_spy_pixels_first() -> None:
    text = explain_text(mail(CONTENT * 2 + PIXEL + '<img src="https://count.example.net/b.gif" width=1 height=1>'))
    lines = text.splitlines()
    order = [
        next(i for i, line in enumerate(lines) if sign in line) for sign in ("!! SPY PIXEL", "COUNTING", "CONTENT")
    ]
    assert order == sorted(order)
    assert "Invisible (it measures 1 x 1 px), and the query of its address carries a token" in " ".join(text.split())
    assert lines[-1] == "4 remote resources: 1 spy_pixel, 1 counting_pixel, 2 content. Nothing was loaded."


def test_content_is_counted_by_host_carrier_and_reason() -> None:
    html = (
        CONTENT * 3
        + '<img src="https://other.example.net/a.png"><div style="background:url(https://cdn.example.com/b.png)">'
    )
    table = explain_text(mail(html)).partition("CONTENT, 5")[2].split()
    text = " ".join(table)
    assert "3 img src 200 x 60 px cdn.example.com" in text
    assert "1 img src unknown other.example.net" in text
    assert "1 css url unknown cdn.example.com" in text


def test_only_what_reads_the_same_is_shown_as_one() -> None:
    shown = '<img src="https://img.example.com/a.png?uid={}" width=90 height=90>'
    one, two = "5e78d7ef2297cc80842b", "2ed1232679e6496a8003"
    text = explain_text(mail(shown.format(one) + shown.format(two) + shown.format(one[::-1]).replace("90", "80")))
    assert "TRACKED CONTENT 1 to 2 of 3" in text
    assert "TRACKED CONTENT 3 of 3" in text


def test_the_header_says_what_the_message_is_and_shows_no_recipient() -> None:
    text = explain_text(mail(PIXEL, to="jane@example.org, joe@example.org"))
    assert "news.example.com" in text
    assert "newsletter, received" in text
    assert "2024-02-05 10:00 UTC, by its Date header" in text
    assert "2 addresses, not shown" in text
    assert "jane" not in text
    assert "joe" not in text


def test_the_address_itself_and_its_token_are_shown_nowhere() -> None:
    html = (
        '<img src="https://t.example.com/Holmes/o?e=jane%40example.org&u=5e78d7ef2297cc80842b7591e" width=1 height=1>'
    )
    for shown in (explain_text(mail(html)), explain_frame(mail(html)).to_csv()):
        assert "identity" in shown
        assert "t.example.com" in shown
        assert not [secret for secret in ("jane", "Holmes", "5e78d7ef2297cc80842b7591e") if secret in shown]


HOSTILE = "\x1b]0;owned\x07\x1b[31m\u202e\x9b2J"


@pytest.mark.parametrize("engine", ["fast", "bs4"])
def test_nothing_that_a_message_writes_reaches_the_terminal_as_a_command(engine: str) -> None:
    html = (
        f"<x{HOSTILE} style='display:none'><img src='https://t.example.com/{HOSTILE}/o?{HOSTILE}=5e78d7ef2297cc80842b'>"
        f"</x{HOSTILE}><img width='{HOSTILE}' src='https://evil{HOSTILE}.example/'>"
        f"<div hidden class='{HOSTILE}'><img src=https://t.example.net/{HOSTILE}></div>"
    )
    raw = mail(html, sender=f"shop@exa{HOSTILE}mple.com")
    text = explain_text(raw, engine=engine)  # type: ignore[arg-type]
    assert all(line.isprintable() for line in text.split("\n"))
    assert all(str(cell).isprintable() for cell in explain_frame(raw, engine=engine).to_numpy().ravel())  # type: ignore[arg-type]
    assert "t.example.com" in text


def test_lines_keep_to_a_terminal_however_long_a_host_or_tag_is() -> None:
    long = ".".join(["label" * 8] * 5) + ".example.com"
    html = (
        f"<{'x' * 500} hidden><img src='https://{long}/o?u=5e78d7ef2297cc80842b7591e' width=1 height=1></{'x' * 500}>"
    )
    text = explain_text(mail(html + f"<img src='https://{long}/a.png'>" * 2))
    assert max(map(len, text.splitlines())) <= 88


def test_a_frame_is_text_alone_and_renders_no_markup_link_or_formula() -> None:
    html = "<x$\\href{https://evil.example}{a}$<b> hidden><img src='https://t.example.com/$$/o?u=5e78d7ef2297cc80842b'></x>"
    frame = explain_frame(mail(html + PIXEL))
    assert list(frame["verdict"])[-1] == "spy_pixel"
    assert frame["address"].iloc[-1] == "https[:]//t.example.com/o/open?u=h"
    page = frame._repr_html_()  # type: ignore[operator]
    assert not BeautifulSoup(page, "html.parser").find_all(["a", "img", "b", "script", "x"])
    assert not {"$", "\\"} & set(page)


def test_a_frame_without_resources_has_its_columns() -> None:
    frame = explain_frame(mail("<p>tea at four</p>"))
    assert frame.empty
    assert {"verdict", "reason", "address", "size", "vendor", "token", "identity", "place"} <= set(frame)
    assert "loads nothing" in explain_text(mail("<p>tea at four</p>"))


def test_a_message_is_taken_as_path_bytes_or_itself(tmp_path: Path) -> None:
    path = tmp_path / "tea.eml"
    path.write_bytes(mail(PIXEL))
    message = open_message(path)
    assert open_message(message) is message
    assert open_message(str(path)).key == open_message(mail(PIXEL)).key == message.key


def test_a_mailbox_of_one_message_will_do(tmp_path: Path) -> None:
    path = tmp_path / "one.mbox"
    path.write_bytes(b"From shop@example.com Mon Feb  5 10:00:00 2024\n" + mail(PIXEL))
    assert open_message(path).sender_domain == "news.example.com"


def test_several_messages_are_counted_and_the_error_says_how_to_pick(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"{n}.eml").write_bytes(mail(PIXEL))
    with pytest.raises(
        UserError, match=r"contains 3 messages; name one, saved as \.eml, or read all of them with: "
    ) as error:
        open_message(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("data", "looks"), [(b"%PDF-1.7", "a PDF"), (b"", "blank"), (b"name,mails\n1,2\n", "text")])
def test_bytes_that_are_no_mail_are_refused_with_what_they_look_like(data: bytes, looks: str) -> None:
    with pytest.raises(UserError, match=f"not a message, they look like {looks}"):
        open_message(data)


def test_a_path_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        open_message(tmp_path / "tea.eml")


@pytest.mark.parametrize(("text", "safe"), [("a\nb", "a?b"), ("a\u200bb", "a?b"), ("\udce9", "?"), ("ä €", "ä €")])
def test_printable_replaces_characters_that_are_not_visible(text: str, safe: str) -> None:
    assert printable(text) == safe


@pytest.mark.parametrize("width", range(5, 30))
def test_elided_keeps_both_ends_within_the_width(width: int) -> None:
    text = "a" + "-" * 18 + "z"
    cut = elided(text, width)
    assert len(cut) <= width or cut == text
    assert (cut[0], cut[-1]) == ("a", "z")


@pytest.mark.corpora
def test_every_message_of_the_pairs_is_explained_whole_and_within_the_terminal() -> None:
    folder = os.environ.get("PIXELSTUDY_CORPORA")
    if not folder:
        pytest.skip("PIXELSTUDY_CORPORA names no folder with the raw corpora")
    paths = sorted((Path(folder) / "unspy").glob("*.eml"))
    assert paths
    for path in paths:
        text, frame = explain_text(path), explain_frame(path)
        assert max(map(len, text.splitlines())) <= 88
        assert f"{len(frame):,} remote resource" in text
        assert text.count("open-tracking endpoint") <= len(frame)


def test_explaining_one_message_imports_neither_pandas_nor_the_process_pool() -> None:
    code = (
        "import sys, pixelstudy.reporting.explain, pixelstudy.reporting.compare\n"
        "unwanted = ('multiprocessing.pool', 'concurrent.futures.process', 'pixelstudy.extraction.workers', 'pandas')\n"
        "print([name for name in unwanted if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


class TestEvidence:
    """What one message cannot show, and the tables of its mailbox can."""

    MAIL: ClassVar = [
        f"From: news@shop.example\nMessage-ID: <{n}@shop.example>\nDate: Mon, {n + 1} Jan 2024 08:00:00 +0000\n"
        f"Content-Type: text/html\n\n<p>Hi</p><img src='https://t.shop.example/i/{code}.jpg' width=1 height=1>".encode()
        for n, code in enumerate(["8fK2q0dQ", "p0Xw7sLm", "c3Rm9aZt"])
    ]

    def tables(self, tmp_path: Path) -> Path:
        folder = tmp_path / "mail"
        folder.mkdir()
        for n, mail in enumerate(self.MAIL):
            (folder / f"{n}.eml").write_bytes(mail)
        extract([folder], tmp_path / "tables", jobs=1)
        return tmp_path / "tables"

    def test_one_message_says_what_it_takes(self) -> None:
        text = explain_text(self.MAIL[0])
        assert "COUNTING PIXEL" in text
        assert "--mailbox DIR" in text

    def test_the_tables_of_the_mailbox_settle_it(self, tmp_path: Path) -> None:
        text = explain_text(self.MAIL[0], mailbox=self.tables(tmp_path))
        assert "SPY PIXEL" in text
        assert "a new one in each of the 3 messages" in text
        assert "--mailbox" not in text

    def test_tables_without_the_message_are_refused(self, tmp_path: Path) -> None:
        other = self.MAIL[0].replace(b"<0@", b"<9@")
        with pytest.raises(UserError, match="does not have this message"):
            explain_text(other, mailbox=self.tables(tmp_path))
