"""Whether an address holds the recipient's own: plain, encoded or hashed, in every part of the URL.

The hashes are those that Englehardt, Han and Narayanan (PoPETs 2018) searched for, of the address as written,
lower and upper case, of its local part, and one level of hash of hash; they are worked out once for a recipient,
and only those whose length a part of the URL has.

Most mail holds its recipient nowhere: that is asked of all addresses of a message in one text, and each alone only
where it is not sure.
"""

from __future__ import annotations

import hashlib
import re
import string
import zlib
from base64 import b64encode, urlsafe_b64encode
from binascii import a2b_base64
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from urllib.parse import unquote

import mmh3

__all__ = ["find_identities", "find_identity"]

# Parts of a URL between its signs, with and without the slash, which Base64 may hold; and runs of hex digits.
_RUN = re.compile(r"[A-Za-z0-9+/_-]{11,}")
_HEX_RUN = re.compile(r"[0-9a-fA-F](?<![A-Za-z0-9].)[0-9a-fA-F]{7,127}(?![A-Za-z0-9])", re.DOTALL)
_INNER_RUN = re.compile(rb"[A-Za-z0-9+/_-]{8}")
# The Base64 of an inner run holds that of three of its signs twice in a row; the last of four could be any.
_THREE = r"[K-OQ-Za-e][C-HS-Xi-nyz0-3][ABEFIJMNQRUVYZcdghklopstwx014589]"
_SPELLS = re.compile(rf"{_THREE}.{_THREE}", re.DOTALL)
# Names that many have, and words that stand in URLs for other reasons.
_SHARED_NAMES = frozenset(
    """info mail email news newsletter office contact kontakt admin support sales hello test user shop service team post
    webmaster postmaster marketing list subscribe noreply no-reply all me""".split()
)
_MOST_READ = 8_192
_LEAST_RUN = 16
_LEAST_CORE = 8
_MOST_KEPT = 4_096
_LONGEST_KEPT = 256
_OF_START = 7  # bytes that decide so many signs, wherever they begin


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
    return find_identities([url], recipients).get(url)


def find_identities(urls: Iterable[str], recipients: Iterable[str]) -> dict[str, str]:
    """Return how a recipient's address stands in each of `urls`, by URL; those that hold none are left out.

    Examples
    --------
    >>> urls = ["https://t.example.com/logo.png", "https://t.example.com/o?e=jane@example.org"]
    >>> find_identities(urls, ["jane@example.org"])
    {'https://t.example.com/o?e=jane@example.org': 'plain'}
    """
    recipients = [stripped for each in recipients if "@" in each and (stripped := each.strip())]
    if not recipients:
        return {}
    clear = _clear_of(tuple(recipients))
    texts = {url: _unquoted(url) if "%" in url else url for url in urls if url not in clear}
    found = _found_in(texts, recipients)
    clear.update(url for url in texts if url not in found and len(url) <= _LONGEST_KEPT)
    if len(clear) > _MOST_KEPT:
        clear.clear()
    return found


@lru_cache(maxsize=16)
def _clear_of(_recipients: tuple[str, ...]) -> set[str]:
    """Return the addresses that are known to hold none of some recipients: logos and icons come again."""
    return set()


def _found_in(texts: Mapping[str, str], recipients: Sequence[str]) -> dict[str, str]:
    every = "\n".join(texts.values())
    lower = every.lower()
    in_clear = [recipient for recipient in recipients if _may_be_in_clear(recipient, lower)]
    encoded = _may_be_encoded(recipients, texts.values(), every, lower)
    suspects = [recipient for recipient in recipients if recipient in in_clear or recipient in encoded]
    if not suspects:
        return {}
    how_in = _how if encoded else _how_in_clear
    return {url: how for url, text in texts.items() if (how := how_in(text, suspects))}


def _may_be_encoded(recipients: Iterable[str], texts: Collection[str], every: str, lower: str) -> list[str]:
    """Return which of `recipients` may stand in one of `texts`, which `every` joins, encoded or hashed."""
    inner = "\n".join([each for text in texts if _SPELLS.search(text) for each in _spelt(text)])
    digests = {*_digests(texts), *_hex_digests(inner)}
    sizes = {len(digest) // 2 for digest in digests}
    return [
        recipient
        for recipient in recipients
        if any(start in every or start in inner for start in _starts(recipient))
        or any(each in lower for each in _hexes(recipient))
        or any(not _forms(recipient, size).keys().isdisjoint(digests) for size in sizes)
    ]


def _how(text: str, recipients: Iterable[str]) -> str | None:
    lower = text.lower()
    digests = list(_digests([text]))
    spelt = list(_spelt(text)) if _SPELLS.search(text) else []
    for recipient in recipients:
        how = (
            _in_clear(recipient.lower(), lower)
            or _as_digest(recipient, digests)
            or _encoded(recipient, text, lower)
            or _in_decoded(recipient, spelt)
        )
        if how:
            return how
    return None


def _how_in_clear(text: str, recipients: Iterable[str]) -> str | None:
    lower = text.lower()
    return next((how for recipient in recipients if (how := _in_clear(recipient.lower(), lower))), None)


def _may_be_in_clear(recipient: str, lower: str) -> bool:
    """Return whether an address, or its local part alone, could stand in one of the lines of a text."""
    name, _, domain = recipient.lower().partition("@")
    return name in lower and (domain in lower or _is_telling(name))


def _unquoted(url: str) -> str:
    for _ in range(2):
        if "%" in url:
            url = unquote(url)
    return url


def _in_clear(address: str, lower: str) -> str | None:
    if _stands_in(address, lower):
        return "plain"
    local = address.partition("@")[0]
    if not _is_telling(local) or local not in lower:
        return None
    # In a path a bare name may be anything, unless it looks like nothing but a mailbox.
    before = "[=/]" if len(local) > 5 and re.search(r"[\d._+-]", local) else "="
    return "local part" if re.search(rf"{before}{re.escape(local)}(?=[&#;/?]|\Z)", lower) else None


def _is_telling(name: str) -> bool:
    return len(name) > 3 and name not in _SHARED_NAMES


def _stands_in(address: str, text: str) -> bool:
    """Return whether `address` stands in `text` as a whole, as itself or in a return path's form (``jane=a.org``)."""
    name, _, domain = address.partition("@")
    if domain not in text or name not in text:
        return False
    pattern = rf"(?<![\w.-]){re.escape(name)}(?:@|=){re.escape(domain)}(?![\w-]|\.(?!gif|png|jpe?g|html?|php)[\w-])"
    return re.search(pattern, text) is not None


# Digest sizes in bytes; the lengths of a digest as hex, and as Base64 without padding, with the signs that can end it,
# for an encoder leaves nothing in the bits beyond.
_SIZES = (4, 16, 20, 28, 32, 48, 64)
_BY_HEX = frozenset(2 * size for size in _SIZES)
_SIGNS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_BY_BASE64 = {-(-8 * size // 6): _SIGNS[:: 1 << (-8 * size) % 6] + "-_" for size in _SIZES if size > 4}
_LONGEST = max(_BY_BASE64)
_DIGEST_RUN = re.compile(rf"[A-Za-z0-9+/_-]{{{min(_BY_BASE64)},}}")


def _digests(texts: Iterable[str]) -> Iterator[str]:
    """Yield the digests that parts of `texts` could be, as hex: from hex, and from Base64 as an encoder writes it."""
    yield from _hex_digests("\n".join(texts))
    for run in _DIGEST_RUN.findall("\n".join([text[:_MOST_READ] for text in texts])):
        for place in _places(tuple(map(len, run.split("/")))):
            part = run[place]
            if part[-1] in _BY_BASE64[len(part)]:
                digest = _decoded(part)
                if any(encode(digest).decode().rstrip("=") == part for encode in (b64encode, urlsafe_b64encode)):
                    yield digest.hex()


def _hex_digests(text: str) -> list[str]:
    return [run.lower() for run in _HEX_RUN.findall(text) if len(run) in _BY_HEX]


@lru_cache(maxsize=8_192)
def _places(lengths: tuple[int, ...]) -> tuple[slice, ...]:
    """Return which parts of a path, alone and joined, are as long as a digest in Base64, by the lengths of all."""
    starts = list(accumulate([length + 1 for length in lengths], initial=0))
    return tuple(
        slice(start, after - 1)
        for i, start in enumerate(starts)
        for after in starts[i + 1 : i + 2 + _LONGEST]
        if after - 1 - start in _BY_BASE64
    )


def _spelt(text: str) -> Iterator[str]:
    """Yield what runs of `text` hold as Base64, where eight signs of it or more are letters, digits and their like."""
    for run in _runs(text):
        is_digest = len(run) in _BY_HEX and len(run) <= _LONGEST and _is_hex(run)
        if not is_digest and _INNER_RUN.search(inner := _decoded(run)):
            yield inner.decode("latin-1")


def _runs(text: str) -> Iterable[str]:
    """Return what could be an encoding: runs between signs, the parts of a path, alone and joined."""
    runs = dict.fromkeys(_HEX_RUN.findall(text))
    for run in _RUN.findall(text[:_MOST_READ]):
        if "/" in run:
            parts = run.split("/")
            runs.update(dict.fromkeys(part for part in parts if len(part) >= _LEAST_RUN))
            runs.update(dict.fromkeys(run[place] for place in _places(tuple(map(len, parts)))))
            runs[run] = None
        elif len(run) >= _LEAST_RUN:
            runs[run] = None
    return runs


def _is_hex(run: str) -> bool:
    return not run.strip("0123456789abcdefABCDEF")


def _as_digest(recipient: str, digests: Iterable[str]) -> str | None:
    for digest in digests:
        how = _forms(recipient, len(digest) // 2).get(digest)
        if how:
            return how
    return None


def _encoded(recipient: str, text: str, lower: str) -> str | None:
    if any(core in text for core in _cores(recipient)):
        return "base64"
    return "hex" if any(each in lower for each in _hexes(recipient)) else None


def _in_decoded(recipient: str, spelt: Iterable[str]) -> str | None:
    """Return what of a recipient stands in what was Base64: its Base64 once more, or its digest in hex."""
    for text in spelt:
        if any(core in text for core in _cores(recipient)):
            return "base64 of base64"
        if how := _as_digest(recipient, _hex_digests(text)):
            return f"base64 of {how}"
    return None


@lru_cache(maxsize=1024)
def _cores(recipient: str) -> tuple[str, ...]:
    """Return what Base64 makes of an address wherever it begins in what is encoded."""
    return _encodings(_escaped_or_not(recipient))


@lru_cache(maxsize=1024)
def _starts(recipient: str) -> tuple[str, ...]:
    """Return what stands wherever one of the cores stands: there are fewer beginnings than cores."""
    return tuple(each[:_LEAST_CORE] for each in _encodings({data[:_OF_START] for data in _escaped_or_not(recipient)}))


def _escaped_or_not(recipient: str) -> Iterable[bytes]:
    for each in _writings(recipient):
        yield each.encode("utf-8", "replace")
        yield each.replace("@", "%40").encode("utf-8", "replace")


def _encodings(writings: Iterable[bytes]) -> tuple[str, ...]:
    cores: dict[str, None] = {}
    for data in writings:
        for shift in range(3):
            # The first and last characters also hold bits of what stands beside the address.
            whole = b64encode(bytes(shift) + data).decode().rstrip("=")
            n_first = (8 * shift + 5) // 6
            n_last = (8 * (shift + len(data))) // 6
            for core in (whole[n_first:n_last], whole[n_first:n_last].replace("+", "-").replace("/", "_")):
                if len(core) >= _LEAST_CORE:
                    cores[core] = None
    return tuple(cores)


@lru_cache(maxsize=1024)
def _hexes(recipient: str) -> tuple[str, ...]:
    return tuple(each.encode("utf-8", "replace").hex() for each in _writings(recipient))


def _writings(recipient: str) -> Iterable[str]:
    return dict.fromkeys((recipient.lower(), recipient, recipient.upper()))


def _decoded(run: str) -> bytes:
    """Return what `run` holds as Base64 of either alphabet; what is left over at its end counts for nothing."""
    if "-" in run or "_" in run:
        run = run.replace("-", "+").replace("_", "/")
    return a2b_base64(run[:-1] if len(run) % 4 == 1 else run + "==")


def _hashed(name: str) -> Callable[[bytes], bytes]:
    make = getattr(hashlib, name)
    return lambda data: make(data, usedforsecurity=False).digest()


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


@lru_cache(maxsize=2048)
def _inner_digests(address: str, size: int) -> Mapping[str, str]:
    """Return every digest, of so many bytes, of every writing of `address`, as hex, with how it was made."""
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
    digests: dict[str, str] = {}
    for text, how in writings.items():
        data = text.encode("utf-8", "replace")
        for name, digest in _DIGESTS[size].items():
            digests.setdefault(digest(data).hex(), name + how)
    return digests


@lru_cache(maxsize=2048)
def _forms(address: str, size: int) -> Mapping[str, str]:
    """Return every digest of `address` of so many bytes, as hex, with how it was made."""
    forms = dict(_inner_digests(address, size))
    if size > 4:
        for inner_size in _DIGESTS:
            for inner, how in _inner_digests(address, inner_size).items():
                data = inner.encode()
                for name, outer in _DIGESTS[size].items():
                    forms.setdefault(outer(data).hex(), f"{name} of {how}")
    return forms
