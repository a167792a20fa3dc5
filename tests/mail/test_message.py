"""A message: who sent it, to whom, what tells it from every other, and what took trackers out of it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from pixelstudy.mail.boxes.mailbox import RawMessage, open_mailbox, read_part
from pixelstudy.mail.message import Message, parse_message

BODY = b"Dear reader,\n\nFrom here on, tea.\n\nYours\n"


def message(headers: str = "", body: bytes = BODY) -> Message:
    data = (headers.strip("\n") + "\n\n").lstrip("\n").encode() + body
    return parse_message(RawMessage(data, "one.eml", 0))


def read(path: Path) -> list[Message]:
    items = [item for part in open_mailbox(path).parts() for item in read_part(part)]
    return [parse_message(item) for item in items if isinstance(item, RawMessage)]


class TestSender:
    @pytest.mark.parametrize(
        ("value", "address"),
        [
            ("shop@example.com", "shop@example.com"),
            ("Shop <Shop@Example.COM>", "shop@example.com"),
            ("<shop@example.com>", "shop@example.com"),
            ('"Bank <help@bank.example>" <phish@example.com>', "phish@example.com"),
            ("help@bank.example <phish@example.com>", "phish@example.com"),
            ("=?utf-8?q?Bank_=3Chelp=40bank.example=3E?= <phish@example.com>", "phish@example.com"),
            ('"Shop, Inc." <shop@example.com>', "shop@example.com"),
            ("shop@example.com (The Shop)", "shop@example.com"),
            ("Shop\n <shop@example.com>", "shop@example.com"),
            ("shop@example.com.", "shop@example.com"),
            ("shop@example.com (help@bank.example)", "shop@example.com"),
            ("shop@example.com, jane@example.org", "shop@example.com"),
            ('"Shop, <help@bank.example>," <shop@example.com>, Jane <jane@example.org>', "shop@example.com"),
            ("Jane <jane@hidden>, Shop <shop@example.com>", "shop@example.com"),
            ("Shop <shop@\U0001d41a\U0001d428.example>", "shop@\U0001d41a\U0001d428.example"),
            ("Editors: shop@example.com, jane@example.org;", "shop@example.com"),
            ("shop at example.com (The Shop)", "shop@example.com"),
            ('"The Shop at home" <Shop.1 at example.co.uk>', "shop.1@example.co.uk"),
            ("shop at example.com", "shop@example.com"),
            ("The Shop at example.com", None),
            ("Shop at Work (The Shop)", None),
            ("Shop <shop@Käse.example>", "shop@xn--kse-qla.example"),
            ("Shop <shop@xn--kse-qla.example>", "shop@xn--kse-qla.example"),
            (f"Shop <shop@{'ä' * 70}.example>", f"shop@{'ä' * 70}.example"),
            ("The Shop", None),
            ("", None),
        ],
    )
    def test_the_address_in_from(self, value: str, address: str | None) -> None:
        assert message(f"From: {value}").sender_address == address

    def test_sender_stands_in_where_from_has_no_address(self) -> None:
        assert message("From: The Shop\nSender: shop@example.com").sender_address == "shop@example.com"
        assert message("From: shop at work.example\nSender: shop@example.com").sender_address == "shop@example.com"

    def test_a_header_that_was_quoted_like_a_line_of_the_body_is_from(self) -> None:
        quoted, plain = (
            message(f"Subject: tea\n{mark}From: no-reply@example.com\nTo: me@example.org") for mark in (">", "")
        )
        assert (quoted.sender_address, quoted.kind, quoted.key) == (plain.sender_address, "automatic", plain.key)
        assert message("From: shop@example.com\n>From: jane@example.org").sender_address == "shop@example.com"

    def test_its_domain(self) -> None:
        assert message("From: shop@news.example.co.uk").sender_domain == "news.example.co.uk"
        assert message("Subject: x").sender_domain is None


class TestRecipients:
    def test_those_of_the_delivery_come_first_as_written_and_each_once(self) -> None:
        found = message(
            'From: shop@example.com\nTo: "Doe, Jane" <Jane@Example.org>, joe@example.org\nCc: jane@example.org\n'
            "Delivered-To: me@example.net\nX-Original-To: alias@example.net"
        )
        assert found.recipients == ("me@example.net", "alias@example.net", "Jane@Example.org", "joe@example.org")

    def test_an_address_in_a_quoted_name_is_none(self) -> None:
        assert message('To: "joe@example.org" <jane@example.org>').recipients == ("jane@example.org",)

    def test_the_sender_is_none_of_them(self) -> None:
        assert message("From: jane@example.org\nTo: Jane@example.org, joe@example.org").recipients == (
            "joe@example.org",
        )

    def test_lists_of_hundreds_do_not_hide_whom_it_was_delivered_to(self) -> None:
        many = ", ".join(f"reader{n}@example.org" for n in range(300))
        found = message(f"To: {many}\nDelivered-To: jane@example.org").recipients
        assert found[0] == "jane@example.org"
        assert len(found) == 20

    def test_groups_and_undisclosed_ones(self) -> None:
        assert message("To: undisclosed-recipients:;").recipients == ()
        assert message("To: Team: a@example.org, b@example.org;").recipients == ("a@example.org", "b@example.org")

    @pytest.mark.parametrize(
        "header",
        [
            "List-Unsubscribe: <mailto:leave-123-jane.doe=example.org@lists.example.com>",
            "List-Unsubscribe: <https://example.com/u>, <mailto:leave@example.com?subject=jane.doe%40example.org>",
            "Return-Path: <bounce+a1-jane.doe=example.org@em.example.com>",
        ],
    )
    def test_one_that_only_the_way_out_names(self, header: str) -> None:
        assert message(f"From: shop@example.com\n{header}").recipients == ("jane.doe@example.org",)

    def test_an_ordinary_return_path_names_nobody(self) -> None:
        assert message("Return-Path: <bounce@em.example.com>\nFrom: shop@example.com").recipients == ()


def test_the_list_identifier() -> None:
    assert message("List-Id: Tea <Tea.Lists.example.org>").list_id == "tea.lists.example.org"
    assert message("List-Id: tea.example.org").list_id == "tea.example.org"
    assert message("List-Id: <>").list_id == "<>"
    assert message("List-Id:").list_id is None


@pytest.mark.parametrize(
    ("value", "has"),
    [
        ("<https://shop.example/u?r=1>", True),
        ("<mailto:out@shop.example>, <https://shop.example/u>", True),
        ("<MAILTO:out@shop.example>", True),
        ("", False),
        ("NO", False),
        ("<mailto:>", False),
        ("<javascript:alert(1)>", False),
    ],
)
def test_a_way_to_unsubscribe_is_an_address_in_its_header(value: str, has: bool) -> None:
    assert message(f"List-Unsubscribe: {value}").has_unsubscribe is has
    assert not message("To: boss@example.com").has_unsubscribe


@pytest.mark.parametrize("name", ["Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To"])
def test_a_receipt_is_asked_for(name: str) -> None:
    assert message(f"{name}: boss@example.com").has_receipt_request
    assert not message("To: boss@example.com").has_receipt_request


@pytest.mark.parametrize(
    ("header", "body", "service"),
    [
        ("X-Trackers-Blocked: 2", "<p>", "HEY"),
        ("X-DuckDuckGo-Trackers-Removed: 1", "<p>", "DuckDuckGo"),
        ("X-A: 1", '<a href="https://relay.example/contains-tracker-warning/#x">2 trackers</a>', "Firefox Relay"),
        ("X-A: 1", '<a href="https://duckduckgo.com/email/report">Trackers removed</a>', "DuckDuckGo"),
        ("X-A: 1", "<p>trackers, trackers, trackers", None),
    ],
)
def test_the_service_that_took_trackers_out(header: str, body: str, service: str | None) -> None:
    assert message(f"{header}\nContent-Type: text/html", body.encode()).stripper == service


class TestKey:
    HEAD = "Message-ID: <1@example.org>\nFrom: a@example.org\nDate: Thu, 22 Aug 2002 12:36:23 +0000\nSubject: tea"

    def test_sixteen_hex_digits_that_stay(self) -> None:
        assert message(self.HEAD).key == "5cc1c382f0bf224b"

    def test_the_same_in_an_mbox_and_in_a_file_whatever_its_line_ends(self, tmp_path: Path) -> None:
        data = self.HEAD.encode() + b"\n\n" + BODY
        (tmp_path / "lf.eml").write_bytes(data)
        (tmp_path / "crlf.eml").write_bytes(data.replace(b"\n", b"\r\n"))
        separator = b"From a@example.org Thu Aug 22 12:36:23 2002\n"
        labels = b"X-Gmail-Labels: Inbox,Tea\nX-Mozilla-Status: 0001\n"
        quoted = data.replace(b"\nFrom here", b"\n>From here")
        (tmp_path / "box.mbox").write_bytes(separator + labels + quoted + b"\n" + separator + quoted + b"\n")
        found = read(tmp_path)
        assert len(found) == 4
        assert len({each.key for each in found}) == 1
        assert {each.size_bytes for each in found} >= {len(data)}

    def test_the_same_where_an_export_left_the_quoting_of_mbox_in(self) -> None:
        assert message(self.HEAD, BODY.replace(b"From here", b">>From here")).key == message(self.HEAD).key

    def test_the_same_where_an_export_folds_anew(self) -> None:
        assert message(self.HEAD.replace("From: a", "From:\n\ta")).key == message(self.HEAD).key

    @pytest.mark.parametrize("change", ["<2@example.org>", "b@example.org", "2003", "cake"])
    def test_another_for_another_message(self, change: str) -> None:
        old = {"<2@example.org>": "<1@example.org>", "b@example.org": "a@example.org", "2003": "2002", "cake": "tea"}
        assert message(self.HEAD.replace(old[change], change)).key != message(self.HEAD).key
        assert message(self.HEAD, BODY + b"P.S. " + change.encode()).key != message(self.HEAD).key

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("--boundary-LibPST-iamunique-1906170777_-_-", "--boundary-LibPST-iamunique-1627685355_-_-"),
            ("===============6087314873451984512==", "===============0129345887761234509=="),
            ("----=_Part_1_12.34", "----=_Part_2_98.76"),
            ("Apple-Mail=_0A", "Apple-Mail=_FF"),
            ("a", "tea+at(four)"),
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_the_same_whatever_boundary_a_converter_invents(self, first: str, second: str, end: str) -> None:
        def written(outer: str, inner: str, field: str = 'boundary="{}"') -> str:
            lines = [
                *self.HEAD.split("\n"), "Content-Type: multipart/mixed;", " " + field.format(outer), "", f"--{outer}",
                f"Content-Type: multipart/alternative; {field.format(inner)}", "", f"--{inner}", "", "tea",
                f"--{inner}", "Content-Type: text/html", "", "<p>tea", f"--{inner}--", f"--{outer}",
                "Content-Type: message/rfc822", "", "Subject: old", f"Content-Type: x/y; {field.format(inner + 'z')}",
                "", f"--{inner}z", "", "cake", f"--{inner}z--", f"--{outer}--", "",
            ]  # fmt: skip
            return end.join(lines)

        def key(text: str) -> str:
            return parse_message(RawMessage(text.encode(), "a.eml", 0)).key

        of_first = key(written(f"m{first}", f"alt-{first}"))
        assert key(written(f"m{second}", f"alt-{second}")) == of_first
        assert key(written(f"m{first}", f"alt-{first}").replace("<p>tea", "<p>cake")) != of_first
        assert key(written(f"m{first}", f"alt-{first}").replace("cake", "pie")) != of_first

    def test_another_for_another_token_even_where_it_looks_like_a_boundary(self) -> None:
        def key(token: str) -> str:
            head = f"{self.HEAD}\nContent-Type: multipart/mixed; boundary=b"
            return message(head, f"--b\n\nhttps://a.example/?boundary={token}\n--{token}\n--b--\n".encode()).key

        assert key("5e78d7ef") != key("2ed12326")

    @pytest.mark.parametrize(
        "line",
        [
            "X-GM-THRID: 1",
            "X-Mozilla-Keys: x",
            "X-UID: 7",
            "Content-Length: 31",
            "X-Status: A",
            "X-Keywords: b",
            "Status: RO",
        ],
    )
    def test_the_same_with_a_header_that_an_export_adds(self, line: str) -> None:
        assert message(f"{line}\n{self.HEAD}", BODY + b"\n\n").key == message(self.HEAD).key

    def test_so_many_boundaries_count_and_no_more(self) -> None:
        head = f"{self.HEAD}\nContent-Type: multipart/mixed; boundary="
        assert message(f"{head}b", b"--b\n" * 400_000).key != message(f"{head}c", b"--c\n" * 400_000).key
        assert message(f"{head}b", b"--b\n" * 4_000).key == message(f"{head}c", b"--c\n" * 4_000).key

    def test_nothing_at_all_has_one_too(self) -> None:
        assert len(parse_message(RawMessage(b"", "empty", 0)).key) == 16


def test_what_the_container_knows_is_kept() -> None:
    raw = RawMessage(b"X-Gmail-Labels: Spam\n\n", "box", 7, ("Archive",), "Thu Aug 22 12:36:23 2002")
    found = parse_message(raw)
    assert (found.origin, found.labels, found.population) == ("box", ("Archive", "Spam"), "spam")
    assert (found.clock, found.sent_at is not None and found.sent_at.year) == ("separator", 2002)
    assert parse_message(raw, population="received").population == "received"
    assert parse_message(replace(raw, labels=("Trash",))).population == "trash"


@pytest.mark.parametrize(
    "name", ["From", "To", "Return-Path", "List-Unsubscribe", "List-Id", "X-Mailer", "Date", "Received"]
)
@pytest.mark.parametrize(
    "run", ["a", "a@", "<a@", "<a=", '"', "b-", "=", ".", "mailto:", "a=b.", '\\"', "a at ", "a.", "<a@b>,"]
)
def test_a_header_of_a_megabyte_takes_no_time(name: str, run: str) -> None:
    start = time.process_time()
    message(f"{name}: {run * (1_000_000 // len(run))}")
    assert time.process_time() - start < 2


@pytest.mark.corpora
def test_gmail_labels_of_real_mail(corpora: Path) -> None:
    found = read(corpora / "markup" / "2019-10-28.mbox.gz")
    assert len(found) == 448
    assert sum(each.population == "spam" for each in found) == 156
    assert sum(bool(each.html) for each in found) == 442
    assert all(each.clock == "date" and each.sent_at and each.sent_at.year == 2019 for each in found)
    assert len({each.key for each in found}) == 448
