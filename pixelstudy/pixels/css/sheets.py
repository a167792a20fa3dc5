"""Style sheets: the rules that can hide or size, and every address, of a ``<style>`` element.

tinycss2 reads the syntax (https://www.w3.org/TR/css-syntax-3/), once per distinct sheet, since a sender repeats it.

Print and forward detectors are addresses that load only when a message is printed, answered or forwarded: a rule
in ``@media print``, or one whose selector names what a client wraps around a quoted message, such as
``div.OutlookMessageHeader``, ``table.moz-email-headers-table``, ``#MailContainerBody #_t`` or ``blockquote #_f``.
Such a selector matches nothing in the message as it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

import tinycss2

from pixelstudy.pixels.css.declarations import Block, Node, parse_style, read_block, serialize, tokenize, urls_in
from pixelstudy.pixels.css.longhands import Longhand
from pixelstudy.pixels.css.media import Media, parse_media
from pixelstudy.pixels.css.selectors import Selector, parse_selectors

__all__ = ["Sheet", "SheetUrl", "StyleRule", "parse_sheet"]

# A sheet longer than this is not kept in memory.
_REMEMBERED = 65_536
_MOST_RULES = 2_000
_MOST_READ = 50_000
_MOST_URLS = 2_000
_MOST_DEPTH = 16
_LONGEST_NESTED = 1_024


class StyleRule(NamedTuple):
    """One selector of one rule that can hide or size."""

    selector: Selector
    """Which elements it is about."""

    media: Media
    """Where it counts: ``screen`` is a webmail page on a desktop."""

    longhands: tuple[Longhand, ...]
    """What it says."""


class SheetUrl(NamedTuple):
    """One address in a sheet."""

    url: str
    """As written, escapes decoded."""

    carrier: Literal["css import", "css font-face", "css url"]
    """The kind of rule that loads it."""

    selector: str
    """Which elements it is about, ready for :meth:`Document.select`; empty if no selector decides."""

    loads_in: Literal["all", "print"]
    """Where it loads."""

    is_detector: bool
    """Whether it loads only when the message is printed, or answered or forwarded by some client."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A style sheet, as far as it matters here; compared by identity, so that looking it up is quick."""

    rules: tuple[StyleRule, ...]
    """The rules that can hide or size, in order."""

    urls: tuple[SheetUrl, ...]
    """Every address, in order."""


class _Rule(NamedTuple):
    """A rule that is not a group of others."""

    at: str
    """Its name, lower case, if it is an at-rule; else empty."""

    prelude: str
    """What is before its block."""

    block: Block | None
    """What its block says; nothing where it has none."""

    media: Media
    """Where it counts."""


# A plain block, as most are: nothing in it opens another or is a rule, and no comment, escape or bracket hides its end.
# With it its prelude, if that is plain too and starts right after a brace.
_OTHER = r"[^{}()\[\]@\"'\\/]|/(?!\*)"
_PLAIN_RULE = re.compile(
    rf"""(?:(?<=[{{}}])([-\w\s.#,:*]*[-\w*]\s*))?"""
    rf"""\{{((?:{_OTHER}|"[^"{{}}\\\n\r\f]*"|'[^'{{}}\\\n\r\f]*'|\((?:{_OTHER})*\))*+)\}}""",
)
_DETECTOR = re.compile(
    r"OutlookMessageHeader|moz-(?:email-headers-table|forward-container|cite-prefix)|MailContainerBody|\bblockquote\b"
    r"|gmail_(?:quote|extra)|yahoo_quoted|#_(?:t|f|p|two50)\b",
    re.IGNORECASE,
)
_GROUPS = frozenset({"media", "supports", "layer", "document", "-moz-document", "container", "scope", "starting-style"})
_OTHER_BROWSERS = re.compile(r"\bnot\b|-ms-|-moz-|-webkit-(?:overflow-scrolling|touch-callout)", re.IGNORECASE)


def parse_sheet(text: str, *, media: str = "") -> Sheet:
    """Return the rules and the addresses of a style sheet.

    Parameters
    ----------
    text
        What a ``<style>`` element holds.
    media
        The element's ``media`` attribute.

    Notes
    -----
    Kept are 2,000 selectors of relevant rules and 2,000 addresses, of the first 50,000 rules in the first million
    characters. ``@import`` counts only before the first rule.

    Examples
    --------
    >>> sheet = parse_sheet("@import 'a.css'; @media (max-width: 600px) {.a, .b:hover {display:none; color:red}}")
    >>> [(rule.selector.text, rule.media, rule.longhands) for rule in sheet.rules]
    [('.a', 'small', (('display', 'none', False),)), ('.b', 'small', (('display', 'none', False),))]
    >>> sheet.urls[0].url
    'a.css'
    """
    return _remembered(text, media) if len(text) <= _REMEMBERED else _parse(text, media)


def _parse(text: str, media: str) -> Sheet:
    rules: list[StyleRule] = []
    urls: list[SheetUrl] = []
    may_import = True
    for rule in _rules(text, parse_media(media)):
        block = rule.block
        if rule.at == "import" and may_import and block is None:
            urls += _import(rule)
        elif rule.at and block is not None:
            urls += _of_at_rule(rule, block.urls)
        elif block is not None and (block.longhands or block.urls):
            selectors = parse_selectors(rule.prelude)
            if block.longhands and len(rules) < _MOST_RULES:
                rules += [StyleRule(s, rule.media, block.longhands) for s in selectors if not s.is_pseudo_element]
            if block.urls and rule.media != "never":
                urls += _of_style_rule(rule, selectors, block.urls)
        may_import = may_import and rule.at in {"import", "charset", "layer"}
    return Sheet(tuple(rules[:_MOST_RULES]), tuple(urls[:_MOST_URLS]))


_remembered = lru_cache(maxsize=512)(_parse)


_Aside = dict[int, tuple[str, str]]
"""StyleRules that were put aside, by number: prelude (empty if it was left in its place) and block."""


def _rules(text: str, media: Media) -> list[_Rule]:
    """Return every rule of a sheet, groups resolved.

    Most rules are plain, and many sheets share them. They are put aside, each with a number in its place, so that
    tinycss2 has less to read. If one does not turn up again as a rule, it was inside a string or a comment; then
    tinycss2 reads the whole text.
    """
    if "{" not in text and "@" not in text:
        return []  # the words that spam hides in a style element
    aside: _Aside = {}

    def put_aside(match: re.Match[str]) -> str:
        aside[len(aside)] = match[1] or "", match[2]
        return f"{{{len(aside) - 1}}}"

    rules = list(islice(_flat(_nodes(_PLAIN_RULE.sub(put_aside, text)), media, aside), _MOST_READ))
    return list(islice(_flat(_nodes(text), media, {}), _MOST_READ)) if aside else rules


def _nodes(text: str) -> list[Node]:
    return tinycss2.parse_stylesheet(tokenize(text), skip_whitespace=True)  # type: ignore[no-any-return]


def _flat(nodes: Iterable[Node], media: Media, aside: _Aside, outer: str = "", depth: int = 0) -> Iterator[_Rule]:
    """Yield every rule, and after it those that are nested in it, their selectors written out.

    Parameters
    ----------
    nodes
        The rules of a sheet, or what is in the block of one.
    media
        Where they count.
    aside
        What was put aside; what turns up is taken out.
    outer
        The selector of the rule that they are nested in.
    depth
        In how many rules and groups they are.
    """
    for node in nodes if depth <= _MOST_DEPTH else ():
        if node.type == "at-rule" and node.content is None:
            yield _Rule(node.lower_at_keyword, serialize(node.prelude), None, media)
        elif node.type in ("at-rule", "qualified-rule"):
            prelude, block, inner = _read(node, aside)
            if node.type == "qualified-rule":
                prelude = _nested(outer, prelude) if outer else prelude
                yield _Rule("", prelude, block, media)
                if any(each.type != "declaration" for each in inner):
                    yield from _flat(inner, media, aside, prelude.strip(), depth + 1)
            elif node.lower_at_keyword in _GROUPS:
                where = _within(media, node.lower_at_keyword, prelude)
                if outer:
                    yield _Rule("", outer, block, where)
                yield from _flat(inner, where, aside, outer, depth + 1)
            else:
                nested = [url for url in urls_in(node.content) if url not in block.urls]
                yield _Rule(node.lower_at_keyword, prelude, Block((), (*block.urls, *nested)), media)


def _read(node: Node, aside: _Aside) -> tuple[str, Block, list[Node]]:
    """Return the prelude of a rule, what its block says, and the nodes in it unless it was put aside."""
    number = node.content[0].int_value if [token.type for token in node.content] == ["number"] else None
    about = serialize(node.prelude)
    if number in aside:
        prelude, block = aside.pop(number)
        about += prelude
        if node.type == "qualified-rule":
            return about, parse_style(block), []
        node.content = tokenize(block)
    nodes = tinycss2.parse_blocks_contents(node.content, skip_whitespace=True)
    return about, read_block(nodes), nodes


def _nested(outer: str, inner: str) -> str:
    """Return a nested selector as one of its own (https://www.w3.org/TR/css-nesting-1/); nothing if it is too long."""
    if max(len(outer), len(inner)) > _LONGEST_NESTED:
        return ""
    around = outer if "," not in outer else f":is({outer})"
    return ", ".join(
        each.replace("&", around) if "&" in each else f"{around} {each.strip()}" for each in inner.split(",")
    )


def _within(outside: Media, name: str, condition: str) -> Media:
    """Return where the rules of a group count."""
    inside: Media = "screen"
    if name == "media":
        inside = parse_media(condition)
    elif name != "supports":
        inside = "screen" if name in {"layer", "scope", "starting-style"} else "other"
    elif _OTHER_BROWSERS.search(condition):
        inside = "other"
    return inside if outside == "screen" else outside


def _of_style_rule(rule: _Rule, selectors: Iterable[Selector], urls: Iterable[str]) -> list[SheetUrl]:
    loads_in: Literal["all", "print"] = "print" if rule.media == "print" else "all"
    is_detector = loads_in == "print" or _DETECTOR.search(rule.prelude) is not None
    selector = ", ".join(dict.fromkeys(s.text for s in selectors))
    return [SheetUrl(url, "css url", selector, loads_in, is_detector) for url in urls]


def _of_at_rule(rule: _Rule, urls: Iterable[str]) -> list[SheetUrl]:
    if rule.media == "never":
        return []
    loads_in: Literal["all", "print"] = "print" if rule.media == "print" or rule.at == "page" else "all"
    carrier: Literal["css font-face", "css url"] = "css font-face" if rule.at == "font-face" else "css url"
    return [SheetUrl(url, carrier, "", loads_in, loads_in == "print") for url in urls]


def _import(rule: _Rule) -> list[SheetUrl]:
    """Return the address of an ``@import``: the first token, before layer, support and media."""
    match [token for token in tokenize(rule.prelude) if token.type != "whitespace"]:
        case [first, *others]:
            url = first.value.strip() if first.type == "string" else next(iter(urls_in([first])), "")
            asked = [t for t in others if t.type != "function" and not (t.type == "ident" and t.lower_value == "layer")]
            is_print = "print" in (rule.media, parse_media(" ".join(serialize([token]) for token in asked)))
            return [SheetUrl(url, "css import", "", "print" if is_print else "all", is_print)] if url else []
    return []
