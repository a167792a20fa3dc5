"""Totals of the mailing lists by year: the description of ``data/lists_by_year.csv``.

The corpus ``lists`` has only mail with HTML. With these totals, from the same repositories, one can give shares of all
mail.
"""

from __future__ import annotations

from typing import Any

__all__ = ["LISTS_BY_YEAR", "lists_by_year_described", "lists_by_year_resource"]

LISTS_BY_YEAR = {
    "part": ("string", "The part of the corpus `lists`: `openbmc` or `usrp-users`."),
    "year": ("integer", "The year in which the messages were sent."),
    "n_messages": ("integer", "All messages on the list in that year."),
    "n_with_html": (
        "integer",
        "Those with HTML, of any size. Those of 200,000 bytes or more are not in the corpus.",
    ),
    "source": ("string", "The repository and the commit in which they were counted."),
}
"""The type and meaning of each column."""


def lists_by_year_described() -> str:
    """Return the part of ``data/README.md`` about the file."""
    lines = ["### `lists_by_year.csv`", "", "One row is a mailing list in a year.", ""]
    lines += ["| column | type | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {kind} | {meaning} |" for name, (kind, meaning) in LISTS_BY_YEAR.items()]
    return "\n".join(lines)


def lists_by_year_resource() -> dict[str, Any]:
    """Return the entry for the file in the Data Package descriptor."""
    fields = [
        {"name": name, "type": kind, "description": meaning, "constraints": {"required": True}}
        for name, (kind, meaning) in LISTS_BY_YEAR.items()
    ]
    return {
        "name": "lists-by-year",
        "path": "lists_by_year.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": "One row is a mailing list in a year.",
        "schema": {"fields": fields},
    }
