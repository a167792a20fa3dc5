"""HTML parsing: two engines behind one small interface, and the only module that imports a parser.

``fast`` is turbohtml, a WHATWG tree builder in C. ``bs4`` is BeautifulSoup over html5lib, the slow reference that the
fast engine is tested against. The elements of both have ``tag``, ``attr(name)``, ``parent`` and ``text``, so no other
module needs to know which engine is in use.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Protocol, cast

import turbohtml

from pixelstudy.errors import UserError
from pixelstudy.pixels.engines import Engine

__all__ = ["Comment", "Document", "Element", "Engine", "TangledError", "ancestors", "parse"]

# A tag cut off by the end of the text. A browser drops it, but webmail adds markup of its own after the message, and
# that closes the tag.
_CUT_TAG = re.compile(r"<[a-zA-Z][^<>]*+\Z")
_LONGEST_TAG = 8_192
# Limits within which html5lib takes seconds. Its time grows with the square of the number of open elements, and with
# the cube of the open formatting elements. Messages of the public corpora have up to 690 and 70 of them open at once.
_MOST_SOUP = 2_000_000
_MOST_OPEN = 4_000
_MOST_FORMATTING = 200
_MOST_ATTRIBUTES = 1_000
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_NEVER_OPEN = frozenset(
    """area base bgsound body br col colgroup dd dt embed frame head hr html img input li link meta optgroup option p
    param source tbody td tfoot th thead tr track wbr""".split()
)
_OPENING_QUOTE = re.compile(r"=\s*([\"'])")


class Element(Protocol):
    """An element of a parsed document."""

    @property
    def tag(self) -> str:
        """The tag name, lower case; SVG names keep their case."""

    @property
    def parent(self) -> Element | None:
        """The element around it; an object without a ``tag`` at the root."""

    @property
    def text(self) -> str:
        """The text inside it."""

    def attr(self, name: str, /) -> str | None:
        """Return the attribute's value, or ``None`` if the element lacks the attribute."""


class Comment(Protocol):
    """A comment of a parsed document."""

    @property
    def data(self) -> str:
        """The text between ``<!--`` and ``-->``."""

    @property
    def parent(self) -> Element | None:
        """The element around it."""


class Document(Protocol):
    """A parsed document."""

    def select(self, selector: str) -> list[Element]:
        """Return the elements that match a CSS selector, in document order, except those in a ``<template>``.

        A selector that the engine can't read matches nothing.
        """

    def comments(self) -> list[Comment]:
        """Return the comments, in document order."""

    def depth_share(self, node: Element | Comment) -> float:
        """Return where in the source the node starts: 0 at its first character, 1 at its last."""


def parse(text: str, *, engine: Engine = "fast") -> Document:
    """Return the document that a browser would build from `text`.

    Parameters
    ----------
    text
        HTML, decoded. A tag that is cut off by the end of the text is closed.
    engine
        ``fast`` or ``bs4``. If ``fast`` fails, ``bs4`` is used.

    Raises
    ------
    TangledError
        If ``bs4`` would take minutes: over 2,000,000 characters, over 4,000 open elements at once, over 200 open
        formatting elements such as ``<font>``, or over 1,000 attributes on one element. ``fast`` has no such limits.

    Examples
    --------
    >>> [e.attr("src") for e in parse("<p><img src=a><image src=b></html><img src=c").select("img")]
    ['a', 'b', 'c']
    """
    text = _close_cut_tag(_with_line_feeds(text))
    if engine == "fast" and (document := _fast(text)) is not None:
        return document
    if len(text) > _MOST_SOUP or _is_tangled(text):
        raise TangledError("its HTML is too large or too deeply nested for BeautifulSoup: use --engine fast")
    return _Soup(text)


def _fast(text: str) -> Document | None:
    try:
        return _Fast(text)
    except Exception:  # noqa: BLE001 - mail is hostile input, and a young parser may refuse it
        return None


class TangledError(UserError):
    """A document that the slow engine would need minutes to parse."""


def _is_tangled(text: str) -> bool:
    n_open: Counter[str] = Counter()
    n_all = n_formatting = 0
    for slash, name in _TAG.findall(text):
        name = name.lower()
        if name in _NEVER_OPEN or (slash and not n_open[name]):
            continue
        step = -1 if slash else 1
        n_open[name] += step
        n_all += step
        n_formatting += step * (name in _FORMATTING)
        if n_all > _MOST_OPEN or n_formatting > _MOST_FORMATTING:
            return True
    try:
        elements = turbohtml.parse(text).select("*")
    except Exception:  # noqa: BLE001 - as above; attributes are not counted then
        return False
    return any(len(element.attrs) > _MOST_ATTRIBUTES for element in elements)


def ancestors(element: Element) -> Iterator[Element]:
    """Yield the elements around `element`, from the innermost out."""
    node = element.parent
    while node is not None and getattr(node, "tag", None):
        yield node
        node = node.parent


# Limits on how far a tree may outgrow its text. A parser copies unclosed formatting into every later paragraph, up to
# 512 deep, and keeps a list of attributes for every further <body>.
_FEW_TAGS = 4_000
_COPIES_LIMIT = 2_000_000
_DEPTH = 512
_FORMATTING_TAG = re.compile(
    r"<(/?)(b|big|code|em|font|i|s|small|strike|strong|tt|u)(?![a-z0-9:-])[^<>]*+>?", re.IGNORECASE
)
_BODY = re.compile(r"<(?:body|html)(?![a-z0-9:-])", re.IGNORECASE)


def _tamed(text: str) -> str:
    """Return `text`, without its formatting if so much of that is never closed that the tree would be huge."""
    n_tags = text.count("<")
    if n_tags < _FEW_TAGS:
        return text
    if len(bodies := [found.start() for found in _BODY.finditer(text)]) > _DEPTH:
        kept = bodies[_DEPTH]
        text = text[:kept] + _BODY.sub("<p", text[kept:])
    open_tags: Counter[str] = Counter()
    for end, name in _FORMATTING_TAG.findall(text):
        if not end:
            open_tags[name.lower()] += 1
        elif open_tags[name.lower()]:
            open_tags[name.lower()] -= 1
    is_too_much = min(_DEPTH, open_tags.total()) * n_tags > _COPIES_LIMIT
    return _FORMATTING_TAG.sub("", text) if is_too_much else text


def _close_cut_tag(text: str) -> str:
    start = text.rfind("<", max(0, len(text) - _LONGEST_TAG))
    cut = _CUT_TAG.match(text, start) if start >= 0 else None
    if cut is None:
        return text
    tail = cut.group()
    for opening in reversed(list(_OPENING_QUOTE.finditer(tail))):
        if opening[1] not in tail[opening.end() :]:
            return text + opening[1] + ">"
    return text + ">"


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class _Source:
    """The text of a document, and how far into it each node starts."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line_starts: list[int] = []

    def _share(self, line: int | None, column: int | None, *, is_end: bool = False) -> float:
        if line is None or not self._text:
            return 0.0
        if not self._line_starts:
            lengths = (len(each) + 1 for each in self._text.split("\n"))
            self._line_starts = [0, *accumulate(lengths)]
        start = self._line_starts[min(line, len(self._line_starts)) - 1] + (column or 0)
        if is_end:
            start = max(0, self._text.rfind("<", 0, start + 1))
        return min(1.0, start / len(self._text))

    def _share_of_comment(self, data: str) -> float:
        return max(0, self._text.find("<!--" + data[:512])) / (len(self._text) or 1)


class _Fast(_Source):
    """A turbohtml tree with the interface of :class:`Document`."""

    def __init__(self, text: str) -> None:
        super().__init__(_tamed(text))
        self._tree = turbohtml.parse(self._text, allow_declarative_shadow_roots=False)
        self._has_template = bool(self._tree.select("template"))

    def select(self, selector: str) -> list[Element]:
        try:
            found = cast("list[Element]", self._tree.select(selector))
        except ValueError:
            return []
        return [e for e in found if not _in_template(e)] if self._has_template else found

    def comments(self) -> list[Comment]:
        if "<!--" not in self._text:
            return []
        found = cast("list[Comment]", self._tree.xpath("//comment()"))
        return [c for c in found if not _in_template(c)] if self._has_template else found

    def depth_share(self, node: Element | Comment) -> float:
        if isinstance(node, turbohtml.Element):
            return self._share(node.source_line, node.source_col)
        return self._share_of_comment(cast("Comment", node).data)


def _in_template(found: Element | Comment) -> bool:
    # Between a template and its content is a fragment, which has no tag.
    node: Any = found.parent
    while node is not None:
        if getattr(node, "tag", "") == "template":
            return True
        node = node.parent
    return False


class _SoupElement:
    """A BeautifulSoup tag with the interface of :class:`Element`."""

    __slots__ = ("_tag",)

    def __init__(self, tag: Any) -> None:
        self._tag = tag

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SoupElement) and self._tag is other._tag

    def __hash__(self) -> int:
        return id(self._tag)

    @property
    def tag(self) -> str:
        return str(self._tag.name)

    @property
    def parent(self) -> _SoupElement | None:
        parent = self._tag.parent
        return None if parent is None or parent.name == "[document]" else _SoupElement(parent)

    @property
    def text(self) -> str:
        return "".join(self._tag.find_all(string=True))

    def attr(self, name: str, /) -> str | None:
        value = self._tag.get(name)
        return " ".join(value) if isinstance(value, list) else value


class _SoupComment:
    """A BeautifulSoup comment with the interface of :class:`Comment`."""

    __slots__ = ("_node",)

    def __init__(self, node: Any) -> None:
        self._node = node

    @property
    def data(self) -> str:
        return str(self._node)

    @property
    def parent(self) -> _SoupElement | None:
        parent = self._node.parent
        return None if parent is None or parent.name == "[document]" else _SoupElement(parent)


class _Soup(_Source):
    """A BeautifulSoup tree, built by html5lib, with the interface of :class:`Document`."""

    def __init__(self, text: str) -> None:
        import bs4

        super().__init__(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._tree = bs4.BeautifulSoup(text, "html5lib", multi_valued_attributes=None)

    def select(self, selector: str) -> list[Element]:
        from soupsieve import SelectorSyntaxError

        try:
            found = self._tree.select(selector)
        except (SelectorSyntaxError, NotImplementedError):
            return []
        return [_SoupElement(tag) for tag in found if tag.find_parent("template") is None]

    def comments(self) -> list[Comment]:
        import bs4

        return [
            _SoupComment(node)
            for node in self._tree.find_all(string=lambda s: type(s) is bs4.Comment)
            if node.find_parent("template") is None
        ]

    def depth_share(self, node: Element | Comment) -> float:
        if isinstance(node, _SoupElement):
            # html5lib records where a tag ends.
            return self._share(node._tag.sourceline, node._tag.sourcepos, is_end=True)
        return self._share_of_comment(cast("Comment", node).data)
