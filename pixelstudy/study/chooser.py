"""Choosing a mailbox with the mouse: what looks like an export on this machine, and a field for another path.

Nothing is uploaded: a path is chosen, and read where it is.

Examples
--------
>>> import pathlib, pixelstudy as ps
>>> ps.chooser.likely_mailboxes(pathlib.Path("a/folder/without/mail"))
[]
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pixelstudy.errors import UserError
from pixelstudy.mail.boxes.mailbox import open_mailbox
from pixelstudy.mail.boxes.refusals import shown_size
from pixelstudy.mail.boxes.usual import accounts, exports, stores
from pixelstudy.measure.denominators import MEASURED
from pixelstudy.reporting.report import write_report
from pixelstudy.reporting.text import printable
from pixelstudy.storage.home import released_folder
from pixelstudy.study.choice import RELEASED, Choice, as_choice, choose_study
from pixelstudy.study.lab import lab_choice
from pixelstudy.study.notebooks import notebook_paths, run_notebooks, working_copies
from pixelstudy.study.signposts import Prose, all_notebooks, link
from pixelstudy.study.study import Study, open_study

__all__ = ["choose_mailbox", "likely_mailboxes", "write_my_report"]

MOST = 20
"""How many mailboxes are offered at most."""

MEASURES = (
    ("the mail you received", MEASURED),
    ("spam", ("spam",)),
    ("the mail you received, and spam", ("received", "spam")),
    ("trash", ("trash",)),
)
"""What of a mailbox the form offers to measure."""

_ELSEWHERE = "Run this cell in JupyterLab, which `make lab` opens, to choose your mailbox with the mouse."


def likely_mailboxes(home: Path | None = None) -> list[Path]:
    """Return what looks like a mailbox by its name and folder, newest first; nothing is opened.

    Parameters
    ----------
    home
        Where to look: a home folder, the reader's own by default.
    """
    home = home or Path.home()
    found = dict.fromkeys((*exports(home), *accounts(home), *stores(home)))
    dated = []
    for path in found:
        try:
            dated.append((path.stat().st_mtime, path))
        except OSError:  # gone, or not ours to see
            continue
    return [path for _, path in sorted(dated, key=lambda one: (-one[0], str(one[1])))][:MOST]


def choose_mailbox(found: list[Path] | None = None) -> Any:
    """Return a form that chooses the mailbox of the study, reads it, and runs every notebook on it.

    Where nobody can press a button (``PIXELSTUDY_HEADLESS``) it is one line of text, so that a notebook that others
    see never names your files. A saved notebook has that line instead of the form, too.

    Parameters
    ----------
    found
        What to offer; by default :func:`likely_mailboxes`.
    """
    if os.environ.get("PIXELSTUDY_HEADLESS"):
        return Prose(_ELSEWHERE)
    import ipywidgets as widgets

    class Form(widgets.VBox):  # type: ignore[misc]
        def _repr_mimebundle_(self, **kwargs: Any) -> Any:
            return {**super()._repr_mimebundle_(**kwargs), "text/markdown": _ELSEWHERE, "text/plain": _ELSEWHERE}

    now = lab_choice()
    offered = dict.fromkeys(likely_mailboxes() if found is None else found)
    if now.is_private:
        offered = {Path(now.mailbox): None, **offered}
    options = [("the public mail of the study", RELEASED), *((_shown(path), str(path)) for path in offered)]
    wide = {"width": "36em", "max_width": "98%"}
    mail = widgets.RadioButtons(options=options, value=now.mailbox, layout={"width": "max-content"})
    field = widgets.Text(placeholder="or the path of a file or folder, such as ~/takeout.zip", layout=wide)
    measured = dict(MEASURES)
    if now.populations not in measured.values():
        measured[" and ".join(now.populations)] = now.populations
    what = widgets.Dropdown(options=[*measured.items()], value=now.populations, description="Measure", layout=wide)
    run = widgets.Button(description="Read it and run the study", button_style="primary", layout={"width": "auto"})
    share = widgets.Button(description="Make a page to share", disabled=not now.is_private, layout={"width": "auto"})
    bar = widgets.FloatProgress(max=1, layout={**wide, "visibility": "hidden"})
    said = widgets.Output()

    def say(text: str) -> None:
        data = {"text/markdown": text, "text/plain": text}
        said.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)

    def chosen() -> Choice:
        return as_choice(field.value.strip() or mail.value, populations=what.value)

    def press(work: Callable[[Choice, Callable[[str], None], Callable[[float], None]], str], _: Any) -> None:
        run.disabled = share.disabled = True
        bar.value, bar.layout.visibility = 0, "visible"
        try:
            say(work(chosen(), say, partial(setattr, bar, "value")))
        except UserError as error:
            say(f"Not done: {_escaped(str(error))}")
        finally:
            bar.layout.visibility = "hidden"
            run.disabled, share.disabled = False, not lab_choice().is_private

    run.on_click(partial(press, _run_study))
    share.on_click(partial(press, _make_shared_page))
    say(f"This study is about **{_named(now)}**.")
    return Form([mail, field, what, widgets.HBox([run, share], layout={"flex_flow": "row wrap"}), bar, said])


def write_my_report(study: Study) -> Prose:
    """Write the report of the mailbox that `study` is about, and return a link to it."""
    if study.choice is None or not study.is_private:
        return Prose("The public mail gets no report: it is not the mail of one person. Your own mailbox gets one.")
    return Prose(f"{link('Open your report', _report(study))}: one page, which loads nothing.")


def _run_study(choice: Choice, say: Callable[[str], None], move: Callable[[float], None]) -> str:
    """Choose a mailbox, read it, run the notebooks, and return where they and the report are."""
    if not choice.is_private:
        choose_study(None)
        working_copies(lab_choice())
        return f"This study is about **the public mail**. Its notebooks: {all_notebooks(lab_choice())}"
    mailbox = open_mailbox(Path(choice.mailbox))
    n_read = 0

    def read(size_bytes: int) -> None:
        nonlocal n_read
        n_read += size_bytes
        move(min(n_read / max(mailbox.size_bytes, 1), 1))

    say(f"Reading **{_named(choice)}** ...")
    study = open_study(choice.written, progress=read)
    choose_study(choice)
    if nothing := study.elsewhere:
        return f"{nothing} Choose it under *Measure*, and press the button again."
    if study.messages.empty:
        return f"**{_named(choice)}** holds no message that could be read."
    report = link("Open your report", _report(study))
    names = [path.name for path in notebook_paths(released_folder())]

    def ran(line: str) -> None:
        n_done = names.index(line.split(":")[0])
        move(n_done / len(names))
        say(f"{report}. Running notebook {n_done + 1} of {len(names)} ...")

    run_notebooks(study, report=ran)
    return f"Done. This study is about **{_named(choice)}**. {report}, or read on: {all_notebooks(choice)}"


def _make_shared_page(choice: Choice, say: Callable[[str], None], move: Callable[[float], None]) -> str:
    """Write the report without names, and return a link to it."""
    if not choice.is_private:
        raise UserError("choose a mailbox above; the public mail is shared already")
    say("Writing ...")
    study = open_study(choice.written)
    move(0.5)
    page = link("Open the page to share", _report(study, redact=True))
    return f"{page}. It names no person, no file and no sender with few messages. Look through it before you share it."


def _report(study: Study, *, redact: bool = False) -> Path:
    assert study.choice is not None
    ((_, tables),) = study.tables
    path = study.choice.report(redact=redact)
    return write_report(tables, path, redact=redact, populations=study.populations)


def _named(choice: Choice) -> str:
    return _escaped(_shown(Path(choice.mailbox))) if choice.is_private else "the public mail"


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return re.sub(r"([^\w\s])", r"\\\1", printable(text))


def _shown(path: Path) -> str:
    home = Path.home()
    name = f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
    try:
        size = path.stat().st_size
    except OSError:
        return printable(name)
    return printable(f"{name} (folder)" if path.is_dir() else f"{name} ({shown_size(size)})")
