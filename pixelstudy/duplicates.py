"""The tables of all parts as one: in order, each message once, its further copies counted.

A message is read several times when it stands in several exports, or under several labels of one. The first copy is
kept; the labels of all are joined, and its population is what any of them says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pixelstudy.mail.populations import merge_populations
from pixelstudy.parts import Task
from pixelstudy.storage import Place, ahead
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED, Table, read_parquet, whole_file

__all__ = ["Counts", "join_parts"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of everything that was read: ``n_read = n_kept + n_duplicates + n_skipped``, always."""

    n_read: int
    """Messages and other things found."""

    n_kept: int
    """Rows of ``messages.parquet``."""

    n_duplicates: int
    """Further copies of a kept message."""

    n_skipped: int
    """Rows of ``skipped.parquet``."""

    n_with_html: int
    """Kept messages that show HTML."""

    n_resources: int
    """Rows of ``resources.parquet``."""


def join_parts(tasks: Sequence[Task], folder: Place) -> Counts:
    """Write the tables of all `tasks` as one into `folder`, and return what became of everything."""
    copies = _copies(tasks, folder)
    counts = dict.fromkeys((field.name for field in fields(Counts)), 0)
    seen: set[str] = set()
    with (
        _writer(MESSAGES, folder) as messages,
        _writer(RESOURCES, folder) as resources,
        _writer(SKIPPED, folder) as left,
    ):
        for kept, rows, skipped in ahead(_tables_of, tasks, where=folder):
            keys = kept["message_key"].to_pylist()
            is_first = [not (key in seen or seen.add(key)) for key in keys]  # type: ignore[func-returns-value]
            if not all(is_first):
                rows = _of_kept(rows, kept, is_first)
                kept = kept.filter(pa.array(is_first, pa.bool_()))
            messages.write(_with_copies(kept, copies))
            resources.write(rows)
            left.write(skipped)
            counts["n_read"] += len(keys) + len(skipped)
            counts["n_kept"] += len(kept)
            counts["n_duplicates"] += len(keys) - len(kept)
            counts["n_skipped"] += len(skipped)
            counts["n_with_html"] += sum(kept["has_html"].to_pylist())
            counts["n_resources"] += len(rows)
    return Counts(**counts)


def _tables_of(task: Task) -> tuple[pa.Table, pa.Table, pa.Table]:
    return read_parquet(task.path(MESSAGES)), read_parquet(task.path(RESOURCES)), read_parquet(task.path(SKIPPED))


def _keys_of(task: Task) -> pa.Table:
    return read_parquet(task.path(MESSAGES), ["message_key", "labels", "population"])


def _copies(tasks: Iterable[Task], folder: Place) -> Mapping[str, tuple[int, str | None, str]]:
    """Return, for each message that was read more than once: further copies, all its labels, its population."""
    first: dict[str, tuple[str | None, str]] = {}
    again: dict[str, list[tuple[str | None, str]]] = {}
    for part in ahead(_keys_of, tasks, where=folder):
        for key, labels, population in zip(*(column.to_pylist() for column in part.columns), strict=True):
            if key in first:
                again.setdefault(key, [first[key]]).append((labels, population))
            else:
                first[key] = (labels, population)
    return {
        key: (len(found) - 1, _all_labels(found), merge_populations(p for _, p in found))
        for key, found in again.items()
    }


def _all_labels(copies: Iterable[tuple[str | None, str]]) -> str | None:
    labels = (label for labels, _ in copies if labels for label in labels.split("\n"))
    return "\n".join(dict.fromkeys(labels)) or None


def _with_copies(kept: pa.Table, copies: Mapping[str, tuple[int, str | None, str]]) -> pa.Table:
    keys = kept["message_key"].to_pylist()
    if not any(key in copies for key in keys):
        return kept
    values = {name: kept[name].to_pylist() for name in ("labels", "population", "n_duplicates")}
    for row, key in enumerate(keys):
        if key in copies:
            values["n_duplicates"][row], values["labels"][row], values["population"][row] = copies[key]
    for name, column in values.items():
        at = kept.schema.get_field_index(name)
        kept = kept.set_column(at, kept.schema.field(at), pa.array(column, kept.schema.field(at).type))
    return kept


def _of_kept(rows: pa.Table, part: pa.Table, is_first: Sequence[bool]) -> pa.Table:
    """Return the resources of the messages that are kept; a part's rows stand in the order of its messages."""
    keep: list[bool] = []
    for n, first in zip(part["n_resources"].to_pylist(), is_first, strict=True):
        keep.extend([first] * n)
    return rows.filter(pa.array(keep, pa.bool_()))


_GROUP_ROWS = 1 << 14
"""About how many rows are packed together; fewer, as a part has, take more room, and longer to write and to read."""


class _Writer:
    """One table being written, a part at a time."""

    def __init__(self, table: Table, file: BinaryIO) -> None:
        self._schema = table.schema()
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd", compression_level=3)
        self._waiting: list[pa.Table] = []

    def write(self, data: pa.Table) -> None:
        if len(data):
            self._waiting.append(data.replace_schema_metadata(self._schema.metadata))
        if sum(map(len, self._waiting)) >= _GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
        self._waiting.clear()

    def close(self) -> None:
        self._flush()
        self._writer.close()


@contextmanager
def _writer(table: Table, folder: Place) -> Iterator[_Writer]:
    with whole_file(folder / f"{table.name}.parquet") as file, closing(_Writer(table, file)) as writer:
        yield writer
