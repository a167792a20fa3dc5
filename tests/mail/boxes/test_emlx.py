"""emlx: a message between its length and its flags."""

from __future__ import annotations

import plistlib

import pytest

from pixelstudy.mail.boxes import emlx
from pixelstudy.mail.raw import RawMessage, Skipped, Source

MAIL = b"From: a@example.org\nSubject: tea\n\nat four\n"


def read(data: bytes) -> RawMessage | Skipped:
    (item,) = emlx.read(Source("1.emlx", ("INBOX",), data[:65_536], iter([data])))
    return item


def written(flags: int, *, length: int = len(MAIL)) -> bytes:
    return b"%-10d\n" % length + MAIL + plistlib.dumps({"flags": flags})


@pytest.mark.parametrize(
    ("flags", "labels"),
    [
        (0, ()),
        (0b1, ("seen",)),
        (0b1010101, ("seen", "replied", "flagged", "draft")),
        (1 << 24, ("junk",)),
        (8_590_195_713, ("seen",)),
        (-1 & ~0b10 & 0xFFFFFFFF, ("seen", "replied", "flagged", "draft", "forwarded", "junk")),
    ],
)
def test_flags_are_labels(flags: int, labels: tuple[str, ...]) -> None:
    assert read(written(flags)) == RawMessage(MAIL, "1.emlx", 0, ("INBOX", *labels))


def test_a_deleted_one_is_skipped() -> None:
    assert read(written(0b11)).reason == "deleted"  # type: ignore[union-attr]


@pytest.mark.parametrize("tail", [b"", b"<?xml", b"<plist><dict/></plist>", b"\xff\xff", b"<plist>" * 5000])
def test_what_is_wrong_with_the_flags_costs_nothing(tail: bytes) -> None:
    assert read(b"%d\n" % len(MAIL) + MAIL + tail) == RawMessage(MAIL, "1.emlx", 0, ("INBOX",))


def test_one_that_ends_early_is_a_row() -> None:
    row = read(written(0, length=9999)[:60])
    assert isinstance(row, Skipped)
    assert (row.reason, row.detail) == ("truncated", "emlx: 49 of 9,999 bytes")


@pytest.mark.parametrize("head", [MAIL, b"42\nnotes of mine\n", b"42", b"", b"4 2\n" + MAIL])
def test_a_number_before_a_message_makes_one(head: bytes) -> None:
    assert not emlx.fits(head)
    assert emlx.fits(b"%d\n" % len(MAIL) + MAIL)
