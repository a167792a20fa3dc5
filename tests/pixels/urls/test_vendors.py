"""The vendor rules, each with its example, and all of them with addresses that must not match."""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import pairwise
from re import _constants, _parser  # type: ignore[attr-defined]
from urllib.parse import urlsplit

import pytest

from pixelstudy.pixels.urls.vendors import ROLES, VendorRule, find_vendor, required_literal, vendor_table
from pixelstudy.tables import VENDOR_KINDS

RULES = vendor_table()
LEAST_VENDORS_WITH_A_HOST = 300
SOURCES = {
    "MailTrackerBlocker",
    "Simplify",
    "Trocker",
    "corpora",
    "dont-track-me",
    "issue threads",
    "leavemealone email-trackers",
    "public repositories",
    "ugly-email-trackers",
    "vendor documentation",
}

HARMLESS = """
https://www.example.org/
https://www.example.org/logo.png
https://www.example.org/images/spacer.gif
https://www.example.org/1.gif
https://www.example.org/open.gif
https://www.example.org/pixel.gif
https://www.example.org/img/header/0123456789abcdef.jpg?v=2
https://www.example.org/track/running-shoes.jpg
https://www.example.org/o/logo.png
https://www.example.org/O/abc/def
https://www.example.org/q/cards/queen.png
https://www.example.org/r/1/banner.png
https://www.example.org/d/product.gif
https://www.example.org/t/theme/logo.png
https://www.example.org/mo/monday.png
https://www.example.org/trk/map.png
https://www.example.org/open-house/door.jpg
https://www.example.org/ss/offer/shoes.jpg
https://www.example.org/imp/important.png
https://www.example.org/e/events/2024.png
https://www.example.org/op/art.png
https://www.example.org/s/eo/photo.jpg
https://www.example.org/page/o/overview.png
https://www.example.org/email/header.gif
https://www.example.org/campaign/summer/px.png
https://www.example.org/email/track?a=1
https://www.example.org/o.aspx?t=1
https://www.example.org/wp-content/uploads/2024/01/newsletter.png
https://fonts.googleapis.com/css?family=Open+Sans
https://fonts.gstatic.com/s/opensans/v18/mem8YaGs126MiZpBA-U1UpcaXcl0Aw.ttf
https://lh3.googleusercontent.com/EXAMPLE0123456789=s120
https://www.google.com/images/branding/googlelogo.png
https://www.gstatic.com/images/icons/material/mail.png
https://www.facebook.com/images/fb_icon_325x325.png
https://static.xx.fbcdn.net/rsrc.php/v3/yb/r/EXAMPLE.png
https://scontent.xx.fbcdn.net/v/t1.0-1/p50x50/0123_n.jpg
https://pbs.twimg.com/media/EXAMPLE0123456789.jpg?format=png&name=small
https://abs.twimg.com/icons/twitter.png
https://www.linkedin.com/images/logo.png
https://media.licdn.com/dms/image/EXAMPLE/profile.jpg
https://www.dropbox.com/s/example/photo.jpg?raw=1
https://m.media-amazon.com/images/I/41EXAMPLE.jpg
https://www.amazon.com/images/G/01/logo.png
https://i.ytimg.com/vi/EXAMPLE01/hqdefault.jpg
https://www.youtube.com/img/desktop/yt_1200.png
https://cdn.shopify.com/s/files/1/0000/0001/products/EXAMPLE.png?v=1
https://gallery.mailchimp.com/EXAMPLE0123456789/images/header.png
https://mcusercontent.com/EXAMPLE0123456789/images/header.png
https://example.us2.list-manage.com/EXAMPLE/logo.png
https://i1.cmail19.com/ei/EXAMPLE0123456789/logo.png
https://images.example.createsend1.com/ei/EXAMPLE/logo.png
https://image.example.exacttarget.com/lib/EXAMPLE/m/1/logo.png
https://cdn2.hubspot.net/hubfs/123/logo.png
https://braze-images.com/appboy/communication/assets/EXAMPLE/original.png
https://github.com/example.png
https://avatars.githubusercontent.com/u/1?v=4
https://github.githubassets.com/images/email/global/wordmark.png
https://www.paypalobjects.com/digitalassets/logo.png
https://www.apple.com/newsroom/images/hero.jpg
https://a248.e.akamai.net/f/1/2/3d/www.example.org/images/clear.gif
https://d111111abcdef8.cloudfront.net/images/logo.png
https://example.blob.core.windows.net/images/logo.png
https://s3.amazonaws.com/example/logo.png
https://secure.gravatar.com/avatar/0123456789abcdef?s=32
https://upload.wikimedia.org/wikipedia/commons/thumb/9/91/Logo.svg/48px-Logo.svg.png
https://i.imgur.com/EXAMPLE.png
https://medium.com/img/logo.png
https://www.youtube.com/watch.png?open=1
""".split()


PATTERNS = [re.compile(rule.path) for rule in RULES if rule.path]


def found(url: str) -> VendorRule | None:
    parts = urlsplit(url)
    return find_vendor(parts.netloc, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.vendor}-{rule.host or rule.path}")
def test_each_rule_is_found_by_its_example(rule: VendorRule) -> None:
    assert found(rule.example) is rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.vendor}-{rule.host or rule.path}")
def test_no_other_equally_narrow_rule_matches_an_example(rule: VendorRule) -> None:
    parts = urlsplit(rule.example)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    rivals = [other for other in RULES if other.host == rule.host and other.path and other is not rule]
    assert [other.path for other in rivals if re.match(other.path, path)] == []


def test_no_two_rules_are_alike() -> None:
    assert [key for key, n in Counter((rule.host, rule.path) for rule in RULES).items() if n > 1] == []


def test_no_rule_is_hidden_behind_a_broader_rule_of_the_same_host() -> None:
    by_host: dict[str, list[VendorRule]] = {}
    for rule in RULES:
        by_host.setdefault(rule.host, []).append(rule)
    assert all(sum(not rule.path for rule in rules) <= 1 for host, rules in by_host.items() if host)


def test_enough_vendors_have_a_rule_with_a_host() -> None:
    assert len({rule.vendor for rule in RULES if rule.host}) >= LEAST_VENDORS_WITH_A_HOST


def test_each_vendor_has_one_spelling_home_and_kind() -> None:
    spellings = {rule.vendor.casefold().replace(" ", "") for rule in RULES}
    assert len(spellings) == len({rule.vendor for rule in RULES})
    described = {(rule.vendor, rule.home, rule.kind) for rule in RULES}
    assert len(described) == len(spellings)


def test_kinds_roles_confidences_and_sources_are_known_words() -> None:
    assert {rule.kind for rule in RULES} <= set(VENDOR_KINDS)
    assert {rule.role for rule in RULES} == set(ROLES)
    assert all(rule.confidence == ("host" if rule.host else "shape") for rule in RULES)
    assert [r for r in RULES if not r.source or not set(r.source.split("; ")) <= SOURCES] == []


def test_a_rule_seen_in_the_corpora_has_its_years_in_order() -> None:
    for rule in RULES:
        assert (rule.first_year is None) == (rule.last_year is None)
        if rule.first_year is not None and rule.last_year is not None:
            assert 2001 <= rule.first_year <= rule.last_year <= 2026
            assert "corpora" in rule.source


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.recipient not in {"", "always", "none"}], ids=lambda rule: rule.example
)
def test_an_example_has_a_recipient_part_if_its_rule_looks_for_one(rule: VendorRule) -> None:
    parts = urlsplit(rule.example)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    assert rule.finds_recipient(path, has_token=False), rule.recipient


def test_hosts_are_lower_case_domains() -> None:
    label = r"[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?"
    domain = re.compile(rf"{label}(?:\.{label})+")
    assert [rule.host for rule in RULES if rule.host and not domain.fullmatch(rule.host)] == []


def test_a_star_leaves_enough_of_a_name() -> None:
    for rule in RULES:
        if "*" in rule.host:
            assert len(re.sub(r"[^a-z0-9]", "", rule.host.rpartition(".")[0])) >= 3, rule.host


def test_paths_start_at_the_slash() -> None:
    assert [rule.path for rule in RULES if rule.path and not re.match(r"(?:\(\?:)?/", rule.path)] == []


def test_examples_are_made_up() -> None:
    for rule in RULES:
        assert rule.example.startswith("https://")
        tokens = re.findall(r"[A-Za-z0-9]{16,}", re.sub(r"(?:EXAMPLE|0123456789)+", "", urlsplit(rule.example).path))
        known = {match for match in tokens if match in rule.path or match.isalpha()}
        assert set(tokens) <= known, rule.example
        assert "@" not in rule.example


@pytest.mark.parametrize("url", HARMLESS)
def test_harmless_addresses_match_no_open_endpoint(url: str) -> None:
    rule = found(url)
    assert rule is None or rule.role == "host", rule


def test_a_host_matches_only_at_label_boundaries() -> None:
    path = "/track/open.php?u=EXAMPLE"
    assert find_vendor("list-manage.com", path) is not None
    assert find_vendor("example.us2.list-manage.com", path) is not None
    assert find_vendor("list-manage1.com", path) is not None
    assert find_vendor("notlist-manage.com", path) is None
    assert find_vendor("list-manage.com.example.org", path) is None
    assert find_vendor("cmail19.com.example.org", "/t/r-x-1/") is None
    assert find_vendor("cmail1.9.com", "/t/r-x-1/") is None


def test_a_path_that_the_rule_does_not_know_falls_back_to_the_vendors_host() -> None:
    rule = find_vendor("example.us2.list-manage.com", "/subscribe?u=EXAMPLE")
    assert rule is not None
    assert (rule.vendor, rule.role) == ("Mailchimp", "host")


def test_the_more_specific_host_wins() -> None:
    exact = find_vendor("pixel.inbox.exacttarget.com", "/pixel.gif?r=EXAMPLE")
    broad = find_vendor("image.exacttarget.com", "/pixel.gif?r=EXAMPLE")
    assert exact is not None
    assert broad is not None
    assert (exact.vendor, broad.vendor) == ("Validity", "Salesforce Marketing Cloud")


def test_the_host_of_another_vendor_wins_over_a_shape() -> None:
    rule = find_vendor("email.nationbuilder.com", "/wf/open?upn=EXAMPLE")
    assert rule is not None
    assert (rule.vendor, rule.confidence) == ("NationBuilder", "host")


@pytest.mark.parametrize(
    ("path", "vendor"),
    [
        ("/wf/open?upn=u001.EXAMPLE", "SendGrid"),
        ("/track/open.php?u=0123456789abcdef012345678&id=01&e=23", "Mailchimp"),
        ("/track/open.php?u=30000000&id=0123456789abcdef", "Mandrill"),
        ("/e/eo?_t=EXAMPLE&_m=EXAMPLE&_e=EXAMPLE", "Iterable"),
        ("/page/o/0a1b2c/3d4e5f/6789/abcd/1/open.gif", "Blue State Digital"),
        ("/open.aspx?ffcf10-fe8f17-fe5f-d&d=10001&bmt=0", "Salesforce Marketing Cloud"),
        ("/r/?id=h1a2b3c,4d5e6f,1", "Adobe Campaign"),
    ],
)
def test_a_shape_names_what_the_address_looks_like(path: str, vendor: str) -> None:
    rule = find_vendor("links.example.org", path)
    assert rule is not None
    assert (rule.vendor, rule.confidence) == (vendor, "shape")


@pytest.mark.parametrize("path", ["/r/?id=h1a2b3c,4d5e6f,2", "/lt.php?x=EXAMPLE", "/e2t/c/EXAMPLE", "/imp?s=12345"])
def test_a_click_or_half_a_shape_matches_nothing(path: str) -> None:
    assert find_vendor("links.example.org", path) is None


def test_counters_do_not_count_as_open_tracking() -> None:
    for host, path in [
        ("de-config.sensic.net", "/tp?ty=IM"),
        ("de.ioam.de", "/tx.io?st=example"),
        ("ds.reson8.com", "/insights.gif?t=0"),
        ("stats.example.org", "/piwik.php?idsite=1&rec=1"),
    ]:
        rule = find_vendor(host, path)
        assert rule is not None
        assert rule.role == "count", rule


def _repeats(items: object) -> list[tuple[object, bool]]:
    """Return the parts of a parsed pattern, each with whether it repeats without limit."""
    parts: list[tuple[object, bool]] = []
    for op, value in items:  # type: ignore[attr-defined]
        if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            parts.append((value[2], value[1] == _constants.MAXREPEAT))
        elif op is _constants.SUBPATTERN:
            parts.append((value[3], False))
        elif op is _constants.BRANCH:
            parts.extend((branch, False) for branch in value[1])
        else:
            parts.append(((), False))
    return parts


def _has_repeat(items: object) -> bool:
    return any(unbounded or _has_repeat(inner) for inner, unbounded in _repeats(items))


def _is_risky(items: object) -> bool:
    """Return whether a repeat contains or directly follows another: the two ways to take more than linear time."""
    parts = _repeats(items)
    nested = any(unbounded and _has_repeat(inner) for inner, unbounded in parts)
    adjacent = any(first[1] and second[1] for first, second in pairwise(parts))
    return nested or adjacent or any(_is_risky(inner) for inner, _ in parts)


def test_the_check_for_risky_patterns_finds_them() -> None:
    assert _is_risky(_parser.parse(r"/(?:a+)+b"))
    assert _is_risky(_parser.parse(r"/(?:x|(?:[^/]*/)*)y"))
    assert _is_risky(_parser.parse(r"/[a-z]+[a-z0-9]*\.gif"))
    assert not _is_risky(_parser.parse(r"/[^/]+/[a-z]{3,}\.gif"))


def test_no_pattern_repeats_a_repeat() -> None:
    assert [rule.path for rule in RULES if _is_risky(_parser.parse(rule.path))] == []


@pytest.mark.parametrize("piece", ["a/", "/", "a", "0", "?", "&d=1", "~~/", "open", "/wf/open?upn", "/img/0a.", ".gif"])
def test_hostile_paths_come_to_an_end(piece: str) -> None:
    path = "/" + piece * (10_000 // len(piece))
    for pattern in PATTERNS:
        pattern.match(path)
    assert find_vendor("hostile.example.org", path) is None


def test_a_required_literal_stands_in_every_match() -> None:
    for rule in RULES:
        assert required_literal(rule.path) in rule.example
    assert all(len(required_literal(rule.path)) >= 3 for rule in RULES if not rule.host)


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        (r"\/e2t\/(o|c|to)\/", "/e2t/"),
        (r"a[.]bcde?f", "bcd"),
        (r"abc|def", ""),
        (r"mkt\d{2,5}.(com|net)\/open", "/open"),
        (r"^https?://x\-y\.org$", "://x-y.org"),
        (r"(?:abcdef)?gh", "gh"),
        (r"", ""),
    ],
)
def test_required_literal_leaves_out_what_need_not_be_there(pattern: str, literal: str) -> None:
    assert required_literal(pattern) == literal


def test_the_answer_does_not_depend_on_what_was_asked_before() -> None:
    urls = [rule.example for rule in RULES] + HARMLESS
    before = {url: found(url) for url in urls}
    random.Random(1).shuffle(urls)
    assert all(found(url) is before[url] for url in urls)
