"""Who writes in which year, and since when with a spy pixel.

Every function takes messages and `has`: on the same index, whether each message has a spy pixel. Who counts as a
sender is in ``sender_site`` (:func:`~pixelstudy.extraction.whose.told_apart`).
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from pixelstudy.measure.prevalence import prevalence
from pixelstudy.measure.shares import Rules

__all__ = [
    "MIN_OF_SENDER",
    "busiest_sender",
    "by_sender_and_year",
    "difference",
    "first_and_last",
    "stayed",
    "who_writes",
]

MIN_OF_SENDER = 8
"""With fewer messages, one sender has no share of its own: a share of one half would be uncertain by 30 points."""

_MOST_YEARS = 15


def by_sender_and_year(messages: pd.DataFrame, has: pd.Series[bool], *, most: int = 20) -> pd.DataFrame:
    """Return one row for each of the largest senders and each year, the largest sender first.

    Columns are ``sender_site``, ``year``, ``n_messages``, ``n_with``, ``share``, ``low`` and ``high``. Years run
    without a gap to the last one, fifteen at most; a sender that did not write has no messages in that year. A share
    of fewer than :data:`MIN_OF_SENDER` messages is missing. Without two years there are no rows.
    """
    known = messages[messages["sender_site"].notna() & messages["year"].notna()]
    if known["year"].nunique() < 2:
        return pd.DataFrame(columns=["sender_site", "year", "n_messages", "n_with", "share", "low", "high"])
    first, last = int(known["year"].min()), int(known["year"].max())
    years = range(max(first, last - _MOST_YEARS + 1), last + 1)
    known = known[known["year"].isin(years)]
    largest = known["sender_site"].value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:most]
    known = known[known["sender_site"].isin(largest)]
    rules = Rules(min_messages=MIN_OF_SENDER)
    found = prevalence(known, has.loc[known.index], by=["sender_site", "year"], rules=rules)
    grid = pd.MultiIndex.from_product([largest, years], names=["sender_site", "year"])
    columns = ["n_messages", "n_with", "share", "low", "high"]
    whole = found.astype({"year": int}).set_index(["sender_site", "year"])[columns].reindex(grid).reset_index()
    return whole.fillna({"n_messages": 0, "n_with": 0}).astype({"n_messages": int, "n_with": int})


def first_and_last(messages: pd.DataFrame, has: pd.Series[bool]) -> pd.DataFrame:
    """Return one row for each sender that ever sent a spy pixel, most of them first.

    Columns are ``sender_site``, ``n_messages``, ``n_with``, ``first`` and ``last`` (the months of its first and last
    message with one), and ``is_new``: ``its mail`` if it wrote only in the last year, ``its pixels`` if it wrote
    before, but never with one, else missing. If all mail is from one year, nobody is new.
    """
    known = messages[messages["sender_site"].notna()].assign(has=has)
    spied = known[known["has"]]
    rows = known.groupby("sender_site").agg(n_messages=("has", "size"), n_with=("has", "sum"), began=("year", "min"))
    dates = spied.groupby("sender_site").agg(first=("sent_at", "min"), last=("sent_at", "max"), since=("year", "min"))
    rows = rows.join(dates, how="inner").reset_index()
    year = known["year"].max()
    is_last, is_only = rows["since"].eq(year).fillna(False), known["year"].dropna().nunique() < 2
    new: pd.Series[Any] = rows["began"].eq(year).map({True: "its mail", False: "its pixels"})
    rows["is_new"] = new.where(is_last & (not is_only)).astype("object")
    for column in ("first", "last"):
        rows[column] = rows[column].dt.strftime("%Y-%m")
    rows["n_with"] = rows["n_with"].astype(int)
    rows = rows.sort_values(["n_with", "n_messages", "sender_site"], ascending=[False, False, True], ignore_index=True)
    return rows[["sender_site", "n_messages", "n_with", "first", "last", "is_new"]]


def busiest_sender(messages: pd.DataFrame, has: pd.Series[bool], *, by: str = "corpus") -> pd.DataFrame:
    """Return :func:`.prevalence` by group, with who sent a spy pixel and what the largest sender changes.

    Further columns are ``n_senders_with``, ``of_largest`` (the largest sender's part of the messages) and
    ``share_without`` (the share of the others' messages; missing where the group's is).
    """
    rows = prevalence(messages, has, by=by)
    found = []
    for group in rows[by]:
        of = messages[messages[by] == group]
        senders = of["sender_site"].fillna(of["message_key"])
        counts = senders.value_counts().sort_index()
        others = has.loc[of.index][senders != counts.idxmax()]
        n_with = int(senders[has.loc[of.index]].nunique())
        found.append((n_with, float(counts.max() / len(of)), float(others.mean()) if len(others) else math.nan))
    rows[["n_senders_with", "of_largest", "share_without"]] = pd.DataFrame(found, index=rows.index, columns=range(3))
    return rows.assign(share_without=rows["share_without"].where(rows["share"].notna()))


def who_writes(messages: pd.DataFrame) -> pd.DataFrame:
    """Return one row a year that has messages: its senders, and how many of them came and went.

    Columns are ``year``, ``n_messages``, ``n_senders``, ``n_new`` (senders that had not written in an earlier year),
    ``n_gone`` (senders of the year before it that no longer wrote) and ``of_known`` (the part of the messages that
    came from senders of an earlier year); the last three are missing in the first year.
    """
    known = messages[messages["sender_site"].notna() & messages["year"].notna()]
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    before: set[str] = set()
    for year, of in known.groupby("year"):
        senders = set(of["sender_site"])
        row: dict[str, Any] = {"year": int(str(year)), "n_messages": len(of), "n_senders": len(senders)}
        if rows:
            is_known = of["sender_site"].isin(seen)
            row |= {"n_new": len(senders - seen), "n_gone": len(before - senders), "of_known": is_known.mean()}
        rows.append(row)
        before, seen = senders, seen | senders
    columns = ["year", "n_messages", "n_senders", "n_new", "n_gone", "of_known"]
    return pd.DataFrame(rows, columns=columns).astype({"n_new": "Int64", "n_gone": "Int64", "of_known": "float64"})


def stayed(messages: pd.DataFrame, has: pd.Series[bool]) -> dict[str, Any]:
    """Return what the senders that wrote in the first and in the last year sent in each.

    Keys are ``n_senders``, and ``first`` and ``last``: the messages with a spy pixel, and all messages, of that year.
    """
    known = messages[messages["sender_site"].notna() & messages["year"].notna()].assign(has=has)
    ends = known["year"].min(), known["year"].max()
    first, last = (known[known["year"] == year] for year in ends)
    both = set(first["sender_site"]) & set(last["sender_site"])
    of_both = [of[of["sender_site"].isin(both)] for of in (first, last)]
    counts = [(int(of["has"].sum()), len(of)) for of in of_both]
    return {"n_senders": len(both), "first": counts[0], "last": counts[1]}


def difference(before: Any, after: Any) -> tuple[float, float]:
    """Return the 95 % interval of how far the share of `after` is above that of `before`, both with their intervals.

    By square-and-add (Newcombe 1998, method 10), as if the two were independent. Where the same senders write in both,
    shares of two years rise and fall together, and the interval is wider than it need be.

    >>> before, after = {"share": 0.2, "low": 0.1, "high": 0.3}, {"share": 0.6, "low": 0.5, "high": 0.7}
    >>> [round(end, 2) for end in difference(before, after)]
    [0.26, 0.54]
    """
    apart = after["share"] - before["share"]
    down = math.hypot(after["share"] - after["low"], before["high"] - before["share"])
    up = math.hypot(after["high"] - after["share"], before["share"] - before["low"])
    return apart - down, apart + up
