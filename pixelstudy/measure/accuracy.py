"""How often the detector is wrong: agreement of annotators, precision and recall, and shares corrected for error.

Labelled resources were drawn by strata, so each counts with the weight of its stratum. Resources of one message are
alike, so intervals come from a bootstrap over messages (Davison & Hinkley 1997, 3.8).

References
----------
Cohen (1960), Educ. Psychol. Meas. 20: 37-46. Rogan & Gladen (1978), Am. J. Epidemiol. 107: 71-76.
Lang & Reiczigel (2014), Prev. Vet. Med. 113: 13-22. Kish (1965), Survey Sampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from pixelstudy.errors import UserError
from pixelstudy.measure.intervals import SEED, Floats
from pixelstudy.measure.shares import percent

__all__ = [
    "FEWEST_TO_CORRECT",
    "Rate",
    "cohen_kappa",
    "confusion",
    "detection_rates",
    "lowest_precision",
    "lowest_recall",
    "precision_recall",
    "precision_recall_by",
    "rates_at_sight",
    "readable",
    "rogan_gladen",
]

FEWEST_TO_CORRECT = 30
"""Sensitivity and specificity must each rest on so many messages before a share is corrected with them.

Each is a share itself, and the study gives no share of fewer messages (:data:`~.shares.MIN_MESSAGES`): by the rule of
three, even 30 without an error leave room for one error in ten."""

FEWEST = 10
"""A group needs this many true resources for its recall to be given, and this many flagged ones for its precision."""

N_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its interval, 0..1."""

    value: float
    """The estimate; NaN if there is nothing to estimate it from."""

    low: float
    """The lower end of the interval."""

    high: float
    """The upper end."""

    n: int
    """How many resources it is based on, unweighted."""

    def as_dict(self) -> dict[str, float | int]:
        """Return the fields by name."""
        return asdict(self)


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Return Cohen's kappa of two passes over the same resources: 1 is full agreement, 0 what chance would give.

    Examples
    --------
    >>> cohen_kappa(["a", "a", "b", "b"], ["a", "b", "b", "b"])
    0.5
    """
    table = pd.crosstab(pd.Series(list(first)), pd.Series(list(second)))
    names = sorted({*table.index, *table.columns})
    counts = table.reindex(index=names, columns=names, fill_value=0).to_numpy(float)
    shares = counts / counts.sum()
    by_chance = float(shares.sum(axis=1) @ shares.sum(axis=0))
    return 1.0 if by_chance == 1 else (float(np.trace(shares)) - by_chance) / (1 - by_chance)


def confusion(labels: pd.Series[str], verdicts: pd.Series[str]) -> pd.DataFrame:
    """Return how many resources of each label (rows) got each verdict (columns), unweighted."""
    return pd.crosstab(labels.rename("label"), verdicts.rename("verdict"))


def precision_recall(
    is_true: pd.Series[bool],
    is_said: pd.Series[bool],
    *,
    weight: pd.Series[float],
    message: pd.Series[str],
    level: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
) -> tuple[Rate, Rate]:
    """Return precision and recall of a detector on labelled resources.

    Parameters
    ----------
    is_true, is_said
        Whether each resource is positive by its label, and by the detector.
    weight
        How many resources each represents.
    message
        The message that holds each; messages are what is resampled.

    Raises
    ------
    UserError
        When there is no labelled resource.
    """
    if not len(is_true):
        raise UserError("there are no labels to measure against; draw and label a sample first")
    true, said = is_true.to_numpy(bool), is_said.to_numpy(bool)
    weights = weight.to_numpy(float)
    both = weights * (true & said)
    codes, _ = pd.factorize(message)
    n_messages = codes.max() + 1
    parts = np.stack([np.bincount(codes, w, n_messages) for w in (both, weights * said, weights * true)])
    draws = np.random.default_rng(seed).multinomial(n_messages, np.full(n_messages, 1 / n_messages), n_resamples)
    top, flagged, real = (draws @ part for part in parts)
    tail = (1 - level) / 2
    return (
        _estimate(both.sum(), parts[1].sum(), top, flagged, tail, int(said.sum())),
        _estimate(both.sum(), parts[2].sum(), top, real, tail, int(true.sum())),
    )


def precision_recall_by(
    rows: pd.DataFrame,
    is_true: pd.Series[bool],
    is_said: pd.Series[bool],
    *,
    by: str | None = None,
    stratum: str | None = None,
) -> pd.DataFrame:
    """Return precision and recall of all rows and of each group.

    Parameters
    ----------
    rows
        Labelled resources: ``weight``, ``message_key`` and the column `by`.
    is_true, is_said
        Whether each row is positive by its label, and by the detector; index as `rows`.
    by
        The column to group by; without it there is one row, for all.
    stratum
        The column of the strata that the rows were drawn from. With it, intervals reach down to :func:`lowest_recall`
        and :func:`lowest_precision`, since strata in which no error was found may have some.

    Returns
    -------
    pandas.DataFrame
        ``group``; ``n`` labelled, ``n_true``, ``n_said``; ``precision``, ``recall`` and their ``_low`` and ``_high``,
        0..1, missing where based on fewer than :data:`FEWEST` resources.
    """
    groups: list[tuple[str, pd.DataFrame]] = [("all", rows)]
    if by is not None:
        groups += [(str(name), group) for name, group in rows.groupby(by, sort=True)]
    found = []
    for name, group in groups:
        both = precision_recall(
            is_true[group.index], is_said[group.index], weight=group["weight"], message=group["message_key"]
        )
        if stratum is not None:
            drawn = {"weight": group["weight"], "stratum": group[stratum]}
            lowest = [f(is_true[group.index], is_said[group.index], **drawn) for f in (lowest_precision, lowest_recall)]
            precision, recall = (replace(r, low=np.fmin(r.low, low)) for r, low in zip(both, lowest, strict=True))
            both = precision, recall
        row: dict[str, float | int | str] = {"group": name, "n": len(group), "n_true": both[1].n, "n_said": both[0].n}
        for kind, estimate in zip(("precision", "recall"), both, strict=True):
            is_enough = estimate.n >= FEWEST
            for end, value in (("", estimate.value), ("_low", estimate.low), ("_high", estimate.high)):
                row[f"{kind}{end}"] = value if is_enough else float("nan")
        found.append(row)
    return pd.DataFrame(found)


def rates_at_sight(labels: pd.DataFrame) -> pd.DataFrame:
    """Return precision and recall on mail that frozen rules had not met, by mail and by sight, senders resampled.

    Parameters
    ----------
    labels
        The columns of ``data/labels/first_sight.csv`` or ``second_sight.csv``, and ``sender_site``. The strata are
        those of mail, sight and ``stratum``, or the verdict if that column is missing.

    Returns
    -------
    pandas.DataFrame
        The columns of :func:`precision_recall_by`; ``definition`` (``spy_pixel``, or ``individual`` with tracked
        content), ``judged`` (``with the mailbox`` or ``alone``), and ``by``: whether ``group`` is a ``mail`` (corpus
        and population) or a ``sight``. Rows by sight leave out phishing_pot, of which only some kinds were drawn.
    """
    mail = labels["corpus"] + ", " + labels["population"].replace("received", "wanted")
    labels = labels.assign(
        mail=mail,
        drawn=mail + labels["sight"] + labels.get("stratum", labels["verdict"]),
        message_key=labels["sender_site"].fillna(labels["message_key"]),
    )
    found = []
    for name, kinds in {"spy_pixel": ["spy_pixel"], "individual": ["spy_pixel", "tracked_content"]}.items():
        for column, judged in {"verdict": "with the mailbox", "verdict_alone": "alone"}.items():
            is_true, is_said = labels["label"].isin(kinds), labels[column].isin(kinds)
            for by, rows in {"mail": labels, "sight": labels[labels["corpus"] != "phishing_pot"]}.items():
                table = precision_recall_by(rows, is_true, is_said, by=by, stratum="drawn").iloc[1:]
                found.append(table.assign(definition=name, judged=judged, by=by))
    return pd.concat(found, ignore_index=True)


def readable(table: pd.DataFrame, *, named: str = "") -> pd.DataFrame:
    """Return a table of :func:`precision_recall_by` to be read: shares with their intervals, and no gaps.

    Parameters
    ----------
    table
        Such a table; other columns stay in front.
    named
        What the groups are.
    """
    shown = table.rename(columns={"group": named or "group"})
    shown = shown.rename(columns={"n": "labelled", "n_true": "true by label", "n_said": "flagged"})
    for kind in ("precision", "recall"):
        ends = zip(table[kind], table[f"{kind}_low"], table[f"{kind}_high"], strict=True)
        shown[kind] = [
            f"too few (under {FEWEST})" if np.isnan(value) else f"{percent(value)} ({percent(low)} to {percent(high)})"
            for value, low, high in ends
        ]
        shown = shown.drop(columns=[f"{kind}_low", f"{kind}_high"])
    return shown.rename_axis(index=None).reset_index(drop=True)


def lowest_recall(
    is_true: pd.Series[bool], is_said: pd.Series[bool], *, weight: pd.Series[float], stratum: pd.Series[str]
) -> float:
    """Return the recall if the strata in which no true resource was found hold as many as chance may have hidden.

    By the rule of three, `n` labelled resources without a true one leave room for 3 in `n` (Hanley & Lippman-Hand 1983,
    JAMA 249: 1743-1745). Those strata count as one sample.

    Examples
    --------
    >>> true, stratum = pd.Series([True] * 9 + [False] * 60), pd.Series(["a"] * 9 + ["b"] * 60)
    >>> weight = pd.Series([1.0] * 69)
    >>> lowest_recall(true, true, weight=weight, stratum=stratum)
    0.75
    """
    is_empty = ~is_true.groupby(stratum).transform("any")
    hidden = 3 * weight[is_empty & ~is_said].mean() if (is_empty & ~is_said).any() else 0.0
    real = weight[is_true].sum() + hidden
    return float(weight[is_true & is_said].sum() / real) if real else float("nan")


def lowest_precision(
    is_true: pd.Series[bool], is_said: pd.Series[bool], *, weight: pd.Series[float], stratum: pd.Series[str]
) -> float:
    """Return the precision if the strata in which nothing was flagged wrongly hold as much as chance may have hidden.

    Those strata count as one sample, as in :func:`lowest_recall`.

    Examples
    --------
    >>> true, stratum = pd.Series([True] * 60 + [False] * 20), pd.Series(["a"] * 60 + ["b"] * 20)
    >>> weight = pd.Series([1.0] * 80)
    >>> lowest_precision(true, pd.Series([True] * 80), weight=weight, stratum=stratum)
    0.7125
    """
    is_wrong = is_said & ~is_true
    is_clean = is_said & ~is_wrong.groupby(stratum).transform("any")
    right = weight[is_true & is_said].sum()
    hidden = min(3 / is_clean.sum(), 1) * weight[is_clean].sum() if is_clean.any() else 0.0
    return float((right - hidden) / weight[is_said].sum()) if is_said.any() else float("nan")


def detection_rates(
    is_true: pd.Series[bool], is_said: pd.Series[bool], *, weight: pd.Series[float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the counts behind sensitivity and specificity: true ones found, of how many; others passed, of how many.

    Rows of different weights are scaled to the number of equal ones that would be as certain (Kish 1965, 11.7). This is
    what :func:`rogan_gladen` takes.

    Examples
    --------
    >>> detection_rates(pd.Series([True, True, False]), pd.Series([True, False, False]), weight=pd.Series([2.0, 2, 5]))
    ((1.0, 2.0), (1.0, 1.0))
    """
    rates = []
    for among, right in ((is_true, is_said), (~is_true, ~is_said)):
        weights = weight[among].to_numpy(float)
        total = weights.sum()
        n = float(total**2 / (weights**2).sum()) if total else 0.0
        share = float(weights[right[among].to_numpy(bool)].sum() / total) if total else 0.0
        rates.append((share * n, n))
    return rates[0], rates[1]


def _estimate(top: float, bottom: float, tops: Floats, bottoms: Floats, tail: float, n: int) -> Rate:
    """Return a ratio with its percentile interval, widened as by the rule of three where the ratio is 0 or 1."""
    if bottom == 0:
        return Rate(float("nan"), float("nan"), float("nan"), n)
    value = float(top / bottom)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = tops / bottoms
    low, high = np.nanquantile(ratios, [tail, 1 - tail])
    slack = 1 - tail ** (1 / max(n, 1))
    if value == 1:
        low = min(float(low), 1 - slack)
    if value == 0:
        high = max(float(high), slack)
    return Rate(value, float(low), float(high), n)


def rogan_gladen(
    share: float,
    share_error: float,
    sensitivity: tuple[float, float],
    specificity: tuple[float, float],
    *,
    z: float = 1.96,
) -> Rate:
    """Return a share corrected for the measured error of the detector, with its interval.

    The estimate is Rogan and Gladen's, ``(share + specificity - 1) / (sensitivity + specificity - 1)``. The interval is
    Lang and Reiczigel's, which adds a pseudo-count to both error rates, so that a perfect record is not certainty.

    Parameters
    ----------
    share
        The share that the detector found, 0..1.
    share_error
        Its standard error.
    sensitivity
        How many true ones were found, and of how many.
    specificity
        How many others were passed, and of how many.
    z
        The normal quantile of the interval.

    Raises
    ------
    UserError
        When a rate rests on too few (:data:`FEWEST_TO_CORRECT`), or the detector does no better than chance.

    Examples
    --------
    >>> round(rogan_gladen(0.66, 0.02, (95, 100), (90, 100)).value, 3)
    0.659
    """
    n_true, n_other = sensitivity[1], specificity[1]
    if min(n_true, n_other) < FEWEST_TO_CORRECT:
        raise UserError(
            f"the error rates rest on {n_true:.0f} true ones and {n_other:.0f} others; to correct a share, label at "
            f"least {FEWEST_TO_CORRECT} of each"
        )
    se, sp = sensitivity[0] / n_true, specificity[0] / n_other
    if se + sp <= 1:
        raise UserError("the detector does no better than chance on the labels, so no share can be corrected with it")
    value = (share + sp - 1) / (se + sp - 1)
    se_, sp_ = (sensitivity[0] + 1) / (n_true + 2), (specificity[0] + 1) / (n_other + 2)
    spread = se_ + sp_ - 1
    centre = (share + sp_ - 1) / spread
    variance = (
        share_error**2
        + se_ * (1 - se_) / (n_true + 2) * centre**2
        + sp_ * (1 - sp_) / (n_other + 2) * (1 - centre) ** 2
    ) / spread**2
    half = z * float(np.sqrt(variance))
    return Rate(
        float(np.clip(value, 0, 1)),
        float(np.clip(centre - half, 0, 1)),
        float(np.clip(centre + half, 0, 1)),
        round(n_true + n_other),
    )
