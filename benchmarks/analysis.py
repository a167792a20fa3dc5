"""The analysis of many resources: generated tables of millions, and what a summary and a share take of time and memory.

The tables are those of generated newsletters, written again and again under new keys, senders and years, so that
every column looks as it does in a real run. ``python -m benchmarks.analysis 10 FOLDER`` does it with ten million.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.newsletters import write_newsletters
from benchmarks.processes import run
from pixelstudy.extraction.run import extract
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED

__all__ = ["measure", "write_tables"]

_SEED_BYTES = 40_000_000
_YEARS = 12


def write_tables(folder: Path, n_resources: int) -> tuple[int, int]:
    """Write tables of at least `n_resources` into `folder`, and return how many messages and resources they hold."""
    seed = folder / "seed"
    seed.mkdir(parents=True, exist_ok=True)
    write_newsletters(seed / "seed.mbox", _SEED_BYTES)
    extract([seed / "seed.mbox"], seed / "tables", jobs=1)
    messages = pq.read_table(seed / "tables" / "messages.parquet")
    resources = pq.read_table(seed / "tables" / "resources.parquet")
    n_copies = -(-n_resources // len(resources))
    with (
        pq.ParquetWriter(folder / "messages.parquet", MESSAGES.schema(), compression="zstd") as to_messages,
        pq.ParquetWriter(folder / "resources.parquet", RESOURCES.schema(), compression="zstd") as to_resources,
    ):
        for copy in range(n_copies):
            to_messages.write_table(_again(messages, MESSAGES.schema(), copy))
            to_resources.write_table(_again(resources, RESOURCES.schema(), copy))
    pq.write_table(SKIPPED.schema().empty_table(), folder / "skipped.parquet")
    (folder / "run.json").write_bytes((seed / "tables" / "run.json").read_bytes())
    return n_copies * len(messages), n_copies * len(resources)


def _again(table: pa.Table, schema: pa.Schema, copy: int) -> pa.Table:
    """Return the rows of `table` as those of other messages, of other senders, in another year."""
    mark = f"{copy:04x}"

    def put(name: str, column: pa.ChunkedArray) -> None:
        nonlocal table
        at = table.schema.get_field_index(name)
        table = table.set_column(at, schema.field(name), column.cast(schema.field(name).type))

    def joined(start: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.binary_join_element_wise(
            pa.scalar(start, pa.large_string()), column, pa.scalar("", pa.large_string())
        )

    put("message_key", joined(mark, pc.utf8_slice_codeunits(table["message_key"], 4)))
    if "year" in table.column_names:
        put("year", pa.chunked_array([pa.array(np.full(len(table), 2026 - copy % _YEARS))]))
        for name in ("sender_site", "sender_domain"):
            put(name, joined(f"{copy % 50}-", table[name]))
    return table


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Return seconds and peak memory of a summary, and of shares by several definitions, over tables in `folder`."""
    ways = {
        "summary": [sys.executable, "-m", "pixelstudy", "summary", str(folder)],
        "shares by every definition": [sys.executable, "-m", "benchmarks.analysis", "--shares", str(folder)],
    }
    found = {}
    for name, command in ways.items():
        spent = run(command)
        found[name] = {"seconds": round(spent.seconds, 1), "peak_mb": round(spent.peak_mb)}
    return found


def _shares(folder: Path) -> None:
    """Do what notebooks do: every definition over the tables of a study, each with its interval over senders."""
    from pixelstudy.measure.definitions import DEFINITIONS, has_pixel
    from pixelstudy.measure.prevalence import prevalence, vendor_shares
    from pixelstudy.study.study import Study

    study = Study("generated", (("generated", folder),), folder / "results", is_private=True)
    mail = study.messages[study.messages["has_html"]]
    for definition in DEFINITIONS:
        share = prevalence(mail, has_pixel(mail, study.resources, definition), definition=definition.name)
        print(f"{definition.name:24} {share['share'][0]:.3f}")
    print(vendor_shares(mail, study.resources).head(3).to_string())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--shares"]:
        _shares(Path(sys.argv[2]))
        sys.exit()
    parser = argparse.ArgumentParser(description="Measure the analysis of many resources.")
    parser.add_argument("millions", type=float, help="resources, in millions")
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    n_messages, n_resources = write_tables(asked.folder, int(asked.millions * 1e6))
    print(json.dumps({"messages": n_messages, "resources": n_resources, **measure(asked.folder)}, indent=1))
