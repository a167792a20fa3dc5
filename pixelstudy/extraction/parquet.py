"""Writing the tables as Parquet, and reading them as Arrow tables or DataFrames."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pixelstudy.errors import UserError
from pixelstudy.storage.places import Place, RemotePath, place, whole_file
from pixelstudy.tables import ARROW_TYPES, Table

__all__ = ["read_parquet", "read_rows", "read_schema", "read_stacked", "read_table", "to_arrow", "write_arrow"]


def to_arrow(table: Table, columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """Return `columns`, a sequence of values for each name, as an Arrow table with the schema of `table`."""
    schema = table.schema()
    return pa.table({field.name: pa.array(columns[field.name], type=field.type) for field in schema}, schema=schema)


def write_arrow(data: pa.Table, path: Place, *, is_temporary: bool = False) -> None:
    """Write `data` as Parquet at `path`, whole or not at all, even if the power fails.

    Parameters
    ----------
    data
        The table.
    path
        Where it goes.
    is_temporary
        Whether it will be read soon, once and completely: then it is compressed lightly, without any index.
    """
    level = 1 if is_temporary else 9  # 9 takes twice the time, and saves a tenth of the space
    with whole_file(path) as file:
        pq.write_table(
            data,
            file,
            compression="zstd",
            compression_level=level,
            use_dictionary=not is_temporary,
            write_statistics=not is_temporary,
        )


@contextmanager
def _readable(path: Place) -> Iterator[Any]:
    """Give what Arrow can read: the path itself, or the open file at an address."""
    if isinstance(path, Path):
        yield path
        return
    with path.plain_errors(), path.open("rb") as file:
        yield file


def read_parquet(path: Place, columns: Sequence[str] | None = None) -> pa.Table:
    """Return what :func:`write_arrow` wrote at `path`, or some columns of it, without starting threads."""
    with _readable(path) as source, pq.ParquetFile(source) as file:
        return file.read(columns=columns, use_threads=False)


def read_schema(path: Place) -> pa.Schema:
    """Return the schema of the Parquet file at `path`; errors are those of Arrow and of the storage."""
    with _readable(path) as source:
        return pq.read_schema(source)


def read_table(table: Table, folder: Path | str | RemotePath, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the table in `folder` as a DataFrame: nullable integers, text as ``str``, times in UTC.

    Columns that an older version did not write are there, but empty.

    Parameters
    ----------
    table
        :data:`MESSAGES`, :data:`RESOURCES` or :data:`SKIPPED`.
    folder
        Where ``<table>.parquet`` is: a path or an address.
    columns
        The columns to read; all by default.

    Raises
    ------
    UserError
        When the file is missing or is not Parquet.
    """
    data = _read(table, folder, columns)
    frame: pd.DataFrame = data.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    missing = [name for name in columns or table.released().names if name not in data.column_names]
    return frame.assign(**dict.fromkeys(missing)) if missing else frame


def read_stacked(
    table: Table, folders: Sequence[tuple[str, Path]], *, named: str, plain: Collection[str] = ()
) -> pd.DataFrame:
    """Return the tables in several folders as one DataFrame, like :func:`read_table` but with text as categories.

    Parameters
    ----------
    table
        Only its columns are read.
    folders
        Pairs of a name and a folder.
    named
        The column for the name.
    plain
        Columns whose text is ``str`` nevertheless.

    Raises
    ------
    UserError
        When a file is missing or is not Parquet.
    """
    columns = {}
    lengths = [_read(table, folder, table.names[:1]).num_rows for _, folder in folders]
    for column in table.columns:  # one by one: having all of them in Arrow and pandas would take twice the memory
        as_category = [column.name] if column.type == "text" and column.name not in plain else None
        kind = pa.dictionary(pa.int32(), pa.string()) if as_category else ARROW_TYPES[column.type]
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


def _read(table: Table, folder: Path | str | RemotePath, columns: Sequence[str] | None, **how: Any) -> pa.Table:
    """Return those of `columns` that the file has."""
    with _extracted(table, folder) as path:
        there = read_schema(path).names
        wanted = list(there) if columns is None else [name for name in columns if name in there]
        with _readable(path) as source:
            return pq.read_table(source, columns=wanted, **how)


def read_rows(table: Table, folder: Path | str | RemotePath, *, columns: Sequence[str], filters: Any) -> pa.Table:
    """Return some columns of the rows of the table in `folder` that Arrow's `filters` keep.

    Raises
    ------
    UserError
        When the file is missing, is not Parquet, or lacks those columns.
    """
    with _extracted(table, folder) as path, _readable(path) as source:
        return pq.read_table(source, columns=list(columns), filters=filters)


@contextmanager
def _extracted(table: Table, folder: Path | str | RemotePath) -> Iterator[Place]:
    """Give the path of the table in `folder`, and turn errors within this into a :exc:`UserError`."""
    path = place(folder) / f"{table.name}.parquet"
    try:
        yield path
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; make it with: pixelstudy extract MAILBOX --out {folder}") from None
    except (ValueError, OSError) as error:
        raise UserError(f"{path} can't be read as Parquet ({error}); extract it anew".replace("\n", " ")) from None
