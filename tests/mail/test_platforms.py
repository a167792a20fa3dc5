"""The sending platform: each witness in the headers, and which of two is believed."""

from __future__ import annotations

import re

import pytest

from pixelstudy.mail.platforms import PLATFORM_DOMAINS, PLATFORM_HEADERS, RELAYS, read_platform


def platform(**headers: str | list[str]) -> str | None:
    return read_platform(
        {name.replace("_", "-"): [value] if isinstance(value, str) else value for name, value in headers.items()}
    )


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"x_kmail_account": "A1"}, "Klaviyo"),
        ({"x_mailer": "MailChimp Mailer - **CID1234**"}, "Mailchimp"),
        ({"x_newsletter_system": "Inxmail EE"}, "Inxmail"),
        ({"feedback_id": "1:2.3:us1:mc"}, "Mailchimp"),
        ({"feedback_id": "a:b:c:Iterable "}, "Iterable"),
        ({"dkim_signature": "v=1; a=rsa-sha256; d=hubspotemail.net; s=a"}, "HubSpot"),
        ({"dkim_signature": ["v=1; d=example.com; s=a", "v=1; s=b;\td=mcsv.net"]}, "Mailchimp"),
        ({"return_path": "<bounces+1-2@u1.ct.sendgrid.net>"}, "SendGrid"),
        ({"x_report_abuse": "Please report abuse here: https://abuse.createsend.com/1"}, "Campaign Monitor"),
        ({"list_unsubscribe": "<mailto:a@example.com>, <https://shop.list-manage.com/u?id=1>"}, "Mailchimp"),
        ({"list_id": "Tea <1.xt.local.exacttarget.com>"}, "Salesforce Marketing Cloud"),
        ({"message_id": "<0101-abc@eu-west-1.amazonses.com>"}, "Amazon SES"),
    ],
)
def test_each_witness_is_heard(headers: dict[str, str | list[str]], name: str) -> None:
    assert platform(**headers) == name


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_mailer": "Gnus/5.09 (Oort) XEmacs/21.1 (i386-unknown-freebsd)"},
        {"user_agent": "Mutt/1.4i (OpenBSD)"},
        {"return_path": "<jane@notsendgrid.net>"},
        {"return_path": "<jane@sendgrid.net.example.com>"},
        {"dkim_signature": "v=1; bh=hubspotemail.net; d=example.com"},
        {"x_msfbl": "abc"},
        {"subject": "Mailchimp or mcsv.net?"},
    ],
)
def test_nothing_is_named_where_nothing_says_so(headers: dict[str, str | list[str]]) -> None:
    assert platform(**headers) is None


def test_who_sends_through_a_relay_is_named_before_the_relay() -> None:
    assert platform(x_sg_eid="a", list_unsubscribe="<https://manage.klaviyomail.com/u>") == "Klaviyo"
    assert platform(x_sg_eid="a", x_mailgun_sid="b") == "SendGrid"
    assert platform(feedback_id="a:AmazonSES", x_roving_id="1") == "Constant Contact"


def test_every_relay_is_a_platform() -> None:
    assert set(PLATFORM_HEADERS.values()) | set(PLATFORM_DOMAINS.values()) >= RELAYS


def test_domains_are_registrable_ones_and_headers_lower_case() -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+\.[a-z]+", domain) for domain in PLATFORM_DOMAINS)
    assert all(re.fullmatch(r"x-[a-z0-9-]+", name) for name in PLATFORM_HEADERS)
