"""Newsletters sent to two recipients: which resources differ between the copies, recorded without any address.

An address that differs between two recipients' copies of one issue is certainly individual; one that is the same is
not, as far as two copies can show. ``data/labels/pairs.csv`` records this for the pairs in the unspy corpus.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pixelstudy.mail.boxes.single import open_message
from pixelstudy.pixels.pairing import compare_messages

__all__ = ["COLUMNS", "pair_rows", "write_pairs"]

COLUMNS = ("issue", "message_key", "other_key", "position", "carrier", "outcome", "differs_in")
"""The columns of ``pairs.csv``: the issue; the keys of the two messages; the resource's position in the first message;
its carrier; ``same`` or ``differs``; and which kinds of address parts differ."""


def pair_rows(folder: Path) -> pd.DataFrame:
    """Return a row for each resource that both copies of an issue have, for all pairs in `folder`.

    The names of the two files of a pair differ only in ``u1`` and ``u2``.
    """
    rows = []
    for second in sorted(folder.glob("*u2.eml")):
        path = second.with_name(second.name.removesuffix("u2.eml") + "u1.eml")
        first_message, second_message = open_message(path), open_message(second)
        for pair in compare_messages(first_message, second_message):
            position, other = pair.positions
            if pair.what != "resource" or position is None or other is None:
                continue
            places = sorted({difference.place for difference in pair.differences})
            rows.append(
                (
                    second.name.removesuffix("u2.eml").strip("._-").partition("__")[2],
                    first_message.key,
                    second_message.key,
                    position,
                    pair.carrier,
                    pair.outcome,
                    " ".join(places),
                )
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def write_pairs(folder: Path, home: Path) -> None:
    """Write ``data/labels/pairs.csv`` from the raw pairs in `folder`."""
    path = home / "data" / "labels" / "pairs.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    pair_rows(folder).to_csv(path, index=False, lineterminator="\n")
