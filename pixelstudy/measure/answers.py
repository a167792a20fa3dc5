"""The answers under the titles of the notebooks, in words, computed from the tables that they are about.

Each is true of public mail and of anybody's own mailbox. Where there is too little mail, the answer says so.
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
"""How far leaving out the largest sender must move a share, for that sender to make the figure."""


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

    The answer is bold; the numbers behind it follow. `row` is one of :func:`.busiest_sender`.
    """
    who = f"{row['n_senders_with']:,} of {row['n_senders']:,} senders put a spy pixel into at least one message"
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
    verdict = "no one busy sender makes the figure" if abs(apart) < _MAKES else points
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
        return f"Impossible to say: no company can be named in the {counted(n_with, 'message')} with a spy pixel."
    first = named.iloc[0].to_dict()
    are = counted(len(named), "company is", "companies are")
    text = f"{are} named in {counted(n_with, 'message')} with a spy pixel. {first['vendor']} "
    text += f"({first['vendor_kind'].replace('_', ' ')}) is told of {first['n_with']:,} of {first['n_messages']:,} "
    text += "messages with HTML"
    if pd.notna(first["share"]):
        text += f", {with_interval(first)}"
    is_open = len(named) > 1 and not named["high"].iloc[1] < first["low"]
    text += ", but it is impossible to say which company is told of most." if is_open else "."
    n_of = shares[shares["vendor_kind"].isna()].set_index("vendor")["n_with"]
    others = {LOOKALIKE: "a pixel that only looks like a company's", UNKNOWN: "a pixel of no known company"}
    rest = [f"{what} is in {counted(n_of[name], 'message')}" for name, what in others.items() if n_of.get(name, 0)]
    text += f" {', and '.join(rest).capitalize()}." if rest else ""
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
        why = "it is all from one year" if n_years else "there is no such mail"
        why = "no two years have enough of it" if n_years > 1 else why
        return f"{name}: impossible to say, because {why}."
    first, last = known.iloc[0], known.iloc[-1]
    low, high = difference(first, last)
    said = "yes" if low > 0 else "no, it has become rarer" if high < 0 else "impossible to say"
    ends = [
        f"{with_interval(row)} of {int(row['n_messages']):,} in {int(row['year'])}"
        for row in (first.to_dict(), last.to_dict())
    ]
    why = "" if low > 0 or high < 0 else ", and the difference may be chance"
    return f"{name}: {said}; {ends[0]}, {ends[1]}{why}."


def of_halves(name: str, halves: Mapping[str, Any]) -> str:
    """Return whether what is rare in every year has become more common, from the earlier and the later years.

    Parameters
    ----------
    halves
        ``years``: the earlier and the later ones, in words; ``before`` and ``after``: the messages with a spy pixel
        and all messages; ``low`` and ``high``: the interval of the ratio of the later share to the earlier.
    """
    (a, of_a), (b, of_b) = halves["before"], halves["after"]
    said = "yes" if halves["low"] > 1 else "no, it has become rarer" if halves["high"] < 1 else "impossible to say"
    early, late = halves["years"]
    times = f"{halves['low']:.1f} to {halves['high']:.1f} times the earlier"
    return (
        f"{name}: {said}; spy pixels are rare in every year: {a:,} of {of_a:,} messages hold one in {early}, and "
        f"{b:,} of {of_b:,} in {late}. The later share is {times} (95 % interval)."
    )


def of_snapshots(name: str, rows: pd.DataFrame) -> str:
    """Return that snapshots of different mail show no trend, with the share of each: rows as for :func:`of_years`."""
    shown = [f"{with_interval(row)} in {int(row['year'])}" for row in rows.dropna(subset=["share"]).to_dict("records")]
    return f"{name}: impossible to say, because each snapshot is of different mail: {', '.join(shown)}."


def of_collections(name: str, early: pd.DataFrame, late: pd.DataFrame, *, n_overlap: int, n_fixed: int) -> str:
    """Return whether the later collections have more than the earlier ones.

    Parameters
    ----------
    early, late
        Rows as for :func:`of_years`, of the earlier and of the later collections.
    n_overlap, n_fixed
        How many later shares at a fixed mix of kinds have an interval that overlaps an earlier one's, and of how many.
    """
    is_more = early["high"].max() < late["low"].min()
    runs = [f"{percent(rows['share'].min())} to {percent(rows['share'].max())}" for rows in (early, late)]
    years = int(early["year"].max()), int(late["year"].min())
    fixed = f"with the mix of kinds held fixed, {n_overlap} of {n_fixed} later intervals overlap an earlier one"
    return (
        f"{name}: {'yes' if is_more else 'impossible to say'}; {runs[0]} hold a spy pixel in the collections up to "
        f"{years[0]}, and {runs[1]} in those from {years[1]} on, but {fixed}, and each collection is of different spam."
    )


def no_years(messages: pd.DataFrame, what: str) -> str:
    """Return why there is no `what` by year, and what would bring it."""
    years = messages["year"].dropna().unique()
    why = "no message has a date that can be read" if not len(years) else f"all of this mail is from {int(years[0])}"
    if messages.empty:
        why = "there is no such mail here"
    return f"There is no {what} by year, because {why}. Mail from two years or more would bring one."


def span(years: pd.Series[Any]) -> str:
    """Return the years from first to last, or the only one; empty where there is none.

    >>> span(pd.Series([2026, 2025, None])), span(pd.Series([2019]))
    ('2025-2026', '2019')
    """
    known = years.dropna()
    return "-".join(dict.fromkeys(str(int(year)) for year in (known.min(), known.max()))) if len(known) else ""


def of_turnover(writers: pd.DataFrame, stayed: Mapping[str, Any] | None = None) -> str:
    """Return how the senders changed, and what those who wrote in the first and in the last year sent then.

    `writers` is what :func:`.who_writes` returns.

    Parameters
    ----------
    stayed
        ``n_senders``, and ``first`` and ``last``: pairs of the messages with a spy pixel, and all messages, that the
        senders who wrote in the first and in the last year sent then.
    """
    if writers.empty:
        return "There is no mail with a date here to follow."
    if len(writers) < 2:
        return "All of it is from one year, so who came and went cannot be seen."
    first, last = writers.iloc[0], writers.iloc[-1]
    n_new, n = int(writers["n_new"].sum()), int(first["n_senders"])
    ends = int(first["year"]), int(last["year"])
    text = f"Who writes has changed: {n_new:,} more joined the {counted(n, 'sender')} of {ends[0]} by {ends[1]}."
    if not n_new:
        text = f"Nobody new wrote after {ends[0]}."
    if not stayed:
        return text
    if not stayed["n_senders"]:
        return f"{text} No sender wrote in both years."
    (a, of_a), (b, of_b) = stayed["first"], stayed["last"]
    return (
        f"{text} {counted(stayed['n_senders'], 'sender')} wrote in both years. Of their messages, {a:,} of {of_a:,} "
        f"held a spy pixel in {ends[0]}, and {b:,} of {of_b:,} in {ends[1]}."
    )
