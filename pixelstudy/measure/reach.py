"""Which companies are told of whose mail: vendor by sender, vendor by year, and at how many senders one reader is seen.

A company counts if a spy pixel's host is its own, or if the path looks like its own and the headers of the message name
it too (``SURE_OF_VENDOR``), and if it is not the sender itself.
"""

from __future__ import annotations

import pandas as pd

from pixelstudy.measure.prevalence import prevalence, vendor_shares
from pixelstudy.measure.turnover import MIN_OF_SENDER
from pixelstudy.tables import SURE_OF_VENDOR

__all__ = ["KINDS_OF_VENDOR", "reach", "vendors_by_sender", "vendors_by_year"]

KINDS_OF_VENDOR = {
    "bulk_mailer": "sends newsletters and notices for many senders, and reports to each who opened them",
    "sales_tool": "works in one person's mail program, and tells that person when a recipient opens a message",
    "advertising": "places or counts advertisements, and may know the reader from other places",
    "panel": "measures audiences and the delivery of mail, across many senders",
    "analytics": "counts openings as it counts visits to a web site",
    "sender_platform": "sends mail on its own behalf, as a large platform or shop does, and reports to itself",
}
"""What each kind of vendor (:data:`~pixelstudy.tables.VENDOR_KINDS`) is and does."""

_ITSELF = "the sender itself"


def _told(messages: pd.DataFrame, resources: pd.DataFrame) -> pd.DataFrame:
    """Return one row a message and company that is told of it."""
    is_sure = resources["vendor_confidence"].isin(SURE_OF_VENDOR) & (resources["vendor"] != _ITSELF)
    pixels = resources.loc[is_sure & (resources["verdict"] == "spy_pixel"), ["message_key", "vendor", "vendor_kind"]]
    pixels = pixels.astype({"vendor": "object", "vendor_kind": "object"}).drop_duplicates(["message_key", "vendor"])
    senders = messages["sender_site"].fillna(messages["message_key"])  # without one, it counts as one
    return pixels.merge(messages[["message_key"]].assign(sender_site=senders), on="message_key")


def reach(messages: pd.DataFrame, resources: pd.DataFrame) -> pd.DataFrame:
    """Return one row a company: at how many senders of `messages` it is told of openings, most senders first.

    Columns are ``vendor``, ``vendor_kind``, ``n_senders`` and ``n_messages``.
    """
    rows = (
        _told(messages, resources)
        .groupby(["vendor", "vendor_kind"], as_index=False)
        .agg(n_senders=("sender_site", "nunique"), n_messages=("message_key", "size"))
    )
    return rows.sort_values(["n_senders", "n_messages", "vendor"], ascending=[False, False, True], ignore_index=True)


def vendors_by_sender(messages: pd.DataFrame, resources: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each sender and each company that is told of any of its messages, without a gap.

    Columns are ``sender_site``, ``vendor``, ``n_messages`` (of the sender), ``n_with`` (those of which the company is
    told) and ``share``, missing below :data:`.MIN_OF_SENDER` messages. The senders with the most messages are first,
    and so are the companies with the most senders.
    """
    told = _told(messages, resources)
    vendors = reach(messages, resources)["vendor"]
    senders = messages["sender_site"].fillna(messages["message_key"])
    n = (
        senders[senders.isin(told["sender_site"])]
        .value_counts()
        .sort_index()
        .sort_values(ascending=False, kind="stable")
    )
    grid = pd.MultiIndex.from_product([n.index, vendors], names=["sender_site", "vendor"])
    counts = told.groupby(["sender_site", "vendor"]).size().reindex(grid, fill_value=0)
    rows = counts.rename("n_with").reset_index()
    rows["n_messages"] = rows["sender_site"].map(n).astype(int)
    share = rows["n_with"] / rows["n_messages"]
    return rows.assign(share=share.where(rows["n_messages"] >= MIN_OF_SENDER))


def vendors_by_year(messages: pd.DataFrame, resources: pd.DataFrame, *, most: int = 20) -> pd.DataFrame:
    """Return one row for each company and each year, for the companies that are told of the most messages.

    Columns are ``vendor``, ``year``, ``n_messages`` (of the year), ``n_with``, ``share``, ``low`` and ``high``, as
    :func:`.vendor_shares` gives them for each year. Years run without a gap, fifteen at most. Without two years there
    are no rows.
    """
    dated = messages[messages["year"].notna()]
    told = _told(dated, resources)
    columns = ["vendor", "year", "n_messages", "n_with", "share", "low", "high"]
    if dated["year"].nunique() < 2 or told.empty:
        return pd.DataFrame(columns=columns)
    last = int(dated["year"].max())
    years = range(max(int(dated["year"].min()), last - 14), last + 1)
    counts = (
        told.merge(dated[["message_key", "year"]], on="message_key").query("year in @years")["vendor"].value_counts()
    )
    vendors = counts.sort_index().sort_values(ascending=False, kind="stable").index[:most]
    found = []
    for year in years:
        of = dated[dated["year"] == year]
        rows = vendor_shares(of, resources).set_index("vendor").reindex(vendors).reindex(columns=columns[3:])
        if len(of):
            nobody = prevalence(of, pd.Series(False, index=of.index)).iloc[0]
            rows = rows.fillna({name: nobody[name] for name in columns[3:]})
        found.append(rows.fillna({"n_with": 0}).assign(year=year, n_messages=len(of)).reset_index())
    whole = pd.concat(found, ignore_index=True).astype({"n_with": int, "share": "float64"})
    order = whole["vendor"].map({name: place for place, name in enumerate(vendors)})
    return whole.assign(order=order).sort_values(["order", "year"], ignore_index=True)[columns]
