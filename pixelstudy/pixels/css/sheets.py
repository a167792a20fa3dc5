r"""Style sheets: the rules that can hide or size, and every address, of a ``<style>`` element.

A sheet is parsed once per distinct text, since a sender repeats it. What a browser drops is dropped, alone.

Print and forward detectors are addresses that load only when a message is printed, answered or forwarded: a rule
in ``@media print``, or one whose selector names what a client wraps around a quoted message, such as
``div.OutlookMessageHeader``, ``table.moz-email-headers-table``, ``#MailContainerBody #_t`` or ``blockquote #_f``.
Such a selector matches nothing in the message as it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

from pixelstudy.pixels.css.declarations import Declaration, decode, parse_declarations, urls_in
from pixelstudy.pixels.css.media import Media, parse_media
from pixelstudy.pixels.css.selectors import Selector, parse_selectors

__all__ = ["RELEVANT", "Sheet", "SheetUrl", "StyleRule", "parse_sheet"]

# Sheets longer than this are not remembered; rules beyond this many are not kept.
_REMEMBERED = 65_536
_MOST_RULES = 2_000
_MOST_READ = 50_000
_MOST_URLS = 2_000
_MOST_DEPTH = 16
_MOST_NESTED = 3

RELEVANT = frozenset(
    """display visibility opacity width height max-width max-height min-width min-height font font-size line-height
    overflow overflow-x overflow-y position left top right bottom inset text-indent margin margin-left margin-top
    margin-right margin-bottom clip clip-path transform translate scale mso-hide content-visibility filter
    object-position inline-size block-size max-inline-size max-block-size min-inline-size min-block-size
    margin-inline-start margin-block-start inset-inline-start inset-block-start -webkit-clip-path -webkit-transform
    -webkit-filter""".split()
)
"""The properties that can hide or size an element."""


class StyleRule(NamedTuple):
    """One selector of one rule that can hide or size."""

    selector: Selector
    """Whom it is about."""

    order: int
    """Its place among the rules of the sheet."""

    media: Media
    """Where it counts: ``screen`` is a webmail page on a desktop."""

    declarations: tuple[Declaration, ...]
    """What it says, of :data:`RELEVANT` properties."""


@dataclass(frozen=True, slots=True)
class SheetUrl:
    """One address in a sheet."""

    url: str
    """As written, escapes decoded."""

    carrier: Literal["css import", "css font-face", "css url"]
    """What asks for it."""

    property: str
    """The property that names it; empty for an import."""

    selector: str
    """Whom it is about, ready for :meth:`Document.select`; empty where no selector decides."""

    loads_in: Literal["all", "print"]
    """Where it loads."""

    is_detector: bool
    """Whether it loads only when the message is printed, or answered or forwarded by some client."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A style sheet, as far as it matters here; equal to itself alone, so that it is quick to look up."""

    rules: tuple[StyleRule, ...]
    """The rules that can hide or size, in order."""

    urls: tuple[SheetUrl, ...]
    """Every address, in order."""


_DETECTOR = re.compile(
    r"OutlookMessageHeader|moz-(?:email-headers-table|forward-container|cite-prefix)|MailContainerBody|\bblockquote\b"
    r"|gmail_(?:quote|extra)|yahoo_quoted|#_(?:t|f|p|two50)\b",
    re.IGNORECASE,
)
# A string that its line, or the text, cuts off ends there.
_QUOTED = r'"(?:[^"\\\n]|\\.)*+"?|' + r"'(?:[^'\\\n]|\\.)*+'?"
_RAW_URL = r"(?<![-\w])url\(\s*+(?![\"'\s])(?:[^()\\\"'\s]|\\[0-9a-fA-F]{1,6}\s?|\\.)*+\s*+\)"
_COMMENT = re.compile(rf"{_QUOTED}|{_RAW_URL}|(/\*.*?(?:\*/|\Z))", re.DOTALL | re.IGNORECASE)
# A whole block where it is simple, as nearly all are, saves looking at what is in it sign by sign.
_STRUCTURE = re.compile(rf"\{{[^{{}}()\[\]\"'\\]*+\}}|[{{}}();\[\]]|{_QUOTED}|\\.", re.DOTALL)
_REST_OF_URL = re.compile(r"\s*+(?![\"'\s])(?:[^()\\\"'\s]|\\[0-9a-fA-F]{1,6}\s?|\\.)*+\s*+\)", re.DOTALL)
_WRAPPER = re.compile(r"(?:\s|<!--|-->)*+")
_BLANK = re.compile(r"\s*+")
_AT = re.compile(r"@((?:[-\w]|\\.)+)", re.DOTALL)
_GROUPS = frozenset({"media", "supports", "layer", "document", "-moz-document", "container", "scope", "starting-style"})
_IMPORT = re.compile(
    rf"\s*(?:({_QUOTED})|url\(\s*({_QUOTED})\s*\)|url\(\s*((?:[^()\\\"'\s]|\\[0-9a-fA-F]{{1,6}}\s?|\\.)*+)\s*\))(.*)",
    re.DOTALL | re.IGNORECASE,
)
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
    Kept are 2,000 selectors of relevant rules and 2,000 addresses, of the first 50,000 rules. ``@import`` counts only
    before the first rule.

    Examples
    --------
    >>> sheet = parse_sheet("@import 'a.css'; @media (max-width: 600px) {.a, .b:hover {display:none; color:red}}")
    >>> [(r.selector.text, r.media, r.declarations[0].value) for r in sheet.rules]
    [('.a', 'small', 'none'), ('.b', 'small', 'none')]
    >>> sheet.urls[0].url
    'a.css'
    """
    return _remembered(text, media) if len(text) <= _REMEMBERED else _parse(text, media)


def _parse(text: str, media: str) -> Sheet:
    if "/*" in text:
        text = _COMMENT.sub(lambda match: " " if match[1] else match[0], text)
    rules: list[StyleRule] = []
    urls: list[SheetUrl] = []
    whole = parse_media(media)
    may_import = True
    for prelude, block, inner in islice(_flat_rules(text), _MOST_READ):
        where = inner if whole == "screen" else whole
        at = _AT.match(prelude)
        name = decode(at[1]).lower() if at else ""
        if len(urls) < _MOST_URLS and name != "import":
            urls.extend(_urls(name, prelude, block or "", where))
        if name == "import" and may_import and block is None:
            urls.extend(_imports(prelude[at.end() if at else 0 :], where))
        elif not name and block is not None and len(rules) < _MOST_RULES:
            rules.extend(_relevant(prelude, block, where, len(rules)))
        may_import = may_import and name in {"import", "charset", "layer"}
    return Sheet(tuple(rules[:_MOST_RULES]), tuple(urls[:_MOST_URLS]))


_remembered = lru_cache(maxsize=512)(_parse)


def _flat_rules(text: str, depth: int = 0) -> Iterator[tuple[str, str | None, Media]]:
    """Yield every rule, and behind it those nested in it, their selectors written out."""
    for prelude, block, media in _rules(text):
        yield prelude, block, media
        if block is None or "{" not in block or prelude.startswith("@") or depth >= _MOST_NESTED:
            continue
        for inner, inner_block, inner_media in _flat_rules(block, depth + 1):
            own = inner.rpartition(";")[2].strip()
            if own and inner_block is not None and not own.startswith("@"):
                yield _nested(prelude, own), inner_block, inner_media if media == "screen" else media


def _nested(outer: str, inner: str) -> str:
    """Return a nested selector as one of its own (https://www.w3.org/TR/css-nesting-1/)."""
    around = outer if "," not in outer else f":is({outer})"
    return ", ".join(
        each.replace("&", around) if "&" in each else f"{around} {each.strip()}" for each in inner.split(",")
    )


def _rules(text: str) -> Iterator[tuple[str, str | None, Media]]:
    """Yield prelude, block (nothing for a statement) and medium of every rule that is not a group."""
    groups: list[Media] = ["screen"]
    brackets: list[str] = []
    prelude = ""
    depth = 0  # Braces open within the block of a rule.
    start = end = 0
    while match := _STRUCTURE.search(text, end):
        sign, end = match[0], match.end()
        is_block = sign[0] == "{" and len(sign) > 1
        if is_block and not brackets and not depth:
            sign = "{"
        elif len(sign) > 1:
            continue
        if brackets and sign != brackets[-1] and sign not in "([{":
            continue
        is_url = sign == "(" and text[match.start() - 3 : match.start()].lower() == "url"
        if is_url and (rest := _REST_OF_URL.match(text, end)):
            end = rest.end()  # An address without quotes may hold any sign.
            continue
        if sign in "([":
            brackets.append(")" if sign == "(" else "]")
        elif brackets and sign == brackets[-1]:
            brackets.pop()
        elif sign == "{":
            if brackets:
                brackets.append("}")
            elif depth:
                depth += 1
            else:
                start = _blank_end(text, start, is_top=len(groups) == 1)
                prelude = text[start : match.start()].rstrip()
                start = match.start() + 1
                at = _AT.match(prelude)
                name = decode(at[1]).lower() if at else ""
                if name in _GROUPS and len(groups) <= _MOST_DEPTH:
                    groups.append(_within(groups[-1], name, prelude[at.end() :] if at else ""))
                    end = start
                elif is_block:
                    yield prelude, text[start : end - 1], groups[-1]
                    start = end
                else:
                    depth = 1
        elif sign == "}":
            if depth:
                depth -= 1
                if not depth:
                    yield prelude, text[start : match.start()], groups[-1]
                    start = match.end()
            elif len(groups) > 1:
                groups.pop()
                start = match.end()
        elif sign == ";" and not depth:
            # Blanks are passed over once, so that a run of semicolons costs its length alone.
            start = _blank_end(text, start, is_top=len(groups) == 1)
            if len(groups) > 1 or text.startswith("@", start):
                yield text[start : match.start()], None, groups[-1]
                start = match.end()
    if depth:
        yield prelude, text[start:], groups[-1]
    elif text.startswith("@", start := _blank_end(text, start, is_top=len(groups) == 1)):
        yield text[start:], None, groups[-1]


def _blank_end(text: str, start: int, *, is_top: bool) -> int:
    blank = (_WRAPPER if is_top else _BLANK).match(text, start)
    return blank.end() if blank else start


def _within(outside: Media, name: str, condition: str) -> Media:
    inside: Media = "screen"
    if name == "media":
        inside = parse_media(condition)
    elif name != "supports":
        inside = "screen" if name in {"layer", "scope", "starting-style"} else "other"
    elif _OTHER_BROWSERS.search(condition):
        inside = "other"
    return inside if outside == "screen" else outside


def _relevant(prelude: str, block: str, media: Media, order: int) -> Iterator[StyleRule]:
    declarations = tuple([d for d in parse_declarations(block) if d.name in RELEVANT])
    if declarations:
        for selector in parse_selectors(prelude):
            if not selector.is_pseudo_element:
                yield StyleRule(selector, order, media, declarations)
                order += 1


def _urls(at: str, prelude: str, block: str, media: Media) -> Iterator[SheetUrl]:
    if "(" not in block or media == "never":
        return
    loads_in: Literal["all", "print"] = "print" if media == "print" or at == "page" else "all"
    selector = ""
    is_detector = loads_in == "print"
    if not at:
        selectors = parse_selectors(prelude)
        selector = ", ".join(dict.fromkeys(s.text for s in selectors)) or prelude
        is_detector = is_detector or _DETECTOR.search(prelude) is not None
    seen = []
    for declaration in parse_declarations(block):
        for url in urls_in(declaration.value):
            seen.append(url)
            carrier: Literal["css font-face", "css url"] = "css font-face" if at == "font-face" else "css url"
            yield SheetUrl(url, carrier, declaration.name, selector, loads_in, is_detector)
    if at and "{" in block:
        for url in urls_in(block):
            if url not in seen:
                yield SheetUrl(url, "css url", "", "", loads_in, is_detector)


def _imports(text: str, media: Media) -> Iterator[SheetUrl]:
    match = _IMPORT.match(text)
    if not match:
        return
    url = match[3] if match[3] is not None else (match[1] or match[2]).strip("\"'")
    condition = re.sub(r"^\s*(?:layer(?:\([^)]*\))?)?\s*(?:supports\([^)]*\))?", "", match[4])
    is_print = "print" in (media, parse_media(condition))
    url = decode(url).strip()
    if url:
        yield SheetUrl(url, "css import", "", "", "print" if is_print else "all", is_print)
