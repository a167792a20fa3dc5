"""Addresses matched with published lists and words, as their tools do."""

from __future__ import annotations

import gzip
import os
import re
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest

from pixelstudy.pixels.urls.address import read_address
from pixelstudy.pixels.urls.peer_lists import (
    LISTS,
    PEER_WORDS,
    PeerPattern,
    match_peers,
    peer_patterns,
)
from pixelstudy.pixels.urls.vendors import find_vendor, vendor_table

CORPORA = os.environ.get("PIXELSTUDY_CORPORA")

BROKEN = {
    # pattern as published: an address that it is meant for and can never match
    r"cmail(d{1,2}).com\/t\/": "https://example.cmail19.com/t/r-o-example-example/o.gif",
    r"sendibw{2}.com\/track\/": "https://example.sendibw2.com/track/EXAMPLE",
    r"\/o.aspx?t=": "https://mail.example.com/o.aspx?t=EXAMPLE",
    r"email.(mailgun|mg)(.*)\?\/o\/": "https://email.mg.example.com/o/EXAMPLE",
    r"nethunt.co(.*)\?\/pixel.gif": "https://nethunt.com/EXAMPLE/pixel.gif",
    r"tinyletterapp.com\.*\?open.gif": "https://tinyletterapp.com/EXAMPLE/open.gif",
}

TESTS = [
    (peer, re.compile(re.sub(r"\\(.)", r"\1", peer.pattern) if peer.list == "trocker" else peer.pattern, re.IGNORECASE))
    for peer in peer_patterns()
]


def by_plain_search(url: str) -> tuple[str, ...]:
    """Return the lists that `match_peers` must, pattern by pattern."""
    found = set()
    path = re.sub(r"^https?://[^/?#]*|[?#].*", "", url)
    for peer, pattern in TESTS:
        if peer.list == "trocker":
            hit = pattern.pattern in url
        else:
            hit = pattern.search(path if peer.name == "path" else url) is not None
        if hit:
            found.add(peer.list)
    return tuple(sorted(found))


def test_the_lists_are_whole() -> None:
    assert Counter(peer.list for peer in peer_patterns()) == {
        "mailtrackerblocker": 462,
        "simplify": 260,
        "trocker": 70,
        "dont-track-me": 64,
    }
    assert set(LISTS) == {peer.list for peer in peer_patterns()}


def test_each_list_has_one_licence() -> None:
    assert len({(peer.list, peer.licence) for peer in peer_patterns()}) == len(LISTS)


@pytest.mark.parametrize("peer", peer_patterns(), ids=lambda peer: f"{peer.list}-{peer.pattern}")
def test_each_pattern_is_a_regular_expression(peer: PeerPattern) -> None:
    re.compile(peer.pattern)


@pytest.mark.parametrize(
    ("url", "lists"),
    [
        (
            "https://example.us2.list-manage.com/track/open.php?u=EXAMPLE",
            "dont-track-me mailtrackerblocker simplify trocker",
        ),
        ("https://example.us2.list-manage.com/unsubscribe?u=EXAMPLE", "dont-track-me"),
        ("https://notlist-manage.com/unsubscribe", ""),
        ("https://t.strk07.email/e1t/o/5/EXAMPLE", "mailtrackerblocker simplify trocker"),
        ("https://T.STRK07.EMAIL/e1t/o/5/EXAMPLE", "mailtrackerblocker simplify"),
        ("https://example.org/newsletter/open.gif", "dont-track-me mailtrackerblocker"),
        ("https://example.org/opening.png", ""),
        ("https://example.org/i.gif?next=/track/1", ""),
        ("https://example.org/i.gif?next=/track/open", "simplify"),
        ("https://example.org/TRACK/1.png", "dont-track-me"),
        ("https://example.org/o/a1b2c3d4e5f6/a1b2c3d4e5f6/x.png", "mailtrackerblocker simplify"),
        ("https://www.klaviyo.com/logo.png", "dont-track-me"),
        ("https://ui.constantcontact.com/images/logo.png", "dont-track-me trocker"),
        ("https://www.apptivo.com/logo.png", "mailtrackerblocker simplify"),
        ("https://www.example.org/logo.png", ""),
        ("", ""),
    ],
)
def test_each_list_is_read_as_its_tool_reads_it(url: str, lists: str) -> None:
    assert " ".join(match_peers(url).lists) == lists


def test_the_automaton_misses_no_list() -> None:
    urls = [rule.example for rule in vendor_table()] + list(BROKEN.values())
    urls += [url.upper().replace("HTTPS", "https", 1) for url in urls[::5]]
    assert [url for url in urls if match_peers(url).lists != by_plain_search(url)] == []


def test_the_automaton_misses_no_word() -> None:
    urls = [rule.example for rule in vendor_table()]
    urls += [
        f"https://x.org/a/{word}{end}" for words in PEER_WORDS.values() for word in words for end in ("", "/", "s?")
    ]
    for url in [*urls, *map(str.upper, urls)]:
        behind_host, lower = re.sub(r"(?i)^https?://[^/?#]*", "", url), url.lower()
        path = re.sub(r"[?#].*", "", behind_host.lower())
        words = {word for word in PEER_WORDS["trocker"] if word in behind_host}
        words |= {word for word in PEER_WORDS["mailtrackerblocker"] if word in lower}
        words |= {word for word in PEER_WORDS["dont-track-me"] if re.search(f"/{re.escape(word)}(?:[/.]|$)", path)}
        assert match_peers(url).words == tuple(sorted(words))


def test_trying_only_the_first_occurrence_misses_nothing() -> None:
    for url in ("https://x.org/q/a/q/EXAMPLE~~/", "https://x.org/CI0/a/CI0/b/c=123", "https://x.org/mo/mo/a.gif"):
        assert "mailtrackerblocker" in match_peers(url).lists
        assert match_peers(url).lists == by_plain_search(url)


@pytest.mark.parametrize(
    "piece", ["/CI0/", "/v1/", "lt.php", "intercom-mail.", "survey1.medallia/?a", "/q/~", "/mo/", "a", "/", "mail.pl"]
)
def test_hostile_addresses_are_matched_in_bounded_time(piece: str) -> None:
    match_peers("https://hostile.example/" + piece * (1_000_000 // len(piece)))


@pytest.mark.parametrize(("pattern", "url"), BROKEN.items())
def test_broken_patterns_are_kept_and_miss_the_addresses_they_are_meant_for(pattern: str, url: str) -> None:
    peer = next(p for p in peer_patterns() if p.pattern == pattern)
    assert peer.list == "simplify"
    assert re.search(pattern, url, re.IGNORECASE) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://example.org/img/spacer.gif", "spacer"),
        ("https://example.org/SPACER.gif", "spacer"),
        ("https://example.org/a.gif?event=open", "=open"),
        ("https://open.example.org/a.gif", ""),
        ("https://track/trace.gif", "/trace"),
        ("https://example.org/track/1.gif", "/track track"),
        ("https://example.org/Track/1.gif", "track"),
        ("https://example.org/tracking/1.gif", "/track"),
        ("https://example.org/wf/open?upn=EXAMPLE", "/open open wf/open"),
        ("https://example.org/i/o.gif", "o.gif"),
        ("https://example.org/i?f=/o.gif", ""),
        ("https://example.org/transparent.gif#/beacon", "transparent.gif"),
        ("https://example.org/ci/e", "ci/e"),
        ("cid:logo@example.org", "cid:"),
        ("https://example.org/logo.png", ""),
    ],
)
def test_words_are_found_only_where_their_tool_looks_for_them(url: str, words: str) -> None:
    assert " ".join(match_peers(url).words) == words


def test_no_word_belongs_to_two_tools_or_contains_a_space() -> None:
    words = [word for words in PEER_WORDS.values() for word in words]
    assert len(words) == len(set(words))
    assert not any(" " in word for word in words)


def test_path_words_are_those_of_the_list() -> None:
    published = {peer.pattern.removesuffix("(?:[/?#.]|$)") for peer in peer_patterns() if peer.name == "path"}
    assert {"/" + re.escape(word).replace(r"\-", "-") for word in PEER_WORDS["dont-track-me"]} == published


def test_listed_hosts_are_domains() -> None:
    hosts = {peer.name for peer in peer_patterns() if peer.list == "dont-track-me" and peer.name != "path"}
    assert len(hosts) == 53
    assert all(re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", host) for host in hosts)


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA, reason="PIXELSTUDY_CORPORA does not name the folder of the public mail")
def test_shares_on_the_markup_mailbox_are_the_published_ones() -> None:
    with gzip.open(Path(CORPORA or "") / "markup" / "2019-10-28.mbox.gz") as file:
        messages = re.split(rb"(?m)^From \d{19}@xxx [^\n]*\n", file.read())[1:]
    n_html = 0
    n_listed: Counter[str] = Counter()
    for message in messages:
        parts = [p for p in message_from_bytes(message).walk() if p.get_content_type() == "text/html"]
        n_html += bool(parts)
        html = b" ".join(bytes(part.get_payload(decode=True) or b"") for part in parts).decode("utf-8", "replace")
        sources = re.findall(r"""<img\b[^>]*?\bsrc\s*=\s*["']?\s*(https?:[^"'\s>]+)""", html, re.IGNORECASE)
        n_listed.update({name for url in set(sources) for name in match_peers(url.replace("&amp;", "&")).lists})
    assert n_html == 442
    shares = {name: 100 * n / n_html for name, n in n_listed.items()}
    assert shares["mailtrackerblocker"] == pytest.approx(67.9, abs=2)
    assert shares["trocker"] == pytest.approx(4.1, abs=2)


def test_no_vendor_is_missed_by_the_search_for_shape_literals() -> None:
    n_shaped = 0
    for rule in vendor_table():
        address = read_address(rule.example)
        assert address is not None
        may_be_shape = match_peers(address.url).may_be_shape
        n_shaped += may_be_shape
        found = find_vendor(address.host, address.path, may_be_shape=may_be_shape)
        assert found == find_vendor(address.host, address.path)
    assert n_shaped > 90
    assert not match_peers("https://www.example.org/logo.png").may_be_shape
