"""One page to look through a mailbox: its senders and its messages, to filter, sort and open."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pixelstudy.measure.answers import counted
from pixelstudy.reporting.text import printable
from pixelstudy.storage.places import whole_file
from pixelstudy.study.signposts import extent
from pixelstudy.study.study import Study

__all__ = ["MOST", "explore_html", "write_explorer"]

MOST = 2000
"""How many messages are listed at most: the newest of those that load something."""

_SCRIPT = """
for (const table of document.querySelectorAll("table")) {
  const rows = () => [...table.tBodies[0].rows], key = (row, i) => row.cells[i].dataset.key ?? row.cells[i].innerText;
  table.previousElementSibling.querySelector("input").addEventListener("input", event => {
    const words = event.target.value.toLowerCase().split(/\\s+/);
    for (const row of rows()) row.hidden = !words.every(word => row.textContent.toLowerCase().includes(word));
  });
  [...table.tHead.rows[0].cells].forEach((head, i) => head.querySelector("button").addEventListener("click", () => {
    const turn = head.ariaSort === "ascending" ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.ariaSort = "none";
    head.ariaSort = turn === 1 ? "ascending" : "descending";
    const sorted = rows().sort((a, b) => turn * key(a, i).localeCompare(key(b, i), undefined, {numeric: true}));
    table.tBodies[0].append(...sorted);
  }));
}
"""
_STYLE = """
:root { color-scheme: light dark } body { font: 1rem/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 70rem;
padding: 0 1rem } table { border-collapse: collapse; display: block; overflow-x: auto } th, td { padding: .3rem .6rem;
text-align: left; vertical-align: top; border-bottom: 1px solid #8886; overflow-wrap: anywhere } input { font: inherit;
width: 100%; max-width: 30rem; padding: .3rem } button { font: inherit; font-weight: bold; background: none; border: 0;
padding: 0; color: inherit; cursor: pointer } [aria-sort=ascending] button::after { content: " ▲" }
[aria-sort=descending] button::after { content: " ▼" } li { margin: .3rem 0 }
"""


def write_explorer(study: Study, out: Path) -> Path:
    """Write the page of :func:`explore_html` to `out`, whole or not at all; return its path."""
    text = explore_html(study)
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(out) as file:
        file.write(text.encode())
    return out


def explore_html(study: Study) -> str:
    """Return a page with two tables, of senders and of messages, each to filter by words and to sort by a column.

    A message opens to every resource that it would load, with its verdict and the reason. The page loads nothing and
    runs no script but its own, whatever is written in a mail: its content security policy forbids the rest.
    """
    messages = study.messages[study.is_solicited]
    has = study.has_pixel(messages)
    loading = messages[messages["n_resources"] > 0].sort_values("sent_at", ascending=False)
    resources = study.resources
    chosen = resources[resources["message_key"].isin(loading["message_key"].head(MOST))]
    parts = chosen.groupby("message_key", observed=True)
    listed = [(row, parts.get_group(row["message_key"])) for row in loading.head(MOST).to_dict("records")]
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    cut = f"The newest {MOST:,} of {len(loading):,} are listed." if len(loading) > MOST else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<title>Explore {_text(study.name)}</title><style>{_STYLE}</style></head>
<body><main><h1>Explore {_text(study.name)}</h1>
<p>{extent(messages, study.what)}. Nothing here is loaded from anywhere. The page names who writes to you.</p>
<h2 id="senders">Senders</h2>
{_table("senders", ["sender", "messages", "with a spy pixel", "first", "last"], _senders(messages, has))}
<h2 id="messages">Messages that load something</h2>
<p>{cut} Open one to see what it would load, and why it was judged so.</p>
{_table("messages", ["sent", "sender", "spy pixels", "what it would load"], (_message(*one) for one in listed))}
</main><script>{_SCRIPT}</script></body></html>
"""


def _table(name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th aria-sort="none" scope="col"><button>{one}</button></th>' for one in heads)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    label = f'<p><label>Show {name} with these words: <input type="search"></label></p>'
    return f"{label}<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _senders(messages: pd.DataFrame, has: pd.Series[bool]) -> Iterable[Sequence[str]]:
    found = messages.assign(has=has, sender=messages["sender_site"].fillna("no sender"))
    columns = {"n": ("has", "size"), "n_with": ("has", "sum"), "first": ("sent_at", "min"), "last": ("sent_at", "max")}
    found = found.groupby("sender").agg(**columns)
    for sender, row in found.sort_values(["n_with", "n"], ascending=False).iterrows():
        yield _text(sender), str(row["n"]), str(row["n_with"]), _day(row["first"]), _day(row["last"])


def _message(message: dict[Any, Any], resources: pd.DataFrame) -> Sequence[str]:
    items = "".join(
        f"<li><strong>{_text(str(row['verdict']).replace('_', ' '))}</strong>, {_text(row['carrier'])} from "
        f"{_text(row['host'])}: {_text(row['reason'])}</li>"
        for row in resources.to_dict("records")
    )
    opened = f"<details><summary>{counted(len(resources), 'resource')}</summary><ol>{items}</ol></details>"
    return _day(message["sent_at"]), _text(message["sender_site"]), str(message["n_spy_pixel"]), opened


def _day(at: Any) -> str:
    return "" if pd.isna(at) else f"{at:%Y-%m-%d}"


def _text(value: Any) -> str:
    return "" if pd.isna(value) else html.escape(printable(str(value)))
