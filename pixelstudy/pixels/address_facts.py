"""What can be told from an address alone, and how much of the address counts, depending on what a person sees."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from pixelstudy.pixels.carriers import Shows
from pixelstudy.pixels.urls.address import Address, path_shape
from pixelstudy.pixels.urls.peer_lists import match_peers
from pixelstudy.pixels.urls.stored import BY_NAME, IN_FOLDER, ON_HOST, is_surely_stored, stored_as
from pixelstudy.pixels.urls.tokens import Reading, Token, clean, find_token, has_media_suffix
from pixelstudy.pixels.urls.vendors import VendorRule, find_vendor
from pixelstudy.pixels.urls.words import is_click_host, says_open
from pixelstudy.pixels.verdict import KEYED_TOKEN_BITS

__all__ = ["AddressFacts", "Kind", "facts_of", "has_recipient", "stored_of", "token_of"]

Kind = Literal["dot", "faint", "unsized", "seen"]
"""How much of a picture a person sees: a dot; at most a line (``faint``: thin or hidden); unknown; all of it."""

_BY_NAMES = frozenset({BY_NAME, IN_FOLDER, ON_HOST})


class AddressFacts(NamedTuple):
    """What can be told from an address alone."""

    host: str
    """Its host."""

    path: str
    """Path and query, without placeholders that were never filled in."""

    vendor: VendorRule | None
    """The vendor rule that it matches."""

    path_shape: str
    """The shape of path and query."""

    listed_by: str | None
    """The published lists that it is on, separated by spaces."""

    url_words: str | None
    """The words of published rules that it contains, separated by spaces."""


@lru_cache(maxsize=8_192)
def facts_of(address: Address) -> AddressFacts:
    """Return what can be told from `address`; cached, since a sender repeats logos and icons in every issue."""
    lists, words, may_be_shape = match_peers(address.url)
    path = clean(address.path)
    vendor = find_vendor(address.host, path, may_be_shape=may_be_shape)
    return AddressFacts(
        address.host, path, vendor, path_shape(address.path), " ".join(lists) or None, " ".join(words) or None
    )


@lru_cache(maxsize=8_192)
def has_recipient(facts: AddressFacts) -> bool:
    """Return whether the address has a recipient part where its vendor's rule expects one."""
    if facts.vendor is None:
        return False
    token = find_token(facts.path, host=facts.host) if facts.vendor.role in {"open", "drawn"} else None
    if token and token.is_address:
        return True
    return facts.vendor.finds_recipient(facts.path, has_token=token is not None and token.bits >= KEYED_TOKEN_BITS)


@lru_cache(maxsize=8_192)
def stored_of(facts: AddressFacts, *, is_dot: bool) -> str | None:
    """Return in words how the picture is stored; nothing if a vendor rule or a word for opening contradicts that."""
    if facts.vendor is not None and facts.vendor.role == "host" and facts.vendor.recipient == "none":
        return "its host stores files for others"
    if facts.vendor is not None and facts.vendor.role != "host":
        return None
    if says_open(facts.path, facts.host) and not is_surely_stored(facts.path):
        return None
    return stored_as(facts.host, facts.path, is_dot=is_dot)


@lru_cache(maxsize=8_192)
def token_of(facts: AddressFacts, shows: Shows, kind: Kind) -> Token | None:
    """Return the token in an address; the more a person sees of the picture, the more the token has to prove."""
    if facts.vendor is not None and facts.vendor.role in {"count", "drawn"}:
        return None  # the rule says where the recipient part is
    reading = _reading(facts, shows, kind)
    if reading in {"query", "stored"} and "?" not in facts.path:
        return None
    return find_token(facts.path, host=facts.host, reading=reading)


def _reading(facts: AddressFacts, shows: Shows, kind: Kind) -> Reading:
    """Return which parts of the address are searched for a token."""
    path, host = facts.path, facts.host
    is_picture = shows not in {"style", "page"}
    if kind == "seen" and is_picture and "?" not in path and not is_click_host(host):
        return "query"
    stored = stored_of(facts, is_dot=kind == "dot")
    if stored and (is_picture or stored not in _BY_NAMES):
        return "query" if stored in _BY_NAMES else "stored"
    if not is_picture:
        return "query" if has_media_suffix(path) or path.partition("?")[0].endswith("css") else "names"
    if shows == "nothing" or kind == "dot":
        return "all"
    is_open = (facts.vendor is not None and facts.vendor.role == "open") or says_open(path, host)
    if kind == "faint":
        return "names" if has_media_suffix(path) and not is_open else "all"
    if is_click_host(host) or (kind == "unsized" and is_open):
        return "all"
    return "names" if kind == "unsized" else "query"
