"""What holds of the rows of any bytes whatever: asked by the property-based tests and by the fuzzer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pixelstudy.errors import UserError
from pixelstudy.extraction.parts import Task, part_tables
from pixelstudy.extraction.redaction import redact_messages, redact_resources
from pixelstudy.mail.boxes.folders import file_at
from pixelstudy.mail.boxes.mailbox import Mailbox, Part, open_mailbox
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED

TABLES = (MESSAGES, RESOURCES, SKIPPED)
VALUES = [
    (table.name, column.name, set(column.values)) for table in TABLES for column in table.columns if column.values
]
REQUIRED = [(table.name, column.name) for table in TABLES for column in table.columns if column.required]


def rows_of(part: Part) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the three tables that a part gives, each held against what must be so of it."""
    n_read, tables = part_tables(Task("x", part, Path()))
    rows = {table.name: data.to_pylist() for table, data in zip(TABLES, tables, strict=True)}
    messages, resources, skipped = rows["messages"], rows["resources"], rows["skipped"]
    assert n_read == len(messages) + len(skipped)
    for row in skipped:
        assert row["reason"] != "failed", row  # the library broke
    for name, column, values in VALUES:
        assert {row[column] for row in rows[name]} <= values | {None}, (name, column)
    for name, column in REQUIRED:
        assert all(row[column] is not None for row in rows[name]), (name, column)
    at = 0
    for row in messages:
        own = resources[at : at + row["n_resources"]]
        at += len(own)
        assert {each["message_key"] for each in own} <= {row["message_key"]}
        assert [each["position"] for each in own] == list(range(row["n_resources"]))
        assert row["n_spy_pixel"] == sum(each["verdict"] == "spy_pixel" for each in own)
        assert row["has_html"] or not own
        assert (row["sent_at"] is None) == (row["clock"] == "none") == (row["year"] is None)
        assert row["sent_at"] is None or row["year"] == row["sent_at"].year
        assert (row["sender_address"] is None) == (row["sender_domain"] is None)
        for each in own:
            assert 0 <= each["depth_share"] <= 1
            assert each["url"].startswith(("http://", "https://"))
            assert 0 < len(each["host"]) <= 253
            assert each["url_bytes"] == len(each["url"])
            assert each["n_repeats"] >= 1
            assert each["verdict"] != "spy_pixel" or each["vendor"] or each["token"] or each["identity"], each
    assert at == len(resources)
    return rows


def check(path: Path, *, cut: bool = True) -> dict[str, list[dict[str, Any]]]:
    """Hold what a file gives against what must be so, whole and, where asked, `cut` small; return its rows."""
    try:
        open_mailbox(path)
    except UserError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 2_000
    mailbox = Mailbox(str(path), (file_at(str(path), origin=path.name),), "")
    rows = joined(mailbox, 1 << 30)
    if cut and path.stat().st_size > 200:
        assert rows == joined(mailbox, max(100, path.stat().st_size // 5))
    return rows


def joined(mailbox: Mailbox, target_bytes: int) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all parts of a mailbox, cut into parts of about `target_bytes`."""
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in TABLES}
    for part in mailbox.parts(target_bytes):
        for name, found in rows_of(part).items():
            rows[name] += found
    return rows


def check_redacted(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Hold the rows, redacted, against the columns that may be released."""
    import pandas as pd

    frames = {table.name: pd.DataFrame(rows[table.name], columns=list(table.names)) for table in TABLES}
    assert list(redact_messages(frames["messages"])) == list(MESSAGES.released().names)
    assert list(redact_resources(frames["resources"], frames["messages"])) == list(RESOURCES.released().names)
