"""The share of messages that have a spy pixel, from counts by sender: one share, or a column of them at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pixelstudy.errors import UserError
from pixelstudy.measure.intervals import N_RESAMPLES, SEED, Codes, Estimate, Flags, Floats, estimate, joined

__all__ = [
    "MIN_MESSAGES",
    "MIN_SENDERS",
    "Rules",
    "Share",
    "cluster_bootstrap",
    "column_shares",
    "mixed_share",
    "sender_codes",
    "tally",
]

MIN_MESSAGES = 30
"""Fewer messages give no share: even independent ones would leave a half uncertain by 17 points each way."""

MIN_SENDERS = 5
"""Fewer senders give no share: below it the t quantile passes 3, and how senders differ is a guess."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of messages with its interval, and beside it the share with each sender counted once."""

    n_messages: int
    """The denominator."""

    n_with: int
    """Messages that have a spy pixel."""

    share: float
    """`n_with` / `n_messages`, or the standardised share, in 0..1; NaN when refused."""

    low: float
    """Lower end of the interval."""

    high: float
    """Upper end of the interval."""

    n_senders: int
    """Senders among the messages; a message without one counts as a sender of its own."""

    sender_share: float
    """The mean over senders of each one's own share; NaN when refused, and for the share of one sender."""

    sender_low: float
    """Lower end of its interval."""

    sender_high: float
    """Upper end of its interval."""

    method: str
    """What made the interval, or why there is none."""

    level: float = 0.95
    """Nominal coverage of the intervals."""

    definition: str = ""
    """The name of the definition, where the caller gave one."""

    @property
    def is_refused(self) -> bool:
        """Whether there were too few messages or senders to give a share."""
        return math.isnan(self.share)

    def as_dict(self) -> dict[str, int | float | str | None]:
        """Return the fields by name, for JSON: missing numbers are None."""
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(self).items()}


class Rules(NamedTuple):
    """How shares are worked out, and when they are refused."""

    n_resamples: int
    seed: int
    level: float
    definition: str
    min_messages: int = 0
    min_senders: int = 0


def cluster_bootstrap(
    has: pd.Series[bool] | Flags,
    cluster: pd.Series[Any] | npt.NDArray[Any],
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
    level: float = 0.95,
    definition: str = "",
) -> Share:
    """Return the share of `has` and its interval, from resampling senders with replacement.

    A sender is drawn whole, with all its messages (Davison & Hinkley 1997, 3.8; Field & Welsh 2007). Senders
    with the same counts are drawn together, by one multinomial number: the same bootstrap, and a result that
    depends neither on names nor on the order of rows. No floor is applied here.

    Where a bootstrap has nothing to say:

    - no message has a pixel, or every one: senders are taken to be all or none, so the interval is Wilson's on
      the effective number of senders, (sum n)^2 / sum n^2. For 20 equal senders, none with a pixel, it ends at
      0.18; the rule of three over senders says 0.15;
    - one sender: likewise, so the interval is nearly 0 to 1;
    - senders more alike than chance: never narrower than for as many independent messages;
    - each message its own sender: plain Wilson, and `method` says so.

    Parameters
    ----------
    has
        One boolean a message.
    cluster
        The sender of each message, in the same order; a missing one makes the message a sender of its own.

    Examples
    --------
    >>> found = cluster_bootstrap(np.array([1, 1, 1, 1, 0, 0], bool), np.array(list("aaaabb")))
    >>> round(found.share, 3), found.sender_share, found.method
    (0.667, 0.5, 'bootstrap over 2 senders')
    """
    flags = np.asarray(has, dtype=bool)
    if len(flags) == 0 or len(flags) != len(cluster):
        raise UserError(f"{len(flags)} messages and {len(cluster)} senders: give each message one sender")
    _, _, n, n_with = tally(np.zeros(len(flags), np.int64), sender_codes(pd.Series(cluster)), flags)
    return mixed_share(n[:, None], n_with[:, None], Rules(n_resamples, seed, level, definition))


def sender_codes(cluster: pd.Series[Any]) -> Codes:
    """Return a number from 0 for the sender of each message; a missing sender is one of its own."""
    codes = pd.factorize(cluster)[0].astype(np.int64)
    alone = codes < 0
    codes[alone] = np.arange(alone.sum()) + codes.max(initial=-1) + 1
    return codes


def tally(group: Codes, sender: Codes, flags: Flags) -> tuple[Codes, Codes, Floats, Floats]:
    """Return group, sender, messages and messages with a pixel of every pair there is, sorted by group."""
    n_senders = int(sender.max(initial=0)) + 1
    pair, keys = pd.factorize(group * n_senders + sender)
    n, n_with = np.bincount(pair).astype(float), np.bincount(pair, weights=flags).astype(float)
    order = np.argsort(keys // n_senders, kind="stable")
    return keys[order] // n_senders, keys[order] % n_senders, n[order], n_with[order]


def mixed_share(n: Floats, n_with: Floats, rules: Rules, *, mix: Mapping[Any, float] | None = None) -> Share:
    """Return one share from counts of shape (senders, strata), the strata weighted as `mix` says."""
    mix = mix or {"all": 1.0}
    counts = int(n.sum()), int(n_with.sum())
    refusal = _refusal(n, mix, rules)
    if refusal:
        return _refused(counts, len(n), refusal, rules)
    found = estimate(n, n_with, level=rules.level, n_resamples=rules.n_resamples, seed=rules.seed)
    weights = np.array(list(mix.values()))
    by_message, by_sender = (joined(weights, found.shares[way], found.ends[way], found.draws[:, way]) for way in (0, 1))
    method = found.method(slice(None))
    if len(mix) > 1:
        method += f", mixed as {', '.join(f'{name} {weight:.3g}' for name, weight in mix.items())}"
    return Share(*counts, *by_message, len(n), *by_sender, method, rules.level, rules.definition)


def column_shares(n: Floats, n_with: Floats, rules: Rules) -> list[Share]:
    """Return one share a column of `n_with`, shape (senders, columns), of the same `n` messages a sender.

    The senders are drawn once for all columns: each has the interval it would have alone, to within the noise of
    the draws.
    """
    counts = [(int(n.sum()), int(count)) for count in n_with.sum(axis=0)]
    refusal = _refusal(n[:, None], {"all": 1.0}, rules)
    if refusal:
        return [_refused(count, len(n), refusal, rules) for count in counts]
    found = estimate(n[:, None], n_with, level=rules.level, n_resamples=rules.n_resamples, seed=rules.seed)
    return [
        Share(
            *count,
            *_numbers(found, 0, column),
            len(n),
            *_numbers(found, 1, column),
            found.method(slice(column, column + 1)),
            rules.level,
            rules.definition,
        )
        for column, count in enumerate(counts)
    ]


def _numbers(found: Estimate, way: int, column: int) -> tuple[float, float, float]:
    low, high = found.ends[way, column]
    return float(found.shares[way, column]), float(low), float(high)


def _refused(counts: tuple[int, int], n_senders: int, refusal: str, rules: Rules) -> Share:
    nan = (math.nan,) * 3
    return Share(*counts, *nan, n_senders, *nan, refusal, rules.level, rules.definition)


def _refusal(n: Floats, mix: Mapping[Any, float], rules: Rules) -> str:
    for found, floor, what in (
        (n.sum(axis=0), max(rules.min_messages, 1), "messages"),
        ((n > 0).sum(axis=0), rules.min_senders, "senders"),
    ):
        short = [str(name) for name, count in zip(mix, found, strict=True) if count < floor]
        if short:
            return f"refused: under {floor} {what}" + (f" of {', '.join(short)}" if len(mix) > 1 else "")
    return ""
