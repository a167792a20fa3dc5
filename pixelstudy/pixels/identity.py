"""Whether an address holds the recipient's own: plain, encoded or hashed, in every part of the URL.

The hashes are those that Englehardt, Han and Narayanan (PoPETs 2018) searched for, of the address as written,
lower and upper case, of its local part, and one level of hash of hash; they are worked out once for a recipient,
and only those whose length a part of the URL has.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from urllib.parse import unquote

import mmh3

__all__ = ["find_identity"]

_HEX = re.compile(r"[0-9a-fA-F]+\Z")
# Parts of a URL between its signs, with and without the slash, which Base64 may hold; and runs of hex digits.
_RUN = re.compile(r"[A-Za-z0-9+/_-]{4,}")
_SLASH = re.compile("/")
_INNER_RUN = re.compile(r"[A-Za-z0-9+/_-]{8}")
_HEX_RUN = re.compile(r"(?<![A-Za-z0-9])[0-9a-fA-F]{8,128}(?![A-Za-z0-9])")
# Names that many have, and words that stand in URLs for other reasons.
_SHARED_NAMES = frozenset(
    """info mail email news newsletter office contact kontakt admin support sales hello test user shop service team post
    webmaster postmaster marketing list subscribe noreply no-reply all me""".split()
)
_MOST_READ = 8_192
_LEAST_RUN = 16
_LEAST_ENCODED = 11  # what Base64 makes of eight characters: nothing shorter is looked for inside it


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
    recipients = [stripped for each in recipients if "@" in each and (stripped := each.strip())]
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
        how = _as_digest(recipient, runs) or _as_base64(recipient, text, lower, runs)
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
        if "/" not in run or len(run) < _LEAST_ENCODED:
            if len(run) >= _LEAST_RUN:
                runs[run] = None
            continue
        ends = [slash.start() for slash in _SLASH.finditer(run)]
        ends.append(len(run))
        start = 0
        for i, end in enumerate(ends):
            if end - start >= _LEAST_RUN:
                runs[run[start:end]] = None
            for further in ends[i + 1 :]:
                if further - start > _LONGEST:
                    break
                if further - start in _BY_BASE64:
                    runs[run[start:further]] = None
            start = end + 1
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


def _as_base64(recipient: str, text: str, lower: str, runs: Iterable[str]) -> str | None:
    cores, hexes = _cores(recipient)
    for core in cores:
        if core in text:
            return "base64"
    for each in hexes:
        if each in lower:
            return "hex"
    for run in runs:
        n = len(run)
        if n > _LONGEST or n not in _BY_HEX or not _HEX.match(run):
            inner = _decoded(run)
            if not _INNER_RUN.search(inner):
                continue
            if any(core in inner for core in cores):
                return "base64 of base64"
            if (hexes_inside := _HEX_RUN.findall(inner)) and (how := _as_digest(recipient, hexes_inside)):
                return f"base64 of {how}"
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
