"""HTML to every remote resource it would load, with its carrier and its place.

:mod:`pixelstudy.pixels.carriers` says what is covered. Whether a resource can be seen is answered by
:mod:`pixelstudy.pixels.css.visibility`, what it is by :mod:`pixelstudy.pixels.verdict`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from pixelstudy.pixels.carriers import CARRIERS, Carrier, LoadsIn, search
from pixelstudy.pixels.css.sheets import Sheet, parse_sheet
from pixelstudy.pixels.css.visibility import Layout, Surroundings, Visibility
from pixelstudy.pixels.html import Document, Element, Engine, parse
from pixelstudy.pixels.urls.address import Address, read_address

__all__ = ["Found", "HtmlPart", "find_resources"]

_SEARCH = search(CARRIERS)
_SHEET_CARRIERS = {
    "css import": Carrier("css import", (), "", "style"),
    "css font-face": Carrier("css font-face", (), "", "style"),
    "css url": Carrier("css url", (), "", "picture"),
}
_STYLE_SIGNS = ("(", "&", "\\", "import")
# A text without any of these holds no remote address.
_REMOTE_SIGN = re.compile(r"https?:|[/\\]{2}|&#|\\|&(?:sol|bsol|colon|tab|newline);", re.IGNORECASE)
_CONDITION = re.compile(r"\s*\[if\s", re.IGNORECASE)
_OUTLOOK_COMMENT = re.compile(r"\s*\[if\s([^\]]*)\]>(.*)<!\s*\[endif\]\s*\Z", re.IGNORECASE | re.DOTALL)
# What a condition rules out: one word, or everything in brackets.
_NEGATED = re.compile(r"!\s*(?:\([^()]*\)|\w+)")
_MOST_FRAMES = 2
# Comments longer than this are not remembered.
_REMEMBERED = 1_024


@dataclass(frozen=True, slots=True)
class HtmlPart:
    """One HTML part of a message, decoded."""

    text: str
    """The markup."""

    loads_in: LoadsIn = "all"
    """``amp`` for a ``text/x-amp-html`` part, else ``all``."""

    is_quoted: bool = False
    """Whether it belongs to a message inside the message."""


class Found(NamedTuple):
    """A remote resource, and where it was found."""

    carrier: Carrier
    """The markup that loads it."""

    address: Address
    """What it loads."""

    depth_share: float
    """Its place in the part, 0..1."""

    loads_in: LoadsIn
    """The clients that load it."""

    is_quoted: bool
    """Whether it is in a quoted message."""

    visibility: Visibility
    """Size and hiding."""

    element: Element | None = None
    """The element that loads it; nothing for what a style sheet loads."""


def find_resources(part: HtmlPart, *, engine: Engine = "fast") -> list[Found]:
    """Return every remote resource of `part`, in document order; those of sheets and of comments come last.

    Examples
    --------
    >>> found = find_resources(HtmlPart("<img src='https://t.example.com/o.gif' width=1 height=1>"))
    >>> [(f.carrier.name, f.address.host, f.visibility.width_px) for f in found]
    [('img src', 't.example.com', 1.0)]
    """
    return _found_in(part, None, engine, 0)


def _may_load(text: str) -> bool:
    """Return whether something remote could load from `text`; most personal mail and most comments have nothing."""
    if _SEARCH.signs[0] not in text:  # most that load something have it in lower case
        lower = text.lower()
        if not any(map(lower.__contains__, _SEARCH.signs)) and (
            "style" not in lower or not any(map(lower.__contains__, _STYLE_SIGNS))
        ):
            return False
    return "://" in text or _REMOTE_SIGN.search(text) is not None


def _found_in(part: HtmlPart, base: str | None, engine: Engine, depth: int) -> list[Found]:
    if not _may_load(part.text):
        return []
    document = parse(part.text, engine=engine)
    base = _base(document) or base
    styles = [style for style in document.select("style") if _is_css(style)]
    sheets = [(style, parse_sheet(style.text, media=style.attr("media") or "")) for style in styles]
    layout = Layout(document, [sheet for _, sheet in sheets])
    found = list(_in_document(document, layout, part, base))
    for style, sheet in sheets:
        found.extend(_in_sheet(sheet, style, document, layout, part, base))
    if depth < _MOST_FRAMES:
        for holder, share, inner in _inner_parts(document, part):
            around = layout.surroundings(holder) if holder is not None else Surroundings()
            weight = len(inner.text) / len(part.text)
            found += [
                _placed(resource, around, share + resource.depth_share * weight)
                for resource in _found_in(inner, base, engine, depth + 1)
            ]
    return found


def _base(document: Document) -> str | None:
    for element in document.select("base[href]"):
        address = read_address(element.attr("href") or "")
        return address.url if address else None
    return None


def _in_document(document: Document, layout: Layout, part: HtmlPart, base: str | None) -> Iterator[Found]:
    pictures: dict[Element, Element] | None = None
    for element in document.select(_SEARCH.selector):
        seen: set[str] = set()
        attr = element.attr
        for carrier in _SEARCH.by_tag.get(element.tag.lower()) or _SEARCH.by_tag["*"]:
            value = attr(carrier.attribute)
            if not value or not carrier.when(element):
                continue
            for text in carrier.read(value):
                address = read_address(text, base=base)
                if address is None or address.url in seen:
                    continue
                seen.add(address.url)
                if pictures is None and carrier.sized_by == "picture":
                    pictures = _pictures(document)
                shown = _shown_in(element, carrier, pictures or {})
                yield Found(
                    carrier,
                    address,
                    document.depth_share(element),
                    part.loads_in if part.loads_in != "all" else carrier.loads_in,
                    part.is_quoted or layout.surroundings(element).is_quoted,
                    layout.visibility(shown),
                    element,
                )


def _shown_in(element: Element, carrier: Carrier, pictures: dict[Element, Element]) -> Element:
    """Return the element whose size and hiding count."""
    around = element.parent
    if carrier.sized_by == "self" or around is None:
        return element
    return pictures.get(around, element) if carrier.sized_by == "picture" else around


def _pictures(document: Document) -> dict[Element, Element]:
    """Return the ``img`` of every ``picture``."""
    return {img.parent: img for img in reversed(document.select("picture img")) if img.parent is not None}


_UNSIZED = Visibility(None, None, None, None, None, None, None, None)


def _in_sheet(
    sheet: Sheet, style: Element, document: Document, layout: Layout, part: HtmlPart, base: str | None
) -> Iterator[Found]:
    """Yield what a style sheet loads: imports and fonts always, a rule's address if the rule matches an element.

    A detector's rule matches nothing in the message as sent: it loads when the message is printed or forwarded.
    """
    for entry in sheet.urls:
        address = read_address(entry.url, base=base)
        if address is None:
            continue
        carrier = _SHEET_CARRIERS[entry.carrier]
        element = next(iter(document.select(entry.selector)), None) if entry.selector else None
        if entry.is_detector:
            carrier = replace(carrier, shows="nothing")
        elif entry.carrier == "css url" and element is None:
            continue
        yield Found(
            carrier,
            address,
            document.depth_share(style),
            entry.loads_in if part.loads_in == "all" else part.loads_in,
            part.is_quoted or layout.surroundings(style).is_quoted,
            layout.visibility(element) if element is not None and not entry.is_detector else _UNSIZED,
        )


def _is_css(style: Element) -> bool:
    return (style.attr("type") or "text/css").strip().lower().startswith("text/css")


def _inner_parts(document: Document, part: HtmlPart) -> Iterator[tuple[Element | None, float, HtmlPart]]:
    """Yield the documents inside the document, Outlook's and frames', with the element around each and its place."""
    for comment in document.comments():
        data = comment.data
        markup = _remembered(data) if len(data) <= _REMEMBERED else _outlook_markup(data)
        if markup:
            yield comment.parent, document.depth_share(comment), HtmlPart(markup, "outlook", part.is_quoted)
    for frame in document.select("iframe[srcdoc]"):
        yield frame, document.depth_share(frame), replace(part, text=frame.attr("srcdoc") or "")


def _outlook_markup(comment: str) -> str | None:
    """Return the part of a conditional comment that Outlook reads; nothing if nothing could load from it."""
    found = _OUTLOOK_COMMENT.match(comment) if _CONDITION.match(comment) and _may_load(comment) else None
    return found[2] if found and re.search(r"\w", _NEGATED.sub("", found[1])) else None


_remembered = lru_cache(maxsize=8_192)(_outlook_markup)


def _placed(resource: Found, around: Surroundings, depth_share: float) -> Found:
    """Return a resource of an inner document as one of the outer, which may hide or quote it."""
    sight = resource.visibility
    if around.hidden_by and not around.is_weak and sight.hidden_by is None:
        sight = sight._replace(hidden_by=around.hidden_by)
    return resource._replace(
        depth_share=min(1.0, depth_share),
        is_quoted=resource.is_quoted or around.is_quoted,
        visibility=sight,
    )
