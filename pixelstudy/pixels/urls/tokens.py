"""Tokens: parts of an address that could number recipients, with their estimated bits and their place.

A token is long and irregular enough to number recipients. One message can't prove that it does; the same mail to a
second recipient can (:mod:`pixelstudy.reporting.compare`). So each token has an estimate of its bits, and
:mod:`pixelstudy.pixels.verdict` asks for more bits if there are other explanations for the token.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log2
from typing import Literal
from urllib.parse import unquote

from pixelstudy.pixels.urls.address import site_of
from pixelstudy.pixels.urls.keys import is_asset_key, is_person_key, is_readers_key, is_recipient_key, key_kind
from pixelstudy.pixels.urls.words import says_open

__all__ = ["Reading", "Token", "clean", "find_token", "has_media_suffix", "names_beacon", "varying_bits"]

TokenPlace = Literal["query", "path", "file", "host"]
Reading = Literal["all", "names", "query", "stored"]


@dataclass(frozen=True, slots=True)
class Token:
    """A part of an address that could number recipients."""

    text: str
    """The part, as written."""

    bits: float
    """How many recipients it could distinguish at most, as a power of two."""

    place: TokenPlace
    """``query``, ``path``, ``file`` (the name of a file with a media suffix) or ``host``."""

    key: str = ""
    """Its query key, lower case."""

    is_address: bool = False
    """Whether it is an e-mail address, no matter whose."""

    @property
    def is_keyed(self) -> bool:
        """Whether it names a person: its query key usually does (``uid``, ``subscriber``), or it is an address."""
        return self.is_address or is_person_key(self.key)

    @property
    def is_readers(self) -> bool:
        """Whether its query key says that it is the reader's (``subscriber_id``, ``abonnent``), or it is an address."""
        return self.is_address or is_readers_key(self.key)


# Placeholders that a mailer never filled in, such as ``*|UNIQID|*``; they are the same for everybody.
_PLACEHOLDER = re.compile(
    r"""\*\|[^|]{1,60}\|\*|\{\{.{1,80}?\}\}|\{%.{1,80}?%\}|[$\#]\{[^}]{1,60}\}|\$\$[\w.]+\$\$|%%[\w.=()\ -]{1,60}%%
    |\[\[[^\]]{1,60}\]\]|\[[A-Za-z][\w\ .-]{0,60}\]|\{[A-Za-z_][\w\ .:-]{1,60}\}|<%.{1,60}?%>|<[a-z_]{3,40}>
    |__[A-Z][A-Z_]{2,40}__""",
    re.VERBOSE,
)
_SHORTEST_CODED = 16
_LONGEST_KEY = 24
_FILE_WITHIN = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|avif)(?![A-Za-z0-9])", re.IGNORECASE)
_CODED = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_MEDIA = re.compile(
    r"\.(?:gif|png|jpe?g|webp|svg|bmp|ico|avif|css|m?js|woff2?|ttf|otf|eot|mp4|webm|mp3|wav|mid|ogg)\s*\Z",
    re.IGNORECASE,
)
# The media suffixes that beacons have; the others are those of stored files.
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
# The ID of a web analytics account, which is the same for all readers.
_ANALYTICS_ID = re.compile(r"UA-\d{4,10}-\d{1,4}|(?:G|GT|GTM|AW|DC)-[A-Z0-9]{6,12}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_DIGEST = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\Z", re.IGNORECASE)
# Three or more numbers in a row, or two long ones, which can number recipients together, unless they are a date.
_NUMBERS = re.compile(r"(?<=/)(?!(?:19|20)\d\d/[01]?\d/)(?:\d+(?:/\d+){2,}|\d{4,}/\d{5,})(?=/|\Z)")
_PIECE = re.compile(r"[A-Za-z0-9]+")
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
# A year, date or time in digits, or a Unix time.
_DATE = re.compile(
    rf"(?:19|20)\d\d(?:[01]\d(?:[0-3]\d(?:[0-2]\d[0-5]\d(?:[0-5]\d)?)?)?)?\Z|1[0-9]{{9}}(?:\d{{3}})?\Z"
    rf"|(?:{_DAY}{_MONTH}|{_MONTH}{_DAY})(?:19|20)\d\d\Z|[0-4]\d{_MONTH}{_DAY}\Z|(?:{_DAY}{_MONTH}|{_MONTH}{_DAY})[0-4]\d\Z"
)
# A day and a time, a week or a quarter of a year, a day with its month in letters.
_MOMENT = re.compile(
    r"(?:(?:(?:19|20)\d\d[01]\d)?[0-3]\dT[0-2]\d(?:[0-5]\d){0,2}\d{0,6}Z?|(?:19|20)\d{2,4}(?:[KC]?W|WK|[QSHT])\d\d?"
    r"|[0-3]?\d[A-Za-z]{3,9}(?:19|20)\d\d|(?:19|20)\d\d[A-Za-z]{3,9}[0-3]?\d)\Z",
    re.IGNORECASE,
)
# A word or abbreviation with a short number, or a size: ``logo2``, ``600x400``.
_NUMBERED = re.compile(
    r"(?:[A-Z]?[a-z]+(?:[A-Z][a-z]+)*\d{1,3}|[A-Z]+\d{1,3}|\d{1,4}[A-Za-z]{1,3}|\d+[xX]\d+|[A-Za-z]{1,3}\d{1,4}[A-Za-z]{1,3})\Z"
)
_WORD_AND_NUMBER = re.compile(r"(?=[A-Za-z]{3})([A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]+)(\d+)")
_LETTERS_JOINED = re.compile(r"[a-z]{5,}(?:~[a-z]{5,})+(?:\.\w{2,4})?\Z")  # a click host's codes
_HEX = re.compile(r"[0-9a-fA-F]+\Z")
_VOWEL = re.compile(r"[aeiouyäöü]", re.IGNORECASE)
_MAIL_ADDRESS = re.compile(
    r"[\w.+-]{1,64}@(?:[a-z0-9-]+\.)+(?!(?:gif|png|jpe?g|webp|svg|css|m?js|html?|php)\b)[a-z]{2,24}\b", re.IGNORECASE
)
_LEAST_BITS = 12
_CAMPAIGN_BITS = 60
_SURE_BITS = 30
_HOST_BITS, _NAMED_HOST_BITS = 60, 20


def find_token(path: str, *, host: str = "", reading: Reading = "all") -> Token | None:
    """Return the part of an address that could best distinguish recipients; nothing if there is none.

    Parameters
    ----------
    path
        Path and query.
    host
        The host, whose labels are searched too.
    reading
        Which parts count. ``all``: everything, for a dot. ``names``: file names count only if they are typical of
        beacons, for pictures that are hidden or of unknown size. ``query``: the query alone, without the keys of
        signatures and image transforms, for pictures that people see. ``stored``: only query keys that can only name a
        recipient, for stored files.

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
    found = list(_query_tokens(query, reading, is_media=has_media_suffix(route))) if query else []
    if reading in {"all", "names"}:
        found.extend(_path_tokens(unquote(route) if "%" in route else route, is_dot=reading == "all"))
        found.extend(_host_tokens(host))
    best = max(found, key=_weight, default=None)
    return Token(*best) if best and best[1] >= _LEAST_BITS else None


_Candidate = tuple[str, float, TokenPlace, str, bool]
"""The fields of a possible token."""


def _weight(candidate: _Candidate) -> tuple[bool, bool, float]:
    """Return a sort key: first tokens under a person's key, if they are long enough, then by bits."""
    _, bits, _, key, is_address = candidate
    is_keyed = bits >= _LEAST_BITS and (is_address or is_person_key(key))
    return is_keyed and bits >= _SURE_BITS, is_keyed, bits


def _query_tokens(query: str, reading: Reading, *, is_media: bool) -> Iterator[_Candidate]:
    is_seen = reading == "query"
    for pair in query.replace(";", "&").split("&"):
        key, equals, value = pair.partition("=")
        if not equals or (len(key) > _LONGEST_KEY and not value.strip("=")):
            key, value = "", pair  # a value without a key, perhaps padded Base64
        key = (unquote(key) if "%" in key else key).lower()
        kind = key_kind(key)
        if kind == "campaign" or not value or (reading == "stored" and not is_recipient_key(key)):
            continue
        if "%" in value:
            value = unquote(value)
        if _FILE_WITHIN.search(value):
            continue
        if "@" in value and (address := _MAIL_ADDRESS.search(value)):
            yield address[0], 64.0, "query", key, True
            continue
        if len(value) >= _SHORTEST_CODED and _holds_address(value):
            yield value, 64.0, "query", key, True
            continue
        if (is_seen and (not key or is_asset_key(key))) or _ANALYTICS_ID.fullmatch(value):
            continue
        is_person = is_person_key(key)
        if is_seen and is_media and not is_person and _DIGEST.match(value):
            continue
        bits = _bits(value, is_person)
        if kind == "short" and bits < _CAMPAIGN_BITS:
            continue
        yield value, bits, "query", key, False


@lru_cache(maxsize=8_192)
def _holds_address(value: str) -> bool:
    """Return whether a run of Base64 in `value` decodes to text that contains an e-mail address."""
    for run in _CODED.findall(value[:1024]):
        text = run.rstrip("=")
        try:
            decoded = urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
        except ValueError:
            continue
        if b"@" in decoded and _MAIL_ADDRESS.search(decoded.decode("latin-1")):
            return True
    return False


def clean(path: str) -> str:
    """Return `path` without placeholders that a mailer never filled in, whether escaped or not.

    >>> clean("/o?u=*|UNIQID|*&c=7&e=%7B%7Bcontact.email%7D%7D")
    '/o?u=&c=7&e='
    """
    if "%" in path and ("%5B" in path or "%7B" in path or "%7C" in path or "%25%25" in path or "%3C" in path):
        plain = unquote(path)
        return _PLACEHOLDER.sub("", plain) if _PLACEHOLDER.search(plain) else path
    return _PLACEHOLDER.sub("", path) if any(character in path for character in "[{*%_<") else path


def _path_tokens(route: str, *, is_dot: bool) -> Iterator[_Candidate]:
    folder, _, name = route.rpartition("/")
    if "@" in route and (address := _MAIL_ADDRESS.search(route)):
        yield address[0], 64.0, "path", "", True
    parts = [part for part in folder.split("/") if len(part) > 2]
    for part in (*parts, name):
        if len(part) >= _SHORTEST_CODED and _holds_address(part):
            yield part, 64.0, "path", "", True
    if _MEDIA.search(name):
        stem, suffix = name[: name.rindex(".")], name[name.rindex(".") :].lower()
        is_beacon = _BEACON_FOLDER.search(folder) is not None or _BEACON_NAME.fullmatch(stem) is not None
        if not is_dot and (_UUID.fullmatch(stem) or not (is_beacon or suffix.startswith(".gif"))):
            return
        yield stem, _bits(stem), "file", "", False
        if not is_beacon and not suffix.startswith(_BEACON_SUFFIXES):
            return
    else:
        yield name, _bits(name), "path", "", False
        if not is_dot:
            yield route, round(sum(map(_loose_bits, (*parts, name))), 1), "path", "", False
    for part in parts:
        if len(part) > 5:
            yield part, _bits(part), "path", "", False
    if numbers := _NUMBERS.search(route):
        n_digits = sum(len(number) for number in numbers[0].split("/") if not _DATE.match(number))
        yield numbers[0], round(n_digits * log2(10), 1), "path", "", False


def _loose_bits(part: str) -> float:
    """Return the bits of a short part that may number recipients together with others; words and dates have none."""
    return sum(_piece_bits(piece, True) for piece in _PIECE.findall(part[:256]) if not piece.isalpha())


def _host_tokens(host: str) -> Iterator[_Candidate]:
    if len(host) < 20:
        return
    fewest = _NAMED_HOST_BITS if says_open("", host) else _HOST_BITS
    for label in host[: -len(site_of(host))].split("."):
        if len(label) > 5 and not label.startswith("xn--") and (bits := _bits(label)) >= fewest:
            yield label, bits, "host", "", False


def has_media_suffix(path: str) -> bool:
    """Return whether `path` has the suffix of a picture, style sheet, font, script, sound or video.

    >>> has_media_suffix("/o/spacer.gif?x=1"), has_media_suffix("/wf/open?upn=1")
    (True, False)
    """
    return _MEDIA.search(path.partition("?")[0].replace("%0D", "").replace("%0A", "")) is not None


def names_beacon(path: str) -> bool:
    """Return whether `path` ends in a file with a media suffix and a name typical of beacons.

    >>> names_beacon("/o/open.gif?x=1"), names_beacon("/o/arrow.gif"), names_beacon("/o")
    (True, False, False)
    """
    name = path.partition("?")[0].rpartition("/")[2]
    return _MEDIA.search(name) is not None and _BEACON_NAME.fullmatch(name[: name.rindex(".")]) is not None


def _bits(text: str, is_person: bool = False) -> float:
    """Return how many bits `text` holds if its irregular pieces are random; words and dates hold none."""
    if len(text) == 36 and _UUID.fullmatch(text):
        return 122.0
    if _LETTERS_JOINED.match(text):
        return round(min(512.0, (len(text) - text.count("~")) * log2(26)), 1)
    return round(min(512.0, sum(_piece_bits(piece, is_person) for piece in _PIECE.findall(text[:1024]))), 1)


def varying_bits(text: str, *, is_whole: bool = True) -> float:
    """Return how many bits `text` holds, if it is known to change from message to message.

    Short pieces count too, unlike in a single message: digits and mixed runs count in full, words and dates not at all.

    Parameters
    ----------
    text
        The part of an address that changes.
    is_whole
        Whether its runs of letters and digits are complete, so that they can be words or dates.

    Examples
    --------
    >>> varying_bits("qX3fK/8fw2"), varying_bits("monday-market"), varying_bits("20240311"), varying_bits("417")
    (50.5, 0.0, 0.0, 10.0)
    """
    bits = 0.0
    for piece in _PIECE.findall(text):
        if piece.isdigit():
            bits += 0.0 if is_whole and _DATE.match(piece) else len(piece) * log2(10)
        elif piece.isalpha():
            bits += len(piece) * log2(26) if not is_whole or _is_gibberish(piece, is_person=True) else 0.0
        elif is_whole and (numbered := _WORD_AND_NUMBER.fullmatch(piece)) and not _is_gibberish(numbered[1], True):
            bits += len(numbered[2]) * log2(10)
        elif is_whole and _MOMENT.match(piece):
            continue
        elif _HEX.match(piece):
            bits += len(piece) * 4.0
        else:
            bits += len(piece) * log2(36 if piece.islower() or piece.isupper() else 62)
    return round(bits, 1)


@lru_cache(maxsize=65_536)
def _piece_bits(piece: str, is_person: bool) -> float:
    n = len(piece)
    if piece.isdigit():
        return 0.0 if n < 4 or _DATE.match(piece) else n * log2(10)
    if piece.isalpha():
        return n * log2(26) if _is_gibberish(piece, is_person) else 0.0
    if n < (4 if is_person else 6) or (_NUMBERED.match(piece) and not is_person) or _MOMENT.match(piece):
        return 0.0
    numbered = _WORD_AND_NUMBER.fullmatch(piece)
    if numbered and not _is_gibberish(numbered[1], is_person):
        return 0.0 if _DATE.match(numbered[2]) or len(numbered[2]) < 4 else len(numbered[2]) * log2(10)
    if _HEX.match(piece):
        return n * 4.0
    cases = (not piece.islower() and not piece.isupper()) + 1
    return n * log2(26 * cases + 10)


def _is_gibberish(piece: str, is_person: bool) -> bool:
    """Return whether letters look random: mixed case, few vowels, or over 32 long."""
    n = len(piece)
    if n < (5 if is_person else 8):
        return False
    switches = sum(a.islower() and b.isupper() for a, b in pairwise(piece))
    return switches * 4 > n or n > 32 or len(_VOWEL.findall(piece)) * 6 < n
