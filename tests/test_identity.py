"""The search for the recipient's address, and its cost; test_adversarial.py has every form of it."""

from __future__ import annotations

import hashlib

import pytest

from pixelstudy.pixels import identity
from pixelstudy.pixels.identity import find_identity

H = "7c1e5b9a2f4d8063ab"


def test_the_first_recipient_found_is_enough_and_none_finds_nothing() -> None:
    url = "https://t.example.net/o?x=" + hashlib.md5(b"kim@example.org").hexdigest()
    assert find_identity(url, ["", "no address", "lee@example.org", " Kim@Example.org "]) == "md5"
    assert find_identity(url, []) is None
    assert find_identity(url, ["lee@example.org"]) is None


def test_hashes_are_worked_out_only_where_a_length_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise AssertionError

    monkeypatch.setattr(identity, "_forms", fail)
    for url in ("https://t.example.net/track/open.php?u=5e78d7ef2297&x=summer-sale", "https://t.example.net/logo.png"):
        assert find_identity(url, ["kim@example.org"]) is None


def test_a_digest_is_found_only_whole() -> None:
    digest = hashlib.md5(b"kim@example.org").hexdigest()
    assert find_identity(f"https://t.example.net/o/{digest}0", ["kim@example.org"]) is None
    assert find_identity(f"https://t.example.net/o/{digest[:-1]}", ["kim@example.org"]) is None


@pytest.mark.parametrize("recipient", ["a@b", "ü@bücher.example", "x" * 300 + "@example.org", '"a b"@example.org', "@"])
def test_strange_recipients_do_no_harm(recipient: str) -> None:
    assert find_identity(f"https://t.example.net/o?x={H}", [recipient]) is None
