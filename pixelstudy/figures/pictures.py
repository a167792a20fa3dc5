"""Figures that are drawn rather than plotted: a hundred messages as squares, and a newsletter as a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, Unpack

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon, Rectangle

from pixelstudy.figures.colours import COLOURS, INK
from pixelstudy.figures.page import MARGIN_IN, STYLE, WIDTH_IN, Words, end_labels_inward, figure, fitted, wrapped

__all__ = ["Block", "anatomy", "hundred", "strip", "waffle"]

Block = Literal["image", "heading", "text"]
"""What a reader sees on a page."""

_PAPER = "#EEEEEE"


@mpl.rc_context(STYLE)
def waffle(parts: Mapping[str, float], *, colours: Mapping[str, str], **words: Unpack[Words]) -> Figure:
    """Return a hundred squares, one for each of a hundred messages, coloured by `parts` (shares that add up to 1)."""
    counts = {name: n for name, n in hundred(parts).items() if n}
    height_in = 1.12 + 0.21 * max(len(counts), 1)
    drawn, axes = figure(**words, height_in=height_in, ticks=False)
    squares = [colours[name] for name, n in counts.items() for _ in range(n)] or [COLOURS["light"]] * 100
    for i, colour in enumerate(squares):
        column, row = divmod(i, 5)
        axes.add_patch(Rectangle((column, 4 - row), 0.86, 0.86, color=colour, lw=0))
    room_in = (WIDTH_IN - 2 * MARGIN_IN) * (17.65 / 20) - 0.1
    for i, (name, n) in enumerate(counts.items()):
        y = -1.0 - 0.86 * i
        axes.add_patch(Rectangle((0, y), 0.5, 0.5, color=colours[name], lw=0))
        axes.text(2.1, y + 0.22, str(n), va="center", ha="right", fontsize=9.6, fontweight="bold")
        axes.text(2.35, y + 0.22, fitted(name, room_in, 9.6), va="center", fontsize=9.6)
    if not counts:
        axes.text(0, -0.8, "nothing to count", va="center", fontsize=9.6, color=COLOURS["grey"])
    axes.set_xlim(0, 20)
    axes.set_ylim(-1.2 - 0.86 * max(len(counts) - 1, 0), 5)
    axes.set_aspect("equal", anchor="NW")
    axes.axis("off")
    return drawn


@mpl.rc_context(STYLE)
def hundred(parts: Mapping[str, float]) -> dict[str, int]:
    """Return whole numbers that add up to 100: the first is rounded, the others are by largest remainder.

    If all shares are 0 or missing, as where there is no mail, so are the numbers.

    >>> hundred({"a": 2 / 3, "b": 1 / 3})
    {'a': 67, 'b': 33}
    """
    exact = {name: 0.0 if pd.isna(share) else 100 * float(share) for name, share in parts.items()}
    if not any(exact.values()):
        return dict.fromkeys(parts, 0)
    # Rounded first, since 0.29 is 28.999999999999996 of a hundred.
    counts = {name: math.floor(round(value, 9)) for name, value in exact.items()}
    first, *others = exact
    counts[first] = round(exact[first])
    others.sort(key=lambda name: exact[name] - counts[name], reverse=True)
    for name in others[: 100 - sum(counts.values())]:
        counts[name] += 1
    return counts


def strip(
    places: Mapping[str, Sequence[float]],
    *,
    colours: Mapping[str, str],
    left: str = "",
    right: str = "",
    **words: Unpack[Words],
) -> Figure:
    """Return a line of dots at places in 0..1 for each name, with the number of dots."""
    height_in, side_in = 0.42 * max(len(places), 1) + 0.1, MARGIN_IN + 0.05
    drawn, axes = figure(**words, height_in=height_in, sides_in=(side_in, side_in))
    room_in = WIDTH_IN - 2 * side_in
    for i, (name, depths) in enumerate(places.items()):
        y = len(places) - 1 - i
        text = fitted(f"{name}: {len(depths):,}", room_in, 9)
        axes.text(0, y + 0.36, text, va="center", fontsize=9, color=INK)
        axes.plot([0, 1], [y, y], color=COLOURS["light"], lw=0.8, zorder=1)
        axes.plot(depths, [y] * len(depths), "o", color=colours[name], ms=6, alpha=0.8, mew=0, clip_on=False)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.3, max(len(places), 1) - 0.4)
    axes.set_yticks([])
    axes.set_xticks([0, 1], [fitted(left, 1.8, 9), fitted(right, 1.8, 9)], fontsize=9)
    end_labels_inward(axes)
    return drawn


@mpl.rc_context(STYLE)
def anatomy(
    blocks: Sequence[tuple[Block, str, float]],
    pixels: Sequence[tuple[str, str, str]],
    *,
    page_px: float,
    **words: Unpack[Words],
) -> Figure:
    """Return a newsletter drawn to scale as a page, with the corner that holds its unseen pixels enlarged.

    Parameters
    ----------
    blocks
        The blocks of the page from the top: what each is, what it says, and its height in px.
    pixels
        The pixels at the foot, one px wide: the name of each, what it tells, and the name of its colour.
    page_px
        The width of the page.
    """
    room_in = WIDTH_IN - 2 * MARGIN_IN
    page_in, lens_at, side_in = 0.4 * room_in, 0.47 * room_in, 0.26
    text_at = lens_at + 0.14 + side_in + 0.12
    text_in = room_in - text_at - 0.1
    told = [wrapped(tells, text_in, 8.6) for _, tells, _ in pixels]
    heights_in = [0.22 + 0.16 * len(lines) for lines in told]
    lens_in = sum(heights_in) + 0.16 * (len(pixels) + 1) if pixels else 0.0
    scale = page_in / page_px  # inches a px
    content_in = sum(height * scale for _, _, height in blocks) + 0.07 * (len(blocks) + 1)
    height_in = max(content_in + 0.2, lens_in) + 0.1
    drawn, axes = figure(**words, height_in=height_in, ticks=False)
    axes.set_xlim(0, room_in)
    axes.set_ylim(0, height_in)
    axes.axis("off")
    top, bottom = height_in - 0.05, height_in - 0.05 - max(content_in + 0.2, lens_in)
    axes.add_patch(Rectangle((0.01, bottom), page_in, top - bottom, fc="white", ec=COLOURS["grey"], lw=1))
    y = top - 0.07
    for kind, label, height_px in blocks:
        _block(axes, kind, label, (0.09, y - height_px * scale, page_in - 0.18, height_px * scale))
        y -= height_px * scale + 0.07
    if pixels:
        # To scale, a px is a hair's breadth, so a ring shows where to look.
        at_x, at_y = 0.14, bottom + 0.13
        for i, (_, _, colour) in enumerate(pixels):
            spot = (at_x + 2 * i * scale, at_y)
            axes.add_patch(Rectangle(spot, scale, scale, fc=COLOURS[colour], ec="none"))
        axes.add_patch(Circle((at_x + len(pixels) * scale, at_y), 0.075, fc="none", ec=INK, lw=1))
        axes.plot([at_x + 0.08, lens_at], [at_y, at_y], color=COLOURS["grey"], lw=1)
        lens = Rectangle((lens_at, bottom), room_in - lens_at - 0.02, lens_in, fc="white", ec=COLOURS["grey"], lw=1)
        axes.add_patch(lens)
        y = bottom + lens_in - 0.16
        for (name, _, colour), lines, tall in zip(pixels, told, heights_in, strict=True):
            square = (lens_at + 0.14, y - 0.02 - side_in)
            axes.add_patch(Rectangle(square, side_in, side_in, fc=COLOURS[colour], ec="none"))
            shown = fitted(name, text_in, 10, bold=True)
            axes.text(text_at, y - 0.09, shown, fontsize=10, fontweight="bold", va="center", color=INK)
            for i, line in enumerate(lines):
                line_y = y - 0.28 - 0.16 * i
                axes.text(text_at, line_y, line, fontsize=8.6, va="center", color="#333333")
            y -= tall + 0.16
    return drawn


def _block(axes: Axes, kind: Block, label: str, box: tuple[float, float, float, float]) -> None:
    """Draw one block of the page."""
    x, y, width, height = box
    if kind == "image":
        axes.add_patch(Rectangle((x, y), width, height, fc=_PAPER, ec="none"))
        if height > 0.5:
            hills = ((0, 0), (0, 0.35), (0.3, 0.62), (0.52, 0.34), (0.74, 0.5), (1, 0.28), (1, 0))
            axes.add_patch(Polygon([(x + a * width, y + b * height) for a, b in hills], fc=COLOURS["light"], ec="none"))
            axes.add_patch(Circle((x + 0.78 * width, y + 0.74 * height), 0.07, fc=COLOURS["light"], ec="none"))
        text = fitted(label, width - 0.1, 8.2)
        middle = y + height / 2 if height <= 0.5 else y + 0.13
        axes.text(x + width / 2, middle, text, ha="center", va="center", fontsize=8.2, color="#444444")
    elif kind == "heading":
        text = fitted(label, width, 9, bold=True)
        axes.text(x, y + height / 2, text, va="center", fontsize=9, fontweight="bold", color=INK)
    else:
        for i in range(max(1, int(height / 0.08))):
            end = x + width * (0.55 if i == int(height / 0.08) - 1 else 1)
            line_y = y + height - 0.04 - 0.08 * i
            axes.plot([x, end], [line_y, line_y], color=COLOURS["light"], lw=2.2, solid_capstyle="butt")
