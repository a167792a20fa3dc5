"""Shares by year, as points with intervals: years are snapshots, so no line joins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pixelstudy.figures.page import COLOURS, INK, STYLE, WIDTH_IN, Words, figure, vertical_shares, width_in

__all__ = ["points_by_year"]


@mpl.rc_context(STYLE)
def points_by_year(rows: pd.DataFrame, *, group: str, colours: Mapping[str, str], **words: Unpack[Words]) -> Figure:
    """Return points with intervals by year, in one colour a group, and no line through them.

    With many years the numbers at the points are left out, then some of the years.

    Parameters
    ----------
    rows
        ``year``, ``share``, ``low``, ``high``, ``n_messages`` and the column `group`.
    """
    shown = rows.dropna(subset=["share"])
    years = sorted(int(year) for year in shown["year"].unique())
    groups = [name for name in colours if (shown[group] == name).any()]
    keys = [(name, colours[name], False) for name in groups]
    drawn, axes = figure(**words, height_in=2.9, sides_in=(0.12 * WIDTH_IN, 0.02 * WIDTH_IN), named=keys)
    box = axes.get_position()
    axes.set_position((box.x0, box.y0 + 0.02, box.width, box.height - 0.02))
    slot_in = 0.86 * WIDTH_IN / (len(years) + 0.2)
    apart = 0.44 if len(groups) < 3 else 0.66 / (len(groups) - 1)
    for row in shown.to_dict("records"):
        x = years.index(int(row["year"])) + apart * (groups.index(row[group]) - (len(groups) - 1) / 2)
        colour = colours[str(row[group])]
        axes.plot([x, x], [row["low"], row["high"]], color=colour, lw=2.6, alpha=0.4, solid_capstyle="round")
        axes.plot(x, row["share"], "o", color=colour, ms=7 if slot_in > 0.5 else 4.5, clip_on=False, zorder=3)
        free_in = min(apart, 1 - apart * (len(groups) - 1)) * slot_in
        if free_in > 0.2:
            beside = free_in > 0.42
            at, by, places = (row["share"], (6, 0), "left") if beside else (row["high"], (0, 6), "center")
            axes.annotate(
                f"{100 * row['share']:.0f}", (x, at), by, textcoords="offset points",
                va="center", ha=places, fontsize=8.4, color=INK,
            )  # fmt: skip
    axes.set_ylim(0, 1.06)
    vertical_shares(axes)
    if not years:
        axes.text(0, 0.5, "no year has enough mail to say", ha="center", fontsize=9, color=COLOURS["grey"])
    axes.set_xlim(-0.6, max(len(years), 1) - 0.4)
    _year_axis(axes, years, shown.groupby("year")["n_messages"].max(), slot_in)
    return drawn


def _year_axis(axes: Axes, years: Sequence[int], n: pd.Series[Any], slot_in: float) -> None:
    """Write the years below the axis, and the messages of each where there is room."""
    counts = [f"{n[year]:,}" for year in years]
    has_room = max([0.0, *(width_in(text, 8.4) for text in counts)]) + 0.08 <= slot_in
    step = 1 if has_room else int(np.ceil(0.44 / slot_in))
    beneath = axes.get_xaxis_transform()
    axes.set_xticks([])
    for i, year in enumerate(years):
        if i % step == 0:
            axes.text(i, -0.065, str(year), ha="center", va="center", fontsize=8.8, color=INK, transform=beneath)
        if has_room:
            axes.text(i, -0.13, counts[i], ha="center", va="center", fontsize=8.4, color="#555555", transform=beneath)
    if has_room and years:
        axes.text(-0.02, -0.13, "n =", ha="right", va="center", fontsize=8.4, color="#555555", transform=axes.transAxes)
