"""The years of one mailbox: how many messages had a spy pixel, who wrote, and who was new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

__all__ = ["Cell", "Year", "cells_of", "years_of"]


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


def cells_of(
    messages: pd.DataFrame, senders: Sequence[str], years: Sequence[Year]
) -> list[tuple[str, list[Cell | None]]]:
    """Return a row for each of `senders`: its name, and a cell for each of `years`, None where it did not write."""
    of = messages[messages["sender_site"].isin(senders) & messages["year"].notna()]
    keys = [of["sender_site"], of["year"]]
    n, n_spied = of.groupby(keys).size(), (of["n_spy_pixel"] > 0).groupby(keys).sum()
    cells = {key: Cell(int(n[key]), int(n_spied[key])) for key in n.index}
    return [(sender, [cells.get((sender, year.year)) for year in years]) for sender in senders]
