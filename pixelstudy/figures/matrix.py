"""The confusion matrix as a figure: what annotators said against what the detector said."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pixelstudy.figures.page import COLOURS, INK, STYLE, WIDTH_IN, figure, width_in, wrapped

__all__ = ["confusion_matrix"]


def confusion_matrix(
    counts: pd.DataFrame,
    *,
    names: Mapping[str, str],
    title: str,
    subtitle: str = "",
    source: str = "",
    rows: str = "",
    columns: str = "",
) -> Figure:
    """Return a table of counts as shaded cells: agreement in blue along the diagonal, errors in vermilion.

    A cell is shaded by its share of its row, so that a rare label is seen as well as a common one.

    Parameters
    ----------
    counts
        How many of each label (rows) got each verdict (columns); as :func:`~pixelstudy.measure.accuracy.confusion`.
    names
        How labels and verdicts are called on the figure.
    rows, columns
        What the rows and the columns are, in a few words.
    """
    n_rows, n_columns = counts.shape
    drawn, axes = figure(title, subtitle=subtitle, source=source, height_in=0.5 * n_rows + 0.6)
    with mpl.rc_context(STYLE):
        labels = [f"{names.get(str(row), str(row))} ({int(counts.loc[row].sum()):,})" for row in counts.index]
        left_in = max(width_in(label, 9.2) for label in [*labels, rows]) + 0.12
        box = axes.get_position()
        axes.set_position((left_in / WIDTH_IN + 0.02, box.y0, 0.96 - left_in / WIDTH_IN, box.height))
        cell_in = (0.96 * WIDTH_IN - left_in) / n_columns
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
