"""Heat maps: how many messages of each row and column hold a spy pixel, with the numbers in the cells."""

from __future__ import annotations

from typing import Any, Literal, Unpack

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pixelstudy.figures.colours import INK, colour_of
from pixelstudy.figures.page import MARGIN_IN, STYLE, WIDTH_IN, Words, figure, fitted, width_in
from pixelstudy.measure.shares import percent

__all__ = ["heat_map"]

_ROW_IN, _HEAD_IN, _KEY_IN, _NAME_PT = 0.245, 0.22, 0.48, 9.0
_NAMES_IN, _NAMES_LEAST_IN = 0.36 * WIDTH_IN, 0.95
_CELL_IN, _CELL_MOST_IN = 0.225, 0.9  # three digits; what a single column may take
_PALE, _SPAN, _REFUSED = 0.06, 0.86, "#EDEDED"


@mpl.rc_context(STYLE)
def heat_map(
    cells: pd.DataFrame,
    *,
    rows: str,
    columns: str,
    short: Literal["n_with", "n_messages"] = "n_messages",
    what: str = "messages",
    high: float = 1.0,
    **words: Unpack[Words],
) -> Figure:
    """Return a cell for each row and column, shaded by its share, with its counts in it.

    A cell holds ``n_with/n_messages`` where every one is wide enough for that, else one of the two. A cell without a
    share is grey, and one without messages is left out. Rows and columns are in the order in which they first appear.

    Parameters
    ----------
    cells
        ``share`` (0..1; missing where refused), ``n_with``, ``n_messages`` and the columns named below.
    rows, columns
        The columns that name the row and the column of each cell.
    short
        Which of the two counts is written where both do not fit.
    what
        What is counted, for the key.
    high
        The share of the darkest shade.
    """
    names, heads = (list(map(str, cells[name].drop_duplicates())) for name in (rows, columns))
    shown_names, shown_heads = ([fitted(name, WIDTH_IN, _NAME_PT) for name in each] for each in (names, heads))
    page_in = WIDTH_IN - 2 * MARGIN_IN
    names_in = max(_NAMES_LEAST_IN, min(_NAMES_IN, page_in - _CELL_IN * len(heads)))
    left_in = min(names_in, max([0.5, *(width_in(name, _NAME_PT) for name in shown_names)]) + 0.08)
    cell_in = min(_CELL_MOST_IN, (page_in - left_in) / max(len(heads), 1))
    size_pt = 8.2 if cell_in > 0.26 else 7.6
    widest = max([0.0, *(width_in(head, size_pt) for head in shown_heads)])
    is_upright = widest > cell_in - 0.04
    head_in = min(widest, 1.3) + 0.1 if is_upright else _HEAD_IN
    height_in = _ROW_IN * max(len(names), 1) + head_in
    both = [f"{a}/{n}" for a, n in cells[["n_with", "n_messages"]].itertuples(index=False)]
    has_room = max([0.0, *(width_in(text, size_pt) for text in both)]) <= cell_in - 0.05
    texts = both if has_room else [_brief(int(n), cell_in, size_pt) for n in cells[short]]
    count = f"{what} with a spy pixel / all" if has_room else f"{what} with a spy pixel" if short == "n_with" else what
    sides_in = (MARGIN_IN + left_in, WIDTH_IN - MARGIN_IN - left_in - cell_in * max(len(heads), 1))
    drawn, axes = figure(**words, height_in=height_in + _KEY_IN, sides_in=sides_in, ticks=False)
    axes.set_xlim(0, max(len(heads), 1) * cell_in)
    axes.set_ylim(height_in, -_KEY_IN)
    axes.axis("off")
    for i, name in enumerate(names):
        y = head_in + (i + 0.5) * _ROW_IN
        shown = fitted(name, left_in - 0.08, _NAME_PT)
        axes.text(-0.07, y, shown, ha="right", va="center", fontsize=_NAME_PT, color=INK)
    for j, head in enumerate(heads):
        shown = fitted(head, head_in - 0.08 if is_upright else cell_in, size_pt)
        place: Any = {"rotation": 90, "va": "bottom"} if is_upright else {"va": "bottom"}
        axes.text((j + 0.5) * cell_in, head_in - 0.05, shown, ha="center", fontsize=size_pt, color=INK, **place)
    for text, cell in zip(texts, cells.to_dict("records"), strict=True):
        if cell["n_messages"]:
            corner = heads.index(str(cell[columns])) * cell_in, head_in + names.index(str(cell[rows])) * _ROW_IN
            _cell(axes, corner, cell_in, cell["share"] / high, text if cell[short] or has_room else "", size_pt)
    _key(axes, f"In each cell: {count}", left_in, high)
    return drawn


def _cell(axes: Axes, corner: tuple[float, float], cell_in: float, shade: float, text: str, size_pt: float) -> None:
    x, y = corner
    box: Any = {"width": cell_in - 0.02, "height": _ROW_IN - 0.02, "ec": "none"}
    is_refused = pd.isna(shade)
    colour, strength = (_REFUSED, 1.0) if is_refused else (colour_of("spy_pixel"), _PALE + _SPAN * min(shade, 1.0))
    axes.add_patch(Rectangle((x + 0.01, y + 0.01), fc=colour, alpha=strength, **box))
    ink = "#555555" if is_refused else INK
    axes.text(x + cell_in / 2, y + _ROW_IN / 2, text, ha="center", va="center", fontsize=size_pt, color=ink)


def _key(axes: Axes, what: str, left_in: float, high: float) -> None:
    """Draw what the shades and the numbers mean, above the cells and from the margin of the page on."""
    x, y, size_pt = -left_in, 0.04 - _KEY_IN, 8.2
    shades = [(percent(part * high), colour_of("spy_pixel"), _PALE + _SPAN * part) for part in (0.0, 0.5, 1.0)]
    for text, colour, strength in [*shades, ("too few", _REFUSED, 1.0)]:
        axes.add_patch(Rectangle((x, y), 0.14, 0.14, fc=colour, alpha=strength, ec="none", clip_on=False))
        axes.text(x + 0.18, y + 0.07, text, va="center", fontsize=size_pt, color="#333333")
        x += 0.18 + width_in(text, size_pt) + 0.1
    axes.text(-left_in, y + 0.27, what, va="center", fontsize=size_pt, color="#333333")


def _brief(n: int, room_in: float, size_pt: float) -> str:
    """Return a count that fits: whole, in thousands, or in millions."""
    if n < 1_000 or width_in(str(n), size_pt) <= room_in - 0.04:
        return str(n)
    return f"{n // 1_000}k" if n < 100_000 else f"{n / 1e6:.1f}M".removeprefix("0") if n < 1e6 else f"{n / 1e6:.0f}M"
