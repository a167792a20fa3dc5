"""The schema as documentation: the data dictionary in ``data/README.md``, and the Data Package descriptor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pixelstudy.tables import TABLES, Column, Table, Type

__all__ = ["data_dictionary", "data_package"]


def data_dictionary(tables: Sequence[Table] = TABLES) -> str:
    """Return the data dictionary in Markdown: for each table, a list of its columns."""
    parts = []
    for table in tables:
        lines = [
            f"### `{table.name}.parquet`",
            "",
            f"One row is {table.row}.",
            "",
            "| column | type | unit | released | meaning |",
            "|---|---|---|---|---|",
        ]
        for c in table.columns:
            values = f" One of {', '.join(f'`{v}`' for v in c.values)}." if c.values else ""
            missing = "" if c.required else " Can be missing."
            lines.append(
                f"| `{c.name}` | {c.type} | {c.unit} | {'yes' if c.released else 'no'} | {c.meaning}{values}{missing} |"
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


_FRICTIONLESS: Mapping[Type, str] = {
    "text": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "time": "datetime",
}


def data_package(resources: Sequence[tuple[str, Table, str]], **metadata: Any) -> dict[str, Any]:
    """Return a Data Package descriptor (Frictionless, version 1) of released tables.

    Parameters
    ----------
    resources
        The name, table and path of each file; only released columns are described.
    metadata
        More fields of the descriptor: ``name``, ``title``, ``licenses`` …
    """

    def field(c: Column) -> dict[str, Any]:
        constraints: dict[str, Any] = {"required": True} if c.required else {}
        if c.values:
            constraints["enum"] = list(c.values)
        described = {"name": c.name, "type": _FRICTIONLESS[c.type], "description": c.meaning}
        return described | ({"unit": c.unit} if c.unit else {}) | ({"constraints": constraints} if constraints else {})

    return metadata | {
        "resources": [
            {
                "name": name,
                "path": path,
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                "description": f"One row is {table.row}.",
                "schema": {"fields": [field(c) for c in table.released().columns], "missingValues": [""]},
            }
            for name, table, path in resources
        ]
    }
