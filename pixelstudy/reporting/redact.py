"""The tables of one's own mailbox, made fit to share: what is measured stays, what could identify anybody goes.

This goes beyond what a release leaves out (:mod:`pixelstudy.extraction.redaction`). Senders with few messages and the
owner of the mailbox become numbers, and so do the hosts in their mail and sites that occur in few messages, unless a
vendor is known by them. Messages are renumbered, since anyone with a copy of a message could work out its key. The day,
the exact sizes and the file names go.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace

import pandas as pd
import pyarrow as pa

from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_table, write_arrow
from pixelstudy.extraction.redaction import (
    FEWEST,
    WRITTEN_BY_OWNER,
    WRITTEN_BY_PERSONS,
    in_few_messages,
    redact_messages,
    redact_resources,
    redact_skipped,
)
from pixelstudy.extraction.run import read_run
from pixelstudy.reporting.summary import write_csvs
from pixelstudy.storage.places import Place, RemotePath, place, whole_file
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED, SURE_OF_VENDOR, Table

__all__ = ["share", "shared_tables"]

_MAILBOX = "mailbox"
_SIZE_STEP = 1_000


def share(
    folder: str | os.PathLike[str] | RemotePath, out: str | os.PathLike[str] | RemotePath, *, fewest: int = FEWEST
) -> list[Place]:
    """Write the tables of `folder` into `out`, fit to share, with their CSVs; return the paths.

    Parameters
    ----------
    folder
        Where ``pixelstudy extract`` wrote its tables.
    out
        Another folder; it is made if missing.
    fewest
        Senders and sites with fewer messages than this are not named.

    Raises
    ------
    UserError
        When `folder` holds no finished run, or `out` is that folder or can't be written.
    """
    folder, out = place(folder), place(out)
    if out.resolve() == folder.resolve():
        raise UserError(f"{out} holds the tables to share from; name another folder with --out")
    run = read_run(folder)
    if run is None:
        raise UserError(f"{folder} holds no finished run; make it with: pixelstudy extract MAILBOX --out {folder}")
    tables = shared_tables(
        read_table(MESSAGES, folder), read_table(RESOURCES, folder), read_table(SKIPPED, folder), fewest=fewest
    )
    redacted = replace(
        run,
        arguments={**run.arguments, "mailboxes": [_MAILBOX] * len(run.arguments["mailboxes"])},
        size_bytes=_coarse(run.size_bytes, 10**6),
        fingerprint="",
    )
    paths: list[Place] = [out / f"{table.name}.parquet" for table in tables]
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, (table, frame) in zip(paths, tables.items(), strict=True):
            schema = table.released().schema()
            data = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
            write_arrow(data.replace_schema_metadata(None), path)
        with whole_file(out / "run.json") as file:
            file.write((json.dumps(asdict(redacted), indent=2) + "\n").encode())
    except OSError as error:
        raise UserError(f"{out} can't be written: {error.strerror or error}; name another folder with --out") from None
    return [*paths, out / "run.json", *write_csvs(out)]


def shared_tables(
    messages: pd.DataFrame, resources: pd.DataFrame, skipped: pd.DataFrame, *, fewest: int = FEWEST
) -> dict[Table, pd.DataFrame]:
    """Return the three tables, fit to share, with the columns of a release.

    Every message and every resource is kept with its verdict, and mails of one sender stay together, so shares and
    intervals are the same as before.
    """
    kept = redact_messages(messages)
    of_few = in_few_messages(messages["sender_site"], messages["message_key"], fewest)
    of_few |= messages["population"].isin(WRITTEN_BY_OWNER)
    is_folded = of_few & ~messages["kind"].isin(WRITTEN_BY_PERSONS)  # those already have a number
    codes, _ = pd.factorize(messages["sender_site"].where(is_folded))
    numbers = pd.Series([f"sender-{code + 1}" for code in codes], index=kept.index, dtype="str")
    for column in ("sender_domain", "sender_site"):
        kept[column] = kept[column].mask(is_folded, numbers)
    kept["origin"] = _MAILBOX
    kept["sent_at"] = kept["sent_at"].dt.normalize() - pd.to_timedelta(kept["sent_at"].dt.day - 1, unit="D")
    for column in ("size_bytes", "html_bytes"):
        kept[column] = kept[column].map(lambda size: _coarse(size, _SIZE_STEP)).astype("Int64")

    is_rare = in_few_messages(resources["site"], resources["message_key"], fewest)
    is_rare &= ~resources["vendor_confidence"].isin(SURE_OF_VENDOR)
    in_few = resources["message_key"].isin(messages.loc[of_few, "message_key"])
    loaded = redact_resources(resources, messages, is_folded=is_rare | in_few)
    keys = {key: f"{number:016x}" for number, key in enumerate(kept["message_key"])}
    kept["message_key"], loaded["message_key"] = kept["message_key"].map(keys), loaded["message_key"].map(keys)
    left = redact_skipped(skipped).assign(origin=_MAILBOX)
    return {MESSAGES: kept, RESOURCES: loaded, SKIPPED: left}


def _coarse(size: int, step: int) -> int:
    """Return a size rounded down to a multiple of `step`, but not to 0."""
    return max(size // step * step, step) if size else 0
