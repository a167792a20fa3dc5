"""Verdicts by other settings: what the rules would say of a mailbox with another limit, or another list of vendors.

All that the rules look at is in the tables, so no mail is read again. The evidence of the mailbox stays as it was
found; only what comes to be seen loses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pixelstudy.extraction.parquet import read_rows, read_schema, read_table
from pixelstudy.pixels.address_facts import AddressFacts, facts_of, token_of
from pixelstudy.pixels.carriers import CARRIERS, Shows
from pixelstudy.pixels.css.visibility import Visibility
from pixelstudy.pixels.examine import look_of, signals_of
from pixelstudy.pixels.signals import Sight, sight_of
from pixelstudy.pixels.urls.address import read_address
from pixelstudy.pixels.urls.tokens import Token
from pixelstudy.pixels.urls.vendors import find_vendor
from pixelstudy.pixels.verdict import KEYED_TOKEN_BITS, SPACER_REPEATS, TOKEN_BITS, VerdictName, judge
from pixelstudy.tables import REJUDGED, RESOURCES

__all__ = [
    "AS_IT_IS",
    "LOOKED_AT",
    "SETTINGS",
    "Setting",
    "VendorRules",
    "rejudge",
    "rejudge_all",
    "rejudged",
]

VendorRules = Literal["all", "not from the corpora", "none"]
"""Which rules about vendors are used: all; those that have another source than the study's own corpora; none."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The rules, with one thing about them changed."""

    knob: str = ""
    """What is changed, in a few words."""

    value: str = ""
    """What it is changed to, in a few words."""

    rules: VendorRules = "all"
    """Which rules about vendors are used."""

    largest_px2: float | None = None
    """The largest picture that nobody sees, if it is not hidden; then a line is not taken for one."""

    no_size: Sight = "unknown"
    """What a picture is that states no size at all."""

    token_bits: float = TOKEN_BITS
    """What a token must be able to tell apart."""

    keyed_bits: float = KEYED_TOKEN_BITS
    """The same under a query key that names a person."""

    repeats: float = SPACER_REPEATS
    """An address that occurs so often in a message is layout."""

    @property
    def name(self) -> str:
        """What the tables call it."""
        return f"{self.knob}: {self.value}"


AS_IT_IS = Setting()
"""The rules as they are."""

SETTINGS = (
    Setting("vendor rules", "without those from the corpora", rules="not from the corpora"),
    Setting("vendor rules", "none", rules="none"),
    *(
        Setting("largest dot", f"{area} px²{', no lines' if area == 9 else ''}", largest_px2=area)
        for area in (0, 1, 4, 9, 25, 100)
    ),
    Setting("no size stated", "taken for unseen", no_size="unseen"),
    Setting("no size stated", "taken for seen", no_size="seen"),
    *(Setting("bits of a token", f"{bits}", token_bits=bits) for bits in (14, 30, 40, 60)),
    *(Setting("bits of a keyed token", f"{bits}", keyed_bits=bits) for bits in (20, 30)),
    Setting("repeats that make a spacer", "2", repeats=2),
    Setting("repeats that make a spacer", "5", repeats=5),
    Setting("repeats that make a spacer", "no limit", repeats=float("inf")),
)
"""Every setting that the study tries, each with one thing changed."""

LOOKED_AT = (
    "message_key position carrier url width_px height_px size_from declared_width declared_height declared_from "
    "declared_hiding hidden_by sight signs n_repeats vendor token_bits identity n_recipients is_changing "
    "proved_by_pair verdict_alone verdict"
).split()
"""The columns of a mailbox's resources that are needed."""


class _Row(NamedTuple):
    """One resource, as the rules see it."""

    facts: AddressFacts
    shows: Shows
    visibility: Visibility
    identity: str | None
    n_alike: int
    signs: tuple[str, ...]
    n_recipients: int
    is_changing: bool
    proved: str | None


def rejudge(resources: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return what `setting` says of those resources whose verdict it changes.

    Parameters
    ----------
    resources
        The columns :data:`LOOKED_AT` of whole messages.
    setting
        One of :data:`SETTINGS`, or another.

    Returns
    -------
    pandas.DataFrame
        ``message_key``, ``position``, ``setting`` (its name), ``verdict_alone`` and ``verdict``; on the index of
        `resources`.
    """
    rows = resources[_may_change(resources, setting)]
    alike = resources[resources["n_repeats"] > 1].groupby(["message_key", "url", "carrier"], observed=True)
    n_alike = alike["position"].transform("size").reindex(rows.index).fillna(1).astype(int)
    found = [_verdicts(_row(values, n), setting) for values, n in zip(rows.to_dict("records"), n_alike, strict=True)]
    verdicts = pd.DataFrame(found, index=rows.index, columns=["verdict_alone", "verdict"], dtype="str")
    judged = pd.concat([rows[["message_key", "position"]].assign(setting=setting.name), verdicts], axis=1)
    is_other = (verdicts != rows[["verdict_alone", "verdict"]].astype("str")).any(axis=1)
    return judged[is_other]


def rejudge_all(resources: pd.DataFrame) -> pd.DataFrame:
    """Return :func:`rejudge` by each of :data:`SETTINGS`, one after the other: :data:`~pixelstudy.tables.REJUDGED`."""
    known = resources[LOOKED_AT]
    return pd.concat([rejudge(known, setting) for setting in SETTINGS], ignore_index=True)


def _may_change(resources: pd.DataFrame, setting: Setting) -> pd.Series[bool]:
    """Return which resources the setting can affect; the others are not judged again."""
    if setting == AS_IT_IS:
        return pd.Series(data=True, index=resources.index)
    width, height = resources["width_px"], resources["height_px"]
    may = pd.Series(data=False, index=resources.index)
    if setting.rules != "all":
        may |= resources["vendor"].notna()
    if setting.largest_px2 is not None:
        may |= (width * height <= 100) | (pd.concat([width, height], axis=1).min(axis=1) <= _THIN_PX)
    if setting.no_size != "unknown":
        may |= width.isna() & height.isna()
    if (setting.token_bits, setting.keyed_bits) != (TOKEN_BITS, KEYED_TOKEN_BITS):
        may |= resources["token_bits"].notna()
    if setting.repeats != SPACER_REPEATS:
        may |= resources["n_repeats"] > 1
    return may


_THIN_PX = 5


def _row(values: Mapping[Any, Any], n_alike: int) -> _Row:
    known: dict[str, Any] = {name: None if pd.isna(value) else value for name, value in values.items()}
    visibility = Visibility(*(known[name] for name in Visibility._fields))
    address = read_address(str(known["url"]))
    assert address is not None, "what is in the table was an address"
    if known["carrier"] == "link dns-prefetch":  # only its host is asked for
        address = address._replace(url=f"https://{address.host}/", path="/")
    return _Row(
        facts_of(address),
        _shows(known, visibility),
        visibility,
        known["identity"],
        n_alike,
        tuple((known["signs"] or "").replace("_", "-").split()),
        int(known["n_recipients"] or 0),
        bool(known["is_changing"]),
        known["proved_by_pair"],
    )


_SHOWS: Mapping[str, Shows] = {
    carrier.name: carrier.shows for carrier in CARRIERS if carrier.shows in {"style", "page"}
} | {"css import": "style", "css font-face": "style"}


def _shows(known: Mapping[str, Any], visibility: Visibility) -> Shows:
    """Return what a carrier shows; if its name may mean a picture or nothing visible, the size decides."""
    if known["carrier"] in _SHOWS:
        return _SHOWS[known["carrier"]]
    width, height = visibility.width_px, visibility.height_px
    is_dot = 0 in (width, height) or (width is not None and height is not None and width * height <= 9)
    return "nothing" if known["sight"] == "unseen" and not is_dot and not visibility.hidden_by else "picture"


_DOT = Visibility(1.0, 1.0, "attribute", None, None, None, None, None)
_PICTURE = Visibility(600.0, 600.0, "attribute", None, None, None, None, None)


def _resized(row: _Row, setting: Setting) -> Visibility:
    """Return size and hiding as the setting takes them."""
    sight = row.visibility
    width, height = sight.width_px, sight.height_px
    if sight.hidden_by or row.shows != "picture":
        return sight
    if width is None and height is None and look_of(sight).kind == "unsized":
        return {"unknown": sight, "unseen": _DOT, "seen": _PICTURE}[setting.no_size]
    if setting.largest_px2 is not None and width is not None and height is not None:
        return _DOT if width * height <= setting.largest_px2 else _PICTURE
    return sight


def _verdicts(row: _Row, setting: Setting) -> tuple[VerdictName, VerdictName]:
    """Return the verdict of the message alone, and that with the evidence of the mailbox."""
    facts, visibility = row.facts, _resized(row, setting)
    if facts.vendor is not None and setting.rules != "all":
        source = facts.vendor.source if setting.rules == "none" else "corpora"
        is_out = facts.vendor.source == source
        rule = find_vendor(facts.host, facts.path, without=source) if is_out and setting.rules != "none" else None
        facts = facts._replace(vendor=rule) if is_out else facts
    look = look_of(visibility)
    token = token_of(facts, row.shows, look.kind)
    signs = row.signs if look.kind == "unsized" else ()
    n_alike = SPACER_REPEATS if row.n_alike >= setting.repeats else min(row.n_alike, SPACER_REPEATS - 1)
    signals = signals_of(facts, row.shows, visibility, look, _weighed(token, setting), row.identity, n_alike, signs)
    alone = judge(signals).name
    return alone, _with_evidence(alone, row, is_seen=sight_of(signals) == "seen")


def _weighed(token: Token | None, setting: Setting) -> Token | None:
    """Return a token with the number of bits at which the rules do what the setting's limits would."""
    if token is None:
        return None
    limit, usual = (setting.keyed_bits, KEYED_TOKEN_BITS) if token.is_keyed else (setting.token_bits, TOKEN_BITS)
    if limit == usual:
        return token
    return replace(token, bits=max(token.bits, usual) if token.bits >= limit else 0.0)


def _with_evidence(alone: VerdictName, row: _Row, *, is_seen: bool) -> VerdictName:
    """Return what :func:`~pixelstudy.extraction.evidence.with_evidence` makes of a verdict."""
    verdict = alone
    if row.n_recipients > 1 and row.identity is None and alone in {"spy_pixel", "tracked_content"}:
        verdict = "counting_pixel" if alone == "spy_pixel" else "content"
    elif row.is_changing and not is_seen:
        verdict = "spy_pixel"
    if row.proved == "differs" and verdict not in {"spy_pixel", "tracked_content"}:
        verdict = "tracked_content" if is_seen else "spy_pixel"
    return verdict


def rejudged(tables: Iterable[tuple[str, Path]], messages: Iterable[str]) -> pd.DataFrame:
    """Return the resources of some messages that another setting judges otherwise: the columns of ``rejudged.parquet``.

    Its ``setting`` is categorical, with every setting that was tried.

    Parameters
    ----------
    tables
        The name and the folder of each corpus, as in a study. A released corpus has the file; for a
        mailbox, the rules are asked again. Of shared tables, which have neither file nor addresses, nothing comes back.
    messages
        The keys of the messages.
    """
    keys, has_any = list(messages), False
    wanted = pc.field("message_key").isin(pa.array(keys, pa.large_string()))
    found = [pd.DataFrame(columns=list(REJUDGED.names), dtype="str")]
    for _, folder in tables:
        if (folder / f"{REJUDGED.name}.parquet").exists():
            one = read_table(REJUDGED, folder)
            found.append(one[one["message_key"].isin(keys)])
            has_any = True
        elif set(LOOKED_AT) <= set(read_schema(folder / f"{RESOURCES.name}.parquet").names):
            rows = read_rows(RESOURCES, folder, columns=LOOKED_AT, filters=wanted)
            found.append(rejudge_all(rows.to_pandas()))
            has_any = True
    changed = pd.concat(found, ignore_index=True)
    names = [setting.name for setting in SETTINGS] if has_any else []
    return changed.assign(setting=pd.Categorical(changed["setting"], categories=names))
