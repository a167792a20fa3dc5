"""Style sheets: the rules that can hide or size an element, and every address, in a ``<style>`` element.

tinycss2 parses the syntax (https://www.w3.org/TR/css-syntax-3/), once per distinct sheet, since senders repeat theirs.

Detectors are addresses that load only when a message is printed, answered or forwarded. Their rule is in ``@media
print``, or its selector names what a client wraps around a quoted message, such as ``div.OutlookMessageHeader``,
``table.moz-email-headers-table``, ``#MailContainerBody #_t`` or ``blockquote #_f``. Such a selector matches nothing in
the message as sent.
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

# The longest sheet that is cached, in characters.
_LONGEST_CACHED = 65_536
_MOST_RULES = 2_000
_MOST_READ = 50_000
_MOST_URLS = 2_000
_MOST_DEPTH = 16
_LONGEST_NESTED = 1_024


class StyleRule(NamedTuple):
    """One selector of a rule that can hide or size an element."""

    selector: Selector
    """The elements that the rule applies to."""

    media: Media
    """Where the rule applies; ``screen`` is a webmail page on a desktop."""

    longhands: tuple[Longhand, ...]
    """The declarations."""


class SheetUrl(NamedTuple):
    """One address in a sheet."""

    url: str
    """The address as written, with escapes decoded."""

    carrier: Literal["css import", "css font-face", "css url"]
    """The kind of rule that loads it."""

    selector: str
    """The elements that load it, as a selector for :meth:`Document.select`; empty if it loads without any."""

    loads_in: Literal["all", "print"]
    """Where it loads."""

    is_detector: bool
    """Whether it loads only when the message is printed, answered or forwarded."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The relevant parts of a style sheet; compared by identity, so that it is quick to look up."""

    rules: tuple[StyleRule, ...]
    """The rules that can hide or size an element, in order."""

    urls: tuple[SheetUrl, ...]
    """Every address, in order."""


class _Rule(NamedTuple):
    """A rule that is not a group of other rules."""

    at: str
    """The name of an at-rule, lower case; empty for other rules."""

    prelude: str
    """The text before the block."""

    block: Block | None
    """The contents of the block; ``None`` if the rule has none."""

    media: Media
    """Where the rule applies."""


# A plain block, like most: no nested block or rule, and no comment, escape or bracket that could hide its end.
# The match includes its prelude, if that is plain too and follows a brace.
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
    """Return the rules and addresses of a style sheet.

    Parameters
    ----------
    text
        The text of a ``<style>`` element.
    media
        The element's ``media`` attribute.

    Notes
    -----
    The result has at most 2,000 selectors and 2,000 addresses, from the first 50,000 rules in the first million
    characters. ``@import`` counts only before the first rule.

    Examples
    --------
    >>> sheet = parse_sheet("@import 'a.css'; @media (max-width: 600px) {.a, .b:hover {display:none; color:red}}")
    >>> [(rule.selector.text, rule.media, rule.longhands) for rule in sheet.rules]
    [('.a', 'small', (('display', 'none', False),)), ('.b', 'small', (('display', 'none', False),))]
    >>> sheet.urls[0].url
    'a.css'
    """
    return _cached(text, media) if len(text) <= _LONGEST_CACHED else _parse(text, media)


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


_cached = lru_cache(maxsize=512)(_parse)


_Plain = dict[int, tuple[str, str]]
"""Plain rules cut out of a sheet, by number: prelude (empty if it was left in the sheet) and block."""


def _rules(text: str, media: Media) -> list[_Rule]:
    """Return every rule of a sheet, with groups resolved.

    Most rules are plain, and many sheets share them. They are cut out and replaced by a number, so that tinycss2 has
    less to parse. If a number does not come back as a rule, it was in a string or a comment, and tinycss2 parses the
    whole text instead.
    """
    if "{" not in text and "@" not in text:
        return []  # plain words, which spam hides in a style element
    plain: _Plain = {}

    def cut_out(match: re.Match[str]) -> str:
        plain[len(plain)] = match[1] or "", match[2]
        return f"{{{len(plain) - 1}}}"

    rules = list(islice(_flat(_nodes(_PLAIN_RULE.sub(cut_out, text)), media, plain), _MOST_READ))
    return list(islice(_flat(_nodes(text), media, {}), _MOST_READ)) if plain else rules


def _nodes(text: str) -> list[Node]:
    return tinycss2.parse_stylesheet(tokenize(text), skip_whitespace=True)  # type: ignore[no-any-return]


def _flat(nodes: Iterable[Node], media: Media, plain: _Plain, outer: str = "", depth: int = 0) -> Iterator[_Rule]:
    """Yield every rule, followed by the rules nested in it, with their selectors written out.

    Parameters
    ----------
    nodes
        The rules of a sheet, or the contents of a block.
    media
        Where they apply.
    plain
        The plain rules that were cut out; those that come back are removed from it.
    outer
        The selector of the rule around them.
    depth
        How many rules and groups are around them.
    """
    for node in nodes if depth <= _MOST_DEPTH else ():
        if node.type == "at-rule" and node.content is None:
            yield _Rule(node.lower_at_keyword, serialize(node.prelude), None, media)
        elif node.type in ("at-rule", "qualified-rule"):
            prelude, block, inner = _read(node, plain)
            if node.type == "qualified-rule":
                prelude = _nested(outer, prelude) if outer else prelude
                yield _Rule("", prelude, block, media)
                if any(each.type != "declaration" for each in inner):
                    yield from _flat(inner, media, plain, prelude.strip(), depth + 1)
            elif node.lower_at_keyword in _GROUPS:
                where = _within(media, node.lower_at_keyword, prelude)
                if outer:
                    yield _Rule("", outer, block, where)
                yield from _flat(inner, where, plain, outer, depth + 1)
            else:
                nested = [url for url in urls_in(node.content) if url not in block.urls]
                yield _Rule(node.lower_at_keyword, prelude, Block((), (*block.urls, *nested)), media)


def _read(node: Node, plain: _Plain) -> tuple[str, Block, list[Node]]:
    """Return the prelude of a rule, the contents of its block, and the nodes in the block unless it is plain."""
    number = node.content[0].int_value if [token.type for token in node.content] == ["number"] else None
    prelude = serialize(node.prelude)
    if number in plain:
        more, block = plain.pop(number)
        prelude += more
        if node.type == "qualified-rule":
            return prelude, parse_style(block), []
        node.content = tokenize(block)
    nodes = tinycss2.parse_blocks_contents(node.content, skip_whitespace=True)
    return prelude, read_block(nodes), nodes


def _nested(outer: str, inner: str) -> str:
    """Return a nested selector written out (https://www.w3.org/TR/css-nesting-1/); empty if it is too long."""
    if max(len(outer), len(inner)) > _LONGEST_NESTED:
        return ""
    around = outer if "," not in outer else f":is({outer})"
    return ", ".join(
        each.replace("&", around) if "&" in each else f"{around} {each.strip()}" for each in inner.split(",")
    )


def _within(outside: Media, name: str, condition: str) -> Media:
    """Return where the rules of a group apply."""
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
    """Return the address of an ``@import``, its first token; layer, supports and media conditions follow it."""
    match [token for token in tokenize(rule.prelude) if token.type != "whitespace"]:
        case [first, *others]:
            url = first.value.strip() if first.type == "string" else next(iter(urls_in([first])), "")
            asked = [t for t in others if t.type != "function" and not (t.type == "ident" and t.lower_value == "layer")]
            is_print = "print" in (rule.media, parse_media(" ".join(serialize([token]) for token in asked)))
            return [SheetUrl(url, "css import", "", "print" if is_print else "all", is_print)] if url else []
    return []
