"""The years of one mailbox: how many messages had a spy pixel, who wrote, and who was new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

__all__ = ["Both", "Cell", "Year", "by_sender_and_year", "wrote_in_both", "years_of"]


@dataclass(frozen=True, slots=True)
class Year:
    """One year of a mailbox. Counts are of messages with HTML."""

    year: int
    """The year."""

    n_messages: int
    """Its messages."""

    n_spied: int
    """Those with a spy pixel."""

    n_senders: int
    """The senders that wrote."""

    n_new: int | None
    """Those of them that had not written in a year before; None in the first year."""


@dataclass(frozen=True, slots=True)
class Both:
    """The senders that wrote in the first and in the last year, and what they sent in each."""

    n_senders: int
    """How many there are."""

    first: Year
    """Their messages of the first year."""

    last: Year
    """Their messages of the last."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One sender in one year."""

    n_messages: int
    """Its messages with HTML."""

    n_spied: int
    """Those with a spy pixel."""

    @property
    def level(self) -> int:
        """The quarter that the share falls into: 0 for none at all, then 1 to 4."""
        return -(-4 * self.n_spied // self.n_messages)


def years_of(messages: pd.DataFrame, *, fewest: int = 1) -> list[Year]:
    """Return the years that have at least `fewest` messages, in order; messages without a year are left out."""
    began = messages.groupby("sender_site")["year"].min()
    found: list[Year] = []
    for year in sorted(messages["year"].dropna().astype(int).unique()):
        of = messages[messages["year"] == year]
        senders = of["sender_site"].dropna().unique()
        n_new = int((began[senders] == year).sum()) if found else None
        found.append(Year(int(year), len(of), int((of["n_spy_pixel"] > 0).sum()), len(senders), n_new))
    return [year for year in found if year.n_messages >= fewest]


def wrote_in_both(messages: pd.DataFrame, years: Sequence[Year]) -> Both | None:
    """Return the senders of both the first and the last of `years`; None with one year, or where there are none."""
    if len(years) < 2:
        return None
    first, last = (messages[messages["year"] == year.year] for year in (years[0], years[-1]))
    both = set(first["sender_site"].dropna()) & set(last["sender_site"].dropna())
    if not both:
        return None
    (then,), (now,) = (years_of(of[of["sender_site"].isin(both)]) for of in (first, last))
    return Both(len(both), then, now)


def by_sender_and_year(
    messages: pd.DataFrame, senders: Sequence[str], years: Sequence[Year]
) -> list[tuple[str, list[Cell | None]]]:
    """Return a row for each of `senders`: its name, and a cell for each of `years`, None where it did not write."""
    of = messages[messages["sender_site"].isin(senders) & messages["year"].notna()]
    keys = [of["sender_site"], of["year"]]
    n, n_spied = of.groupby(keys).size(), (of["n_spy_pixel"] > 0).groupby(keys).sum()
    cells = {key: Cell(int(n[key]), int(n_spied[key])) for key in n.index}
    return [(sender, [cells.get((sender, year.year)) for year in years]) for sender in senders]
