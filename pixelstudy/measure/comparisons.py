"""The comparisons that the notebooks draw: definitions, senders, header against pixel, and what two thirds needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pixelstudy.measure.definitions import DEFINITIONS, Definition, has_pixel
from pixelstudy.measure.mix import TWO_THIRDS
from pixelstudy.measure.prevalence import Share, prevalence

__all__ = ["agreement", "by_definition", "inbox_shares", "share_of", "two_thirds_needs"]


def share_of(messages: pd.DataFrame, has: pd.Series[bool], *, definition: str = "") -> pd.Series[Any]:
    """Return the one row of :func:`~pixelstudy.measure.prevalence.prevalence` over all of `messages`."""
    return prevalence(messages, has, definition=definition).iloc[0]


def by_definition(
    messages: pd.DataFrame, resources: pd.DataFrame, *, definitions: Sequence[Definition] = DEFINITIONS
) -> pd.DataFrame:
    """Return the share of `messages` that has a spy pixel by each definition, the largest first.

    Columns: those of :func:`~pixelstudy.measure.prevalence.prevalence`, and ``name``, ``short``, ``title``, ``group``
    and ``source`` of the definition.
    """
    rows = []
    for d in definitions:
        row = share_of(messages, has_pixel(messages, resources, d), definition=d.name)
        rows.append(
            {"name": d.name, "short": d.short, "title": d.title, "group": d.group, "source": d.source, **row.to_dict()}
        )
    return pd.DataFrame(rows).sort_values(["share", "name"], ascending=[False, True], ignore_index=True)


def agreement(messages: pd.DataFrame, resources: pd.DataFrame) -> pd.DataFrame:
    """Return, for each platform that headers name, how many of its messages show a pixel of that vendor.

    One row a platform: ``platform``, ``n_messages``, ``n_with_vendor`` (some spy pixel is a mailer's, by its host),
    ``n_agree`` (one of them is the platform), ``others`` (the mailers that the rest name, the most frequent first).
    Headers and pixels are independent witnesses, but agreement need not be complete: one mailer may send through
    another. Pixels of advertisers, panels, analytics and of the sender itself name no mailer and are left out.
    """
    is_sure = (resources["verdict"] == "spy_pixel") & (resources["vendor_confidence"] == "host")
    pixels = resources[is_sure & ~resources["vendor_kind"].isin(_NO_MAILER)]
    vendors = pixels.groupby("message_key")["vendor"].agg(set)
    named = messages[messages["platform"].notna()]
    found = named["message_key"].map(vendors)
    rows = pd.DataFrame(
        {
            "platform": named["platform"],
            "vendors": [" + ".join(sorted(vendor)) if isinstance(vendor, set) else None for vendor in found],
            "has_vendor": found.notna(),
            "agrees": [
                isinstance(vendor, set) and any(_same_company(platform, each) for each in vendor)
                for platform, vendor in zip(named["platform"], found, strict=True)
            ],
        }
    )
    counted = rows.groupby("platform").agg(
        n_messages=("has_vendor", "size"), n_with_vendor=("has_vendor", "sum"), n_agree=("agrees", "sum")
    )
    differ = rows[rows["has_vendor"] & ~rows["agrees"]]
    counted["others"] = differ.groupby("platform")["vendors"].agg(lambda names: ", ".join(names.value_counts().index))
    return counted.reset_index().sort_values(["n_messages", "platform"], ascending=[False, True], ignore_index=True)


_NO_MAILER = ("advertising", "panel", "analytics", "sender_platform")
# Platforms that are a product of the company that owns the pixel's host.
_OWNERS = {"everyaction": "ngp van", "bluehornet": "mapp", "mailchimp": "mandrill"}


def _same_company(platform: str, vendor: str) -> bool:
    """Return whether two names begin with the same word, or one company has both.

    >>> _same_company("Marketo", "Adobe Marketo Engage"), _same_company("Oracle Eloqua", "Oracle")
    (True, True)
    >>> _same_company("EveryAction", "NGP VAN")
    True
    >>> _same_company("Digital Impact", "Impact"), _same_company("MessageMedia", "Gem")
    (False, False)
    """
    if _OWNERS.get(platform.casefold()) == vendor.casefold():
        return True
    ours, theirs = (re.findall(r"\w+", name.casefold()) for name in (platform, vendor))
    return ours[:1] == theirs[:1] or any(theirs[i : i + len(ours)] == ours for i in range(len(theirs)))


def inbox_shares(
    newsletters: tuple[pd.DataFrame, pd.DataFrame], personal: tuple[pd.DataFrame, pd.DataFrame], definition: Definition
) -> dict[str, Share]:
    """Return the share of all mail of a kind, HTML or not, that has a spy pixel: newsletters and personal mail.

    Each argument is messages and resources of mail of that kind. Automatic mail has no corpus of its own here:
    :func:`two_thirds_needs` sweeps it.
    """
    shares = {}
    for kind, (messages, resources) in (("newsletter", newsletters), ("personal", personal)):
        row = share_of(messages, has_pixel(messages, resources, definition), definition=definition.name)
        fields: dict[str, Any] = {name: row[name] for name in Share.__dataclass_fields__}
        shares[kind] = Share(**fields)
    return shares


def two_thirds_needs(shares: Mapping[str, Share], *, target: float = TWO_THIRDS) -> dict[str, float]:
    """Return how much of an inbox must be newsletters for `target` of it to have a spy pixel, the rest being personal.

    Keys ``share``, ``low``, ``high``: by the measured share of newsletters and by the ends of its interval (a higher
    share needs fewer newsletters). Missing where even an inbox of newsletters alone falls short; 0 where personal
    mail has `target` by itself.
    """
    personal = shares["personal"].share
    needs = {}
    for end in ("share", "low", "high"):
        newsletter = float(getattr(shares["newsletter"], end))
        if personal >= target:
            needs[end] = 0.0
        else:
            needs[end] = (target - personal) / (newsletter - personal) if newsletter >= target else float("nan")
    return needs
