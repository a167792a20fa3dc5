"""The numbers that summary and report share: what was read, what is measured, and the headline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pixelstudy.extraction.whose import told_apart
from pixelstudy.measure.comparisons import share_of
from pixelstudy.measure.definitions import HEADLINE
from pixelstudy.measure.denominators import MEASURED
from pixelstudy.tables import KINDS, POPULATIONS

__all__ = ["Account", "account_of", "headline", "measured_html", "with_spam"]


@dataclass(frozen=True, slots=True)
class Account:
    """What became of everything that was read, in numbers of messages; names without any are left out.

    `skipped` is by reason, and `stripped` by the service that had removed trackers, most frequent first. What is
    measured has `kinds`, `n_html` and `years` (the first and the last, or the only one).
    """

    n_kept: int
    n_copies: int
    n_skipped: int
    skipped: Mapping[str, int]
    populations: Mapping[str, int]
    n_measured: int
    kinds: Mapping[str, int]
    n_html: int
    years: tuple[int, ...]
    stripped: Mapping[str, int]

    @property
    def n_read(self) -> int:
        """Everything that was read."""
        return self.n_kept + self.n_copies + self.n_skipped


def account_of(
    messages: pd.DataFrame, skipped: pd.Series[str], populations: Sequence[str], *, fewest: int = 1
) -> Account:
    """Return the account of a run, from its messages and the reason of each row that was skipped.

    `populations` are what is measured; years with fewer than `fewest` messages are left out.
    """
    measured = messages[messages["population"].isin(populations)]
    counts = measured["year"].value_counts()
    years = counts.index[counts >= fewest]
    return Account(
        n_kept=len(messages),
        n_copies=int(messages["n_duplicates"].sum()),
        n_skipped=len(skipped),
        skipped=_counts(skipped),
        populations=_counts(messages["population"], POPULATIONS),
        n_measured=len(measured),
        kinds=_counts(measured["kind"], KINDS),
        n_html=int(measured["has_html"].sum()),
        years=tuple(dict.fromkeys((int(years.min()), int(years.max())))) if len(years) else (),
        stripped=_counts(messages["stripper"].dropna()),
    )


def measured_html(messages: pd.DataFrame, populations: Sequence[str]) -> tuple[pd.DataFrame, pd.Series[bool]]:
    """Return the messages with HTML of `populations`, their senders told apart, and whether each has a spy pixel."""
    chosen = told_apart(messages[messages["population"].isin(populations) & messages["has_html"]])
    return chosen, (chosen["n_spy_pixel"] > 0).astype(bool)


def headline(messages: pd.DataFrame, populations: Sequence[str]) -> dict[str, Any]:
    """Return the share of messages with HTML that have a spy pixel: a row of :func:`.prevalence`, by name."""
    share = share_of(*measured_html(messages, populations), definition=HEADLINE)
    return {str(name): value for name, value in share.items()}


def with_spam(messages: pd.DataFrame, populations: Sequence[str], share: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the headline with spam counted too; None if that is the same share, or if `populations` are chosen."""
    if populations != MEASURED:
        return None
    both = headline(messages, [*populations, "spam"])
    return None if both["is_refused"] or both["n_messages"] == share["n_messages"] else both


def _counts(values: pd.Series[str], order: Sequence[str] | None = None) -> dict[str, int]:
    """Return how often each value occurs: in `order`, or most frequent first."""
    counts = {str(name): int(n) for name, n in values.value_counts().items()}
    return counts if order is None else {name: counts[name] for name in order if name in counts}
