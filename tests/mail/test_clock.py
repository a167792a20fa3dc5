"""The clock: which header says when a message was sent, and when none can be believed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelstudy.mail.clock import Clock, read_clock

NOW = datetime(2025, 6, 1, tzinfo=UTC)
HOP = "from a.example.com by mx.example.org with ESMTP id 1; Tue, 5 Jan 2010 10:00:00 -0500 (EST)"


def clock(date: str | None = None, *received: str, separator: str | None = None) -> tuple[datetime | None, Clock]:
    headers = {"date": [date] if date is not None else [], "received": list(received)}
    return read_clock(headers, separator, now=NOW)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_date_counts_when_it_agrees_with_the_last_hop() -> None:
    assert clock("Tue, 5 Jan 2010 09:58:00 -0500", HOP) == (utc(2010, 1, 5, 14, 58), "date")


def test_a_delivery_may_take_a_week_and_no_more() -> None:
    assert clock("Tue, 29 Dec 2009 15:00:00 +0000", HOP)[1] == "date"
    assert clock("Tue, 29 Dec 2009 14:59:59 +0000", HOP) == (utc(2010, 1, 5, 15), "received")


@pytest.mark.parametrize("year", [1970, 1993, 2028, 2038])
def test_a_forged_date_gives_way_to_the_last_hop(year: int) -> None:
    assert clock(f"Fri, 1 Jan {year} 00:00:00 +0000", HOP) == (utc(2010, 1, 5, 15), "received")


def test_the_topmost_hop_counts_since_the_reader_s_server_wrote_it() -> None:
    forged = HOP.replace("2010", "1999")
    assert clock("Tue, 5 Jan 1999 15:00:00 +0000", HOP, forged) == (utc(2010, 1, 5, 15), "received")


def test_a_hop_without_a_date_or_with_one_of_tomorrow_is_passed_over() -> None:
    assert clock(None, "by mx.example.org", HOP.replace("2010", "2031"), HOP) == (utc(2010, 1, 5, 15), "received")


def test_date_alone_is_believed_from_the_first_mail_to_now() -> None:
    assert clock("Fri, 1 Jan 1993 00:00:00 +0000") == (utc(1993, 1, 1), "date")
    assert clock("Fri, 1 Jan 1971 00:00:00 +0000") == (None, "none")
    assert clock("Fri, 1 Jan 2038 00:00:00 +0000") == (None, "none")
    assert clock("Mon, 2 Jun 2025 10:00:00 +0000")[1] == "date"


@pytest.mark.parametrize(
    "value",
    [
        "Thu, 22 Aug 2002 12:36:23 +0000",
        "Thu, 22 Aug 2002 14:36:23 +0200 (CEST)",
        "Thu, 22 Aug 2002 12:36:23 GMT",
        "Thu, 22 Aug 2002 08:36:23 EDT",
        "Thu, 22 Aug 2002 12:36:23 -0000",
        "Thu, 22 Aug 2002 12:36:23",
        "22 Aug 02 12:36:23",
        "Thu Aug 22 12:36:23 2002",
        "Thu Aug 22 12:36:23 +0000 2002",
        "Thu Aug 22 14:36:23 2002 +0200",
        "Thu, 22 Aug 2002 14:36:23 +02:00",
        "Thu, 22 Aug 2002 14:36:23 GMT+0200",
        "Thu, 22 Aug 2002 07:06:23 UTC-05:30",
        "Thu, 22 Aug 2002 14:36:23 CEST",
        "Thu Aug 22 21:36:23 JST 2002",
        "Thu, 22 Aug 2002 14:36:23 +0200 (BST)",
        "Thursday, 22 August 2002 12:36:23.250 +0000",
        '"Thu, 22 Aug 2002 12:36:23 +0000"',
        "2002-08-22T14:36:23+02:00",
        "2002-08-22T12:36:23.99Z",
        "2002-08-22 12:36:23",
        "2002-08-22 13:36:23 +0100",
    ],
)
def test_a_date_in_any_form_that_is_seen_is_utc(value: str) -> None:
    assert clock(value) == (utc(2002, 8, 22, 12, 36, 23), "date")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "Thu, 22 Aug",
        "Thu, 99 Foo 2002 12:36:23",
        "Thu, 22 Aug 2002 25:61:00",
        "22-08-2002",
        "2002-08-99",
    ],
)
def test_what_is_no_date_is_none(value: str) -> None:
    assert clock(value) == (None, "none")


def test_the_separator_counts_last() -> None:
    gmail = "Mon Oct 28 14:10:16 +0000 2019"
    assert clock(None, separator=gmail) == (utc(2019, 10, 28, 14, 10, 16), "separator")
    assert clock(None, HOP, separator=gmail)[1] == "received"
    assert clock("Fri, 1 Jan 1993 00:00:00 +0000", separator=gmail)[1] == "date"


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_date_or_none(date: str, hop: str) -> None:
    moment, source = clock(date, hop, separator=date)
    assert (moment is None) == (source == "none")


@given(st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,5} \d{1,2}:\d{2}:\d{2} [+-]\d{3,5}", fullmatch=True))
def test_what_looks_like_a_date_breaks_nothing(date: str) -> None:
    clock(date)
