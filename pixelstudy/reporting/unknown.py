"""Invisible resources of no known vendor, as a table to paste into an issue.

They are grouped by site and shape of path. The sender's own site is not named, since that would tell what somebody
reads; the shape alone may tell who runs it. Nor are sites in mail that people write.
"""

from __future__ import annotations

import os
import re

import pandas as pd
import pyarrow.compute as pc

from pixelstudy import __version__
from pixelstudy.extraction.parquet import read_rows, read_table
from pixelstudy.extraction.redaction import WRITTEN_BY_OWNER, WRITTEN_BY_PERSONS, public_host
from pixelstudy.storage.places import RemotePath, place
from pixelstudy.tables import MESSAGES, RESOURCES

__all__ = ["unknown_groups", "unknown_text"]

OWN_SITE = "(the sender's own)"
FOLDED = "(in mail of persons)"

_INVISIBLE = ("spy_pixel", "counting_pixel")
_COLUMNS = ("message_key", "host", "site", "path_shape", "party", "vendor", "vendor_confidence", "verdict")
# A name that is a number or a code: of a machine, a customer, or at worst a recipient.
_CODE = re.compile(r"(?=(?:[^\d]*\d){3})[\w-]+|[\w-]{25,}")
_ADDRESS = re.compile(r"[\d.]+|\[.*\]")
_SHAPE_LIMIT = 60


def unknown_groups(folder: str | os.PathLike[str] | RemotePath) -> pd.DataFrame:
    """Return the groups, those in most messages first.

    The columns are ``host``, ``path_shape``, ``n_messages``, ``n_senders``, ``verdict`` (the most frequent one), and
    ``looks_like``: a vendor with similar paths, or the platforms that the headers name.

    Raises
    ------
    UserError
        When the folder holds no tables.
    """
    folder = place(folder)
    messages = read_table(MESSAGES, folder, columns=["message_key", "population", "kind", "sender_site", "platform"])
    is_known = pc.field("vendor_confidence") == "host"
    wanted = pc.field("verdict").isin(_INVISIBLE) & (is_known.is_null() | ~is_known)
    found: pd.DataFrame = read_rows(RESOURCES, folder, columns=_COLUMNS, filters=wanted).to_pandas()
    rows = found.merge(messages[~messages["population"].isin(WRITTEN_BY_OWNER)], on="message_key")
    rows["host"] = [_shown(host, site) for host, site in zip(rows["host"], rows["site"], strict=True)]
    rows.loc[rows["party"].isin(["first", "same_org"]), "host"] = OWN_SITE
    rows.loc[rows["kind"].isin(WRITTEN_BY_PERSONS), "host"] = FOLDED
    rows["path_shape"] = rows["path_shape"].str.slice(0, _SHAPE_LIMIT)
    groups = rows.groupby(["host", "path_shape"], sort=False)
    table = groups.agg(
        n_messages=("message_key", "nunique"),
        n_senders=("sender_site", "nunique"),
        verdict=("verdict", lambda verdicts: verdicts.mode().iloc[0]),
    )
    table["looks_like"] = [_looks_like(rows.loc[index]) for index in groups.groups.values()]
    return table.reset_index().sort_values(
        ["n_messages", "n_senders", "host", "path_shape"],
        ascending=[False, False, True, True],
        kind="stable",
        ignore_index=True,
    )


def unknown_text(folder: str | os.PathLike[str] | RemotePath, *, top: int = 40) -> str:
    """Return the first `top` groups as a Markdown table.

    Raises
    ------
    UserError
        When the folder holds no tables.
    """
    groups = unknown_groups(folder)
    if not len(groups):
        return "No invisible resource without a known vendor: nothing to contribute."
    lines = [
        f"Invisible resources of no known vendor, by pixelstudy {__version__}.",
        "In a shape `9` is digits, `h` hexadecimal, `w` a word, `x` mixed.",
        "",
        "| host | shape of the path | messages | senders | verdict | looks like, or sent by |",
        "|---|---|--:|--:|---|---|",
    ]
    for row in groups.head(top).to_dict("records"):
        shape = str(row["path_shape"]).replace("|", "/").replace("`", "'")
        lines.append(
            f"| {row['host']} | `{shape}` | {row['n_messages']:,} | {row['n_senders']:,} | {row['verdict']} "
            f"| {row['looks_like']} |"
        )
    if len(groups) > top:
        lines.append(f"\n{len(groups) - top:,} more groups; see them with --top {len(groups)}.")
    return "\n".join(lines)


def _shown(host: str, site: str) -> str:
    """Return what may be shown of a host: the words of the trade in it, and its site without numbers and codes.

    >>> _shown("jane.open.example.com", "example.com"), _shown("d1x2y3z4.cdn.example", "d1x2y3z4.cdn.example")
    ('x.open.example.com', 'x.cdn.example')
    """
    if _ADDRESS.fullmatch(host):
        return "(an IP address)"
    shown = public_host(host, site)
    return ".".join("x" if _CODE.fullmatch(label) else label for label in shown.split("."))


def _looks_like(rows: pd.DataFrame) -> str:
    vendors = [f"{vendor}?" for vendor in rows["vendor"].dropna().unique()]
    platforms = rows["platform"].value_counts().index[:3]
    return ", ".join([*sorted(vendors), *map(str, platforms)])
