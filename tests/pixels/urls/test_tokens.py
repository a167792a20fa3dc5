"""Tokens: which parts of an address could number recipients, and which could not."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from pixelstudy.pixels.urls.tokens import Reading, find_token, has_media_suffix, varying_bits

H = "7c1e5b9a2f4d8063ab"
UUID = "5f0c9b1e-0000-4c3d-9e2f-1a2b3c4d5e6f"

TOKENS: list[tuple[str, str, str]] = [
    (f"/o?u={H}", H, "query"),
    (f"/o?{H}", H, "query"),
    (f"/o?a=1;uid={H}", H, "query"),
    (f"/o?U%73er={H}", H, "query"),
    (f"/o?id=news&x={H}", H, "query"),
    ("/o?sub=30165731", "30165731", "query"),
    ("/o?sub=zZObcL", "zZObcL", "query"),
    (f"/o?{'c=' + H + '9'}", H + "9", "query"),
    (f"/{H}", H, "path"),
    (f"/{H}/open.gif", H, "path"),
    (f"/o/{H}.gif", H, "file"),
    (f"/o/{UUID}.png", UUID, "file"),
    ("/vw/PR/2e11/CoQv-kntD70/x", "CoQv-kntD70", "path"),
    ("/do/12337/850395/1.gif", "12337/850395", "path"),
    ("/op/1508_md/1995/2285/660/1/12270", "1995/2285/660/1/12270", "path"),
]
NONE = [
    "/",
    "/o.gif",
    "/open/tracking/pixel.gif",
    "/o?utm_id=30165731268",
    "/o?campaign=30165731268&list=7c1e5b9a2f4d",
    "/o?c=30165731",
    "/o?cb=30165731268&ts=1706700000&rand=0.123456789",
    "/o?date=2024-01-31&t=20240131",
    "/o/20240131/31012024/240131/1.gif",
    "/o/2024/01/31/1.gif",
    "/o?w=600&h=400&size=600x400",
    "/o?lang=en-GB&type=newsletter",
    "/o?x=HeaderImage2&y=summer-sale-2024",
]


@pytest.mark.parametrize(("path", "text", "place"), TOKENS)
def test_the_part_that_could_number_recipients_is_found(path: str, text: str, place: str) -> None:
    found = find_token(path)
    assert found is not None
    assert (found.text, found.place) == (text, place)


@pytest.mark.parametrize("path", NONE)
def test_dates_sizes_words_and_campaigns_are_not_tokens(path: str) -> None:
    assert find_token(path) is None


@pytest.mark.parametrize(
    ("path", "readings"),
    [
        (f"/h?u={H}", {"all", "names", "query"}),
        (f"/h?token={H}", {"all", "names"}),
        (f"/h/{H}", {"all", "names"}),
        (f"/h/{H}/1.gif", {"all", "names"}),
        (f"/h/{H}/logo.png", {"all"}),
        (f"/h/{UUID}.png", {"all"}),
        (f"/h?subscriber={H}", {"all", "names", "query", "stored"}),
        (f"/x.png?f={'0123456789abcdef' * 2}", {"all", "names"}),
    ],
)
def test_a_seen_picture_needs_stronger_proof(path: str, readings: set[str]) -> None:
    every: tuple[Reading, ...] = ("all", "names", "query", "stored")
    assert {reading for reading in every if find_token(path, reading=reading)} == readings


@pytest.mark.parametrize(
    ("host", "is_token"),
    [
        (f"u{H}19c4.t.example.net", True),
        ("summernewsletters.example.net", False),
        ("d15k2d11r6t6rl.cloudfront.net", False),
        ("xn--wupovbdp-22a6mo2b.example.net", False),
        ("static.192.0.2.7.clients.example.net", False),
    ],
)
def test_a_host_label_can_be_a_token(host: str, is_token: bool) -> None:
    found = find_token("/", host=host)
    assert (found is not None and found.place == "host") == is_token


MOMENTS = [
    "20250209T0600Z",
    "20250209T060000",
    "2025-02-09T0600Z",
    "20250209t061530123z",
    "2025KW07",
    "2025W07",
    "2025Q1",
]
MOMENTS += ["09Feb2025", "9februar2025", "2025feb09", "202502T1"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_moment_is_no_token_however_it_is_written(moment: str) -> None:
    for path in (f"/gif/sale.gif?end={moment}", f"/chart/{moment}", f"/chart/{moment}.gif", f"/o.gif?user={moment}"):
        assert find_token(path) is None, path
    assert varying_bits(moment) <= 7


@pytest.mark.parametrize(
    "key",
    [
        "reader", "Reader_ID", "subscriberNo", "recipient-nr", "leser", "leser_nr", "lecteur", "abonné", "lettore_id",
        "iscritto", "abonado", "destinatario", "assinante", "ontvanger_nr", "lezer", "prenumerant", "mottagare",
        "modtager", "odbiorca", "cimzett", "alici", "tilaaja",
    ],
)  # fmt: skip
def test_a_key_that_says_reader_in_any_language_makes_a_short_number_a_token(key: str) -> None:
    for reading in ("all", "query", "stored"):
        found = find_token(f"/cover/spring.jpg?{quote(key)}=88213", reading=reading)
        assert found
        assert (found.text, found.is_keyed, found.is_readers) == ("88213", True, True)


@pytest.mark.parametrize("key", ["member_no", "kundnr", "medlem", "klient_id", "passenger", "donor_id", "nutzer"])
def test_a_key_that_says_customer_or_user_names_a_person_who_need_not_be_the_reader(key: str) -> None:
    found = find_token(f"/o.gif?{key}=88213")
    assert found
    assert (found.is_keyed, found.is_readers) == (True, False)


@pytest.mark.parametrize(
    "key", ["magazine", "leserbrief", "reading", "artikel_nr", "product_id", "client", "contacts", "user-agent", "lid"]
)
def test_other_keys_name_nobody(key: str) -> None:
    found = find_token(f"/o.gif?{key}=88213")
    assert found is None or not found.is_keyed


def test_a_key_that_names_a_person_wins_over_a_longer_value() -> None:
    found = find_token(f"/o?x1={H}{H}&uid=30165731268")
    assert found is not None
    assert (found.key, found.is_keyed, found.bits) == ("uid", True, 36.5)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/o?em=kim@example.org", "kim@example.org"),
        ("/o?em=%6B%69%6D%40example.org", "kim@example.org"),
        ("/o?EMAIL:kim@example.org", "kim@example.org"),
        ("/o/kim.x+news@mail.example.org/1.gif", "kim.x+news@mail.example.org"),
    ],
)
def test_an_email_address_is_the_best_token(path: str, text: str) -> None:
    found = find_token(path)
    assert found is not None
    assert (found.is_address, found.is_keyed) == (True, True)
    assert found.text.endswith(text)


@pytest.mark.parametrize("path", ["/logo@2x.png", "/npm/font@1.2.3/a.css", "/o?from=news@example.org", "/o?x=@example"])
def test_not_every_at_sign_is_an_address(path: str) -> None:
    found = find_token(path)
    assert found is None or not found.is_address


@pytest.mark.parametrize(
    ("path", "is_media"),
    [("/a.GIF", True), ("/a.css?x", True), ("/a.woff2", True), ("/a.js", True), ("/a.php", False), ("/gif", False)],
)
def test_a_media_suffix_is_read_from_the_path(path: str, is_media: bool) -> None:
    assert has_media_suffix(path) == is_media


def test_a_long_word_that_almost_ends_in_a_number_is_fast() -> None:
    token = "e" * 200 + "1f"
    found = find_token(f"/o?u={token}")
    assert found is not None
    assert found.text == token
