"""Mixes: the share of an inbox that has a spy pixel, from the share of each kind of mail and how much of it there is.

HEY's figure (BBC, February 2021) is about all mail to personal accounts except spam; a corpus holds one kind of mail,
or a mix of its own. The share of each kind gives the share of any mix of kinds, and the mixes that reach two thirds.
Discussion lists are not a kind here: leave them out, or count them with another kind, before measuring.

The share of a kind is a number or a :class:`~pixelstudy.measure.shares.Share`. ``end="low"`` or ``end="high"`` takes
the lower or upper ends of all intervals at once; since the kinds do not all err in the same direction, the range
between the two is wider than an interval of the same level. A number has no interval and is used for both ends.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from pixelstudy.errors import UserError
from pixelstudy.measure.shares import Share, weights_of

__all__ = ["TWO_THIRDS", "End", "mix_share", "newsletter_share_needed"]

TWO_THIRDS = 2 / 3

End = Literal["share", "low", "high"]
"""Which number of a share is taken: itself, or an end of its interval."""


def mix_share(
    weights: Mapping[str, float], shares_by_kind: Mapping[str, float | Share], *, end: End = "share"
) -> float:
    """Return the share of messages with a spy pixel in an inbox mixed by `weights`.

    Weights are by kind, any numbers of 0 or more; they are divided by their sum. A kind without one counts 0.

    Examples
    --------
    >>> round(mix_share({"newsletter": 3, "personal": 1}, {"newsletter": 0.8, "personal": 0.0}), 3)
    0.6
    """
    return sum(weight * _share(shares_by_kind, kind, end) for kind, weight in weights_of(weights).items())


def newsletter_share_needed(
    shares_by_kind: Mapping[str, float | Share],
    *,
    automatic_of_rest: float,
    target: float = TWO_THIRDS,
    end: End = "share",
) -> float:
    """Return the smallest share of newsletters with which an inbox reaches `target`; NaN if none does.

    `automatic_of_rest` is the share of automatic mail among what is not a newsletter; what remains is personal.
    The result is 0 if the rest reaches the target by itself. More mail has a pixel at ``end="high"``, so fewer
    newsletters are needed there: the range runs from ``end="high"`` to ``end="low"``.

    Raises
    ------
    UserError
        When a kind is missing, or its share is refused or outside 0..1.

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


def _share(shares_by_kind: Mapping[str, float | Share], kind: str, end: End) -> float:
    if kind not in shares_by_kind:
        raise UserError(
            f"no share for {kind}: give newsletter, automatic and personal, from any corpora that have them"
        )
    given = shares_by_kind[kind]
    share = float(getattr(given, end)) if isinstance(given, Share) else float(given)
    if not 0 <= share <= 1:
        why = given.method if isinstance(given, Share) else "not within 0..1"
        raise UserError(f"the share for {kind} is {share} ({why}): take it from a corpus with enough mail")
    return share
