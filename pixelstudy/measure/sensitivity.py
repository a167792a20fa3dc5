"""How far the headline moves when one thing about the rules is changed, and what each kind of evidence carries.

The verdicts by other settings come from :meth:`Study.rejudged <pixelstudy.study.study.Study.rejudged>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pixelstudy.measure.comparisons import share_of
from pixelstudy.measure.shares import Share, percent

__all__ = [
    "ABLATION",
    "AS_IT_IS",
    "by_setting",
    "evidence_shares",
    "moves",
    "moves_in_words",
    "share_without",
    "verdicts_by",
]

AS_IT_IS = ""
"""The name of the setting in which nothing is changed."""

ABLATION: Mapping[str, str] = {
    "all rules": AS_IT_IS,
    "without vendor rules from the corpora": "vendor rules: without those from the corpora",
    "without vendor rules": "vendor rules: none",
}
"""The rules; without those about vendors that are known from the study's corpora alone; without any about vendors."""


def verdicts_by(
    resources: pd.DataFrame, changed: pd.DataFrame, setting: str, *, column: str = "verdict"
) -> pd.Series[str]:
    """Return the verdict of each of `resources` by `setting`: its own, or the one in `changed`.

    Parameters
    ----------
    resources
        ``message_key``, ``position`` and `column`.
    changed
        ``message_key``, ``position``, ``setting`` and `column` of those that a setting judges otherwise.
    setting
        The name of one, as ``knob: value``; or :data:`AS_IT_IS`.
    column
        ``verdict``, or ``verdict_alone`` for that of the message alone.
    """
    rows = changed[changed["setting"] == setting]
    others = pd.Series(rows[column].to_numpy(object), index=_places(rows)).reindex(_places(resources))
    return resources[column].astype("object").where(others.isna().to_numpy(), others.to_numpy())


def _places(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([rows["message_key"].astype("str"), rows["position"].astype("int64")])


def share_without(
    messages: pd.DataFrame, resources: pd.DataFrame, changed: pd.DataFrame, setting: str, *, column: str = "verdict"
) -> pd.Series[Any]:
    """Return the share of `messages` with a spy pixel by `setting`, as :func:`~.comparisons.share_of` does."""
    is_spy = verdicts_by(resources, changed, setting, column=column) == "spy_pixel"
    return share_of(messages, messages["message_key"].isin(resources.loc[is_spy, "message_key"]))


def by_setting(
    messages: pd.DataFrame, resources: pd.DataFrame, changed: pd.DataFrame, *, sites: pd.Series[str] | None = None
) -> pd.DataFrame:
    """Return the share of `messages` with a spy pixel as the rules are, and with one thing changed at a time.

    Parameters
    ----------
    messages
        Those that are measured.
    resources
        The study's; those of other messages are left out.
    changed
        What the settings say otherwise of these messages: ``message_key``, ``position``, ``setting`` (categories, all
        that were tried), ``verdict_alone``, ``verdict``.
    sites
        The site of each sender, to count once all that share a site.

    Returns
    -------
    pandas.DataFrame
        ``knob`` and ``value``, in words; the fields of :class:`.Share`; ``moved``, the difference from the first row.
        Besides the settings there is a row without the evidence of the mailbox, and rows that count each sender once.
    """
    rows = resources[resources["message_key"].isin(messages["message_key"])]
    kept = list(Share.__dataclass_fields__)
    found = [("", "as it is", share_without(messages, rows, changed, AS_IT_IS))]
    for setting in changed["setting"].cat.categories:
        knob, _, value = str(setting).partition(": ")
        found.append((knob, value, share_without(messages, rows, changed, setting)))
    alone = share_without(messages, rows, changed.iloc[:0], AS_IT_IS, column="verdict_alone")
    found.append(("evidence of the mailbox", "not used", alone))
    found.append(("senders", "each once", _each_once(found[0][2])))
    if sites is not None:
        by_site = share_without(messages.assign(sender_site=sites), rows, changed, AS_IT_IS)
        found.append(("senders", "each site once", _each_once(by_site)))
    table = pd.DataFrame([share[kept].to_dict() | {"knob": knob, "value": value} for knob, value, share in found])
    return table[["knob", "value", *kept]].assign(moved=table["share"] - table["share"].iloc[0])


def _each_once(share: pd.Series[Any]) -> pd.Series[Any]:
    """Return a row whose share is that of the senders."""
    once = share.copy()
    once[["share", "low", "high"]] = share[["sender_share", "sender_low", "sender_high"]].to_numpy()
    return once


def moves(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of :func:`by_setting` to be read: with counts, intervals and points, and no gaps."""
    is_refused = table["share"].isna()
    shares = zip(table["share"], table["low"], table["high"], strict=True)
    spied = [f"{of:,} of {n:,}" for of, n in zip(table["n_with"], table["n_messages"], strict=True)]
    return pd.DataFrame(
        {
            "what is changed": table["knob"].mask(table["knob"] == "", "nothing"),
            "to what": table["value"],
            "with a spy pixel": spied,
            "share": pd.Series([f"{percent(s)} ({percent(low)} to {percent(high)})" for s, low, high in shares]).mask(
                is_refused, "too few for a share"
            ),
            "moved by": pd.Series(
                [f"{100 * moved:+.1f} points" if moved else "nothing" for moved in table["moved"]]
            ).mask(is_refused, ""),
        }
    )


def moves_in_words(table: pd.DataFrame, what: str) -> str:
    """Return in a sentence how far the share moves in a table of :func:`by_setting` over the messages called `what`.

    Examples
    --------
    >>> rows = [("", "as it is", 0.5), ("dot", "0 px²", 0.2), ("dot", "25 px²", 0.6)]
    >>> table = pd.DataFrame(rows, columns=["knob", "value", "share"]).assign(n_messages=200, n_with=100)
    >>> moves_in_words(table, "newsletters")
    'Of 200 newsletters, 50 % have a spy pixel; with one thing changed, it is 20 % (dot: 0 px²) to 60 % (dot: 25 px²).'
    """
    first, changed = table.iloc[0], table.iloc[1:]
    if not first["n_messages"]:
        return f"There are no {what}, so there is no share to move."
    if pd.isna(first["share"]):
        return f"With a spy pixel: {first['n_with']:,} of {first['n_messages']:,} {what}, too few for a share."
    whole = f"Of {first['n_messages']:,} {what}, {percent(first['share'])} have a spy pixel"
    low, high = (
        changed.loc[changed["share"] == end].iloc[0] for end in (changed["share"].min(), changed["share"].max())
    )
    least, most = (f"{percent(row['share'])} ({row['knob']}: {row['value']})" for row in (low, high))
    if low["share"] >= first["share"] >= high["share"]:
        return f"{whole}, whichever one thing is changed."
    if high["share"] <= first["share"]:
        return f"{whole}; with one thing changed, it is never more, and as little as {least}."
    if low["share"] >= first["share"]:
        return f"{whole}; with one thing changed, it is never less, and as much as {most}."
    return f"{whole}; with one thing changed, it is {least} to {most}."


_TOLD = ("the recipient's address", "a rule for a vendor", "a token", "new in every message", "two recipients' copies")
_UNSEEN = ("a dot", "hidden", "a line", "no size stated", "its markup shows nothing")


def evidence_shares(messages: pd.DataFrame, resources: pd.DataFrame) -> pd.DataFrame:
    """Return in how many of `messages` each kind of evidence makes a spy pixel, and in how many it is alone.

    Returns
    -------
    pandas.DataFrame
        ``question`` (why nobody sees it, or what tells recipients apart), ``evidence``, ``n_pixels``, ``n_messages``,
        and ``n_only``: messages in which no spy pixel has other evidence. Kinds that do not occur are left out.
    """
    spy = resources[(resources["verdict"] == "spy_pixel") & resources["message_key"].isin(messages["message_key"])]
    width, height = spy["width_px"], spy["height_px"]
    is_hidden, is_unsized = spy["hidden_by"].notna(), width.isna() & height.isna()
    is_dot = (width * height <= 9) | (width == 0) | (height == 0)
    unseen = pd.Series("a line", index=spy.index).mask(is_unsized & (spy["sight"] == "unseen"), _UNSEEN[4])
    unseen = unseen.mask(is_unsized & (spy["sight"] == "unknown"), "no size stated").mask(is_hidden, "hidden")
    told = pd.Series("a token", index=spy.index)
    told = told.mask(spy["reason"].astype("str").str.contains("recipient's part"), "a rule for a vendor")
    told = told.mask(spy["identity"].notna(), _TOLD[0])
    is_evidence = spy["verdict_alone"].ne("spy_pixel")
    told = told.mask(is_evidence, _TOLD[3]).mask(
        is_evidence & spy["reason"].astype("str").str.startswith("Two "), _TOLD[4]
    )
    found = []
    for question, kind, kinds in (
        ("why nobody sees it", unseen.mask(is_dot, "a dot"), _UNSEEN),
        ("what tells recipients apart", told, _TOLD),
    ):
        n_kinds = kind.groupby(spy["message_key"], observed=True).nunique()
        for name in kinds:
            keys = spy.loc[kind == name, "message_key"]
            n_only = int((n_kinds.reindex(keys.unique()) == 1).sum())
            found.append((question, name, len(keys), keys.nunique(), n_only))
    table = pd.DataFrame(found, columns=["question", "evidence", "n_pixels", "n_messages", "n_only"])
    return table[table["n_pixels"] > 0].reset_index(drop=True)
