"""Shares by year, as points with intervals on a true time axis.

A line joins only the points of one and the same population; every other year is a snapshot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Unpack

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pixelstudy.figures.colours import COLOURS, INK
from pixelstudy.figures.page import STYLE, WIDTH_IN, Words, figure, vertical_shares, width_in

__all__ = ["points_by_year"]

_ROOM_IN = 0.86 * WIDTH_IN


@mpl.rc_context(STYLE)
def points_by_year(
    rows: pd.DataFrame,
    *,
    group: str,
    colours: Mapping[str, str],
    joined: Collection[str] = (),
    high: float = 1.0,
    **words: Unpack[Words],
) -> Figure:
    """Return points with intervals by year, in one colour a group; a gap between years is as wide as it was long.

    Where points are close together, the numbers at the points are left out, then some of the years.

    Parameters
    ----------
    rows
        ``year``, ``share``, ``low``, ``high``, ``n_messages`` and the column `group`.
    joined
        The groups whose points a line joins: those that are the same population in every year.
    high
        The end of the axis of shares.
    """
    shown = rows.dropna(subset=["share"]).sort_values("year")
    years = sorted(int(year) for year in shown["year"].unique())
    first, last = (years[0], years[-1]) if years else (0, 0)
    groups = [name for name in colours if (shown[group] == name).any()]
    keys = [(name, colours[name], False) for name in groups]
    drawn, axes = figure(**words, height_in=2.9, sides_in=(0.12 * WIDTH_IN, 0.02 * WIDTH_IN), named=keys)
    box = axes.get_position()
    axes.set_position((box.x0, box.y0 + 0.02, box.width, box.height - 0.02))
    slot_in = min(_ROOM_IN / (last - first + 1.2), (_ROOM_IN - 0.6) / max(last - first, 1))
    margin = (_ROOM_IN / slot_in - (last - first)) / 2
    at = _places(shown, group, groups)
    free_in = np.diff(np.unique(at)).min(initial=2 * margin) * slot_in
    for name in groups:
        is_of_it = (shown[group] == name).to_numpy()
        if name in joined:
            axes.plot(at[is_of_it], shown.loc[is_of_it, "share"], color=colours[name], lw=1.6, zorder=2)
    for x, row in zip(at, shown.to_dict("records"), strict=True):
        colour = colours[str(row[group])]
        interval = np.clip([row["low"], row["high"]], 0, high)
        axes.plot([x, x], interval, color=colour, lw=2.6, alpha=0.4, solid_capstyle="round")
        axes.plot(x, row["share"], "o", color=colour, ms=7 if slot_in > 0.5 else 4.5, clip_on=False, zorder=3)
        if free_in > 0.2:
            beside = free_in > 0.42 and not joined
            to, by, side = (row["share"], (6, 0), "left") if beside else (interval[1], (0, 6), "center")
            axes.annotate(
                f"{100 * row['share']:.{0 if high > 0.1 else 2}f}", (x, to), by, textcoords="offset points",
                va="center", ha=side, fontsize=8.4, color=INK,
            )  # fmt: skip
    axes.set_ylim(0, 1.06 * high)
    vertical_shares(axes, high=high)
    if not years:
        axes.text(0, 0.5 * high, "no year has enough mail to say", ha="center", fontsize=9, color=COLOURS["grey"])
    axes.set_xlim(first - margin, last + margin)
    _year_axis(axes, years, shown.groupby("year")["n_messages"].max(), slot_in)
    return drawn


def _places(shown: pd.DataFrame, group: str, groups: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return where each point is on the axis of years: at its year, or side by side where groups share one."""
    n_groups = shown.groupby("year")[group].nunique().max() if len(shown) else 1
    apart = 0.0 if n_groups < 2 else 0.44 if n_groups < 3 else 0.66 / (n_groups - 1)
    year_of_each = shown["year"].astype(int).to_numpy()
    rank = shown[group].map(list(groups).index).astype(int)
    number = rank.groupby(year_of_each).rank(method="dense").to_numpy() - 1
    beside = shown.groupby("year")[group].transform("nunique").to_numpy()
    return np.asarray(year_of_each + apart * (number - (beside - 1) / 2), dtype=np.float64)


def _year_axis(axes: Axes, years: Sequence[int], n: pd.Series[Any], slot_in: float) -> None:
    """Write the years below the axis, and the messages of each, where there is room."""
    counts = [f"{n[year]:,}" for year in years]
    gap_in = min([2.0, *np.diff(years).tolist()]) * slot_in
    has_room = max([0.0, *(width_in(text, 8.4) for text in counts)]) + 0.08 <= gap_in
    beneath = axes.get_xaxis_transform()
    axes.set_xticks(years, [""] * len(years))
    axes.tick_params(axis="x", length=3)
    written = -np.inf
    for year, count in zip(years, counts, strict=True):
        if (year - written) * slot_in >= 0.44:
            axes.text(year, -0.065, str(year), ha="center", va="center", fontsize=8.8, color=INK, transform=beneath)
            written = year
        if has_room:
            axes.text(year, -0.13, count, ha="center", va="center", fontsize=8.4, color="#555555", transform=beneath)
    if has_room and years:
        axes.text(-0.02, -0.13, "n =", ha="right", va="center", fontsize=8.4, color="#555555", transform=axes.transAxes)
