"""Whether an address holds the recipient's own: plain, encoded or hashed, in every part of the URL.

The hashes are those that Englehardt, Han and Narayanan (PoPETs 2018) searched for, of the address as written,
lower and upper case, of its local part, and one level of hash of hash; they are worked out once for a recipient,
and only those whose length a part of the URL has.

What could be a digest or an encoding is the same for every reader, and is found once for an address
(:func:`read_runs`); whether the recipient's own writings stand anywhere is asked of all addresses of a message at once.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from base64 import b64encode, urlsafe_b64encode
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

import mmh3

__all__ = ["Runs", "find_identities", "find_identity", "read_runs"]

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
    return find_identities({url: read_runs(url)}, recipients).get(url)


def find_identities(urls: Mapping[str, Runs], recipients: Iterable[str]) -> dict[str, str]:
    """Return how a recipient's address stands in each of `urls`, by URL; those that hold none are left out.

    Examples
    --------
    >>> urls = ["https://t.example.com/logo.png", "https://t.example.com/o?e=jane@example.org"]
    >>> find_identities({url: read_runs(url) for url in urls}, ["jane@example.org"])
    {'https://t.example.com/o?e=jane@example.org': 'plain'}
    """
    recipients = [stripped for each in recipients if "@" in each and (stripped := each.strip())]
    if not recipients:
        return {}
    # Most mail holds its recipient nowhere: that is asked of all addresses in one text, and what is not sure of each.
    every = urls.values()
    text = "\n".join([runs.text for runs in every])
    lower = text.lower()
    inner = "\n".join([spelt for runs in every for spelt, _ in runs.decoded])
    digests = {digest for runs in every for digest in runs.digests}
    digests.update(digest for runs in every for _, spelt in runs.decoded for digest in spelt)
    suspects = [
        recipient
        for recipient in recipients
        if _may_be_in_clear(recipient, lower)
        or any(start in text or start in inner for start in _starts(recipient))
        or any(each in lower for each in _hexes(recipient))
        or any(not _forms(recipient, size).keys().isdisjoint(digests) for size in set(map(len, digests)))
    ]
    return {url: how for url, runs in urls.items() if (how := _how(runs, suspects))} if suspects else {}


class Runs(NamedTuple):
    """An address as it is searched, and what in it could be a digest or an encoding, of whomever."""

    text: str
    """The address without its escapes."""

    digests: tuple[bytes, ...]
    """The digests that its runs could be, from hex and Base64."""

    decoded: tuple[tuple[str, tuple[bytes, ...]], ...]
    """What its runs hold as Base64, where that spells anything, with the digests that are written out there."""


def read_runs(url: str) -> Runs:
    """Return what in `url` could be a digest or an encoding, whoever reads it."""
    text = _unquoted(url)
    runs = _runs(text)
    digests = [digest for run in runs if len(run) in _LENGTHS for digest in _digests_in(run)]
    return Runs(text, tuple(digests), tuple(map(_searched, _spelt(runs))) if _SPELLS.search(text) else ())


def _spelt(runs: Iterable[str]) -> Iterator[str]:
    """Yield what runs hold as Base64, where eight signs of it or more are letters, digits and their like."""
    for run in runs:
        is_digest = len(run) in _BY_HEX and len(run) <= _LONGEST and _is_hex(run)
        if not is_digest and _INNER_RUN.search(inner := _decoded(run)):
            yield inner.decode("latin-1")


def _searched(spelt: str) -> tuple[str, tuple[bytes, ...]]:
    return spelt, tuple(digest for run in _HEX_RUN.findall(spelt) for digest in _digests_in(run))


def _how(runs: Runs, recipients: Iterable[str]) -> str | None:
    lower = runs.text.lower()
    for recipient in recipients:
        how = (
            _in_clear(recipient.lower(), lower)
            or _as_digest(recipient, runs.digests)
            or _encoded(recipient, runs.text, lower)
            or _in_decoded(recipient, runs.decoded)
        )
        if how:
            return how
    return None


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


# Digest sizes in bytes, and the lengths of a digest as hex and as Base64 without padding.
_SIZES = (4, 16, 20, 28, 32, 48, 64)
_BY_HEX = frozenset(2 * size for size in _SIZES)
_BY_BASE64 = frozenset(-(-8 * size // 6) for size in _SIZES if size > 4)
_LENGTHS = _BY_HEX | _BY_BASE64
_LONGEST = max(_BY_BASE64)


def _runs(text: str) -> Iterable[str]:
    """Return what could be a digest or an encoding: runs between signs, the parts of a path, alone and joined."""
    runs = dict.fromkeys(_HEX_RUN.findall(text))
    for run in _RUN.findall(text[:_MOST_READ]):
        if "/" not in run:
            if len(run) >= _LEAST_RUN:
                runs[run] = None
            continue
        start = 0
        parts = run.split("/")
        for i, part in enumerate(parts):
            end = start + len(part)
            if end - start >= _LEAST_RUN:
                runs[part] = None
            further = end
            for other in parts[i + 1 : i + _LONGEST]:
                further += 1 + len(other)
                if further - start > _LONGEST:
                    break
                if further - start in _BY_BASE64:
                    runs[run[start:further]] = None
            start = end + 1
        runs[run] = None
    return runs


def _digests_in(run: str) -> list[bytes]:
    """Return the digests that a run could be: from hex, and from Base64 as an encoder writes it."""
    digests = [bytes.fromhex(run)] if len(run) in _BY_HEX and _is_hex(run) else []
    if len(run) in _BY_BASE64:
        digest = _decoded(run)
        if any(encode(digest).decode().rstrip("=") == run for encode in (b64encode, urlsafe_b64encode)):
            digests.append(digest)
    return digests


def _is_hex(run: str) -> bool:
    return not run.strip("0123456789abcdefABCDEF")


def _as_digest(recipient: str, digests: Iterable[bytes]) -> str | None:
    for digest in digests:
        how = _forms(recipient, len(digest)).get(digest)
        if how:
            return how
    return None


def _encoded(recipient: str, text: str, lower: str) -> str | None:
    if any(core in text for core in _cores(recipient)):
        return "base64"
    return "hex" if any(each in lower for each in _hexes(recipient)) else None


def _in_decoded(recipient: str, decoded: Iterable[tuple[str, Iterable[bytes]]]) -> str | None:
    """Return what of a recipient stands in what was Base64: its Base64 once more, or its digest in hex."""
    for text, digests in decoded:
        if any(core in text for core in _cores(recipient)):
            return "base64 of base64"
        if how := _as_digest(recipient, digests):
            return f"base64 of {how}"
    return None


@lru_cache(maxsize=1024)
def _cores(recipient: str) -> tuple[str, ...]:
    """Return what Base64 makes of an address wherever it begins in what is encoded."""
    cores: dict[str, None] = {}
    for writing in [form for each in _writings(recipient) for form in (each, each.replace("@", "%40"))]:
        data = writing.encode("utf-8", "replace")
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
def _starts(recipient: str) -> tuple[str, ...]:
    """Return what stands wherever one of the cores stands: there are fewer beginnings than cores."""
    return tuple({core[:_LEAST_CORE] for core in _cores(recipient)})


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
def _forms(address: str, size: int) -> Mapping[bytes, str]:
    """Return every digest of `address` of so many bytes, with how it was made."""
    forms: dict[bytes, str] = {}
    inner = _inner_digests(address)
    for how, digest in inner:
        if len(digest) == 2 * size:
            forms.setdefault(bytes.fromhex(digest.decode()), how)
    if size > 4:
        for how, digest in inner:
            for name, outer in _DIGESTS[size].items():
                forms.setdefault(outer(digest), f"{name} of {how}")
    return forms
