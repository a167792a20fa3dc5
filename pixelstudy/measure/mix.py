"""Which inboxes reach two thirds: the share of messages with a spy pixel as a function of the mix of kinds.

HEY's figure (BBC, February 2021) is about all mail of personal accounts, spam left out; a corpus is one kind
of mail, or a mix of its own. With the share of each kind measured, the share of an inbox of x newsletters, y
automatic mail and 1 - x - y personal mail is linear in x and y, so the inboxes that reach a target lie on a
straight line across the triangle of mixes. Discussion lists have no corner of their own: leave them out, or
count them with a kind, before measuring.

A kind's share may be a number or a :class:`~pixelstudy.measure.prevalence.Share`. With ``end="low"`` or
``end="high"`` the lower or upper ends of all intervals are taken at once. The band between these two lines is
wider than an interval of the same level: not all kinds err the same way together. A number has no interval and
stands for both ends.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt

from pixelstudy.errors import UserError
from pixelstudy.measure.prevalence import Share

__all__ = [
    "KINDS",
    "TWO_THIRDS",
    "Mix",
    "MixGrid",
    "mix_grid",
    "mix_share",
    "newsletter_share_needed",
    "two_thirds_line",
]

KINDS = ("newsletter", "automatic", "personal")
"""The corners of the triangle of mixes."""

TWO_THIRDS = 2 / 3

End = Literal["share", "low", "high"]


@dataclass(frozen=True, slots=True)
class Mix:
    """How an inbox splits into kinds; the three add to 1."""

    newsletter: float
    """Share of newsletters, x of the figure."""

    automatic: float
    """Share of automatic mail, y of the figure."""

    personal: float
    """Share of personal mail, the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class MixGrid:
    """The share over a square grid of mixes, as matplotlib's contour takes it."""

    newsletter: npt.NDArray[np.float64]
    """x: shape (steps, steps), growing along the second axis."""

    automatic: npt.NDArray[np.float64]
    """y: shape (steps, steps), growing along the first axis."""

    share: npt.NDArray[np.float64]
    """The share of messages with a spy pixel; NaN where x + y passes 1."""


def mix_share(
    weights: Mapping[str, float], shares_by_kind: Mapping[str, float | Share], *, end: End = "share"
) -> float:
    """Return the share of messages with a spy pixel in an inbox mixed as `weights` say.

    Weights are by kind, any numbers of 0 or more; they are divided by their sum. A kind without one counts 0.

    Examples
    --------
    >>> round(mix_share({"newsletter": 3, "personal": 1}, {"newsletter": 0.8, "personal": 0.0}), 3)
    0.6
    """
    total = sum(weights.values())
    if not (math.isfinite(total) and total > 0 and min(weights.values()) >= 0):
        raise UserError(f"weights {dict(weights)} make no mix: give numbers of 0 or more, not all 0")
    return sum(weight / total * _share(shares_by_kind, kind, end) for kind, weight in weights.items() if weight > 0)


def two_thirds_line(
    shares_by_kind: Mapping[str, float | Share], *, target: float = TWO_THIRDS, end: End = "share"
) -> tuple[Mix, ...]:
    """Return the ends of the line of mixes whose share is `target`, the one with fewer newsletters first.

    Two mixes are the ends of the line; one means that only a corner has that share; none, that no mix has it;
    three, that every mix has it. All mixes between the ends have the same share.

    Raises
    ------
    UserError
        When a kind is missing, or its share is refused or outside 0..1.

    Examples
    --------
    >>> for mix in two_thirds_line({"newsletter": 0.8, "automatic": 0.4, "personal": 0.0}):
    ...     print(f"{mix.newsletter:.3f} {mix.automatic:.3f} {mix.personal:.3f}")
    0.667 0.333 0.000
    0.833 0.000 0.167
    """
    shares = [_share(shares_by_kind, kind, end) for kind in KINDS]
    corners = np.eye(3)
    points = [corner for corner, share in zip(corners, shares, strict=True) if share == target]
    for a, b in combinations(range(3), 2):
        if (shares[a] - target) * (shares[b] - target) < 0:
            along = (target - shares[a]) / (shares[b] - shares[a])
            points.append(corners[a] + along * (corners[b] - corners[a]))
    return tuple(sorted((Mix(*map(float, point)) for point in points), key=astuple))


def newsletter_share_needed(
    shares_by_kind: Mapping[str, float | Share],
    *,
    automatic_of_rest: float,
    target: float = TWO_THIRDS,
    end: End = "share",
) -> float:
    """Return the least share of newsletters with which an inbox reaches `target`; NaN when none does.

    The rest of the inbox splits as stated: `automatic_of_rest` of it is automatic, what remains is personal.
    0 means that the rest reaches the target by itself. Pixels being commoner at ``end="high"``, fewer
    newsletters are needed there: the range runs from ``end="high"`` to ``end="low"``.

    Examples
    --------
    >>> shares = {"newsletter": 0.8, "automatic": 0.4, "personal": 0.0}
    >>> round(newsletter_share_needed(shares, automatic_of_rest=0.5), 3)
    0.778
    """
    if not 0 <= automatic_of_rest <= 1:
        raise UserError(f"automatic_of_rest is {automatic_of_rest}: give the share of the rest, from 0 to 1")
    newsletter = _share(shares_by_kind, "newsletter", end)
    split = {"automatic": automatic_of_rest, "personal": 1 - automatic_of_rest}
    rest = mix_share(split, shares_by_kind, end=end)
    if rest >= target:
        return 0.0
    if newsletter < target:
        return math.nan
    return (target - rest) / (newsletter - rest)


def mix_grid(shares_by_kind: Mapping[str, float | Share], *, steps: int = 101, end: End = "share") -> MixGrid:
    """Return the share at `steps` x `steps` mixes, NaN outside the triangle, for a contour figure."""
    if steps < 2:
        raise UserError(f"a grid of {steps} steps has no area: give 2 or more")
    newsletter, automatic, personal = (_share(shares_by_kind, kind, end) for kind in KINDS)
    # In whole steps, so that the long side of the triangle is not lost to rounding.
    column, row = np.meshgrid(np.arange(steps), np.arange(steps))
    rest = steps - 1 - column - row
    share = (column * newsletter + row * automatic + rest * personal) / (steps - 1)
    return MixGrid(column / (steps - 1), row / (steps - 1), np.where(rest >= 0, share, np.nan))


def _share(shares_by_kind: Mapping[str, float | Share], kind: str, end: End) -> float:
    if kind not in shares_by_kind:
        raise UserError(f"no share for {kind}: give {', '.join(KINDS)}, from whatever corpora have them")
    given = shares_by_kind[kind]
    share = float(getattr(given, end)) if isinstance(given, Share) else float(given)
    if not 0 <= share <= 1:
        why = given.method if isinstance(given, Share) else "not within 0..1"
        raise UserError(f"the share for {kind} is {share} ({why}): take it from a corpus that has enough")
    return share
