"""What each sender of a mailbox learns when its mails are opened, and from whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pixelstudy.extraction.whose import told_apart

__all__ = ["Channel", "Sender", "learned_by_sender"]

_SEEN = ("spy_pixel", "tracked_content", "counting_pixel")
COLUMNS = ("message_key", "verdict", "site", "party", "vendor", "vendor_kind", "vendor_confidence", "identity")
"""The columns of resources that are used."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One party that serves a sender's spy pixels."""

    name: str
    """The vendor if known, else the site of the pixel."""

    kind: str
    """What a vendor does, one of :data:`pixelstudy.tables.VENDOR_KINDS`; empty for a site."""

    known_by: str
    """A vendor: ``host`` (it is the vendor's) or ``shape`` (the path looks like it); a site: ``own`` or ``other``."""

    n_messages: int
    """Messages with a spy pixel of this channel."""


@dataclass(frozen=True, slots=True)
class Sender:
    """One sender. Counts are of its messages with HTML."""

    name: str
    """Its registrable domain; its address at hosts of free mail and of many offices."""

    n_messages: int
    """Its messages."""

    n_spied: int
    """Those with a spy pixel."""

    n_tracked: int
    """Those with visible content that tells recipients apart."""

    n_counted: int
    """Those with a counting pixel."""

    n_links: int
    """Those with links that tell who clicks."""

    n_receipts: int
    """Those that ask for a read receipt."""

    n_unsubscribe: int | None
    """Those with a header to unsubscribe by; None if the tables are too old to say."""

    n_leaking: int
    """Those in which the address of a resource contains the recipient's mail address."""

    leaks: tuple[str, ...]
    """How the mail address is written there (``plain``, ``base64`` …)."""

    channels: tuple[Channel, ...]
    """Who serves the spy pixels, most messages first."""


def learned_by_sender(messages: pd.DataFrame, resources: pd.DataFrame) -> list[Sender]:
    """Return what each sender learns, in the order of messages with a spy pixel, most first, then by name.

    Messages without a sender are left out.

    Parameters
    ----------
    messages
        All messages that count.
    resources
        Their resources; those of other messages are ignored.
    """
    known = told_apart(messages[messages["sender_site"].notna()])
    is_told = resources["verdict"].isin(_SEEN) | resources["identity"].notna()
    told = resources.loc[is_told, list(COLUMNS)].merge(known[["message_key", "sender_site"]], on="message_key")
    facts = pd.DataFrame(
        {
            "sender_site": known["sender_site"],
            "n_messages": 1,
            **{name: _holds(known, told[told["verdict"] == verdict]) for name, verdict in _COUNTED.items()},
            "n_links": known["n_click_links"] > 0,
            "n_receipts": known["has_receipt_request"],
            "n_unsubscribe": known["has_unsubscribe"].eq(True),
            "n_leaking": _holds(known, told[told["identity"].notna()]),
        }
    )
    totals = facts.groupby("sender_site", sort=True).sum().astype(int)
    totals = totals.sort_values("n_spied", ascending=False, kind="stable")
    unsaid: dict[str, Any] = {"n_unsubscribe": None} if known["has_unsubscribe"].isna().all() else {}
    leaks = {
        str(name): tuple(sorted(set(how)))
        for name, how in told.dropna(subset=["identity"]).groupby("sender_site")["identity"]
    }
    channels = _channels(told[told["verdict"] == "spy_pixel"])
    return [
        Sender(
            name=str(name),
            **({str(what): int(count) for what, count in counts.items()} | unsaid),
            leaks=leaks.get(str(name), ()),
            channels=tuple(channels.get(str(name), ())),
        )
        for name, counts in totals.iterrows()
    ]


_COUNTED = {"n_spied": "spy_pixel", "n_tracked": "tracked_content", "n_counted": "counting_pixel"}


def _holds(messages: pd.DataFrame, resources: pd.DataFrame) -> pd.Series[bool]:
    return messages["message_key"].isin(set(resources["message_key"]))


def _channels(pixels: pd.DataFrame) -> dict[str, Sequence[Channel]]:
    """Return the channels of each sender."""
    is_named = pixels["vendor"].notna()
    is_own = pixels["party"].isin(["first", "same_org"])
    rows = pd.DataFrame(
        {
            "sender_site": pixels["sender_site"],
            "message_key": pixels["message_key"],
            "name": pixels["vendor"].where(is_named, pixels["site"]).fillna("an address without a site"),
            "kind": pixels["vendor_kind"].where(is_named).fillna(""),
            "known_by": pixels["vendor_confidence"].where(is_named, is_own.map({True: "own", False: "other"})),
        }
    )
    keys = ["sender_site", "name", "kind", "known_by"]
    counts = rows.groupby(keys)["message_key"].nunique().reset_index(name="n_messages")
    counts = counts.sort_values("n_messages", ascending=False, kind="stable")
    found: dict[str, list[Channel]] = {}
    for row in counts.to_dict("records"):
        channel = Channel(row["name"], row["kind"], row["known_by"], int(row["n_messages"]))
        found.setdefault(row["sender_site"], []).append(channel)
    return dict(found)
