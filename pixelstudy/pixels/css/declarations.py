"""Declarations of CSS: what a ``style`` attribute says, its addresses, its lengths.

Nothing here raises, whatever the text; what a browser drops is dropped, alone, and what it mends is mended
(https://www.w3.org/TR/css-syntax-3/). Plain text, nearly all of mail, is read by a few regular expressions,
the rest by tinycss2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import tinycss2
from tinycss2.serializer import serialize_identifier

__all__ = ["Declaration", "decode", "parse_declarations", "parse_dimension", "parse_length", "urls_in"]

# Styles and declarations longer than this are not remembered; a style that needs a tokenizer is not read
# beyond `_READ` characters.
_REMEMBERED = 2_048
_REMEMBERED_CHUNK = 256
_READ = 65_536
_MAX_DEPTH = 24

_BLANK = " \t\n\r\f"
_QUOTED = r'"[^"\\\n\r\f\0]*+"|' + r"'[^'\\\n\r\f\0]*+'"
# Text that needs no tokenizer: ASCII; strings without escapes; round brackets closed and not nested.
_PLAIN = re.compile(
    rf"(?:[{_BLANK}!#$%&*+,\-./0-9:;=?A-Z^_a-z|~]++|{_QUOTED}"
    rf"|\((?:[{_BLANK}]*+(?:{_QUOTED})[{_BLANK}]*+|[{_BLANK}!#-&*-Z^-z|~]*+)\))*+"
)
_BROKEN_URL = re.compile(rf"url\([{_BLANK}]*+[^{_BLANK}\"')]++[{_BLANK}]++[^)]", re.IGNORECASE)
_UNICODE_RANGE = re.compile(r"u\+[0-9a-f?]", re.IGNORECASE)
_SIMPLE = frozenset("\"'(")
_CHUNK = re.compile(r"""(?:[^;"'(]++|"[^"]*+"|'[^']*+'|\((?:"[^"]*+"|'[^']*+'|[^"')]++)*+\))++""")
_NAME = re.compile(r"(?:--|-?[a-z_])[-\w]*+", re.IGNORECASE | re.ASCII)
_IMPORTANT = re.compile(rf"![{_BLANK}]*+important\Z", re.IGNORECASE)
# What keeps its case and its blanks within a plain value: addresses and strings.
_VERBATIM = re.compile(
    rf"""(?<![-\w#])(url)\([{_BLANK}]*+(?:"([^"]*)"|'([^']*)'|([^{_BLANK}"')]*+))[{_BLANK}]*+\)"""
    rf"""|"([^"]*)"|'([^']*)'""",
    re.IGNORECASE | re.ASCII,
)
_DATA = re.compile(r"""(?<=["'(])data:[^"'()\s\\]{64,}+""", re.IGNORECASE)
_DIGITS = re.compile(r"([0-9]{300})[0-9]++")


class Declaration(NamedTuple):
    """One declaration, as a browser would read it."""

    name: str
    """The property, lower case."""
    value: str
    """The value: lower case, single blanks, no comments, escapes decoded; ``url("…")`` and strings verbatim,
    in double quotes."""
    is_important: bool = False
    """Whether ``!important`` follows it."""


def parse_declarations(style: str) -> tuple[Declaration, ...]:
    r"""Return the declarations of a ``style`` attribute or of a rule's block, in order.

    A declaration that cannot be read is left out, alone; the last one needs no ``;``.

    Examples
    --------
    >>> parse_declarations(r"WIDTH: 1PX !important; oops; background:URL(A.gif); d\69splay:no/**/ne")[0]
    Declaration(name='width', value='1px', is_important=True)
    >>> [d.value for d in parse_declarations("background: URL(A.gif) Top")]
    ['url("A.gif") top']
    """
    return _remembered(style) if len(style) <= _REMEMBERED else _parse(style)


def _parse(style: str) -> tuple[Declaration, ...]:
    return _parse_plain(style) if _is_plain(style) else _parse_any(style)


def _is_plain(style: str) -> bool:
    if not _PLAIN.fullmatch(style) or "/*" in style or (len(style) > 300 and _DIGITS.search(style)):
        return False
    return not (("(" in style and _BROKEN_URL.search(style)) or ("+" in style and _UNICODE_RANGE.search(style)))


_remembered = lru_cache(maxsize=8_192)(_parse)


def _parse_plain(style: str) -> tuple[Declaration, ...]:
    chunks = style.split(";") if _SIMPLE.isdisjoint(style) else _CHUNK.findall(style)
    found = [_declaration(c) if len(c) <= _REMEMBERED_CHUNK else _read_declaration(c) for c in chunks]
    return tuple([d for d in found if d])


def _read_declaration(chunk: str) -> Declaration | None:
    name, colon, value = chunk.partition(":")
    name = name.strip(_BLANK)
    if not colon or not _NAME.fullmatch(name):
        return None
    value = value.strip(_BLANK)
    is_important = False
    if "!" in value and (mark := _IMPORTANT.search(value)):
        is_important = True
        value = value[: mark.start()].rstrip(_BLANK)
    is_simple = _SIMPLE.isdisjoint(value)
    if not value or ("!" in value and "!" in (value if is_simple else _VERBATIM.sub("", value))):
        return None
    value = " ".join(value.lower().split()) if is_simple else _canonical(value)
    return Declaration(name.lower(), value, is_important)


_declaration = lru_cache(maxsize=16_384)(_read_declaration)


def _canonical(value: str) -> str:
    pieces = []
    end = 0
    for match in _VERBATIM.finditer(value):
        pieces.append(_squeeze(value[end : match.start()].lower()))
        text = _quote(next(group for group in match.groups()[1:] if group is not None))
        pieces.append(f"url({text})" if match[1] else text)
        end = match.end()
    pieces.append(_squeeze(value[end:].lower()))
    return "".join(pieces)


def _squeeze(text: str) -> str:
    return re.sub(rf"[{_BLANK}]+", " ", text)


def _quote(text: str) -> str:
    r"""Return `text` as a CSS string: in double quotes, what would end it escaped."""
    if '"' in text or "\\" in text or "\n" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ")
    return f'"{text}"'


def _parse_any(style: str) -> tuple[Declaration, ...]:
    style = _DIGITS.sub(r"\1", _DATA.sub("data:,", style))[:_READ]
    found = []
    for node in tinycss2.parse_blocks_contents(style, skip_whitespace=True):
        if node.type != "declaration":
            continue
        value = _serialize(node.value)
        if value:
            found.append(Declaration(_ident(node.name), value, node.important))
    return tuple(found)


def _ident(name: str) -> str:
    return name.lower() if _NAME.fullmatch(name) else serialize_identifier(name).lower() if name else ""


def _serialize(nodes: Iterable[Any]) -> str:
    """Return component values as text; empty where a browser would call them invalid."""
    pieces: list[str] = []
    return "".join(pieces).strip(" ") if _write(nodes, pieces, 0) else ""


def _write(nodes: Iterable[Any], pieces: list[str], depth: int) -> bool:
    if depth > _MAX_DEPTH:
        return False
    for node in nodes:
        match node.type:
            case "whitespace" | "comment":
                if not pieces or pieces[-1] != " ":
                    pieces.append(" ")
            case "ident":
                pieces.append(_ident(node.value))
            case "string":
                pieces.append(_quote(node.value))
            case "url":
                pieces.append(f"url({_quote(node.value)})")
            case "number":
                pieces.append(node.representation.lower())
            case "percentage":
                pieces.append(node.representation.lower() + "%")
            case "dimension":
                pieces.append(node.representation.lower() + _ident(node.unit))
            case "hash":
                pieces.append("#" + _ident("_" + node.value)[1:])
            case "unicode-range":
                pieces.append(f"u+{node.start:x}-{node.end:x}")
            case "at-keyword":
                pieces.append("@" + _ident(node.value))
            case "literal":
                if node.value == "!":
                    return False
                pieces.append(node.value)
            case "{} block":
                return False
            case "function" | "() block" | "[] block":
                is_function = node.type == "function"
                opening = _ident(node.name) + "(" if is_function else node.type[0]
                pieces.append(opening)
                if opening == "url(":
                    node.arguments[:] = [a for a in node.arguments if a.type not in ("whitespace", "comment")]
                if not _write(node.arguments if is_function else node.content, pieces, depth + 1):
                    return False
                pieces.append(")" if is_function else node.type[1])
            case "error":
                # A string or an address that the end of the text cuts off is closed by it.
                if not node.kind.startswith("eof-"):
                    return False
    return True


_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\n\r\f])?|(\r\n|[\n\r\f])|(.)|\Z)", re.DOTALL)


def decode(text: str) -> str:
    r"""Return `text` with its CSS escapes decoded.

    Examples
    --------
    >>> decode(r"\68 ttp\3a//a.example")
    'http://a.example'
    """
    return _ESCAPE.sub(_decoded, text) if "\\" in text else text


def _decoded(match: re.Match[str]) -> str:
    if match[1]:
        point = int(match[1], 16)
        is_text = 0 < point <= 0x10FFFF and not 0xD800 <= point < 0xE000
        return chr(point) if is_text else "\ufffd"
    return match[3] or ""


_ADDRESS = re.compile(
    rf"""/\*.*?(?:\*/|\Z)
    |(?P<url>url\()[{_BLANK}]*+(?:
        "(?P<double>(?:[^"\\\n\r\f]|\\.)*+)(?:"|\Z)|'(?P<single>(?:[^'\\\n\r\f]|\\.)*+)(?:'|\Z)
        |(?P<raw>(?:[^{_BLANK}"'()\\]|\\[0-9a-f]{{1,6}}[{_BLANK}]?|\\.)*+)(?=[{_BLANK}]*+(?:\)|\Z)))
    |(?P<name>[-\w]*+)\(
    |"(?P<string2>(?:[^"\\\n\r\f]|\\.)*+)(?:"|\Z)|'(?P<string1>(?:[^'\\\n\r\f]|\\.)*+)(?:'|\Z)
    |\)
    |[-\w]++""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
# Functions whose bare strings are addresses.
_IMAGE_FUNCTIONS = frozenset({"image-set", "-webkit-image-set", "src", "image"})


def urls_in(value: str) -> tuple[str, ...]:
    """Return the addresses in a declared value, in order, escapes decoded.

    Examples
    --------
    >>> urls_in('image-set("a.png" 1x, url(b.png) 2x), url("c.png")')
    ('a.png', 'b.png', 'c.png')
    """
    if "(" not in value:
        return ()
    return _addresses(value) if len(value) <= _REMEMBERED else _find_addresses(value)


def _find_addresses(value: str) -> tuple[str, ...]:
    found = []
    functions: list[str] = []
    for match in _ADDRESS.finditer(value):
        text = None
        if match["url"]:
            text = next(t for t in match.group("double", "single", "raw") if t is not None)
            functions.append("url")
        elif match["name"] is not None:
            functions.append(match["name"].lower())
        elif match[0] == ")":
            if functions:
                functions.pop()
        elif functions and functions[-1] in _IMAGE_FUNCTIONS:
            text = match["string2"] if match["string2"] is not None else match["string1"]
        if text:
            found.append(decode(text).strip())
    return tuple(address for address in found if address)


_addresses = lru_cache(maxsize=8_192)(_find_addresses)

_NUMBER = r"[-+]?(?:[0-9]++\.[0-9]++|[0-9]++|\.[0-9]++)(?:e[-+]?[0-9]++)?"
_CALC = re.compile(r"(?:-webkit-|-moz-)?(calc|min|max|clamp)\(([^()]{1,128})\)")
_LENGTH = re.compile(rf"({_NUMBER})([a-z%]*)")
_PX = {"px": 1.0, "pt": 96 / 72, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "pc": 16.0}
# Sizes of the font's own, at the default font of 16 px: good enough below one letter, unknown from there on.
_FONT_PX = {"em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0}
_RELATIVE = frozenset({"%", "vw", "vh", "vmin", "vmax", "lh", "rlh"})
# As far as a browser's layout goes.
_LARGEST_PX = 33_554_432.0


def parse_length(value: str, *, is_quirky: bool = False) -> float | None:
    """Return a CSS length in px, or nothing where it is unknown.

    Known are absolute units, ``em`` and its like below one (and below zero), zero in any unit, and a
    ``calc()``, ``min()``, ``max()`` or ``clamp()`` of these. Unknown are ``auto`` and other words, shares of
    something else, and ``em`` from one up.

    Parameters
    ----------
    value
        A declared value, without ``!important``.
    is_quirky
        Whether a number without a unit counts as px, as browsers in quirks mode do for ``width``, ``height``,
        ``font-size`` and margins. If not, only ``0`` does.

    Examples
    --------
    >>> [parse_length(v) for v in ("1px", ".75pt", "0.1em", "2em", "0%", "50%", "auto", "calc(2px - 1px)")]
    [1.0, 1.0, 1.6, None, 0.0, None, None, 1.0]
    """
    value = value.strip(_BLANK).lower()
    match = _LENGTH.fullmatch(value)
    if match:
        return _in_px(float(match[1]), match[2], is_quirky=is_quirky)
    match = _CALC.fullmatch(value)
    return _compared(match[1], [_calculate(term.strip(_BLANK)) for term in match[2].split(",")]) if match else None


def _in_px(number: float, unit: str, *, is_quirky: bool) -> float | None:
    if unit in _PX:
        px = number * _PX[unit]
    elif unit in _FONT_PX and number < 1:
        px = number * _FONT_PX[unit]
    elif (not unit and is_quirky) or (number == 0 and (not unit or unit in _RELATIVE)):
        px = number
    else:
        return None
    return max(-_LARGEST_PX, min(_LARGEST_PX, px))


def _compared(function: str, terms: list[float | None]) -> float | None:
    """Return what a function of sums comes to, or nothing where one of them is unknown."""
    known = [term for term in terms if term is not None]
    if len(known) < len(terms):
        return None
    if function == "min":
        return min(known)
    if function == "max":
        return max(known)
    if function == "clamp" and len(known) == 3:
        return max(known[0], min(known[1], known[2]))
    return known[0] if function == "calc" and len(known) == 1 else None


def _calculate(sum_text: str) -> float | None:
    """Return what the inside of a ``calc()`` comes to, in px: sums of constant products, no brackets."""
    total = 0.0
    sign = 1
    for term in re.split(rf"[{_BLANK}]([-+])[{_BLANK}]", sum_text):
        if term in ("+", "-"):
            sign = 1 if term == "+" else -1
            continue
        number, n_lengths, operator = 1.0, 0, "*"
        for factor in re.split(r"([*/])", term):
            if factor in ("*", "/"):
                operator = factor
                continue
            match = _LENGTH.fullmatch(factor.strip(_BLANK))
            px = _in_px(float(match[1]), match[2], is_quirky=not match[2]) if match else None
            if match is None or px is None or (operator == "/" and (match[2] or not px)):
                return None
            n_lengths += bool(match[2])
            number = number * px if operator == "*" else number / px
        if n_lengths != 1:
            return None
        total += sign * number
    return max(-_LARGEST_PX, min(_LARGEST_PX, total))


_DIMENSION = re.compile(rf"[{_BLANK}]*+([0-9]++(?:\.[0-9]++)?)(%?)")


def parse_dimension(attr: str) -> float | None:
    """Return the px of an HTML ``width`` or ``height`` attribute, or nothing where it is unknown.

    By the rules for parsing dimension values (https://html.spec.whatwg.org/#rules-for-parsing-dimension-values):
    what follows the number is ignored, a share is unknown unless it is ``0%``, a sign is no number.

    Examples
    --------
    >>> [parse_dimension(v) for v in ("1", " 1.5px", "100%", "0%", "auto", "-1", "")]
    [1.0, 1.5, None, 0.0, None, None, None]
    """
    match = _DIMENSION.match(attr)
    if not match:
        return None
    number = min(_LARGEST_PX, float(match[1]))
    return None if match[2] and number else number
