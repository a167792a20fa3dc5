"""Addresses: unwrapped from rewriters, normalised as a browser would, with host, site and party.

The site of a host follows from the public suffix list that ships with tldextract, which is never downloaded. Private
suffixes count (``a.github.io`` and ``b.github.io`` are two sites), since what matters is who reads the server's log.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, unquote, urljoin

import can_ada
import tldextract

__all__ = ["Address", "Party", "party", "path_shape", "read_address", "site_of"]

Party = Literal["first", "same_org", "third"]


class Address(NamedTuple):
    """A remote address."""

    url: str
    """The whole address, normalised (WHATWG URL) and unwrapped."""

    host: str
    """The host, lower case, punycode, without a trailing dot."""

    path: str
    """Path and query, from the first slash."""

    wrapper: str | None = None
    """The name of the rewriter that it was unwrapped from."""

    @property
    def site(self) -> str:
        """The registrable domain of the host, or the host itself if it has none."""
        return site_of(self.host)


_HOST_LIMIT = 253  # RFC 1035, in characters
_ADDRESS_LIMIT = 1 << 16  # in characters; longer than any server accepts
_BASE_LIMIT = 1 << 11
_SPACE = re.compile(r"[\t\n\r]+")
_CONTROLS = "".join(map(chr, range(33)))
_REMOTE = re.compile(r"https?:", re.IGNORECASE)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


def read_address(text: str, *, base: str | None = None) -> Address | None:
    r"""Return the remote address in `text`; nothing if there is none.

    Parameters
    ----------
    text
        The attribute or CSS value as written; cut after 65,536 characters.
    base
        The value of ``<base href>``; cut after 2,048 characters. Mail has no address of its own, so a relative address
        is remote only with a base.

    Examples
    --------
    >>> read_address("HTTP:\\\\T.Example.COM.\\o?x=1 ").url
    'http://t.example.com./o?x=1'
    >>> read_address("//t.example.com/o.gif").host
    't.example.com'
    >>> read_address("cid:part1"), read_address("logo.gif")
    (None, None)
    """
    text = text[:_ADDRESS_LIMIT]
    if "\n" in text or "\t" in text or "\r" in text:
        text = _SPACE.sub("", text)
    text = text.strip(_CONTROLS).strip()
    if not text:
        return None
    if not _is_remote(text):
        if text[:2] in {"//", "\\\\", "/\\", "\\/"}:
            text = "https:" + text
        elif base is None or _SCHEME.match(text):
            return None
    base = base and base[:_BASE_LIMIT]
    wrapper = None
    for _ in range(4):
        try:
            parsed = can_ada.parse(text if base is None or _is_remote(text) else urljoin(base, text))
        except ValueError:
            return None
        if parsed.protocol not in {"http:", "https:"}:
            return None
        host = parsed.hostname.rstrip(".").lower()
        if not 0 < len(host) <= _HOST_LIMIT:
            return None  # a client can't look it up
        path = parsed.pathname + parsed.search
        rewriter = _rewriter(host)
        inner = _unwrapped(rewriter, path, parsed.hash) if rewriter else None
        if inner is None:
            return Address(parsed.href, host, path, wrapper)
        wrapper, text = inner
    return None


def _unwrapped(rewriter: _Rewriter, path: str, fragment: str) -> tuple[str, str] | None:
    name, _, original = rewriter
    found = original(path, fragment)
    return (name, found) if found and _is_remote(found) else None


def _is_remote(text: str) -> bool:
    return text.startswith(("https:", "http:")) or _REMOTE.match(text) is not None


@lru_cache(maxsize=16_384)
def _rewriter(host: str) -> _Rewriter | None:
    for rewriter in _REWRITERS:
        suffix = rewriter[1]
        if host.endswith(suffix) and (host == suffix or host[-len(suffix) - 1] == "."):
            return rewriter
    return None


def _in_fragment(prefixes: tuple[str, ...]) -> Callable[[str, str], str | None]:
    return lambda path, fragment: fragment[1:] if path.startswith(prefixes) else None


def _in_query(prefix: str, name: str) -> Callable[[str, str], str | None]:
    def original(path: str, _fragment: str) -> str | None:
        if not path.lower().startswith(prefix):
            return None
        return next((v for k, v in parse_qsl(path.partition("?")[2]) if k.lower() == name), None)

    return original


def _superhuman(path: str, _fragment: str) -> str | None:
    if not path.startswith("/images/_/"):
        return None
    # If the original was not escaped as a whole, its escapes belong to it.
    return path[10:] if "://" in path[10:20] else unquote(path[10:])


def _proofpoint_1_and_2(path: str, _fragment: str) -> str | None:
    if path.startswith("/v1/url"):
        return _in_query("/v1/url", "u")(path, "")
    found = _in_query("/v2/url", "u")(path, "")
    return found and unquote(found.replace("-", "%").replace("_", "/"))


_RUN_LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PROOFPOINT_3 = re.compile(r"/v3/__(.+?)__;([^!]*)!", re.DOTALL)


def _proofpoint_3(path: str, _fragment: str) -> str | None:
    """Return the original, with the characters put back that version 3 took out: ``*`` is one, ``**A`` is several."""
    found = _PROOFPOINT_3.match(path)
    if not found:
        return None
    encoded = found[2]
    try:
        removed = iter(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("utf-8", "replace"))
    except ValueError:
        return None

    def put_back(star: re.Match[str]) -> str:
        n = _RUN_LENGTHS.index(star[1]) + 2 if star[1] else 1
        return "".join(next(removed, "") for _ in range(n))

    text = unquote(re.sub(r"\*(?:\*([A-Za-z0-9_-]))?", put_back, found[1]))
    return re.sub(r"^(https?):/+", r"\1://", text)


_Rewriter = tuple[str, str, Callable[[str, str], str | None]]
# Name, host suffix, and the function that finds the original in path and fragment.
_REWRITERS: tuple[_Rewriter, ...] = (
    ("gmail", "googleusercontent.com", _in_fragment(("/proxy/", "/meips/"))),
    ("safe_links", "safelinks.protection.outlook.com", _in_query("/", "url")),
    ("outlook", "outlook.com", _in_query("/proxy/", "url")),
    ("yahoo", "ecp.yusercontent.com", _in_query("/mail", "url")),
    ("superhuman", "media.superhumanapp.com", _superhuman),
    ("proofpoint", "urldefense.proofpoint.com", _proofpoint_1_and_2),
    ("proofpoint", "urldefense.com", _proofpoint_3),
    ("proofpoint", "urldefense.us", _proofpoint_3),
)

_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
_NO_SESSION: Any = object()  # by default tldextract opens an HTTP session, even with nothing to fetch


@lru_cache(maxsize=65_536)
def site_of(host: str) -> str:
    """Return the registrable domain of `host`, or `host` itself if it has none (an IP address, a public suffix).

    If no suffix in the list fits, the last label counts as one, which is the list's default rule.

    Examples
    --------
    >>> site_of("a.b.example.co.uk"), site_of("192.0.2.1"), site_of("a.shop.test")
    ('example.co.uk', '192.0.2.1', 'shop.test')
    """
    found = _suffixes.extract_str(host, session=_NO_SESSION)
    if found.top_domain_under_public_suffix:
        return found.top_domain_under_public_suffix
    is_name = not found.suffix and not found.ipv4 and not found.ipv6
    return ".".join(host.split(".")[-2:]) if is_name else host


@lru_cache(maxsize=16_384)
def party(site: str | None, sender_site: str | None) -> Party | None:
    """Return whether `site` is the sender's (``first``), of the same organisation, or ``third``; nothing if unknown.

    ``same_org`` relies on names alone: the same label under another suffix (``shop.de``, ``shop.com``), or the shorter
    label as a part of the longer one between hyphens (``shop-static.de``), or as a prefix of five letters or more.
    Ownership that names do not show, and CNAME cloaking, can't be detected offline.

    Examples
    --------
    >>> party("shop.com", "shop.com"), party("shop-static.com", "shop.de"), party("mail.example", "shop.de")
    ('first', 'same_org', 'third')
    """
    if not site or not sender_site:
        return None
    if site == sender_site:
        return "first"
    ours, theirs = _label(site), _label(sender_site)
    if ours == theirs and len(ours) > 2:
        return "same_org"
    short, long = sorted((ours, theirs), key=len)
    is_same = (len(short) > 3 and short in long.split("-")) or (len(short) > 4 and long.startswith(short))
    return "same_org" if is_same else "third"


def _label(site: str) -> str:
    """Return the part of a site before its suffix; an IP address is returned whole."""
    return site if site.replace(".", "").isdigit() or ":" in site else site.partition(".")[0]


# Words that a released path shape may spell out: terms of the trade, which identify nobody.
_TRADE_WORDS = frozenset(
    """
    api asp aspx beacon bin blank c cgi click clear css do e email emails eo footer gif go hit htm
    html i image images img imp impression jpeg jpg js jsp l link logo lt mail mo newsletter o on
    open opened openings opens oo p php pixel png px q r read receipt redirect ss spacer static svg
    t tr trace track tracker tracking transparent trk u ut v view web webp wf
    """.split()
)
_RUN = re.compile(r"([A-Za-z0-9%+]+)")
_LONGEST_WORD = 24


def path_shape(path: str) -> str:
    """Return `path` with every run of letters and digits replaced by its class, at most 120 characters.

    ``9`` is digits, ``h`` hexadecimal, ``w`` a word and ``x`` mixed. Terms of the trade (``open``, ``pixel``, ``gif``)
    are kept: they identify nobody.

    Examples
    --------
    >>> path_shape("/wf/open?upn=Ab3dE-2f&name=Jane&id=42")
    '/wf/open?w=x-x&w=w&w=9'
    """
    pieces = _RUN.split(path)
    pieces[1::2] = [_class_of_word(run) if len(run) <= _LONGEST_WORD else _class_of(run) for run in pieces[1::2]]
    return "".join(pieces)[:120]


@lru_cache(maxsize=16_384)
def _class_of_word(run: str) -> str:
    lower = run.lower()
    return lower if lower in _TRADE_WORDS else _class_of(run)


def _class_of(run: str) -> str:
    if run.isdigit():
        return "9"
    if run.isalpha():
        return "w" if len(run) <= _LONGEST_WORD else "x"
    return "h" if len(run) > 5 and not run.strip("0123456789abcdefABCDEF") else "x"
