"""Two recipients' copies of one message, compared: whatever differs between them tells the recipients apart.

Nothing is loaded, and no address is shown whole (:mod:`pixelstudy.pixels.pairing`).
"""

from __future__ import annotations

import html
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pixelstudy.mail.boxes.single import MessageSource, open_message
from pixelstudy.mail.message import Message
from pixelstudy.pixels.html import Engine
from pixelstudy.pixels.pairing import Outcome, Pair, Standing, compare_messages, doubts
from pixelstudy.reporting.text import WIDTH, alike_line, labelled, on_screen

__all__ = ["Comparison", "compare", "compare_text"]


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """Two copies of one mail compared. A notebook shows it when it is the last line of a cell."""

    first: Message
    """The message as one recipient got it."""

    second: Message
    """The message as another got it."""

    pairs: tuple[Pair, ...]
    """The pairs of their resources, then of their links, in document order."""

    def __repr__(self) -> str:
        """Return it as text."""
        return comparison_text(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(comparison_text(self))}</pre>"


def compare(first: MessageSource, second: MessageSource, *, engine: Engine = "fast") -> Comparison:
    """Return two copies of one mail compared.

    Parameters
    ----------
    first, second
        Messages: a path, bytes, or what :func:`~pixelstudy.mail.boxes.single.open_message` returned.
    engine
        The HTML engine.

    Raises
    ------
    UserError
        When either is no message, or more than one.

    Examples
    --------
    >>> import pixelstudy as ps
    >>> mail = b'''From: shop@example.com
    ... To: %b@example.org
    ... Content-Type: text/html
    ...
    ... <img src="https://t.example.com/logo.png"><img src="https://t.example.com/o?u=%b" width=1 height=1>'''
    >>> for pair in ps.compare(mail % (b"ann", b"5e78d7ef2297"), mail % (b"bob", b"2ed123267931")).pairs:
    ...     print(pair.outcome, pair.standing, *pair.differences)
    same right
    differs found query key u (12 characters)
    """
    one, two = open_message(first), open_message(second)
    return Comparison(one, two, tuple(compare_messages(one, two, engine=engine)))


def compare_text(first: MessageSource, second: MessageSource, *, engine: Engine = "fast", width: int = WIDTH) -> str:
    """Return what differs between two copies of one mail, and whether our verdicts are right, as text."""
    return comparison_text(compare(first, second, engine=engine), width=width)


def comparison_text(compared: Comparison, *, width: int = WIDTH) -> str:
    """Return a comparison as text."""
    one, two, pairs = compared.first, compared.second, compared.pairs
    lines = [*_header("first", one, width), *_header("second", two, width)]
    warnings = [line for doubt in doubts(one, two, pairs) for line in labelled("WARNING", doubt, width)]
    lines += ["", *warnings] if warnings else []
    resources = [pair for pair in pairs if pair.what == "resource"]
    for outcome, title in _TITLES.items():
        found = [pair for pair in resources if pair.outcome == outcome]
        if found or outcome in {"differs", "same"}:
            lines += ["", f"RESOURCES {title}: {len(found):,}", *_groups(found, width)]
    links = [pair for pair in pairs if pair.what == "link"]
    if links:
        lines += ["", *_link_lines(links, width)]
    lines += ["", *textwrap.wrap(_closing(resources), width)]
    return on_screen(lines)


_TITLES: Mapping[Outcome, str] = {
    "differs": "THAT DIFFER (proven individual)",
    "same": "THAT ARE THE SAME (proven not individual, for this pair)",
    "only_first": "ONLY IN THE FIRST (prove nothing)",
    "only_second": "ONLY IN THE SECOND (prove nothing)",
}
_MARKS: Mapping[Standing | None, str] = {"found": "found", "missed": "!! MISSED", "false_alarm": "!! FALSE ALARM"}


def _header(name: str, message: Message, width: int) -> Iterator[str]:
    sent = f"{message.sent_at:%Y-%m-%d %H:%M} UTC" if message.sent_at else "at an unknown time"
    yield from labelled(name, message.origin, width)
    yield from labelled("", f"from {message.sender_domain or 'an unknown sender'}, {sent}", width)


def _groups(pairs: Sequence[Pair], width: int) -> Iterator[str]:
    """Yield a block for each set of pairs that read the same, and count by host those that need no attention."""
    plain = Counter((pair.carrier, pair.host, _verdicts(pair)) for pair in pairs if pair.standing not in _MARKS)
    blocks = Counter("\n".join(_block(pair, width)) for pair in pairs if pair.standing in _MARKS)
    for block, count in blocks.items():
        yield from block.split("\n")
        if count > 1:
            yield from labelled("", f"{count:,} times", width, indent="   ")
    for (carrier, host, verdicts), count in plain.most_common():
        yield alike_line(count, carrier, verdicts, host, width)


def _block(pair: Pair, width: int) -> Iterator[str]:
    yield from labelled(_MARKS[pair.standing], f"{pair.carrier}  {pair.host}{pair.path_shape}", width, indent="   ")
    if pair.differences:
        yield from labelled("", f"differs in {', '.join(map(str, pair.differences))}", width, indent="   ")
    yield from labelled("", f"{_verdicts(pair)}: {pair.reason}", width, indent="   ")


def _verdicts(pair: Pair) -> str:
    return " and ".join(dict.fromkeys(verdict for verdict in pair.verdicts if verdict))


def _link_lines(links: Sequence[Pair], width: int) -> Iterator[str]:
    outcomes = Counter(pair.outcome for pair in links)
    alone = outcomes["only_first"] + outcomes["only_second"]
    yield f"LINKS (load nothing until clicked): {outcomes['differs']:,} differ, {outcomes['same']:,} are the same" + (
        f", {alone:,} are in only one message" if alone else ""
    )
    places = Counter(
        (pair.host, ", ".join(f"{one.place} {one.name}".rstrip() for one in pair.differences))
        for pair in links
        if pair.outcome == "differs"
    )
    for (host, where), count in places.most_common():
        yield from labelled(f"{count:>6,}", f"{host}  differing in {where}", width, indent="   ")


def _closing(resources: Sequence[Pair]) -> str:
    counts: Counter[Any] = Counter(pair.standing for pair in resources)
    differ, same = counts["found"] + counts["missed"], counts["right"] + counts["false_alarm"]
    return (
        f"Of {differ:,} that differ, {counts['found']:,} found and {counts['missed']:,} missed; "
        f"of {same:,} that are the same, {counts['right']:,} right and {counts['false_alarm']:,} false alarms. "
        "Nothing was loaded."
    )
