"""The study that the notebooks are about: the released corpora, or a mailbox of the reader's own.

Every notebook starts with :func:`open_study` and ends with :meth:`Study.record`. A private mailbox is extracted on
first use and kept under ``data/private/``, which git ignores; so are all results on it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_table, read_tables
from pixelstudy.measure.denominators import MEASURED, chosen_populations, in_words
from pixelstudy.reporting.text import formula_safe
from pixelstudy.storage.home import project_folder
from pixelstudy.storage.places import is_address, place
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Study", "choose_study", "open_study"]

_CHOICE = "choice.json"
_RELEASED = "released"


WORDS = ("carrier", "loads_in", "party", "vendor", "vendor_kind", "vendor_confidence", "verdict")
"""Columns of few and short words, that notebooks put others in the place of."""


@dataclass(frozen=True)
class Study:
    """The tables that a study is made of, and where its results go."""

    name: str
    """``released``, or the name of the mailbox."""

    tables: tuple[tuple[str, Path], ...]
    """A corpus name and the folder of its tables, each."""

    results: Path
    """Where findings, tables and figures go."""

    is_private: bool
    """Whether it is about a mailbox of the reader's."""

    populations: tuple[str, ...] = MEASURED
    """Which of its messages are measured."""

    @property
    def what(self) -> str:
        """What is measured, to stand behind ``messages``: ``received``."""
        return in_words(self.populations)

    @cached_property
    def messages(self) -> pd.DataFrame:
        """Every message, with its ``corpus`` and ``part`` of it (one archive of several)."""
        frames = []
        for corpus, folder in self.tables:
            frame = read_table(MESSAGES, folder)
            part = frame["origin"].str.extract(r"^([\w-]+)\.(?:tar|mbox|zip)", expand=False)
            frames.append(frame.assign(corpus=corpus, part=part.fillna(corpus)))
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def is_solicited(self) -> pd.Series[bool]:
        """Whether each message is measured: received; or of a corpus whose publishers signed up for all of it.

        What a provider calls spam is not what the reader did not ask for: a good part of the solicited Markup
        newsletters carries Gmail's Spam label.
        """
        from pixelstudy.corpora.catalogue import corpora

        signed_up = {corpus.name for corpus in corpora() if all(one.solicited for one in corpus.sets)}
        is_signed_up = self.messages["corpus"].isin(signed_up) & (not self.is_private)
        return self.messages["population"].isin(self.populations) | is_signed_up

    @cached_property
    def resources(self) -> pd.DataFrame:
        """Every remote resource of those messages, with its ``corpus``; of what leaves the machine no more.

        Most text is categorical, so that what ten million rows repeat is kept once: all but :data:`WORDS`.
        """
        return read_tables(RESOURCES.released(), self.tables, named="corpus", plain=WORDS)

    @cached_property
    def skipped(self) -> pd.DataFrame:
        """Everything that was read and became no message."""
        frames = [read_table(SKIPPED, folder).assign(corpus=corpus) for corpus, folder in self.tables]
        return pd.concat(frames, ignore_index=True)

    def record(self, notebook: str, **findings: Any) -> None:
        """Write `findings` into ``findings.json`` under the name of the notebook, in place of what stood there."""
        path = self.results / "findings.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        known[notebook] = _plain(findings)
        _write(path, json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + "\n")

    def save_table(self, name: str, data: pd.DataFrame) -> Path:
        """Write `data` as CSV that a spreadsheet reads as text and numbers, never as formulas; return its path."""
        path = self.results / "tables" / f"{name}.csv"
        safe = data.copy()
        for column in safe.columns:
            if not pd.api.types.is_numeric_dtype(safe[column]):
                safe[column] = safe[column].astype("object").map(formula_safe, na_action="ignore")
        _write(path, safe.to_csv(index=False, float_format="%.4f", lineterminator="\n"))
        return path

    def save_figure(self, name: str, figure: Figure, *, alt: str, data: pd.DataFrame) -> Path:
        """Write `figure` as PNG and SVG, its alt text, and its data as CSV; return the PNG's path."""
        from pixelstudy.figures.page import write_figure

        folder = self.results / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        for suffix in (".png", ".svg"):
            write_figure(figure, folder / f"{name}{suffix}", alt=alt)
        _write(folder / f"{name}.txt", alt + "\n")
        self.save_table(f"figure-{name}", data)
        return folder / f"{name}.png"


def open_study(
    choice: str | os.PathLike[str] | None = None, *, progress: bool = True, populations: Sequence[str] | None = None
) -> Study:
    """Return a study.

    Parameters
    ----------
    choice
        The path of a mailbox; or ``released`` for the public corpora; or nothing, for what ``PIXELSTUDY_STUDY``
        says, else what was chosen last (:func:`choose_study`), else the public corpora.
    progress
        Whether to show a bar while a mailbox is read for the first time; with ``PIXELSTUDY_HEADLESS`` set never.
    populations
        What is measured of a mailbox; or nothing, for what ``PIXELSTUDY_POPULATION`` says (``spam,trash``), else what
        was received. Results on others go into folders of their own.

    Raises
    ------
    UserError
        When the mailbox can't be opened, or the released tables are missing.
    """
    home = project_folder()
    progress = progress and not os.environ.get("PIXELSTUDY_HEADLESS")
    chosen = str(choice or os.environ.get("PIXELSTUDY_STUDY") or _last_choice(home) or _RELEASED)
    if chosen == _RELEASED:
        return _released(home)
    if is_address(chosen):
        raise UserError(f"{place(chosen)} is no path of this machine, where the notebooks read: copy the mailbox here")
    asked = populations or os.environ.get("PIXELSTUDY_POPULATION", "").split(",")
    return _private(home, Path(chosen).expanduser(), progress=progress, populations=chosen_populations(asked))


def choose_study(choice: str | os.PathLike[str] | None) -> None:
    """Remember `choice` for every notebook that is given none; nothing, or ``released``, is the public corpora."""
    path = project_folder() / "data" / "private" / _CHOICE
    if choice is None or str(choice) == _RELEASED:
        path.unlink(missing_ok=True)
    else:
        _write(path, json.dumps({"mailbox": str(Path(choice).expanduser().resolve())}) + "\n")


def _last_choice(home: Path) -> str | None:
    try:
        return str(json.loads((home / "data" / "private" / _CHOICE).read_text(encoding="utf-8"))["mailbox"])
    except (OSError, ValueError, KeyError):
        return None


def _released(home: Path) -> Study:
    folder = home / "data" / "corpora"
    tables = tuple((path.name, path) for path in sorted(folder.iterdir()) if path.is_dir()) if folder.is_dir() else ()
    if not tables:
        raise UserError(f"{folder} holds no released tables; clone the project whole, or name a mailbox")
    return Study(_RELEASED, tables, home / "data" / "results", is_private=False)


def _private(home: Path, mailbox: Path, *, progress: bool, populations: tuple[str, ...]) -> Study:
    from pixelstudy.extraction.progress import byte_bar
    from pixelstudy.extraction.run import extract
    from pixelstudy.mail.boxes.mailbox import open_mailbox

    _refuse_tracked_notebooks(home)
    found = open_mailbox(mailbox)
    name = re.sub(r"[^\w.-]+", "-", mailbox.resolve().name).strip("-.") or "mailbox"
    where = hashlib.sha256(str(mailbox.resolve()).encode()).hexdigest()[:8]
    folder = home / "data" / "private" / f"{name}-{where}"
    try:
        with byte_bar(found.size_bytes, f"reading {name}", show=progress) as report:
            extract([mailbox], folder / "tables", progress=report)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("stopped; the same cell goes on where it was") from None
    results = folder / ("results" if populations == MEASURED else f"results-{'-'.join(populations)}")
    return Study(name, ((name, folder / "tables"),), results, is_private=True, populations=populations)


def _refuse_tracked_notebooks(home: Path) -> None:
    """Refuse private mail in a notebook that git tracks, whose outputs could be published by mistake."""
    is_run_by_hand = "ipykernel" in sys.modules and not os.environ.get("PIXELSTUDY_HEADLESS")
    if is_run_by_hand and Path.cwd() == (home / "notebooks").resolve():
        raise UserError(
            "this notebook is one that git tracks, so it shows no mail of yours: open its copy in data/private/lab/ "
            "with make lab, or pixelstudy lab"
        )


def _plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: numbers rounded to 4 places, missing and endless ones null."""
    if hasattr(value, "as_dict"):
        return _plain(value.as_dict())
    if isinstance(value, (pd.Series, Mapping)):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, str):
        return value
    if isinstance(value, (np.ndarray, pd.Index, Sequence)):
        return [_plain(each) for each in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if pd.isna(value):
        return None
    if isinstance(value, Integral):
        return int(value)
    if not isinstance(value, Real):
        return str(value)
    number = float(value)
    return None if not math.isfinite(number) else int(number) if number.is_integer() else round(number, 4)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
