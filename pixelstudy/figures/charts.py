"""The study's charts: a title that says what is shown, labels on the marks, n and source below.

Colours are Okabe and Ito's, which colour-blind readers can tell apart. Every function returns a Matplotlib figure that
can be printed or read on a phone: 4.8 inches wide, in type of 8 points or more. Drawings are in
:mod:`~pixelstudy.figures.pictures`, charts by year in :mod:`~pixelstudy.figures.years`.

Examples
--------
>>> import pandas as pd, pixelstudy as ps
>>> data = pd.DataFrame({"vendor": ["Tea mail", "Coffee mail"], "messages": [30, 12]})
>>> ps.charts.bars(data, label="vendor", value="messages", title="Tea mail sent most").get_size_inches()[0]
np.float64(4.8)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pixelstudy.figures.colours import COLOURS, INK, colour_of
from pixelstudy.figures.heat import heat_map
from pixelstudy.figures.page import (
    MARGIN_IN,
    STYLE,
    WIDTH_IN,
    Words,
    end_labels_inward,
    figure,
    fitted,
    ticks_of_shares,
    vertical_shares,
    width_in,
)
from pixelstudy.figures.pictures import anatomy, hundred, strip, waffle
from pixelstudy.figures.shifts import shifts
from pixelstudy.figures.table import table
from pixelstudy.figures.years import points_by_year
from pixelstudy.measure.definitions import GROUPS
from pixelstudy.measure.mix import TWO_THIRDS
from pixelstudy.measure.shares import percent

__all__ = [
    "COLOURS",
    "GROUP_COLOURS",
    "anatomy",
    "bars",
    "colour_of",
    "dot_plot",
    "figure",
    "heat_map",
    "histogram",
    "hundred",
    "lines",
    "points_by_year",
    "shifts",
    "strip",
    "table",
    "waffle",
]

GROUP_COLOURS = {group: colour_of(group) for group in GROUPS}
"""The colour of each group of definitions."""

_HEY = "HEY, 2021: two thirds"
_ROW_IN = 0.43
_NAMES_UP = 0.38  # the height of a name above the middle of its row, in rows
_OVER: Any = {"va": "center", "color": INK, "zorder": 2, "bbox": {"fc": "white", "ec": "none", "pad": 1.2}}


@mpl.rc_context(STYLE)
def dot_plot(
    rows: pd.DataFrame,
    *,
    label: str,
    note: str | None = None,
    group: str | None = None,
    colours: Mapping[str, str] | None = None,
    named: Mapping[str, str] | None = None,
    second: str | None = None,
    second_named: str = "",
    two_thirds: bool = False,
    high: float = 1.0,
    **words: Unpack[Words],
) -> Figure:
    """Return one row a share: its name and number, and below them a dot with its interval.

    Parameters
    ----------
    rows
        ``share``, ``low``, ``high`` (0..1; missing where refused) and the columns named below; the first row is on top.
    label
        The column of names.
    note
        A column of text to write after each name, smaller.
    group
        A column of keys of `colours`.
    named
        The words of the key for each group.
    second
        A column of other shares, drawn as small open dots.
    second_named
        The words of the key for the open dots.
    two_thirds
        Whether to mark HEY's two thirds.
    high
        The end of the axis.
    """
    n = len(rows)
    two_thirds = two_thirds and high >= TWO_THIRDS and n > 0
    extra = 0.8 if two_thirds else 0.0
    keys = [(name, (colours or {})[key], False) for key, name in (named or {}).items()]
    if second_named:
        keys.append((second_named, COLOURS["grey"] if named else COLOURS["blue"], True))
    height_in = _ROW_IN * (max(n, 1) + extra) + 0.05
    drawn, axes = figure(**words, height_in=height_in, named=keys)
    room_in = WIDTH_IN - 2 * MARGIN_IN
    axes.set_ylim(-0.4, max(n, 1) - 0.35 + extra)
    axes.set_yticks([])
    _horizontal_shares(axes, high=high, top=max(n, 1) - 0.35)
    inch = high / room_in
    if n == 0:
        axes.text(0.5 * high, 0, "nothing to show", ha="center", va="center", fontsize=9, color=COLOURS["grey"])
    if two_thirds:
        axes.plot([TWO_THIRDS] * 2, [-0.4, n - 0.35], color=INK, lw=1.2, ls=(0, (4, 2)), zorder=1)
        axes.text(TWO_THIRDS, n - 0.3, _HEY, color=INK, fontsize=8.5, ha="center", va="bottom")
    for i, values in enumerate(rows.to_dict("records")):
        y = n - 1 - i
        colour = (colours or {}).get(str(values.get(group or "")), COLOURS["blue"])
        name = _row_name(values[label], 9.4, 0.62 * room_in)
        axes.text(0, y + _NAMES_UP, name, fontsize=9.4, **_OVER)
        at_in = width_in(name, 9.4) + 0.09
        after = _row_name(values[note], 8.2, room_in - at_in - 0.6) if note else ""
        if len(after) > 1:
            axes.text(at_in * inch, y + _NAMES_UP - 0.015, after, fontsize=8.2, **(_OVER | {"color": "#555555"}))
        if pd.isna(values["share"]):
            axes.text(0.05 * inch, y, "too few to say", va="center", fontsize=8.5, color=COLOURS["grey"])
            continue
        axes.plot([0, high], [y, y], color=COLOURS["light"], lw=0.8, zorder=1)
        interval = np.clip([values["low"], values["high"]], 0, high)
        axes.plot(interval, [y, y], color=colour, lw=3.2, alpha=0.45, solid_capstyle="round")
        if second and not pd.isna(values[second]) and values[second] <= high:
            open_dot: Any = {"mfc": "white", "mew": 1.4, "ms": 6.5, "zorder": 3, "clip_on": False}
            axes.plot(values[second], y, "o", color=colour, **open_dot)
        axes.plot(values["share"], y, "o", color=colour, ms=7, zorder=4, clip_on=False)
        number = percent(values["share"])
        axes.text(high, y + _NAMES_UP, number, fontsize=9.4, fontweight="bold", **(_OVER | {"ha": "right"}))
    return drawn


@mpl.rc_context(STYLE)
def bars(
    rows: pd.DataFrame, *, label: str, value: str, colour: str = COLOURS["blue"], **words: Unpack[Words]
) -> Figure:
    """Return one horizontal bar a row, its number at the end; the first row is on top."""
    n = len(rows)
    names = [_row_name(name, 9.5, 0.46 * WIDTH_IN) for name in rows[label]]
    values = rows[value].astype(float).to_numpy()
    numbers = [f"{number:,.0f}" for number in values]
    left_in = max([0.5, *(width_in(name, 9.5) for name in names)]) + 0.035 * WIDTH_IN
    right_in = max([0.1, *(width_in(number, 9) for number in numbers)]) + 0.03 * WIDTH_IN
    height_in, sides_in = 0.34 * max(n, 1) + 0.1, (left_in, right_in)
    drawn, axes = figure(**words, height_in=height_in, sides_in=sides_in, ticks=False)
    most = max(values.max(initial=0), 1)
    axes.barh(range(n - 1, -1, -1), values, color=colour, height=0.62)
    gap = 0.06 * most / (WIDTH_IN - left_in - right_in)
    for i, (name, number) in enumerate(zip(names, numbers, strict=True)):
        y = n - 1 - i
        axes.text(-gap, y, name, ha="right", va="center", fontsize=9.5, color=INK)
        axes.text(values[i] + gap, y, number, ha="left", va="center", fontsize=9, color=INK)
    if n == 0:
        axes.text(0, 0, "nothing to show", va="center", fontsize=9, color=COLOURS["grey"])
    axes.set_xlim(0, most)
    axes.set_ylim(-0.5, max(n, 1) - 0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    return drawn


@mpl.rc_context(STYLE)
def histogram(
    values: Mapping[str, pd.Series[float]],
    *,
    colours: Mapping[str, str],
    left: str = "",
    right: str = "",
    bins: int = 20,
    **words: Unpack[Words],
) -> Figure:
    """Return histograms of shares, one above the other, each labelled with its name and n."""
    height_in, side_in = 1.25 * len(values) + 0.2, 0.05 * WIDTH_IN
    drawn, axes = figure(**words, height_in=height_in, sides_in=(side_in, side_in))
    for i, (name, series) in enumerate(values.items()):
        base = len(values) - 1 - i
        counts, edges = np.histogram(series.dropna(), bins=bins, range=(0, 1))
        heights = 0.78 * counts / max(counts.max(), 1)
        axes.bar(edges[:-1], heights, width=0.92 / bins, bottom=base, align="edge", color=colours[name])
        axes.axhline(base, color=COLOURS["grey"], lw=0.6)
        text = f"{fitted(name, 3.0, 9.5)} (n = {len(series):,})"
        axes.text(0.5, base + 0.87, text, fontsize=9.5, va="center", ha="center", color=INK)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, len(values))
    axes.set_yticks([])
    axes.set_xticks([0, 0.5, 1], [fitted(left, 1.5, 9), "middle", fitted(right, 1.5, 9)], fontsize=9)
    end_labels_inward(axes)
    return drawn


@mpl.rc_context(STYLE)
def lines(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[float], Sequence[float]]],
    *,
    colours: Mapping[str, str],
    x_label: str = "",
    y_label: str = "",
    banded: str = "",
    **words: Unpack[Words],
) -> Figure:
    """Return curves over shares, with two thirds marked and each curve named at its end.

    Parameters
    ----------
    curves
        By name: x, y, and the lower and upper ends of y.
    banded
        The name of the curve whose interval is drawn.
    """
    drawn, axes = figure(**words, height_in=3.4)
    box = axes.get_position()
    axes.set_position((0.12, box.y0 + 0.06, 0.5, box.height - 0.13))
    for name, (x, y, low, high) in curves.items():
        if name == banded:
            axes.fill_between(x, low, high, color=colours[name], alpha=0.2, lw=0)
        axes.plot(x, y, color=colours[name], lw=2.8 if name == banded else 1.7)
    ends = sorted((y[-1], name) for name, (_, y, _, _) in curves.items())
    room_in = (0.985 - 0.12 - 0.5 * 1.08) * WIDTH_IN
    for (height, name), placed in zip(ends, _spread([height for height, _ in ends], 0.075), strict=True):
        axes.plot([1.0, 1.06], [height, placed], color=colours[name], lw=1.7, clip_on=False)
        weight = "bold" if name == banded else "normal"
        text = fitted(name, room_in, 9.0, bold=name == banded)
        axes.text(1.08, placed, text, color=INK, fontsize=9.0, va="center", fontweight=weight)
    axes.axhline(TWO_THIRDS, color=INK, lw=1.2, ls=(0, (4, 2)))
    axes.text(0.01, TWO_THIRDS + 0.012, "two thirds", color=INK, fontsize=9)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    ticks_of_shares(axes.xaxis)
    vertical_shares(axes)
    axes.set_xlabel(fitted(x_label, 2.9, 9.2), fontsize=9.2, labelpad=6)
    axes.set_title(fitted(y_label, 4.0, 9.2), loc="left", fontsize=9.2, pad=10, x=-0.18, color="#333333")
    return drawn


def _row_name(name: object, size_pt: float, room_in: float) -> str:
    return fitted("" if pd.isna(name) else name, room_in, size_pt)  # type: ignore[call-overload]


def _horizontal_shares(axes: Axes, *, high: float, top: float) -> None:
    """Label the horizontal axis in per cent up to `high`, with lines up to `top`."""
    axes.set_xlim(0, high)
    ticks = np.arange(0, high + 1e-9, 0.25 if high > 0.6 else 0.1 if high > 0.2 else 0.05)
    ticks_of_shares(axes.xaxis, ticks.tolist())
    axes.tick_params(axis="x", length=3)
    end_labels_inward(axes)
    for tick in ticks:
        axes.plot([tick, tick], [-0.4, top], color=COLOURS["light"], lw=0.6, zorder=0)


def _spread(heights: Sequence[float], apart: float) -> list[float]:
    """Return ascending `heights` moved as little as possible to be `apart`, within 0..1 if there is room.

    >>> [round(height, 3) for height in _spread([0.5, 0.9, 0.95, 1.0], 0.075)]
    [0.5, 0.85, 0.925, 1.0]
    """
    apart = min(apart, 1 / max(len(heights) - 1, 1))
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + apart) if placed else height)
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = min(placed[i], placed[i + 1] - apart if i + 1 < len(placed) else 1.0)
    return placed
