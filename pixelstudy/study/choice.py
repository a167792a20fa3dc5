"""Which mail a study is about: remembered between runs, and written into each notebook that was executed."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixelstudy.measure.denominators import MEASURED, chosen_populations
from pixelstudy.storage.home import project_folder
from pixelstudy.storage.places import is_address, whole_file

__all__ = ["EVERYTHING", "RELEASED", "Choice", "as_choice", "choose_study", "last_choice"]

RELEASED = "released"
"""The name of the study of the public mail."""

EVERYTHING = "everything"
"""The name of the study of the public mail and of the corpora that only the user has
(:mod:`pixelstudy.corpora.local`)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a study is about, before any of it is read.

    Examples
    --------
    >>> Choice("/home/jane/all.mbox", populations=("spam",)).results.name
    'results-spam'
    """

    mailbox: str
    """The path of a mailbox, or :data:`RELEASED` or :data:`EVERYTHING`."""

    populations: tuple[str, ...] = MEASURED
    """Which of its messages are measured."""

    out: Path | None = None
    """The folder for tables and results, if it is not the usual one."""

    @property
    def is_private(self) -> bool:
        """Whether it is the reader's own mailbox."""
        return self.mailbox not in (RELEASED, EVERYTHING)

    @property
    def is_of_the_project(self) -> bool:
        """Whether its results are those that the project publishes."""
        return self.mailbox == RELEASED and self.out is None

    @property
    def folder(self) -> Path:
        """Where its tables, results, notebooks and report go."""
        data = project_folder() / "data"
        if self.out or self.mailbox == RELEASED:
            return self.out or data
        return data / "private" / (self._own_name if self.is_private else EVERYTHING)

    @property
    def name(self) -> str:
        """Its name, in letters, digits, points and hyphens."""
        return re.sub(r"[^\w.-]+", "-", Path(self.mailbox).resolve().name).strip("-.") or "mailbox"

    @property
    def _own_name(self) -> str:
        return f"{self.name}-{hashlib.sha256(str(Path(self.mailbox).resolve()).encode()).hexdigest()[:8]}"

    @property
    def _of_populations(self) -> str:
        return "" if self.populations == MEASURED else f"-{'-'.join(self.populations)}"

    @property
    def results(self) -> Path:
        """The folder of its findings, tables and figures."""
        return self.folder / f"results{self._of_populations}"

    @property
    def notebooks(self) -> Path:
        """The folder of its executed notebooks; for the public mail in a clone, those it was cloned with."""
        if self.is_of_the_project:
            return project_folder() / "notebooks"
        return self.folder / f"notebooks{self._of_populations}"

    def report(self, *, redact: bool = False) -> Path:
        """Return where the report of a mailbox goes, or the page of it that may be shared."""
        return self.folder / f"report{self._of_populations}{'-to-share' if redact else ''}.html"

    @property
    def written(self) -> str | dict[str, Any]:
        """Plain values from which :func:`as_choice` makes it again: only the mailbox, if nothing else was chosen."""
        mailbox = str(Path(self.mailbox).resolve()) if self.is_private else self.mailbox
        more: dict[str, Any] = {} if self.populations == MEASURED else {"populations": list(self.populations)}
        if self.out:
            more["out"] = str(self.out)
        return {"mailbox": mailbox, **more} if more else mailbox


def as_choice(
    written: str | os.PathLike[str] | Mapping[str, Any],
    *,
    populations: Sequence[str] | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Choice:
    """Return the choice of a mailbox by its path, by a name of the public mail, or as :attr:`Choice.written` has it.

    Parameters
    ----------
    written
        The path, the name, or a mapping with ``mailbox``, ``populations`` and ``out``.
    populations, out
        What to use instead of those in a mapping.

    Examples
    --------
    >>> as_choice("released").is_private
    False
    >>> as_choice({"mailbox": "/home/jane/all.mbox", "populations": ["spam"]}).populations
    ('spam',)
    """
    asked: dict[str, Any] = dict(written) if isinstance(written, Mapping) else {"mailbox": written}
    mailbox, folder = str(asked["mailbox"]), out or asked.get("out")
    if mailbox not in (RELEASED, EVERYTHING) and not is_address(mailbox):
        mailbox = str(Path(mailbox).expanduser())
    wanted = chosen_populations(populations or asked.get("populations"))
    return Choice(mailbox, wanted, Path(folder).expanduser().absolute() if folder else None)


def choose_study(choice: str | os.PathLike[str] | Choice | None, *, populations: Sequence[str] | None = None) -> None:
    """Remember `choice` for every notebook that names no study; None or ``released`` means the public corpora."""
    path = _choice_path()
    if choice is None or str(choice) == RELEASED:
        path.unlink(missing_ok=True)
        return
    chosen = choice if isinstance(choice, Choice) else as_choice(choice, populations=populations)
    written = chosen.written
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write((json.dumps({"mailbox": written} if isinstance(written, str) else written) + "\n").encode())


def last_choice() -> Choice | None:
    """Return what :func:`choose_study` was last given, or None for the public mail."""
    try:
        return as_choice(json.loads(_choice_path().read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _choice_path() -> Path:
    return project_folder() / "data" / "private" / "choice.json"
