"""From bytes to a message: who sent it, to whom and when, what kind of mail it is, and the HTML that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from unicodedata import normalize
from urllib.parse import unquote

from pixelstudy.mail.clock import Clock, read_clock
from pixelstudy.mail.kinds import Kind, read_kind
from pixelstudy.mail.mime import Headers, HtmlBody, UnreadableError, read_mime
from pixelstudy.mail.platforms import read_platform
from pixelstudy.mail.populations import Population, read_labels, read_population
from pixelstudy.mail.raw import BLANK_LINE, RawMessage

__all__ = ["Headers", "HtmlBody", "Message", "UnreadableError", "parse_message"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    key: str
    """16 hex digits that identify it, the same in every export."""

    origin: str
    """Where it was read from."""

    labels: tuple[str, ...]
    """The labels, folders and flags it carried."""

    population: Population
    """Received, spam, trash, sent, draft or chat."""

    kind: Kind
    """Newsletter, list, personal or automatic, by its headers."""

    sent_at: datetime | None
    """When it was sent, in UTC."""

    clock: Clock
    """Which header `sent_at` is from."""

    sender_address: str | None
    """The address in From, lower case."""

    recipients_key: str | None
    """16 hex digits that name to whom it was delivered, or else sent; the same for the same recipients."""

    issue_key: str | None
    """16 hex digits that name what was sent: sender, subject and hour; the same for every recipient's copy."""

    recipients: tuple[str, ...]
    """The addresses it was sent to, as written, at most 20."""

    list_id: str | None
    """The identifier in List-Id."""

    platform: str | None
    """The sending platform that its headers name."""

    html: tuple[HtmlBody, ...]
    """The HTML parts it shows, in order."""

    has_unsubscribe: bool
    """Whether a header has an address for unsubscribing."""

    has_receipt_request: bool
    """Whether a header asks for a read receipt."""

    stripper: str | None
    """The service that removed trackers on the way."""

    size_bytes: int
    """Length of the raw message."""

    @property
    def sender_domain(self) -> str | None:
        """The domain of the sender's address."""
        return self.sender_address.rpartition("@")[2] if self.sender_address else None


def parse_message(raw: RawMessage, *, population: Population | None = None) -> Message:
    r"""Return `raw` as a message.

    Parameters
    ----------
    raw
        The message as it was found.
    population
        Its population, if known from elsewhere (a spam corpus); otherwise its labels, folders, flags and headers
        decide.

    Raises
    ------
    UnreadableError
        When neither parser can read it.

    Examples
    --------
    >>> parse_message(RawMessage(b"From: A <A@Example.com>\n\nhello", "a.eml", 0)).sender_address
    'a@example.com'
    """
    headers, html = read_mime(raw.data)
    if ">from" in headers:  # an old tool quoted the header as if it were a line of the body
        headers = {"from": headers[">from"], **headers}
    labels = read_labels(headers)
    sent_at, clock = read_clock(headers, raw.separator_date)
    return Message(
        key=_key(raw.data),
        origin=raw.origin,
        labels=tuple(dict.fromkeys((*raw.labels, *labels))),
        population=population or read_population(headers, labels, raw.labels),
        kind=read_kind(headers),
        sent_at=sent_at,
        clock=clock,
        sender_address=_sender(headers),
        recipients_key=_recipients_key(headers),
        issue_key=_issue_key(headers, sent_at),
        recipients=_recipients(headers),
        list_id=_list_id(headers),
        platform=read_platform(headers),
        html=html,
        has_unsubscribe=any(_WAY_OUT.search(value[:_VALUE_LIMIT]) for value in headers.get("list-unsubscribe", ())),
        has_receipt_request=any(name in headers for name in _RECEIPT_HEADERS),
        stripper=_stripper(headers, html),
        size_bytes=len(raw.data),
    )


_WAY_OUT = re.compile(r"(?:mailto:|https?://)[^\s<>]", re.IGNORECASE)
_RECEIPT_HEADERS = ("disposition-notification-to", "return-receipt-to", "x-confirm-reading-to")
_ADDRESS = re.compile(r"[^\s<>\"',;:()\[\]@\\]{1,64}@[^\s<>\"',;:()\[\]@\\]{1,253}")
_ANGLED = re.compile(r"<\s*([^<>\s@]{1,256}@[^<>\s]{1,256})\s*>")
_ANGLED_LIST = re.compile(r"[^<>]*<\s*([^<>\s@]{1,256}@[^<>\s.]{1,64}\.[^<>\s]{1,256})\s*>\s*[,;]")
_VEILED = re.compile(
    r"(?:^|<)\s*([^\s<>\"',;:()@]{1,64}) at ([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})\s*(?:[(>]|$)", re.IGNORECASE
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"(?!@)')
_VALUE_LIMIT = 4096


def _first(headers: Headers, name: str) -> str | None:
    values = headers.get(name)
    return (values[0].strip() or None) if values else None


def _sender(headers: Headers) -> str | None:
    """Return the address in From or else Sender, in lower case, its domain in ASCII."""
    values = [(_first(headers, name) or "")[-_VALUE_LIMIT:] for name in ("from", "sender")]
    found = next(filter(None, map(_author, values)), None) or next(filter(None, map(_veiled, values)), None)
    if not found:
        return None
    name, _, domain = found.removeprefix("mailto:").lower().rstrip(".").rpartition("@")
    if not domain.isascii() and normalize("NFKC", domain) == normalize("NFC", domain):  # otherwise a disguise
        with suppress(UnicodeError):  # a label may be empty, or too long
            domain = domain.encode("idna").decode("ascii")
    return f"{name}@{domain}"


def _author(value: str) -> str | None:
    """Return the first address of a list, or the one in angle brackets; a name before it may contain another one."""
    if listed := _ANGLED_LIST.match(_QUOTED.sub("", value)):
        return listed[1]
    if angled := _ANGLED.findall(value):
        return str(angled[-1])
    bare = _ADDRESS.search(value)
    return bare[0] if bare else None


def _veiled(value: str) -> str | None:
    """Return the address that the archive of a list wrote as ``jane at example.org (Jane)``."""
    found = _VEILED.search(value)
    return f"{found[1]}@{found[2]}" if found else None


_RECIPIENT_HEADERS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "to", "cc")
_RECIPIENTS_LIMIT = 20


def _recipients(headers: Headers) -> tuple[str, ...]:
    """Return the distinct addresses that the message was sent to, as written, those of its delivery first."""
    found: dict[str, str] = {}
    for name in _RECIPIENT_HEADERS:
        for value in headers.get(name, ())[:_RECIPIENTS_LIMIT]:
            for address in _ADDRESS.findall(_QUOTED.sub("", value[:_VALUE_LIMIT])):
                found.setdefault(address.lower(), address)
    for address in _named_on_leaving(headers):
        found.setdefault(address.lower(), address)
    found.pop(_sender(headers) or "", None)
    return tuple(found.values())[:_RECIPIENTS_LIMIT]


_DELIVERY_HEADERS = _RECIPIENT_HEADERS[:-2]


def _recipients_key(headers: Headers) -> str | None:
    """Return a digest of the addresses it was delivered to, by the first header that says so; else of To and Cc."""
    for names in (*((name,) for name in _DELIVERY_HEADERS), ("to", "cc")):
        values = [value[:_VALUE_LIMIT] for name in names for value in headers.get(name, ())[:_RECIPIENTS_LIMIT]]
        found = {address.lower() for value in values for address in _ADDRESS.findall(_QUOTED.sub("", value))}
        if found:
            return _short_digest(sorted(found))
    return None


def _issue_key(headers: Headers, sent_at: datetime | None) -> str | None:
    sender, subject = _sender(headers), _first(headers, "subject")
    if not (sender and subject and sent_at):
        return None
    return _short_digest([sender, " ".join(subject.split()), f"{sent_at:%Y-%m-%d %H}"])


def _short_digest(parts: Iterable[str]) -> str:
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


_MAILTO = re.compile(r"mailto:([^<>\s]{1,1000})", re.IGNORECASE)
_RETURN_FORM = re.compile(r"[+.=_-]([A-Za-z0-9._]{1,64})=([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})\Z")


def _named_on_leaving(headers: Headers) -> Iterator[str]:
    """Yield the recipient's address if the unsubscribe address or the return path contains it.

    It is in the query of a ``mailto:``, or in the mailbox name of either, as ``bounce-jane=example.org@…``.
    """
    places = [_MAILTO.findall(value[:_VALUE_LIMIT]) for value in headers.get("list-unsubscribe", ())[:1]]
    returns = [_ANGLED.findall(value[:_VALUE_LIMIT]) for value in headers.get("return-path", ())[:1]]
    for place in (each for found in (*places, *returns) for each in found):
        target, _, query = place.partition("?")
        yield from _ADDRESS.findall(unquote(query).replace("=", " "))
        if form := _RETURN_FORM.search(unquote(target).rpartition("@")[0]):
            yield f"{form[1]}@{form[2]}"


_LIST_ID = re.compile(r"<([^<>]+)>")


def _list_id(headers: Headers) -> str | None:
    value = _first(headers, "list-id")
    if not value:
        return None
    found = _LIST_ID.search(value)
    return (found[1] if found else value).strip().lower()[:200] or None


def _stripper(headers: Headers, html: Sequence[HtmlBody]) -> str | None:
    """Return the service that removed trackers on the way, because of which the mailbox under-counts."""
    for name in headers:
        if name == "x-trackers-blocked" or name.startswith("x-hey-tracker"):
            return "HEY"
        if name.startswith("duck-") or name == "x-duckduckgo-trackers-removed":
            return "DuckDuckGo"
    for body in html:
        if "/contains-tracker-warning/" in body.text:
            return "Firefox Relay"
        if "duckduckgo.com/email" in body.text and "racker" in body.text:
            return "DuckDuckGo"
    return None


_NAMING = re.compile(rb"\n(message-id|>?from|date|subject)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE)
_PIECE_BYTES = 1 << 16
_QUOTED_FROM = re.compile(rb"^>+From ", re.MULTILINE)
_DECLARED = re.compile(rb"[ \t]*=[ \t]*\"?([^\"\s;]{1,200})")
_BOUNDARIES_LIMIT = 20  # each is looked for in the whole body
_SPANS_LIMIT = 10_000


def _key(data: bytes) -> str:
    """Return a digest of what identifies a message, the same in every export of the same mail.

    It depends on Message-ID, From, Date and Subject, however they are folded, and on the bytes of the body. So copies
    of one mailing have two keys if anything in their bodies differs, such as a token in an address, even if they have
    one Message-ID.

    It does not depend on what exports change: all other headers (``X-Gmail-Labels``, ``X-Mozilla-Status``, ``Status``,
    ``X-UID``, ``Content-Length`` …), the MIME boundaries, which ``readpst`` and Python's ``email`` invent anew, line
    ends, white space at the end, and the quoting of mbox. Nor does it depend on any parser: all are taken as bytes.

    A mail that a program encoded anew, as Outlook does, has another key than the mail as it was sent.
    """
    end = BLANK_LINE.search(data)
    header = b"\n" + data[: end.start() if end else None]
    named: dict[bytes, bytes] = {}
    for name, value in _NAMING.findall(header):
        named.setdefault(name.lower().lstrip(b">"), b" ".join(value.split()))
    digest = blake2b(digest_size=8)
    for name in (b"message-id", b"from", b"date", b"subject"):
        digest.update(named.get(name, b"") + b"\0")
    if end:
        for piece in _body_pieces(data, end.end(), header):
            digest.update(piece)
    return digest.hexdigest()


def _body_pieces(data: bytes, start: int, header: bytes) -> Iterator[bytes]:
    """Yield the body from `start` on, without carriage returns, boundaries, mbox quoting or white space at its end."""
    if data.find(b">From ", start) >= 0:
        data, start = b"\n" + _QUOTED_FROM.sub(b"From ", data[start:]), 1
    stop = len(data.rstrip())
    spans = sorted(islice(_boundaries(data, start, header), _SPANS_LIMIT))
    for left, right in _outside(spans, start, stop):
        for at in range(left, right, _PIECE_BYTES):  # a third of the time that replacing CRLF in all of it takes
            yield data[at : min(at + _PIECE_BYTES, right)].replace(b"\r", b"")


def _outside(spans: Iterable[tuple[int, int]], start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield what of the range from `start` to `stop` is outside of `spans`, which are sorted."""
    for left, right in spans:
        yield start, min(left, stop)
        start = max(start, right)
    yield start, stop


def _boundaries(data: bytes, start: int, header: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the body from `start` on names a MIME boundary: in delimiter lines and in the headers of parts."""
    names = [name for name, _ in _declared(header, 0, len(header))][:_BOUNDARIES_LIMIT]
    for name in names:  # which grows
        delimiter = b"\n--" + name
        at = data.find(delimiter, start - 1)
        while at >= 0:
            end = at + len(delimiter)
            yield end - len(name), end
            at = data.find(delimiter, end)
            for inner, place in _declared(data, end, _end_of_headers(data, end, at if at >= 0 else len(data))):
                yield place, place + len(inner)
                if inner not in names and len(names) < _BOUNDARIES_LIMIT:
                    names.append(inner)


def _end_of_headers(data: bytes, start: int, stop: int) -> int:
    """Return where the header of the part from `start` to `stop` ends, and that of the message in it if it is one."""
    end = BLANK_LINE.search(data, start, stop)
    if end and b"essage/" in data[start : end.start()]:
        end = BLANK_LINE.search(data, end.end(), stop)
    return end.start() if end else start


def _declared(data: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int]]:
    """Yield the names that the headers between `start` and `stop` declare as boundaries, each with its place."""
    for word in (b"oundary", b"OUNDARY"):
        at = data.find(word, start, stop)
        while at >= 0:
            at += len(word)
            if match := _DECLARED.match(data, at, stop):
                yield match[1], match.start(1)
            at = data.find(word, at, stop)
