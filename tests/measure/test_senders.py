"""Who learns of openings: since when, through which companies, and with what example."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pixelstudy.extraction.whose import told_apart
from pixelstudy.measure.senders import Example, companies, learned_by_sender

MESSAGE: dict[str, Any] = {
    "sender_address": None, "sender_site": "shop.example", "n_click_links": 0, "has_receipt_request": False,
    "has_unsubscribe": True,
}  # fmt: skip
RESOURCE: dict[str, Any] = {
    "verdict": "spy_pixel", "host": "t.mailer.example", "site": "mailer.example", "path_shape": "/o/h",
    "party": "third", "vendor": "Mailer", "vendor_kind": "bulk_mailer", "vendor_confidence": "host", "identity": None,
}  # fmt: skip


def day(number: int) -> pd.Timestamp:
    return pd.Timestamp(2026, 1, number, tz="UTC")


def frames(messages: dict[str, dict[str, Any]], resources: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    return (
        pd.DataFrame([{**MESSAGE, "message_key": key, **row} for key, row in messages.items()]),
        pd.DataFrame([{**RESOURCE, **row} for row in resources], columns=[*RESOURCE, "message_key"]),
    )


def test_a_sender_follows_since_its_first_spy_pixel_and_the_latest_is_its_example() -> None:
    messages, resources = frames(
        {"a": {"sent_at": day(1)}, "b": {"sent_at": day(2)}, "c": {"sent_at": day(9)}, "d": {"sent_at": day(20)}},
        [{"message_key": "c", "path_shape": "/late"}, {"message_key": "b"}, {"message_key": "d", "verdict": "content"}],
    )
    (sender,) = learned_by_sender(messages, resources)
    assert (sender.n_messages, sender.n_spied, sender.first, sender.last) == (4, 2, day(2), day(9))
    assert sender.example == Example(day(9), "t.mailer.example", "/late")
    assert sender.tells


def test_a_sender_that_tells_nothing_has_the_dates_of_its_mail_and_no_example() -> None:
    messages, resources = frames({"a": {"sent_at": day(1)}, "b": {"sent_at": day(5)}}, [])
    (sender,) = learned_by_sender(messages, resources)
    assert (sender.first, sender.last, sender.example, sender.tells) == (day(1), day(5), None, False)


def test_a_company_known_by_its_host_once_is_one_channel() -> None:
    messages, resources = frames(
        {key: {"sent_at": day(1)} for key in "abc"},
        [
            {"message_key": "a", "vendor_confidence": "shape"},
            {"message_key": "b", "vendor_confidence": "header"},
            {"message_key": "c"},
            {"message_key": "c", "vendor": "Lookalike", "vendor_confidence": "shape"},
        ],
    )
    (sender,) = learned_by_sender(messages, resources)
    found = [(channel.name, channel.known_by, channel.n_messages) for channel in sender.channels]
    assert found == [("Mailer", "host", 3), ("Lookalike", "shape", 1)]


def test_a_sender_without_dates_has_none() -> None:
    messages, resources = frames({"a": {"sent_at": pd.NaT}}, [{"message_key": "a"}])
    messages["sent_at"] = pd.to_datetime(messages["sent_at"], utc=True)
    (sender,) = learned_by_sender(messages, resources)
    assert (sender.first, sender.last) == (None, None)
    assert sender.example is not None
    assert sender.example.sent_at is None


def test_companies_come_by_the_senders_at_which_they_see_one() -> None:
    messages, resources = frames(
        {
            key: {"sent_at": day(n), "sender_site": f"{site}.example"}
            for n, (key, site) in enumerate(zip("abcd", "xxyz", strict=True), 1)
        },
        [
            {"message_key": "a", "vendor": "Few"},
            {"message_key": "b", "vendor": "Few", "identity": "md5"},
            {"message_key": "b"},
            {"message_key": "c"},
            {"message_key": "c"},
            {"message_key": "d", "vendor": "Lookalike", "vendor_confidence": "shape"},
            {"message_key": "d", "vendor": "Counter", "verdict": "counting_pixel"},
        ],
    )
    mailer, few = companies(messages, resources)
    assert (mailer.name, mailer.n_messages, set(mailer.senders)) == ("Mailer", 2, {"x.example", "y.example"})
    assert (few.name, few.n_messages, few.n_leaking, few.senders) == ("Few", 2, 1, ("x.example",))
    assert (few.first, few.last) == (day(1), day(2))


def test_friends_at_one_provider_are_senders_of_their_own() -> None:
    shared = {"sender_site": "gmail.com", "sent_at": day(1)}
    messages, resources = frames(
        {"a": {**shared, "sender_address": "ann@gmail.com"}, "b": {**shared, "sender_address": "bo@gmail.com"}},
        [{"message_key": "a"}, {"message_key": "b"}],
    )
    messages = told_apart(messages)
    assert [sender.name for sender in learned_by_sender(messages, resources)] == ["ann@gmail.com", "bo@gmail.com"]
    (mailer,) = companies(messages, resources)
    assert set(mailer.senders) == {"ann@gmail.com", "bo@gmail.com"}
