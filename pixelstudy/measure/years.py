"""The figure of shares by year: points with intervals, for years are snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pixelstudy.measure.page import COLOURS, INK, QUARTERS, STYLE, WIDTH_IN, figure, fitted, width_in

__all__ = ["points_by_year"]


def points_by_year(
    rows: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    group: str,
    colours: Mapping[str, str],
) -> Figure:
    """Return points with intervals by year, one colour a group and no line through them: years are snapshots.

    With many years the numbers at the points, and then some of the years, are left out.

    Parameters
    ----------
    rows
        ``year``, ``share``, ``low``, ``high``, ``n_messages`` and the column `group`.
    """
    drawn, axes = figure(title, subtitle=subtitle, source=source, height_in=3.6)
    with mpl.rc_context(STYLE):
        box = axes.get_position()
        axes.set_position((0.09, box.y0 + 0.02, 0.88, box.height - 0.1))
        shown = rows.dropna(subset=["share"])
        years = sorted(int(year) for year in shown["year"].unique())
        groups = [name for name in colours if (shown[group] == name).any()]
        slot_in = 0.88 * WIDTH_IN / (len(years) + 0.2)
        apart = 0.44 if len(groups) < 3 else 0.66 / (len(groups) - 1)
        for row in shown.to_dict("records"):
            x = years.index(int(row["year"])) + apart * (groups.index(row[group]) - (len(groups) - 1) / 2)
            colour = colours[str(row[group])]
            axes.plot([x, x], [row["low"], row["high"]], color=colour, lw=2.6, alpha=0.4, solid_capstyle="round")
            axes.plot(x, row["share"], "o", color=colour, ms=7 if slot_in > 0.5 else 4.5, clip_on=False, zorder=3)
            if min(apart, 1 - apart * (len(groups) - 1)) * slot_in > 0.28:
                axes.text(x, row["high"] + 0.025, f"{100 * row['share']:.0f}", ha="center", fontsize=8.8, color=INK)
        axes.set_ylim(0, 1.08)
        axes.set_yticks(QUARTERS, [f"{100 * tick:.0f} %" for tick in QUARTERS], fontsize=9)
        for tick in QUARTERS[1:]:
            axes.axhline(tick, color=COLOURS["light"], lw=0.6, zorder=0)
        if not years:
            axes.text(0, 0.5, "no year has enough mail to say", ha="center", fontsize=9, color=COLOURS["grey"])
        axes.set_xlim(-0.6, max(len(years), 1) - 0.4)
        _year_axis(axes, years, shown.groupby("year")["n_messages"].max(), slot_in)
        _legend(axes, {name: colours[name] for name in groups})
    return drawn


def _year_axis(axes: Axes, years: Sequence[int], n: pd.Series[Any], slot_in: float) -> None:
    counts = [f"n = {n[year]:,}" for year in years]
    if max([0.0, *(width_in(text, 8.6) for text in counts)]) + 0.05 <= slot_in:
        names = [f"{year}\n{text}" for year, text in zip(years, counts, strict=True)]
    else:
        step = int(np.ceil(0.44 / slot_in))
        names = [str(year) if i % step == 0 else "" for i, year in enumerate(years)]
    axes.set_xticks(range(len(years)), names, fontsize=8.6)
    axes.tick_params(axis="x", length=0, pad=4)


def _legend(axes: Axes, colours: Mapping[str, str]) -> None:
    """Name the groups in a line above the axes."""
    box = axes.get_position()
    x, room_in = 0.0, box.width * WIDTH_IN / max(len(colours), 1) - 0.2
    for name, colour in colours.items():
        text = f"\u25cf {fitted(name, room_in - 0.2, 9.8)}"
        axes.text(x, 1.07, text, color=colour, transform=axes.transAxes, fontsize=9.8, va="bottom")
        x += (width_in(text, 9.8) + 0.2) / (box.width * WIDTH_IN)
