"""One message, explained: every resource with its signals, its verdict and why; nothing is loaded.

What a message writes is hostile. Of an address its host and the shape of its path are shown, never the address;
of all text only what is printable (:func:`printable`), so that no terminal obeys it and no page renders it.

Examples
--------
>>> mail = b'''From: shop@example.com
... Content-Type: text/html
...
... <img src="https://t.example.com/o?u=5e78d7ef2297cc80842b" width=1 height=1>'''
>>> explain_frame(mail)[["verdict", "address"]].values.tolist()
[['spy_pixel', 'https[:]//t.example.com/o?u=h']]
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from pixelstudy.mail.boxes.single import MessageSource, open_message
from pixelstudy.mail.clock import Clock
from pixelstudy.mail.message import Message
from pixelstudy.pixels.clicks import count_click_links
from pixelstudy.pixels.examine import Resource, resources_of
from pixelstudy.pixels.html import Engine
from pixelstudy.pixels.urls.address import Party
from pixelstudy.pixels.verdict import VerdictName
from pixelstudy.reporting.text import WIDTH, elided, labelled, printable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["explain_frame", "explain_text"]


def explain_text(source: MessageSource, *, engine: Engine = "fast", width: int = WIDTH) -> str:
    """Return for people to read what each resource of a message is, and why: spy pixels first.

    Spacers and plain content are counted, by reason, carrier, host and size.

    Parameters
    ----------
    source
        As for :func:`open_message`.
    engine
        The HTML engine.
    width
        Columns to keep to.
    """
    message = open_message(source)
    resources = resources_of(message, engine=engine)
    lines = list(_header(message, width))
    for verdict, (title, marker) in _TITLES.items():
        found = [resource for resource in resources if resource.verdict == verdict]
        if not found:
            continue
        if verdict in _GROUPED:
            lines += ["", f"{marker}{title}, {len(found):,}", *_groups(found, width)]
            continue
        done = 0
        for alike in _alike(found):
            numbers = f"{done + 1:,}" if len(alike) == 1 else f"{done + 1:,} to {done + len(alike):,}"
            lines += ["", f"{marker}{title} {numbers} of {len(found):,}", *_block(alike, width)]
            done += len(alike)
    lines += ["", *textwrap.wrap(_closing(resources), width)]
    return "\n".join(printable(line).rstrip() for line in lines)


def explain_frame(source: MessageSource, *, engine: Engine = "fast") -> pd.DataFrame:
    """Return the same for a notebook: one row a resource, in document order; nothing in it is a link.

    Columns: `verdict`, `reason`, the signals, and `address`, defanged: scheme, host, and the path's shape.
    """
    import pandas as pd

    rows = [
        {
            "verdict": resource.verdict,
            "address": f"{resource.url.partition(':')[0]}[:]//{resource.host}{resource.path_shape}",
            "carrier": resource.carrier,
            "reason": resource.reason,
        }
        | {name: value for name, _, value in _signals(resource)}
        | {"place": ", ".join((f"at {resource.depth_share:.0%} of the HTML", *_notes(resource)))}
        for resource in resources_of(open_message(source), engine=engine)
    ]
    names = ["verdict", "address", "carrier", "reason", *_SIGNALS, "place"]
    return pd.DataFrame([{k: printable(v) for k, v in row.items()} for row in rows], columns=names, dtype="str")


_CLOCKS: Mapping[Clock, str] = {
    "date": "by its Date header",
    "received": "by its last Received header",
    "separator": "by the separator of the mbox",
    "none": "",
}


def _header(message: Message, width: int) -> Iterator[str]:
    sent = f"{message.sent_at:%Y-%m-%d %H:%M} UTC, {_CLOCKS[message.clock]}" if message.sent_at else "no header says"
    size = sum(len(body.text.encode("utf-8", "surrogatepass")) for body in message.html)
    n_links = sum(count_click_links(body.text) for body in message.html)
    for label, value in (
        ("message", message.origin),
        ("sender", message.sender_domain or "unknown"),
        ("kind", f"{message.kind}, {message.population}"),
        ("platform", message.platform or "none that headers name"),
        ("sent", sent),
        ("recipients", f"{_count(len(message.recipients), 'address', 'addresses')}, not shown"),
        ("HTML", f"{_count(len(message.html), 'part')}, {size:,} bytes" if message.html else "none"),
        ("click links", f"{n_links:,}, which load nothing until clicked"),
        ("receipt", "a header asks for a read receipt" if message.has_receipt_request else "none asked for"),
        ("stripped", f"{message.stripper} took trackers out on the way" if message.stripper else "by no known service"),
    ):
        yield from labelled(label, value, width)


_TITLES: Mapping[VerdictName, tuple[str, str]] = {
    "spy_pixel": ("SPY PIXEL", "!! "),
    "tracked_content": ("TRACKED CONTENT", "!  "),
    "counting_pixel": ("COUNTING PIXEL", "!  "),
    "spacer": ("SPACER", "   "),
    "content": ("CONTENT", "   "),
}
_GROUPED = ("spacer", "content")

_SIGNALS = ("size", "hidden_by", "vendor", "token", "identity", "party")
_PARTIES: Mapping[Party | None, str] = {
    "first": "the sender's own site",
    "same_org": "by its name, the sender's organisation",
    "third": "a third party",
    None: "unknown",
}


def _signals(resource: Resource) -> Iterator[tuple[str, bool, str]]:
    """Yield the name of each signal, whether there is something to say, and what."""
    r = resource
    yield "size", True, _size(r) + (f" ({r.size_from})" if r.size_from else "")
    yield "hidden_by", bool(r.hidden_by), r.hidden_by or "nothing"
    how = "its host" if r.vendor_confidence == "host" else "the shape of its path alone"
    kind = f", {r.vendor_kind.replace('_', ' ')}" if r.vendor_kind else ""
    yield "vendor", bool(r.vendor), f"{r.vendor}{kind}, by {how}" if r.vendor else "none known"
    yield "token", r.token_bits is not None, f"up to {r.token_bits:.0f} bits" if r.token_bits is not None else "none"
    yield "identity", bool(r.identity), f"the recipient's address ({r.identity})" if r.identity else "none"
    yield "party", True, _PARTIES[r.party]


def _size(resource: Resource) -> str:
    width, height = resource.width_px, resource.height_px
    if width is None and height is None:
        return "unknown"
    return " x ".join("?" if side is None else f"{side:g}" for side in (width, height)) + " px"


def _notes(resource: Resource) -> Iterator[str]:
    if resource.loads_in != "all":
        yield f"loads in {resource.loads_in} alone"
    if resource.is_quoted:
        yield "in quoted mail"
    if resource.n_repeats > 1:
        yield f"its address stands {resource.n_repeats:,} times"
    if resource.wrapper:
        yield f"behind the proxy of {resource.wrapper}"


def _alike(resources: Sequence[Resource]) -> Iterable[Sequence[Resource]]:
    """Return the resources in groups that differ in nothing but the shape of their path and their depth."""
    groups: dict[object, list[Resource]] = {}
    for resource in resources:
        key = (resource.carrier, resource.host, resource.reason, *_signals(resource), *_notes(resource))
        groups.setdefault(key, []).append(resource)
    return groups.values()


def _block(alike: Sequence[Resource], width: int) -> Iterator[str]:
    first = alike[0]
    for shape, count in Counter(resource.path_shape for resource in alike).items():
        times = f" ({count:,} times)" if count > 1 else ""
        yield from labelled(first.carrier, f"{first.host}{shape}{times}", width, indent="   ")
    depths = dict.fromkeys(f"{pick(r.depth_share for r in alike):.0%}" for pick in (min, max))
    place = [f"at {' to '.join(depths)} of the HTML", *_notes(first)]
    said = [(name, value) for name, is_there, value in _signals(first) if is_there]
    for name, value in [("why", first.reason), *said, ("place", ", ".join(place))]:
        yield from labelled(name.replace("_", " "), value, width, indent="   ")


def _groups(resources: Sequence[Resource], width: int) -> Iterator[str]:
    """Yield each reason, and under it how many there are of each carrier, host and size."""
    counts = Counter((r.reason, r.carrier, r.host) for r in resources)
    sizes: dict[tuple[str, str, str], set[str]] = {}
    for r in resources:
        sizes.setdefault((r.reason, r.carrier, r.host), set()).add(_size(r))
    first = {reason: place for place, reason in enumerate(dict.fromkeys(r.reason for r in resources))}
    rows = sorted(counts.items(), key=lambda row: (first[row[0][0]], -row[1]))
    for reason, group in groupby(rows, key=lambda row: row[0][0]):
        yield from textwrap.wrap(reason, width, initial_indent="   ", subsequent_indent="   ")
        for key, count in group:
            _, carrier, host = key
            size = next(iter(sizes[key])) if len(sizes[key]) == 1 else f"{len(sizes[key])} sizes"
            yield f"   {count:>6,}  {carrier:<15} {size:<16} {elided(host, width - 44)}"


def _closing(resources: Sequence[Resource]) -> str:
    if not resources:
        return "No remote resource: opening this message loads nothing."
    counts = Counter(resource.verdict for resource in resources)
    parts = [f"{counts[verdict]:,} {verdict}" for verdict in _TITLES if counts[verdict] or verdict == "spy_pixel"]
    return f"{_count(len(resources), 'remote resource')}: {', '.join(parts)}. Nothing was loaded."


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
