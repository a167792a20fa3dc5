"""The confusion matrix as a figure: labels of annotators against verdicts of the detector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pixelstudy.figures.page import COLOURS, INK, STYLE, WIDTH_IN, Words, figure, width_in, wrapped

__all__ = ["confusion_matrix"]


@mpl.rc_context(STYLE)
def confusion_matrix(
    counts: pd.DataFrame, *, names: Mapping[str, str], rows: str = "", columns: str = "", **words: Unpack[Words]
) -> Figure:
    """Return counts as shaded cells: agreement on the diagonal in blue, errors in vermilion.

    A cell is shaded by its share of the row, so that rare labels are seen as well as common ones.

    Parameters
    ----------
    counts
        How many of each label (rows) got each verdict (columns); as :func:`~pixelstudy.measure.accuracy.confusion`.
    names
        What labels and verdicts are called on the figure.
    rows, columns
        What the rows and the columns are, in a few words.
    """
    n_rows, n_columns = counts.shape
    labels = [f"{names.get(str(row), str(row))} ({int(counts.loc[row].sum()):,})" for row in counts.index]
    left_in = max(width_in(label, 9.2) for label in [*labels, rows]) + 0.12
    cell_in = (0.96 * WIDTH_IN - left_in) / n_columns
    sides_in = (left_in + 0.02 * WIDTH_IN, 0.02 * WIDTH_IN)
    height_in = 0.5 * n_rows + 0.6
    drawn, axes = figure(**words, height_in=height_in, sides_in=sides_in)
    for i, row in enumerate(counts.index):
        total = max(float(counts.loc[row].sum()), 1.0)
        axes.text(-0.04, i + 0.5, labels[i], ha="right", va="center", fontsize=9.2, color=INK)
        for j, column in enumerate(counts.columns):
            n = int(counts.loc[row, column])
            colour = COLOURS["blue"] if row == column else COLOURS["vermilion"]
            strength = (0.12 + 0.78 * n / total) if n else 0.0
            axes.add_patch(Rectangle((j + 0.03, i + 0.05), 0.94, 0.9, fc="#F4F4F4", ec="none"))
            axes.add_patch(Rectangle((j + 0.03, i + 0.05), 0.94, 0.9, fc=colour, ec="none", alpha=strength))
            ink = "white" if strength > 0.55 else INK if n else "#767676"
            weight = "bold" if row == column else "normal"
            axes.text(j + 0.5, i + 0.5, f"{n:,}", ha="center", va="center", fontsize=10, color=ink, weight=weight)
    for j, column in enumerate(counts.columns):
        name = "\n".join(wrapped(names.get(str(column), str(column)), cell_in - 0.06, 9.2))
        axes.text(j + 0.5, -0.18, name, ha="center", va="baseline", fontsize=9.2, color=INK, linespacing=1.1)
    axes.text(n_columns / 2, -0.82, columns, ha="center", va="bottom", fontsize=9.2, color="#555555")
    axes.text(-0.04, -0.18, rows, ha="right", va="baseline", fontsize=9.2, color="#555555")
    axes.set_xlim(0, n_columns)
    axes.set_ylim(n_rows, -1.2)
    axes.axis("off")
    return drawn
