"""How far a share moves when one thing is changed at a time, as a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from pixelstudy.figures.colours import COLOURS, INK
from pixelstudy.figures.page import (
    MARGIN_IN,
    QUARTERS,
    STYLE,
    WIDTH_IN,
    Words,
    end_labels_inward,
    figure,
    fitted,
    ticks_of_shares,
)

__all__ = ["shifts"]

_NAMES_IN = 2.25
_ROW_IN = 0.19


@mpl.rc_context(STYLE)
def shifts(rows: pd.DataFrame, *, colours: Mapping[str, str], **words: Unpack[Words]) -> Figure:
    """Return a row for each value of each knob, with a dot and its interval, and a line where nothing is changed.

    Parameters
    ----------
    rows
        ``knob`` (empty where nothing is changed), ``value``, ``mail``; ``share``, ``low`` and ``high``, missing where
        refused.
    colours
        The colour of each ``mail``.
    """
    changed = rows[rows["knob"] != ""]
    places: dict[tuple[str, str], float] = {}
    texts: list[tuple[float, str, bool]] = []
    y = 0.0
    for knob, of_knob in changed.groupby("knob", sort=False):
        texts.append((y, str(knob), True))
        for value in of_knob["value"].unique():
            y += 1
            places[str(knob), str(value)] = y
            texts.append((y, str(value), False))
        y += 1.35
    drawn, axes = figure(
        **words,
        height_in=_ROW_IN * (y + 0.4),
        sides_in=(_NAMES_IN, MARGIN_IN),
        named=[(mail, colour, False) for mail, colour in colours.items()],
    )
    inch = 1 / (WIDTH_IN - _NAMES_IN - MARGIN_IN)
    for at, text, is_knob in texts:
        indent_in = 0.0 if is_knob else 0.12
        name = fitted(text, _NAMES_IN - MARGIN_IN - indent_in - 0.05, 8.6, bold=is_knob)
        left = (MARGIN_IN + indent_in - _NAMES_IN) * inch
        axes.text(left, at, name, fontsize=8.6, va="center", color=INK, fontweight="bold" if is_knob else "normal")
    for at in places.values():
        axes.plot([0, 1], [at, at], color=COLOURS["light"], lw=0.6, zorder=0)
    for number, (mail, colour) in enumerate(colours.items()):
        own = rows[(rows["mail"] == mail) & rows["share"].notna()]
        for headline in own.loc[own["knob"] == "", "share"]:
            axes.plot([headline, headline], [-0.3, y - 1], color=colour, lw=1, ls=(0, (3, 2)), zorder=1)
        shift = 0.17 * (2 * number - len(colours) + 1)
        for row in own[own["knob"] != ""].to_dict("records"):
            at = places[str(row["knob"]), str(row["value"])] + shift
            axes.plot([row["low"], row["high"]], [at, at], color=colour, lw=2, alpha=0.4, solid_capstyle="round")
            axes.plot(row["share"], at, "o", color=colour, ms=4.2, zorder=3, clip_on=False)
    axes.set_xlim(0, 1)
    axes.set_ylim(y - 0.6, -0.7)
    axes.set_yticks([])
    ticks_of_shares(axes.xaxis, QUARTERS)
    end_labels_inward(axes)
    return drawn
