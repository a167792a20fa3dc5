"""From a message to its resources, each with a verdict: the one way through :mod:`pixelstudy.pixels`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pixelstudy.errors import UserError
from pixelstudy.mail.message import Message
from pixelstudy.pixels.address_facts import AddressFacts, Kind, facts_of, has_recipient, stored_of, token_of
from pixelstudy.pixels.carriers import LoadsIn, Shows
from pixelstudy.pixels.css.lengths import parse_dimension
from pixelstudy.pixels.css.visibility import Visibility
from pixelstudy.pixels.html import Engine
from pixelstudy.pixels.resources import Found, HtmlPart, find_resources
from pixelstudy.pixels.signals import INVISIBLE_AREA_PX2, Sight, Signals, is_plain, is_thin, sight_of
from pixelstudy.pixels.signs import Signs
from pixelstudy.pixels.urls.address import Address, Party, party, site_of
from pixelstudy.pixels.urls.identity import find_identities
from pixelstudy.pixels.urls.tokens import Token
from pixelstudy.pixels.urls.vendors import Confidence, VendorRule
from pixelstudy.pixels.verdict import SPACER_REPEATS, VISIBLE, VerdictName, judge

__all__ = ["Look", "Resource", "TooLargeError", "examine", "look_of", "resources_of", "signals_of"]

HTML_LIMIT = 16 << 20
"""The most characters of HTML in a message; webmail clients show only the first hundred thousand bytes."""

RESOURCES_LIMIT = 20_000
"""The most remote resources in a message."""

# The longest side of a beacon that is a short line (10 x 1, 2 x 6).
_DOT_SIDE_PX = 20


class TooLargeError(UserError):
    """A message with too much HTML, or too many resources, to measure; the text says which."""


class Resource(NamedTuple):
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
    sight: Sight
    signs: str | None
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
    platform: str | None = None,
    engine: Engine = "fast",
) -> list[Resource]:
    """Return every remote resource that a message would load, with its verdict, in document order.

    Parameters
    ----------
    parts
        The HTML parts that the message shows.
    recipients
        The e-mail addresses it was sent to; every resource's address is searched for them.
    sender_site
        The sender's registrable domain, which tells first from third party.
    platform
        The sending platform named in the headers; it can confirm a vendor that is known by path shape only.
    engine
        The HTML engine.

    Raises
    ------
    TooLargeError
        If the message exceeds :data:`HTML_LIMIT` or :data:`RESOURCES_LIMIT`.

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
    repeats = Counter([each.address.url for _, each in found])
    # Repeats count within one carrier: senders write one beacon in several kinds of markup, in case one fails.
    alike = Counter([(url, each.carrier.name) for _, each in found if repeats[url := each.address.url] > 1])
    requested = [_requested_address(each) for _, each in found]
    identities = find_identities({address.url for address in requested}, recipients)
    about = _About(sender_site, platform, Signs([each for _, each in found]))
    return [
        _resource(
            each,
            facts_of(address),
            position,
            depth,
            repeats[each.address.url],
            alike[each.address.url, each.carrier.name] or 1,
            identities.get(address.url),
            about,
        )
        for position, ((depth, each), address) in enumerate(zip(found, requested, strict=True))
    ]


class _About(NamedTuple):
    """What all resources of a message have in common."""

    sender_site: str | None
    platform: str | None
    signs: Signs


def _requested_address(found: Found) -> Address:
    """Return the address that the client requests; a DNS lookup reveals the host alone, never the path."""
    address = found.address
    return (
        Address(f"https://{address.host}/", address.host, "/") if found.carrier.name == "link dns-prefetch" else address
    )


def _resource(
    found: Found,
    facts: AddressFacts,
    position: int,
    depth_share: float,
    n_repeats: int,
    n_alike: int,
    identity: str | None,
    about: _About,
) -> Resource:
    carrier, address, visibility = found.carrier, found.address, found.visibility
    look, vendor = look_of(visibility), facts.vendor
    token = token_of(facts, carrier.shows, look.kind)
    signs: tuple[str, ...] = ()
    is_content = look.kind == "seen" and look.is_plain and carrier.shows == "picture" and n_alike < SPACER_REPEATS
    if is_content and vendor is None and token is None and identity is None:
        verdict, sight = VISIBLE, "seen"  # true of most resources, so the rules are skipped
    else:
        if look.kind == "unsized" and carrier.shows == "picture" and not look.is_declared:
            signs = about.signs.of(found)
        signals = signals_of(facts, carrier.shows, visibility, look, token, identity, n_alike, signs)
        verdict, sight = judge(signals), sight_of(signals)
    site = address.site
    # Made from a tuple, which takes a third of the time; there is one for every resource.
    return Resource._make(
        (
            position,
            round(depth_share, 4),
            carrier.name,
            found.loads_in,
            found.is_quoted,
            address.url,
            address.wrapper,
            address.host,
            site,
            facts.path_shape,
            len(address.url),
            *visibility,
            sight,
            " ".join(signs).replace("-", "_") or None,
            n_repeats,
            party(site, about.sender_site),
            vendor and vendor.vendor,
            vendor and vendor.kind,
            vendor and _confidence(vendor, about.platform),
            facts.listed_by,
            facts.url_words,
            token and token.text,
            token and token.bits,
            identity,
            *verdict,
        )
    )


def signals_of(
    facts: AddressFacts,
    shows: Shows,
    visibility: Visibility,
    look: Look,
    token: Token | None,
    identity: str | None,
    n_alike: int,
    signs: tuple[str, ...],
) -> Signals:
    """Return what the rules look at, for a resource of which all this is known."""
    return Signals(
        visibility.width_px,
        visibility.height_px,
        look.declared_px,
        visibility.hidden_by,
        shows,
        facts.path,
        facts.host,
        facts.vendor,
        has_recipient(facts),
        token,
        identity,
        stored_of(facts, is_dot=look.kind == "dot"),
        n_alike,
        signs,
    )


def _confidence(vendor: VendorRule, platform: str | None) -> Confidence:
    """Return how certain the vendor is; a path shape is confirmed if the headers name the same platform."""
    return "header" if vendor.confidence == "shape" and platform == vendor.vendor else vendor.confidence


class Look(NamedTuple):
    """What follows from size and hiding alone, whatever the address."""

    kind: Kind
    """How much of a picture a person sees."""

    declared_px: float | None
    """The longer side declared on the element itself."""

    is_declared: bool
    """Whether the element itself declares a size, in any unit."""

    is_plain: bool
    """Whether people see it and it is too large to be a clear image."""


@lru_cache(maxsize=8_192)
def look_of(visibility: Visibility) -> Look:
    """Return what follows from `visibility`; cached, since most pictures share a few sizes."""
    sides = [_px(side) for side in (visibility.declared_width, visibility.declared_height) if side]
    declared_px = max([side for side in sides if side is not None], default=None)
    return Look(
        _kind(visibility, declared_px),
        declared_px,
        bool(visibility.declared_width or visibility.declared_height),
        is_plain(visibility.width_px, visibility.height_px, visibility.hidden_by),
    )


_px = lru_cache(maxsize=2_048)(parse_dimension)


def _kind(visibility: Visibility, declared_px: float | None) -> Kind:
    width, height = visibility.width_px, visibility.height_px
    if width == 0 and height == 0:
        return "dot"
    is_line = is_thin(width, height)
    if width is not None and height is not None:
        is_short = is_line and max(width, height) <= _DOT_SIDE_PX
        if is_short or width * height <= INVISIBLE_AREA_PX2:
            return "dot"
    if is_line or visibility.hidden_by is not None:
        return "faint"
    return "unsized" if width is None and height is None and declared_px is None else "seen"


def resources_of(message: Message, *, engine: Engine = "fast") -> list[Resource]:
    """Return every remote resource that `message` would load, with its verdict."""
    parts = [
        HtmlPart(body.text, loads_in="amp" if body.is_amp else "all", is_quoted=body.is_quoted) for body in message.html
    ]
    sender_site = site_of(message.sender_domain) if message.sender_domain else None
    return examine(
        parts, recipients=message.recipients, sender_site=sender_site, platform=message.platform, engine=engine
    )
