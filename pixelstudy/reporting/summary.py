"""What a mailbox says, on one screen, and as CSV by sender, vendor and year.

The headline is the share of received messages with HTML that have a spy pixel, or of other populations when they are
asked for. Only the columns that it takes are read, and of the resources only those that are spy pixels of a known
vendor, so that memory does not grow with them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pandas as pd
import pyarrow.compute as pc

from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_rows, read_table
from pixelstudy.measure.definitions import HEADLINE
from pixelstudy.measure.denominators import MEASURED, chosen_populations, in_words
from pixelstudy.measure.prevalence import prevalence, vendor_shares
from pixelstudy.reporting.text import elided, formula_safe, labelled, printable
from pixelstudy.storage.places import Place, RemotePath, place, whole_file
from pixelstudy.tables import KINDS, MESSAGES, POPULATIONS, RESOURCES, SKIPPED

__all__ = ["summary_text", "write_csvs"]

WIDTH = 80
TOP = 5
"""Senders and vendors that the screen names; the CSVs name all."""

LAST_YEARS = 4
"""Years likewise."""

_MESSAGE_COLUMNS = (
    "message_key", "population", "kind", "year", "sender_site", "has_html", "n_spy_pixel", "stripper", "n_duplicates",
)  # fmt: skip
_VENDOR_COLUMNS = ("message_key", "vendor", "vendor_kind", "vendor_confidence", "verdict")


def summary_text(folder: str | os.PathLike[str] | RemotePath, *, populations: Sequence[str] | None = None) -> str:
    """Return for people to read what was read and found in `folder`, in 40 lines of 80 columns at most.

    The CSVs are written along with it (:func:`write_csvs`).

    Parameters
    ----------
    folder
        Where the tables are.
    populations
        What is measured: ``received`` by default.

    Raises
    ------
    UserError
        When the folder holds no tables.
    """
    folder = place(folder)
    messages = read_table(MESSAGES, folder, columns=_MESSAGE_COLUMNS)
    populations = chosen_populations(populations)
    shares = _shares(folder, messages, populations)
    lines = [
        *_what_was_read(folder, messages, populations),
        "",
        *_headline(messages, populations),
        *_top("senders", "sender_site", shares["senders"]),
        *_top("vendors", "vendor", shares["vendors"]),
        *_years(shares["years"]),
        "",
        *_written(folder, shares, populations),
    ]
    return "\n".join(printable(line).rstrip() for line in lines)


def write_csvs(folder: str | os.PathLike[str] | RemotePath, *, populations: Sequence[str] | None = None) -> list[Place]:
    """Write ``senders.csv``, ``vendors.csv`` and ``years.csv`` into ``csv/`` of `folder`; return their paths.

    Each has a row a group: received messages with HTML, those with a spy pixel, the share and its interval, empty
    where there are too few. They name senders: what is yours stays yours unless you share it. Those of other
    `populations` go into a folder that is called after them, ``csv-spam/``.

    Raises
    ------
    UserError
        When the folder holds no tables, or can't be written.
    """
    folder = place(folder)
    populations = chosen_populations(populations)
    shares = _shares(folder, read_table(MESSAGES, folder, columns=_MESSAGE_COLUMNS), populations)
    return _write(_csv_folder(folder, populations), shares)


def _denominator(messages: pd.DataFrame, populations: Sequence[str]) -> tuple[pd.DataFrame, pd.Series[bool]]:
    """Return the messages with HTML of `populations`, and which of them have a spy pixel."""
    chosen = messages[messages["population"].isin(populations) & messages["has_html"]]
    return chosen, (chosen["n_spy_pixel"] > 0).astype(bool)


def _shares(folder: Place, messages: pd.DataFrame, populations: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the table of each CSV, most spy pixels first, years in order."""
    chosen, has = _denominator(messages, populations)
    vendors = _vendor_rows(folder)
    tables = {
        "senders": prevalence(chosen, has, by="sender_site", definition=HEADLINE),
        "vendors": vendor_shares(chosen, vendors, definition=HEADLINE),
        "years": prevalence(chosen, has, by="year", definition=HEADLINE),
    }
    tables["senders"] = tables["senders"].sort_values("n_with", ascending=False, kind="stable", ignore_index=True)
    pairs = vendors.merge(chosen[["message_key", "sender_site"]], on="message_key")
    n_senders = pairs.groupby("vendor", observed=True)["sender_site"].nunique()
    tables["vendors"]["n_senders_with"] = tables["vendors"]["vendor"].map(n_senders).astype("Int64")
    return tables


def _vendor_rows(folder: Place) -> pd.DataFrame:
    """Return message and vendor of every spy pixel whose vendor is known by host."""
    wanted = (pc.field("verdict") == "spy_pixel") & (pc.field("vendor_confidence") == "host")
    frame: pd.DataFrame = read_rows(RESOURCES, folder, columns=_VENDOR_COLUMNS, filters=wanted).to_pandas()
    return frame


def _what_was_read(folder: Place, messages: pd.DataFrame, populations: Sequence[str]) -> Iterator[str]:
    skipped = read_table(SKIPPED, folder, columns=["reason"])["reason"]
    kept, copies = len(messages), int(messages["n_duplicates"].sum())
    yield from _row(
        "read", f"{kept + copies + len(skipped):,} = {kept:,} kept + {copies:,} duplicates + {len(skipped):,} skipped"
    )
    if len(skipped):
        yield from _row("skipped", _counts(skipped, tuple(skipped.value_counts().index[:3])))
    yield from _row("populations", _counts(messages["population"], POPULATIONS))
    measured = messages[messages["population"].isin(populations)]
    if len(measured):
        yield from _row("received" if populations == MEASURED else "measured", _counts(measured["kind"], KINDS))
        years = measured["year"].dropna()
        span = " to ".join(dict.fromkeys((str(years.min()), str(years.max())))) if len(years) else "unknown"
        yield from _row("years", span)
    stripped = messages["stripper"].dropna()
    if len(stripped):
        by = ", ".join(sorted(stripped.unique()))
        yield from _row("stripped", f"{by} took trackers out of {len(stripped):,} before: the share is too low")


def _headline(messages: pd.DataFrame, populations: Sequence[str]) -> Iterator[str]:
    n_measured = int(messages["population"].isin(populations).sum())
    what = in_words(populations)
    found = _share_of(messages, *populations)
    if not found["n_messages"]:
        yield from _row("SPY PIXELS", f"no share: none of {n_measured:,} messages {what} has HTML")
    elif found["is_refused"]:
        why = found["method"].removeprefix("refused: ")
        counts = f"in {found['n_with']:,} of {found['n_messages']:,} messages {what} with HTML"
        n_senders = found["n_senders"]
        senders = f"from {n_senders:,} sender{'s' * (n_senders != 1)}"
        yield from _row("SPY PIXELS", f"{counts}, {senders}: no share for {why}")
    else:
        share = _interval(found["share"], found["low"], found["high"])
        yield from _row("SPY PIXELS", f"{share} of {found['n_messages']:,} {what} with HTML")
        share = _interval(found["sender_share"], found["sender_low"], found["sender_high"])
        yield from _row("", f"{share}, each of {found['n_senders']:,} senders once")
        both = _share_of(messages, *populations, "spam")
        if populations == MEASURED and both["n_messages"] > found["n_messages"]:
            share = _interval(both["share"], both["low"], both["high"])
            yield from _row("", f"{share} of {both['n_messages']:,} with spam counted too")
        yield from _row("", f"{_percent(found['n_with'] / n_measured)} of all {n_measured:,} {what}, HTML or not")
    yield from _row("HEY", "two thirds of mail to personal accounts, no spam (BBC, Feb. 2021);")
    yield from _row("", "another population, by a rule that is not published")


def _share_of(messages: pd.DataFrame, *populations: str) -> dict[str, Any]:
    chosen, has = _denominator(messages, populations)
    return cast("dict[str, Any]", prevalence(chosen, has, definition=HEADLINE).iloc[0].to_dict())


def _top(title: str, column: str, table: pd.DataFrame) -> Iterator[str]:
    found = table[table["n_with"] > 0]
    if not len(found):
        return
    yield ""
    yield f"{f'TOP {title.upper()}, of {len(found):,}':<44}{'with spy pixel':>15}{'messages':>10}{'share':>9}"
    for row in found.head(TOP).to_dict("records"):
        name = "unknown" if pd.isna(row[column]) else str(row[column])
        yield f"  {elided(name, 40):<42}{row['n_with']:>15,}{row['n_messages']:>10,}{_percent(row['share']):>9}"


def _years(table: pd.DataFrame) -> Iterator[str]:
    known = table[table["year"].notna()]
    if not len(known):
        return
    yield ""
    title = "YEARS" + (f", the last of {len(known)}" if len(known) > LAST_YEARS else "")
    yield f"{title:<44}{'with spy pixel':>15}{'messages':>10}{'share':>9}"
    for row in known.tail(LAST_YEARS).to_dict("records"):
        year = str(row["year"]) if row["is_refused"] else f"{row['year']}  ({_ends(row['low'], row['high'])})"
        yield f"  {year:<42}{row['n_with']:>15,}{row['n_messages']:>10,}{_percent(row['share']):>9}"


def _written(folder: Place, shares: dict[str, pd.DataFrame], populations: Sequence[str]) -> Iterator[str]:
    try:
        paths = _write(_csv_folder(folder, populations), shares)
    except UserError as error:
        yield from _row("no CSV", str(error))
    else:
        where = elided(str(_csv_folder(folder, populations)), WIDTH - 20)
        yield from _row("all of them", f"{', '.join(path.name for path in paths)} in {where}")


_OF_SENDERS = ("n_senders", "sender_share", "sender_low", "sender_high")
_LEFT_OUT = {
    "senders": ("level", "is_refused", *_OF_SENDERS),
    "vendors": ("level", "is_refused"),
    "years": ("level", "is_refused"),
}


def _csv_folder(folder: Place, populations: Sequence[str]) -> Place:
    return folder / ("csv" if populations == MEASURED else f"csv-{'-'.join(populations)}")


def _write(folder: Place, shares: dict[str, pd.DataFrame]) -> list[Place]:
    paths = []
    try:
        folder.mkdir(exist_ok=True)
        for name, table in shares.items():
            safe = table[[column for column in table if column not in _LEFT_OUT[name]]].copy()
            for column in safe.columns:
                if not pd.api.types.is_numeric_dtype(safe[column]):
                    safe[column] = safe[column].map(lambda text: formula_safe(printable(text)), na_action="ignore")
            path = folder / f"{name}.csv"
            with whole_file(path) as file:
                safe.to_csv(file, index=False, float_format="%.4f", lineterminator="\n", encoding="utf-8", mode="wb")
            paths.append(path)
    except OSError as error:
        raise UserError(f"{folder} can't be written: {error.strerror}; copy the tables elsewhere") from None
    return paths


def _interval(share: float, low: float, high: float) -> str:
    return f"{_percent(share)} ({_ends(low, high)})"


def _ends(low: float, high: float) -> str:
    return f"95 % interval {100 * low:.1f} to {100 * high:.1f}"


def _percent(share: float) -> str:
    return "too few" if pd.isna(share) else f"{share:.1%}".replace("%", " %")


def _counts(values: pd.Series[str], order: tuple[str, ...]) -> str:
    """Return how many there are of each value, in `order`, those of none left out, the others as one."""
    counts = values.value_counts()
    shown = [f"{counts[name]:,} {name}" for name in order if counts.get(name, 0)]
    rest = len(values) - sum(counts.get(name, 0) for name in order)
    return ", ".join([*shown, f"{rest:,} other"] if rest else shown)


def _row(label: str, value: str) -> list[str]:
    return labelled(label, value, WIDTH)
