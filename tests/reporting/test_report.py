"""The page that is sent to a friend: right in its numbers, whole in itself, and no mail's markup in it."""

from __future__ import annotations

import csv
import json
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from test_summary import RESOURCE, mailbox, tables

from pixelstudy.errors import UserError
from pixelstudy.measure.comparisons import by_definition
from pixelstudy.measure.definitions import DEFINITIONS, Definition
from pixelstudy.reporting.report import report_html, write_report

PROJECT = Path(__file__).resolve().parents[2]
HOSTILE = (
    '<img src=x onerror="alert(1)">',
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "a\u202egnp.exe\u202c",
    "{{ 7 * 7 }}",
    "</title></svg><iframe src=//evil.example>",
    "'onmouseover='alert(1)",
    "a\x00b\x1b[31m",
)


class Page(HTMLParser):
    """What a browser would make of the page: its elements, with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split()).replace(" ,", ",").replace(" .", ".")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with findings and published figures of our own."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "data" / "results").mkdir(parents=True)
    findings = {
        "03-compare-senders": {
            "corpora": {
                "markup": {"share": 0.9, "low": 0.8, "high": 0.95, "sender_share": 0.7, "n_messages": 400},
                "unspy": {"share": None, "low": None, "high": None, "sender_share": None, "n_messages": 21},
            }
        },
        "06-check-the-detector": {
            "pairs": {"n_individual": 6, "n_found": 5, "n_same": 94, "n_false": 1},
            "second_sight": {
                "spy_pixel_with_the_mailbox_milter_wanted": {
                    "recall": 0.87,
                    "recall_low": 0.6,
                    "recall_high": 0.96,
                    "precision": 0.93,
                    "precision_low": 0.8,
                    "precision_high": 0.99,
                }
            },
        },
    }
    (folder / "data" / "results" / "findings.json").write_text(json.dumps(findings))
    (folder / "data" / "published.csv").write_text(
        "study,short,year,who,n_messages,population,definition,share,as_said,source\n"
        'A study,A 2020,2020,who,,"all mail, or so",own,0.42,42 %,A journal\n'
    )
    monkeypatch.setattr("pixelstudy.reporting.report.released_folder", lambda: folder)
    return folder


def page_of(folder: Path, *, redact: bool = False) -> Page:
    return Page(report_html(folder, redact=redact))


def hostile(folder: Path) -> Path:
    """Write a mailbox in which every string that mail writes is hostile."""
    n = len(HOSTILE)
    messages = [
        {"sender_site": HOSTILE[i % n], "sender_domain": HOSTILE[i % n], "n_spy_pixel": 1, "stripper": HOSTILE[i % n]}
        for i in range(6 * n)
    ]
    resources = [
        {
            **RESOURCE, "message_key": f"{i:016x}", "vendor": None, "vendor_kind": None, "vendor_confidence": None,
            "party": "third", "site": HOSTILE[i % n], "host": HOSTILE[i % n], "identity": HOSTILE[i % n],
        }
        for i in range(6 * n)
    ]  # fmt: skip
    tables(folder, messages, resources=resources)
    (folder / "run.json").write_text(json.dumps({"arguments": {"mailboxes": [*HOSTILE[:2], *HOSTILE[3:5]]}}))
    return folder


def test_the_headline_comes_with_denominator_interval_and_each_sender_once(tmp_path: Path) -> None:
    most: list[dict[str, Any]] = [{"sender_site": "s0.example", "n_spy_pixel": 3}] * 40
    text = page_of(tables(tmp_path, [*mailbox(), *most, {"has_html": False}])).text
    assert "75 % of 80 messages received with HTML hold a spy pixel" in text
    assert re.search(r"95 % interval: \d+ % to \d+ %", text)
    assert re.search(r"each of the 10 senders counted once: 55 % \(\d+ % to \d+ %\)", text)
    assert "HTML or not: 74 %" in text


def test_other_populations_are_measured_when_asked_for(tmp_path: Path) -> None:
    folder = tables(tmp_path, [*mailbox(40), *mailbox(60, population="spam", n_spy_pixel=1)])
    text = Page(report_html(folder, populations=["spam"])).text
    assert "100 % of 60 messages in spam with HTML hold a spy pixel" in text
    assert "Only messages in spam are measured. Measured: 60 newsletter." in text
    assert "counted too" not in text
    assert (
        "of 100 messages received or in spam with HTML"
        in Page(report_html(folder, populations=["spam", "received"])).text
    )


def test_too_few_messages_get_counts_and_no_share(tmp_path: Path) -> None:
    page = page_of(tables(tmp_path, mailbox(20)))
    assert "10 of 20 messages received with HTML hold a spy pixel" in page.text
    assert "A share needs 30 messages from 5 senders; here there are 20 messages from 10 senders." in page.text
    assert "A share of this mailbox could be put beside others: it needs 30 messages from 5 senders." in page.text
    assert "Of 100 messages" not in page.text


@pytest.mark.parametrize("redact", [False, True])
@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([], "There is no message received to look at. The export holds no mail that could be read"),
        ([{"population": "spam"}], "The mailbox holds 1 spam. To see who follows you there, add --population spam"),
        ([{"has_html": False, "year": None}], "Nobody follows you here. The one message received is plain text"),
    ],
)
def test_a_mailbox_without_a_denominator_says_what_is_missing_and_what_would_bring_it(
    tmp_path: Path, messages: list[dict[str, Any]], said: str, redact: bool
) -> None:
    page = page_of(tables(tmp_path, messages), redact=redact)
    assert said in page.text
    assert "What you can do" in page.text
    assert {"senders", "companies", "years", "kinds", "beside", "definitions"}.isdisjoint(
        heading.get("id") for heading in page.all("h2")
    )


def test_it_is_compared_with_corpora_and_published_figures(tmp_path: Path) -> None:
    text = page_of(tables(tmp_path, mailbox())).text
    for words in ("This mailbox", "The Markup", "A 2020", "all mail, or so; own", "A journal", "5 of 6 that differ"):
        assert words in text
    assert "unspy.email" not in text  # its share is refused


def test_without_the_projects_data_the_page_is_still_whole(tmp_path: Path, home: Path) -> None:
    shutil.rmtree(home / "data")
    text = page_of(tables(tmp_path, mailbox())).text
    assert "This mailbox" in text
    assert "A 2020" not in text


def test_a_sender_is_shown_with_what_it_learns_and_through_whom(tmp_path: Path) -> None:
    messages = mailbox(sender_site="shop.example", n_click_links=2, has_receipt_request=True)
    key = {"message_key": f"{10:016x}"}
    unknown: dict[str, Any] = {**key, "vendor": None, "vendor_kind": None, "vendor_confidence": None}
    resources: list[dict[str, Any]] = [
        {**key, "identity": "base64"},
        {**key, "vendor": "Lookalike", "vendor_confidence": "shape"},
        {**unknown, "site": "own.example", "party": "first"},
        {**unknown, "site": "far.example", "party": "third"},
        {**key, "verdict": "tracked_content"},
        {**key, "verdict": "counting_pixel"},
    ]  # fmt: skip
    text = page_of(tables(tmp_path, messages, resources=resources)).text
    for words in (
        "Spy pixel in 1 of 40 messages (2.5 %)",
        "Through whom:",
        "Mailer at the one sender, spy pixel in 1 of 40 messages",
        "What it does: it sends newsletters and notices for many senders",
        "what looks like Lookalike (by the path alone)",
        "its own site ( own.example )",
        "another site ( far.example )",
        "Your address leaks (base64) in 1 of 40 messages",
        "Pictures that you see tell on you too in 1 of 40 messages",
        "Counts openings, whoever opens, in 1 of 40 messages",
        "Links tell who clicks in all 40 messages",
        "Asks for a read receipt in all 40 messages",
        "Unsubscribe: offered in all 40 messages",
    ):
        assert words in text, words


def test_a_sender_without_a_way_out_is_said_to_have_none(tmp_path: Path) -> None:
    text = page_of(tables(tmp_path, mailbox(has_unsubscribe=False))).text
    assert "Unsubscribe: no header offers it" in text
    assert "Unsubscribe: offered" not in text


def test_tables_too_old_to_say_so_say_nothing_of_a_way_out(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    folder = tables(tmp_path, mailbox())
    old = pq.read_table(folder / "messages.parquet").drop_columns(["has_unsubscribe"])
    pq.write_table(old, folder / "messages.parquet")
    assert "Unsubscribe:" not in page_of(folder).text


def test_every_setting_that_keeps_images_out_has_its_place_and_its_source_on_the_page(tmp_path: Path) -> None:
    text = page_of(tables(tmp_path, mailbox())).text
    with (PROJECT / "pixelstudy" / "reporting" / "clients.csv").open(encoding="utf-8", newline="") as file:
        clients = list(csv.DictReader(file))
    assert {"Gmail app", "Thunderbird", "Proton Mail"} <= {client["client"] for client in clients}
    for client in clients:
        assert all(client.values()), client
        assert f"{client['client']} {client['setting']} {client['where']} {client['effect']}" in text
        assert f"{client['client']}: {client['source']} ({client['read_as']})" in text


def test_every_definition_is_on_the_page(tmp_path: Path) -> None:
    text = page_of(tables(tmp_path, mailbox())).text
    assert [d.short for d in DEFINITIONS if d.short not in text] == []


def test_a_definition_that_is_added_has_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    added = Definition("few", "Fewer", "hardly any", lambda r: r["carrier"].isna(), group="peer", source="this test")
    monkeypatch.setitem(by_definition.__kwdefaults__, "definitions", [*DEFINITIONS, added])
    text = page_of(tables(tmp_path, mailbox())).text
    assert "Fewer hardly any 0 %" in " ".join(text.split())
    assert "Fewer 0 % this test" in text


@pytest.mark.parametrize("redact", [False, True])
def test_nothing_that_mail_writes_is_markup(tmp_path: Path, redact: bool) -> None:
    html = report_html(hostile(tmp_path), redact=redact)
    page = Page(html)
    assert {tag for tag, _ in page.elements} <= set(
        """a bdi body br circle code dd desc details div dl dt em figcaption figure footer h1 h2 h3 head header html
        li line link main meta nav ol p rect section small span strong style summary svg table tbody td th thead title
        tr ul""".split()
    )
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on") or name in {"src", "srcdoc", "style", "action"}}
    assert "\u202e" not in html
    assert "\x00" not in html
    assert "\x1b" not in html
    assert "49" not in re.findall(r"<bdi>(.*?)</bdi>", html)


def test_hostile_names_are_shown_as_text(tmp_path: Path) -> None:
    text = page_of(hostile(tmp_path)).text
    for shown in (
        '<img src=x onerror="alert(1)">',
        '"><script>alert(1)</script>',
        "javascript:alert(1)",
        "{{ 7 * 7 }}",
    ):
        assert shown in text
    assert "a?gnp.exe?" in text


@pytest.mark.parametrize("redact", [False, True])
def test_the_page_loads_nothing_and_links_within_itself_alone(tmp_path: Path, redact: bool) -> None:
    page = page_of(hostile(tmp_path), redact=redact)
    (policy,) = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    targets = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {(a["href"] or "")[0] for a in page.all("a")} == {"#"}
    assert {(a["href"] or "")[1:] for a in page.all("a")} <= targets
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    (style,) = re.findall(r"<style>(.*?)</style>", report_html(tmp_path), re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style


def test_what_is_drawn_is_said_in_words_too_and_every_id_is_its_own(tmp_path: Path) -> None:
    page = page_of(tables(tmp_path, mailbox(120)))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    (squares,) = [svg for svg in page.all("svg") if svg.get("aria-hidden") != "true"]
    assert squares["role"] == "img"
    assert set((squares["aria-labelledby"] or "").split()) <= set(ids)
    assert page.text.count("95 % interval") >= 1
    for words in ("newsletter bulk headers 50 % (60 of 120,", "2019"):
        assert words in page.text


def test_headings_descend_one_step_at_a_time(tmp_path: Path) -> None:
    levels = [int(tag[1]) for tag, _ in page_of(tables(tmp_path, mailbox())).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def private(folder: Path) -> Path:
    """Write a mailbox of a newsletter, a small sender and a friend, each with spy pixels."""
    found = [
        *mailbox(80),
        *[{"sender_site": "small-shop.example", "sender_domain": "small-shop.example", "n_spy_pixel": 1}] * 4,
        *[{"sender_site": "jane-doe.example", "kind": "personal", "n_spy_pixel": 1, "labels": "Doctor"}] * 9,
        *[{"sender_site": "our-club.example", "kind": "list", "n_spy_pixel": 1}] * 9,
        *[{"year": 2001, "sender_site": "s1.example"}] * 2,
    ]
    messages = [{**m, "sender_address": f"me@{m['sender_site']}", "sender_domain": m["sender_site"]} for m in found]
    tables(folder, messages)
    (folder / "run.json").write_text(json.dumps({"arguments": {"mailboxes": ["/home/jane/jane-takeout.mbox"]}}))
    return folder


def test_a_version_to_share_names_no_person_no_file_and_no_small_sender(tmp_path: Path) -> None:
    folder = private(tmp_path)
    full, shared = report_html(folder), report_html(folder, redact=True)
    for name in ("small-shop", "jane-doe", "our-club", "jane-takeout"):
        assert name in full
        assert name not in shared
    for name in ("/home/jane", "me@", "Doctor"):
        assert name not in full + shared
    assert "person-" not in shared
    assert "All 11 senders of newsletters and automatic mail sent a spy pixel" in Page(shared).text
    assert "1 sender with fewer than 5 messages is not named" in Page(shared).text
    assert "2001" in Page(full).text
    assert "2001" not in Page(shared).text


def test_shares_are_the_same_in_both_versions(tmp_path: Path) -> None:
    folder = private(tmp_path)
    big = re.compile(r'class="big">(.*?)</p>|each of the .*? counted once: .*?\.')
    assert big.findall(report_html(folder)) == big.findall(report_html(folder, redact=True))


def test_released_tables_make_a_page_too(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    from pixelstudy.tables import TABLES

    tables(tmp_path, mailbox())
    for table in TABLES:
        path = tmp_path / f"{table.name}.parquet"
        pq.write_table(pq.read_table(path, columns=list(table.released().names)), path)
    for redact in (False, True):
        assert "50 % of 40 messages" in page_of(tmp_path, redact=redact).text


def test_the_same_tables_give_the_same_page(tmp_path: Path) -> None:
    folder = tables(tmp_path, mailbox())
    assert report_html(folder) == report_html(folder)


def test_the_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tables(tmp_path, mailbox())
    path = write_report(folder, tmp_path / "new" / "page.html")
    assert path.read_text(encoding="utf-8").endswith("</html>")
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(UserError, match=r"can't be written.*--out"):
        write_report(folder, tmp_path)
    assert not list(tmp_path.parent.glob("*.partial"))
    with pytest.raises(UserError, match="pixelstudy extract"):
        write_report(tmp_path / "nowhere", tmp_path / "page.html")


def test_the_page_says_how_often_the_detector_errs_where_that_was_measured(tmp_path: Path, home: Path) -> None:
    folder = tables(tmp_path, mailbox(40))
    text = page_of(folder).text
    assert "it found 87 % of the spy pixels (95 % interval 60 % to 96 %)" in text
    assert "93 % of what it called one was one (80 % to 99 %)" in text
    assert "the rules found 5 of 6 that differ" in text
    (home / "data" / "results" / "findings.json").write_text("{}")
    text = page_of(folder).text
    assert "detector makes mistakes" not in text
    assert "that differ" not in text
