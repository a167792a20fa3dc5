"""Every sentence of the report is about the mailbox at hand, and none claims what no data says."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from mailboxes.boxes import BOXES, LANGUAGES

from pixelstudy.corpora.catalogue import corpora
from pixelstudy.extraction.run import extract
from pixelstudy.reporting.report import report_html

BLOCKS = frozenset("p li h1 h2 h3 td th dt dd figcaption summary title desc div span".split())
COMPARED = ("beside", "method")
"""The sections that may name other mail than that of the mailbox."""


class Sections(HTMLParser):
    """The texts of a page, block by block, under the id of their section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self._section, self._words, self._is_style = "found", "", False
        self.feed(html)
        self._end()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_style = tag == "style"
        if tag in BLOCKS:
            self._end()
        if tag == "h2":
            self._section = dict(attrs).get("id") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._end()

    def handle_data(self, data: str) -> None:
        self._words += "" if self._is_style else data

    def _end(self) -> None:
        text = " ".join(self._words.split())
        if text:
            self.texts.append((self._section, text))
        self._words = ""


Page = tuple[str, list[tuple[str, str]]]
"""One version of a report: its HTML, and its texts."""


@pytest.fixture(scope="module", params=BOXES)
def box(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[Page]]:
    """The name of a mailbox, and the versions of its report."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param.replace(" ", "-"))
    extract([BOXES[name](folder)], folder / "tables", jobs=1)
    populations = [None, ["spam"]] if name in ("spam alone", "takeout") else [None]
    made = [
        report_html(folder / "tables", redact=redact, populations=asked)
        for redact in (False, True)
        for asked in populations
    ]
    return name, [(html, Sections(html).texts) for html in made]


NO_DATA = re.compile(
    r"\bnan\b|\bNone\b(?! of)|NaT|\bnull\b|undefined|\b0 of 0\b|Between 0|\b0 % to 0 %|\b100 % to 100 %|inf\b|\[\]|\{\}"
    r"|\bof 0 |\bin 0 messages|\ball 0\b|: \.|, \.|\( *\)|  |\b1 messages|\b1 senders"
    r"|of your 1\b|\bof 1 message|\bin \d+ [A-Z][a-z]+ 20|\b(?:[2-9]|\d\d+) (?:message|sender)\b"
)
OTHER_MAIL = re.compile(
    "|".join(
        [
            *(re.escape(corpus.name) for corpus in corpora() if corpus.name != "lists"),
            *(re.escape(corpus.title.partition(":")[0]) for corpus in corpora()),
            "SpamAssassin|newsroom|political|public mail|corpus|corpora|honeypot|campaign mail|Hu 2019|Englehardt 2018",
        ]
    ),
    re.IGNORECASE,
)


def test_no_sentence_is_a_claim_without_data(box: tuple[str, list[Page]]) -> None:
    for _, texts in box[1]:
        assert [text for _, text in texts if NO_DATA.search(text.replace("\u00a0", " "))] == []


def test_no_sentence_is_about_other_mail_outside_of_the_comparison(box: tuple[str, list[Page]]) -> None:
    for _, texts in box[1]:
        assert [text for section, text in texts if section not in COMPARED and OTHER_MAIL.search(text)] == []
        assert "The definition decides" not in [text for _, text in texts]


def test_every_part_is_at_most_its_whole(box: tuple[str, list[Page]]) -> None:
    for _, texts in box[1]:
        for _, text in texts:
            for part, whole in re.findall(r"\b([\d,]+) of (?:your |its |their )?([\d,]+)\b", text):
                assert 0 <= int(part.replace(",", "")) <= int(whole.replace(",", "")) > 0, text


def test_a_share_or_a_hundred_squares_is_there_only_where_there_is_enough_mail(box: tuple[str, list[Page]]) -> None:
    name, _ = box
    for html, texts in box[1]:
        found = " ".join(text for section, text in texts if section == "found")
        if name in ("one", "twelve", "plain text", "one sender"):
            assert "%" not in found
        of = re.search(r"% of ([\d,]+) messages [a-z ]+ with HTML hold", found.replace("\u00a0", " "))
        assert ("Of 100 messages" in html) == (of is not None and int(of[1]) >= 100)


SAID = {
    "one": "message received with HTML holds a spy pixel",
    "twelve": "A share needs 30 messages from 5 senders; here there are 12 messages from 3 senders. A larger export",
    "two hundred": "Spy pixel in 11 of 17 messages, ",
    "plain text": "Nobody follows you here. All 40 messages received are plain text, which loads nothing.",
    "spam alone": "The mailbox holds 48 spam. To see who follows you there, add --population spam to the command.",
    "no tracker": "No sender put a spy pixel into any of these 80 messages.",
    "one sender": "here there are 50 messages from 1 sender",
    "friends": "friend1@web.de",
    "years": "2 wrote in 2012 too. These put a spy pixel into 0 of 22 messages in 2012, and into 22 of 22 in 2026.",
    "languages": "münchner.example",
    "takeout": "With what the mail provider calls spam counted too:",
}


def test_the_page_says_what_its_owner_asks(box: tuple[str, list[Page]]) -> None:
    name, [(_, texts), *_] = box
    whole = " ".join(text for _, text in texts).replace("\u00a0", " ")
    assert SAID[name] in whole
    assert "What you can do" in whole
    assert "Ask before displaying external images" in whole


def test_hosts_are_in_their_letters_and_in_both_forms_where_they_deceive(tmp_path: Path) -> None:
    extract([BOXES["languages"](tmp_path)], tmp_path / "tables", jobs=1)
    html = report_html(tmp_path / "tables")
    for shown in ("中国.example", "مثال.example", "münchner.example", "аррӏе.example (xn--80ak6aa92e.example)"):
        assert f"<bdi>{shown}</bdi>" in html
    for address, name in LANGUAGES:
        assert name not in html
        if "80ak6aa92e" not in address:
            assert address.partition("@")[2] not in html or "xn--" not in address
    assert "\u202e" not in html
    assert "onerror" not in html


def test_the_redacted_page_names_no_address_and_no_small_sender(tmp_path: Path) -> None:
    for name in ("friends", "twelve"):
        folder = tmp_path / name
        folder.mkdir()
        extract([BOXES[name](folder)], folder / "tables", jobs=1)
        full, shared = (report_html(folder / "tables", redact=redact) for redact in (False, True))
        for word in ("friend1@web.de", "shop1.example"):
            assert (word in full) == ((word == "shop1.example") == (name == "twelve"))
            assert word not in shared
        assert not re.search(r"\b\d{1,2} (?:Jan|Feb|Mar) 2026", shared)


def test_a_large_mailbox_lists_every_sender_on_a_small_page(tmp_path: Path) -> None:
    from test_summary import tables

    folder = tables(
        tmp_path,
        [{"sender_site": f"s{i % 1500}.example", "n_spy_pixel": i % 2, "year": 2012 + i % 15} for i in range(6000)],
    )
    html = report_html(folder)
    assert [i for i in range(1500) if f"<bdi>s{i}.example</bdi>" not in html] == []
    assert len(html.encode()) < 1_500_000
