"""Addresses: normalised as browsers do, unwrapped, with site, party and shape."""

from __future__ import annotations

import random
import re

import pytest

from pixelstudy.pixels.urls.address import party, path_shape, read_address, site_of

ADDRESSES = [
    ("http://t.example.com/o", "http://t.example.com/o", "t.example.com"),
    (" \n HTTP://T.Example.COM/O\t", "http://t.example.com/O", "t.example.com"),
    ("https://t.exa\nmple.com/o\t?a=1", "https://t.example.com/o?a=1", "t.example.com"),
    ("//t.example.com/o", "https://t.example.com/o", "t.example.com"),
    (r"\\t.example.com\o", "https://t.example.com/o", "t.example.com"),
    (r"http:\/t.example.com\a\b", "http://t.example.com/a/b", "t.example.com"),
    ("http:t.example.com/o", "http://t.example.com/o", "t.example.com"),
    ("https://www.example.org@t.example.com/o", "https://www.example.org@t.example.com/o", "t.example.com"),
    ("https://t.example.com:443/", "https://t.example.com/", "t.example.com"),
    ("https://t.example.com:8443/", "https://t.example.com:8443/", "t.example.com"),
    ("https://t.example.com./o", "https://t.example.com./o", "t.example.com"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
    ("https://%74.example.com/", "https://t.example.com/", "t.example.com"),
    ("http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1"),
    ("http://3221225991/", "http://192.0.2.7/", "192.0.2.7"),
    ("http://[2001:DB8::7]/", "http://[2001:db8::7]/", "[2001:db8::7]"),
    ("https://t.example.com/a b", "https://t.example.com/a%20b", "t.example.com"),
    ("https://t.example.com/a/../b", "https://t.example.com/b", "t.example.com"),
]
NONE = [
    "https://./o.gif",
    "//../o.gif",
    *"cid:1 data:image/gif;base64,AA about:blank logo.png /logo.png #x ?x mailto:a@b javascript:1".split(),
    *"ftp://t.example.com/ https: http:// // http://a%20b.example.com/ http://[::1/".split(),
    *("", " ", "http://exa mple.com/"),
]


@pytest.mark.parametrize(("text", "url", "host"), ADDRESSES)
def test_an_address_is_normalised(text: str, url: str, host: str) -> None:
    address = read_address(text)
    assert address is not None
    assert (address.url, address.host, address.wrapper) == (url, host, None)


@pytest.mark.parametrize("text", NONE)
def test_text_without_a_remote_address_gives_none(text: str) -> None:
    assert read_address(text) is None


RELATIVE = [
    ("1.png", "https://b.example.com/d/1.png"),
    ("/1.png", "https://b.example.com/1.png"),
    ("//c.example.com/", "https://c.example.com/"),
    ("?q", "https://b.example.com/d/e?q"),
    ("http://c.example.com/", "http://c.example.com/"),
    ("cid:1", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "url"), RELATIVE)
def test_a_base_completes_relative_addresses(text: str, url: str | None) -> None:
    address = read_address(text, base="https://b.example.com/d/e")
    assert (address and address.url) == url


def test_the_path_includes_the_query_but_not_the_fragment() -> None:
    address = read_address("https://t.example.com/o?a=1#b")
    assert address is not None
    assert address.path == "/o?a=1"


def test_a_chain_of_rewriters_is_limited() -> None:
    text = "https://t.example.com/o"
    for _ in range(9):
        text = f"https://ci3.googleusercontent.com/proxy/x#{text}"
    assert read_address(text) is None


def test_an_escaped_original_keeps_its_own_escapes() -> None:
    for url in ("https%3A%2F%2Ft.example.com%2Fo%3Fa%3Db%252Fc", "https://t.example.com/o?a=b%2Fc"):
        address = read_address(f"https://media.superhumanapp.com/images/_/{url}")
        assert address is not None
        assert address.url == "https://t.example.com/o?a=b%2Fc"


def test_proofpoint_puts_runs_of_characters_back() -> None:
    # ** and a letter stand for a run; B is three characters.
    address = read_address("https://urldefense.com/v3/__https://t.example.com/o*a**B__;Pz09PQ!!x$")
    assert address is not None
    assert address.url == "https://t.example.com/o?a==="


SITES = [
    ("a.b.example.co.uk", "example.co.uk"),
    ("example.com", "example.com"),
    ("192.0.2.7", "192.0.2.7"),
    ("localhost", "localhost"),
    ("a.github.io", "a.github.io"),
    ("x.a.github.io", "a.github.io"),
    ("co.uk", "co.uk"),
]


@pytest.mark.parametrize(("host", "site"), SITES)
def test_a_site_is_the_domain_that_one_owner_registers(host: str, site: str) -> None:
    assert site_of(host) == site


PARTIES = [
    ("shop.com", "shop.com", "first"),
    ("shop.de", "shop.com", "same_org"),
    ("shop-static.com", "shop.de", "same_org"),
    ("newsroomcdn.com", "newsroom.com", "same_org"),
    ("art.com", "artist.com", "third"),
    ("t.example", "shop.de", "third"),
    (None, "shop.de", None),
    ("shop.de", None, None),
]


@pytest.mark.parametrize(("site", "sender", "expected"), PARTIES)
def test_party_follows_from_the_names(site: str | None, sender: str | None, expected: str | None) -> None:
    assert party(site, sender) == expected


SHAPES = [
    ("/track/open.php?u=5e78d7ef&id=42", "/track/open.php?u=h&w=9"),
    ("/o/Jane.Doe%40example.org/1.gif", "/o/w.x.w/9.gif"),
    ("/Ab3dE", "/x"),
    ("/", "/"),
]


@pytest.mark.parametrize(("path", "shape"), SHAPES)
def test_a_shape_identifies_nobody(path: str, shape: str) -> None:
    assert path_shape(path) == shape


def test_each_run_has_one_class() -> None:
    luck = random.Random(1)
    for _ in range(2_000):
        run = "".join(luck.choices(luck.choice(["019", "0aF", "abG", "aZ9", "0%+"]), k=luck.randrange(1, 30)))
        sign = (
            "9" if re.fullmatch(r"\d+", run)
            else "h" if re.fullmatch(r"(?=.*\d)[0-9a-fA-F]{6,}", run)
            else "w" if re.fullmatch(r"[A-Za-z]{1,24}", run)
            else "x"
        )  # fmt: skip
        assert path_shape(f"/{run}") == f"/{sign}"


def test_a_shape_is_no_longer_than_its_limit() -> None:
    assert len(path_shape("/open" * 100)) == 120


def test_an_address_too_long_for_any_server_is_cut_or_none() -> None:
    assert read_address("https://" + "a." * 130 + "example.com/") is None
    long = read_address("https://t.example.com/" + "a" * 100_000)
    assert long is not None
    assert len(long.url) == 1 << 16
    based = read_address("o.gif", base="https://t.example.com/" + "b/" * 100_000)
    assert based is not None
    assert based.host == "t.example.com"
    assert len(based.url) < 1 << 12
