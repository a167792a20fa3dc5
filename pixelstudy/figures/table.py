"""Tables for notebooks: words above the columns, shares in per cent, and no cell that is blank by accident."""

from __future__ import annotations

import html
from typing import Any

import pandas as pd
from pandas.api.types import is_float_dtype, is_integer_dtype

from pixelstudy.figures.hosts import readable_host
from pixelstudy.figures.page import without_controls
from pixelstudy.measure.shares import percent

__all__ = ["table"]

_NARROW = "\u00a0"  # no line break between a number and its sign


def table(rows: pd.DataFrame, /, missing: str = "too few", **words: str) -> Any:
    """Return `rows` as a table that a notebook shows, for ``IPython.display``.

    A column of fractions is of shares and shown in per cent; another missing value than a share is a
    dash. Whole numbers have commas, except under words with "year". Text that came from a mail stays text: it is
    escaped, and has nothing that changes its direction.

    Parameters
    ----------
    missing
        What a missing share is called.
    words
        The columns to show, in their order, and the words above each.

    Examples
    --------
    >>> import pandas as pd
    >>> found = table(pd.DataFrame({"n": [1200], "share": [0.5]}), n="messages", share="with a spy pixel")
    >>> [word for word in ("messages", "1,200") if word in found.data]
    ['messages', '1,200']
    """
    from IPython.display import HTML

    if rows.empty:
        return HTML("<p>There is nothing to list here.</p>")  # type: ignore[no-untyped-call]
    columns = {word: _shown(rows[name], missing, is_year="year" in word) for name, word in words.items()}
    numeric = [is_integer_dtype(rows[name]) or is_float_dtype(rows[name]) for name in words]
    sides = [f' style="text-align:{"right" if is_number else "left"}"' for is_number in numeric]
    head = "".join(f"<th{side}>{html.escape(word)}</th>" for word, side in zip(words.values(), sides, strict=True))
    body = "".join(
        f"<tr>{''.join(f'<td{side}>{cell}</td>' for cell, side in zip(cells, sides, strict=True))}</tr>\n"
        for cells in zip(*columns.values(), strict=True)
    )
    # The classes keep a notebook from typesetting a dollar sign in a name as mathematics.
    classes = "dataframe tex2jax_ignore mathjax_ignore"
    return HTML(  # type: ignore[no-untyped-call]
        f'<table class="{classes}">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>'
    )


def _shown(values: pd.Series[Any], missing: str, *, is_year: bool) -> list[str]:
    if is_float_dtype(values):
        return [missing if pd.isna(value) else percent(float(value)).replace(" ", _NARROW) for value in values]
    if is_integer_dtype(values):
        return ["–" if pd.isna(value) else f"{value}" if is_year else f"{value:,}" for value in values]
    return ["–" if pd.isna(value) else html.escape(readable_host(without_controls(str(value)))) for value in values]
