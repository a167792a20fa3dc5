"""The kind of a message: each rule, and that they are asked in order."""

from __future__ import annotations

import pytest

from pixelstudy.mail.kinds import Kind, read_kind


def kind(**headers: str) -> Kind:
    return read_kind({name.replace("_", "-"): [value] for name, value in headers.items()})


LIST = {"list_post": "<mailto:tea@lists.example.org>"}
NEWSLETTER = {"list_unsubscribe": "<https://example.com/u>"}
AUTOMATIC = {"auto_submitted": "auto-generated"}
SHOP = {"from": "Shop <newsletter@example.com>"}


@pytest.mark.parametrize(
    "headers",
    [
        LIST,
        {"precedence": "List"},
        {"x_beenthere": "tea@lists.example.org"},
        {"mailing_list": "list tea@lists.example.org"},
        {"x_mailman_version": "2.1"},
        {"list_id": "<tea.example.org>", "subject": "Re: [tea] at four"},
    ],
)
def test_a_discussion_list_shows_itself(headers: dict[str, str]) -> None:
    assert kind(**headers) == "list"


@pytest.mark.parametrize(
    "headers",
    [
        NEWSLETTER,
        {"list_unsubscribe_post": "List-Unsubscribe=One-Click"},
        {"list_id": "<news.example.com>", "subject": "Tea at four"},
        {"list_post": "NO", "list_id": "<news.example.com>"},
        {"precedence": "bulk"},
        {"x_campaign": "1"},
    ],
)
def test_bulk_mail_shows_itself(headers: dict[str, str]) -> None:
    assert kind(**headers) == "newsletter"


@pytest.mark.parametrize(
    "headers",
    [
        AUTOMATIC,
        {"auto_submitted": "auto-replied", "precedence": "bulk"},
        {"x_auto_response_suppress": "All"},
        {"content_type": "multipart/report; report-type=delivery-status"},
        {"from": "Shop <no-reply@example.com>"},
        {"from": "donotreply@example.com"},
        {"from": "donotreply at example.com (Shop)"},
        {"from": "GitHost <notifications@example.com>", "feedback_id": "1:2:3:AmazonSES"},
        {"from": "orders@example.com", "x_mc_user": "1"},
        {"from": "MAILER-DAEMON"},
    ],
)
def test_a_machine_shows_itself(headers: dict[str, str]) -> None:
    assert kind(**headers) == "automatic"


@pytest.mark.parametrize(
    "headers",
    [
        SHOP,
        {"from": "jane@example.com", "feedback_id": "1:2:3:x"},
        {"from": "jane@example.com", "x_mc_user": "1"},
        {"from": "jane@example.com", "return_path": "<bounce-123@em.example.com>"},
        {"from": "jane@example.com", "return_path": "<news.jane=example.org@em.example.com>"},
        {"from": "DailyTea@example.com"},
    ],
)
def test_older_bulk_mail_is_known_by_its_sender_or_its_way_back(headers: dict[str, str]) -> None:
    assert kind(**headers) == "newsletter"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"from": "Jane Doe <jane@example.org>"},
        {"from": "jane@example.org", "auto_submitted": "no"},
        {"from": "jane@example.org", "return_path": "<jane@example.org>"},
        {"from": "jane@example.org", "return_path": "<SRS0=a1b2=cd=example.org=jane@forward.example>"},
        {"from": "jane@example.org", "return_path": "<prvs=1234567890=jane@example.org>"},
        {"from": "jane@example.org", "list_post": "NO"},
        {"from": "supporting.jane@example.org"},
    ],
)
def test_the_rest_is_personal(headers: dict[str, str]) -> None:
    assert kind(**headers) == "personal"


def test_the_rules_are_asked_in_order() -> None:
    assert kind(**LIST, **NEWSLETTER, **AUTOMATIC, **SHOP) == "list"
    assert kind(**NEWSLETTER, **AUTOMATIC, **SHOP) == "newsletter"
    assert kind(**AUTOMATIC, **SHOP) == "automatic"
