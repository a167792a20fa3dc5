"""The page of definitions: each with its source, a message that it counts and one that it does not.

The mails are ours. What is said of them is what the library says, when the page is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.run import extract
from pixelstudy.measure.definitions import DEFINITIONS, GROUPS, HEADLINE, find_definition, has_pixel
from pixelstudy.tables import MESSAGES, RESOURCES

__all__ = ["definitions_page"]

_TOKEN = "8f14e45fceea167a5a36dedd4bea2543"  # what a sender would write for one recipient
_HTML = {
    "a picture that comes with the message": '<img src="cid:tea.jpg" width="600" height="300">',
    "a picture": '<img src="https://tea.example/tea.jpg" width="600" height="300">',
    "a picture without a size": '<img src="https://tea.example/tea.jpg">',
    "a picture of your own": f'<img src="https://tea.example/tea.jpg?subscriber={_TOKEN}" width="600" height="300">',
    "your address in a picture": '<img src="https://tea.example/a.jpg?to=jane@example.org" width="600" height="300">',
    "a spy pixel": f'<img src="https://tea.example/a.gif?r={_TOKEN}" width="1" height="1">',
    "a pixel that only counts": '<img src="https://tea.example/a.gif" width="1" height="1">',
    "a pixel called spacer": f'<img src="https://tea.example/spacer.gif?r={_TOKEN}" width="1" height="1">',
    "a pixel of 600 by 1": f'<img src="https://tea.example/a.gif?r={_TOKEN}" width="600" height="1">',
    "a pixel of 2 by 2": f'<img src="https://tea.example/a.gif?r={_TOKEN}" width="2" height="2">',
    "a pixel in a style": f'<img src="https://tea.example/a.gif?r={_TOKEN}" style="width:1px; height:1px">',
    "a pixel hidden by a style": f'<img src="https://tea.example/a.gif?r={_TOKEN}" style="display:none">',
    "a pixel in a background": f'<table background="https://tea.example/?r={_TOKEN}" width="1" height="1"></table>',
    "a pixel of a known service": '<img src="https://bl-1.com/EXAMPLE0123456789.gif" width="3" height="3">',
    "a pixel that is new in each of three messages": '<img src="https://tea.example/NEW.gif" width="1" height="1">',
}
"""What the HTML of each message holds."""

_NEW = "NEW"
"""What another mail of the same sender has another token for; such an example is three messages."""


@dataclass(frozen=True, slots=True)
class _Example:
    """A message, and what the library says about it."""

    text: str
    counted: pd.Series[bool]
    """Whether each definition counts it, by the name of the definition."""

    verdict: str
    """The study's verdict on what it would load, with the reason."""


def definitions_page() -> str:
    """Return the page as Markdown."""
    examples = _examples()
    names = list(examples)
    counted = pd.DataFrame([one.counted for one in examples.values()], index=names)
    lines = [
        "# The definitions, one by one",
        "",
        "A definition says which messages *have a spy pixel*. Other people's rules are rebuilt from what they publish, "
        "as literally as the tables allow. Below each are two messages of ours, one that it counts and one that it "
        "does not, with the study's own verdict. The study's headline uses "
        f"[{find_definition(HEADLINE).short}](#{HEADLINE}).",
    ]
    for definition in DEFINITIONS:
        lines += [
            f"\n({definition.name})=\n## {definition.short}\n",
            f"{definition.title[0].upper()}{definition.title[1:]}.\n",
            f"Source: {definition.source} ({GROUPS[definition.group]}). In code: `{definition.name}`.",
        ]
        for answer, is_counted in (("It counts", True), ("It does not count", False)):
            told = counted[definition.name] == is_counted
            name = (counted[told] == is_counted).sum(axis="columns").idxmin()  # on which most others disagree
            example = examples[str(name)]
            lines += [
                f"\n{answer} {name}:\n",
                f"```text\n{example.text}\n```",
                f"\nThe study's verdict: {example.verdict}",
            ]
    lines += ["\n## All of them side by side\n", "How many of the definitions count each of these messages:\n"]
    return "\n".join([*lines, *_table(counted)]) + "\n"


def _examples() -> dict[str, _Example]:
    """Return each example by its name, read as any mailbox is."""
    mails = {name: _mails(number, html) for number, (name, html) in enumerate(_HTML.items())}
    with TemporaryDirectory() as folder:
        for number, parts in enumerate(mails.values()):
            for part, text in enumerate(parts):
                path = Path(folder, "mail", f"{number}-{part}.eml")
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
        extract([path.parent], Path(folder, "tables"), jobs=1)
        messages, resources = (read_table(table, Path(folder, "tables")) for table in (MESSAGES, RESOURCES))
    found = {}
    for number, (name, parts) in enumerate(mails.items()):
        mail = messages[messages["origin"].str.fullmatch(rf"(?:.*/)?{number}-{len(parts) - 1}\.eml")]
        loaded = resources[resources["message_key"].isin(mail["message_key"])].to_dict("records")
        counted = {one.name: has_pixel(mail, resources, one).item() for one in DEFINITIONS}
        verdicts = [f"*{one['verdict'].replace('_', ' ')}*. {one['reason']}" for one in loaded]
        found[name] = _Example(parts[-1], pd.Series(counted), *(verdicts or ["nothing is loaded."]))
    return found


def _mails(number: int, html: str) -> list[str]:
    """Return the messages of one example, the one to show last; every example has a sender of its own."""
    tokens = [_TOKEN[7:] + _TOKEN[:7], _TOKEN[::-1], _TOKEN] if _NEW in html else [_TOKEN]
    return [
        f"From: news@tea{number}.example\nTo: jane@example.org\nDate: {17 + day} Apr 2026 08:30:00 +0000\n"
        f"Message-ID: <{day}@tea{number}.example>\nContent-Type: text/html\n\n"
        + html.replace("tea.example", f"tea{number}.example").replace(_NEW, token)
        for day, token in enumerate(tokens)
    ]


def _table(counted: pd.DataFrame) -> Iterator[str]:
    """Yield the lines of a table: one row an example, one column a group of definitions."""
    yield "| a message with | " + " | ".join(GROUPS.values()) + " |"
    yield "|---|" + "---|" * len(GROUPS)
    for name, row in counted.iterrows():
        of_groups = [[row[one.name] for one in DEFINITIONS if one.group == group] for group in GROUPS]
        yield f"| {name} | " + " | ".join(f"{sum(told)} of {len(told)}" for told in of_groups) + " |"
