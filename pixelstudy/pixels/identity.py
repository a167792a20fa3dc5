"""What in an address tells one recipient apart: the recipient's own address, or a token.

The recipient's address is searched plain, encoded and hashed, in every part of the URL. The hashes are
those that Englehardt, Han and Narayanan (PoPETs 2018) searched for, of the address as written, lower and upper case,
of its local part, and one level of hash of hash; they are worked out once for a recipient, and only those whose
length a part of the URL has.

A token is a part that is long and irregular enough to number recipients. One message cannot prove that: the
same mail to a second recipient can (:mod:`pixelstudy.compare`). So a token carries its estimated bits and its
place, and :mod:`pixelstudy.pixels.verdict` asks for more of them where more else explains them.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log2
from typing import Literal
from urllib.parse import unquote

import mmh3

from pixelstudy.pixels.urls import site_of

__all__ = ["Sight", "Token", "find_identity", "find_token", "has_media_suffix"]

Place = Literal["query", "path", "file", "host"]
Sight = Literal["dot", "hidden", "seen"]


@dataclass(frozen=True, slots=True)
class Token:
    """A part of an address that could number recipients."""

    text: str
    """The part, as written."""

    bits: float
    """How many recipients it could tell apart at most, as a power of two."""

    place: Place
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
    return best if best and best.bits >= _LEAST_BITS else None


def _weight(token: Token) -> tuple[bool, bool, float]:
    """Return what makes one token better proof than another: a person's key first, once its value is long enough."""
    is_keyed = token.bits >= _LEAST_BITS and token.is_keyed
    return is_keyed and token.bits >= _SURE_BITS, is_keyed and token.bits >= _LEAST_BITS, token.bits


def _query_tokens(query: str, *, is_seen: bool, is_media: bool) -> Iterator[Token]:
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
            yield Token(address[0], 64.0, "query", key, is_address=True)
            continue
        if is_seen and (not key or _is_asset_key(key)):
            continue
        is_person = _is_person_key(key)
        if is_seen and is_media and not is_person and _DIGEST.match(value):
            continue
        bits = _bits(value, is_person)
        if kind == "short" and bits < _CAMPAIGN_BITS:
            continue
        yield Token(value, bits, "query", key)


def _path_tokens(route: str, host: str, *, is_dot: bool) -> Iterator[Token]:
    folder, _, name = route.rpartition("/")
    if "@" in route and (address := _MAIL_ADDRESS.search(route)):
        yield Token(address[0], 64.0, "path", is_address=True)
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
        yield Token(stem, bits, "file")
        if not is_named and (is_kept or not suffix.startswith(_BEACON_SUFFIXES)):
            return
    else:
        yield Token(name, _bits(name), "path")
    for part in folder.split("/"):
        if len(part) > 5 and not (is_kept and (_CONTENT_HASH.match(part) or _UUID.fullmatch(part))):
            yield Token(part, _bits(part), "path")
    numbers = None if is_kept else _NUMBERS.search(route)
    if numbers:
        yield Token(numbers[0], round(sum(map(str.isdigit, numbers[0])) * log2(10), 1), "path")


def _host_tokens(host: str) -> Iterator[Token]:
    if len(host) < 20:
        return
    for label in host[: -len(site_of(host))].split("."):
        if len(label) > 15 and not label.startswith("xn--") and (bits := _bits(label)) >= _HOST_BITS:
            yield Token(label, bits, "host")


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
    wordy = re.fullmatch(r"([A-Za-z]{3,})(\d+)", piece)
    if wordy and not _is_gibberish(wordy[1], is_person):
        return 0.0 if _DATE.match(wordy[2]) or len(wordy[2]) < 4 else len(wordy[2]) * log2(10)
    if re.fullmatch(r"[0-9a-fA-F]+", piece):
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


# Parts of a URL between its signs, with and without the slash, which Base64 may hold; and runs of hex digits.
_RUN = re.compile(r"[A-Za-z0-9+/_-]{4,}")
_HEX_RUN = re.compile(r"(?<![A-Za-z0-9])[0-9a-fA-F]{8,128}(?![A-Za-z0-9])")
# Names that many have, and words that stand in URLs for other reasons.
_SHARED_NAMES = frozenset(
    """info mail email news newsletter office contact kontakt admin support sales hello test user shop service team post
    webmaster postmaster marketing list subscribe noreply no-reply all me""".split()
)
_HEX = re.compile(r"[0-9a-fA-F]+\Z")
_MOST_READ = 8_192
_LEAST_RUN = 16


def find_identity(url: str, recipients: Iterable[str]) -> str | None:
    """Return how a recipient's address stands in `url`, or nothing where it does not.

    Parameters
    ----------
    url
        The whole address: host, path, query and fragment are searched.
    recipients
        Addresses the message was sent to.

    Returns
    -------
    str or None
        ``plain``, ``local part``, ``base64``, ``hex``, the name of a digest (``md5``, ``sha256 of upper case``,
        ``sha1 of md5``), as `reason` and `identity` show it.

    Examples
    --------
    >>> find_identity("https://t.example.com/o?e=jane%40example.org", ["Jane@Example.org"])
    'plain'
    >>> digest = hashlib.md5(b"jane@example.org").hexdigest()
    >>> find_identity("https://t.example.com/o/" + digest, ["jane@example.org"])
    'md5'
    """
    recipients = [each for each in map(str.strip, recipients) if "@" in each]
    if not recipients:
        return None
    text = _unquoted(url)
    lower = text.lower()
    runs: list[str] | None = None
    for recipient in recipients:
        how = _in_clear(recipient.lower(), lower)
        if how:
            return how
        if runs is None:
            runs = _runs(text)
        how = _as_digest(recipient, runs) or _as_base64(recipient, text, runs)
        if how:
            return how
    return None


def _unquoted(url: str) -> str:
    for _ in range(2):
        if "%" in url:
            url = unquote(url)
    return url


def _in_clear(address: str, lower: str) -> str | None:
    if _stands_in(address, lower):
        return "plain"
    local = address.partition("@")[0]
    if local in _SHARED_NAMES or len(local) < 4 or local not in lower:
        return None
    # In a path a bare name may be anything, unless it looks like nothing but a mailbox.
    before = "[=/]" if len(local) > 5 and re.search(r"[\d._+-]", local) else "="
    return "local part" if re.search(rf"{before}{re.escape(local)}(?=[&#;/?]|\Z)", lower) else None


def _stands_in(address: str, text: str) -> bool:
    """Return whether `address` stands in `text` as a whole, as itself or in a return path's form (``jane=a.org``)."""
    name, _, domain = address.partition("@")
    if domain not in text or name not in text:
        return False
    pattern = rf"(?<![\w.-]){re.escape(name)}(?:@|=){re.escape(domain)}(?![\w-]|\.(?!gif|png|jpe?g|html?|php)[\w-])"
    return re.search(pattern, text) is not None


# Digest sizes in bytes, by the length of the digest as hex and as Base64 without padding.
_SIZES = (4, 16, 20, 28, 32, 48, 64)
_BY_HEX = {2 * size: size for size in _SIZES}
_BY_BASE64 = {-(-8 * size // 6): size for size in _SIZES if size > 4}
_LONGEST = max(_BY_BASE64)


def _runs(text: str) -> list[str]:
    """Return what could be a digest or an encoding: runs between signs, the parts of a path, alone and joined."""
    runs = dict.fromkeys(_HEX_RUN.findall(text))
    for run in _RUN.findall(text[:_MOST_READ]):
        parts = run.split("/")
        for i, part in enumerate(parts):
            if len(part) >= _LEAST_RUN:
                runs[part] = None
            joined = part
            for more in parts[i + 1 :]:
                joined += "/" + more
                if len(joined) > _LONGEST:
                    break
                if len(joined) in _BY_BASE64:
                    runs[joined] = None
        if len(parts) > 1:
            runs[run] = None
    return list(runs)


def _as_digest(recipient: str, runs: Iterable[str]) -> str | None:
    for run in runs:
        size = _BY_HEX.get(len(run))
        how = _forms(recipient, size).get(run.lower()) if size and _HEX.match(run) else None
        if not how and (size := _BY_BASE64.get(len(run))):
            how = _forms(recipient, size).get(run)
        if how:
            return how
    return None


def _as_base64(recipient: str, text: str, runs: Iterable[str]) -> str | None:
    cores, hexes = _cores(recipient)
    if any(core in text for core in cores):
        return "base64"
    if any(each in text.lower() for each in hexes):
        return "hex"
    for run in runs:
        if len(run) > _LONGEST or len(run) not in _BY_HEX or not _HEX.match(run):
            inner = _decoded(run)
            if any(core in inner for core in cores):
                return "base64 of base64"
    return None


@lru_cache(maxsize=1024)
def _cores(recipient: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what Base64 makes of an address wherever it begins in what is encoded, and its hex."""
    cores: dict[str, None] = {}
    writings = dict.fromkeys((recipient.lower(), recipient, recipient.upper()))
    for writing in [form for each in writings for form in (each, each.replace("@", "%40"))]:
        data = writing.encode("utf-8", "replace")
        for shift in range(3):
            # The first and last characters also hold bits of what stands beside the address.
            whole = b64encode(bytes(shift) + data).decode().rstrip("=")
            n_first = (8 * shift + 5) // 6
            n_last = (8 * (shift + len(data))) // 6
            for core in (whole[n_first:n_last], whole[n_first:n_last].replace("+", "-").replace("/", "_")):
                if len(core) >= 8:
                    cores[core] = None
    return tuple(cores), tuple(each.encode("utf-8", "replace").hex() for each in writings)


@lru_cache(maxsize=4096)
def _decoded(run: str) -> str:
    text = run.replace("-", "+").replace("_", "/")
    text = text[: len(text) - (len(text) % 4 == 1)]
    try:
        return b64decode(text + "=" * (-len(text) % 4)).decode("latin-1")
    except ValueError:
        return ""


def _hashed(name: str) -> Callable[[bytes], bytes]:
    return lambda data: hashlib.new(name, data, usedforsecurity=False).digest()


_DIGESTS: Mapping[int, Mapping[str, Callable[[bytes], bytes]]] = {
    4: {
        "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
        "adler32": lambda data: zlib.adler32(data).to_bytes(4, "big"),
        "murmur3": lambda data: mmh3.hash(data, signed=False).to_bytes(4, "big"),
    },
    16: {"md5": _hashed("md5"), "murmur3_128": mmh3.hash_bytes},
    20: {"sha1": _hashed("sha1")},
    28: {"sha224": _hashed("sha224"), "sha3_224": _hashed("sha3_224")},
    32: {
        "sha256": _hashed("sha256"),
        "sha3_256": _hashed("sha3_256"),
        "blake2s": _hashed("blake2s"),
        "blake2b_256": lambda data: hashlib.blake2b(data, digest_size=32).digest(),
    },
    48: {"sha384": _hashed("sha384"), "sha3_384": _hashed("sha3_384")},
    64: {"sha512": _hashed("sha512"), "sha3_512": _hashed("sha3_512"), "blake2b": _hashed("blake2b")},
}
"""Every digest that is known, by its size in bytes; add a line to know one more."""


@lru_cache(maxsize=256)
def _inner_digests(address: str) -> tuple[tuple[str, bytes], ...]:
    """Return every digest of every writing of `address`, as hex, with how it was made."""
    local = address.partition("@")[0]
    writings: dict[str, str] = {}
    for text, how in (
        (address.lower(), ""),
        (address, " as written"),
        (address.upper(), " of upper case"),
        (local.lower(), " of the local part"),
        (local, " of the local part as written"),
        (local.upper(), " of the local part in upper case"),
    ):
        writings.setdefault(text, how)
    return tuple(
        (name + how, digest(text.encode("utf-8", "replace")).hex().encode())
        for text, how in writings.items()
        for of_size in _DIGESTS.values()
        for name, digest in of_size.items()
    )


@lru_cache(maxsize=2048)
def _forms(address: str, size: int) -> Mapping[str, str]:
    """Return every digest of `address` of so many bytes, in hex and Base64, with how it was made."""
    forms: dict[str, str] = {}
    inner = _inner_digests(address)
    for how, digest in inner:
        if len(digest) == 2 * size:
            _note(forms, bytes.fromhex(digest.decode()), how)
    if size > 4:
        for how, digest in inner:
            for name, outer in _DIGESTS[size].items():
                _note(forms, outer(digest), f"{name} of {how}")
    return forms


def _note(forms: dict[str, str], digest: bytes, how: str) -> None:
    forms.setdefault(digest.hex(), how)
    if len(digest) > 4:
        for encode in (b64encode, urlsafe_b64encode):
            forms.setdefault(encode(digest).decode().rstrip("="), how)
