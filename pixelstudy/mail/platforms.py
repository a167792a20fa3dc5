"""Platforms: which one sent a message, by its headers alone; ``platforms.toml`` says how each is known."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

__all__ = ["PLATFORM_DOMAINS", "PLATFORM_HEADERS", "RELAYS", "read_platform"]

_PLATFORMS = tomllib.loads(Path(__file__).with_name("platforms.toml").read_text(encoding="utf-8"))


def _by(key: str) -> Mapping[str, str]:
    return {value: platform for platform, known in _PLATFORMS.items() for value in known.get(key, ())}


PLATFORM_HEADERS = _by("headers")
"""The platform of each header that only one platform writes."""

PLATFORM_DOMAINS = _by("domains")
"""The platform of each registrable domain."""

RELAYS = frozenset(platform for platform, known in _PLATFORMS.items() if known.get("relay"))
"""Platforms that others send through: each counts only where no other is named."""

_FEEDBACK_IDS = _by("feedback_ids")
_MAILERS = [
    (re.compile(known["mailer"], re.IGNORECASE), platform)
    for platform, known in _PLATFORMS.items()
    if "mailer" in known
]
_DKIM_DOMAIN = re.compile(r"(?:^|[;\s])d=([A-Za-z0-9.-]+)")
_NAME = re.compile(r"([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_HOST = re.compile(r"(?:https?://|@)([A-Za-z0-9.-]+)")


def read_platform(headers: Mapping[str, Sequence[str]]) -> str | None:
    """Return the platform that headers name, or nothing.

    The first of these that names one: a header that only one platform writes; X-Mailer; the signer in Feedback-ID; a
    platform's domain in a DKIM signature, the return path, X-Report-Abuse, List-Unsubscribe, List-Id or Message-ID.
    A relay (:data:`RELAYS`) is named only when no other platform is.

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
    """Yield the platforms that headers name, the most reliable first."""
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
