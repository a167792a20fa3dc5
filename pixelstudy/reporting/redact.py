"""The tables of one's own mailbox, made fit to share: what is measured stays, what could identify anybody goes.

:func:`~pixelstudy.extraction.redaction.redact_mailbox` says what that is. Here its tables are written, with the CSVs.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace

import pyarrow as pa

from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_table, write_arrow
from pixelstudy.extraction.redaction import FEWEST, coarse, redact_mailbox
from pixelstudy.extraction.run import read_run
from pixelstudy.reporting.summary import write_csvs
from pixelstudy.storage.places import Place, RemotePath, place, whole_file
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED

__all__ = ["share"]

_MAILBOX = "mailbox"


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
    tables = redact_mailbox(
        read_table(MESSAGES, folder), read_table(RESOURCES, folder), read_table(SKIPPED, folder), fewest=fewest
    )
    redacted = replace(
        run,
        arguments={**run.arguments, "mailboxes": [_MAILBOX] * len(run.arguments["mailboxes"])},
        size_bytes=coarse(run.size_bytes, 10**6),
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
