"""Find the recipient's e-mail address in a URL: plain, encoded or hashed, in any part of the URL.

The hashes are those that Englehardt, Han and Narayanan (PoPETs 2018) searched for: of the address as written, in lower
and in upper case, of its local part, and one level of hash of hash. They are computed once for each recipient, and only
for the digest sizes that fit a part of the URL.

Most messages contain their recipient in no URL. So all URLs of a message are first searched as one text, and one by one
only if that may have found something.
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

__all__ = ["find_identities"]

# Runs of characters that Base64 uses, the slash included; and runs of hex digits.
_RUN = re.compile(r"[A-Za-z0-9+/_-]{11,}")
_HEX_RUN = re.compile(r"[0-9a-fA-F](?<![A-Za-z0-9].)[0-9a-fA-F]{7,127}(?![A-Za-z0-9])", re.DOTALL)
_INNER_RUN = re.compile(rb"[A-Za-z0-9+/_-]{8}")
# Whether Base64 text may decode to letters and digits (`_INNER_RUN`): a pattern for the first three Base64 characters
# of three such bytes, found twice in a row. The fourth character can be anything.
_ENCODED_TRIPLE = r"[K-OQ-Za-e][C-HS-Xi-nyz0-3][ABEFIJMNQRUVYZcdghklopstwx014589]"
_ENCODED_TEXT = re.compile(rf"{_ENCODED_TRIPLE}.{_ENCODED_TRIPLE}", re.DOTALL)
# Local parts that many people share, and words that are in URLs for other reasons.
_SHARED_NAMES = frozenset(
    """info mail email news newsletter office contact kontakt admin support sales hello test user shop service team post
    webmaster postmaster marketing list subscribe noreply no-reply all me""".split()
)
_MOST_READ = 8_192
_LEAST_RUN = 16
_LEAST_CORE = 8
_MOST_KEPT = 4_096
_LONGEST_KEPT = 256
_N_START = 7  # bytes; enough to fix `_LEAST_CORE` characters of Base64, wherever they begin


def find_identities(urls: Iterable[str], recipients: Iterable[str]) -> dict[str, str]:
    """Return the form in which each of `urls` contains a recipient's address, by URL; URLs without one are left out.

    The form is ``plain``, ``local part``, ``base64``, ``hex``, or the name of a digest (``md5``, ``sha256 of upper
    case``, ``sha1 of md5``), as in the columns `identity` and `reason`.

    Parameters
    ----------
    urls
        Whole URLs; host, path, query and fragment are searched.
    recipients
        The e-mail addresses that the message was sent to.

    Examples
    --------
    >>> digest = hashlib.md5(b"jane@example.org").hexdigest()
    >>> urls = [f"https://t.example.com/{end}" for end in ("logo.png", "o?e=jane%40example.org", f"o/{digest}")]
    >>> list(find_identities(urls, ["Jane@Example.org"]).values())
    ['plain', 'md5']
    """
    recipients = [stripped for each in recipients if "@" in each and (stripped := each.strip())]
    if not recipients:
        return {}
    clean = _known_clean(tuple(recipients))
    texts = {url: _unquoted(url) if "%" in url else url for url in urls if url not in clean}
    found = _found_in(texts, recipients)
    clean.update(url for url in texts if url not in found and len(url) <= _LONGEST_KEPT)
    if len(clean) > _MOST_KEPT:
        clean.clear()
    return found


@lru_cache(maxsize=16)
def _known_clean(_recipients: tuple[str, ...]) -> set[str]:
    """Return the set of URLs known to contain none of the recipients; senders repeat logos and icons."""
    return set()


def _found_in(texts: Mapping[str, str], recipients: Sequence[str]) -> dict[str, str]:
    every = "\n".join(texts.values())
    lower = every.lower()
    plain = [recipient for recipient in recipients if _may_be_plain(recipient, lower)]
    encoded = _may_be_encoded(recipients, texts.values(), every, lower)
    suspects = [recipient for recipient in recipients if recipient in plain or recipient in encoded]
    if not suspects:
        return {}
    form_in = _form if encoded else _plain_form
    return {url: form for url, text in texts.items() if (form := form_in(text, suspects))}


def _may_be_encoded(recipients: Iterable[str], texts: Collection[str], every: str, lower: str) -> list[str]:
    """Return which of `recipients` may be in one of `texts`, encoded or hashed; `every` is the texts joined."""
    inner = "\n".join([each for text in texts if _ENCODED_TEXT.search(text) for each in _decoded_texts(text)])
    digests = {*_digests(texts), *_hex_digests(inner)}
    sizes = {len(digest) // 2 for digest in digests}
    return [
        recipient
        for recipient in recipients
        if any(start in every or start in inner for start in _core_starts(recipient))
        or any(each in lower for each in _hexes(recipient))
        or any(not _digests_of(recipient, size).keys().isdisjoint(digests) for size in sizes)
    ]


def _form(text: str, recipients: Iterable[str]) -> str | None:
    lower = text.lower()
    digests = list(_digests([text]))
    decoded = list(_decoded_texts(text)) if _ENCODED_TEXT.search(text) else []
    for recipient in recipients:
        form = (
            _as_plain(recipient.lower(), lower)
            or _as_digest(recipient, digests)
            or _as_encoded(recipient, text, lower)
            or _as_encoded_twice(recipient, decoded)
        )
        if form:
            return form
    return None


def _plain_form(text: str, recipients: Iterable[str]) -> str | None:
    lower = text.lower()
    return next((form for recipient in recipients if (form := _as_plain(recipient.lower(), lower))), None)


def _may_be_plain(recipient: str, lower: str) -> bool:
    """Return whether an address, or its local part alone, may be in a text, unencoded."""
    name, _, domain = recipient.lower().partition("@")
    return name in lower and (domain in lower or _is_distinctive(name))


def _unquoted(url: str) -> str:
    for _ in range(2):
        if "%" in url:
            url = unquote(url)
    return url


def _as_plain(address: str, lower: str) -> str | None:
    if _contains(lower, address):
        return "plain"
    local = address.partition("@")[0]
    if not _is_distinctive(local) or local not in lower:
        return None
    # In a path a bare name could be any word, unless it is long and has a digit or punctuation, like a mailbox name.
    before = "[=/]" if len(local) > 5 and re.search(r"[\d._+-]", local) else "="
    return "local part" if re.search(rf"{before}{re.escape(local)}(?=[&#;/?]|\Z)", lower) else None


def _is_distinctive(name: str) -> bool:
    return len(name) > 3 and name not in _SHARED_NAMES


def _contains(text: str, address: str) -> bool:
    """Return whether `text` contains the whole `address`, as written or as in a return path (``jane=a.org``)."""
    name, _, domain = address.partition("@")
    if domain not in text or name not in text:
        return False
    pattern = rf"(?<![\w.-]){re.escape(name)}(?:@|=){re.escape(domain)}(?![\w-]|\.(?!gif|png|jpe?g|html?|php)[\w-])"
    return re.search(pattern, text) is not None


# Digest sizes in bytes; the lengths of digests in hex; and their lengths in Base64 without padding, each with the
# characters that can be last (an encoder sets unused bits to 0).
_SIZES = (4, 16, 20, 28, 32, 48, 64)
_HEX_LENGTHS = frozenset(2 * size for size in _SIZES)
_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_BASE64_ENDS = {-(-8 * size // 6): _ALPHABET[:: 1 << (-8 * size) % 6] + "-_" for size in _SIZES if size > 4}
_LONGEST = max(_BASE64_ENDS)
_DIGEST_RUN = re.compile(rf"[A-Za-z0-9+/_-]{{{min(_BASE64_ENDS)},}}")


def _digests(texts: Iterable[str]) -> Iterator[str]:
    """Yield, in hex, every part of `texts` that could be a digest, whether in hex or in Base64."""
    yield from _hex_digests("\n".join(texts))
    for run in _DIGEST_RUN.findall("\n".join([text[:_MOST_READ] for text in texts])):
        for place in _places(tuple(map(len, run.split("/")))):
            part = run[place]
            if part[-1] in _BASE64_ENDS[len(part)]:
                digest = _decoded(part)
                if any(encode(digest).decode().rstrip("=") == part for encode in (b64encode, urlsafe_b64encode)):
                    yield digest.hex()


def _hex_digests(text: str) -> list[str]:
    return [run.lower() for run in _HEX_RUN.findall(text) if len(run) in _HEX_LENGTHS]


@lru_cache(maxsize=8_192)
def _places(lengths: tuple[int, ...]) -> tuple[slice, ...]:
    """Return where segments of a path, alone or joined, are as long as a digest in Base64, given their lengths."""
    starts = list(accumulate([length + 1 for length in lengths], initial=0))
    return tuple(
        slice(start, after - 1)
        for i, start in enumerate(starts)
        for after in starts[i + 1 : i + 2 + _LONGEST]
        if after - 1 - start in _BASE64_ENDS
    )


def _decoded_texts(text: str) -> Iterator[str]:
    """Yield what runs of Base64 in `text` decode to, if that contains eight Base64 characters in a row itself."""
    for run in _runs(text):
        is_digest = len(run) in _HEX_LENGTHS and len(run) <= _LONGEST and _is_hex(run)
        if not is_digest and _INNER_RUN.search(inner := _decoded(run)):
            yield inner.decode("latin-1")


def _runs(text: str) -> Iterable[str]:
    """Return the parts of `text` that could be Base64 or hex: whole runs, and path segments, alone or joined."""
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
        form = _digests_of(recipient, len(digest) // 2).get(digest)
        if form:
            return form
    return None


def _as_encoded(recipient: str, text: str, lower: str) -> str | None:
    if any(core in text for core in _cores(recipient)):
        return "base64"
    return "hex" if any(each in lower for each in _hexes(recipient)) else None


def _as_encoded_twice(recipient: str, decoded: Iterable[str]) -> str | None:
    """Return the form in which decoded Base64 contains a recipient: in Base64 again, or as a digest in hex."""
    for text in decoded:
        if any(core in text for core in _cores(recipient)):
            return "base64 of base64"
        if form := _as_digest(recipient, _hex_digests(text)):
            return f"base64 of {form}"
    return None


@lru_cache(maxsize=1024)
def _cores(recipient: str) -> tuple[str, ...]:
    """Return the Base64 of an address at each of the three alignments; any encoding of the address contains one."""
    return _base64_cores(_escaped_and_plain(recipient))


@lru_cache(maxsize=1024)
def _core_starts(recipient: str) -> tuple[str, ...]:
    """Return the starts of all cores, which are fewer than the cores; text with a core contains its start."""
    starts = {data[:_N_START] for data in _escaped_and_plain(recipient)}
    return tuple(core[:_LEAST_CORE] for core in _base64_cores(starts))


def _escaped_and_plain(recipient: str) -> Iterable[bytes]:
    for each in _case_variants(recipient):
        yield each.encode("utf-8", "replace")
        yield each.replace("@", "%40").encode("utf-8", "replace")


def _base64_cores(texts: Iterable[bytes]) -> tuple[str, ...]:
    cores: dict[str, None] = {}
    for data in texts:
        for shift in range(3):
            # The first and last characters also encode bits of the text around the address.
            whole = b64encode(bytes(shift) + data).decode().rstrip("=")
            n_first = (8 * shift + 5) // 6
            n_last = (8 * (shift + len(data))) // 6
            for core in (whole[n_first:n_last], whole[n_first:n_last].replace("+", "-").replace("/", "_")):
                if len(core) >= _LEAST_CORE:
                    cores[core] = None
    return tuple(cores)


@lru_cache(maxsize=1024)
def _hexes(recipient: str) -> tuple[str, ...]:
    return tuple(each.encode("utf-8", "replace").hex() for each in _case_variants(recipient))


def _case_variants(recipient: str) -> Iterable[str]:
    return dict.fromkeys((recipient.lower(), recipient, recipient.upper()))


def _decoded(run: str) -> bytes:
    """Return `run` decoded as Base64 of either alphabet; an incomplete group at its end is ignored."""
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
"""Every known digest, by its size in bytes; to add one, add a line."""


@lru_cache(maxsize=2048)
def _single_digests(address: str, size: int) -> Mapping[str, str]:
    """Return every digest of `size` bytes of `address` and its variants, in hex, with its name."""
    local = address.partition("@")[0]
    variants: dict[str, str] = {}
    for text, variant in (
        (address.lower(), ""),
        (address, " as written"),
        (address.upper(), " of upper case"),
        (local.lower(), " of the local part"),
        (local, " of the local part as written"),
        (local.upper(), " of the local part in upper case"),
    ):
        variants.setdefault(text, variant)
    digests: dict[str, str] = {}
    for text, variant in variants.items():
        data = text.encode("utf-8", "replace")
        for name, digest in _DIGESTS[size].items():
            digests.setdefault(digest(data).hex(), name + variant)
    return digests


@lru_cache(maxsize=2048)
def _digests_of(address: str, size: int) -> Mapping[str, str]:
    """Return every digest of `size` bytes of `address`, and every digest of a digest, in hex, with its name."""
    digests = dict(_single_digests(address, size))
    if size > 4:
        for inner_size in _DIGESTS:
            for inner, inner_name in _single_digests(address, inner_size).items():
                data = inner.encode()
                for name, outer in _DIGESTS[size].items():
                    digests.setdefault(outer(data).hex(), f"{name} of {inner_name}")
    return digests
