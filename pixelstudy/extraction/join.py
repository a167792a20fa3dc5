"""Joining the tables of all parts: in order, each message once, with its further copies counted.

A message is read several times when it is in several exports, or under several labels of one. The first copy is kept,
with the labels of all, and with the population that any of them gives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pixelstudy.extraction.evidence import (
    PAIRED,
    Compared,
    Trace,
    changing_groups,
    compare_all,
    issue_pairs,
    proofs,
    with_evidence,
)
from pixelstudy.extraction.parquet import read_parquet
from pixelstudy.extraction.parts import Task, notes_in
from pixelstudy.mail.boxes.folders import FLAGS
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

    Each part is read twice: as it comes, for what tells its messages apart; and once all are there, when the copies and
    the evidence of the mailbox are known.
    """
    copies = _Copies()
    counts = dict.fromkeys((field.name for field in fields(Counts)), 0)
    parts: list[_Kept] = []
    traces: list[Trace] = []
    with _writer(SKIPPED, folder) as left:
        for task, messages, resources, skipped in ahead(_found_by, tasks, where=folder):
            kept = _Kept(task, copies.add(messages))
            parts.append(kept)
            traces.append(Trace.of(kept.messages(messages), kept.resources(resources, messages)))
            left.write(skipped)
            counts["n_read"] += len(messages) + len(skipped)
            counts["n_skipped"] += len(skipped)
            for name, n in notes_in(messages).items():
                counts[name] += n
    stops = np.cumsum([0, *(len(trace.like) for trace in traces)])
    compared = compare_all(traces)
    slices = [compared.part(start, stop) for start, stop in pairwise(stops)]
    changing = _changing(parts, slices, folder)
    found, pairs = copies.found(), _pairs(parts, folder)
    with _writer(MESSAGES, folder) as all_messages, _writer(RESOURCES, folder) as all_resources:
        for kept, here in zip(parts, slices, strict=True):
            part = read_parquet(kept.task.path(MESSAGES))
            messages = kept.messages(part)
            resources = with_evidence(
                kept.resources(read_parquet(kept.task.path(RESOURCES)), part), here, changing, pairs
            )
            all_resources.write(resources)
            all_messages.write(_recounted(_with_copies(messages, found), resources))
            counts["n_kept"] += len(messages)
            counts["n_duplicates"] += len(part) - len(messages)
            counts["n_with_html"] += pc.sum(messages["has_html"]).as_py() or 0
            counts["n_resources"] += len(resources)
    return Counts(**counts)


_NAMING = ["message_key", "labels", "population", "n_resources", "sender_address", "recipients_key"]
_COMPARED = ["site", "path_shape", "url", "is_quoted", "sight"]


def _found_by(task: Task) -> tuple[Task, pa.Table, pa.Table, pa.Table]:
    """Return a task with what tells its messages apart, what is compared of its resources, and what it skipped."""
    return (
        task,
        read_parquet(task.path(MESSAGES), _NAMING),
        read_parquet(task.path(RESOURCES), _COMPARED),
        read_parquet(task.path(SKIPPED)),
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """A part, and which of its messages are kept: the first copy of each."""

    task: Task
    is_first: list[bool]

    def messages(self, part: pa.Table) -> pa.Table:
        return part if all(self.is_first) else part.filter(pa.array(self.is_first, pa.bool_()))

    def resources(self, rows: pa.Table, part: pa.Table) -> pa.Table:
        """Return the resources of the messages that are kept; `rows` are in the order of the messages of `part`."""
        if all(self.is_first):
            return rows
        return rows.filter(pa.array(np.repeat(self.is_first, part["n_resources"].to_numpy())))


def _changing(parts: Sequence[_Kept], slices: Sequence[Compared], folder: Place) -> set[int]:
    """Return the groups of resources whose addresses change enough to number recipients."""
    wanted = [(kept, here) for kept, here in zip(parts, slices, strict=True) if here.may_change.any()]

    def urls(one: tuple[_Kept, Compared]) -> pa.ChunkedArray:
        kept, here = one
        part = read_parquet(kept.task.path(MESSAGES), ["n_resources"])
        rows = kept.resources(read_parquet(kept.task.path(RESOURCES), ["url"]), part)
        return rows["url"].filter(pa.array(here.may_change))

    found = [url for column in ahead(urls, wanted, where=folder) for url in column.to_pylist()]
    like = np.concatenate([here.like[here.may_change] for _, here in wanted] or [np.empty(0, np.uint64)])
    return changing_groups(like, found)


def _pairs(parts: Sequence[_Kept], folder: Place) -> dict[tuple[str, int], str]:
    """Return what issues that two recipients got prove, by message key and position."""
    columns = ["message_key", "issue_key", "recipients_key"]
    read = ahead(lambda kept: kept.messages(read_parquet(kept.task.path(MESSAGES), columns)), parts, where=folder)
    messages = [(number, row) for number, part in enumerate(read) for row in part.to_pylist()]
    places = issue_pairs([row for _, row in messages])
    wanted = {place for pair in places for place in pair}
    rows: dict[str, list[dict[str, Any]]] = {messages[place][1]["message_key"]: [] for place in wanted}
    for number in {messages[place][0] for place in wanted}:
        resources = read_parquet(parts[number].task.path(RESOURCES), PAIRED)
        for row in resources.filter(pc.is_in(resources["message_key"], pa.array(rows, pa.large_string()))).to_pylist():
            rows[row["message_key"]].append(row)
    proved: dict[tuple[str, int], str] = {}
    for pair in places:
        proved |= proofs(*(rows[messages[place][1]["message_key"]] for place in pair))
    return proved


def _recounted(messages: pa.Table, resources: pa.Table) -> pa.Table:
    """Return `messages` with their spy pixels counted again; `resources` are theirs, in their order."""
    message = np.repeat(np.arange(len(messages)), messages["n_resources"].to_numpy())
    is_spy = pc.equal(resources["verdict"], "spy_pixel").to_numpy(zero_copy_only=False)
    counts = np.bincount(message[is_spy], minlength=len(messages))
    at = messages.schema.get_field_index("n_spy_pixel")
    return messages.set_column(at, messages.schema.field(at), pa.array(counts, pa.int64()))


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
            key: (len(found) - 1, _all_labels(there), _population(there))
            for key, found in self._again.items()
            for there in [_still_there(found)]
        }


def _still_there(copies: list[tuple[str | None, str]]) -> list[tuple[str | None, str]]:
    """Return the copies without Maildir's flag T if there are any: programs move a message by copying and flagging."""
    return [copy for copy in copies if FLAGS["T"] not in (copy[0] or "").split("\n")] or copies


def _population(copies: Iterable[tuple[str | None, str]]) -> str:
    return merge_populations((population, (labels or "").split("\n")) for labels, population in copies)


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
