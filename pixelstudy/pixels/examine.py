"""A message to its resources, each with its verdict: the one path through :mod:`pixelstudy.pixels`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pixelstudy.errors import UserError
from pixelstudy.pixels.css import parse_dimension
from pixelstudy.pixels.html import Engine
from pixelstudy.pixels.identity import find_identity
from pixelstudy.pixels.names import names_clear, says_open
from pixelstudy.pixels.peer_lists import listed_by, words_in
from pixelstudy.pixels.resources import Found, HtmlPart, LoadsIn, find_resources
from pixelstudy.pixels.tokens import Sight, Token, find_token, has_media_suffix
from pixelstudy.pixels.urls import Address, Party, party, path_shape
from pixelstudy.pixels.vendors import VendorRule, find_vendor
from pixelstudy.pixels.verdict import INVISIBLE_AREA_PX2, Signals, VerdictName, is_thin, judge
from pixelstudy.pixels.visibility import Visibility

__all__ = ["Resource", "TooLargeError", "examine"]

HTML_LIMIT = 16 << 20
"""The most characters of HTML that are parsed; a webmail client shows the first hundred thousand bytes."""

RESOURCES_LIMIT = 20_000
"""The most remote resources that a message may have."""

# The longer side of beacons that are drawn as a short line (10 x 1, 2 x 6).
_DOT_SIDE_PX = 20


class TooLargeError(UserError):
    """A message has more HTML, or more resources, than is measured in bounded time and memory; the text says which."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One remote resource of a message: a row of ``resources.parquet`` (:data:`pixelstudy.tables.RESOURCES`)."""

    position: int
    depth_share: float
    carrier: str
    loads_in: LoadsIn
    is_quoted: bool
    url: str
    wrapper: str | None
    host: str
    site: str
    path_shape: str
    url_bytes: int
    width_px: float | None
    height_px: float | None
    size_from: str | None
    declared_width: str | None
    declared_height: str | None
    declared_from: str | None
    declared_hiding: str | None
    hidden_by: str | None
    n_repeats: int
    party: Party | None
    vendor: str | None
    vendor_kind: str | None
    vendor_confidence: str | None
    listed_by: str | None
    url_words: str | None
    token: str | None
    token_bits: float | None
    identity: str | None
    verdict: VerdictName
    reason: str


def examine(
    parts: Sequence[HtmlPart],
    *,
    recipients: Sequence[str] = (),
    sender_site: str | None = None,
    engine: Engine = "fast",
) -> list[Resource]:
    """Return every remote resource that a message would load, judged, in document order.

    Parameters
    ----------
    parts
        The HTML parts it shows.
    recipients
        The addresses it was sent to, searched for in every resource's address.
    sender_site
        The sender's registrable domain, to tell first from third party.
    engine
        The HTML engine.

    Raises
    ------
    TooLargeError
        When there is more than :data:`HTML_LIMIT` or :data:`RESOURCES_LIMIT`.

    Examples
    --------
    >>> found = examine([HtmlPart("<img src='https://t.example.com/o?u=5e78d7ef2297cc80' width=1 height=1>")])
    >>> found[0].verdict
    'spy_pixel'
    """
    total = sum(len(part.text) for part in parts)
    if total > HTML_LIMIT:
        raise TooLargeError(f"over {HTML_LIMIT >> 20} MB of HTML, more than is measured")
    found: list[tuple[float, Found]] = []
    before = 0
    for part in parts:
        weight = len(part.text)
        found += [((before + each.depth_share * weight) / total, each) for each in find_resources(part, engine=engine)]
        before += weight
        if len(found) > RESOURCES_LIMIT:
            raise TooLargeError(f"over {RESOURCES_LIMIT:,} remote resources, more than is measured")
    repeats = Counter(each.address.url for _, each in found)
    # A beacon that stands in several kinds of markup, lest one fail, is no spacer.
    alike = Counter((each.address.url, each.carrier.name) for _, each in found)
    return [
        _resource(
            each,
            position=position,
            depth_share=depth,
            n_repeats=repeats[each.address.url],
            n_alike=alike[each.address.url, each.carrier.name],
            recipients=recipients,
            sender_site=sender_site,
        )
        for position, (depth, each) in enumerate(found)
    ]


def _resource(
    found: Found,
    *,
    position: int,
    depth_share: float,
    n_repeats: int,
    n_alike: int,
    recipients: Sequence[str],
    sender_site: str | None,
) -> Resource:
    address, sight = found.address, found.visibility
    said = _said_of(address)
    vendor = said.vendor
    token = _token(found)
    asked = f"https://{address.host}/" if found.carrier.name == "link dns-prefetch" else address.url
    identity = find_identity(asked, recipients)
    verdict = judge(
        Signals(
            width_px=sight.width_px,
            height_px=sight.height_px,
            declared_px=_declared_px(sight),
            hidden_by=sight.hidden_by,
            shows=found.carrier.shows,
            path=address.path,
            vendor=vendor,
            token=token,
            identity=identity,
            n_repeats=n_alike,
        )
    )
    return Resource(
        position=position,
        depth_share=round(depth_share, 4),
        carrier=found.carrier.name,
        loads_in=found.loads_in,
        is_quoted=found.is_quoted,
        url=address.url,
        wrapper=address.wrapper,
        host=address.host,
        site=address.site,
        path_shape=said.path_shape,
        url_bytes=len(address.url),
        width_px=sight.width_px,
        height_px=sight.height_px,
        size_from=sight.size_from,
        declared_width=sight.declared_width,
        declared_height=sight.declared_height,
        declared_from=sight.declared_from,
        declared_hiding=sight.declared_hiding,
        hidden_by=sight.hidden_by,
        n_repeats=n_repeats,
        party=party(address.site, sender_site),
        vendor=vendor.vendor if vendor else None,
        vendor_kind=vendor.kind if vendor else None,
        vendor_confidence=vendor.confidence if vendor else None,
        listed_by=said.listed_by,
        url_words=said.url_words,
        token=token.text if token else None,
        token_bits=token.bits if token else None,
        identity=identity,
        verdict=verdict.name,
        reason=verdict.reason,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What an address says by itself, whatever it stands in."""

    vendor: VendorRule | None
    path_shape: str
    listed_by: str | None
    url_words: str | None


@lru_cache(maxsize=8_192)
def _said_of(address: Address) -> _Said:
    """Return what `address` says; logos and icons come again in every issue of a sender."""
    return _Said(
        find_vendor(address.host, address.path),
        path_shape(address.path),
        " ".join(listed_by(address.url)) or None,
        " ".join(words_in(address.url)) or None,
    )


def _declared_px(sight: Visibility) -> float | None:
    sides = [parse_dimension(side) for side in (sight.declared_width, sight.declared_height) if side]
    return max((side for side in sides if side is not None), default=None)


def _token(found: Found) -> Token | None:
    """Return the token of a resource, asking more of what looks like a file that people see."""
    address = found.address
    if found.carrier.name == "link dns-prefetch":
        return find_token("/", host=address.host)  # Its path is never asked for.
    return find_token(address.path, host=address.host, sight=_sight(found))


def _sight(found: Found) -> Sight:
    sight, path = found.visibility, found.address.path
    width, height = sight.width_px, sight.height_px
    is_file = has_media_suffix(path)
    if found.carrier.shows in {"style", "page"}:
        return "seen" if is_file or path.partition("?")[0].endswith("css") else "hidden"
    if found.carrier.shows == "nothing" or (width == 0 and height == 0):
        return "dot"
    if width is not None and height is not None and width * height <= INVISIBLE_AREA_PX2:
        return "dot"
    if width is not None and height is not None and is_thin(width, height) and max(width, height) <= _DOT_SIDE_PX:
        return "dot"
    if is_thin(width, height) or sight.hidden_by is not None:
        return "hidden" if is_file else "dot"
    is_unsized = width is None and height is None and _declared_px(sight) is None
    return "hidden" if is_unsized and (says_open(path) or names_clear(path)) else "seen"
