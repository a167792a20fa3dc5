"""The share of messages that have a spy pixel, with its interval, from counts by sender."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pixelstudy.errors import UserError
from pixelstudy.measure.intervals import N_RESAMPLES, SEED, Codes, Estimate, Flags, Floats, estimate, joined

__all__ = [
    "MIN_MESSAGES",
    "MIN_SENDERS",
    "RULES",
    "Rules",
    "Share",
    "cluster_bootstrap",
    "column_shares",
    "mixed_share",
    "percent",
    "sender_codes",
    "tally",
    "weights_of",
]

MIN_MESSAGES = 30
"""With fewer messages no share is given: a share of one half would be uncertain by 17 points either way."""

MIN_SENDERS = 5
"""With fewer senders no share is given: the t quantile passes 3, and how much senders differ is a guess."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of messages with its interval, and the share with each sender counted once."""

    n_messages: int
    """The denominator."""

    n_with: int
    """Messages that have a spy pixel."""

    share: float
    """`n_with` / `n_messages`, or the standardised share, 0..1; NaN when refused."""

    low: float
    """Lower end of the interval."""

    high: float
    """Upper end of the interval."""

    n_senders: int
    """Different senders; a message without a sender counts as one of its own."""

    sender_share: float
    """The mean of the senders' own shares; NaN when refused, and for a single sender."""

    sender_low: float
    """Lower end of its interval."""

    sender_high: float
    """Upper end of its interval."""

    method: str
    """How the interval was made, or why no interval is given."""

    level: float = 0.95
    """Nominal coverage of the intervals."""

    definition: str = ""
    """The name of the definition, if the caller gave one."""

    @property
    def is_refused(self) -> bool:
        """Whether there were too few messages or senders to give a share."""
        return math.isnan(self.share)

    def as_dict(self) -> dict[str, int | float | str | None]:
        """Return the fields by name, for JSON: a missing number is None."""
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(self).items()}


class Rules(NamedTuple):
    """How shares are estimated, and when they are refused."""

    min_messages: int = MIN_MESSAGES
    """With fewer messages no share is given."""

    min_senders: int = MIN_SENDERS
    """With fewer senders no share is given."""

    level: float = 0.95
    """Nominal coverage of the intervals."""

    n_resamples: int = N_RESAMPLES
    """Draws of the bootstrap."""

    seed: int = SEED
    """The seed of the draws."""


RULES = Rules()
"""The rules of the study."""


def cluster_bootstrap(
    has: pd.Series[bool] | Flags,
    cluster: pd.Series[Any] | npt.NDArray[Any],
    *,
    definition: str = "",
    rules: Rules = RULES,
) -> Share:
    """Return the share of `has` and its interval, from resampling senders with replacement.

    A sender is drawn with all its messages (Davison & Hinkley 1997, 3.8; Field & Welsh 2007). Senders with the same
    counts are drawn together, as one multinomial number: this is the same bootstrap, and its result depends neither
    on names nor on the order of rows. A share is never refused here, however few messages there are.

    Special cases:

    - All messages have a pixel, or none has: the interval is Wilson's on the effective number of senders,
      (sum n)^2 / sum n^2. For 20 equal senders without a pixel it ends at 0.18; the rule of three gives 0.15.
    - There is one sender: likewise, so the interval runs from nearly 0 to nearly 1.
    - Senders are more alike than chance: the interval is never narrower than for as many independent messages.
    - Every message has a different sender: plain Wilson, and `method` says so.

    Parameters
    ----------
    has
        One boolean a message.
    cluster
        The sender of each message, in the same order; a message without one counts as a sender of its own.

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
    share = mixed_share(n[:, None], n_with[:, None], rules._replace(min_messages=0, min_senders=0))
    return replace(share, definition=definition)


def sender_codes(cluster: pd.Series[Any]) -> Codes:
    """Return the number, from 0, of each message's sender; a missing sender gets a number of its own."""
    codes = pd.factorize(cluster)[0].astype(np.int64)
    alone = codes < 0
    codes[alone] = np.arange(alone.sum()) + codes.max(initial=-1) + 1
    return codes


def tally(group: Codes, sender: Codes, flags: Flags) -> tuple[Codes, Codes, Floats, Floats]:
    """Return every pair of group and sender with its messages and those with a pixel, sorted by group."""
    n_senders = int(sender.max(initial=0)) + 1
    pair, keys = pd.factorize(group * n_senders + sender)
    n, n_with = np.bincount(pair).astype(float), np.bincount(pair, weights=flags).astype(float)
    order = np.argsort(keys // n_senders, kind="stable")
    return keys[order] // n_senders, keys[order] % n_senders, n[order], n_with[order]


def mixed_share(n: Floats, n_with: Floats, rules: Rules, *, mix: Mapping[Any, float] | None = None) -> Share:
    """Return one share from counts of shape (senders, strata), with the strata weighted by `mix`."""
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
    return Share(*counts, *by_message, len(n), *by_sender, method, rules.level)


def weights_of(mix: Mapping[Any, float]) -> dict[Any, float]:
    """Return the weights above 0, divided by their sum; refuse a mix that has none, or one below 0."""
    total = sum(mix.values())
    if not (math.isfinite(total) and total > 0 and min(mix.values()) >= 0):
        raise UserError(f"weights {dict(mix)} make no mix: give numbers of 0 or more, not all 0")
    return {name: weight / total for name, weight in mix.items() if weight > 0}


def column_shares(n: Floats, n_with: Floats, rules: Rules) -> list[Share]:
    """Return a share for each column of `n_with`, of shape (senders, columns), out of `n` messages of each sender.

    The columns share one set of draws; each gets the interval it would have alone, up to the noise of the draws.
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
        )
        for column, count in enumerate(counts)
    ]


def _numbers(found: Estimate, way: int, column: int) -> tuple[float, float, float]:
    low, high = found.ends[way, column]
    return float(found.shares[way, column]), float(low), float(high)


def _refused(counts: tuple[int, int], n_senders: int, refusal: str, rules: Rules) -> Share:
    nan = (math.nan,) * 3
    return Share(*counts, *nan, n_senders, *nan, refusal, rules.level)


def _refusal(n: Floats, mix: Mapping[Any, float], rules: Rules) -> str:
    for found, floor, what in (
        (n.sum(axis=0), max(rules.min_messages, 1), "messages"),
        ((n > 0).sum(axis=0), rules.min_senders, "senders"),
    ):
        short = [str(name) for name, count in zip(mix, found, strict=True) if count < floor]
        if short:
            return f"refused: under {floor} {what}" + (f" of {', '.join(short)}" if len(mix) > 1 else "")
    return ""


def percent(share: float) -> str:
    """Return a share as per cent, with a decimal below ten.

    >>> percent(0.663), percent(0.041), percent(0)
    ('66 %', '4.1 %', '0 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.1f} %"
