"""Reading one part of a mailbox into its three tables, in any process; a bad message becomes a row of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import pyarrow as pa

from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_schema, to_arrow, write_arrow
from pixelstudy.extraction.resume import Watch, is_unchanged
from pixelstudy.mail.boxes.folders import File
from pixelstudy.mail.boxes.mailbox import Part, read_part
from pixelstudy.mail.message import Message, UnreadableError, parse_message
from pixelstudy.mail.populations import Population
from pixelstudy.mail.raw import RawMessage, Skipped
from pixelstudy.pixels.clicks import count_click_links
from pixelstudy.pixels.examine import Resource, TooLargeError, resources_of
from pixelstudy.pixels.html import Engine, TangledError
from pixelstudy.pixels.urls.address import site_of
from pixelstudy.storage.places import Place
from pixelstudy.tables import EVIDENCE, MESSAGES, RESOURCES, SKIPPED, Table

__all__ = ["Task", "batches", "message_rows", "notes_in", "part_tables", "run_batch", "run_task", "unsettled"]

_NOTES = b"notes"
_EARLIER = b"earlier"
_ITEM_BYTES = 1024  # what a thing that was read takes up beside its bytes


# Arrow's own memory pools never give memory back; a worker writes many small tables and keeps none.
pa.set_memory_pool(pa.system_memory_pool())


@dataclass(frozen=True, slots=True)
class Task:
    """One part to be read, and where its tables go."""

    name: str
    """The name of its tables, from what it reads and how (``part_name``)."""

    part: Part
    """What is read."""

    work: Place
    """The folder of its tables."""

    engine: Engine = "fast"
    """The HTML engine."""

    population: Population | None = None
    """The population of all its messages, if known."""

    renamed: tuple[str, str] = ("", "")
    """How every origin starts, and how it shall start instead."""

    n_earlier: int = 0
    """How many batches of the part come before this one, if it is read in batches."""

    def path(self, table: Table) -> Place:
        """Return where the part's own `table` is written."""
        return self.work / f"{self.name}.{table.name}.parquet"

    @property
    def is_done(self) -> bool:
        """Whether all its tables are there, made from what is in the mailbox now."""
        paths = [self.path(table) for table in (MESSAGES, RESOURCES, SKIPPED)]
        return all(path.exists() for path in paths) and is_unchanged(self.part, paths[0])

    def batch(self, number: int) -> Task:
        """Return the task of one batch of the part, unless it is the last one, which has the name of the part."""
        return replace(self, name=f"{self.name}-{number}", n_earlier=number)

    def batches(self) -> list[Task]:
        """Return the tasks of all batches of a part that was read: itself, where it was not read in batches."""
        if not self.part.batch_bytes:
            return [self]
        n_earlier = int(read_schema(self.path(MESSAGES)).metadata[_EARLIER])
        return [*map(self.batch, range(n_earlier)), replace(self, n_earlier=n_earlier)]

    def done(self) -> list[Task]:
        """Return the tasks of all its batches if each of them is done, else nothing."""
        read = self.batches() if self.is_done else []
        return read if all(batch.is_done for batch in read[:-1]) else []


Item = RawMessage | Skipped


def run_task(task: Task, progress: Callable[[int], None] | None = None) -> int:
    """Read one part, write its three tables, or those of each of its batches, and return how many things were read.

    Parameters
    ----------
    task
        The part, and where to write.
    progress
        Called with the number of bytes read since the last call.
    """
    if task.part.batch_bytes:
        return sum(run_batch(*batch) for batch in batches(task, progress) if not batch[0].is_done)
    watch = Watch()
    n_read, tables = part_tables(task, _items(task.part, progress, watch))
    _write(task, tables, watch.metadata(task.part))
    return n_read


def batches(task: Task, progress: Callable[[int], None] | None = None) -> Iterator[tuple[Task, list[Item]]]:
    """Yield all that is in a part in batches of about ``task.part.batch_bytes``, each with the task that writes it.

    The last one, which may be empty, has the name of the part: once it and those before it exist, the part is complete.
    """
    assert task.part.batch_bytes
    number = size = 0
    items: list[Item] = []
    for item in _items(task.part, progress):
        if size >= task.part.batch_bytes:
            yield task.batch(number), items
            number, size, items = number + 1, 0, []
        items.append(item)
        size += _ITEM_BYTES + (len(item.data) if isinstance(item, RawMessage) else 0)
    yield replace(task, n_earlier=number), items


def run_batch(task: Task, items: Sequence[Item]) -> int:
    """Write the tables of one of :func:`batches`, and return how many things are in it."""
    n_read, tables = part_tables(task, items)
    _write(task, tables, {_EARLIER: str(task.n_earlier)})
    return n_read


def _write(task: Task, tables: tuple[pa.Table, pa.Table, pa.Table], metadata: Mapping[bytes, bytes | str]) -> None:
    rows, resources, skipped = tables
    rows = rows.replace_schema_metadata({**rows.schema.metadata, **metadata})
    for table, data in ((SKIPPED, skipped), (RESOURCES, resources), (MESSAGES, rows)):
        write_arrow(data, task.path(table), is_temporary=True)


def part_tables(task: Task, items: Iterable[Item] | None = None) -> tuple[int, tuple[pa.Table, pa.Table, pa.Table]]:
    """Return how many things were read in a part, and its messages, resources and skipped things as Arrow tables.

    Parameters
    ----------
    task
        The part, and how it is read.
    items
        What was read in it; by default, it is read now.
    """
    messages: dict[str, list[Any]] = {name: [] for name in MESSAGES.names}
    keys: list[str] = []
    resources: list[Resource] = []
    skipped: dict[str, list[Any]] = {name: [] for name in SKIPPED.names}
    n_read, notes = 0, Counter[str]()
    for item in _items(task.part) if items is None else items:
        n_read += 1
        if isinstance(item, RawMessage):
            notes["n_before_header"] += item.before_bytes > 0
            notes["n_doubtful"] += item.n_doubtful
        row = _read_item(item, task)
        if isinstance(row, Skipped):
            for name in SKIPPED.names:
                skipped[name].append(getattr(row, name))
            continue
        message, found = row
        for name, value in message.items():
            messages[name].append(value)
        keys += [message["message_key"]] * len(found)
        resources += found
    columns: dict[str, Sequence[Any]] = dict(
        zip(Resource._fields, zip(*resources, strict=True) if resources else repeat(()), strict=False)
    )
    return n_read, (
        to_arrow(MESSAGES, messages).replace_schema_metadata({_NOTES: json.dumps(notes)}),
        to_arrow(RESOURCES, {"message_key": keys, **columns, **unsettled(columns["verdict"])}),
        to_arrow(SKIPPED, skipped),
    )


def notes_in(messages: pa.Table) -> Mapping[str, int]:
    """Return what was noted while the messages of a part were read, by the name of its count."""
    noted: Mapping[str, int] = json.loads(messages.schema.metadata[_NOTES])
    return noted


def unsettled(verdicts: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Return the columns that the evidence of the mailbox fills in once all parts are read."""
    return {**dict.fromkeys(EVIDENCE, [None] * len(verdicts)), "verdict_alone": verdicts}


def _items(part: Part, progress: Callable[[int], None] | None = None, watch: Watch | None = None) -> Iterator[Item]:
    """Yield the messages in `part`; an unexpected error costs only the rest of a file."""
    pieces = [part]
    if len(part.files) > 1:
        pieces = [Part((file,), file.size_bytes if isinstance(file, File) else 0) for file in part.files]
    for piece in pieces:
        try:
            yield from read_part(piece, progress=progress, watch=watch.see if watch else None)
        except UserError:
            raise
        except Exception as error:  # noqa: BLE001 - files are hostile input too
            yield Skipped(piece.files[0].origin, 0, "failed", f"{type(error).__name__} while it was read")


def _read_item(item: Item, task: Task) -> tuple[dict[str, Any], list[Resource]] | Skipped:
    before, after = task.renamed
    origin = after + item.origin.removeprefix(before)
    if isinstance(item, Skipped):
        return Skipped(origin, item.offset, item.reason, item.detail)
    try:
        message = parse_message(item, population=task.population)
        return message_rows(message, origin=origin, engine=task.engine)
    except UnreadableError as error:
        return Skipped(origin, item.offset, "malformed", str(error))
    except TangledError as error:
        return Skipped(origin, item.offset, "tangled", str(error))
    except TooLargeError as error:
        return Skipped(origin, item.offset, "too large", str(error))
    except Exception as error:  # noqa: BLE001 - mail is hostile input
        return Skipped(origin, item.offset, "failed", type(error).__name__)


def message_rows(message: Message, *, origin: str, engine: Engine = "fast") -> tuple[dict[str, Any], list[Resource]]:
    """Return the row of `message`, by column name, and its resources."""
    found = resources_of(message, engine=engine)
    row = {
        "message_key": message.key,
        "origin": origin,
        "labels": "\n".join(message.labels) or None,
        "population": message.population,
        "kind": message.kind,
        "sent_at": message.sent_at,
        "year": message.sent_at.year if message.sent_at else None,
        "clock": message.clock,
        "sender_address": message.sender_address,
        "recipients_key": message.recipients_key,
        "issue_key": message.issue_key,
        "sender_domain": message.sender_domain,
        "sender_site": site_of(message.sender_domain) if message.sender_domain else None,
        "list_id": message.list_id,
        "platform": message.platform,
        "has_html": bool(message.html),
        "html_bytes": sum(body.size_bytes for body in message.html),
        "n_resources": len(found),
        "n_spy_pixel": sum(resource.verdict == "spy_pixel" for resource in found),
        "n_click_links": sum(count_click_links(body.text) for body in message.html),
        "has_unsubscribe": message.has_unsubscribe,
        "has_receipt_request": message.has_receipt_request,
        "stripper": message.stripper,
        "size_bytes": message.size_bytes,
        "n_duplicates": 0,
    }
    return row, found
