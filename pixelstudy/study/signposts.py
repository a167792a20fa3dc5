"""Whose mail a notebook is about, and where to go from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from pixelstudy.measure.answers import counted
from pixelstudy.measure.denominators import in_words
from pixelstudy.storage.home import released_folder
from pixelstudy.study.choice import Choice

__all__ = [
    "Prose",
    "all_notebooks",
    "downloads",
    "extent",
    "link",
    "notebook_paths",
    "only_elsewhere",
    "onward",
    "read_on",
    "report_link",
]


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown that a notebook shows as the end of a cell."""

    text: str
    """The Markdown."""

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def link(text: str, path: Path) -> str:
    """Return a link in Markdown that leads from the current folder to `path`."""
    return f"[{text}]({quote(Path(os.path.relpath(path)).as_posix())})"


def extent(measured: pd.DataFrame, what: str) -> str:
    """Return how many messages are measured, in words, and from which years."""
    years = measured["year"].dropna()
    span = dict.fromkeys([int(years.min()), int(years.max())]) if len(years) else {}
    return ", ".join(filter(None, [f"{counted(len(measured), 'message')} {what}", " to ".join(map(str, span))]))


def only_elsewhere(messages: pd.DataFrame, is_measured: pd.Series[bool], what: str) -> str:
    """Return a sentence if there is mail but none of it is measured; else nothing."""
    counts = messages["population"].value_counts()
    if is_measured.any() or counts.empty:
        return ""
    n, most = int(counts.iloc[0]), in_words([str(counts.index[0])])
    return f"None of {counted(len(messages), 'message')} is {what}, and {n:,} {'is' if n == 1 else 'are'} {most}."


def onward(choice: Choice | None, notebook: str) -> Prose:
    """Return where to go from a notebook: the next one, and the report of one's own mailbox."""
    names = _names()
    following = names[names.index(notebook) + 1 :] if notebook in names else []
    ways = [f"Next: {_named(name, choice)}" for name in following[:1]] or ["This was the last notebook."]
    return Prose(" · ".join([*ways, *report_link(choice)]))


def downloads(name: str, results: Path) -> Prose:
    """Return links to a saved figure and its data."""
    files = {"PNG": f"figures/{name}.png", "SVG": f"figures/{name}.svg", "data": f"tables/figure-{name}.csv"}
    return Prose(" · ".join(link(text, results / path) for text, path in files.items()))


def all_notebooks(choice: Choice | None) -> str:
    """Return links to every notebook of a study."""
    return " · ".join(_named(name, choice) for name in _names())


def report_link(choice: Choice | None) -> list[str]:
    """Return a link to the report of one's own mailbox; nothing for the public mail."""
    return [link("your report", choice.report())] if choice and choice.is_private else []


def _names() -> list[str]:
    return [path.stem for path in notebook_paths(released_folder())]


def _named(name: str, choice: Choice | None) -> str:
    number, words = name.split("-", 1)
    folder = choice.notebooks if choice else Path()
    return link(f"{number} {words.replace('-', ' ')}", folder / f"{name}.ipynb")


def read_on(tables: Path) -> str:
    """Return the day on which the tables in a folder were written."""
    return f"{datetime.fromtimestamp((tables / 'messages.parquet').stat().st_mtime, tz=UTC):%Y-%m-%d}"


def notebook_paths(home: Path) -> list[Path]:
    """Return the notebooks in ``notebooks/`` of `home`, in their order."""
    return sorted(home.joinpath("notebooks").glob("[0-9][0-9]-*.ipynb"))
