from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from pixelstudy.mail.boxes.single import open_message
from pixelstudy.pixels.pairing import Difference, Pair, doubts
from pixelstudy.reporting.compare import compare, compare_text

ONE, TWO = "5e78d7ef2297cc80842b", "2ed1232679e6496a8003"


def mail(html: str, *, to: str = "ann@example.org", sender: str = "shop@example.com", day: int = 5) -> bytes:
    headers = (
        f"From: {sender}\nTo: {to}\nDate: Mon, {day:02} Feb 2024 10:00:00 +0000\nMIME-Version: 1.0\n"
        "Content-Type: text/html; charset=utf-8\n\n"
    )
    return (headers + html).encode()


def pairs_of(html: str, other: str | None = None) -> list[Pair]:
    """Return the pairs of two mails: `html` with TOKEN replaced, or `other` as the second."""
    second = html.replace("TOKEN", TWO) if other is None else other.replace("TOKEN", TWO)
    return list(compare(mail(html.replace("TOKEN", ONE)), mail(second, to="bob@example.org")).pairs)


def image(address: str, size: int = 1) -> str:
    return f'<img src="https://{address}" width={size} height={size}>'


def outcomes(pairs: list[Pair]) -> list[str]:
    return [pair.outcome for pair in pairs]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("t.example.com/o?u=TOKEN&c=7", "query key u"),
        ("t.example.com/o?TOKEN", "query"),
        (f"t.example.com/o?{ONE}{ONE}=TOKEN", "query key ?"),
        ("t.example.com/o/TOKEN/x.gif", "path segment 2"),
        ("TOKEN.t.example.com/o", "host label 1"),
        ("t.example.com/o#TOKEN", "fragment"),
    ],
)
def test_the_component_that_differs_is_named_with_its_length(address: str, place: str) -> None:
    (pair,) = pairs_of(image(address))
    assert pair.outcome == "differs"
    assert [str(one) for one in pair.differences] == [f"{place} (20 characters)"]


def test_all_components_that_differ_are_named() -> None:
    (pair,) = pairs_of(image("t.example.com/TOKEN/o?u=TOKEN&c=7&e=TOKEN"))
    assert [(one.place, one.name) for one in pair.differences] == [
        ("path segment", "1"),
        ("query key", "u"),
        ("query key", "e"),
    ]


def test_both_lengths_are_given_when_they_differ() -> None:
    assert str(Difference("path segment", "2", (12, 13))) == "path segment 2 (12 and 13 characters)"


@pytest.mark.parametrize(
    ("address", "size", "outcome", "standing"),
    [
        ("t.example.com/o?u=TOKEN", 1, "differs", "found"),
        ("t.example.com/a.png?uid=TOKEN", 90, "differs", "found"),
        ("t.example.com/TOKEN.png", 90, "differs", "missed"),
        ("cdn.example.com/a.png", 90, "same", "right"),
        (f"t.example.com/o?u={ONE}", 1, "same", "false_alarm"),
    ],
)
def test_each_pair_says_whether_our_verdict_was_right(address: str, size: int, outcome: str, standing: str) -> None:
    (pair,) = pairs_of(image(address, size))
    assert (pair.outcome, pair.standing) == (outcome, standing)


def test_one_resource_more_shifts_none_of_the_others() -> None:
    before = "".join(image(f"cdn.example.com/{name}.png", 90) for name in "abc")
    after = "".join(image(f"cdn.example.com/{name}.png", 90) for name in "de")
    found = pairs_of(
        before + image("t.example.com/o?u=TOKEN") + after,
        before + image("cdn.example.com/x.png", 90) + image("t.example.com/o?u=TOKEN") + after,
    )
    assert Counter(outcomes(found)) == {"same": 5, "differs": 1, "only_second": 1}
    (alone,) = [pair for pair in found if pair.outcome == "only_second"]
    assert alone.standing is None
    assert alone.positions == (None, 3)


def test_one_more_among_resources_that_all_differ_shifts_none() -> None:
    def each(names: str) -> str:
        return "".join(image(f"img.example.com/{name}/banner.png?uid=TOKEN", 90) for name in names)

    found = pairs_of(each("abcd"), each("abxcd"))
    assert Counter(outcomes(found)) == {"differs": 4, "only_second": 1}
    assert {str(one) for pair in found for one in pair.differences} == {"query key uid (20 characters)"}


def test_tokens_of_different_form_are_matched_where_nothing_else_could_be() -> None:
    html = image("cdn.example.com/a.png", 90) + image("t.example.com/o/{}") + image("cdn.example.com/b.png", 90)
    found = pairs_of(html.format("aB-3x_9Q/zz17"), html.format("77Kw01LmQq"))
    assert outcomes(found) == ["same", "differs", "same"]
    assert [one.place for one in found[1].differences] == ["path"]


def test_of_two_candidates_the_one_of_the_same_shape_is_the_match() -> None:
    found = pairs_of(image("t.example.com/o/TOKEN"), image("t.example.com/o/hello") + image("t.example.com/o/TOKEN"))
    assert outcomes(found) == ["only_second", "differs"]


def test_of_two_candidates_the_one_of_the_same_build_is_the_match() -> None:
    second = image("t.example.com/a/b/c.png") + image("t.example.com/o/aZ3kQ-9pLxw2")
    found = pairs_of(image("t.example.com/o/TOKEN"), second)
    assert outcomes(found) == ["only_second", "differs"]


def test_several_that_are_alike_in_nothing_but_their_site_are_not_matched() -> None:
    first = image("t.example.com/a/b/c") + image("t.example.com/d?e=1")
    second = image("t.example.com/f/g/h/i") + image("t.example.com/j?k=1")
    assert Counter(outcomes(pairs_of(first, second))) == {"only_first": 2, "only_second": 2}


def test_different_carriers_or_sites_are_never_matched() -> None:
    found = pairs_of(image("a.example.com/x.png"), '<input type=image src="https://a.example.com/y.png">')
    assert outcomes(found) == ["only_first", "only_second"]
    assert outcomes(pairs_of(image("a.example.com/x"), image("a.example.net/x"))) == ["only_first", "only_second"]


def test_one_more_from_the_same_script_is_not_taken_for_its_neighbour() -> None:
    def each(ids: str) -> str:
        return "".join(image(f"shop.example.com/image.php?id={n}", 90) for n in ids)

    found = pairs_of(each("1234"), each("12934"))
    assert Counter(outcomes(found)) == {"same": 4, "only_second": 1}


def test_a_resource_given_away_in_one_message_alone_is_missed() -> None:
    (pair,) = pairs_of(image("t.example.com/o?u=TOKEN"), image("t.example.com/o?u=none"))
    assert pair.verdicts == ("spy_pixel", "counting_pixel")
    assert pair.standing == "missed"


def test_links_are_compared_apart_and_have_no_verdict() -> None:
    html = '<a href="https://t.example.com/c/TOKEN">a</a>'
    html += '<a href="https://example.com/">b</a><a href="mailto:a@b.example">c</a>'
    found = pairs_of(html)
    assert [(pair.what, pair.outcome, pair.standing) for pair in found] == [
        ("link", "differs", None),
        ("link", "same", None),
    ]


def test_text_counts_what_was_found_missed_and_falsely_flagged() -> None:
    html = (
        image("t.example.com/o?u=TOKEN") + image("img.example.com/TOKEN.png", 90) + image("cdn.example.com/a.png", 90)
    ) + image(f"u.example.net/o?u={ONE}")
    first, second = mail(html.replace("TOKEN", ONE)), mail(html.replace("TOKEN", TWO), to="bob@example.org")
    text = compare_text(first, second)
    assert "1 found and 1 missed" in " ".join(text.split())
    assert "1 right and 1 false alarms" in " ".join(text.split())
    assert "MISSED" in text
    assert "FALSE ALARM" in text
    assert "WARNING" not in text


def test_no_address_token_or_recipient_is_shown() -> None:
    html = image("t.example.com/Holmes/o?e=TOKEN&TOKEN=1") + '<a href="https://t.example.com/Watson?x=TOKEN">a</a>'
    text = compare_text(mail(html.replace("TOKEN", ONE)), mail(html.replace("TOKEN", TWO), to="bob@example.org"))
    assert not [secret for secret in (ONE, TWO, "Holmes", "Watson", "ann@", "bob@") if secret in text]


def test_nothing_that_a_message_writes_reaches_the_terminal_as_a_command() -> None:
    bad = "\x1b]0;owned\x07\x1b[31m\u202e"
    html = f"<x{bad} hidden><img src='https://t.example.com/{bad}?{bad}=TOKEN&u=TOKEN'></x{bad}><a href='https://t.example.com/{bad}TOKEN'>a</a>"
    text = compare_text(
        mail(html.replace("TOKEN", ONE), sender=f"a@exa{bad}mple.com"),
        mail(html.replace("TOKEN", TWO), to="bob@example.org"),
    )
    assert all(line.isprintable() for line in text.split("\n"))
    assert max(map(len, text.splitlines())) <= 88


@pytest.mark.parametrize(
    ("second", "warning"),
    [
        (mail("<p>tea", to="bob@example.org", sender="x@example.net"), "The senders differ"),
        (mail("<p>tea", to="bob@example.org", day=12), "7 days apart"),
        (mail("<p>milk"), "the same recipient"),
        (mail("<p>tea"), "the same message"),
        (mail(image("c.example.com/a.png") * 9, to="bob@example.org"), "The first has 0 resources, the second 9"),
    ],
)
def test_two_messages_that_are_no_pair_are_warned_of(second: bytes, warning: str) -> None:
    assert warning in " ".join(compare_text(mail("<p>tea"), second).split())


def test_messages_that_have_little_in_common_are_warned_of() -> None:
    first = mail("".join(image(f"a{n}.example/x.png") for n in range(6)))
    second = mail("".join(image(f"b{n}.example/x.png") for n in range(6)), to="bob@example.org")
    one, two = open_message(first), open_message(second)
    assert doubts(one, two, compare(one, two).pairs) == ["Of their resources only 0 have a match."]


def test_a_real_pair_with_one_resource_more_is_not_warned_of() -> None:
    html = "".join(image(f"cdn.example.com/{n}.png", 90) for n in range(20))
    first, second = mail(html), mail(html + image("cdn.example.com/x.png", 90), to="bob@example.org")
    one, two = open_message(first), open_message(second)
    assert doubts(one, two, compare(one, two).pairs) == []


def test_thousands_of_resources_take_seconds_and_the_limit_is_mentioned() -> None:
    html = image("t.example.com/s.gif") * 1500 + "".join(image(f"t.example.com/{n}/o?u=TOKEN") for n in range(1500))
    started = time.monotonic()
    text = compare_text(mail(html.replace("TOKEN", ONE)), mail(html.replace("TOKEN", TWO), to="bob@example.org"))
    assert time.monotonic() - started < 30
    assert "Only the first 2,000 resources of each are compared" in " ".join(text.split())


PAIRS = {
    "_no-user-tracking__2023-01-16-norma.u": 0,
    "cleverreach__2023-01-02-oekumenisches-asylforum.u": 1,
    "convertkit__2023-01-16-zeitzuleben.u": 1,
    "fairmailing__2023-01-03-oekoligenta.u": 1,
    "inxmail__2023-02-16-inxmail-u": 1,
    "klaviyo__2023-01-25-katjes-u": 1,
    "mailchimp__2023-01-17-schreibsuchti.u": 1,
}


@pytest.mark.corpora
@pytest.mark.parametrize(("name", "n_differ"), PAIRS.items())
def test_real_pairs_match_up_whole_and_our_verdicts_hold(name: str, n_differ: int) -> None:
    folder = os.environ.get("PIXELSTUDY_CORPORA")
    if not folder:
        pytest.skip("PIXELSTUDY_CORPORA names no folder with the raw corpora")
    first, second = (Path(folder) / "unspy" / f"{name}{n}.eml" for n in (1, 2))
    resources = [pair for pair in compare(first, second).pairs if pair.what == "resource"]
    standings = Counter(pair.standing for pair in resources)
    assert standings == Counter({"found": n_differ, "right": len(resources) - n_differ})
    assert "WARNING" not in compare_text(first, second)
