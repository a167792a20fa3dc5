"""Shares as rows of the report's figures: a dot with its interval on a line from 0 to 100."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pixelstudy.corpora.catalogue import corpora
from pixelstudy.measure.shares import percent
from pixelstudy.reporting.timeline import Year

__all__ = ["Mark", "beside", "by_year", "ends", "mark"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of a figure: a share with its interval, on a line from 0 to 100."""

    label: str
    """Its name."""

    note: str
    """A smaller line below it."""

    group: str
    """What decides the colour: ``mine``, ``public``, ``published``, ``ours``, ``peer``, ``list``."""

    value: str
    """The share in words, or the counts if it was refused."""

    detail: str = ""
    """The counts and the interval in words, or that there is too little mail."""

    dot: float | None = None
    """The place of the dot, 0..100."""

    low: float | None = None
    """The start of the interval."""

    high: float | None = None
    """Its end."""

    ring: float | None = None
    """The place of the open dot: each sender counted once."""

    cells: tuple[str, ...] = ()
    """Further cells of its row in the table below the figure."""


def beside(share: Mapping[str, Any], findings: Mapping[str, Any], *, what: str, published: Path) -> list[Mark]:
    """Return marks of this mailbox, the public corpora and published figures, largest share first."""
    titles = {corpus.name: corpus.title for corpus in corpora()}
    marks = [
        mark(share, "This mailbox", f"{what}, with HTML", "mine", cells=("our definition, with HTML", "this report"))
    ]
    for name, found in findings.get("03-compare-senders", {}).get("corpora", {}).items():
        if found["share"] is not None:
            label, _, note = titles.get(name, name).partition(": ")
            cells = ("our definition, with HTML", "this study, public mail")
            marks.append(mark(found, label, note, "public", cells=cells))
    if published.exists():
        for row in pd.read_csv(published).to_dict("records"):
            at = 100 * float(row["share"])
            cells = (f"{row['population']}; {row['definition']}", str(row["source"]))
            marks.append(Mark(row["short"], row["population"], "published", f"{at:.0f} %", dot=at, cells=cells))
    return sorted(marks, key=lambda mark: -1.0 if mark.dot is None else mark.dot, reverse=True)


def mark(row: Mapping[Any, Any], label: str, note: str, group: str, *, cells: tuple[str, ...] = ()) -> Mark:
    """Return the mark of a row of :func:`~pixelstudy.measure.prevalence.prevalence`, or of the findings."""
    counts = f"{row['n_with']:,} of {row['n_messages']:,}" if "n_with" in row else f"of {row['n_messages']:,}"
    if pd.isna(row["share"]):
        return Mark(label, note, group, counts, "too few for a share", cells=cells)
    share, low, high = (100 * float(row[name]) for name in ("share", "low", "high"))
    once = row.get("sender_share")
    ring = None if once is None or pd.isna(once) else round(100 * float(once), 2)
    return Mark(
        label, note, group, percent(share / 100), f"{counts}, {ends(low / 100, high / 100)}",
        round(share, 2), round(low, 2), round(high, 2), ring, cells,
    )  # fmt: skip


def ends(low: float, high: float) -> str:
    """Return the ends of an interval in words, with as many decimals as tell them apart.

    >>> ends(0.4, 0.61), ends(0.001, 0.004), ends(0, 0.0001)
    ('40 % to 61 %', '0.1 % to 0.4 %', 'under 0.1 %')
    """
    for digits in (0, 1):
        said = [f"{100 * end:.{digits}f} %" for end in (low, high)]
        if said[0] != said[1]:
            return " to ".join(said)
    return "under 0.1 %" if high < 0.5 else "over 99.9 %" if low > 0.999 else f"near {said[0]}"


def by_year(table: pd.DataFrame, years: Sequence[Year]) -> list[Mark]:
    """Return a mark for each of `years`, from a table of shares by year; its note says who wrote."""
    rows = {row["year"]: row for row in table.to_dict("records") if not pd.isna(row["year"])}
    return [mark(rows[year.year], str(year.year), _writers(year), "mine") for year in years]


def _writers(year: Year) -> str:
    senders = f"{year.n_senders:,} sender{'' if year.n_senders == 1 else 's'}"
    return senders if year.n_new is None else f"{senders}, {year.n_new:,} of them new"
