"""The comparisons that the notebooks draw: definitions, headers against pixels, and which inbox reaches two thirds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pixelstudy.measure.definitions import DEFINITIONS, Definition, has_pixel
from pixelstudy.measure.mix import TWO_THIRDS, End, newsletter_share_needed
from pixelstudy.measure.prevalence import prevalence
from pixelstudy.measure.shares import Share
from pixelstudy.tables import SURE_OF_VENDOR

__all__ = ["agreement", "by_definition", "inbox_shares", "share_of", "two_thirds_needs"]


def share_of(messages: pd.DataFrame, has: pd.Series[bool], *, definition: str = "") -> pd.Series[Any]:
    """Return the single row of :func:`~pixelstudy.measure.prevalence.prevalence` over all `messages`."""
    return prevalence(messages, has, definition=definition).iloc[0]


def by_definition(
    messages: pd.DataFrame, resources: pd.DataFrame, *, definitions: Sequence[Definition] = DEFINITIONS
) -> pd.DataFrame:
    """Return the share of `messages` with a spy pixel by each definition, largest first.

    Columns: those of :func:`~pixelstudy.measure.prevalence.prevalence`, and ``name``, ``short``, ``title``, ``group``
    and ``source`` of the definition.
    """
    rows = [
        {column: getattr(d, column) for column in ("name", "short", "title", "group", "source")}
        | share_of(messages, has_pixel(messages, resources, d), definition=d.name).to_dict()
        for d in definitions
    ]
    return pd.DataFrame(rows).sort_values(["share", "name"], ascending=[False, True], ignore_index=True)


def agreement(messages: pd.DataFrame, resources: pd.DataFrame) -> pd.DataFrame:
    """Return how often the sending platform in the headers is also the vendor of a spy pixel, one row a platform.

    Columns are ``platform``; ``n_messages``; ``n_with_vendor``, those with a spy pixel on a mailer's host; ``n_agree``,
    those where one such mailer is the platform; and ``others``, the mailers of the rest, most frequent first.
    Headers and pixels are independent witnesses, but they need not always agree: one mailer may send through another.
    Pixels of advertisers, panels, analytics and the sender itself say nothing about the mailer and are left out.
    """
    is_sure = (resources["verdict"] == "spy_pixel") & resources["vendor_confidence"].isin(SURE_OF_VENDOR)
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
# A platform that is a product of the company on whose host its pixels are.
_OWNERS = {"everyaction": "ngp van", "bluehornet": "mapp", "mailchimp": "mandrill"}


def _same_company(platform: str, vendor: str) -> bool:
    """Return whether two names are of one company: same first word, one within the other, or known as its product.

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
    """Return the share of newsletters and that of personal mail, HTML or not, that have a spy pixel.

    Each of the first two arguments is the messages of one kind and their resources.
    """
    shares = {}
    for kind, (messages, resources) in (("newsletter", newsletters), ("personal", personal)):
        row = share_of(messages, has_pixel(messages, resources, definition), definition=definition.name)
        shares[kind] = Share(*(row[name] for name in Share.__dataclass_fields__))
    return shares


def two_thirds_needs(shares: Mapping[str, Share], *, target: float = TWO_THIRDS) -> dict[str, float]:
    """Return the share of newsletters with which an inbox reaches `target`, if the rest is personal mail.

    Keys are ``share``, by the measured shares, and ``low`` and ``high``, by the ends of both intervals: the more of
    both kinds has a pixel, the fewer newsletters are needed, so ``low`` comes from the upper ends and is never above
    ``high``. NaN where even newsletters alone fall short; 0 where personal mail reaches `target` by itself.
    """
    ends: dict[str, End] = {"share": "share", "low": "high", "high": "low"}
    return {
        name: newsletter_share_needed(shares, automatic_of_rest=0, target=target, end=end) for name, end in ends.items()
    }
