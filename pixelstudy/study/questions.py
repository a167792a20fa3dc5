"""What one asks of a study: how many messages have a spy pixel, by which definition, from which vendors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from pixelstudy.errors import UserError
from pixelstudy.measure.definitions import DEFINITIONS, HEADLINE, find_definition
from pixelstudy.measure.prevalence import prevalence as shares_of
from pixelstudy.measure.prevalence import vendor_shares
from pixelstudy.pixels.urls.vendors import vendor_table
from pixelstudy.reporting.report import write_report
from pixelstudy.study.study import Study
from pixelstudy.tables import VERDICTS

__all__ = ["definitions", "prevalence", "report", "vendors"]

_COLUMNS = ["n", "n_with", "share", "low", "high", "n_senders", "sender_share", "method"]


def prevalence(tables: Study, definition: str = HEADLINE, *, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Return the share of messages that have a spy pixel, one row a group.

    The denominator is every message with HTML that the study measures: what was received, unless it was opened for
    other populations.

    Parameters
    ----------
    tables
        What :func:`open_study` or :func:`read_tables` returned.
    definition
        The name of a definition; :func:`definitions` lists them.
    by
        ``year``, ``sender``, ``vendor``, ``kind``, or another column of the messages, or several columns; without
        it there is one row. By vendor, a row's share is of all messages, and a message counts for each vendor in it.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then ``n`` (messages), ``n_with`` (those with a spy pixel), ``share`` with its 95 %
        interval from ``low`` to ``high``, ``n_senders``, ``sender_share`` (the share with each sender counted once)
        and ``method`` (what made the interval, or why there are too few messages for a share).

    Raises
    ------
    UserError
        When there is no such definition or column.

    Examples
    --------
    >>> import pixelstudy as ps
    >>> ps.prevalence(ps.open_study("released"), "declared_1x1").columns.to_list()
    ['n', 'n_with', 'share', 'low', 'high', 'n_senders', 'sender_share', 'method']
    """
    messages, resources = tables.messages, tables.resources
    counted = messages[tables.is_solicited & messages["has_html"]]
    if by == "vendor":
        rows = vendor_shares(counted, resources[find_definition(definition).rule(resources)], verdicts=VERDICTS)
        keys = ["vendor"]
    else:
        columns = {"sender_site": "sender"} if by == "sender" else {}
        rows = shares_of(counted, tables.has_pixel(counted, definition), by=next(iter(columns), by))
        rows = rows.rename(columns=columns)
        keys = [] if by is None else [by] if isinstance(by, str) else list(by)
    return rows.rename(columns={"n_messages": "n"})[[*keys, *_COLUMNS]]


def definitions() -> pd.DataFrame:
    """Return every definition of "this message has a spy pixel", one row each.

    Its columns are ``name``, ``title`` (what it counts), ``source`` (who uses it, and where that is published) and
    ``group`` (``ours``, ``peer`` for a rule of a published tool, ``list`` for a published list of addresses).

    Examples
    --------
    >>> import pixelstudy as ps
    >>> ps.definitions().set_index("name").loc["spy_pixel", "group"]
    'ours'
    """
    columns = ["name", "title", "source", "group"]
    return pd.DataFrame([[getattr(one, column) for column in columns] for one in DEFINITIONS], columns=columns)


def vendors() -> pd.DataFrame:
    """Return every endpoint that is known by name, one row each, as ``vendors.csv`` has them.

    Examples
    --------
    >>> import pixelstudy as ps
    >>> table = ps.vendors()
    >>> table.loc[table["host"] == "330w.com", "vendor"].tolist()
    ['330w']
    """
    return pd.DataFrame([asdict(rule) for rule in vendor_table()]).astype({"first_year": "Int64", "last_year": "Int64"})


def report(
    tables: Study | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    redact: bool = False,
    populations: Sequence[str] | None = None,
) -> Path:
    """Write one page about a mailbox, to read in a browser, and return its path.

    Parameters
    ----------
    tables
        A folder that :func:`extract` wrote, or a study of one mailbox.
    out
        The page to write, as ``.html``.
    redact
        Whether to leave out persons, file names and senders with few messages, so that the page can be shared.
    populations
        What is measured: by default what the study measures, or what was received.

    Raises
    ------
    UserError
        When there are no tables, or the page can't be written.

    Examples
    --------
    >>> import pixelstudy as ps, tempfile
    >>> tables = ps.open_study("released").data / "corpora" / "markup"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ps.report(tables, f"{folder}/page.html").name
    'page.html'
    """
    if isinstance(tables, Study):
        if len(tables.tables) != 1:
            names = ", ".join(name for name, _ in tables.tables)
            raise UserError(f"a report is about one mailbox, and this study has {names}: give the folder of one")
        ((_, folder),) = tables.tables
        return write_report(folder, out, redact=redact, populations=populations or tables.populations)
    return write_report(tables, out, redact=redact, populations=populations)
