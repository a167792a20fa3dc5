"""What kind of mail a message is, by its headers alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from pixelstudy.mail.platforms import read_platform

__all__ = ["Kind", "read_kind"]

Kind = Literal["newsletter", "list", "personal", "automatic"]

_LIST_HEADERS = (
    "x-beenthere",
    "mailing-list",
    "x-mailing-list",
    "x-mailman-version",
    "x-listname",
    "x-ml-name",
)
_BULK_HEADERS = (
    "list-unsubscribe", "list-unsubscribe-post", "list-id", "x-campaign", "x-campaignid", "x-campaign-id",
    "x-mailing-id", "x-mailer-recptid", "x-job", "x-list-unsubscribe", "x-unsubscribe", "x-newsletter",
    "x-bulkmail", "x-roving-id",
)  # fmt: skip
# Platforms also write these into receipts and notices.
_PLATFORM_HEADERS = ("feedback-id", "x-csa-complaints", "x-report-abuse", "x-msfbl")
_AUTOMATIC_HEADERS = ("auto-submitted", "x-autoreply", "x-autorespond", "x-auto-response-suppress")
_AUTOMATIC_SENDER = re.compile(
    r"(?:no|do[-_.]?not|nicht)[-_.]?(?:reply|respond|antworten)|notifications?|notify|alerts?|billing|invoices?|"
    r"receipts?|orders?|order-?update|account(?:s|-update)?|security|mailer-daemon|postmaster|confirm(?:ation)?|"
    r"verify|bounces?|robot|bot|automailer|root|cron|daemon|payments?|shipping|tracking|tickets?|support"
)
_BULK_SENDER = re.compile(
    r"newsletter|news|mailing|digest|bulletin|offers?|deals|promo|marketing|campaign|updates?|listserv|listmanager|"
    r"majordomo|subscri|editor|daily|weekly|dispatch|headlines"
)
_BULK_PATH = re.compile(
    r"(?:.*[._+-])?(?:bounces?|bnc|returns?|errors?|owner|listmaster|nobody|msprvs\d|sendermail|b)[-+_.=\d]|"
    r"(?!srs[01]|prvs=|btv1=).*[^=]=[^=]"  # a recipient's address within; SRS and BATV put one into anybody's mail
)
_VALUE_LIMIT = 1000


def read_kind(headers: Mapping[str, Sequence[str]]) -> Kind:
    """Return the kind of a message, by the first of five rules that holds.

    1. ``list``: the headers of a discussion list (List-Post that accepts posts, X-BeenThere, Mailing-List,
       ``Precedence: list``), or List-Id with a subject that starts with a tag in brackets.
    2. ``newsletter``: List-Unsubscribe (RFC 2369, RFC 8058), List-Id, the number of a campaign, or
       ``Precedence: bulk`` unless a machine is answering.
    3. ``automatic``: Auto-Submitted (RFC 3834) other than ``no``, X-Auto-Response-Suppress, a report (RFC 6522), or a
       sender that accepts no replies or is named after a task (``no-reply``, ``notifications``, ``billing``).
    4. ``newsletter``: Feedback-ID, a sending platform, a return path for bounces of bulk mail, or a sender that calls
       itself a newsletter. Mail older than the headers of rule 2 has only these.
    5. ``personal``: the rest.

    Parameters
    ----------
    headers
        Values by name in lower case.

    Examples
    --------
    >>> read_kind({"list-unsubscribe": ["<https://example.com/u>"], "from": ["shop@example.com"]})
    'newsletter'
    >>> read_kind({"from": ["No-Reply <no-reply@example.com>"]}), read_kind({"from": ["jane@example.org"]})
    ('automatic', 'personal')
    """
    precedence = _first(headers, "precedence").lower()
    posts = _first(headers, "list-post")
    takes_posts = bool(posts) and not posts.upper().startswith("NO")
    if takes_posts or precedence == "list" or any(name in headers for name in _LIST_HEADERS):
        return "list"
    if "list-id" in headers and _first(headers, "subject").lower().removeprefix("re: ").startswith("["):
        return "list"
    is_answer = any(_first(headers, name).lower() not in {"", "no"} for name in _AUTOMATIC_HEADERS)
    if any(name in headers for name in _BULK_HEADERS) or (precedence in {"bulk", "junk"} and not is_answer):
        return "newsletter"
    sender = _mailbox_name(_first(headers, "from"))
    is_report = "multipart/report" in _first(headers, "content-type").lower()
    if is_answer or is_report or precedence == "auto_reply" or _AUTOMATIC_SENDER.fullmatch(sender):
        return "automatic"
    is_bulk = (
        any(name in headers for name in _PLATFORM_HEADERS)
        or read_platform(headers) is not None
        or _BULK_SENDER.search(sender)
        or _BULK_PATH.match(_mailbox_name(_first(headers, "return-path")))
    )
    return "newsletter" if is_bulk else "personal"


def _first(headers: Mapping[str, Sequence[str]], name: str) -> str:
    values = headers.get(name)
    return values[0][-_VALUE_LIMIT:].strip() if values else ""


def _mailbox_name(value: str) -> str:
    """Return the part of an address before the ``@``, which archives write as ``at``, in lower case."""
    address = value.rpartition("<")[2] if "<" in value else value
    return re.split(r"@| at ", address, maxsplit=1)[0].strip().strip("\"'").lower()
