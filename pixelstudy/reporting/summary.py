"""A mailbox summed up on one screen, and as CSV by sender, vendor and year.

The headline is the share of received messages with HTML, or of those of other populations, that have a spy pixel. To
keep memory small, only the columns in use are read, and only the resources that are spy pixels of a known vendor.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_rows, read_table
from pixelstudy.measure.definitions import HEADLINE
from pixelstudy.measure.denominators import MEASURED, chosen_populations, in_words
from pixelstudy.measure.prevalence import prevalence, vendor_shares
from pixelstudy.reporting.account import account_of, headline, measured_html, with_spam
from pixelstudy.reporting.text import elided, formula_safe, labelled, on_screen, printable
from pixelstudy.storage.places import Place, RemotePath, place, whole_file
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED, SURE_OF_VENDOR

__all__ = ["summary_text", "write_csvs"]

WIDTH = 80
TOP = 5
"""How many senders and vendors the screen names; the CSVs name all."""

LAST_YEARS = 4
"""How many years it shows."""

_MESSAGE_COLUMNS = (
    "message_key", "population", "kind", "year", "sender_address", "sender_site", "has_html", "n_spy_pixel",
    "stripper", "n_duplicates",
)  # fmt: skip
_VENDOR_COLUMNS = ("message_key", "vendor", "vendor_kind", "vendor_confidence", "verdict")


def summary_text(folder: str | os.PathLike[str] | RemotePath, *, populations: Sequence[str] | None = None) -> str:
    """Return what was read and found in `folder`, as at most 40 lines of 80 columns.

    The CSVs are written along with it (:func:`write_csvs`).

    Parameters
    ----------
    folder
        Where the tables are.
    populations
        What is measured; ``received`` by default.

    Raises
    ------
    UserError
        When the folder holds no tables.
    """
    folder = place(folder)
    messages = read_table(MESSAGES, folder, columns=_MESSAGE_COLUMNS)
    populations = chosen_populations(populations)
    shares = _shares(folder, messages, populations)
    years = shares["years"][shares["years"]["year"].notna()]
    last = f", the last of {len(years)}" if len(years) > LAST_YEARS else ""
    return on_screen(
        [
            *_what_was_read(folder, messages, populations),
            "",
            *_headline(messages, populations),
            *_top("senders", "sender_site", shares["senders"]),
            *_top("vendors", "vendor", shares["vendors"]),
            *_listed(f"YEARS{last}", map(_year, years.tail(LAST_YEARS).to_dict("records")), years.tail(LAST_YEARS)),
            "",
            *_written(folder, shares, populations),
        ]
    )


def write_csvs(folder: str | os.PathLike[str] | RemotePath, *, populations: Sequence[str] | None = None) -> list[Place]:
    """Write ``senders.csv``, ``vendors.csv`` and ``years.csv`` into ``csv/`` of `folder`; return their paths.

    Each has a row a group: its received messages with HTML, those with a spy pixel, the share and its interval, empty
    where there are too few. They name senders, so share them with care. Files on other `populations` go into a folder
    named after these, such as ``csv-spam/``.

    Raises
    ------
    UserError
        When the folder holds no tables, or can't be written.
    """
    folder = place(folder)
    populations = chosen_populations(populations)
    shares = _shares(folder, read_table(MESSAGES, folder, columns=_MESSAGE_COLUMNS), populations)
    return _write(_csv_folder(folder, populations), shares)


def _shares(folder: Place, messages: pd.DataFrame, populations: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the table of each CSV: most spy pixels first, years in order."""
    chosen, has = measured_html(messages, populations)
    wanted = (pc.field("verdict") == "spy_pixel") & pc.field("vendor_confidence").isin(SURE_OF_VENDOR)
    pixels: pd.DataFrame = read_rows(RESOURCES, folder, columns=_VENDOR_COLUMNS, filters=wanted).to_pandas()
    senders = prevalence(chosen, has, by="sender_site", definition=HEADLINE)
    vendors = vendor_shares(chosen, pixels, definition=HEADLINE)
    pairs = pixels.merge(chosen[["message_key", "sender_site"]], on="message_key")
    n_senders = pairs.groupby("vendor", observed=True)["sender_site"].nunique()
    return {
        "senders": senders.sort_values("n_with", ascending=False, kind="stable", ignore_index=True),
        "vendors": vendors.assign(n_senders_with=vendors["vendor"].map(n_senders).astype("Int64")),
        "years": prevalence(chosen, has, by="year", definition=HEADLINE),
    }


def _what_was_read(folder: Place, messages: pd.DataFrame, populations: Sequence[str]) -> Iterator[str]:
    a = account_of(messages, read_table(SKIPPED, folder, columns=["reason"])["reason"], populations)
    yield from _row("read", f"{a.n_read:,} = {a.n_kept:,} kept + {a.n_copies:,} duplicates + {a.n_skipped:,} skipped")
    if a.skipped:
        yield from _row("skipped", _counts(a.skipped, most=3))
    yield from _row("populations", _counts(a.populations))
    if a.n_measured:
        yield from _row("received" if populations == MEASURED else "measured", _counts(a.kinds))
        yield from _row("years", " to ".join(map(str, a.years)) or "unknown")
    if a.stripped:
        n_stripped = sum(a.stripped.values())
        by = ", ".join(sorted(a.stripped))
        yield from _row("stripped", f"{by} removed trackers from {n_stripped:,} of these: the share is too low")


def _headline(messages: pd.DataFrame, populations: Sequence[str]) -> Iterator[str]:
    n_measured = int(messages["population"].isin(populations).sum())
    what = in_words(populations)
    found = headline(messages, populations)
    if not found["n_messages"]:
        yield from _row("SPY PIXELS", f"no share: none of {n_measured:,} messages {what} has HTML")
    elif found["is_refused"]:
        why = found["method"].removeprefix("refused: ")
        counts = f"in {found['n_with']:,} of {found['n_messages']:,} messages {what} with HTML"
        n_senders = found["n_senders"]
        senders = f"from {n_senders:,} sender{'' if n_senders == 1 else 's'}"
        yield from _row("SPY PIXELS", f"{counts}, {senders}: no share ({why})")
    else:
        yield from _row("SPY PIXELS", f"{_interval(found)} of {found['n_messages']:,} {what} with HTML")
        yield from _row("", f"{_interval(found, 'sender_')}, each of {found['n_senders']:,} senders once")
        both = with_spam(messages, populations, found)
        if both:
            yield from _row("", f"{_interval(both)} of {both['n_messages']:,} with spam counted too")
        yield from _row("", f"{_percent(found['n_with'] / n_measured)} of all {n_measured:,} {what}, HTML or not")
    yield from _row("HEY", "two thirds of mail to personal accounts, no spam (BBC, Feb. 2021);")
    yield from _row("", "another population, by an unpublished rule")


def _top(title: str, column: str, table: pd.DataFrame) -> Iterator[str]:
    found = table[table["n_with"] > 0]
    names = (elided("unknown" if pd.isna(name) else str(name), 40) for name in found[column].head(TOP))
    return _listed(f"TOP {title.upper()}, of {len(found):,}", names, found.head(TOP))


def _year(row: Mapping[Any, Any]) -> str:
    return str(row["year"]) if row["is_refused"] else f"{row['year']}  ({_ends(row['low'], row['high'])})"


def _listed(title: str, names: Iterable[str], rows: pd.DataFrame) -> Iterator[str]:
    """Yield a heading and one line a row, if there are any."""
    if len(rows):
        yield ""
        yield f"{title:<44}{'with spy pixel':>15}{'messages':>10}{'share':>9}"
    for name, row in zip(names, rows.to_dict("records"), strict=True):
        yield f"  {name:<42}{row['n_with']:>15,}{row['n_messages']:>10,}{_percent(row['share']):>9}"


def _written(folder: Place, shares: dict[str, pd.DataFrame], populations: Sequence[str]) -> Iterator[str]:
    into = _csv_folder(folder, populations)
    try:
        paths = _write(into, shares)
    except UserError as error:
        yield from _row("no CSV", str(error))
    else:
        names = ", ".join(path.name for path in paths)
        yield from _row("all of them", f"{names} in {elided(str(into), WIDTH - 20)}")


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


def _interval(found: Mapping[str, Any], of: str = "") -> str:
    """Return a share with its interval: by message, or by sender with ``sender_``."""
    return f"{_percent(found[f'{of}share'])} ({_ends(found[f'{of}low'], found[f'{of}high'])})"


def _ends(low: float, high: float) -> str:
    return f"95 % interval {100 * low:.1f} to {100 * high:.1f}"


def _percent(share: float) -> str:
    return "too few" if pd.isna(share) else f"{100 * share:.1f} %"


def _counts(counts: Mapping[str, int], *, most: int = 10) -> str:
    """Return the first `most` counts in words, and the others as one."""
    shown = [f"{n:,} {name}" for name, n in list(counts.items())[:most]]
    rest = sum(list(counts.values())[most:])
    return ", ".join([*shown, f"{rest:,} other"] if rest else shown)


def _row(label: str, value: str) -> list[str]:
    return labelled(label, value, WIDTH)
