"""Shares of messages that have a spy pixel: by group, by vendor, and with the mix of kinds held fixed.

Every function takes messages (columns as in :data:`pixelstudy.tables.MESSAGES`) and most take `has`: on the same
index, whether each message has a spy pixel by the definition at hand. All messages given are the denominator, so
leave out beforehand what should not count (other populations, mail without HTML). See
:mod:`pixelstudy.measure.intervals` for how intervals are made.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from pixelstudy.errors import UserError
from pixelstudy.measure.intervals import CELLS, Flags, Floats, wilson
from pixelstudy.measure.shares import RULES, Rules, Share, column_shares, mixed_share, sender_codes, tally, weights_of
from pixelstudy.tables import SURE_OF_VENDOR

__all__ = ["prevalence", "standardise", "vendor_shares"]

_SENDER_COLUMNS = ("sender_address", "sender_domain", "sender_site")
_FIELDS = [field.name for field in fields(Share)]


def prevalence(
    messages: pd.DataFrame,
    has: pd.Series[bool],
    *,
    by: str | Sequence[str] | None = None,
    cluster: str = "sender_site",
    definition: str = "",
    rules: Rules = RULES,
) -> pd.DataFrame:
    """Return one row a group: the columns of `by`, the fields of :class:`.Share`, and `is_refused`.

    Groups are sorted, a missing value last; without `by` there is one row. A group with too few messages or senders
    (:class:`.Rules`) keeps its counts and has no share. Where each group is a sender (`by` holds `cluster` or another
    column of senders), its messages count as independent: Wilson's interval, no share by sender, and no least number
    of senders.

    Raises
    ------
    UserError
        When `has` does not fit the messages, or a column is missing.
    """
    keys = [] if by is None else [by] if isinstance(by, str) else list(by)
    flags = _flags(messages, has, [*keys, cluster])
    if keys:
        group = messages.groupby(keys, dropna=False, observed=True).ngroup().to_numpy(np.int64)
        frame = messages[keys].iloc[np.unique(group, return_index=True)[1]].reset_index(drop=True)
    else:
        group, frame = np.zeros(len(messages), np.int64), pd.DataFrame(index=range(1))
    # One pass over the messages; from here on, one row for each pair of group and sender.
    which, _, n, n_with = tally(group, sender_codes(messages[cluster]), flags)
    ends = np.searchsorted(which, np.arange(len(frame) + 1))
    share = _share_of_sender if any(k == cluster or k in _SENDER_COLUMNS for k in keys) else mixed_share
    shares = [share(n[a:b, None], n_with[a:b, None], rules) for a, b in pairwise(ends)]
    rows = pd.DataFrame(shares, columns=_FIELDS).assign(definition=definition)
    return pd.concat([frame, rows], axis=1).assign(is_refused=rows["share"].isna())


UNKNOWN, LOOKALIKE = "no company known", "looks like a company's, by its path alone"
"""What a ranking of vendors calls the pixels for which it names none."""


def vendor_shares(
    messages: pd.DataFrame,
    resources: pd.DataFrame,
    *,
    verdicts: Collection[str] = ("spy_pixel",),
    cluster: str = "sender_site",
    definition: str = "",
    with_rest: bool = False,
    rules: Rules = RULES,
) -> pd.DataFrame:
    """Return one row a vendor: the share of messages with a resource of that vendor, largest share first.

    Columns are `vendor`, `vendor_kind`, then as in :func:`prevalence`. A resource counts if its verdict is in
    `verdicts` and its vendor is known by host, or by the shape of the path and the headers together
    (`vendor_confidence`), not by the shape alone. The denominator of every row is all `messages`; resources of other
    messages are ignored. `with_rest` adds two rows for the others: :data:`LOOKALIKE` and :data:`UNKNOWN`.
    """
    _flags(messages, pd.Series(False, index=messages.index), ["message_key", cluster])
    counted = resources.loc[
        resources["verdict"].isin(list(verdicts)), ["message_key", "vendor", "vendor_kind", "vendor_confidence"]
    ].astype({"vendor": "object", "vendor_kind": "object"})
    is_named = counted["vendor"].notna() & counted["vendor_confidence"].isin(SURE_OF_VENDOR)
    if with_rest:
        rest = counted["vendor"].isna().map({True: UNKNOWN, False: LOOKALIKE})
        counted = counted.assign(vendor=counted["vendor"].where(is_named, rest))
        counted["vendor_kind"] = counted["vendor_kind"].where(is_named, None)
    else:
        counted = counted[is_named]
    counted = counted.drop_duplicates(["message_key", "vendor"])
    if messages["message_key"].duplicated().any():
        raise UserError("some messages occur twice: measure each corpus by itself, or drop repeated message_keys")
    place = pd.Index(messages["message_key"]).get_indexer(pd.Index(counted["message_key"]))
    counted, sender = counted.assign(place=place)[place >= 0], sender_codes(messages[cluster])
    vendors = counted.groupby("vendor", observed=True)["vendor_kind"].first()
    row = sender[counted["place"].to_numpy()]
    column = vendors.index.get_indexer(pd.Index(counted["vendor"]))
    n = np.bincount(sender).astype(float)
    rows, step = [], max(1, CELLS // max(len(n), 1))
    for start in range(0, len(vendors), step):
        n_vendors = min(step, len(vendors) - start)
        here = (column >= start) & (column < start + n_vendors)
        cells = row[here] * n_vendors + column[here] - start
        n_with = np.bincount(cells, minlength=len(n) * n_vendors).reshape(len(n), n_vendors).astype(float)
        found = vendors.iloc[start : start + n_vendors].items()
        rows += [
            (vendor, kind, *astuple(share))
            for (vendor, kind), share in zip(found, column_shares(n, n_with, rules), strict=True)
        ]
    table = pd.DataFrame(rows, columns=["vendor", "vendor_kind", *_FIELDS])
    table = table.assign(definition=definition, is_refused=table["share"].isna())
    return table.sort_values("n_with", ascending=False, kind="stable", ignore_index=True)


def standardise(
    messages: pd.DataFrame,
    has: pd.Series[bool],
    *,
    weights: Mapping[Any, float],
    over: str = "kind",
    cluster: str = "sender_site",
    definition: str = "",
    rules: Rules = RULES,
) -> Share:
    """Return the share that the messages would have if the strata of `over` were mixed by `weights`.

    This is direct standardisation, the weighted mean of the strata's own shares, so that two corpora can be compared
    at the same mix of kinds. Weights are divided by their sum. Strata without a weight, or of weight 0, are left out
    of the counts too, so `n_with` / `n_messages` is not `share`. A sender counts once in each stratum.

    Each stratum has the interval of :func:`.cluster_bootstrap`. They are joined by square-and-add for linear functions
    of proportions (Zou, Huang & Zhang 2009), with the correlations between strata from the bootstrap over all senders;
    so a stratum in which all or none have a pixel still widens the interval.

    The share is refused when a weighted stratum has too few messages or senders; `method` names it.

    Raises
    ------
    UserError
        When a weight is negative or not a number, all are 0, or a weighted stratum has no message.
    """
    flags, mix = _flags(messages, has, [over, cluster]), weights_of(weights)
    stratum = pd.Index(list(mix)).get_indexer(pd.Index(messages[over]))
    empty = [str(name) for place, name in enumerate(mix) if not (stratum == place).any()]
    if empty:
        there = ", ".join(sorted(map(str, messages[over].dropna().unique()))) or "none"
        raise UserError(f"no message of {over} {', '.join(empty)} to give a weight to; there are: {there}")
    used = stratum >= 0
    column, row, n, n_with = tally(stratum[used], sender_codes(messages[cluster][used]), flags[used])
    wide = np.zeros((2, row.max() + 1, len(mix)))
    wide[:, row, column] = n, n_with
    return replace(mixed_share(wide[0], wide[1], rules, mix=mix), definition=definition)


def _flags(messages: pd.DataFrame, has: pd.Series[bool], columns: Sequence[str]) -> Flags:
    """Return `has` as an array, once it and the `columns` of the messages are what they should be."""
    missing = [name for name in columns if name not in messages.columns]
    if missing:
        raise UserError(f"no column {', '.join(missing)} among the messages; there are {', '.join(map(str, messages))}")
    if not has.index.equals(messages.index):
        raise UserError("`has` and the messages differ in their index: make it from the same frame")
    if not pd.api.types.is_bool_dtype(has) or has.isna().any():
        raise UserError(f"`has` is {has.dtype} with {has.isna().sum()} missing: give True or False throughout")
    return has.to_numpy(dtype=bool)


def _share_of_sender(n: Floats, n_with: Floats, rules: Rules) -> Share:
    total, found, nan = int(n.sum()), int(n_with.sum()), math.nan
    share, low, high, method = nan, nan, nan, f"refused: under {rules.min_messages} messages"
    if total >= max(rules.min_messages, 1):
        share, method = found / total, "Wilson"
        low, high = wilson(found, total, level=rules.level)
    return Share(total, found, share, low, high, len(n), nan, nan, nan, method, rules.level)
