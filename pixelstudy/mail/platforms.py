"""The platform that sent a message, by its headers: a second witness, apart from any pixel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

__all__ = ["PLATFORM_DOMAINS", "PLATFORM_HEADERS", "RELAYS", "read_platform"]

PLATFORM_HEADERS: Mapping[str, str] = {
    "x-sg-eid": "SendGrid",
    "x-sg-id": "SendGrid",
    "x-mandrill-user": "Mailchimp",
    "x-mc-user": "Mailchimp",
    "x-mailgun-sid": "Mailgun",
    "x-mailgun-variables": "Mailgun",
    "x-mj-mid": "Mailjet",
    "x-mailjet-campaign": "Mailjet",
    "x-roving-id": "Constant Contact",
    "x-roving-campaignid": "Constant Contact",
    "x-sfmc-stack": "Salesforce Marketing Cloud",
    "x-kmail-account": "Klaviyo",
    "x-kmail-message": "Klaviyo",
    "x-pm-message-id": "Postmark",
    "x-hs-cid": "HubSpot",
    "x-hubspot-id": "HubSpot",
    "x-marketoid": "Marketo",
    "x-mailer-mktomail": "Marketo",
    "x-elqsiteid": "Oracle Eloqua",
    "x-elqpod": "Oracle Eloqua",
    "x-rext": "Oracle Responsys",
    "x-nationbuilder-id": "NationBuilder",
    "x-cr-hashedid": "CleverReach",
    "x-cr-list": "CleverReach",
    "x-nl2go-campaign": "Newsletter2Go",
    "x-mailin-eid": "Brevo",
    "x-mailin-campaign": "Brevo",
    "x-mailin-client": "Brevo",
    "x-emarsys-identify": "Emarsys",
    "x-emarsys-environment": "Emarsys",
    "x-customeriomail": "Customer.io",
    "x-iterable-campaign-id": "Iterable",
    "x-getresponse-msg": "GetResponse",
    "x-acidfree-track": "ActiveCampaign",
    "x-ac-tracking": "ActiveCampaign",
    "x-cm-messageid": "Campaign Monitor",
    "x-vr-id": "VerticalResponse",
    "x-aweber-id": "AWeber",
    "x-phplist-version": "phpList",
    "x-acxm": "Acxiom",
}
"""Headers that only one platform writes."""

PLATFORM_DOMAINS: Mapping[str, str] = {
    "sendgrid.net": "SendGrid",
    "sendgrid.info": "SendGrid",
    "sendgrid.com": "SendGrid",
    "mcsv.net": "Mailchimp",
    "mcdlv.net": "Mailchimp",
    "rsgsv.net": "Mailchimp",
    "mailchimpapp.net": "Mailchimp",
    "mandrillapp.com": "Mailchimp",
    "list-manage.com": "Mailchimp",
    "mailgun.org": "Mailgun",
    "mailgun.net": "Mailgun",
    "mailgun.info": "Mailgun",
    "mailjet.com": "Mailjet",
    "mjt.lu": "Mailjet",
    "constantcontact.com": "Constant Contact",
    "confirmedcc.com": "Constant Contact",
    "exacttarget.com": "Salesforce Marketing Cloud",
    "exct.net": "Salesforce Marketing Cloud",
    "klaviyomail.com": "Klaviyo",
    "pstmrk.it": "Postmark",
    "postmarkapp.com": "Postmark",
    "mtasv.net": "Postmark",
    "sparkpostmail.com": "SparkPost",
    "amazonses.com": "Amazon SES",
    "hubspotemail.net": "HubSpot",
    "hubspot.com": "HubSpot",
    "hs-send.com": "HubSpot",
    "mktomail.com": "Marketo",
    "mktdns.com": "Marketo",
    "eloqua.com": "Oracle Eloqua",
    "en25.com": "Oracle Eloqua",
    "responsys.net": "Oracle Responsys",
    "rsys1.com": "Oracle Responsys",
    "rsys2.com": "Oracle Responsys",
    "rsys5.com": "Oracle Responsys",
    "bronto.com": "Oracle Bronto",
    "bm23.com": "Oracle Bronto",
    "nationbuilder.com": "NationBuilder",
    "crsend.com": "CleverReach",
    "cleverreach.com": "CleverReach",
    "newsletter2go.com": "Newsletter2Go",
    "nl2go.com": "Newsletter2Go",
    "sendinblue.com": "Brevo",
    "brevo.com": "Brevo",
    "mailin.fr": "Brevo",
    "sender-sib.com": "Brevo",
    "emarsys.net": "Emarsys",
    "emarsys.com": "Emarsys",
    "customeriomail.com": "Customer.io",
    "getresponse.com": "GetResponse",
    "getresponse-mail.com": "GetResponse",
    "activehosted.com": "ActiveCampaign",
    "acemsrvc.com": "ActiveCampaign",
    "createsend.com": "Campaign Monitor",
    "cmail1.com": "Campaign Monitor",
    "cmail2.com": "Campaign Monitor",
    "cmail19.com": "Campaign Monitor",
    "cmail20.com": "Campaign Monitor",
    "aweber.com": "AWeber",
    "convertkit.com": "ConvertKit",
    "convertkit-mail.com": "ConvertKit",
    "convertkit-mail2.com": "ConvertKit",
    "convertkit-mail4.com": "ConvertKit",
    "everyaction.com": "EveryAction",
    "ngpvan.com": "EveryAction",
    "myngp.com": "EveryAction",
    "bluestatedigital.com": "Blue State Digital",
    "bsd.net": "Blue State Digital",
    "actionnetwork.org": "Action Network",
    "salsalabs.com": "Salsa Labs",
    "salsalabs.net": "Salsa Labs",
    "blackbaud.com": "Blackbaud",
    "convio.net": "Blackbaud",
    "cheetahmail.com": "Cheetah Digital",
    "chtah.com": "Cheetah Digital",
    "chtah.net": "Cheetah Digital",
    "bfi0.com": "Epsilon",
    "icontact.com": "iContact",
    "icpbounce.com": "iContact",
    "verticalresponse.com": "VerticalResponse",
    "vresp.com": "VerticalResponse",
    "silverpop.com": "Acoustic",
    "mkt41.net": "Acoustic",
    "inxserver.com": "Inxmail",
    "inxserver.de": "Inxmail",
    "inxmail.com": "Inxmail",
    "inxmail.de": "Inxmail",
    "inxmail-commerce.com": "Inxmail",
    "rapidmail.de": "rapidmail",
    "emailsys.net": "rapidmail",
    "ecm-elaine.de": "artegic",
    "elaine-asp.de": "artegic",
    "emsecure.net": "Selligent",
    "slgnt.eu": "Selligent",
    "episerver.net": "Optimizely",
    "srv2.de": "Optimizely",
    "broadmail.de": "Optimizely",
    "substack.com": "Substack",
    "beehiiv.com": "beehiiv",
    "dotmailer.com": "Dotdigital",
    "zcsend.net": "Zoho",
    "intercom-mail.com": "Intercom",
    "govdelivery.com": "Granicus",
    "e2ma.net": "Emma",
    "informz.net": "Higher Logic",
    "m0.net": "Digital Impact",
    "digitalimpact.com": "Digital Impact",
    "flonetwork.com": "FloNetwork",
    "lyris.net": "Lyris",
    "sparklist.com": "Lyris",
    "topica.com": "Topica",
    "bluehornet.com": "BlueHornet",
    "messagemedia.com": "MessageMedia",
    "roving.com": "Constant Contact",
    "postdirect.com": "PostMasterDirect",
}
"""Registrable domains of platforms, as they stand in DKIM signatures, return paths and unsubscribe links."""

RELAYS = frozenset({"SendGrid", "Mailgun", "Amazon SES", "SparkPost"})
"""Platforms that others send through: each counts only where no other is named."""

_FEEDBACK_IDS: Mapping[str, str] = {
    "activecampaign": "ActiveCampaign",
    "amazonses": "Amazon SES",
    "bluestatemail": "Blue State Digital",
    "ck": "ConvertKit",
    "engaging": "Engaging Networks",
    "hubspot": "HubSpot",
    "ibmsilverpop": "Acoustic",
    "icontact": "iContact",
    "iconstituent": "iConstituent",
    "inxmailde": "Inxmail",
    "iterable": "Iterable",
    "mailersend": "MailerSend",
    "mc": "Mailchimp",
    "mj": "Mailjet",
    "postmark": "Postmark",
    "sendinblue": "Brevo",
    "sfmktgcld": "Salesforce Marketing Cloud",
    "whatcounts": "WhatCounts",
}

_DKIM_DOMAIN = re.compile(r"(?:^|[;\s])d=([A-Za-z0-9.-]+)")
_NAME = re.compile(r"([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_HOST = re.compile(r"(?:https?://|@)([A-Za-z0-9.-]+)")
_MAILERS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        ("mailchimp", "Mailchimp"),
        ("cleverreach", "CleverReach"),
        ("inxmail", "Inxmail"),
        ("newsletter2go", "Newsletter2Go"),
        ("rapidmail", "rapidmail"),
        (r"\belaine", "artegic"),
        ("optivo|episerver|optimizely|broadmail", "Optimizely"),
        ("sendinblue|brevo", "Brevo"),
        ("aweber", "AWeber"),
        ("nationbuilder", "NationBuilder"),
        ("phplist", "phpList"),
        ("getresponse|implix", "GetResponse"),
        ("blue ?state", "Blue State Digital"),
        ("eloqua", "Oracle Eloqua"),
        ("marketo", "Marketo"),
        ("activecampaign", "ActiveCampaign"),
        (r"customer\.io", "Customer.io"),
        ("accucast", "Accucast"),
        ("unitymail", "MessageMedia"),
        ("lyris", "Lyris"),
        ("sailthru", "Sailthru"),
        (r"\bzeta\b", "Zeta"),
    )
)


def read_platform(headers: Mapping[str, Sequence[str]]) -> str | None:
    """Return the platform that headers name, or nothing.

    The first that says: a header that one platform alone writes; X-Mailer; the signer in Feedback-ID; a domain of
    a platform in a DKIM signature, the return path, X-Report-Abuse, List-Unsubscribe, List-Id or Message-ID. Of a
    platform that sends through another (:data:`RELAYS`) the platform is named, not the relay.

    Parameters
    ----------
    headers
        Values by name in lower case.

    Examples
    --------
    >>> read_platform({"return-path": ["<bounces+1-2@em.sendgrid.net>"]}), read_platform({"x-mc-user": ["1"]})
    ('SendGrid', 'Mailchimp')
    """
    relay = None
    for platform in _named(headers):
        if platform not in RELAYS:
            return platform
        relay = relay or platform
    return relay


def _named(headers: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the platforms that headers name, the best witness first."""
    if not PLATFORM_HEADERS.keys().isdisjoint(headers):
        yield from (PLATFORM_HEADERS[name] for name in headers if name in PLATFORM_HEADERS)
    for name in ("x-mailer", "user-agent", "x-newsletter-system"):
        for value in headers.get(name, ())[:_VALUES_LIMIT]:
            yield from _of_mailer(value[:200])
    for value in headers.get("feedback-id", ())[:_VALUES_LIMIT]:
        if platform := _FEEDBACK_IDS.get(value.rpartition(":")[2].strip().lower()):
            yield platform
    for name, pattern in _DOMAINS_IN:
        for value in headers.get(name, ())[:_VALUES_LIMIT]:
            for host in pattern.findall(value[:2000]):
                if platform := _of_domain(host.lower()):
                    yield platform


_VALUES_LIMIT = 20
_DOMAINS_IN = (
    ("dkim-signature", _DKIM_DOMAIN),
    ("return-path", _HOST),
    ("x-report-abuse", _HOST),
    ("list-unsubscribe", _HOST),
    ("list-id", _NAME),
    ("message-id", _HOST),
)


@lru_cache(maxsize=1024)
def _of_mailer(name: str) -> tuple[str, ...]:
    return tuple(platform for pattern, platform in _MAILERS if pattern.search(name))


def _of_domain(host: str) -> str | None:
    labels = host.strip(".").split(".")
    return PLATFORM_DOMAINS.get(".".join(labels[-2:]))
