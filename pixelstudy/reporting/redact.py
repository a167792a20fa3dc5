"""The tables of a mailbox of one's own as they may be shared: what is measured stays, what could name anybody goes.

On top of what a release leaves out (:mod:`.redact`): senders with few messages, and the owner of the mailbox,
become numbers, and so do the hosts in their mail and the sites that few messages ask, unless a vendor is known by
them. Messages are numbered
anew, since their keys can be told from a copy of the message; the day, the exact sizes and the file names go.
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
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED, Table

__all__ = ["share", "shared_tables"]

_MAILBOX = "mailbox"
_SIZE_STEP = 1_000


def share(
    folder: str | os.PathLike[str] | RemotePath, out: str | os.PathLike[str] | RemotePath, *, fewest: int = FEWEST
) -> list[Place]:
    """Write the tables of `folder` into `out` as they may be shared, with their CSVs, and return the paths.

    Parameters
    ----------
    folder
        Where ``pixelstudy extract`` wrote its tables.
    out
        Another folder; made when missing.
    fewest
        Senders and sites with fewer messages are not named.

    Raises
    ------
    UserError
        When `folder` holds no finished run, or `out` is that folder or can't be written.
    """
    folder, out = place(folder), place(out)
    if out.resolve() == folder.resolve():
        raise UserError(f"{out} holds the tables that are to stay; name another folder with --out")
    run = read_run(folder)
    if run is None:
        raise UserError(f"{folder} holds no finished run; make it with: pixelstudy extract MAILBOX --out {folder}")
    tables = shared_tables(
        read_table(MESSAGES, folder), read_table(RESOURCES, folder), read_table(SKIPPED, folder), fewest=fewest
    )
    said = replace(
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
            file.write((json.dumps(asdict(said), indent=2) + "\n").encode())
    except OSError as error:
        raise UserError(f"{out} can't be written: {error.strerror or error}; name another folder with --out") from None
    return [*paths, out / "run.json", *write_csvs(out)]


def shared_tables(
    messages: pd.DataFrame, resources: pd.DataFrame, skipped: pd.DataFrame, *, fewest: int = FEWEST
) -> dict[Table, pd.DataFrame]:
    """Return the three tables as they may be shared, with the columns of a release.

    Every message and every resource is still there, with its verdict, and mails of one sender still belong together:
    shares and intervals are those of the tables that stay.
    """
    kept = redact_messages(messages)
    of_few = in_few_messages(messages["sender_site"], messages["message_key"], fewest)
    of_few |= messages["population"].isin(WRITTEN_BY_OWNER)
    is_folded = of_few & ~messages["kind"].isin(WRITTEN_BY_PERSONS)  # else it has a number already
    codes, _ = pd.factorize(messages["sender_site"].where(is_folded))
    numbers = pd.Series([f"sender-{code + 1}" for code in codes], index=kept.index, dtype="str")
    for column in ("sender_domain", "sender_site"):
        kept[column] = kept[column].mask(is_folded, numbers)
    kept["origin"] = _MAILBOX
    kept["sent_at"] = kept["sent_at"].dt.normalize() - pd.to_timedelta(kept["sent_at"].dt.day - 1, unit="D")
    for column in ("size_bytes", "html_bytes"):
        kept[column] = kept[column].map(lambda size: _coarse(size, _SIZE_STEP)).astype("Int64")

    is_rare = in_few_messages(resources["site"], resources["message_key"], fewest)
    is_rare &= resources["vendor_confidence"] != "host"
    in_few = resources["message_key"].isin(messages.loc[of_few, "message_key"])
    loaded = redact_resources(resources, messages, is_folded=is_rare | in_few)
    keys = {key: f"{number:016x}" for number, key in enumerate(kept["message_key"])}
    kept["message_key"], loaded["message_key"] = kept["message_key"].map(keys), loaded["message_key"].map(keys)
    left = redact_skipped(skipped).assign(origin=_MAILBOX)
    return {MESSAGES: kept, RESOURCES: loaded, SKIPPED: left}


def _coarse(size: int, step: int) -> int:
    """Return a size to the next lower `step`, and one `step` where it is less and not nothing."""
    return max(size // step * step, step) if size else 0
