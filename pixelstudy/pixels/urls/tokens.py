"""What in an address could number recipients: a token, with its estimated bits and its place.

A token is a part that is long and irregular enough to number recipients. One message cannot prove that: the
same mail to a second recipient can (:mod:`pixelstudy.reporting.compare`). So a token carries its estimated bits and its
place, and :mod:`pixelstudy.pixels.verdict` asks for more of them where more else explains them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log2
from typing import Literal
from urllib.parse import unquote

from pixelstudy.pixels.urls.address import site_of

__all__ = ["Sight", "Token", "find_token", "has_media_suffix"]

TokenPlace = Literal["query", "path", "file", "host"]
Sight = Literal["dot", "hidden", "seen"]


@dataclass(frozen=True, slots=True)
class Token:
    """A part of an address that could number recipients."""

    text: str
    """The part, as written."""

    bits: float
    """How many recipients it could tell apart at most, as a power of two."""

    place: TokenPlace
    """``query``, ``path``, ``file`` (the name of a file with a media suffix) or ``host``."""

    key: str = ""
    """The query key it stands under, lower case."""

    is_address: bool = False
    """Whether it is an e-mail address, of whomever."""

    @property
    def is_keyed(self) -> bool:
        """Whether it stands for a person: under a usual query key (``uid``, ``subscriber``), or as an address."""
        return self.is_address or _is_person_key(self.key)


_PERSON_KEY = re.compile(
    r"(?:mi_|ms_|cm_|sc_|_)?(?:e|em|email|mail|e?mail_?(?:id|hash|address|md5)|u|ui|uid|user|user_?id|upn|uuid|r|rid|"
    r"recipient|recipient_?id|rcpt|sub|sid|subscriber|subscriber_?(?:id|key|hash)|subid|contact|contact_?id|ct|lead|"
    r"lead_?id|member|member_?id|cust|customer|customer_?id|person|pid|profile|client_?id|cdmiv|hash|h|md5|"
    r"eh|he|open_?id|mid|message_?id|msg_?id|msgid|token|tk|key|enc|p|x|a|ecid|esid|partner_?uid|akid)"
)
# Keys that never name a person: campaigns, accounts, times, sizes, formats, luck.
_CAMPAIGN_KEY = re.compile(
    r"utm_\w+|camp|campaign|campaign_?id|cmp|cmpid|list|list_?id|nl|newsletter|issue|issue_?id|job|job_?id|"
    r"template|tpl|batch|mailing|mailing_?id|account|acct|aid|client|site|site_?id|publisher|pub|ad|adid|creative|"
    r"placement|date|day|time|ts|timestamp|t0|v|ver|version|rev|w|width|height|size|sz|fmt|format|type|lang|"
    r"aff|aff_?id|affiliate|affiliate_?id|offer|offer_?id|oid|pub_?id|ord|rnd|rand|random|cb|cachebuster|cache|nocache|"
    r"advkey|opptykey|family|subset|display|project_?id|from|sender|reply_?to|from_?e?mail"
)
# Keys that mostly name a campaign: what stands there counts when it is far too long for one.
_SHORT_CAMPAIGN_KEY = re.compile(r"c|l|j|jid|b|d|h|z|cid")
_CAMPAIGN_BITS = 60
_ASSET_KEY = re.compile(
    r"x-amz-\w+|x-goog-\w+|sig|signature|s|expires|expiry|policy|key-pair-id|itok|ixid|ixlib|oh|oe|_nc_\w+|ccb|stp|"
    r"token|alt|resize|fit|crop|q|quality|auto|fm|dpr|se|sv|sr|sp|st|spr|skoid|hash|hmac|etag|t|_|m|id|key|p|x|a|im|imwidth"
)
_MEDIA = re.compile(
    r"\.(?:gif|png|jpe?g|webp|svg|bmp|ico|avif|css|m?js|woff2?|ttf|otf|eot|mp4|webm|mp3|wav|mid|ogg)\s*\Z",
    re.IGNORECASE,
)
# Suffixes that beacons go by; the others are those of what is kept somewhere.
_BEACON_SUFFIXES = (".gif", ".png", ".bmp")
_BEACON_NAME = re.compile(
    r"o|op|ho|open(?:ed|s)?|p|px|pix|pixel|t|tr|trk|tk|track(?:er|ing)?|r|read|receipt|v|view|beacon|imp|impression|i|img|"
    r"image|b|blank|spacer|clear|transparent|trans|dot|empty|bug|stats?|count(?:er)?|hit|log|x|e|1x1|\d{1,3}",
    re.IGNORECASE,
)
_BEACON_FOLDER = re.compile(
    r"(?:^|/)(?:o|op|open(?:ed|s|ing)?|t|trk|track(?:ing|er)?|pixel|px|beacon|imp|trace|read|receipt)(?=/|\Z)",
    re.IGNORECASE,
)
# Folders, and first labels of hosts, where pictures are kept under names that their content gave them.
_ARCHIVE = re.compile(
    r"(?:^|[/_-])(?:images?|imgs?|assets?|lib|media|static|cdn|uploads?|files?|public|content|gallery|library|"
    r"pictures?|photos?|pics?|icons?|themes?|templates?|resources?|graphics|attachments|storage|blobs?|products?|"
    r"hubfs|digitalassets|banners?|creatives?)(?=[/_-]|\Z)",
    re.IGNORECASE,
)
_ARCHIVE_HOST = re.compile(
    r"(?:images?|imgs?|assets?|media|static|cdn|files?|gallery|content|res)[\d-]*\.", re.IGNORECASE
)
# What a web analytics account is called, whoever reads.
_PROPERTY = re.compile(r"UA-\d{4,10}-\d{1,4}|(?:G|GT|GTM|AW|DC)-[A-Z0-9]{6,12}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_CONTENT_HASH = re.compile(r"[0-9a-f]{10,}\Z", re.IGNORECASE)
_DIGEST = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\Z", re.IGNORECASE)
# Three numbers in a row or more number something together, and so do two long ones, unless they are a date.
_NUMBERS = re.compile(r"(?<=/)(?!(?:19|20)\d\d/[01]?\d/)(?:\d+(?:/\d+){2,}|\d{4,}/\d{5,})(?=/|\Z)")
_PIECE = re.compile(r"[A-Za-z0-9]+")
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DATE = re.compile(
    rf"(?:19|20)\d\d(?:[01]\d(?:[0-3]\d(?:[0-2]\d[0-5]\d(?:[0-5]\d)?)?)?)?\Z|1[0-9]{{9}}(?:\d{{3}})?\Z"
    rf"|(?:{_DAY}{_MONTH}|{_MONTH}{_DAY})(?:19|20)\d\d\Z|[0-4]\d{_MONTH}{_DAY}\Z|(?:{_DAY}{_MONTH}|{_MONTH}{_DAY})[0-4]\d\Z"
)
_NUMBERED = re.compile(
    r"(?:[A-Z]?[a-z]+(?:[A-Z][a-z]+)*\d{1,3}|[A-Z]+\d{1,3}|\d{1,4}[A-Za-z]{1,3}|\d+[xX]\d+|[A-Za-z]{1,3}\d{1,4}[A-Za-z]{1,3})\Z"
)
_WORD_AND_NUMBER = re.compile(r"(?=[A-Za-z]{3})([A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]+)(\d+)")
_HEX = re.compile(r"[0-9a-fA-F]+\Z")
_VOWEL = re.compile(r"[aeiouyäöü]", re.IGNORECASE)
_MAIL_ADDRESS = re.compile(
    r"[\w.+-]{1,64}@(?:[a-z0-9-]+\.)+(?!(?:gif|png|jpe?g|webp|svg|css|m?js|html?|php)\b)[a-z]{2,24}\b", re.IGNORECASE
)
_LEAST_BITS = 12
_SURE_BITS = 30
_HOST_BITS = 60


def find_token(path: str, *, host: str = "", sight: Sight = "dot") -> Token | None:
    """Return the part of an address with the most bits to tell recipients apart, or nothing.

    Parameters
    ----------
    path
        Path and query.
    host
        The host, whose labels are searched too.
    sight
        What a person gets to see of it. Of a ``dot`` every part counts. A ``hidden`` picture may be one for
        another client, so the names of files count for nothing, unless they are a beacon's. Of what is
        ``seen`` the query alone counts, without the keys of signatures and image transforms: content networks
        name pictures by hash.

    Examples
    --------
    >>> find_token("/track/open.php?u=5e78d7ef2297cc80842b7591e&id=2ed1232679&e=6496a8003f").bits
    100.0
    >>> find_token("/2019/10/Header-Logo-600x600.jpg?v=1646911697") is None
    True
    >>> find_token("/o?to=jane%40example.org").is_address
    True
    """
    route, _, query = path.partition("?")
    found = list(_query_tokens(query, is_seen=sight == "seen", is_media=has_media_suffix(route))) if query else []
    if sight != "seen":
        found.extend(_path_tokens(unquote(route) if "%" in route else route, host, is_dot=sight == "dot"))
        found.extend(_host_tokens(host))
    best = max(found, key=_weight, default=None)
    return Token(*best) if best and best[1] >= _LEAST_BITS else None


_Candidate = tuple[str, float, TokenPlace, str, bool]
"""The fields of a token, before it is known to be one."""


def _weight(candidate: _Candidate) -> tuple[bool, bool, float]:
    """Return what makes one token better proof than another: a person's key first, once its value is long enough."""
    _, bits, _, key, is_address = candidate
    is_keyed = bits >= _LEAST_BITS and (is_address or _is_person_key(key))
    return is_keyed and bits >= _SURE_BITS, is_keyed, bits


def _query_tokens(query: str, *, is_seen: bool, is_media: bool) -> Iterator[_Candidate]:
    for pair in query.replace(";", "&").split("&"):
        key, equals, value = pair.partition("=")
        if not equals:
            key, value = "", pair
        key = (unquote(key) if "%" in key else key).lower()
        kind = _key_kind(key)
        if kind == "campaign" or not value:
            continue
        if "%" in value:
            value = unquote(value)
        if "@" in value and (address := _MAIL_ADDRESS.search(value)):
            yield address[0], 64.0, "query", key, True
            continue
        if (is_seen and (not key or _is_asset_key(key))) or _PROPERTY.fullmatch(value):
            continue
        is_person = _is_person_key(key)
        if is_seen and is_media and not is_person and _DIGEST.match(value):
            continue
        bits = _bits(value, is_person)
        if kind == "short" and bits < _CAMPAIGN_BITS:
            continue
        yield value, bits, "query", key, False


def _path_tokens(route: str, host: str, *, is_dot: bool) -> Iterator[_Candidate]:
    folder, _, name = route.rpartition("/")
    if "@" in route and (address := _MAIL_ADDRESS.search(route)):
        yield address[0], 64.0, "path", "", True
    is_kept = False
    if _MEDIA.search(name):
        stem, suffix = name[: name.rindex(".")], name[name.rindex(".") :].lower()
        says_so = _BEACON_FOLDER.search(folder) is not None
        is_kept = not says_so and (_ARCHIVE.search(folder) is not None or _ARCHIVE_HOST.match(host) is not None)
        is_uuid = _UUID.fullmatch(stem) is not None
        is_named = says_so or _BEACON_NAME.fullmatch(stem) is not None
        if not is_dot and (is_kept or is_uuid or not (is_named or suffix.startswith(".gif"))):
            return
        bits = 0.0 if is_kept and (is_uuid or _CONTENT_HASH.match(stem)) else _bits(stem)
        yield stem, bits, "file", "", False
        if not is_named and (is_kept or not suffix.startswith(_BEACON_SUFFIXES)):
            return
    else:
        yield name, _bits(name), "path", "", False
    for part in folder.split("/"):
        if len(part) > 5 and not (is_kept and (_CONTENT_HASH.match(part) or _UUID.fullmatch(part))):
            yield part, _bits(part), "path", "", False
    numbers = None if is_kept else _NUMBERS.search(route)
    if numbers:
        n_digits = sum(len(number) for number in numbers[0].split("/") if not _DATE.match(number))
        yield numbers[0], round(n_digits * log2(10), 1), "path", "", False


def _host_tokens(host: str) -> Iterator[_Candidate]:
    if len(host) < 20:
        return
    for label in host[: -len(site_of(host))].split("."):
        if len(label) > 15 and not label.startswith("xn--") and (bits := _bits(label)) >= _HOST_BITS:
            yield label, bits, "host", "", False


@lru_cache(maxsize=8_192)
def _key_kind(key: str) -> Literal["campaign", "short", ""]:
    return "campaign" if _CAMPAIGN_KEY.fullmatch(key) else "short" if _SHORT_CAMPAIGN_KEY.fullmatch(key) else ""


@lru_cache(maxsize=8_192)
def _is_person_key(key: str) -> bool:
    return _PERSON_KEY.fullmatch(key) is not None


@lru_cache(maxsize=8_192)
def _is_asset_key(key: str) -> bool:
    return _ASSET_KEY.fullmatch(key) is not None


def has_media_suffix(path: str) -> bool:
    """Return whether `path` names a picture, style sheet, font, script or clip by its suffix.

    >>> has_media_suffix("/o/spacer.gif?x=1"), has_media_suffix("/wf/open?upn=1")
    (True, False)
    """
    return _MEDIA.search(path.partition("?")[0].replace("%0D", "").replace("%0A", "")) is not None


def _bits(text: str, is_person: bool = False) -> float:
    """Return how many bits `text` could hold if its irregular pieces are random; words and dates hold none."""
    if len(text) == 36 and _UUID.fullmatch(text):
        return 122.0
    return round(min(512.0, sum(_piece_bits(piece, is_person) for piece in _PIECE.findall(text[:1024]))), 1)


@lru_cache(maxsize=65_536)
def _piece_bits(piece: str, is_person: bool) -> float:
    n = len(piece)
    if piece.isdigit():
        return 0.0 if n < 4 or _DATE.match(piece) else n * log2(10)
    if piece.isalpha():
        return n * log2(26) if _is_gibberish(piece, is_person) else 0.0
    if n < (4 if is_person else 6) or (_NUMBERED.match(piece) and not is_person):
        return 0.0
    wordy = _WORD_AND_NUMBER.fullmatch(piece)
    if wordy and not _is_gibberish(wordy[1], is_person):
        return 0.0 if _DATE.match(wordy[2]) or len(wordy[2]) < 4 else len(wordy[2]) * log2(10)
    if _HEX.match(piece):
        return n * 4.0
    cases = (not piece.islower() and not piece.isupper()) + 1
    return n * log2(26 * cases + 10)


def _is_gibberish(piece: str, is_person: bool) -> bool:
    """Whether a run of letters is none that people write: cases mixed at random, or hardly a vowel, or endless."""
    n = len(piece)
    if n < (5 if is_person else 8):
        return False
    switches = sum(a.islower() and b.isupper() for a, b in pairwise(piece))
    return switches * 4 > n or n > 32 or len(_VOWEL.findall(piece)) * 6 < n
