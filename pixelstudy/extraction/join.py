"""Joining the tables of all parts: in order, each message once, with its further copies counted.

A message is read several times when it is in several exports, or under several labels of one. The first copy is kept,
with the labels of all, and with the population that any of them gives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pixelstudy.extraction.parquet import read_parquet
from pixelstudy.extraction.parts import Task, notes_in
from pixelstudy.mail.populations import merge_populations
from pixelstudy.storage.places import Place, ahead, whole_file
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED, Table

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

    n_before_header: int = 0
    """Messages that had something before their header, which was left out."""

    n_doubtful: int = 0
    """Lines of mboxes that start with ``From `` and may or may not begin a message."""


def join_parts(tasks: Iterable[Task], folder: Place) -> Counts:
    """Write the joined tables of all `tasks` into `folder`, and return what became of everything.

    The tables of a task are read as soon as it is done, and its messages once more when all copies are known.
    """
    copies = _Copies()
    counts = dict.fromkeys((field.name for field in fields(Counts)), 0)
    is_first_of: list[tuple[Task, list[bool]]] = []
    with _writer(RESOURCES, folder) as resources, _writer(SKIPPED, folder) as left:
        for task, part, rows, skipped in ahead(_found_by, tasks, where=folder):
            is_first = copies.add(part)
            is_first_of.append((task, is_first))
            kept_rows = rows if all(is_first) else _of_kept(rows, part, is_first)
            resources.write(kept_rows)
            left.write(skipped)
            counts["n_read"] += len(part) + len(skipped)
            counts["n_skipped"] += len(skipped)
            counts["n_resources"] += len(kept_rows)
            for name, n in notes_in(part).items():
                counts[name] += n
    found = copies.found()
    with _writer(MESSAGES, folder) as messages:
        for part, is_first in ahead(_messages_of, is_first_of, where=folder):
            kept = part if all(is_first) else part.filter(pa.array(is_first, pa.bool_()))
            messages.write(_with_copies(kept, found))
            counts["n_kept"] += len(kept)
            counts["n_duplicates"] += len(part) - len(kept)
            counts["n_with_html"] += sum(kept["has_html"].to_pylist())
    return Counts(**counts)


_NAMING = ["message_key", "labels", "population", "n_resources"]


def _found_by(task: Task) -> tuple[Task, pa.Table, pa.Table, pa.Table]:
    """Return a task with what identifies its messages, its resources, and what it skipped."""
    part = read_parquet(task.path(MESSAGES), _NAMING)
    return task, part, read_parquet(task.path(RESOURCES)), read_parquet(task.path(SKIPPED))


def _messages_of(one: tuple[Task, list[bool]]) -> tuple[pa.Table, list[bool]]:
    task, is_first = one
    return read_parquet(task.path(MESSAGES)), is_first


class _Copies:
    """The messages that were read, by their key, and what further copies say about them."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str | None, str]] = {}
        self._again: dict[str, list[tuple[str | None, str]]] = {}

    def add(self, part: pa.Table) -> list[bool]:
        """Add the messages of a part, and return which of them are first copies."""
        is_first = []
        columns = (part[name].to_pylist() for name in ("message_key", "labels", "population"))
        for key, labels, population in zip(*columns, strict=True):
            is_first.append(key not in self._first)
            if is_first[-1]:
                self._first[key] = (labels, population)
            else:
                self._again.setdefault(key, [self._first[key]]).append((labels, population))
        return is_first

    def found(self) -> Mapping[str, tuple[int, str | None, str]]:
        """Return further copies, all labels and the population of each message that was read more than once."""
        return {
            key: (len(found) - 1, _all_labels(found), merge_populations(p for _, p in found))
            for key, found in self._again.items()
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
    """Return the resources of the messages that are kept; they are in the order of the messages."""
    keep: list[bool] = []
    for n, first in zip(part["n_resources"].to_pylist(), is_first, strict=True):
        keep.extend([first] * n)
    return rows.filter(pa.array(keep, pa.bool_()))


_GROUP_ROWS = 1 << 14
"""About how many rows are compressed together; the few rows of one part take more space, and more time."""


class _Writer:
    """A table that is written part by part."""

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
