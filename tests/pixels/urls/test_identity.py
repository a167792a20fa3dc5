"""The search for the recipient's address, and its cost; test_adversarial.py tests every form of the address."""

from __future__ import annotations

import hashlib
import random
import re
from base64 import b64encode, urlsafe_b64encode
from itertools import product

import pytest

from pixelstudy.pixels.urls import identity
from pixelstudy.pixels.urls.identity import find_identities

H = "7c1e5b9a2f4d8063ab"


def form_in(url: str, recipients: list[str]) -> str | None:
    return find_identities([url], recipients).get(url)


def test_any_recipient_can_be_found_and_none_are_needed() -> None:
    url = "https://t.example.net/o?x=" + hashlib.md5(b"kim@example.org").hexdigest()
    assert form_in(url, ["", "no address", "lee@example.org", " Kim@Example.org "]) == "md5"
    assert form_in(url, []) is None
    assert form_in(url, ["lee@example.org"]) is None


def test_hashes_are_computed_only_if_a_length_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise AssertionError

    monkeypatch.setattr(identity, "_digests_of", fail)
    for url in ("https://t.example.net/track/open.php?u=5e78d7ef2297&x=summer-sale", "https://t.example.net/logo.png"):
        assert form_in(url, ["kim@example.org"]) is None


def test_a_digest_is_found_only_whole() -> None:
    digest = hashlib.md5(b"kim@example.org").hexdigest()
    assert form_in(f"https://t.example.net/o/{digest}0", ["kim@example.org"]) is None
    assert form_in(f"https://t.example.net/o/{digest[:-1]}", ["kim@example.org"]) is None


@pytest.mark.parametrize("recipient", ["a@b", "ü@bücher.example", "x" * 300 + "@example.org", '"a b"@example.org', "@"])
def test_strange_recipients_raise_nothing(recipient: str) -> None:
    assert form_in(f"https://t.example.net/o?x={H}", [recipient]) is None


def hidden(recipient: str, luck: random.Random) -> str:
    """Return a URL that contains `recipient` in one of its forms, or nearly."""
    name = recipient.partition("@")[0]
    data = luck.choice([recipient, recipient.lower(), recipient.upper(), name, recipient.replace("@", "%40")]).encode()
    for _ in range(luck.randrange(3)):
        digest = luck.choice([make for of_size in identity._DIGESTS.values() for make in of_size.values()])(data)
        data = digest.hex().encode() if luck.random() < 0.7 else digest
    if luck.random() < 0.4:
        data = luck.choice([b"e=", b"\x00", luck.randbytes(2)]) + data + luck.choice([b"", b"&x=1", luck.randbytes(3)])
    if luck.random() < 0.4:
        data = luck.choice([b64encode, urlsafe_b64encode])(data)
    text = luck.choice(
        [data.hex(), b64encode(data).decode(), urlsafe_b64encode(data).decode().rstrip("="), data.decode("latin-1")]
    )
    if luck.random() < 0.1:
        text = text[:-1] if luck.random() < 0.5 else text + luck.choice("aA0-_/=")
    before = luck.choice(["/", "/o?e=", "/a/b/c/", "/x-", "/%41/", "//a//b/"])
    return f"https://t.example.net{before}{text}{luck.choice(['', '.gif', '/o.gif', '&x=1', '#f', '=', '%20'])}"


def test_searching_many_urls_together_gives_the_same_as_each_alone() -> None:
    luck = random.Random(1)
    recipients = ["kim@example.org", "Lee.Roe7@Example.org", "info@a.org", "max/x@b.example", "zoë@example.org"]
    n_found = 0
    for _ in range(400):
        asked = luck.sample(recipients, 3)
        urls = [hidden(luck.choice(recipients), luck) for _ in range(luck.randrange(1, 8))]
        alone = {url: how for url in urls if (how := identity._form(identity._unquoted(url), asked))}
        assert find_identities(urls, asked) == alone
        assert find_identities(urls, asked) == alone  # the second time, clean URLs are not read
        n_found += len(alone)
    assert n_found > 300


def test_no_base64_that_encodes_text_is_missed() -> None:
    letters = [byte for byte in range(256) if identity._INNER_RUN.search(bytes([byte]) * 8)]
    triple = re.compile(identity._ENCODED_TRIPLE + r".")
    assert all(triple.fullmatch(b64encode(bytes(three)).decode()) for three in product(letters, repeat=3))
    luck = random.Random(1)
    for _ in range(2_000):
        inner = (
            luck.randbytes(luck.randrange(3)) + bytes(luck.choices(letters, k=8)) + luck.randbytes(luck.randrange(3))
        )
        for encode in (b64encode, urlsafe_b64encode):
            assert identity._ENCODED_TEXT.search(encode(inner).decode().rstrip("="))
