"""What each sender of a mailbox learns when its mails are opened, and through whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["Channel", "Sender", "learned_by_sender"]

_SEEN = ("spy_pixel", "tracked_content", "counting_pixel")
COLUMNS = ("message_key", "verdict", "site", "party", "vendor", "vendor_kind", "vendor_confidence", "identity")
"""What is read of the resources."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Who answers the spy pixels of a sender."""

    name: str
    """The vendor, else the site of the pixel."""

    kind: str
    """What a vendor does, one of :data:`pixelstudy.tables.VENDOR_KINDS`; empty for a site."""

    known_by: str
    """``host`` (the vendor's own), ``shape`` (the path alone looks like it), ``own`` or ``other`` (a site's)."""

    n_messages: int
    """Messages with such a spy pixel."""


@dataclass(frozen=True, slots=True)
class Sender:
    """One sender, in counts of its messages with HTML."""

    name: str
    """The registrable domain."""

    n_messages: int
    """Its messages."""

    n_spied: int
    """Those with a spy pixel."""

    n_tracked: int
    """Those with something visible whose address is the recipient's own."""

    n_counted: int
    """Those with a pixel that counts for all alike."""

    n_links: int
    """Those with links that tell who clicked."""

    n_receipts: int
    """Those that ask for a read receipt."""

    n_unsubscribe: int | None
    """Those whose headers name an address to unsubscribe by; nothing where the tables are too old to say."""

    n_leaking: int
    """Those in which the address of a resource holds the recipient's."""

    leaks: tuple[str, ...]
    """How the recipient's address stands there (``plain``, ``base64`` …)."""

    channels: tuple[Channel, ...]
    """Who answers the spy pixels, most messages first."""


def learned_by_sender(messages: pd.DataFrame, resources: pd.DataFrame) -> list[Sender]:
    """Return what each sender learns, those with most messages that hold a spy pixel first, then by name.

    Messages without a sender are left out.

    Parameters
    ----------
    messages
        All messages that count: every one of them is in some denominator.
    resources
        Their resources; those of other messages are left out.
    """
    known = messages[messages["sender_site"].notna()]
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
    """Return the channels of each sender's spy pixels."""
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
