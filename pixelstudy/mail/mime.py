"""MIME: the headers of a message, and the HTML parts that a mail program shows.

The parser is fast-mail-parser. Where it refuses a broken encoding or structure that mail programs tolerate, Python's
``email`` takes over. No other module knows about either.
"""

from __future__ import annotations

import codecs
import email
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.header import decode_header, make_header
from functools import lru_cache
from typing import Any, Protocol

from fast_mail_parser import ParseError, parse_email_tree

from pixelstudy.mail.boxes.rtf import html_in
from pixelstudy.mail.raw import BLANK_LINE
from pixelstudy.mail.repairs import with_line_ends, with_one_type, with_plain_fields

__all__ = ["Headers", "HtmlBody", "UnreadableError", "read_mime"]

Headers = Mapping[str, Sequence[str]]
"""Header values by name in lower case, unfolded, RFC 2047 decoded, in the order of the message."""


class UnreadableError(Exception):
    """Neither parser can read a message; the text says why."""


@dataclass(frozen=True, slots=True)
class HtmlBody:
    """One HTML part that a mail program would show."""

    text: str
    """The markup, decoded."""

    size_bytes: int
    """Its length in UTF-8."""

    is_amp: bool = False
    """Whether it is the AMP alternative."""

    is_quoted: bool = False
    """Whether it belongs to a message inside the message."""


def read_mime(data: bytes) -> tuple[Headers, tuple[HtmlBody, ...]]:
    r"""Return the headers of a message, and the HTML parts that a mail program shows.

    Attachments are left out, and so is a page with a file name after the text, which is shown as a file.

    Raises
    ------
    UnreadableError
        When neither parser can read it.

    Examples
    --------
    >>> headers, html = read_mime(b"From: a@example.org\nContent-Type: text/html\n\n<p>tea")
    >>> headers["from"], html[0].text
    (['a@example.org'], '<p>tea')
    """
    if _has_many_words(data):
        data = data.replace(b"=?", b"=_")
    data = with_plain_fields(with_line_ends(data))
    headers, html = _parsed(data)
    return _parsed(with_one_type(data)) if len(headers.get("content-type", ())) > 1 else (headers, html)


def _parsed(data: bytes) -> tuple[Headers, tuple[HtmlBody, ...]]:
    if not _grows(data):
        try:
            root = parse_email_tree(data, mode="lazy")
            return _with_whole_labels(_by_name(root.headers), data), tuple(_html_bodies(root))
        except ParseError:
            pass
    standard = _standard(data)
    return _by_name(standard.headers), tuple(_html_bodies(standard))


# The fast parser's time grows with the square of the encoded words, its memory with each level of messages within
# messages; the standard parser's time with the lines times the containers open around them.
_WORDS_LIMIT = 50_000
_COPIES_LIMIT_BYTES = 1 << 29
_EFFORT_LIMIT = 20_000_000
_MESSAGES = re.compile(rb":\s*message/", re.IGNORECASE)  # a colon is found much faster than a name in any case
_MULTIPARTS = re.compile(rb"content-type:\s*multipart/", re.IGNORECASE)


def _has_many_words(data: bytes) -> bool:
    """Return whether `data` has more than :data:`_WORDS_LIMIT` encoded words."""
    at = 0
    for _ in range(_WORDS_LIMIT):  # most messages have few question marks, which are found a hundred times as fast
        at = data.find(b"?", at) + 1
        if not at:
            return False
    return data.count(b"=?") > _WORDS_LIMIT


def _grows(data: bytes) -> bool:
    """Return whether the fast parser would need too much memory."""
    return len(data) > 1 << 20 and len(data) * len(_MESSAGES.findall(data)) > _COPIES_LIMIT_BYTES


class _MimePart(Protocol):
    """A part, as both parsers give it."""

    @property
    def content_type(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def filename(self) -> str | None: ...
    @property
    def disposition(self) -> str | None: ...
    @property
    def is_message(self) -> bool: ...
    @property
    def children(self) -> Sequence[Any]: ...
    @property
    def content(self) -> bytes | None: ...


def _standard(data: bytes) -> _MimePart:
    if data.count(b"\n") * (1 + len(_MULTIPARTS.findall(data))) > _EFFORT_LIMIT:
        raise UnreadableError("too many parts within one another")
    try:
        return _StandardPart(email.message_from_bytes(data, policy=policy.compat32))
    except RecursionError as error:
        raise UnreadableError("too many parts within one another") from error
    except (MessageError, ValueError, LookupError) as error:
        raise UnreadableError(f"{type(error).__name__} in the MIME structure") from error


class _StandardPart:
    """A part as the standard library parses it."""

    def __init__(self, part: email.message.Message[str, str]) -> None:
        self._part = part

    @property
    def content_type(self) -> str:
        return self._part.get_content_type()

    @property
    def is_message(self) -> bool:
        return self.content_type == "message/rfc822"

    @property
    def disposition(self) -> str | None:
        return self._part.get_content_disposition()

    @property
    def headers(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for name, value in self._part.raw_items():
            found.setdefault(name, []).append(_unfolded(str(value)))
        return found

    @property
    def filename(self) -> str | None:
        try:
            return self._part.get_filename()
        except (LookupError, ValueError, TypeError):
            return None

    @property
    def children(self) -> list[_StandardPart]:
        payload = self._part.get_payload() if self._part.is_multipart() else []
        return [_StandardPart(p) for p in payload]  # type: ignore[arg-type]

    @property
    def content(self) -> bytes | None:
        encoding = str(self._part.get("content-transfer-encoding", "")).strip().lower()
        try:
            if encoding == "base64":
                return _base64(str(self._part.get_payload()))
            payload = self._part.get_payload(decode=True)
        except (ValueError, LookupError, AssertionError):
            return None
        return payload if isinstance(payload, bytes) else None


def _base64(text: str) -> bytes:
    """Return the decoded `text`, up to its padding or the first line that is not Base64, such as a list's footer."""
    kept = []
    for line in map(str.strip, text.splitlines()):
        if " " in line or line.startswith("--"):
            break
        kept.append(re.sub(r"[^A-Za-z0-9+/]", "", line))
        if line.endswith("="):
            break
    joined = "".join(kept)
    joined = joined[: len(joined) - (len(joined) % 4 == 1)]
    try:
        return b64decode(joined + "=" * (-len(joined) % 4))
    except Base64Error:
        return b""


_HEADER_LIMIT = 16_384


def _unfolded(text: str) -> str:
    raw = re.sub(r"\r?\n(?=[ \t])", "", text).encode("ascii", "surrogateescape")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    if "=?" in text and len(text) <= _HEADER_LIMIT:
        try:
            return str(make_header(decode_header(text)))
        except (MessageError, ValueError, LookupError):
            return text
    return text


def _by_name(headers: Mapping[str, Sequence[str]]) -> Headers:
    found: dict[str, list[str]] = {}
    for name, values in headers.items():
        found.setdefault(name.strip().lower(), []).extend(values)
    return found


def _with_whole_labels(headers: Headers, data: bytes) -> Headers:
    """Return `headers` with the labels decoded by the standard library, if the fast parser could not decode them.

    It decodes each encoded word by itself, but a letter may be split between two of them.
    """
    if not any("\ufffd" in value for value in headers.get("x-gmail-labels", ())):
        return headers
    end = BLANK_LINE.search(data)
    standard = _StandardPart(email.message_from_bytes(data[: end.end() if end else None], policy=policy.compat32))
    return {**headers, "x-gmail-labels": _by_name(standard.headers).get("x-gmail-labels", [])}


_HTML_TYPES = frozenset({"text/html", "text/x-amp-html", "application/xhtml+xml"})
_BODY_TYPES = frozenset({"multipart/alternative", "multipart/related"})


_WRAPPED = ("application/rtf", "rtf-body.rtf")


def _html_bodies(part: _MimePart) -> Iterator[HtmlBody]:
    """Yield the HTML parts that a mail program shows; without recursion, as parts may be nested deeply.

    Of an Outlook message, ``readpst`` may leave the HTML in ``rtf-body.rtf`` alone. It is unwrapped if the message that
    it belongs to, which may be within another one, has no other HTML.
    """
    stack = [(part, False, False, 0)]
    has_text = False
    n_messages = 0  # those within it, which have these numbers
    with_html: set[int] = set()
    wrapped: list[tuple[_MimePart, bool, int]] = []
    while stack:
        node, is_quoted, is_body, message = stack.pop()
        content_type = node.content_type.lower()
        if content_type == _WRAPPED[0] and (node.filename or "").lower() == _WRAPPED[1]:
            wrapped.append((node, is_quoted, message))
        if (node.disposition or "").lower() == "attachment":
            continue
        if node.children:
            is_quoted = is_quoted or node.is_message
            is_body = content_type in _BODY_TYPES
            if node.is_message:
                message = n_messages = n_messages + 1
            stack.extend((child, is_quoted, is_body, message) for child in reversed(node.children))
        elif content_type in _HTML_TYPES:
            if (is_body or not has_text or not node.filename) and (content := node.content):
                yield HtmlBody(*_decode(content, node.headers), content_type == "text/x-amp-html", is_quoted)
                has_text = True
                with_html.add(message)
        elif content_type == "text/plain" and not node.filename:
            has_text = True
    for node, is_quoted, message in wrapped:
        if message not in with_html and (html := html_in(node.content or b"")):
            yield HtmlBody(html, len(html.encode("utf-8", "surrogatepass")), is_quoted=is_quoted)


_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\"'\s;]{1,40})", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_LATIN = frozenset({"ascii", "iso8859-1", "cp1252"})
# In these, ASCII bytes mean something else.
_STATEFUL = re.compile(r"utf-?(?:7|16|32)|iso-?2022|hz", re.IGNORECASE)
# The wider charset that browsers use for a name which Python takes narrowly (WHATWG Encoding).
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
_NO_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"})


def _decode(content: bytes, headers: Mapping[str, Sequence[str]]) -> tuple[str, int]:
    """Return `content` decoded as browsers do, and its length in UTF-8.

    Where the charset is missing, unknown or wrong, it is UTF-8 if that fits, else windows-1252; what can't be decoded
    is replaced.
    """
    declared = ""
    for name, values in headers.items():
        if name.lower() == "content-type" and values:
            found = _CHARSET.search(values[0])
            declared = found[1] if found else ""
    if content.isascii() and not (declared and _STATEFUL.match(declared)):
        return content.decode("ascii"), len(content)
    if not declared:
        meta = _META_CHARSET.search(content[:4096])
        declared = meta[1].decode("ascii") if meta else ""
    codec = _codec(declared)
    is_utf8 = codec == "utf-8"
    if is_utf8 or codec in _LATIN or codec is None or (_is_wide(codec) and b"\x00" not in content):
        if is_utf8:
            content = content.removeprefix(codecs.BOM_UTF8)
        with suppress(UnicodeDecodeError):
            return content.decode("utf-8"), len(content)
        codec = "utf-8" if is_utf8 else "cp1252"
    text = content.decode(codec, "replace")
    return text, len(text.encode("utf-8", "surrogatepass"))


def _is_wide(codec: str) -> bool:
    return codec.startswith(("utf-16", "utf-32"))


@lru_cache(maxsize=512)
def _codec(label: str) -> str | None:
    """Return Python's name for a charset, or nothing when it does not know it."""
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    is_text = getattr(info, "_is_text_encoding", True) and info.name.replace("_", "-") not in _NO_CHARSETS
    return _WIDER.get(info.name, info.name) if is_text else None
