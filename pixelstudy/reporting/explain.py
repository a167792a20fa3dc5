"""One message explained: every resource with its signals, its verdict and why. Nothing is loaded.

Mail is hostile. Of an address only its host and the shape of its path are shown, and of any text only what is
:func:`~.text.printable`, so that no terminal obeys it; in a notebook it is escaped too, so that nothing becomes markup.
"""

from __future__ import annotations

import base64
import html
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pixelstudy.errors import UserError
from pixelstudy.mail.boxes.single import MessageSource, open_message
from pixelstudy.mail.clock import Clock
from pixelstudy.mail.message import Message
from pixelstudy.pixels.clicks import count_click_links
from pixelstudy.pixels.examine import Resource, resources_of
from pixelstudy.pixels.html import Engine
from pixelstudy.pixels.urls.address import Party
from pixelstudy.pixels.verdict import VerdictName
from pixelstudy.reporting.text import WIDTH, alike_line, labelled, on_screen, printable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explanation", "explain", "explain_frame", "explain_text"]

_NOTHING = "No remote resource: opening this message loads nothing."


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """A message explained. A notebook shows it when it is the last line of a cell."""

    message: Message
    """The message."""

    resources: Sequence[Resource]
    """What it would load, in document order."""

    has_evidence: bool = False
    """Whether the evidence of a mailbox was taken into account."""

    @property
    def table(self) -> pd.DataFrame:
        """One row a resource, all of it text and none of it a link.

        Columns are `verdict`, `address` (defanged: scheme, host, and shape of the path), `carrier`, `reason`, the
        signals, and `place`.
        """
        import pandas as pd

        rows = [
            {"verdict": r.verdict, "address": _address(r), "carrier": r.carrier, "reason": r.reason}
            | {name: value for name, _, value in _signals(r)}
            | {"place": _place([r])}
            for r in self.resources
        ]
        names = ["verdict", "address", "carrier", "reason", *_SIGNALS, "place"]
        return pd.DataFrame([{k: printable(v) for k, v in row.items()} for row in rows], columns=names, dtype="str")

    def __repr__(self) -> str:
        return _text(self, WIDTH)

    def _repr_html_(self) -> str:
        if not self.resources:
            return f"<p>{_NOTHING}</p>"
        titles = ("what it is", "what would be fetched", "why", "signals")
        head = "".join(f"<th scope='col' {_CELL}>{title}</th>" for title in titles)
        rows = "".join(map(_html_row, self.resources))
        return f"{_picture(self.resources)}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def explain(source: MessageSource, *, mailbox: Path | str | None = None, engine: Engine = "fast") -> Explanation:
    """Return a message explained: a table, and a picture in a notebook.

    Parameters
    ----------
    source
        A path, bytes, or a message, as for :func:`~pixelstudy.mail.boxes.single.open_message`.
    mailbox
        The tables of the mailbox that the message is in, whose evidence then counts: whether an address is new in
        every message of its sender, and whether several recipients got it. One message cannot show that.
    engine
        The HTML engine.

    Raises
    ------
    UserError
        When there is no message, or more than one; or when `mailbox` has no tables, or not this message.

    Examples
    --------
    >>> import pixelstudy as ps
    >>> mail = b'''From: shop@example.com
    ... Content-Type: text/html
    ...
    ... <img src="https://t.example.com/o?u=5e78d7ef2297cc80842b" width=1 height=1>'''
    >>> ps.explain(mail).table[["verdict", "size", "address"]].values.tolist()
    [['spy_pixel', '1 x 1 px (attribute)', 'https[:]//t.example.com/o?u=h']]
    """
    message = open_message(source)
    resources = resources_of(message, engine=engine)
    if mailbox is not None:
        resources = _with_evidence(message, resources, mailbox)
    return Explanation(message, resources, mailbox is not None)


def _with_evidence(message: Message, resources: Sequence[Resource], mailbox: Path | str) -> list[Resource]:
    """Return the resources with the verdicts that the tables of the mailbox have."""
    from pixelstudy.extraction.parquet import read_rows
    from pixelstudy.tables import RESOURCES

    columns = ["position", "verdict", "reason"]
    rows = read_rows(RESOURCES, mailbox, columns=columns, filters=[("message_key", "==", message.key)])
    settled = {row["position"]: row for row in rows.to_pylist()}
    if len(settled) != len(resources):
        raise UserError(f"{mailbox} does not have this message; extract the mailbox that it is in again")
    return [r._replace(verdict=settled[r.position]["verdict"], reason=settled[r.position]["reason"]) for r in resources]


def explain_frame(source: MessageSource, *, mailbox: Path | str | None = None, engine: Engine = "fast") -> pd.DataFrame:
    """Return the table of :func:`explain`."""
    return explain(source, mailbox=mailbox, engine=engine).table


def explain_text(
    source: MessageSource, *, mailbox: Path | str | None = None, engine: Engine = "fast", width: int = WIDTH
) -> str:
    """Return what each resource of a message is and why, as text of `width` columns, spy pixels first.

    Spacers and content are counted by reason, carrier, host and size. The other parameters are those of
    :func:`explain`.
    """
    return _text(explain(source, mailbox=mailbox, engine=engine), width)


# What a resource is, in words

_SIGNALS = ("size", "hidden_by", "vendor", "token", "identity", "party")
_KNOWN_BY = {
    "host": "its host",
    "header": "the shape of its path, as the headers say too",
    "shape": "the shape of its path alone",
}
_PARTIES: Mapping[Party | None, str] = {
    "first": "the sender's own site",
    "same_org": "by its name, the sender's organisation",
    "third": "a third party",
    None: "unknown",
}


def _address(resource: Resource) -> str:
    return f"{resource.url.partition(':')[0]}[:]//{resource.host}{resource.path_shape}"


def _signals(resource: Resource) -> Iterator[tuple[str, bool, str]]:
    """Yield the name of each signal, whether there is anything to say, and what."""
    r = resource
    yield "size", True, _size(r) + (f" ({r.size_from})" if r.size_from else "")
    yield "hidden_by", bool(r.hidden_by), r.hidden_by or "nothing"
    how = _KNOWN_BY.get(r.vendor_confidence or "", "")
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
        yield f"loads only in {resource.loads_in}"
    if resource.is_quoted:
        yield "in quoted mail"
    if resource.n_repeats > 1:
        yield f"its address occurs {resource.n_repeats:,} times"
    if resource.wrapper:
        yield f"behind the proxy of {resource.wrapper}"


def _place(alike: Sequence[Resource]) -> str:
    """Return where in the HTML resources of the same notes are."""
    depths = dict.fromkeys(f"{100 * pick(r.depth_share for r in alike):.0f} %" for pick in (min, max))
    return ", ".join((f"at {' to '.join(depths)} of the HTML", *_notes(alike[0])))


# As text

_TITLES: Mapping[VerdictName, tuple[str, str]] = {
    "spy_pixel": ("SPY PIXEL", "!! "),
    "tracked_content": ("TRACKED CONTENT", "!  "),
    "counting_pixel": ("COUNTING PIXEL", "!  "),
    "spacer": ("SPACER", "   "),
    "content": ("CONTENT", "   "),
}
_GROUPED = ("spacer", "content")

_CLOCKS: Mapping[Clock, str] = {
    "date": "by its Date header",
    "received": "by its last Received header",
    "separator": "by the separator of the mbox",
    "none": "",
}


def _text(explained: Explanation, width: int) -> str:
    message, resources = explained.message, explained.resources
    lines = list(_header(message, width))
    if not explained.has_evidence:
        lines += labelled("mailbox", "not compared with other messages of this sender; --mailbox DIR does that", width)
    for verdict, (title, marker) in _TITLES.items():
        found = [resource for resource in resources if resource.verdict == verdict]
        if found and verdict in _GROUPED:
            lines += ["", f"{marker}{title}, {len(found):,}", *_groups(found, width)]
            continue
        done = 0
        for alike in _alike(found):
            numbers = f"{done + 1:,}" if len(alike) == 1 else f"{done + 1:,} to {done + len(alike):,}"
            lines += ["", f"{marker}{title} {numbers} of {len(found):,}", *_block(alike, width)]
            done += len(alike)
    return on_screen([*lines, "", *textwrap.wrap(_closing(resources), width)])


def _header(message: Message, width: int) -> Iterator[str]:
    sent = f"{message.sent_at:%Y-%m-%d %H:%M} UTC, {_CLOCKS[message.clock]}" if message.sent_at else "no header says"
    size = sum(len(body.text.encode("utf-8", "surrogatepass")) for body in message.html)
    n_links = sum(count_click_links(body.text) for body in message.html)
    for label, value in (
        ("message", message.origin),
        ("sender", message.sender_domain or "unknown"),
        ("kind", f"{message.kind}, {message.population}"),
        ("platform", message.platform or "not named by headers"),
        ("sent", sent),
        ("recipients", f"{_count(len(message.recipients), 'address', 'addresses')}, not shown"),
        ("HTML", f"{_count(len(message.html), 'part')}, {size:,} bytes" if message.html else "none"),
        ("click links", f"{n_links:,}, which load nothing until clicked"),
        ("receipt", "a header asks for a read receipt" if message.has_receipt_request else "not asked for"),
        ("stripped", f"{message.stripper} removed trackers on the way" if message.stripper else "by no known service"),
    ):
        yield from labelled(label, value, width)


def _alike(resources: Sequence[Resource]) -> Iterable[Sequence[Resource]]:
    """Return the resources in groups that differ only in the shape of their path and in their depth."""
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
    known = [(name, value) for name, is_there, value in _signals(first) if is_there]
    for name, value in [("why", first.reason), *known, ("place", _place(alike))]:
        yield from labelled(name.replace("_", " "), value, width, indent="   ")


def _groups(resources: Sequence[Resource], width: int) -> Iterator[str]:
    """Yield each reason, and below it the number of resources of each carrier, host and size."""
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
            yield alike_line(count, carrier, size, host, width)


def _closing(resources: Sequence[Resource]) -> str:
    if not resources:
        return _NOTHING
    counts = Counter(resource.verdict for resource in resources)
    parts = [f"{counts[verdict]:,} {verdict}" for verdict in _TITLES if counts[verdict] or verdict == "spy_pixel"]
    return f"{_count(len(resources), 'remote resource')}: {', '.join(parts)}. Nothing was loaded."


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"


# In a notebook

_CELL = "style='text-align:left;vertical-align:top;min-width:7em'"
_ORDER: Sequence[VerdictName] = ("spy_pixel", "tracked_content", "counting_pixel", "spacer", "content")


def _picture(resources: Sequence[Resource]) -> str:
    """Return an image element that draws where in the HTML the resources are."""
    from pixelstudy.figures.colours import colour_of
    from pixelstudy.figures.page import write_figure
    from pixelstudy.figures.pictures import strip

    verdicts = [verdict for verdict in _ORDER if any(r.verdict == verdict for r in resources)]
    names = {verdict: verdict.replace("_", " ") for verdict in verdicts}
    places = {names[v]: [r.depth_share for r in resources if r.verdict == v] for v in verdicts}
    title = f"Opening this message would fetch {_count(len(resources), 'thing')}"
    colours = {names[v]: colour_of(v) for v in verdicts}
    drawn = strip(places, colours=colours, title=title, left="top of the message", right="its end")
    counts = ", ".join(f"{len(depths):,} {name}" for name, depths in places.items())
    alt = f"{title}, drawn at their places from the top of the message to its end: {counts}."
    picture = BytesIO()
    write_figure(drawn, picture, alt=alt)
    data = base64.b64encode(picture.getvalue()).decode()
    return f'<img width="480" alt="{_escaped(alt)}" src="data:image/png;base64,{data}">'


def _html_row(resource: Resource) -> str:
    known = [(name, value) for name, is_there, value in _signals(resource) if is_there and value != "unknown"]
    signals = [("carrier", resource.carrier), *known, ("place", _place([resource]))]
    told = "<br>".join(f"{name.replace('_', ' ')}: {_escaped(value)}" for name, value in signals)
    cells = "".join(
        f"<td {_CELL}>{cell}</td>" for cell in (*map(_escaped, (_address(resource), resource.reason)), told)
    )
    return f"<tr><th scope='row' {_CELL}>{_escaped(resource.verdict.replace('_', ' '))}</th>{cells}</tr>"


def _escaped(value: str) -> str:
    return html.escape(printable(value), quote=True)
