r"""RTF: the original HTML that Outlook wraps in RTF ([MS-OXRTFEX]).

Outlook keeps markup in groups ``{\*\htmltag64 <p>}``, text between them as it is, and what only RTF needs between
``\htmlrtf`` and ``\htmlrtf0``. The tokens are read once, in time linear in the length.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

__all__ = ["html_in"]

_TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})?[ ]?|\\'(?P<byte>[0-9A-Fa-f]{2})|\\(?P<sign>.)|(?P<brace>[{}])"
    rb"|(?P<text>[^\\{}\r\n]+)",
    re.DOTALL,
)
_NO_TEXT = frozenset({"fonttbl", "colortbl", "stylesheet", "info", "pict", "header", "footer", "object", "listtable"})
_SIGNS = {
    "par": "\r\n", "line": "\r\n", "tab": "\t", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c",
    "rdblquote": "\u201d", "bullet": "\u2022", "endash": "\u2013", "emdash": "\u2014",
    "~": "&nbsp;", "_": "&shy;", "\n": "\r\n", "\r": "\r\n", "{": "{", "}": "}", "\\": "\\",
}  # fmt: skip
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class _Group:
    """The state until the end of a group."""

    is_out: bool = True
    """Whether its content is text at all."""

    is_hidden: bool = False
    """Whether it is only for RTF."""

    n_after: int = 1
    """How many characters after a ``\\u`` are its replacement for programs that do not know Unicode."""


def html_in(rtf: bytes) -> str | None:
    r"""Return the HTML that is wrapped in `rtf`, or `None` if it wraps none.

    >>> html_in(rb"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 T\'e9{\*\htmltag72 </p>}}}")
    '<p>Té</p>'
    """
    head = rtf[:_HEAD_BYTES]
    if b"\\fromhtml1" not in head:
        return None
    page = _CODE_PAGE.search(head)
    text = "".join(_pieces(rtf, f"cp{page[1].decode()}" if page else "cp1252"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _pieces(rtf: bytes, charset: str) -> Iterator[str]:
    """Yield the pieces of the HTML in `rtf`."""
    try:
        codecs.lookup(charset)
    except LookupError:
        charset = "cp1252"
    group, around = _Group(), list[_Group]()
    is_starred = False
    to_skip = 0
    raw = bytearray()  # bytes in the code page; two may be one letter
    at = 0
    while match := _TOKEN.search(rtf, at):
        at = match.end()
        kind = match.lastgroup
        is_shown = group.is_out and not group.is_hidden
        if kind == "byte" or kind == "text":
            data = bytes.fromhex(match["byte"].decode()) if kind == "byte" else match["text"]
            skipped = min(to_skip, len(data))
            to_skip -= skipped
            if is_shown:
                raw += data[skipped:]
            continue
        if raw:
            yield raw.decode(charset, "replace")
            raw.clear()
        to_skip = 0
        if kind == "brace":
            if match["brace"] == b"{":
                around.append(group)
            elif around:
                group = around.pop()
            is_starred = False
        elif kind == "sign":
            sign = match["sign"].decode("latin-1")
            if sign == "*":
                is_starred = True
            elif is_shown:
                yield _SIGNS.get(sign, "")
        else:
            word, number = (match["word"] or b"").decode(), int(match["number"] or 1)
            if word == "bin":
                at += max(0, number)
            elif is_starred or word in _NO_TEXT:
                group = replace(group, is_out=group.is_out and word == "htmltag")
            elif word == "htmlrtf":
                group = replace(group, is_hidden=match["number"] != b"0")
            elif word == "uc":
                group = replace(group, n_after=max(0, min(number, 16)))
            elif word == "u":
                to_skip = group.n_after
                if is_shown:
                    yield chr(number & 0xFFFF)
            elif is_shown:
                yield _SIGNS.get(word, "")
            is_starred = False
    yield raw.decode(charset, "replace")
