"""Repairs to messages that mail programs read and parsers do not."""

from __future__ import annotations

import re

from pixelstudy.mail.raw import BLANK_LINE

__all__ = ["with_line_ends", "with_one_type", "with_plain_fields"]

_HEAD_BYTES = 4096


def with_line_ends(data: bytes) -> bytes:
    r"""Return a message with one line feed at the end of each line, if its lines end in another way.

    Old Macs wrote carriage returns alone. A program that writes CRLF through a text stream of Windows doubles them.

    >>> with_line_ends(b"From: a\r\r\n\r\r\ntea"), with_line_ends(b"From: a\r\rtea")
    (b'From: a\n\ntea', b'From: a\n\ntea')
    """
    head = data[:_HEAD_BYTES]
    if b"\r\r\n" in head:
        return data.replace(b"\r\r\n", b"\n")
    return data.replace(b"\r", b"\n") if b"\r" in head and b"\n" not in head else data


_FIELD = re.compile(rb"c(?:ontent-(?:type|(transfer-encoding)))([ \t]*):((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE)
_COMMENT = re.compile(rb"\([^()\"]{0,200}\)")
_WORD = re.compile(rb"[\s\"]*([\w-]+)[\s\";]*")


def with_plain_fields(data: bytes) -> bytes:
    r"""Return a message whose Content-Types and Content-Transfer-Encodings are written so that both parsers read them.

    Space around a value, comments, and a value on the next line are legal (RFC 5322); a semicolon after an encoding is
    not, but mail programs bear it. The parsers would leave such a part encoded, and nothing in it would be found.

    >>> with_plain_fields(b"Content-Transfer-Encoding:\n base64 (as usual);\n\nPGI+")
    b'Content-Transfer-Encoding: base64\n\nPGI+'
    """
    pieces, done = [], 0
    for name in (b"ontent-", b"ONTENT-"):
        at = data.find(name)
        while at > 0:
            field = _FIELD.match(data, at - 1) if at == 1 or data[at - 2] == 10 else None
            if field and (plain := _plain(field)) != field[0]:
                pieces.append((field.start(), field.end(), plain))
            at = data.find(name, at + 1)
    parts = []
    for start, end, plain in sorted(pieces):
        parts += [data[done:start], plain]
        done = end
    return b"".join([*parts, data[done:]]) if parts else data


def _plain(field: re.Match[bytes]) -> bytes:
    encoding, space, value = field.groups()
    if encoding:
        word = _WORD.fullmatch(_COMMENT.sub(b"", value))
        is_plain = word and not space and value.lstrip(b" ") == word[1]
        return field[0] if is_plain or not word else b"Content-Transfer-Encoding: " + word[1]
    has_comment = b"(" in value.partition(b";")[0]
    return b"Content-Type:" + _COMMENT.sub(b"", value) if space or has_comment else field[0]


_TYPE = re.compile(rb"^content-type[ \t]*:([^\n]*\n(?:[ \t][^\n]*\n)*)", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"boundary[ \t]*=[ \t]*\"?([^\"\s;]{1,200})", re.IGNORECASE)


def with_one_type(data: bytes) -> bytes:
    """Return a message with only one of the Content-Types in its header; mail programs disagree about which counts.

    It is the multipart whose boundary is in the body, since a program that adds a line often rewrites the body too;
    else HTML, since some programs will show it; else the first.
    """
    end = BLANK_LINE.search(data)
    stop = end.start() + 1 if end else len(data)
    found = list(_TYPE.finditer(data, 0, stop))
    fits = [(name := _BOUNDARY.search(match[1])) and b"\n--" + name[1] in data[stop - 1 :] for match in found]
    is_html = [match[1].strip().lower().startswith(b"text/html") for match in found]
    kept = next((i for held in (fits, is_html) for i, is_it in enumerate(held) if is_it), 0)
    for match in reversed(found[:kept] + found[kept + 1 :]):
        data = data[: match.start()] + data[match.end() :]
    return data
