"""From HTML to every remote resource that it would load, with carrier, place and size.

:mod:`pixelstudy.pixels.carriers` lists the kinds of markup that are searched. :mod:`pixelstudy.pixels.css.visibility`
works out size and hiding, and :mod:`pixelstudy.pixels.verdict` says what each resource is.
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
_STYLE_HINTS = ("(", "&", "\\", "import")
# Any text with a remote address contains one of these.
_REMOTE_HINT = re.compile(r"https?:|[/\\]{2}|&#|\\|&(?:sol|bsol|colon|tab|newline);", re.IGNORECASE)
_CONDITION = re.compile(r"\s*\[if\s", re.IGNORECASE)
_OUTLOOK_COMMENT = re.compile(r"\s*\[if\s([^\]]*)\]>(.*)<!\s*\[endif\]\s*\Z", re.IGNORECASE | re.DOTALL)
# A negated part of a condition: one word, or everything in brackets.
_NEGATED = re.compile(r"!\s*(?:\([^()]*\)|\w+)")
_MOST_FRAMES = 2
# The longest comment that is cached, in characters.
_LONGEST_CACHED = 1_024


@dataclass(frozen=True, slots=True)
class HtmlPart:
    """One HTML part of a message, decoded."""

    text: str
    """The markup."""

    loads_in: LoadsIn = "all"
    """``amp`` for a ``text/x-amp-html`` part, else ``all``."""

    is_quoted: bool = False
    """Whether it belongs to a message attached to the message."""


class Found(NamedTuple):
    """A remote resource, and where it was found."""

    carrier: Carrier
    """The markup that loads it."""

    address: Address
    """Its address."""

    depth_share: float
    """Its place in the part, 0..1."""

    loads_in: LoadsIn
    """The clients that load it."""

    is_quoted: bool
    """Whether it is in a quotation or an attached message."""

    visibility: Visibility
    """Its size and hiding."""

    element: Element | None = None
    """The element that loads it; ``None`` if a style sheet does."""


def find_resources(part: HtmlPart, *, engine: Engine = "fast") -> list[Found]:
    """Return every remote resource of `part`, in document order; those in sheets and comments come last.

    Examples
    --------
    >>> found = find_resources(HtmlPart("<img src='https://t.example.com/o.gif' width=1 height=1>"))
    >>> [(f.carrier.name, f.address.host, f.visibility.width_px) for f in found]
    [('img src', 't.example.com', 1.0)]
    """
    return _found_in(part, None, engine, 0)


def _may_load(text: str) -> bool:
    """Return whether `text` could load anything remote; most personal mail and most comments can't."""
    if _SEARCH.hints[0] not in text:  # the commonest hint, nearly always in lower case
        lower = text.lower()
        if not any(map(lower.__contains__, _SEARCH.hints)) and (
            "style" not in lower or not any(map(lower.__contains__, _STYLE_HINTS))
        ):
            return False
    return "://" in text or _REMOTE_HINT.search(text) is not None


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
                sized = _sized_element(element, carrier, pictures or {})
                yield Found(
                    carrier,
                    address,
                    document.depth_share(element),
                    part.loads_in if part.loads_in != "all" else carrier.loads_in,
                    part.is_quoted or layout.surroundings(element).is_quoted,
                    layout.visibility(sized),
                    element,
                )


def _sized_element(element: Element, carrier: Carrier, pictures: dict[Element, Element]) -> Element:
    """Return the element whose size and hiding count."""
    around = element.parent
    if carrier.sized_by == "self" or around is None:
        return element
    return pictures.get(around, element) if carrier.sized_by == "picture" else around


def _pictures(document: Document) -> dict[Element, Element]:
    """Return the ``img`` in every ``picture``."""
    return {img.parent: img for img in reversed(document.select("picture img")) if img.parent is not None}


_UNSIZED = Visibility(None, None, None, None, None, None, None, None)


def _in_sheet(
    sheet: Sheet, style: Element, document: Document, layout: Layout, part: HtmlPart, base: str | None
) -> Iterator[Found]:
    """Yield what a style sheet loads: imports, fonts, detectors, and the addresses of rules that match an element.

    A detector's rule matches nothing in the message as sent, but loads when the message is printed or forwarded.
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
    """Yield each document inside the document (Outlook comment or frame) with the element around it and its place."""
    for comment in document.comments():
        data = comment.data
        markup = _cached_outlook_markup(data) if len(data) <= _LONGEST_CACHED else _outlook_markup(data)
        if markup:
            yield comment.parent, document.depth_share(comment), HtmlPart(markup, "outlook", part.is_quoted)
    for frame in document.select("iframe[srcdoc]"):
        yield frame, document.depth_share(frame), replace(part, text=frame.attr("srcdoc") or "")


def _outlook_markup(comment: str) -> str | None:
    """Return the markup in a conditional comment for Outlook; nothing if it could not load anything."""
    found = _OUTLOOK_COMMENT.match(comment) if _CONDITION.match(comment) and _may_load(comment) else None
    return found[2] if found and re.search(r"\w", _NEGATED.sub("", found[1])) else None


_cached_outlook_markup = lru_cache(maxsize=8_192)(_outlook_markup)


def _placed(resource: Found, around: Surroundings, depth_share: float) -> Found:
    """Return a resource of an inner document as seen from the outer one, which may hide or quote it."""
    visibility = resource.visibility
    if around.hidden_by and not around.is_weak and visibility.hidden_by is None:
        visibility = visibility._replace(hidden_by=around.hidden_by)
    return resource._replace(
        depth_share=min(1.0, depth_share),
        is_quoted=resource.is_quoted or around.is_quoted,
        visibility=visibility,
    )
