"""The study that the notebooks are about: the released corpora, or the reader's own mailbox.

Every notebook starts with :func:`open_study` and ends with :meth:`Study.record`. A private mailbox is extracted on
first use. Its tables and all results on it are kept under ``data/private/``, which git ignores.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_stacked, read_table
from pixelstudy.extraction.whose import sites_of, told_apart
from pixelstudy.measure.definitions import HEADLINE, find_definition, has_pixel
from pixelstudy.measure.denominators import MEASURED, chosen_populations, in_words
from pixelstudy.reporting.text import formula_safe
from pixelstudy.storage.home import project_folder, released_folder
from pixelstudy.storage.places import is_address, place, whole_file
from pixelstudy.study.choice import EVERYTHING, RELEASED, Choice, as_choice, last_choice
from pixelstudy.study.signposts import (
    Prose,
    all_notebooks,
    downloads,
    extent,
    only_elsewhere,
    onward,
    read_on,
    report_link,
)
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Study", "open_study", "read_tables"]

WORDS = ("carrier", "loads_in", "party", "vendor", "vendor_kind", "vendor_confidence", "verdict")
"""Columns of few and short words, which notebooks replace."""


@dataclass(frozen=True, repr=False)
class Study:
    """The tables of a study, and where its results go.

    Examples
    --------
    >>> import pixelstudy as ps
    >>> study = ps.open_study("released")
    >>> sorted(study.messages["corpus"].unique())
    ['csdmc2010', 'lists', 'markup', 'milter', 'phishing_pot', 'spamassassin', 'unspy']
    >>> study.resources["message_key"].isin(study.messages["message_key"]).all()
    np.True_
    """

    name: str
    """``released``, or the name of the mailbox."""

    tables: tuple[tuple[str, Path], ...]
    """The name of each corpus, and the folder of its tables."""

    results: Path
    """Where findings, tables and figures go."""

    is_private: bool
    """Whether it is about the reader's own mailbox."""

    populations: tuple[str, ...] = MEASURED
    """Which of its messages are measured."""

    choice: Choice | None = None
    """What was chosen to open it; None if it was made of tables alone."""

    def __repr__(self) -> str:
        said = extent(self.messages[self.is_solicited], self.what)
        if self.is_private:
            ((_, folder),) = self.tables
            said = f"**Your mailbox `{self.name}`**: {said}, read on {read_on(folder)}."
        else:
            said = f"**The public mail of this study**: {said}, from {len(self.tables)} corpora."
        ways = " · ".join([all_notebooks(self.choice), *report_link(self.choice)])
        hint = self.elsewhere and f"{self.elsewhere} Choose it in notebook 00, or add `--population` to the command."
        return "  \n".join(filter(None, [said, hint, ways]))

    def _repr_markdown_(self) -> str:
        return repr(self)

    @property
    def elsewhere(self) -> str:
        """A sentence if there is mail and none of it is measured, as when all of it is spam; else nothing."""
        return only_elsewhere(self.messages, self.is_solicited, self.what)

    @property
    def subject(self) -> str:
        """Whose mail it is, in words that go into a sentence: ``the public mail`` or ``your mailbox``."""
        return "your mailbox" if self.is_private else "the public mail"

    @property
    def what(self) -> str:
        """What is measured, in words that follow ``messages``: ``received``."""
        return in_words(self.populations)

    @cached_property
    def messages(self) -> pd.DataFrame:
        """Every message, with its ``corpus`` and the ``part`` of it that held the message (one archive of several).

        Its ``sender_site`` is who counts as the sender (:func:`~pixelstudy.extraction.whose.told_apart`): an address at
        hosts of free mail and of many offices.
        """
        frames = []
        for corpus, folder in self.tables:
            frame = read_table(MESSAGES, folder)
            part = frame["origin"].str.extract(r"^([\w-]+)\.(?:tar|mbox|zip)", expand=False)
            frames.append(frame.assign(corpus=corpus, part=part.fillna(corpus)))
        return told_apart(pd.concat(frames, ignore_index=True))

    @cached_property
    def is_solicited(self) -> pd.Series[bool]:
        """Whether each message is measured: it was received, or the publishers of its corpus signed up for all of it.

        A provider's spam label does not show that a reader never asked for a message: many of the Markup newsletters,
        which were all signed up for, carry Gmail's.
        """
        from pixelstudy.corpora.catalogue import corpora
        from pixelstudy.corpora.local import local_corpora

        signed_up = {corpus.name for corpus in corpora() if all(one.solicited for one in corpus.sets)}
        signed_up |= {corpus.name for corpus in local_corpora() if corpus.solicited}
        is_signed_up = self.messages["corpus"].isin(signed_up) & (not self.is_private)
        return self.messages["population"].isin(self.populations) | is_signed_up

    @cached_property
    def resources(self) -> pd.DataFrame:
        """Every remote resource of those messages, with its ``corpus``, in the columns that may be released.

        Text is categorical, so that ten million rows share each value, except in the columns of :data:`WORDS`.
        """
        return read_stacked(RESOURCES.released(), self.tables, named="corpus", plain=WORDS)

    @property
    def data(self) -> Path:
        """The folder of the study's own data: ``labels/`` and ``published.csv``."""
        return released_folder() / "data"

    @cached_property
    def skipped(self) -> pd.DataFrame:
        """Everything that was read and did not become a message."""
        frames = [read_table(SKIPPED, folder).assign(corpus=corpus) for corpus, folder in self.tables]
        return pd.concat(frames, ignore_index=True)

    def has_pixel(self, messages: pd.DataFrame, definition: str = HEADLINE) -> pd.Series[bool]:
        """Return whether each of `messages`, which are some of the study's, has a spy pixel by that definition."""
        return has_pixel(messages, self.resources, find_definition(definition))

    def rejudged(self, messages: pd.DataFrame) -> pd.DataFrame:
        """Return the resources of some of its `messages` that the rules judge otherwise by another setting.

        See :func:`pixelstudy.extraction.rejudge.rejudged`.
        """
        from pixelstudy.extraction.rejudge import rejudged

        return rejudged(self.tables, messages["message_key"])

    def sites_of(self, messages: pd.DataFrame) -> pd.Series[str]:
        """Return the site of each sender of `messages`, even where several senders share it."""
        return sites_of(messages)

    def record(self, notebook: str, **findings: Any) -> Prose:
        """Write `findings` into ``findings.json`` under the name of the notebook, and return where to go from there.

        They replace its earlier ones. Where notebooks run at the same time, each writes into a file of its own in
        ``PIXELSTUDY_FINDINGS``.
        """
        if folder := os.environ.get("PIXELSTUDY_FINDINGS"):
            text = json.dumps(_plain(findings), ensure_ascii=False)
            _write(Path(folder, f"{notebook}.findings"), text)
        else:
            self._keep({notebook: _plain(findings)})
        return onward(self.choice, notebook)

    def collect(self, folder: Path) -> None:
        """Move the findings that notebooks wrote into `folder` to ``findings.json``."""
        paths = list(folder.glob("*.findings"))
        self._keep({path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths})
        for path in paths:
            path.unlink()

    def _keep(self, findings: Mapping[str, Any]) -> None:
        path = self.results / "findings.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        _write(path, json.dumps({**known, **findings}, indent=1, sort_keys=True, ensure_ascii=False) + "\n")

    def save_table(self, name: str, data: pd.DataFrame) -> Path:
        """Write `data` as CSV, in which no spreadsheet finds a formula, and return its path."""
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

    def show_figure(self, name: str, figure: Figure, *, alt: str, data: pd.DataFrame, width: int = 560) -> None:
        """Save `figure` and show it, with links to its files and its data under it."""
        from IPython.display import Image, display

        path = self.save_figure(name, figure, alt=alt, data=data)
        display(Image(path, alt=alt, width=width), downloads(name, self.results))  # type: ignore[no-untyped-call]


def open_study(
    choice: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    *,
    progress: bool | Callable[[int], None] = True,
    populations: Sequence[str] | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Study:
    """Return a study of a mailbox, or of the public mail.

    A mailbox is read on first use, and again only if it has changed.

    Parameters
    ----------
    choice
        The path of a mailbox, or ``released`` for the public corpora, or ``everything`` for those and the corpora
        that only you have; or a mapping with ``mailbox`` and what else was chosen, as executed notebooks have it.
        Without it, what ``PIXELSTUDY_STUDY`` says, else what was chosen last
        (:func:`~pixelstudy.study.choice.choose_study`), else the public corpora.
    progress
        Whether to show a bar while a mailbox is read for the first time, never with ``PIXELSTUDY_HEADLESS`` set; or a
        function that is called with the number of bytes read since the last call.
    populations
        What is measured of a mailbox, such as ``["spam", "trash"]``. Without it, what ``PIXELSTUDY_POPULATION`` says
        (``spam,trash``), else what was received. Results on other populations go into folders of their own.
    out
        The folder for tables and results. Without it, what ``PIXELSTUDY_OUT`` says, else a folder of the project's
        (:mod:`pixelstudy.storage.home`).

    Raises
    ------
    UserError
        When the mailbox can't be opened, or the released tables are missing.

    Examples
    --------
    >>> import pixelstudy as ps
    >>> study = ps.open_study("released")
    >>> len(study.messages) > 9000
    True
    """
    written = choice or os.environ.get("PIXELSTUDY_STUDY") or _last_written() or RELEASED
    asked = populations or os.environ.get("PIXELSTUDY_POPULATION", "").split(",")
    chosen = as_choice(written, populations=[*filter(None, asked)], out=out or os.environ.get("PIXELSTUDY_OUT"))
    if chosen.mailbox == RELEASED:
        return _released(chosen)
    if chosen.mailbox == EVERYTHING:
        return _everything(chosen)
    if is_address(chosen.mailbox):
        shown = place(chosen.mailbox)
        raise UserError(f"{shown} is not on this machine: copy the mailbox here, where notebooks can read it")
    return _private(chosen, progress)


def _last_written() -> str | dict[str, Any] | None:
    last = last_choice()
    return last.written if last else None


def read_tables(folder: str | os.PathLike[str], *, populations: Sequence[str] | None = None) -> Study:
    """Return the study of the tables in `folder`, which :func:`extract` wrote.

    Parameters
    ----------
    folder
        Where ``messages.parquet``, ``resources.parquet`` and ``skipped.parquet`` are.
    populations
        What is measured of them; by default what was received.

    Raises
    ------
    UserError
        When the folder holds no tables.

    Examples
    --------
    >>> import pixelstudy as ps
    >>> folder = ps.open_study("released").data / "corpora" / "markup"
    >>> ps.read_tables(folder).messages["kind"].mode().item()
    'newsletter'
    """
    path = Path(folder).expanduser().absolute()
    for table in (MESSAGES, RESOURCES, SKIPPED):
        read_table(table, path, columns=table.names[:1])
    name = path.name
    return Study(name, ((name, path),), path / "results", is_private=True, populations=chosen_populations(populations))


def _released(choice: Choice) -> Study:
    folder = released_folder() / "data" / "corpora"
    tables = tuple((path.name, path) for path in sorted(folder.iterdir()) if path.is_dir()) if folder.is_dir() else ()
    if not tables:
        raise UserError(f"{folder} holds no released tables; clone the project whole, or name a mailbox")
    return Study(RELEASED, tables, choice.results, is_private=False, choice=choice)


def _everything(choice: Choice) -> Study:
    from pixelstudy.corpora.local import local_corpora, local_tables
    from pixelstudy.extraction.run import read_run

    _refuse_tracked_notebooks()
    folders = [(corpus.name, local_tables(corpus, project_folder())) for corpus in local_corpora()]
    local = tuple((name, folder) for name, folder in folders if read_run(folder))
    if not local:
        raise UserError("no corpus of your own was read: `pixelstudy corpora list` says where to put one")
    public = _released(Choice(RELEASED))
    return replace(public, name=EVERYTHING, tables=(*public.tables, *local), results=choice.results, choice=choice)


def _private(choice: Choice, progress: bool | Callable[[int], None]) -> Study:
    from pixelstudy.extraction.progress import byte_bar
    from pixelstudy.extraction.run import extract
    from pixelstudy.mail.boxes.mailbox import open_mailbox

    _refuse_tracked_notebooks()
    mailbox, tables = Path(choice.mailbox), choice.folder / "tables"
    if not mailbox.exists() and tables.is_dir():
        raise UserError(f"{mailbox} was read before and is gone: put it back, or choose another one in notebook 00")
    found = open_mailbox(mailbox)
    show = progress is True and not os.environ.get("PIXELSTUDY_HEADLESS")
    try:
        with byte_bar(found.size_bytes, f"reading {choice.name}", show=show) as bar:
            extract([mailbox], tables, progress=progress if callable(progress) else bar)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Interrupted. Run the same cell again to resume.") from None
    of_one = ((choice.name, tables),)
    return Study(choice.name, of_one, choice.results, is_private=True, populations=choice.populations, choice=choice)


def _refuse_tracked_notebooks() -> None:
    """Refuse private mail in a notebook that git tracks: its outputs could be published by mistake."""
    is_run_by_hand = "ipykernel" in sys.modules and not os.environ.get("PIXELSTUDY_HEADLESS")
    if is_run_by_hand and Path.cwd() == (released_folder() / "notebooks").resolve():
        raise UserError(
            "git tracks this notebook, so it may not show your mail: open its copy in data/private/lab/ with "
            "make lab, or pixelstudy lab"
        )


def _plain(value: Any) -> Any:
    """Return `value` in a form that JSON can hold: numbers rounded to 4 places, missing and infinite ones null."""
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
    with whole_file(path) as file:
        file.write(text.encode())
