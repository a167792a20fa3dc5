"""The tables: every column, its type, unit and meaning, said once.

The Parquet schemas, the data dictionary in ``data/README.md`` and ``data/datapackage.json`` are all
made from :data:`MESSAGES`, :data:`RESOURCES` and :data:`SKIPPED`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pixelstudy.errors import UserError
from pixelstudy.mail.raw import REASONS
from pixelstudy.storage import Address, Place, move, place

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MESSAGES",
    "RESOURCES",
    "SKIPPED",
    "TABLES",
    "Column",
    "Table",
    "data_dictionary",
    "data_package",
    "read_parquet",
    "read_rows",
    "read_schema",
    "read_table",
    "read_tables",
    "to_arrow",
    "whole_file",
    "write_arrow",
]

Type = Literal["text", "integer", "number", "boolean", "time"]

_ARROW: Mapping[Type, pa.DataType] = {
    "text": pa.large_string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Examples
    --------
    >>> RESOURCES.column("width_px").unit
    'px'
    """

    name: str
    """The name, with its unit where it has one (``width_px``, ``sent_at``)."""

    type: Type
    """``text``, ``integer``, ``number``, ``boolean`` or ``time`` (UTC)."""

    meaning: str
    """What a value says, in one sentence."""

    unit: str = ""
    """The unit of a number, in words of the SI or the web (``px``, ``bytes``, ``bits``)."""

    values: tuple[str, ...] = ()
    """Every value the column can hold, where they can be listed."""

    required: bool = False
    """Whether every row has a value."""

    released: bool = True
    """Whether the column stands in a table that may leave the machine."""


@dataclass(frozen=True, slots=True)
class Table:
    """The schema of one table."""

    name: str
    """The file name without its suffix."""

    row: str
    """What one row is."""

    columns: tuple[Column, ...]
    """The columns, in the order of the file."""

    def column(self, name: str) -> Column:
        """Return the column called `name`; :exc:`KeyError` names the ones there are."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}; it has {', '.join(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in the order of the file."""
        return tuple(column.name for column in self.columns)

    def released(self) -> Table:
        """Return the same table without the columns that stay on the machine."""
        return Table(self.name, self.row, tuple(c for c in self.columns if c.released))

    def schema(self) -> pa.Schema:
        """Return the Arrow schema."""
        return pa.schema([pa.field(c.name, _ARROW[c.type], nullable=not c.required) for c in self.columns])


POPULATIONS = ("received", "spam", "trash", "sent", "draft", "chat")
KINDS = ("newsletter", "list", "personal", "automatic")
CLOCKS = ("date", "received", "separator", "none")
LOADS_IN = ("all", "outlook", "print", "amp")
PARTIES = ("first", "same_org", "third")
VERDICTS = ("spy_pixel", "counting_pixel", "tracked_content", "spacer", "content")
SKIP_REASONS = {
    **REASONS,
    "malformed": "no parser makes a message of it",
    "tangled": "its HTML would take the slow engine minutes",
    "failed": "this library broke on it, which is a bug",
}
VENDOR_KINDS = ("bulk_mailer", "sales_tool", "advertising", "panel", "analytics", "sender_platform")

MESSAGES = Table(
    "messages",
    "a message",
    (
        Column(
            "message_key",
            "text",
            "16 hex digits that name the message: a digest of its Message-ID, sender, "
            "date and body, the same in every export of it.",
            required=True,
        ),
        Column("origin", "text", "The file it was read from; after `!` the member of an archive.", required=True),
        Column("labels", "text", "The labels, folders and flags it carried, one a line.", released=False),
        Column(
            "population",
            "text",
            "Whose doing the message is: received unless a label, folder, flag or header "
            "says spam, trash, sent, draft or chat.",
            values=POPULATIONS,
            required=True,
        ),
        Column(
            "kind",
            "text",
            "What sort of mail the headers make it: bulk (newsletter), discussion list (list), "
            "transaction or notification (automatic), else personal; the rules stand in `pixelstudy/mail/kinds.py`.",
            values=KINDS,
            required=True,
        ),
        Column("sent_at", "time", "When it was sent, by the clock that `clock` names.", unit="UTC"),
        Column("year", "integer", "The year of `sent_at`."),
        Column(
            "clock",
            "text",
            "Which header gave `sent_at`: date when it agrees with the Received chain, else "
            "received (the last hop), else the mbox separator.",
            values=CLOCKS,
            required=True,
        ),
        Column("sender_address", "text", "The address in From, lower case.", released=False),
        Column("sender_domain", "text", "The domain of that address."),
        Column("sender_site", "text", "The registrable domain of that domain, by the public suffix list."),
        Column("list_id", "text", "The identifier in List-Id.", released=False),
        Column("platform", "text", "The sending platform that headers name, apart from any pixel."),
        Column("has_html", "boolean", "Whether the message shows an HTML part.", required=True),
        Column(
            "html_bytes", "integer", "Length of the HTML parts after decoding, in UTF-8.", unit="bytes", required=True
        ),
        Column("n_resources", "integer", "Remote resources it would load.", required=True),
        Column("n_spy_pixel", "integer", "Those with the verdict spy_pixel.", required=True),
        Column(
            "n_click_links",
            "integer",
            "Links whose address carries a token or passes a tracker; never counted as pixels.",
            required=True,
        ),
        Column(
            "has_unsubscribe",
            "boolean",
            "Whether the header List-Unsubscribe names an address to unsubscribe by.",
            required=True,
        ),
        Column(
            "has_receipt_request",
            "boolean",
            "Whether a header asks for a read receipt "
            "(Disposition-Notification-To, Return-Receipt-To, X-Confirm-Reading-To).",
            required=True,
        ),
        Column(
            "stripper",
            "text",
            "The service that had already removed trackers on the way, by its headers or its mark in the HTML.",
        ),
        Column("size_bytes", "integer", "Length of the raw message.", unit="bytes", required=True),
        Column(
            "n_duplicates", "integer", "Further copies of the same message that were read and left out.", required=True
        ),
    ),
)

RESOURCES = Table(
    "resources",
    "a remote resource that a message would load",
    (
        Column("message_key", "text", "The message it stands in.", required=True),
        Column("position", "integer", "Its place among the resources of the message, from 0.", required=True),
        Column(
            "depth_share",
            "number",
            "Its place in the document: 0 at the first byte of HTML, 1 at the last.",
            required=True,
        ),
        Column(
            "carrier",
            "text",
            "The markup that would load it, as element and attribute (`img src`, `css url`).",
            required=True,
        ),
        Column("loads_in", "text", "The clients that would load it.", values=LOADS_IN, required=True),
        Column("is_quoted", "boolean", "Whether it stands in a quoted or forwarded earlier message.", required=True),
        Column("url", "text", "The address, out of any rewriter, normalised as a browser would.", released=False),
        Column("wrapper", "text", "The rewriting proxy it was unwrapped from."),
        Column("host", "text", "The host of the address."),
        Column("site", "text", "The registrable domain of the host, or the host itself where there is none."),
        Column(
            "path_shape",
            "text",
            "The path and query with every varying run replaced by its class: 9 digits, h hex, w a word, x mixed.",
        ),
        Column("url_bytes", "integer", "Length of the address.", unit="bytes", required=True),
        Column("width_px", "number", "The width a browser would give it; missing when nothing says.", unit="px"),
        Column("height_px", "number", "The height a browser would give it; missing when nothing says.", unit="px"),
        Column("size_from", "text", "What said so: attribute, style, sheet, or two of them."),
        Column(
            "declared_width",
            "text",
            "The width as written on the element itself (attribute, else inline style), "
            "which is all that published rules read.",
        ),
        Column("declared_height", "text", "The height, likewise."),
        Column("declared_from", "text", "Where those two stand: attribute, style, or both joined by +."),
        Column(
            "declared_hiding",
            "text",
            "The hiding declared on the element itself, as written: display:none, visibility:hidden, hidden.",
        ),
        Column("hidden_by", "text", "What hides it, and where: the sign, and `self` or the ancestor's tag."),
        Column("n_repeats", "integer", "How many times its address stands in the message.", required=True),
        Column(
            "party", "text", "The site against the sender's: first, the same organisation, or third.", values=PARTIES
        ),
        Column("vendor", "text", "The company whose endpoint it is, or that its path looks like."),
        Column("vendor_kind", "text", "What that company does.", values=VENDOR_KINDS),
        Column(
            "vendor_confidence",
            "text",
            "host: the host is the vendor's own; shape: the path alone looks like it.",
            values=("host", "shape"),
        ),
        Column("listed_by", "text", "The published tracker lists whose patterns match the address, space between."),
        Column("url_words", "text", "The words of published rules that stand in the address, space between."),
        Column("token", "text", "The part of the address that tells recipients apart.", released=False),
        Column("token_bits", "number", "How much that part can tell apart, at most.", unit="bits"),
        Column("identity", "text", "How the recipient's address stands in it (`plain`, `md5`, `base64` …)."),
        Column("verdict", "text", "What it is.", values=VERDICTS, required=True),
        Column("reason", "text", "The rule that decided, and what it saw.", required=True),
    ),
)

SKIPPED = Table(
    "skipped",
    "something read that became no message",
    (
        Column("origin", "text", "The file it was read from; after `!` the member of an archive.", required=True),
        Column("offset", "integer", "Where in that file it starts, after decompression.", unit="bytes", required=True),
        Column(
            "reason",
            "text",
            "Why it was left out: " + ", ".join(f"{reason} ({what})" for reason, what in SKIP_REASONS.items()) + ".",
            values=tuple(SKIP_REASONS),
            required=True,
        ),
        Column("detail", "text", "What was seen there.", released=False),
    ),
)

TABLES = (MESSAGES, RESOURCES, SKIPPED)


def to_arrow(table: Table, columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """Return `columns`, one sequence of values a name, as an Arrow table of the schema of `table`."""
    schema = table.schema()
    return pa.table({field.name: pa.array(columns[field.name], type=field.type) for field in schema}, schema=schema)


def write_arrow(data: pa.Table, path: Place, *, in_passing: bool = False) -> None:
    """Write `data` as Parquet at `path`, whole or not at all, a loss of power included.

    Parameters
    ----------
    data
        The table.
    path
        Where it goes.
    in_passing
        Whether all of it is read, soon and once: it is packed lightly, with nothing to find rows or values by.
    """
    level = 1 if in_passing else 9  # 9 takes twice the time, for a tenth less
    with whole_file(path) as file:
        pq.write_table(
            data,
            file,
            compression="zstd",
            compression_level=level,
            use_dictionary=not in_passing,
            write_statistics=not in_passing,
        )


@contextmanager
def whole_file(path: Place) -> Iterator[BinaryIO]:
    """Give a file to write that stands at `path` when all of it is on the disk; nothing is left of one that failed."""
    partial = path.with_name(f"{path.name}.{token_hex(4)}.partial")  # another host may be at the same part
    try:
        with partial.open("wb") as file:
            yield file
            if isinstance(path, Path):
                file.flush()
                os.fsync(file.fileno())
        move(partial, path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


@contextmanager
def _readable(path: Place) -> Iterator[Any]:
    """Give what Arrow can read of `path`: that itself, or the file at an address."""
    if isinstance(path, Path):
        yield path
        return
    with path.told(), path.open("rb") as file:
        yield file


def read_parquet(path: Place, columns: Sequence[str] | None = None) -> pa.Table:
    """Return what :func:`write_arrow` wrote at `path`, or some columns of it, without a thread of its own."""
    with _readable(path) as source, pq.ParquetFile(source) as file:
        return file.read(columns=columns, use_threads=False)


def read_schema(path: Place) -> pa.Schema:
    """Return the schema of the Parquet at `path`; errors are those of Arrow and of its storage."""
    with _readable(path) as source:
        return pq.read_schema(source)


def read_table(table: Table, folder: Path | str | Address, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the table in `folder` as a DataFrame: nullable integers, text as ``str``, times in UTC.

    A column that an older version did not write is there, and empty.

    Parameters
    ----------
    table
        :data:`MESSAGES`, :data:`RESOURCES` or :data:`SKIPPED`.
    folder
        Where ``<table>.parquet`` stands: a path, or an address.
    columns
        The columns to read; all by default.

    Raises
    ------
    UserError
        When the file is missing or is not Parquet.
    """
    import pandas as pd

    data = _read(table, folder, columns)
    frame: pd.DataFrame = data.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    missing = [name for name in columns or table.released().names if name not in data.column_names]
    return frame.assign(**dict.fromkeys(missing)) if missing else frame


def read_tables(
    table: Table, folders: Sequence[tuple[str, Path]], *, named: str, plain: Collection[str] = ()
) -> pd.DataFrame:
    """Return the tables in several folders as one DataFrame: as :func:`read_table`, but with text as categories.

    Parameters
    ----------
    table
        Its columns are read, and no others.
    folders
        A name and a folder, each.
    named
        The column that holds the name.
    plain
        Columns whose text is ``str`` all the same.

    Raises
    ------
    UserError
        When a file is missing or is not Parquet.
    """
    import pandas as pd

    columns = {}
    lengths = [_read(table, folder, table.names[:1]).num_rows for _, folder in folders]
    for column in table.columns:  # one after the other: as Arrow and as pandas together they would take twice the room
        as_category = [column.name] if column.type == "text" and column.name not in plain else None
        kind = pa.dictionary(pa.int32(), pa.string()) if as_category else _ARROW[column.type]
        parts = [_read(table, folder, [column.name], read_dictionary=as_category) for _, folder in folders]
        parts = [
            part if part.column_names else pa.table({column.name: pa.nulls(n, kind)})
            for part, n in zip(parts, lengths, strict=True)
        ]
        whole = pa.concat_tables(parts).unify_dictionaries()
        columns[column.name] = whole.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)[column.name]
    names = pd.Categorical.from_codes(
        np.repeat(np.arange(len(folders)), lengths), pd.Index([name for name, _ in folders])
    )
    return pd.DataFrame({**columns, named: names}, copy=False)


def _read(table: Table, folder: Path | str | Address, columns: Sequence[str] | None, **how: Any) -> pa.Table:
    """Return those of `columns` that are in the file."""
    with _extracted(table, folder) as path:
        there = read_schema(path).names
        wanted = list(there) if columns is None else [name for name in columns if name in there]
        with _readable(path) as source:
            return pq.read_table(source, columns=wanted, **how)


def read_rows(table: Table, folder: Path | str | Address, *, columns: Sequence[str], filters: Any) -> pa.Table:
    """Return some columns of the rows of the table in `folder` that `filters` of Arrow keep.

    Raises
    ------
    UserError
        When the file is missing or is not Parquet, or has not those columns.
    """
    with _extracted(table, folder) as path, _readable(path) as source:
        return pq.read_table(source, columns=list(columns), filters=filters)


@contextmanager
def _extracted(table: Table, folder: Path | str | Address) -> Iterator[Place]:
    """Give where the table in `folder` stands; what goes wrong within becomes a line."""
    path = place(folder) / f"{table.name}.parquet"
    try:
        yield path
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; make it with: pixelstudy extract MAILBOX --out {folder}") from None
    except (ValueError, OSError) as error:
        raise UserError(f"{path} can't be read as Parquet ({error}); extract it anew".replace("\n", " ")) from None


def data_dictionary(tables: Sequence[Table] = TABLES) -> str:
    """Return the data dictionary in Markdown: a table of columns for each table."""
    parts = []
    for table in tables:
        lines = [
            f"### `{table.name}.parquet`",
            "",
            f"One row is {table.row}.",
            "",
            "| column | type | unit | released | meaning |",
            "|---|---|---|---|---|",
        ]
        for c in table.columns:
            values = f" One of {', '.join(f'`{v}`' for v in c.values)}." if c.values else ""
            missing = "" if c.required else " Can be missing."
            lines.append(
                f"| `{c.name}` | {c.type} | {c.unit} | {'yes' if c.released else 'no'} | {c.meaning}{values}{missing} |"
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


_FRICTIONLESS: Mapping[Type, str] = {
    "text": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "time": "datetime",
}


def data_package(resources: Sequence[tuple[str, Table, str]], **metadata: Any) -> dict[str, Any]:
    """Return a Data Package descriptor (Frictionless, version 1) of released tables.

    Parameters
    ----------
    resources
        Name, table and path of each file; the schema is that of the table as released.
    metadata
        What else the descriptor says: ``name``, ``title``, ``licenses`` …
    """

    def field(c: Column) -> dict[str, Any]:
        constraints: dict[str, Any] = {"required": True} if c.required else {}
        if c.values:
            constraints["enum"] = list(c.values)
        described = {"name": c.name, "type": _FRICTIONLESS[c.type], "description": c.meaning}
        return described | ({"unit": c.unit} if c.unit else {}) | ({"constraints": constraints} if constraints else {})

    return metadata | {
        "resources": [
            {
                "name": name,
                "path": path,
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                "description": f"One row is {table.row}.",
                "schema": {"fields": [field(c) for c in table.released().columns], "missingValues": [""]},
            }
            for name, table, path in resources
        ]
    }
