"""Figures that are drawn rather than plotted: mail as squares of a hundred, and a newsletter as a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from pixelstudy.measure.page import COLOURS, INK, STYLE, WIDTH_IN, figure, fitted, wrapped

__all__ = ["anatomy", "hundred", "waffle"]


def waffle(
    parts: Mapping[str, float], *, colours: Mapping[str, str], title: str, subtitle: str = "", source: str = ""
) -> Figure:
    """Return a hundred squares, each one mail of a hundred, coloured by `parts` (shares that add up to 1)."""
    counts = {name: n for name, n in hundred(parts).items() if n}
    height_in = 1.55 + 0.24 * max(len(counts), 1)
    drawn, axes = figure(title, subtitle=subtitle, source=source, height_in=height_in)
    with mpl.rc_context(STYLE):
        squares = [colours[name] for name, n in counts.items() for _ in range(n)] or [COLOURS["light"]] * 100
        for i, colour in enumerate(squares):
            column, row = divmod(i, 5)
            axes.add_patch(Rectangle((column, 4 - row), 0.86, 0.86, color=colour, lw=0))
        room_in = 0.9 * WIDTH_IN * (18 / 20.1) - 0.1
        for i, (name, n) in enumerate(counts.items()):
            y = -1.0 - 0.86 * i
            axes.add_patch(Rectangle((0, y), 0.5, 0.5, color=colours[name], lw=0))
            axes.text(1.75, y + 0.22, str(n), va="center", ha="right", fontsize=9.6, fontweight="bold")
            axes.text(2.0, y + 0.22, fitted(name, room_in, 9.6), va="center", fontsize=9.6)
        if not counts:
            axes.text(0, -0.8, "nothing to count", va="center", fontsize=9.6, color=COLOURS["grey"])
        axes.set_xlim(-0.1, 20)
        axes.set_ylim(-1.2 - 0.86 * max(len(counts) - 1, 0), 5)
        axes.set_aspect("equal", anchor="NW")
        axes.axis("off")
    return drawn


def hundred(parts: Mapping[str, float]) -> dict[str, int]:
    """Return whole numbers that add up to 100: the first rounded, the others by largest remainder.

    No share at all, where there was no mail, gives 0 throughout.

    >>> hundred({"a": 2 / 3, "b": 1 / 3})
    {'a': 67, 'b': 33}
    """
    exact = {name: 0.0 if pd.isna(share) else 100 * float(share) for name, share in parts.items()}
    if not any(exact.values()):
        return dict.fromkeys(parts, 0)
    # Rounded first: a share of 0.29 is 28.999999999999996 of a hundred.
    counts = {name: math.floor(round(value, 9)) for name, value in exact.items()}
    first, *others = exact
    counts[first] = round(exact[first])
    others.sort(key=lambda name: exact[name] - counts[name], reverse=True)
    for name in others[: 100 - sum(counts.values())]:
        counts[name] += 1
    return counts


def anatomy(
    blocks: Sequence[tuple[str, float]],
    pixels: Sequence[tuple[float, str, str]],
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
) -> Figure:
    """Return a newsletter drawn as a page, its blocks from the top, and its unseen resources marked at their place.

    Parameters
    ----------
    blocks
        What stands on the page: a label and a height as a share of the page, from the top.
    pixels
        Depth (0 top, 1 bottom), a name and a line that says what it tells, each.
    """
    unit_in = 0.9 * WIDTH_IN / 1.05
    name_in, line_in, room_in = 0.2, 0.165, 0.48 * unit_in
    told = [wrapped(tells, room_in, 8.8) for _, _, tells in pixels]
    needed_in = sum(name_in + line_in * len(lines) + 0.3 for lines in told) + 0.3
    height_in = max(4.4, needed_in)
    drawn, axes = figure(title, subtitle=subtitle, source=source, height_in=height_in)
    with mpl.rc_context(STYLE):
        axes.set_xlim(0, 1.05)
        axes.set_ylim(-0.03, 1.03)
        axes.axis("off")
        axes.add_patch(
            FancyBboxPatch((0.02, 0.0), 0.4, 1.0, boxstyle="round,pad=0.008", fc="white", ec=COLOURS["grey"])
        )
        top = 0.985
        for label, height in blocks:
            size = height * 0.97
            axes.add_patch(Rectangle((0.04, top - size + 0.012), 0.36, size - 0.018, fc="#EEF2F5", ec="none"))
            text = fitted(label, 0.34 * unit_in, 9)
            axes.text(0.22, top - size / 2, text, ha="center", va="center", fontsize=9, color="#444444")
            top -= size
        inch = 1.06 / height_in
        gap = (1 - needed_in * inch) / max(len(pixels), 1)
        y = 0.97
        for (depth, name, _), lines in zip(pixels, told, strict=True):
            at = 0.985 - 0.97 * depth
            middle = y - name_in * inch / 2
            axes.plot([0.405], [at], "s", color=COLOURS["vermilion"], ms=2.2, clip_on=False)
            axes.plot([0.41, 0.5], [at, middle], color=COLOURS["vermilion"], lw=0.9)
            axes.add_patch(Rectangle((0.505, middle - 0.035), 0.035, 0.07, fc=COLOURS["vermilion"], ec="none"))
            text = fitted(name, room_in, 10, bold=True)
            axes.text(0.56, middle, text, fontsize=10, fontweight="bold", va="center", color=INK)
            for i, line in enumerate(lines):
                line_y = y - (name_in + line_in * (i + 0.5)) * inch
                axes.text(0.56, line_y, line, fontsize=8.8, va="center", color="#333333")
            y -= (name_in + line_in * len(lines) + 0.3) * inch + gap
    return drawn
