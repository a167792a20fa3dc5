"""The answers under the titles of the notebooks, in words, computed from the tables that they are about.

Each is true of public mail and of a mailbox of one's own. Where there is too little mail, the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pixelstudy.measure.denominators import in_words
from pixelstudy.measure.prevalence import LOOKALIKE, UNKNOWN
from pixelstudy.measure.shares import percent
from pixelstudy.measure.turnover import difference

__all__ = [
    "counted",
    "no_years",
    "nothing_to_measure",
    "of_collections",
    "of_halves",
    "of_senders",
    "of_snapshots",
    "of_turnover",
    "of_vendors",
    "of_years",
    "span",
    "with_interval",
]

_MAKES = 0.05
"""How far a share must move, for one sender to make it."""


def counted(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "sender"), counted(1200, "company", "companies")
    ('1 sender', '1,200 companies')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def with_interval(row: Mapping[Any, Any]) -> str:
    """Return the share of a row of :func:`.prevalence`, with its interval.

    >>> with_interval({"share": 0.5, "low": 0.4, "high": 0.6})
    '50 % (40 % to 60 %)'
    """
    return f"{percent(row['share'])} ({percent(row['low'])} to {percent(row['high'])})"


def nothing_to_measure(messages: pd.DataFrame, populations: Sequence[str]) -> str:
    """Return why none of `messages` can be measured and what would change that; nothing where some can be."""
    chosen = messages[messages["population"].isin(populations)]
    if chosen["has_html"].any():
        return ""
    if messages.empty:
        return "There is no message here, so there is nothing to say."
    if len(chosen):
        few = counted(len(chosen), "message")
        return f"Of the {few} {in_words(populations)}, none has HTML, and plain text can't hold a spy pixel."
    counts = messages["population"].value_counts()
    what = ", ".join(f"{n:,} {in_words([str(name)])}" for name, n in counts.items())
    return (
        f"No message here was {in_words(populations)}: there are {what}. To measure those, run the study with "
        f"`--population {counts.index[0]}`."
    )


def of_senders(name: str, row: Mapping[Any, Any]) -> str:
    """Return who sends spy pixels in the mail called `name`, and whether one busy sender makes the figure.

    The answer is bold, the numbers that it rests on follow. `row` is one of :func:`.busiest_sender`.
    """
    who = f"{row['n_senders_with']:,} of {row['n_senders']:,} senders put a spy pixel into a message or more"
    held = f"{row['n_with']:,} of {row['n_messages']:,} messages hold one"
    if pd.isna(row["share"]):
        return f"**{name}: {who}.** {held.capitalize()}, too few messages or senders for a share."
    if not row["n_with"]:
        none = f"None of {row['n_messages']:,} messages of {row['n_senders']:,} senders holds a spy pixel"
        return f"**{name}: nobody, as far as can be seen.** {none} ({percent(row['low'])} to {percent(row['high'])})."
    without, apart = row["share_without"], row["share"] - row["share_without"]
    if pd.isna(without):
        return f"**{name}: {who}.**"
    points = f"the largest sender alone moves the figure by {100 * abs(apart):.0f} points"
    verdict = "no busy sender makes the figure" if abs(apart) < _MAKES else points
    once = f"{percent(row['sender_share'])} with each sender counted once"
    return (
        f"**{name}: {who}, and {verdict}.** {with_interval(row)} of {row['n_messages']:,} messages hold one, "
        f"{percent(without)} without the largest sender, and {once}."
    )


def of_vendors(shares: pd.DataFrame, reached: pd.DataFrame, *, n_with: int, n_senders: int) -> str:
    """Return who learns that the mail was opened.

    Parameters
    ----------
    shares
        As :func:`.vendor_shares` gives them, with the rest.
    reached
        As :func:`.reach` gives them, or no rows if it is not one reader's mail.
    n_with
        How many messages hold a spy pixel.
    n_senders
        How many senders there are.
    """
    if n_with == 0:
        return "Nobody, as far as can be seen: no message here holds a spy pixel."
    named = shares[shares["vendor_kind"].notna() & (shares["n_with"] > 0)]
    if named.empty:
        return f"It cannot be said: no company can be named in the {counted(n_with, 'message')} with a spy pixel."
    first = named.iloc[0].to_dict()
    are = counted(len(named), "company is", "companies are")
    text = f"{are} named in {counted(n_with, 'message')} with a spy pixel. {first['vendor']} "
    text += f"({first['vendor_kind'].replace('_', ' ')}) is told of {first['n_with']:,} of {first['n_messages']:,} "
    text += "messages with HTML"
    if pd.notna(first["share"]):
        text += f", {with_interval(first)}"
    is_open = len(named) > 1 and not named["high"].iloc[1] < first["low"]
    text += ", but which company is told of most cannot be said." if is_open else "."
    n_of = shares[shares["vendor_kind"].isna()].set_index("vendor")["n_with"]
    others = {LOOKALIKE: "one that only looks like a company's", UNKNOWN: "one of no known company"}
    rest = [f"{n_of[name]:,} hold {what}" for name, what in others.items() if n_of.get(name, 0)]
    text += f" Of all messages, {' and '.join(rest)}." if rest else ""
    if reached.empty:
        return text
    widest = reached.iloc[0]
    return f"{text} {widest['vendor']} sees the reader at {widest['n_senders']:,} of {counted(n_senders, 'sender')}."


def of_years(name: str, rows: pd.DataFrame) -> str:
    """Return whether a spy pixel has become more common in the mail called `name`.

    Parameters
    ----------
    rows
        One row a year: ``year``, ``share``, ``low``, ``high`` and ``n_messages``; the first and the last year with a
        share are compared.
    """
    known = rows.dropna(subset=["share"]).sort_values("year")
    if len(known) < 2:
        n_years = rows["year"].nunique()
        why = "it is of one year" if n_years == 1 else "no two years have enough of it" if n_years else "there is none"
        return f"{name}: it cannot be said, because {why}."
    first, last = known.iloc[0], known.iloc[-1]
    low, high = difference(first, last)
    said = "yes" if low > 0 else "no, it has become rarer" if high < 0 else "it cannot be said"
    ends = [
        f"{with_interval(row)} of {int(row['n_messages']):,} in {int(row['year'])}"
        for row in (first.to_dict(), last.to_dict())
    ]
    why = "" if low > 0 or high < 0 else ", and the difference may be nothing"
    return f"{name}: {said}; {ends[0]}, {ends[1]}{why}."


def of_halves(name: str, halves: Mapping[str, Any]) -> str:
    """Return whether what is rare in every year has become more common, from the earlier and the later years.

    Parameters
    ----------
    halves
        ``years``: the earlier and the later ones, in words; ``before`` and ``after``: the messages with a spy pixel
        and all messages; ``low`` and ``high``: the interval of how many times the earlier share the later one is.
    """
    (a, of_a), (b, of_b) = halves["before"], halves["after"]
    said = "yes" if halves["low"] > 1 else "no, it has become rarer" if halves["high"] < 1 else "it cannot be said"
    early, late = halves["years"]
    times = f"{halves['low']:.1f} to {halves['high']:.1f} times the share"
    return (
        f"{name}: {said}; a spy pixel is rare in every year, {a:,} of {of_a:,} messages of {early} and {b:,} of "
        f"{of_b:,} of {late}, which is {times}."
    )


def of_snapshots(name: str, rows: pd.DataFrame) -> str:
    """Return that snapshots of different mail show no trend, with the share of each: rows as for :func:`of_years`."""
    shown = [f"{with_interval(row)} in {int(row['year'])}" for row in rows.dropna(subset=["share"]).to_dict("records")]
    return f"{name}: it cannot be said, because each snapshot is of different mail: {', '.join(shown)}."


def of_collections(name: str, early: pd.DataFrame, late: pd.DataFrame, *, n_overlap: int, n_fixed: int) -> str:
    """Return whether the later collections have more than the earlier ones.

    Parameters
    ----------
    early, late
        Rows as for :func:`of_years`, of the earlier and of the later collections.
    n_overlap, n_fixed
        How many of the later shares at a fixed mix of kinds have an interval that overlaps that of an earlier one, and
        how many such shares there are.
    """
    is_more = early["high"].max() < late["low"].min()
    runs = [f"{percent(rows['share'].min())} to {percent(rows['share'].max())}" for rows in (early, late)]
    years = int(early["year"].max()), int(late["year"].min())
    fixed = f"with the mix of kinds held fixed, {n_overlap} of {n_fixed} later intervals overlap an earlier one"
    return (
        f"{name}: {'yes' if is_more else 'it cannot be said'}; {runs[0]} hold a spy pixel in the collections up to "
        f"{years[0]}, and {runs[1]} in those from {years[1]} on, but {fixed}, and the collections differ."
    )


def no_years(messages: pd.DataFrame, what: str) -> str:
    """Return why there is no `what` by year, and what would bring it."""
    years = messages["year"].dropna().unique()
    why = "no message has a date that can be read" if not len(years) else f"all of this mail is of {int(years[0])}"
    if messages.empty:
        why = "there is no such mail here"
    return f"There is no {what} by year, because {why}. Mail of two years or more would bring it."


def span(years: pd.Series[Any]) -> str:
    """Return the years from first to last, or the only one; empty where there is none.

    >>> span(pd.Series([2026, 2025, None])), span(pd.Series([2019]))
    ('2025-2026', '2019')
    """
    known = years.dropna()
    return "-".join(dict.fromkeys(str(int(year)) for year in (known.min(), known.max()))) if len(known) else ""


def of_turnover(writers: pd.DataFrame, stayed: Mapping[str, Any] | None = None) -> str:
    """Return what changed in who writes: from :func:`.who_writes`, and for the senders of both ends from `stayed`.

    Parameters
    ----------
    stayed
        ``n_senders``, and ``first`` and ``last``: pairs of the messages with a spy pixel, and all messages, that the
        senders who wrote in the first and in the last year sent then.
    """
    if writers.empty:
        return "There is no mail with a date here to follow."
    if len(writers) < 2:
        return "All of it is of one year, so nothing can be said of who came and went."
    first, last = writers.iloc[0], writers.iloc[-1]
    n_new, n = int(writers["n_new"].sum()), int(first["n_senders"])
    ends = int(first["year"]), int(last["year"])
    text = f"Who writes has changed: to the {counted(n, 'sender')} of {ends[0]}, {n_new:,} more came until {ends[1]}."
    if not n_new:
        text = f"Nobody new wrote after {ends[0]}."
    if not stayed:
        return text
    if not stayed["n_senders"]:
        return f"{text} No sender wrote in both years."
    (a, of_a), (b, of_b) = stayed["first"], stayed["last"]
    return (
        f"{text} {counted(stayed['n_senders'], 'sender')} wrote in both: {a:,} of their {of_a:,} messages held a spy "
        f"pixel in {ends[0]}, and {b:,} of {of_b:,} in {ends[1]}."
    )
