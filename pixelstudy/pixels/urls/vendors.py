"""Whose endpoint an address is: the rules of ``vendors.csv``, found by host, else by the shape of the path.

A vendor needs its host. A path alone only looks like a vendor, which the rule says by its confidence
(``shape``). The rules were drawn from published lists, vendors' documentation and the public corpora, and
each row names which; broken, dead and over-broad published patterns were mended or left out.
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

_RANK: Mapping[Role, int] = {"open": 0, "drawn": 1, "count": 2, "host": 3}


@dataclass(frozen=True, slots=True)
class VendorRule:
    """One row of ``vendors.csv``: an endpoint, and who runs it."""

    vendor: str
    """The company or product, as the field writes it."""

    home: str
    """Its main domain."""

    kind: str
    """What it does, one of :data:`pixelstudy.tables.VENDOR_KINDS`."""

    role: Role
    """What the endpoint is for, one of :data:`ROLES`."""

    host: str
    """The domain it matches, with its subdomains; `*` is a run of ``[a-z0-9-]``; empty for any host."""

    path: str
    """A regular expression that path and query must begin with; empty for any."""

    recipient: str
    """Where the recipient's part is: a regular expression to search path and query for; ``always`` where the endpoint
    is called with one alone; ``none`` where it never is; empty where any token will do."""

    confidence: Confidence
    """host when the host is the vendor's own, shape when the path alone looks like it."""

    example: str
    """An address with a made-up token that this rule is found for."""

    source: str
    """Where the rule is known from: published lists, `corpora`, `vendor documentation`; `; ` between."""

    first_year: int | None
    """The first year it is seen in the public corpora."""

    last_year: int | None
    """The last year it is seen there."""

    note: str
    """What a reader should know about it."""

    def finds_recipient(self, path: str, *, has_token: bool) -> bool:
        """Return whether `path` (and query, without placeholders) holds the recipient's part.

        Parameters
        ----------
        path
            Path and query of an address that the rule is found for.
        has_token
            Whether some part of the address could number recipients, which is asked where the rule knows no better.

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


def find_vendor(host: str, path: str, *, may_be_shape: bool = True) -> VendorRule | None:
    """Return the rule an address falls under, or nothing.

    The rule with the most specific host wins; then one that also asks for a path; then open before count
    before host. Where no host rule fits, the first shape rule that does.

    Parameters
    ----------
    host
        Lower case ASCII, without a trailing dot or port.
    path
        Path and query, from the first slash, as a browser would send them.
    may_be_shape
        Whether a text of :func:`shape_literals` stands in the path, case aside.

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
        if matches is None or matches(path):
            return rule
    return _find_shape(path) if may_be_shape else None


def shape_literals() -> Iterable[str]:
    """Return texts of which one stands in every path that a rule without a host is found for."""
    return list(_shape_rules()[0].keys())


@cache
def vendor_table() -> tuple[VendorRule, ...]:
    """Return every rule, in the order of the file (a data frame takes it as it is)."""
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
    """Return the rules for a host, the one to prefer first, each with the test of its path."""
    exact, wild = _host_rules()
    labels = host.split(".")
    found = [rule for i in range(len(labels)) for rule in exact.get(".".join(labels[i:]), ())]
    found += [rule for start, pattern, rule in wild if start in host and _compiled(pattern).match(host)]
    found.sort(key=lambda r: (-r.host.count("."), r.host.count("*"), -len(r.host), not r.path, _RANK[r.role]))
    return tuple((_compiled(rule.path).match if rule.path else None, rule) for rule in found)


@cache
def _host_rules() -> tuple[Mapping[str, Sequence[VendorRule]], Sequence[tuple[str, str, VendorRule]]]:
    """Return the rules by their host, and apart those with a `*` in it, with the text before that and a pattern."""
    exact: dict[str, list[VendorRule]] = {}
    wild: list[tuple[str, str, VendorRule]] = []
    for rule in vendor_table():
        if "*" in rule.host:
            labels = re.escape(rule.host).replace(r"\*", "[a-z0-9-]*")
            wild.append((rule.host.partition("*")[0], rf"(?:.*\.)?{labels}$", rule))
        elif rule.host:
            exact.setdefault(rule.host, []).append(rule)
    return exact, wild


def _find_shape(path: str) -> VendorRule | None:
    automaton, shapes = _shape_rules()
    found: list[int] = [index for _, indexes in automaton.iter(path) for index in indexes]
    for index in sorted(set(found)) if found else ():
        rule = shapes[index]
        if _compiled(rule.path).match(path):
            return rule
    return None


@cache
def _shape_rules() -> tuple[ahocorasick.Automaton, Sequence[VendorRule]]:
    """Return the shape rules, and an automaton that finds those whose literal stands in a path."""
    shapes = [rule for rule in vendor_table() if not rule.host]
    by_literal: dict[str, tuple[int, ...]] = {}
    for index, rule in enumerate(shapes):
        literal = required_literal(rule.path)
        if not literal:
            raise ValueError(f"vendors.csv: {rule.path!r} has no text that must stand in the path")
        by_literal[literal] = (*by_literal.get(literal, ()), index)
    automaton = ahocorasick.Automaton()
    for literal, indexes in by_literal.items():
        automaton.add_word(literal, indexes)
    automaton.make_automaton()
    return automaton, shapes


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern compiled, when it is first tried: most never are."""
    return re.compile(pattern)


_TOKEN = re.compile(
    r"(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<escape>\\.)|(?P<open>\((?:\?[a-zA-Z:=!<]+:?)?)|(?P<close>\))"
    r"|(?P<repeat>[*+?]\??|\{\d*,?\d*\}\??)|(?P<other>.)",
    re.DOTALL,
)


def required_literal(pattern: str) -> str:
    r"""Return the longest text that every match of a regular expression holds, or an empty one.

    It reads what published patterns use: groups, classes, escapes, repeats. Text in a group is passed over,
    and an alternative at the top leaves nothing certain.

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
