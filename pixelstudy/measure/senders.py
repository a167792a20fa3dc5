"""What each sender of a mailbox learns when its messages are opened, since when, and through which companies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pixelstudy.tables import SURE_OF_VENDOR

__all__ = ["Channel", "Company", "Example", "Sender", "companies", "learned_by_sender"]

_SEEN = ("spy_pixel", "tracked_content", "counting_pixel")
COLUMNS = (
    "message_key", "verdict", "host", "site", "path_shape", "party", "vendor", "vendor_kind", "vendor_confidence",
    "identity",
)  # fmt: skip
"""The columns of resources that are used."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One party that serves a sender's spy pixels."""

    name: str
    """The vendor if known, else the site of the pixel."""

    kind: str
    """What a vendor does, one of :data:`pixelstudy.tables.VENDOR_KINDS`; empty for a site."""

    known_by: str
    """A vendor: ``host`` (it is the vendor's, in one message at least) or ``shape`` (the path looks like it); a site:
    ``own`` or ``other``."""

    n_messages: int
    """Messages with a spy pixel of this channel."""


@dataclass(frozen=True, slots=True)
class Example:
    """One spy pixel of a sender."""

    sent_at: pd.Timestamp | None
    """When its message was sent."""

    host: str
    """The host that it would be loaded from."""

    path_shape: str
    """The rest of its address, as a shape that holds nothing of the recipient."""


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

    first: pd.Timestamp | None
    """When it first sent a spy pixel, or its first message if it never did."""

    last: pd.Timestamp | None
    """When it last did."""

    example: Example | None
    """Its latest spy pixel."""

    @property
    def tells(self) -> bool:
        """Whether opening its mail tells anybody anything."""
        return bool(self.n_spied or self.n_tracked or self.n_counted or self.n_leaking)


@dataclass(frozen=True, slots=True)
class Company:
    """One company whose hosts serve spy pixels."""

    name: str
    """Its name."""

    kind: str
    """What it does, one of :data:`pixelstudy.tables.VENDOR_KINDS`."""

    n_messages: int
    """Messages with a spy pixel of it."""

    n_leaking: int
    """Those in which the address of such a pixel contains the recipient's mail address."""

    senders: tuple[str, ...]
    """The senders of these messages, most messages first."""

    first: pd.Timestamp | None
    """When the first of them was sent."""

    last: pd.Timestamp | None
    """When the last was."""


def companies(messages: pd.DataFrame, resources: pd.DataFrame) -> list[Company]:
    """Return the companies that learn of openings, those at most senders first.

    A company counts if a spy pixel's host is its own, or if the path looks like its own and the headers of the message
    name it too.

    Parameters
    ----------
    messages, resources
        As for :func:`learned_by_sender`.
    """
    is_sure = resources["verdict"].eq("spy_pixel") & resources["vendor_confidence"].isin(SURE_OF_VENDOR)
    columns = ["message_key", "vendor", "vendor_kind", "identity"]
    pixels = resources.loc[is_sure, columns].merge(
        messages[["message_key", "sender_site", "sent_at"]], on="message_key"
    )
    found = [
        Company(
            name=str(name),
            kind=str(of["vendor_kind"].iloc[0]),
            n_messages=of["message_key"].nunique(),
            n_leaking=of.loc[of["identity"].notna(), "message_key"].nunique(),
            senders=tuple(of.drop_duplicates("message_key")["sender_site"].value_counts().index),
            first=_time(of["sent_at"].min()),
            last=_time(of["sent_at"].max()),
        )
        for name, of in pixels.groupby("vendor", observed=True)
    ]
    return sorted(found, key=lambda company: (-len(company.senders), -company.n_messages, company.name))


def learned_by_sender(messages: pd.DataFrame, resources: pd.DataFrame) -> list[Sender]:
    """Return what each sender learns, in the order of messages with a spy pixel, most first, then by name.

    Messages without a sender are left out.

    Parameters
    ----------
    messages
        All messages that count, their senders told apart (:func:`pixelstudy.extraction.whose.told_apart`).
    resources
        Their resources; those of other messages are ignored.
    """
    known = messages[messages["sender_site"].notna()]
    is_told = resources["verdict"].isin(_SEEN) | resources["identity"].notna()
    told = resources.loc[is_told, list(COLUMNS)].merge(
        known[["message_key", "sender_site", "sent_at"]], on="message_key"
    )
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
    pixels = told[told["verdict"] == "spy_pixel"]
    channels = _channels(pixels)
    is_dated = facts["n_spied"] | ~known["sender_site"].isin(set(pixels["sender_site"]))
    spans = known[is_dated].groupby("sender_site")["sent_at"].agg(["min", "max"])
    latest = pixels.sort_values("sent_at", na_position="first", kind="stable").groupby("sender_site").tail(1)
    examples = {
        row["sender_site"]: Example(_time(row["sent_at"]), _text(row["host"]), _text(row["path_shape"]))
        for row in latest.to_dict("records")
    }
    return [
        Sender(
            name=str(name),
            **({str(what): int(count) for what, count in counts.items()} | unsaid),
            leaks=leaks.get(str(name), ()),
            channels=tuple(channels.get(str(name), ())),
            first=_time(spans.at[name, "min"]),
            last=_time(spans.at[name, "max"]),
            example=examples.get(str(name)),
        )
        for name, counts in totals.iterrows()
    ]


_COUNTED = {"n_spied": "spy_pixel", "n_tracked": "tracked_content", "n_counted": "counting_pixel"}


def _holds(messages: pd.DataFrame, resources: pd.DataFrame) -> pd.Series[bool]:
    return messages["message_key"].isin(set(resources["message_key"]))


def _time(value: Any) -> pd.Timestamp | None:
    return None if pd.isna(value) else value


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


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
    # A company that is known by its host in one message of a sender is known in the others too.
    is_sure = rows["known_by"].isin(SURE_OF_VENDOR).groupby([rows["sender_site"], rows["name"]]).transform("any")
    rows["known_by"] = rows["known_by"].mask(is_sure, "host")
    keys = ["sender_site", "name", "kind", "known_by"]
    counts = rows.groupby(keys)["message_key"].nunique().reset_index(name="n_messages")
    counts = counts.sort_values("n_messages", ascending=False, kind="stable")
    found: dict[str, list[Channel]] = {}
    for row in counts.to_dict("records"):
        channel = Channel(row["name"], row["kind"], row["known_by"], int(row["n_messages"]))
        found.setdefault(row["sender_site"], []).append(channel)
    return dict(found)
