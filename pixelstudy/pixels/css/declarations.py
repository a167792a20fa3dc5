"""CSS declarations: size, hiding and addresses in a ``style`` attribute or in the block of a rule.

tinycss2 parses the syntax (https://www.w3.org/TR/css-syntax-3/). No text raises an error; like a browser, this module
drops a broken declaration and reads on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import tinycss2

from pixelstudy.pixels.css.longhands import RELEVANT, Longhand, expand

__all__ = ["Block", "Node", "parse_style", "read_block", "serialize", "tokenize", "urls_in"]

Node = Any
"""A node of tinycss2."""

# The longest style that is cached, and the most that is read of any text, in characters.
_LONGEST_CACHED = 2_048
_LONGEST = 1 << 20
_MOST_DEPTH = 24
_BLANK = " \t\n\r\f"
_BLANKS = re.compile(rf"[{_BLANK}]+")
# A style without addresses, escapes or comments, like most: splitting it at the semicolons is enough.
_PLAIN = re.compile(
    rf"""(?:[{_BLANK}!#%,\-.0-9:;A-Z_a-z]|/(?!\*)|"[^"\\\n\r\f;]*"|'[^'\\\n\r\f;]*'"""
    rf"""|(?<!url)\([{_BLANK}#%,\-.0-9A-Z_a-z]*\))*+""",
    re.IGNORECASE,
)
# What would take tinycss2 long: embedded pictures and endless numbers.
_DATA = re.compile(r"""(?<=["'(])data:[^"'()\s\\]{64,}+""", re.IGNORECASE)
_DIGITS = re.compile(r"([0-9]{300})[0-9]++")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Functions in which a plain string is an address.
_ADDRESS_FUNCTIONS = frozenset({"url", "src", "image", "image-set", "-webkit-image-set"})
_NESTING = frozenset({"function", "() block", "[] block", "{} block"})
_PLAIN_TOKENS = frozenset({"ident", "number", "percentage", "dimension", "hash", "string", "whitespace"})


class Block(NamedTuple):
    """The contents of a block of declarations."""

    longhands: tuple[Longhand, ...]
    """The valid declarations of :data:`RELEVANT` properties, in order, with shorthands expanded."""

    urls: tuple[str, ...]
    """The addresses in the declarations of any property."""


def tokenize(text: str) -> list[Node]:
    """Return the component values in the first million characters of `text`, without comments."""
    text = _DIGITS.sub(r"\1", _DATA.sub("data:,", text))
    return tinycss2.parse_component_value_list(text[:_LONGEST], skip_comments=True)  # type: ignore[no-any-return]


def serialize(tokens: Iterable[Node]) -> str:
    """Return component values as text; empty if they are nested too deeply."""
    tokens = list(tokens)
    is_flat = not any(token.type in _NESTING for token in tokens)
    return tinycss2.serialize(tokens) if is_flat or _depth(tokens) <= _MOST_DEPTH else ""


def _depth(tokens: Iterable[Node]) -> int:
    return max((depth for _, _, depth in _walk(tokens)), default=0)


def parse_style(style: str) -> Block:
    r"""Return the contents of a ``style`` attribute, without its broken declarations.

    Examples
    --------
    >>> parse_style(r"WIDTH: 1PX !important; oops; background:URL(A.gif); d\69splay:none")
    Block(longhands=(('width', '1px', True), ('display', 'none', False)), urls=('A.gif',))
    """
    return _cached(style) if len(style) <= _LONGEST_CACHED else _parse(style)


def _parse(style: str) -> Block:
    return _split(style) if _is_plain(style) else _parse_any(style)


def _is_plain(style: str) -> bool:
    return _PLAIN.fullmatch(style) is not None and not _DIGITS.search(style)


_cached = lru_cache(maxsize=8_192)(_parse)


def _split(style: str) -> Block:
    """Return the same as :func:`_parse_any`, faster, for a plain style."""
    found: list[Longhand] = []
    for chunk in style.split(";"):
        name, _, value = chunk.partition(":")
        name = name.strip(_BLANK).lower()
        if name in RELEVANT:
            value, bang, mark = value.partition("!")
            if not bang or mark.strip(_BLANK).lower() == "important":
                found += expand(name, _normal(value), is_important=bool(bang))
    return Block(tuple(found), ())


def _parse_any(style: str) -> Block:
    return read_block(tinycss2.parse_blocks_contents(tokenize(style), skip_whitespace=True))


def read_block(nodes: Iterable[Node]) -> Block:
    """Return the contents of the declarations among the nodes of a block."""
    longhands: list[Longhand] = []
    urls: list[str] = []
    for node in nodes:
        if node.type != "declaration":
            continue
        if not _PLAIN_TOKENS.issuperset([token.type for token in node.value]):
            if not _is_whole(node.value):
                continue
            urls += urls_in(node.value)
        if node.lower_name in RELEVANT:
            value = _normal(serialize(node.value).replace("/**/", " "))
            longhands += expand(node.lower_name, value, is_important=node.important)
    return Block(tuple(longhands), tuple(urls))


def _normal(value: str) -> str:
    return _BLANKS.sub(" ", value.lower()).strip(" ")


def _walk(tokens: Iterable[Node]) -> Iterator[tuple[Node, str, int]]:
    """Yield each token, with the name of the function around it and its depth."""
    stack = [(iter(tokens), "")]
    while stack:
        level, function = stack[-1]
        for token in level:
            yield token, function, len(stack)
            if token.type == "function":
                stack.append((iter(token.arguments), token.lower_name))
                break
            if token.type in _NESTING:
                stack.append((iter(token.content), ""))
                break
        else:
            stack.pop()


def _is_whole(tokens: Iterable[Node]) -> bool:
    """Return whether a browser would accept a value as well-formed; at the end of the text it closes what is open."""
    return not any(
        node.type == "{} block" or node == "!" or (node.type == "error" and not node.kind.startswith("eof-"))
        for node, _, _ in _walk(tokens)
    )


def urls_in(tokens: Iterable[Node]) -> list[str]:
    """Return the addresses among component values, in order.

    Examples
    --------
    >>> urls_in(tokenize('image-set("a.png" 1x, url(b.png) 2x), url("c.png")'))
    ['a.png', 'b.png', 'c.png']
    """
    found = [
        _SURROGATE.sub("\ufffd", token.value.strip())
        for token, function, _ in _walk(tokens)
        if token.type == "url" or (token.type == "string" and function in _ADDRESS_FUNCTIONS)
    ]
    return [url for url in found if url]
