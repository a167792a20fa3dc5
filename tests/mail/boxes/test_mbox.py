"""mbox: where messages begin, what is undone, and that any cut of a file gives the same messages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pixelstudy.mail.boxes import mbox
from pixelstudy.mail.raw import DamageError, RawMessage, Skipped, Source, read_message

SEPARATOR = b"From a@example.org Thu Aug 22 12:36:23 2002\n"
GMAIL = b"From 1648652157465437893@xxx Mon Oct 28 14:10:16 +0000 2019\r\n"


def source(data: bytes, start: int = 0, stop: int | None = None, block: int = 1 << 20) -> Source:
    position = max(0, start - mbox.CONTEXT_BYTES)
    blocks = (data[at : at + block] for at in range(position, len(data), block))
    return Source("box", ("Inbox",), data[:65536], blocks, position=position, start=start, stop=stop)


def read(data: bytes, **options: int) -> list[RawMessage | Skipped]:
    return list(mbox.read(source(data, **options)))


def bodies(data: bytes) -> list[bytes]:
    return [item.data for item in read(data) if isinstance(item, RawMessage)]


@pytest.mark.parametrize(
    "line",
    [
        b"From 1648652157465437893@xxx Mon Oct 28 14:10:16 +0000 2019",
        b"From a@example.org Thu Aug 22 12:36:23 2002",
        b"From a@example.org  Thu Aug  2 12:36:23 2002",
        b"From a@example.org Thu Aug 22 12:36 2002",
        b"From a@example.org Thu Aug 22 12:36:23 CEST 2002",
        b"From a@example.org Thu Aug 22 12:36:23 2002 +0200",
        b"From a@example.org Thu Aug 22 12:36:23 2002 +0200 (CEST)",
        b"From a@example.org Thu, 22 Aug 2002 12:36:23 +0200",
        b"From - Thu Aug 22 12:36:23 2002",
        b"From MAILER-DAEMON Thu Aug 22 12:36:23 2002",
        b'From "tea at four"@example.org Thu Aug 22 12:36:23 2002',
        b"From host!user Thu Aug 22 12:36:23 2002 remote from host",
        b"From ",
        b"From - ",
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_separator_in_an_order_that_is_seen_begins_a_message(line: bytes, end: bytes) -> None:
    data = end.join([line, b"Subject: one", b"", b"x", b"", line, b"Subject: two", b"", b"y", b""])
    assert mbox.fits(data)
    assert bodies(data) == [
        end.join([b"Subject: one", b"", b"x", b""]),
        end.join([b"Subject: two", b"", b"y", b""]),
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"From here on we met on Thu Aug 22 12:36:23 2002",
        b"From a@example.org, Thursday",
        b"From a@example.org Thu Aug 22 2002",
        b"From a@example.org Foo Aug 22 12:36:23 2002",
        b"From a@example.org Thu Aug 22 12:36:23 2002 was the day",
        b"from a@example.org Thu Aug 22 12:36:23 2002",
        b"From: a@example.org Thu Aug 22 12:36:23 2002",
        b" From a@example.org Thu Aug 22 12:36:23 2002",
        b"From ",
    ],
)
def test_a_line_that_is_no_separator_stays_in_the_message(line: bytes) -> None:
    message = b"Subject: one\n\n" + line + b"\nand so on\n"
    assert bodies(SEPARATOR + message) == [message]


FORMS = {
    "pipermail": (
        "From eric at tea.example  Thu Aug  9 18:31:17 2012",
        "From ann.pot at mail.tea.example  Mon Dec 31 23:59:59 2001",
        "From noreply at tea.example Sat Feb 29 00:00:00 2020",
        "From k+list at tea.example (Kamil)  Sun Oct  1 09:05:00 2017",
        "From eric at tea dot example  Thu Aug  9 18:31:17 2012",
    ),
    "a display name": (
        "From John Pot Fri Jul  8 12:08:31 2011",
        "From Kamil Kettle <kamil@tea.example>  Wed Jan  2 16:34:31 2019",
        "From Zo\u00eb K. Kettle-Pot Tue Mar  3 10:00:00 2015",
        'From "Kettle, Kamil" 09.03.2020 12:03',
        "From Tea List Owner via Tea <list@tea.example> Mon Jan 4 2021",
    ),
    "an address in angle brackets": (
        "From <kamil@tea.example> Wed Jan  2 16:34:31 2019",
        "From <kamil@tea.example>",
        "From <> Wed Jan  2 16:34:31 2019",
        "From <bounce+1=2@tea.example>  2 Jan 2019 16:34",
        "From <kamil@tea.example> (Kamil Kettle) Wed Jan  2 16:34:31 2019",
    ),
    "a comma": (
        "From jwz  Fri, Jul 01 09:13:01 1994",
        "From a@tea.example Wed, 2 Jan 2019 16:34:31 +0100",
        "From a@tea.example, Wednesday, January 2, 2019 4:34 PM",
        "From a@tea.example,b@tea.example Wed Jan  2 16:34:31 2019",
        "From Kettle, Kamil Wed Jan  2 16:34:31 2019",
    ),
    "a zone in brackets": (
        "From a@tea.example Thu Aug 22 12:36:23 2002 [+0200]",
        "From a@tea.example Thu Aug 22 12:36:23 [CEST] 2002",
        "From a@tea.example Thu Aug 22 12:36:23 2002 (Central European Summer Time)",
        "From a@tea.example Thu Aug 22 12:36:23 (GMT+02:00) 2002",
        "From a@tea.example Thu, 22 Aug 2002 12:36:23 +0200 (West-Europa (zomertijd))",
    ),
    "a date in another language": (
        "From mcd@arctic.example Mo M\u00e4r  9 12:03:11 2020",
        "From mcd@arctic.example lun. 9 mars 2020 12:03:11",
        "From a@tea.example 2020\u5e743\u67089\u65e5 12:03",
        "From a@tea.example \u043f\u043d \u043c\u0430\u0440  9 12:03:11 2020",
        "From a@tea.example seg mar 09 12:03:11 2020",
    ),
    "a dash": (
        "From - Thu Aug 22 12:36:23 2002",
        "From - ",
        "From -",
        "From - Thu, 22 Aug 2002 12:36:23 +0200",
        "From - 22.08.2002",
    ),
    "no date": (
        "From mcd@arctic.example",
        "From MAILER-DAEMON",
        "From eric at tea.example",
        "From tea!host!kamil remote from tea",
        "From 1648652157465437893@xxx",
    ),
    "a date as numbers": (
        "From a@tea.example 2020-03-09T12:03:11Z",
        "From a@tea.example 09.03.2020 12:03:11",
        "From a@tea.example 3/9/20 12:03 PM",
        "From a@tea.example 1583755391",
        "From a@tea.example 2020-03-09 12:03:11.000 +0100",
    ),
    "nothing": ("From ", "From  ", "From \t", "From ?", "From ???@???"),
}


@pytest.mark.parametrize("line", [line for lines in FORMS.values() for line in lines])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_whatever_a_separator_says_a_header_follows_it(line: str, end: bytes) -> None:
    one = end.join([b"X-Gmail-Labels: Inbox", b"Subject: one", b"", b"x", b""])
    two = end.join([b"Received: from x", b"\tby y", b"Subject: two", b"", b"y", b""])
    data = line.encode() + end + one + end + line.encode() + end + two
    assert mbox.fits(data)
    assert bodies(data) == [one, two]
    assert sum(item.n_doubtful for item in read(data) if isinstance(item, RawMessage)) == 0


@pytest.mark.parametrize("quoted", [b">From a@tea.example", b">From now on", b">>From x", b">From - ", b">From "])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_quoted_from_line_is_text_and_loses_one_mark(quoted: bytes, end: bytes) -> None:
    lines = [b"Subject: one", b"", b"x", b"", quoted, b"Subject: two", b"", b"y", b""]
    (body,) = bodies(SEPARATOR + end.join(lines))
    assert body == end.join([*lines[:4], quoted[1:], *lines[5:]])


@pytest.mark.parametrize(
    "prose",
    [
        b"From now on tea is at four.\nAnd so on.\n",
        b"From our shop:\nhttps://tea.example/: all of it\n",
        b"From the minutes\nNote: tea at four\n\nSubject: cake\n",
        b"From a@tea.example\n\nSubject: no header, as a blank line comes first\n",
        b"From the last line\n",
    ],
)
def test_a_paragraph_that_starts_with_from_is_text_and_doubtful(prose: bytes) -> None:
    message = b"Subject: one\n\nx\n\n" + prose
    (item, last) = read(SEPARATOR + message + b"\n" + SEPARATOR + b"Subject: two\n")
    assert isinstance(item, RawMessage)
    assert isinstance(last, RawMessage)
    assert (item.data, item.n_doubtful, last.n_doubtful) == (message, 1, 0)


def test_a_mail_within_a_mail_that_is_not_quoted_is_taken_for_one_of_its_own_and_doubtful() -> None:
    start = b'Subject: one\nContent-Type: multipart/mixed;\n\tboundary="tea"\n\n--tea\n\nI found this:\n\n'
    data = SEPARATOR + start + b"From x\nSubject: old\n\nat four\n\n--tea--\n\n" + SEPARATOR + b"Subject: two\n\n"
    items = [item for item in read(data) if isinstance(item, RawMessage)]
    assert [item.data.splitlines()[0] for item in items] == [b"Subject: one", b"Subject: old", b"Subject: two"]
    assert [item.n_doubtful for item in items] == [1, 0, 0]


def test_the_date_of_a_separator_is_found_wherever_it_is() -> None:
    (item,) = read(FORMS["pipermail"][0].encode() + b"\nSubject: one\n")
    assert isinstance(item, RawMessage)
    assert item.separator_date == "Thu Aug  9 18:31:17 2012"


def test_a_separator_counts_after_an_empty_line_only() -> None:
    message = b"Subject: one\n\nx\n" + SEPARATOR + b"Subject: two\n"
    assert bodies(SEPARATOR + message) == [message]
    assert [item.n_doubtful for item in read(SEPARATOR + message) if isinstance(item, RawMessage)] == [1]
    plain = message.replace(b"Subject: two", b"we met")
    assert [item.n_doubtful for item in read(SEPARATOR + plain) if isinstance(item, RawMessage)] == [1]
    prose = b"Subject: one\n\nx\nFrom now on\nwe met\n"
    assert [item.n_doubtful for item in read(SEPARATOR + prose) if isinstance(item, RawMessage)] == [0]


def test_each_message_says_where_its_separator_stands_and_what_date_it_has() -> None:
    data = SEPARATOR + b"Subject: one\n\nx\n\n" + GMAIL + b"Subject: two\r\n\r\ny\r\n"
    first, second = read(data)
    assert isinstance(first, RawMessage)
    assert isinstance(second, RawMessage)
    assert (first.offset, first.separator_date) == (0, "Thu Aug 22 12:36:23 2002")
    assert data[second.offset :].startswith(b"From 16486")
    assert second.separator_date == "Mon Oct 28 14:10:16 +0000 2019"
    assert first.labels == ("Inbox",)


def test_line_ends_stay_and_only_the_empty_line_between_messages_goes() -> None:
    crlf = b"Subject: one\r\n\r\nx\r\n\r\n"
    assert bodies(GMAIL + crlf + b"\r\n" + GMAIL + crlf + b"\r\n") == [crlf, crlf]
    assert bodies(SEPARATOR + b"Subject: one\n\nx") == [b"Subject: one\n\nx"]


def test_quoted_from_lines_lose_one_mark_in_the_body_and_none_in_the_headers() -> None:
    message = b"Subject: one\nX: y\n >From x\n\n>From four on\n>>From five on\nno >From here\n> From six\n"
    assert bodies(SEPARATOR + message) == [
        b"Subject: one\nX: y\n >From x\n\nFrom four on\n>From five on\nno >From here\n> From six\n"
    ]


def test_a_byte_order_mark_and_blank_lines_before_the_first_separator_are_nothing() -> None:
    for lead in (b"\xef\xbb\xbf", b"\r\n\n", b"\xef\xbb\xbf\n"):
        data = lead + SEPARATOR + b"Subject: one\n"
        assert mbox.fits(data)
        assert read(data) == [RawMessage(b"Subject: one\n", "box", len(lead), ("Inbox",), "Thu Aug 22 12:36:23 2002")]


def test_what_stands_before_the_first_separator_is_skipped_and_told() -> None:
    data = b"an old log\n\n" + SEPARATOR + b"Subject: one\n"
    assert mbox.fits(data)
    junk, message = read(data)
    assert junk == Skipped("box", 0, "not mail", "before the first separator")
    assert isinstance(message, RawMessage)


def test_a_segment_without_headers_is_skipped_and_told() -> None:
    rows = read(SEPARATOR + b"no header here\n\n" + SEPARATOR + b"Subject: two\n\n" + SEPARATOR)
    assert [type(row) for row in rows] == [Skipped, RawMessage, Skipped]
    assert [row.reason for row in rows if isinstance(row, Skipped)] == ["not mail", "not mail"]


def test_a_from_line_kept_by_another_tool_is_no_header() -> None:
    assert bodies(SEPARATOR + b">From - Sat Apr 12 2025 15:59:28\nSubject: one\n\nx\n") == [b"Subject: one\n\nx\n"]


@pytest.mark.parametrize(
    "start",
    [
        b"Loading ...\n",
        b"HTTP/1.1 200 OK\r\nDate: x\r\n",
        b"\n \t\n",
        b"Exporting Inbox\n3 messages\n",
        b"\xef\xbb\xbf \n",
    ],
)
def test_the_first_separator_needs_no_blank_line_before_it(start: bytes) -> None:
    data = start + SEPARATOR + b"Subject: one\n\nat four\n\n" + SEPARATOR + b"Subject: two\n\nat five\n"
    assert mbox.fits(data)
    assert [item.data[:12] for item in read(data) if isinstance(item, RawMessage)] == [b"Subject: one", b"Subject: two"]


@pytest.mark.parametrize("block", [100, 5000, 1 << 20])
def test_a_message_over_the_limit_is_passed_over_without_being_kept(block: int) -> None:
    big = SEPARATOR + b"Subject: big\n\n" + b"x" * 3_000_000 + b"\n\n"
    data = SEPARATOR + b"Subject: one\n\n" + big + SEPARATOR + b"Subject: two\n"
    rows = list(mbox.read(source(data, block=block), limit_bytes=1000))
    assert [row.reason if isinstance(row, Skipped) else row.data for row in rows] == [
        b"Subject: one\n",
        "too large",
        b"Subject: two\n",
    ]
    assert rows[1].offset == len(SEPARATOR) + 14


def test_a_stream_that_breaks_off_gives_its_whole_messages_and_one_row_for_the_rest() -> None:
    data = SEPARATOR + b"Subject: one\n\nx\n\n" + SEPARATOR + b"Subject: two\n\nhalf of"

    def blocks() -> Iterator[bytes]:
        yield data
        raise DamageError("truncated", "gzip: ends early")

    whole, rest = mbox.read(Source("box", (), data, blocks()))
    assert isinstance(whole, RawMessage)
    assert rest == Skipped("box", len(SEPARATOR) + 17, "truncated", "gzip: ends early")


PIECES = [
    SEPARATOR,
    SEPARATOR.replace(b"\n", b"\r\n"),
    GMAIL,
    b"From \r\n",
    b"From - \n",
    b"From here on\n",
    b"From eric at tea.example  Thu Aug  9 18:31:17 2012\n",
    b"From x\r\nReceived: from y\r\n",
    b"Content-Type: multipart/mixed; boundary=tea\n",
    b"--tea--\n",
    b">From there\n",
    b"From a@example.org Thu Aug 22 12:36:23 2002 and a long tail " + b"x" * 1100 + b"\n",
    b"From ",
    b"Subject: tea\n",
    b"To: b@example.org\r\n",
    b"text",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\r\n\r\n",
    b"\xef\xbb\xbf",
    b"\r",
]
BOXES = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)


@settings(deadline=None, max_examples=400)
@given(data=BOXES, cuts=st.lists(st.integers(0, 3000), max_size=8), block=st.integers(20, 3000))
@example(data=SEPARATOR + b"Subject: a\n\n" + SEPARATOR + b"Subject: b\n", cuts=[55, 56, 57], block=1000)
@example(data=b"\xef\xbb\xbf" + SEPARATOR + b"Subject: a\n", cuts=[1, 2, 3, 4], block=1000)
def test_any_cuts_and_any_blocks_give_what_one_reading_gives(data: bytes, cuts: list[int], block: int) -> None:
    whole = read(data)
    # The first range goes beyond the first separator.
    first = next((item.offset for item in whole if "before" not in getattr(item, "detail", "")), len(data))
    edges = sorted({0, len(data), *(cut for cut in cuts if first < cut < len(data))})
    parts = [item for start, stop in pairwise(edges) for item in read(data, start=start, stop=stop, block=block)]
    assert parts == whole


@settings(deadline=None, max_examples=50)
@given(size=st.integers(0, 5000), target=st.integers(1, 6000))
def test_the_cuts_of_a_file_cover_it_once(size: int, target: int) -> None:
    cuts = mbox.cuts(os.devnull, size, target)
    assert cuts[0][0] == 0
    assert cuts[-1][1] == size
    assert all(left[1] == right[0] for left, right in pairwise(cuts))
    assert all(cut.stop is not None and cut.stop - cut.start == cut.size_bytes for cut in cuts)


@settings(deadline=None, max_examples=100)
@given(data=BOXES)
def test_each_byte_of_an_mbox_is_in_one_segment_or_blank(data: bytes) -> None:
    offsets = [item.offset for item in read(data)]
    assert offsets == sorted(set(offsets))
    assert not data[: offsets[0] if offsets else len(data)].strip(b"\xef\xbb\xbf \r\n")


def measured(*bodies: bytes, shift: int = 0) -> bytes:
    """An mboxcl2: nothing is quoted, and a length says where each message ends."""
    return b"".join(
        SEPARATOR + b"Subject: %d\nContent-Length: %d\n\n" % (n, len(body) + shift) + body + b"\n"
        for n, body in enumerate(bodies)
    )


FORWARDED = b"I found this:\n\n" + SEPARATOR + b"Subject: old\n\nat four\n"


def test_a_length_that_lands_on_a_separator_is_believed() -> None:
    data = measured(b"tea\n", FORWARDED, b"x" * 5000 + b"\n", FORWARDED)
    for block in (100, 3000, 1 << 20):
        items = list(mbox.read(source(data, block=block)))
        assert [item.data.partition(b"\n\n")[2] for item in items if isinstance(item, RawMessage)] == [
            b"tea\n",
            FORWARDED,
            b"x" * 5000 + b"\n",
            FORWARDED,
        ]
        assert [data[item.offset :].startswith(SEPARATOR) for item in items] == [True] * 4


def test_so_it_is_where_the_empty_line_is_counted() -> None:
    assert len(list(mbox.read(source(measured(b"tea\n", FORWARDED, b"end\n", shift=1))))) == 3


def test_and_where_no_empty_line_stands_between() -> None:
    data = measured(b"tea\n", b"cake\n", b"end\n").replace(b"\n\nFrom ", b"\nFrom ")
    assert len(list(mbox.read(source(data)))) == 3


@pytest.mark.parametrize("shift", [-3, 3, 40, 10_000, 1 << 40])
def test_a_length_that_lands_anywhere_else_is_not(shift: int) -> None:
    data = measured(b"tea\n", FORWARDED, b"end\n", shift=shift)
    assert len(list(mbox.read(source(data)))) == 4  # what was forwarded counts, as nothing tells it apart


def test_one_wrong_length_costs_no_other_message() -> None:
    data = measured(b"tea\n", b"cake\n", FORWARDED, b"end\n").replace(b"Content-Length: 5\n", b"Content-Length: 9\n")
    bodies = [item.data.partition(b"\n\n")[2] for item in mbox.read(source(data)) if isinstance(item, RawMessage)]
    assert bodies == [b"tea\n", b"cake\n", FORWARDED, b"end\n"]


def test_a_length_that_came_with_the_mail_is_not_heard() -> None:
    data = SEPARATOR + b"Subject: first\n\ntea\n\n" + measured(FORWARDED)
    assert len(list(mbox.read(source(data)))) == 3


def test_such_a_file_is_one_part(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(measured(b"tea\n", FORWARDED, b"x" * 200_000 + b"\n"))
    assert mbox.cuts(str(path), path.stat().st_size, 1000) == [(0, None, path.stat().st_size, True)]
    path.write_bytes(measured(b"x" * 200_000 + b"\n", FORWARDED))
    assert mbox.cuts(str(path), path.stat().st_size, 1000) == [(0, None, path.stat().st_size, True)]
    path.write_bytes(measured(b"tea\n", b"end\n", shift=2))
    assert len(mbox.cuts(str(path), path.stat().st_size, 50)) > 1


def test_what_thunderbird_deleted_is_skipped_as_such() -> None:
    data = b"".join(
        SEPARATOR + b"X-Mozilla-Status: %s\nSubject: tea\n\nat four\n\n" % status
        for status in (b"0001", b"0008", b"1009", b"zz08")
    )
    items = list(mbox.read(source(data)))
    assert [getattr(item, "reason", "kept") for item in items] == ["kept", "deleted", "deleted", "kept"]


def test_but_not_by_a_mark_that_came_with_the_mail() -> None:
    data = SEPARATOR + b"Received: from x\nX-Mozilla-Status: 0009\nSubject: tea\n\n"
    (item,) = mbox.read(source(data))
    assert isinstance(item, RawMessage)


INTERNAL = "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"
LINKED = "Content-Base: https://tea.example/1\n"


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (f"From: Mail System Internal Data <MAILER-DAEMON@tea>\n{INTERNAL}X-IMAP: 12 3\n", "the mail program's own"),
        (f"{INTERNAL}X-IMAPbase: 12 3 Junk\nStatus: RO\n", "the mail program's own"),
        (f"Message-Id: <https://tea.example/1@localhost.localdomain>\nSubject: tea\n{LINKED}", "an item of a feed"),
        (INTERNAL, None),
        (f"{INTERNAL.replace('DON', 'Re: DON')}X-IMAPbase: 12 3\n", None),
        ("X-IMAPbase: 12 3\nSubject: tea\n", None),
        (f"Message-Id: <1@tea.example>\nSubject: tea\n{LINKED}", None),
        ("Message-Id: <1@localhost.localdomain>\nSubject: tea\n", None),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_a_program_made_for_itself_is_not_mail(header: str, detail: str | None, end: str) -> None:
    data = f"{header}\n{INTERNAL}X-IMAP: 1\n{LINKED}\n".replace("\n", end).encode()
    for item in (next(mbox.read(source(SEPARATOR + data))), next(read_message(source(data)))):
        found = (item.reason, item.detail) if isinstance(item, Skipped) else None
        assert (found is None) == (detail is None)
        assert not (found and detail) or (found[0] == "not mail" and found[1].startswith(detail))


def test_a_database_that_holds_mail_is_no_mbox() -> None:
    mail = b"\n\n" + SEPARATOR + b"Subject: tea\n\n"
    assert not mbox.fits(b"SQLite format 3\x00" + bytes(100) + mail)
    assert mbox.fits(b"notes of mine" + mail)
    assert mbox.fits(bytes(512) + mail)  # a hole that a crash left
