"""Choosing a mailbox with the mouse: what looks like an export on this machine, and a field for another path.

Nothing is uploaded: a path is chosen, and read where it is.

Examples
--------
>>> import pathlib, pixelstudy as ps
>>> ps.chooser.likely_mailboxes(pathlib.Path("a/folder/without/mail"))
[]
"""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pixelstudy.errors import UserError
from pixelstudy.mail.boxes.mailbox import open_mailbox
from pixelstudy.mail.boxes.refusals import shown_size
from pixelstudy.mail.boxes.usual import accounts, exports, stores
from pixelstudy.reporting.text import printable
from pixelstudy.storage.home import project_folder, shown
from pixelstudy.study.study import choose_study, open_study

__all__ = ["choose_mailbox", "choose_study", "likely_mailboxes", "write_my_report"]

MOST = 20
"""How many mailboxes are offered at most."""


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
    """Return a small form for choosing the mailbox of the study; without widgets, print what was found.

    Without a browser (``PIXELSTUDY_HEADLESS``) it does not look, so that a notebook that others see never names your
    files. The choice is remembered for every notebook (:func:`~pixelstudy.study.study.choose_study`).

    Parameters
    ----------
    found
        What to offer; by default :func:`likely_mailboxes`.
    """
    if os.environ.get("PIXELSTUDY_HEADLESS"):
        print("In a browser this cell offers the mailboxes that it finds on your machine, and a field for a path.")
        return None
    offered = likely_mailboxes() if found is None else found
    widgets = _widgets()
    if widgets is None:
        _print_found(offered)
        return None
    public = ("the public mail of the study", None)
    choice = widgets.RadioButtons(
        options=[public, *((_shown(path), path) for path in offered)], layout={"width": "max-content"}
    )
    field = widgets.Text(
        placeholder="or the path of a file or folder, such as ~/Downloads/takeout.zip",
        layout={"width": "36em", "max_width": "100%"},
        continuous_update=False,
    )
    button = widgets.Button(description="Use this mail", button_style="primary", tooltip="Choose it for all notebooks")
    said = widgets.HTML()

    def choose(_: Any) -> None:
        path = field.value.strip() or choice.value
        said.value = html.escape(_chosen(path))

    button.on_click(choose)
    return widgets.VBox([choice, field, button, said])


def write_my_report() -> None:
    """Write the report of the chosen mailbox beside its tables, and show a link to it."""
    from pixelstudy.reporting.report import write_report

    study = open_study()
    if not study.is_private:
        print("The study is about the public mail: choose a mailbox above to get a report of your own.")
        return
    (_, tables), *_ = study.tables
    path = write_report(tables, tables.parent / "report.html")
    print(f"Your report: {printable(shown(path))}")
    if not os.environ.get("PIXELSTUDY_HEADLESS"):
        from IPython.display import HTML, display

        target = quote(os.path.relpath(path).replace(os.sep, "/"))
        link = f'<p><a href="{html.escape(target)}">Open your report</a></p>'
        display(HTML(link))  # type: ignore[no-untyped-call]


def _widgets() -> Any:
    """Return ipywidgets if it is installed."""
    try:
        import ipywidgets
    except ImportError:
        return None
    return ipywidgets


def _chosen(path: str | Path | None) -> str:
    """Choose `path`, and return the line that says so."""
    if path is None:
        choose_study(None)
        return "The study is about the public mail. Run the cells below, or Run > Run All Cells."
    try:
        mailbox = open_mailbox(Path(path).expanduser())
    except UserError as error:
        return printable(f"Not chosen: {error}")
    choose_study(str(mailbox.path))
    return printable(f"Chosen for all notebooks: {mailbox.path}, {mailbox.description}. Now run the cells below.")


def _print_found(found: list[Path]) -> None:
    if found:
        print("On this machine this looks like mail:")
        for path in found:
            print(f"  {printable(_shown(path))}")
    else:
        print("Nothing that looks like an export of mail was found in the usual folders.")
    print(f"To use one, put its path into STUDY above. Results go to {shown(project_folder() / 'data' / 'private')}.")


def _shown(path: Path) -> str:
    home = Path.home()
    name = f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
    try:
        size = path.stat().st_size
    except OSError:
        return printable(name)
    return printable(f"{name} (folder)" if path.is_dir() else f"{name} ({shown_size(size)})")
