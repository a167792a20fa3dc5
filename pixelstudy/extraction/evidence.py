"""Evidence of the mailbox: which addresses are new in every message of their sender, and which several people got.

No list, no vendor and no rule about tokens plays a part in it. For each sender, site and shape of path, messages are
compared with one another::

    sender, site, path shape      message 1   message 2   message 3   changes   what it shows
    shop.example, /o/x            …/8fK2q0    …/p0Xw7s    …/c3Rm9a    always    each message is told apart
    shop.example, /img/logo.png   …/logo.png  …/logo.png  …/logo.png  never     nothing

What each kind of evidence cannot show:

- ``always`` tells messages apart, not people: the number of a campaign changes as well. So it takes
  :data:`LEAST_BITS` that change, dates and cache busters left out; a campaign's number is shorter.
- ``never`` is no proof of innocence: a subscriber's number can be the same in every mail. It changes no verdict.
- An address that two recipients got tells neither apart, whoever serves it. That only one recipient got it proves
  nothing: most mailboxes have one.
- A sender's first two messages show nothing.
- A picture of the day is new in every message too. So a picture of unknown size must also be where beacons are
  (:mod:`pixelstudy.pixels.signs`) or name an opening, and must not be stored anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import mmh3
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pixelstudy.extraction.whose import sender_of
from pixelstudy.pixels.pairing import Item, differing
from pixelstudy.pixels.signals import INVISIBLE_AREA_PX2
from pixelstudy.pixels.signs import FEWEST_SIGNS
from pixelstudy.pixels.urls.stored import BY_NAME, IN_FOLDER, ON_HOST, stored_as
from pixelstudy.pixels.urls.tokens import has_media_suffix, varying_bits
from pixelstudy.pixels.urls.words import says_open

__all__ = [
    "LEAST_BITS",
    "LEAST_MESSAGES",
    "PAIRED",
    "Compared",
    "Trace",
    "change_bits",
    "changing_groups",
    "compare_all",
    "distinct",
    "issue_pairs",
    "proofs",
    "with_evidence",
]

LEAST_MESSAGES: Final = 3
"""Fewer messages of a sender with such a resource show nothing."""

LEAST_BITS: Final = 20
"""How much must change from message to message: enough to number a million."""

MOST_A_MESSAGE: Final = 2
"""A beacon occurs once or twice in a message; what occurs more often, and changes, is a row of products."""

Codes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Trace:
    """What is kept of the resources of one part while the others are read: 21 bytes each, no address."""

    like: Codes
    """Sender, site and path shape of each resource, as a hash; 0 where it is quoted, or its sender is not known."""

    url: Codes
    """Sender and address of each, as a hash; 0 likewise."""

    message: Counts
    """The place of its message among those of the part."""

    is_seen: Flags
    """Whether people see it."""

    recipient: Codes
    """To whom each message went, as a hash; 0 where that is not known."""

    @classmethod
    def of(cls, messages: pa.Table, resources: pa.Table) -> Trace:
        """Return what to keep of a part: its messages, and their resources in the same order."""
        senders = [sender_of(address) or "" for address in messages["sender_address"].to_pylist()]
        message = np.repeat(np.arange(len(messages), dtype=np.int32), messages["n_resources"].to_numpy())
        sender = _codes(pa.array(senders, pa.string()))[message]
        like = _mixed(sender, _mixed(_codes(resources["site"]), _codes(resources["path_shape"], _build)))
        url = _mixed(sender, _codes(resources["url"]))
        is_left_out = resources["is_quoted"].to_numpy(zero_copy_only=False) | (sender == _codes(pa.array([""]))[0])
        like[is_left_out] = url[is_left_out] = 0
        return cls(
            like,
            url,
            message,
            pc.equal(resources["sight"], "seen").to_numpy(zero_copy_only=False),
            _codes(messages["recipients_key"]),
        )


_RUNS = re.compile(r"[-_~]*(?<![A-Za-z0-9])[9hwx](?:[-_.~+%]+[9hwx](?![A-Za-z0-9]))*(?![A-Za-z0-9])[-_~]*")


def _build(shape: str) -> str:
    """Return a path shape without the classes of its runs: a token may be digits in one message, letters in another.

    >>> _build("/o/x-9_h.gif?w=h"), _build("/o/w.gif?w=9")
    ('/o/x.gif?x=x', '/o/x.gif?x=x')
    """
    return _RUNS.sub("x", shape)


def _codes(texts: pa.Array | pa.ChunkedArray, build: Callable[[str], str] = str) -> Codes:
    """Return a hash of what `build` makes of each text, 0 for a missing one; equal results have equal hashes."""
    encoded = (texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts).dictionary_encode()
    words = map(build, encoded.dictionary.to_pylist())
    hashes = np.fromiter((mmh3.hash64(word, signed=False)[0] for word in words), np.uint64, len(encoded.dictionary))
    hashes = np.append(hashes, np.uint64(0))
    found: Codes = hashes[encoded.indices.fill_null(len(hashes) - 1).to_numpy(zero_copy_only=False)]
    return found


def _mixed(first: Codes, second: Codes) -> Codes:
    return (first * np.uint64(0x9E3779B97F4A7C15)) ^ (second + np.uint64(0x7F4A7C15))


def distinct(keys: Codes, values: npt.NDArray[Any]) -> Counts:
    """Return for each row how many different `values` the rows of its key have.

    >>> distinct(np.array([7, 7, 8, 7], np.uint64), np.array([1, 2, 1, 1], np.uint64)).tolist()
    [2, 2, 1, 2]
    """
    if not len(keys):
        return np.empty(0, np.int32)
    order = np.lexsort((values, keys))
    keys, values = keys[order], values[order]
    is_first = np.r_[True, keys[1:] != keys[:-1]]
    is_new = is_first | np.r_[True, values[1:] != values[:-1]]
    starts = np.flatnonzero(is_first)
    counts = np.add.reduceat(is_new.astype(np.int32), starts)
    found = np.empty(len(keys), np.int32)
    found[order] = np.repeat(counts, np.diff(np.r_[starts, len(keys)]))
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing all messages shows of each resource; each field has one value a resource, in their order."""

    like: Codes
    """Sender, site and path shape, as a hash."""

    n_like: Counts
    """In how many messages of its sender such a resource is; 0 where that was not counted."""

    n_seen_in: Counts
    """In how many of them this very address is."""

    n_recipients: Counts
    """To how many different recipients it was sent; 0 where that is not known."""

    always: Flags
    """Whether all such addresses are new in their message."""

    never: Flags
    """Whether there is one such address."""

    may_change: Flags
    """Whether it could be a beacon that is new in every message: not seen, once or twice a message."""

    def part(self, start: int, stop: int) -> Compared:
        """Return the trace of the resources from `start` to `stop`."""
        return Compared(*(getattr(self, name)[start:stop] for name in self.__slots__))


def compare_all(traces: list[Trace]) -> Compared:
    """Compare the resources of all parts, and empty `traces`; ten million take some ten seconds and 700 MB."""
    starts = np.cumsum([0, *(len(trace.recipient) for trace in traces)])
    message = _joined([trace.message + np.int32(n) for trace, n in zip(traces, starts, strict=False)], np.int32)
    like, url = (_joined([getattr(trace, name) for trace in traces], np.uint64) for name in ("like", "url"))
    is_seen, recipient = _joined([t.is_seen for t in traces], bool), _joined([t.recipient for t in traces], np.uint64)
    traces.clear()
    is_counted = like != 0
    n_like, n_seen_in = distinct(like, message) * is_counted, distinct(url, message) * is_counted
    is_enough, n_addresses = n_like >= LEAST_MESSAGES, distinct(like, url)
    always = is_enough & ~np.isin(like, np.unique(like[n_seen_in > 1]))
    may_change = always & ~is_seen & (n_addresses <= MOST_A_MESSAGE * n_like)
    n_recipients = np.zeros(len(like), np.int32)
    if recipient.any():
        rows = np.flatnonzero(is_counted & (recipient[message] > 0))
        n_recipients[rows] = distinct(url[rows], recipient[message[rows]])
    return Compared(like, n_like, n_seen_in, n_recipients, always, is_enough & (n_addresses == 1), may_change)


def _joined(parts: Sequence[npt.NDArray[Any]], kind: Any) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, kind)


# Values drawn anew at each sending so that no cache answers, and those of a clock.
_VOLATILE = re.compile(
    r"(?<=[?&;])(?:ord|rnd|rand(?:om)?|cb|cachebust(?:er)?|(?:no)?cache|ts|t0|time(?:stamp)?|date|day|dt|utm_\w+|utmn|_)"
    r"=[^&;#]*",
    re.IGNORECASE,
)
_RUN = re.compile(r"[A-Za-z0-9]*")


def change_bits(urls: Sequence[str]) -> float:
    """Return how many bits change between the addresses, at the median; words, dates and cache busters hold none.

    Examples
    --------
    >>> change_bits(["https://a.example/o?c=401", "https://a.example/o?c=402", "https://a.example/o?c=417"])
    6.6
    >>> change_bits(["https://a.example/o/8fK2q0dQ", "https://a.example/o/p0Xw7sLm", "https://a.example/o/c3Rm9aZt"])
    47.6
    """
    plain = [_VOLATILE.sub("", url) for url in urls]
    start = _n_shared(plain)
    end = _n_shared([url[start:][::-1] for url in plain])
    bits = []
    for url in plain:
        changed = url[start : len(url) - end]
        head = re.search(r"[A-Za-z0-9]*\Z", url[:start])
        tail = _RUN.match(url[len(url) - end :])
        whole = (head[0] if head else "") + changed + (tail[0] if tail else "")
        bits.append(min(varying_bits(changed, is_whole=False), varying_bits(whole)))
    return round(sorted(bits)[len(bits) // 2], 1)


def _n_shared(texts: Sequence[str]) -> int:
    """Return how many characters all of `texts` begin with."""
    first, last = min(texts), max(texts)
    return next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def changing_groups(like: Codes, urls: Sequence[str]) -> set[int]:
    """Return those of `like` (one for each of `urls`) whose addresses change by :data:`LEAST_BITS` or more."""
    order = np.argsort(like, kind="stable")
    starts = np.flatnonzero(like[order][1:] != like[order][:-1]) + 1
    found = set()
    for rows in np.split(order, starts) if len(like) else []:
        sample = rows[:: max(1, len(rows) // _SAMPLE)]
        if change_bits([urls[row] for row in sample]) >= LEAST_BITS:
            found.add(int(like[rows[0]]))
    return found


_SAMPLE = 12


def with_evidence(
    resources: pa.Table, compared: Compared, changing: set[int], pairs: dict[tuple[str, int], str]
) -> pa.Table:
    """Return `resources` with the columns of the evidence, and with the verdicts that it settles.

    Parameters
    ----------
    resources
        Rows of one part, whose ``verdict`` is that of the message alone.
    compared
        What comparing shows of each of them.
    changing
        The groups whose addresses change enough, of :func:`changing_groups`.
    pairs
        By message key and position, whether two recipients of one issue got ``differs`` or ``same`` addresses.
    """
    n = len(resources)
    rows = np.flatnonzero(compared.may_change)
    rows = rows[[int(code) in changing for code in compared.like[rows]]] if len(rows) else rows
    candidates = resources.select(_JUDGED).take(pa.array(rows)).to_pylist()
    is_changing = np.zeros(n, bool)
    is_changing[rows[[_may_be_beacon(row) for row in candidates]] if len(rows) else rows] = True
    alone = resources["verdict"].to_numpy(zero_copy_only=False).astype(object)
    reasons = resources["reason"].to_numpy(zero_copy_only=False).astype(object)
    verdicts = alone.copy()
    has_identity = resources["identity"].is_valid().to_numpy(zero_copy_only=False)
    is_seen = pc.equal(resources["sight"], "seen").to_numpy(zero_copy_only=False)
    is_shared = (compared.n_recipients > 1) & ~has_identity & np.isin(alone, ("spy_pixel", "tracked_content"))
    verdicts[is_shared] = np.where(alone[is_shared] == "spy_pixel", "counting_pixel", "content")
    for row in np.flatnonzero(is_shared):
        reasons[row] = (
            f"The same address was sent to {compared.n_recipients[row]:,} recipients, so it tells none of them apart."
        )
    promoted = is_changing & (verdicts != "spy_pixel") & ~is_shared
    verdicts[promoted] = "spy_pixel"
    for row in np.flatnonzero(promoted):
        reasons[row] = f"Its address is a new one in each of the {compared.n_like[row]:,} messages of this sender."
    proved: list[str | None] = [None] * n
    if pairs:
        places = zip(resources["message_key"].to_pylist(), resources["position"].to_pylist(), strict=True)
        proved = [pairs.get(place) for place in places]
        for place, differs in enumerate(proved):
            if differs == "differs" and verdicts[place] not in {"spy_pixel", "tracked_content"}:
                verdicts[place] = "tracked_content" if is_seen[place] else "spy_pixel"
                reasons[place] = "Two recipients of this issue got different addresses here."
    known = compared.n_like > 0
    counted = compared.n_like >= LEAST_MESSAGES
    changes = np.where(compared.always, "always", np.where(compared.never, "never", "some"))
    columns: dict[str, Any] = {
        "n_like": pa.array(compared.n_like, pa.int64(), mask=~known),
        "n_seen_in": pa.array(compared.n_seen_in, pa.int64(), mask=~known),
        "n_recipients": pa.array(compared.n_recipients, pa.int64(), mask=compared.n_recipients == 0),
        "changes": pa.array(changes.astype(object), pa.large_string(), mask=~counted),
        "is_changing": pa.array(is_changing),
        "proved_by_pair": pa.array(proved, pa.large_string()),
        "verdict_alone": pa.array(alone, pa.large_string()),
        "verdict": pa.array(verdicts, pa.large_string()),
        "reason": pa.array(reasons, pa.large_string()),
    }
    for name, column in columns.items():
        at = resources.schema.get_field_index(name)
        resources = resources.set_column(at, resources.schema.field(at), column)
    return resources


_JUDGED = ["url", "host", "width_px", "height_px", "hidden_by", "sight", "signs", "carrier"]


def _may_be_beacon(row: dict[str, Any]) -> bool:
    """Return whether what is new in every message may be a beacon, and is not the picture of the day."""
    parts = urlsplit(row["url"])
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    width, height = row["width_px"], row["height_px"]
    if row["carrier"].startswith(("link ", "css import", "css font")):
        return False
    opens = says_open(path, row["host"])
    stored = None if opens else stored_as(row["host"], path)
    if stored and (row["sight"] == "unknown" or stored not in {BY_NAME, IN_FOLDER, ON_HOST}):
        return False
    sides = (width, height)
    is_dot = 0 in sides or (None not in sides and width * height <= INVISIBLE_AREA_PX2)
    if opens or is_dot or (row["sight"] == "unseen" and not row["hidden_by"]):
        return True
    if row["sight"] == "unseen":
        return not has_media_suffix(path)
    signs = set((row["signs"] or "").split())
    if has_media_suffix(path):
        return parts.path.endswith(".gif") and signs >= {"no_alt", "no_link"} and bool(signs & {"first", "last"})
    return "no_link" in signs and len(signs) >= FEWEST_SIGNS


def issue_pairs(messages: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """Return the places of messages that are one issue, sent to two recipients: same sender, subject and hour."""
    first: dict[str, int] = {}
    found = []
    for place, row in enumerate(messages):
        issue, recipient = row["issue_key"], row["recipients_key"]
        if not issue or not recipient:
            continue
        if issue not in first:
            first[issue] = place
        elif messages[first[issue]]["recipients_key"] != recipient:
            found.append((first[issue], place))
    return found[:_MOST_PAIRS]


_MOST_PAIRS = 10_000


PAIRED = ["message_key", "position", "carrier", "url", "host", "site"]
"""What :func:`proofs` needs of each resource."""


def proofs(first: Iterable[dict[str, Any]], second: Iterable[dict[str, Any]]) -> dict[tuple[str, int], str]:
    """Return by key and position whether a resource in two copies of an issue ``differs`` or is the ``same``."""
    one, two = list(first), list(second)
    found = {}
    for a, b, differs in differing([_item(row) for row in one], [_item(row) for row in two]):
        for row in (one[a], two[b]):
            found[row["message_key"], row["position"]] = "differs" if differs else "same"
    return found


def _item(row: dict[str, Any]) -> Item:
    parts = urlsplit(row["url"])
    path = (f"{parts.path}?{parts.query}" if parts.query else parts.path) or "/"
    return Item("resource", row["position"], row["carrier"], row["url"], row["host"], row["site"], path)
