"""What an address says by itself, wherever it is used, and how much of it counts in a picture that is seen or not."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from pixelstudy.pixels.carriers import Shows
from pixelstudy.pixels.urls.address import Address, path_shape
from pixelstudy.pixels.urls.peer_lists import said_of as said_by_lists
from pixelstudy.pixels.urls.stored import BY_NAME, IN_FOLDER, ON_HOST, is_surely_stored, stored_as
from pixelstudy.pixels.urls.tokens import Reading, Token, clean, find_token, has_media_suffix
from pixelstudy.pixels.urls.vendors import VendorRule, find_vendor
from pixelstudy.pixels.urls.words import is_click_host, says_open
from pixelstudy.pixels.verdict import KEYED_TOKEN_BITS

__all__ = ["Kind", "Said", "has_recipient", "said_of", "stored_of", "token_of"]

Kind = Literal["dot", "faint", "unsized", "seen"]
"""What a person gets to see of a picture: a dot; a line, or nothing for it is hidden; perhaps anything; a picture."""

_BY_NAMES = frozenset({BY_NAME, IN_FOLDER, ON_HOST})


class Said(NamedTuple):
    """What an address says by itself."""

    host: str
    """Its host."""

    path: str
    """Path and query, without placeholders that were never filled in."""

    vendor: VendorRule | None
    """The rule that it matches."""

    path_shape: str
    """The shape of path and query."""

    listed_by: str | None
    """The published lists that have it, space between."""

    url_words: str | None
    """The words of published rules in it, space between."""


@lru_cache(maxsize=8_192)
def said_of(address: Address) -> Said:
    """Return what `address` says; logos and icons come again in every issue of a sender."""
    lists, words, may_be_shape = said_by_lists(address.url)
    path = clean(address.path)
    vendor = find_vendor(address.host, path, may_be_shape=may_be_shape)
    return Said(address.host, path, vendor, path_shape(address.path), " ".join(lists) or None, " ".join(words) or None)


@lru_cache(maxsize=8_192)
def has_recipient(said: Said) -> bool:
    """Return whether the address holds the recipient's part where its vendor's rule says that it is."""
    if said.vendor is None:
        return False
    token = find_token(said.path, host=said.host) if said.vendor.role in {"open", "drawn"} else None
    if token and token.is_address:
        return True
    return said.vendor.finds_recipient(said.path, has_token=token is not None and token.bits >= KEYED_TOKEN_BITS)


@lru_cache(maxsize=8_192)
def stored_of(said: Said, *, is_dot: bool) -> str | None:
    """Return in words how the picture is stored, unless a vendor's rule or an opening's word speaks against it."""
    if said.vendor is not None and said.vendor.role == "host" and said.vendor.recipient == "none":
        return "its host stores files for others"
    if said.vendor is not None and said.vendor.role != "host":
        return None
    if says_open(said.path, said.host) and not is_surely_stored(said.path):
        return None
    return stored_as(said.host, said.path, is_dot=is_dot)


@lru_cache(maxsize=8_192)
def token_of(said: Said, shows: Shows, kind: Kind) -> Token | None:
    """Return the token of an address, asking more of it the more a person sees of the picture."""
    if said.vendor is not None and said.vendor.role in {"count", "drawn"}:
        return None  # the rule knows where the recipient's part is
    reading = _reading(said, shows, kind)
    if reading in {"query", "stored"} and "?" not in said.path:
        return None
    return find_token(said.path, host=said.host, reading=reading)


def _reading(said: Said, shows: Shows, kind: Kind) -> Reading:
    """Return how much of an address counts."""
    path, host = said.path, said.host
    is_picture = shows not in {"style", "page"}
    if kind == "seen" and is_picture and "?" not in path and not is_click_host(host):
        return "query"
    stored = stored_of(said, is_dot=kind == "dot")
    if stored and (is_picture or stored not in _BY_NAMES):
        return "query" if stored in _BY_NAMES else "stored"
    if not is_picture:
        return "query" if has_media_suffix(path) or path.partition("?")[0].endswith("css") else "names"
    if shows == "nothing" or kind == "dot":
        return "all"
    is_open = (said.vendor is not None and said.vendor.role == "open") or says_open(path, host)
    if kind == "faint":
        return "names" if has_media_suffix(path) and not is_open else "all"
    if is_click_host(host) or (kind == "unsized" and is_open):
        return "all"
    return "names" if kind == "unsized" else "query"
