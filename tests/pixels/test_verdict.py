"""From signals to a verdict: what each rule needs, and its reason."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest

from pixelstudy.pixels.signals import Signals, is_plain, is_thin, unseen
from pixelstudy.pixels.urls.tokens import Token
from pixelstudy.pixels.urls.vendors import VendorRule
from pixelstudy.pixels.urls.words import says_open
from pixelstudy.pixels.verdict import SPACER_REPEATS, judge

HOST = VendorRule(
    "Acme Mail", "acme.example", "bulk_mailer", "open", "acme.example", "", "", "host", "", "", None, None, ""
)
SHAPE = replace(HOST, host="", confidence="shape")
COUNT = replace(HOST, role="count")
SERVES = replace(HOST, role="host")
DRAWN = replace(HOST, role="drawn")
FOUND = {"vendor": HOST, "has_recipient": True}
SIGNS = ("last", "no-alt", "no-link")
TOKEN = Token("7c1e5b9a2f4d8063ab", 72.0, "query")
KEYED = Token("30165", 16.6, "query", "uid")
LONG = replace(TOKEN, place="path")
IN_PATH = Token("7c1e5b9a", 32.0, "path")
WEAK = Token("12345", 16.6, "path")

DOT = Signals(width_px=1, height_px=1, path="/o.gif")
BIG = Signals(width_px=600, height_px=200, path="/hero.png")
UNSIZED = Signals(path="/hero")
HIDDEN = Signals(hidden_by="display:none on div", path="/hero")
LINE = Signals(width_px=620, height_px=1, path="/w.gif")
STYLE = Signals(shows="style", path="/a.css")
PAGE = Signals(shows="page", path="/news")

RULES: list[tuple[str, Signals, str, str]] = [
    ("dot and identity", replace(DOT, identity="md5"), "spy_pixel", "e-mail address (hashed as md5)"),
    ("dot and endpoint", replace(DOT, **FOUND), "spy_pixel", "endpoint of Acme Mail with the"),
    ("dot and endpoint, no recipient", replace(DOT, vendor=HOST, token=TOKEN), "counting_pixel", "no recipient's"),
    ("dot and token", replace(DOT, token=TOKEN), "spy_pixel", "over a billion"),
    ("dot and keyed token", replace(DOT, token=KEYED), "spy_pixel", "the query of its address"),
    ("dot and token in the path", replace(DOT, token=IN_PATH), "spy_pixel", "the path of its address"),
    ("dot and too little", replace(DOT, token=WEAK), "counting_pixel", "what varies in its address is not enough"),
    ("dot and shape", replace(DOT, vendor=SHAPE), "counting_pixel", "nothing in its address"),
    ("dot, shape and token", replace(DOT, vendor=SHAPE, token=IN_PATH), "spy_pixel", "the path of its address"),
    ("dot, stored and token", replace(DOT, stored="it is signed", token=TOKEN), "spy_pixel", "the query"),
    ("dot and drawn", replace(DOT, vendor=DRAWN, has_recipient=True), "spy_pixel", "recipient's part of Acme"),
    ("dot and drawn for nobody", replace(DOT, vendor=DRAWN), "counting_pixel", "no recipient's part"),
    ("dot and count", replace(DOT, vendor=COUNT), "counting_pixel", "it counts openings"),
    ("dot, count and token", replace(DOT, vendor=COUNT, token=TOKEN), "counting_pixel", "counts openings"),
    ("dot, count and identity", replace(DOT, vendor=COUNT, identity="plain"), "spy_pixel", "(written out)"),
    ("dot and vendor's host", replace(DOT, vendor=SERVES), "counting_pixel", "nothing in its address"),
    ("dot", DOT, "counting_pixel", "it measures 1 x 1 px"),
    ("dot three times", replace(DOT, n_repeats=3), "spacer", "occurs 3 times"),
    ("dot twice", replace(DOT, n_repeats=2), "counting_pixel", "nothing"),
    ("dot three times, endpoint", replace(DOT, n_repeats=3, **FOUND), "spy_pixel", "endpoint"),
    ("dot three times, identity", replace(DOT, n_repeats=3, identity="md5"), "spy_pixel", "md5"),
    ("dot three times, keyed", replace(DOT, n_repeats=3, token=KEYED), "spy_pixel", "token"),
    ("line three times, token", replace(DOT, width_px=600, n_repeats=3, token=TOKEN), "spacer", "occurs 3 times"),
    ("line once, token", replace(DOT, width_px=600, token=TOKEN), "spy_pixel", "Too thin"),
    ("dot three times, token in the path", replace(DOT, n_repeats=3, token=IN_PATH), "spacer", "occurs 3 times"),
    ("spacer by name", replace(DOT, path="/i/spacer.gif"), "spacer", "spacer's name"),
    ("spacer by name, endpoint", replace(DOT, path="/i/spacer.gif", **FOUND), "spy_pixel", "endpoint"),
    ("spacer by name, token", replace(DOT, path="/i/spacer.gif?x=1", token=TOKEN), "spy_pixel", "token"),
    ("8 x 1", replace(DOT, width_px=8), "spacer", "a line's"),
    ("8 x 1 and token", replace(DOT, width_px=8, token=TOKEN), "spy_pixel", "8 x 1 px"),
    ("hidden", HIDDEN, "counting_pixel", "hidden by display:none on an element around it"),
    ("hidden and token", replace(HIDDEN, token=TOKEN), "spy_pixel", "hidden by display:none on an element around it"),
    ("hidden, stored", replace(HIDDEN, stored="it is signed for a store of files"), "content", "but it is signed for"),
    ("hidden picture", replace(HIDDEN, path="/m/hero.png"), "content", "picture or sound"),
    ("hidden large gif", replace(HIDDEN, path="/a.gif", declared_px=600), "content", "picture or sound"),
    ("hidden dot of a picture's suffix", replace(DOT, hidden_by="x on self", path="/p.png"), "counting_pixel", "1 x 1"),
    ("hidden picture, repeated", replace(HIDDEN, path="/m/hero.png", n_repeats=9), "content", "picture or sound"),
    ("height 0", Signals(height_px=0, path="/o"), "counting_pixel", "its height is 0"),
    ("sound", Signals(shows="nothing", path="/a.wav"), "content", "picture or sound"),
    ("shows nothing", Signals(shows="nothing", path="/a"), "counting_pixel", "its markup shows nothing"),
    ("shows nothing and token", Signals(shows="nothing", path="/a", token=TOKEN), "spy_pixel", "shows nothing"),
    ("line", LINE, "spacer", "620 x 1 px"),
    ("line and token", replace(LINE, token=TOKEN), "spy_pixel", "Too thin to show anything (620 x 1 px)"),
    ("line and endpoint", replace(LINE, **FOUND), "spy_pixel", "endpoint"),
    ("line and shape", replace(LINE, vendor=SHAPE), "spacer", "nothing in its address"),
    ("half-known line", Signals(width_px=1, path="/w.gif"), "spacer", "1 x unknown px"),
    ("corner", Signals(width_px=5, height_px=5, path="/tl.gif"), "spacer", "5 x 5 px"),
    ("style", STYLE, "content", "to style the message"),
    ("style and identity", replace(STYLE, identity="plain"), "spy_pixel", "to style the message"),
    ("style and token", replace(STYLE, token=TOKEN), "spy_pixel", "over a billion"),
    ("style and a short token", replace(STYLE, token=IN_PATH), "content", "not enough"),
    ("style, hidden", replace(STYLE, hidden_by="display:none on div"), "content", "to style the message"),
    ("page", PAGE, "content", "in the message's place"),
    ("page and token", replace(PAGE, token=TOKEN), "spy_pixel", "in the message's place"),
    ("big", BIG, "content", "Visible"),
    ("big and endpoint", replace(BIG, **FOUND), "tracked_content", "Visible, but its address is an open-tracking"),
    ("big and endpoint, no recipient", replace(BIG, vendor=HOST, token=TOKEN), "content", "no recipient's part"),
    ("big and drawn", replace(BIG, vendor=DRAWN, has_recipient=True), "tracked_content", "Acme Mail's pictures"),
    ("big, a click host's, token in the path", replace(BIG, host="click.a.example", token=replace(TOKEN, place="file")),
     "tracked_content", "counts clicks"),
    ("big and identity", replace(BIG, identity="sha256"), "tracked_content", "Visible, but"),
    ("big and token", replace(BIG, token=TOKEN), "tracked_content", "Visible, but the query"),
    ("big and keyed", replace(BIG, token=replace(TOKEN, bits=36.0, key="uid")), "tracked_content", "over a billion"),
    ("big and a short token", replace(BIG, token=KEYED), "content", "no key of its query"),
    ("big and token in the path", replace(BIG, token=LONG), "content", "no key of its query"),
    ("unsized", UNSIZED, "content", "of no stated size"),
    ("unsized and token", replace(UNSIZED, token=TOKEN), "tracked_content", "Nothing hides it, but"),
    ("unsized, token, where beacons are", replace(UNSIZED, token=TOKEN, signs=SIGNS), "spy_pixel", "last, no-alt"),
    ("unsized, token, one sign", replace(UNSIZED, token=LONG, signs=("no-alt",)), "content", "size"),
    ("unsized, token, no position", replace(UNSIZED, token=LONG, signs=SIGNS[1:]), "content", "size"),
    ("unsized picture where beacons are", replace(UNSIZED, path="/a.jpg", token=LONG, signs=SIGNS),
     "content", "size"),
    ("unsized, stored, where beacons are", replace(UNSIZED, token=LONG, signs=SIGNS, stored="it is kept"),
     "content", "size"),
    ("unsized and drawn", replace(UNSIZED, vendor=DRAWN, has_recipient=True), "tracked_content", "for each reader"),
    ("unsized and drawn for nobody", replace(UNSIZED, vendor=DRAWN), "content", "no recipient's part"),
    ("unsized and count", replace(UNSIZED, vendor=COUNT, token=TOKEN), "counting_pixel", "counts openings"),
    ("unsized, endpoint, no recipient", replace(UNSIZED, vendor=HOST, token=TOKEN), "counting_pixel", "no recipient"),
    ("unsized, named", replace(UNSIZED, path="/mail/open.php"), "counting_pixel", "names an opening"),
    ("unsized and endpoint", replace(UNSIZED, **FOUND), "spy_pixel", "which returns an invisible image"),
    ("unsized endpoint, spacer's name", replace(UNSIZED, **FOUND, path="/blank.gif?x"), "spy_pixel",
     "endpoint"),
    ("unsized and shape", replace(UNSIZED, vendor=SHAPE), "content", "of no stated size"),
    ("unsized, shape and token", replace(UNSIZED, vendor=SHAPE, token=IN_PATH), "spy_pixel", "looks like Acme Mail's"),
    ("unsized, shape and identity", replace(UNSIZED, vendor=SHAPE, identity="md5"), "spy_pixel", "md5"),
    ("unsized, named and token", replace(UNSIZED, path="/mail/open.php", token=TOKEN), "spy_pixel", "names an opening"),
    ("unsized, named, short token", replace(UNSIZED, path="/mail/open.php", token=KEYED), "spy_pixel", "opening"),
    ("one large side, named and token", replace(BIG, path="/mail/open.php", token=TOKEN), "tracked_content", "Visible"),
    ("declared large, endpoint", replace(UNSIZED, declared_px=600, **FOUND), "tracked_content", "Visible, but"),
    ("clear image", Signals(width_px=10, height_px=10, path="/i/clear.gif"), "spacer", "By its name"),
    ("picture of a clear image's name", Signals(width_px=562, height_px=351, path="/spacer.gif"), "content", "Visible"),
    ("unsized, of a clear image's name", replace(UNSIZED, path="/spacer.gif"), "content", "no stated size"),
    ("address of whomever", replace(DOT, token=Token("kim@example.org", 64, "path", is_address=True)), "spy_pixel",
     "the path of its address holds an e-mail address"),
    ("file name", replace(DOT, token=replace(TOKEN, place="file")), "spy_pixel", "the file name in its address"),
    ("host name", replace(DOT, token=replace(TOKEN, place="host")), "spy_pixel", "the host name in its address"),
]  # fmt: skip


@pytest.mark.parametrize(("signals", "name", "reason"), [pytest.param(*rule[1:], id=rule[0]) for rule in RULES])
def test_a_rule_decides_and_says_why(signals: Signals, name: str, reason: str) -> None:
    verdict = judge(signals)
    assert verdict.name == name, verdict
    assert reason in verdict.reason


def test_every_combination_of_signals_gets_a_reason_without_an_address() -> None:
    sizes = [(None, None), (1.0, 1.0), (0.0, None), (620.0, 1.0), (600.0, 200.0), (1.0, None)]
    for size, hidden, shows, vendor, token, identity, path, n in itertools.product(
        sizes,
        (None, "opacity:0 on self"),
        ("picture", "style", "page", "nothing"),
        (None, HOST, SHAPE, COUNT, SERVES),
        (None, TOKEN, KEYED),
        (None, "md5"),
        ("/secret/open.php", "/secret/spacer.gif", "/secret.png"),
        (1, 3),
    ):
        signals = Signals(
            *size,
            None,
            hidden,
            shows,  # type: ignore[arg-type]
            path,
            vendor=vendor,
            has_recipient=vendor is HOST,
            token=token,
            identity=identity,
            n_repeats=n,
        )
        verdict = judge(signals)
        assert re.fullmatch(r"[A-Z][^\n]+\.", verdict.reason)
        assert "secret" not in verdict.reason
        assert TOKEN.text not in verdict.reason
        if identity or vendor is HOST:
            assert verdict.name in {"spy_pixel", "tracked_content"}, signals


@pytest.mark.parametrize(
    ("width", "height", "words"),
    [
        (1, 1, "it measures 1 x 1 px"),
        (3, 3, "it measures 3 x 3 px"),
        (9, 1, "it measures 9 x 1 px"),
        (10, 1, None),
        (0, None, "its width is 0"),
        (None, 0, "its height is 0"),
        (1, None, None),
        (None, None, None),
    ],
)
def test_nobody_sees_an_area_of_nine(width: float | None, height: float | None, words: str | None) -> None:
    assert unseen(Signals(width_px=width, height_px=height)) == words


@pytest.mark.parametrize(
    ("size", "thin"),
    [
        ((1, 23), True),
        ((620, 2), True),
        ((5, 5), True),
        ((6, 6), False),
        ((3, 135), False),
        ((None, 2), True),
        ((600, None), False),
    ],
)
def test_lines_and_corners_are_thin(size: tuple[float | None, float | None], thin: bool) -> None:
    assert is_thin(*size) == thin


OPEN = (
    "/open /track/open.php /mail_open.gif /o/pixel.gif /beacon?x=1 /r_open1.pl /trackopen /api/opened/1 /o.gif".split()
)
NOT_OPEN = "/ /opening-hours /open-house/door.jpg /opens.png /css?family=Open+Sans /opera.gif /pixelart/1.gif".split()


@pytest.mark.parametrize("path", OPEN)
def test_a_path_that_reports_openings_is_recognised(path: str) -> None:
    assert says_open(path)


@pytest.mark.parametrize("path", NOT_OPEN)
def test_a_path_with_other_words_does_not_report_openings(path: str) -> None:
    assert not says_open(path)


def test_the_shortcut_for_plainly_seen_pictures_agrees_with_the_rules() -> None:
    n_plain = 0
    sides = (None, 0.0, 1.0, 3.0, 5.0, 30.0, 31.0, 600.0)
    for width, height, hidden_by in itertools.product(sides, sides, (None, "", "opacity:0 on self")):
        if is_plain(width, height, hidden_by):
            n_plain += 1
            for path, n_repeats in itertools.product(("/a.png", "/i/spacer.gif", "/open"), range(1, SPACER_REPEATS)):
                signals = Signals(width, height, None, hidden_by, path=path, n_repeats=n_repeats)
                assert judge(signals).name == (
                    "counting_pixel" if path == "/open" and width is height is None else "content"
                )
    assert n_plain == 2 * 3 * 3
