"""Find the vendor of an address by the rules of ``vendors.csv``: by its host, or else by the shape of its path.

Only the host proves a vendor. A path can only look like a vendor's, and such a rule has the confidence ``shape``. The
rules come from published lists, vendors' documentation and the public corpora, and each row names its source. Published
patterns that were broken, dead or too broad were fixed or left out.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

import ahocorasick

__all__ = ["ROLES", "VendorRule", "find_vendor", "required_literal", "shape_literals", "vendor_table"]

Role = Literal["open", "drawn", "count", "host"]
Confidence = Literal["host", "header", "shape"]

ROLES: Mapping[Role, str] = {
    "open": "the endpoint exists to report one recipient's opening",
    "drawn": "the endpoint draws pictures for each reader when the mail is opened",
    "count": "the endpoint counts for all alike",
    "host": "the vendor's host, which serves images too: what it is for must be proved by something else",
}

_RANK = {role: rank for rank, role in enumerate(ROLES)}


@dataclass(frozen=True, slots=True)
class VendorRule:
    """One row of ``vendors.csv``: an endpoint, and the company that runs it."""

    vendor: str
    """The company or product, by its usual name."""

    home: str
    """The main domain of the company."""

    kind: str
    """What the company does, one of :data:`pixelstudy.tables.VENDOR_KINDS`."""

    role: Role
    """What the endpoint is for, one of :data:`ROLES`."""

    host: str
    """The domain that it matches, including subdomains; `*` matches a run of ``[a-z0-9-]``; empty for any host."""

    path: str
    """A regular expression that path and query must start with; empty for any."""

    recipient: str
    """The recipient part: a regular expression to search path and query for; ``always`` if every address
    of the endpoint has one; ``none`` if no address has one; empty if any token will do."""

    confidence: Confidence
    """``host`` if the host is the vendor's own, ``shape`` if the path alone looks like the vendor's."""

    example: str
    """An address with a made-up token that matches the rule."""

    source: str
    """Where the rule comes from: published lists, `corpora`, `vendor documentation`; separated by `; `."""

    first_year: int | None
    """The first year in which it occurs in the public corpora."""

    last_year: int | None
    """The last year in which it occurs there."""

    note: str
    """What a reader should know about the rule."""

    def finds_recipient(self, path: str, *, has_token: bool) -> bool:
        """Return whether `path` has a recipient part.

        Parameters
        ----------
        path
            Path and query, without placeholders, of an address that matches the rule.
        has_token
            Whether a part of the address could number recipients; it decides if the rule does not say what to look for.

        Examples
        --------
        >>> rule = find_vendor("example.us2.list-manage.com", "/track/open.php?u=0&id=1")
        >>> [rule.finds_recipient(f"/track/open.php?u=0&id=1{e}", has_token=True) for e in ("&e=6496a8003f", "")]
        [True, False]
        """
        if self.recipient in {"", "always", "none"}:
            return has_token if not self.recipient else self.recipient == "always"
        return _compiled(self.recipient).search(path) is not None


_Candidate = tuple[Callable[[str], object] | None, VendorRule]


def find_vendor(host: str, path: str, *, may_be_shape: bool = True, without: str = "") -> VendorRule | None:
    """Return the rule that an address matches; nothing if there is none.

    The rule with the most specific host wins; among those, one that also requires a path; then by role, in the order of
    :data:`ROLES`. If no rule with a host matches, the first shape rule that does wins.

    Parameters
    ----------
    host
        The host, lower case ASCII, without a trailing dot or port.
    path
        Path and query, from the first slash, as a browser would send them.
    may_be_shape
        Whether the path contains a literal of :func:`shape_literals`, ignoring case.
    without
        A source: rules known from it alone are passed over, to measure what depends on them.

    Examples
    --------
    >>> rule = find_vendor("example.us2.list-manage.com", "/track/open.php?u=EXAMPLE&id=0123")
    >>> rule.vendor, rule.role, rule.confidence
    ('Mailchimp', 'open', 'host')
    >>> find_vendor("news.example.org", "/wf/open?upn=EXAMPLE").confidence
    'shape'
    >>> find_vendor("cdn.example.org", "/logo.png")
    """
    for matches, rule in _candidates(host):
        if (matches is None or matches(path)) and rule.source != without:
            return rule
    return _find_shape(path, without) if may_be_shape else None


def shape_literals() -> Iterable[str]:
    """Return literals; any path that a host-less rule matches contains at least one."""
    return list(_shape_rules()[0].keys())


@cache
def vendor_table() -> tuple[VendorRule, ...]:
    """Return every rule, in the order of the file."""
    text = files(__package__).joinpath("vendors.csv").read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines())
    names = [field.name for field in fields(VendorRule)]
    if reader.fieldnames != names:
        raise ValueError(f"vendors.csv has the columns {reader.fieldnames}, not {names}")
    return tuple(_rule(row) for row in reader)


def _rule(row: dict[str, str]) -> VendorRule:
    years = {name: int(row[name]) if row[name] else None for name in ("first_year", "last_year")}
    return VendorRule(**{**row, **years})  # type: ignore[arg-type]


@lru_cache(maxsize=16_384)
def _candidates(host: str) -> tuple[_Candidate, ...]:
    """Return the rules for a host, the preferred ones first, each with a function that tests the path."""
    exact, wild = _host_rules()
    labels = host.split(".")
    found = [rule for i in range(len(labels)) for rule in exact.get(".".join(labels[i:]), ())]
    found += [rule for start, pattern, rule in wild if start in host and _compiled(pattern).match(host)]
    found.sort(key=lambda r: (-r.host.count("."), r.host.count("*"), -len(r.host), not r.path, _RANK[r.role]))
    return tuple((_compiled(rule.path).match if rule.path else None, rule) for rule in found)


@cache
def _host_rules() -> tuple[Mapping[str, Sequence[VendorRule]], Sequence[tuple[str, str, VendorRule]]]:
    """Return the rules by host, and separately those with a `*` in the host, with the text before it and a pattern."""
    exact: dict[str, list[VendorRule]] = {}
    wild: list[tuple[str, str, VendorRule]] = []
    for rule in vendor_table():
        if "*" in rule.host:
            labels = re.escape(rule.host).replace(r"\*", "[a-z0-9-]*")
            wild.append((rule.host.partition("*")[0], rf"(?:.*\.)?{labels}$", rule))
        elif rule.host:
            exact.setdefault(rule.host, []).append(rule)
    return exact, wild


def _find_shape(path: str, without: str) -> VendorRule | None:
    automaton, shapes = _shape_rules()
    found: list[int] = [index for _, indexes in automaton.iter(path) for index in indexes]
    for index in sorted(set(found)) if found else ():
        rule = shapes[index]
        if rule.source != without and _compiled(rule.path).match(path):
            return rule
    return None


@cache
def _shape_rules() -> tuple[ahocorasick.Automaton, Sequence[VendorRule]]:
    """Return an automaton that finds the rules whose literal is in a path, and all shape rules."""
    shapes = [rule for rule in vendor_table() if not rule.host]
    by_literal: dict[str, tuple[int, ...]] = {}
    for index, rule in enumerate(shapes):
        literal = required_literal(rule.path)
        if not literal:
            raise ValueError(f"vendors.csv: {rule.path!r} has no literal that every matching path contains")
        by_literal[literal] = (*by_literal.get(literal, ()), index)
    automaton = ahocorasick.Automaton()
    for literal, indexes in by_literal.items():
        automaton.add_word(literal, indexes)
    automaton.make_automaton()
    return automaton, shapes


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return the compiled pattern; compiled on first use, since most patterns are never tried."""
    return re.compile(pattern)


_TOKEN = re.compile(
    r"(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<escape>\\.)|(?P<open>\((?:\?[a-zA-Z:=!<]+:?)?)|(?P<close>\))"
    r"|(?P<repeat>[*+?]\??|\{\d*,?\d*\}\??)|(?P<other>.)",
    re.DOTALL,
)


def required_literal(pattern: str) -> str:
    r"""Return the longest literal that every match of a regular expression contains; empty if there is none.

    Groups, classes, escapes and repeats are understood, which is what published patterns use. Text in groups is
    ignored, and with alternatives at the top level the result is empty.

    Examples
    --------
    >>> required_literal(r"/wf/open\?upn=[\w-]+")
    '/wf/open?upn='
    >>> required_literal(r"(?:a|b)c?def+")
    'de'
    """
    runs = [""]
    depth = 0
    for token in _TOKEN.finditer(pattern):
        kind, text = token.lastgroup, token.group()
        if kind == "open":
            depth += 1
            runs.append("")
        elif kind == "close":
            depth -= 1
            runs.append("")
        elif depth:
            continue
        elif kind == "repeat":
            runs[-1] = runs[-1][:-1]
            runs.append("")
        elif kind == "escape" and not text[1].isalnum():
            runs[-1] += text[1]
        elif kind == "other" and text == "|":
            return ""
        elif kind == "other" and text not in ".^$":
            runs[-1] += text
        else:
            runs.append("")
    return max(runs, key=len)
