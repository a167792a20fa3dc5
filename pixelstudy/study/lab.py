"""JupyterLab on copies of the notebooks, so that no file that git tracks ever shows a reader's own mail.

The copies are in ``data/private/lab/``, which git ignores, and are kept until the study's notebooks change.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from pixelstudy.errors import UserError
from pixelstudy.storage.home import project_folder, released_folder
from pixelstudy.study.notebooks import cells_digest, notebook_for, notebook_paths, read_stamps
from pixelstudy.study.study import PUBLIC_STUDIES, last_choice

__all__ = ["open_lab", "working_copies"]

_STAMPS = "copied.json"
_OLDER = "older"

_QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--ServerApp.kernel_spec_manager_class=pixelstudy.study.kernels.OwnKernelSpecs",
)


def working_copies() -> list[Path]:
    """Return copies of the notebooks to work in, in their order, under ``data/private/lab/``.

    A copy keeps everything that was run and written in it, until the cells of the study's notebook change, or a
    mailbox of one's own is chosen instead of the public mail, or the other way round. Then it moves to ``older/`` and
    a new copy takes its place. Copies for a mailbox of one's own leave out what is about the public corpora alone.

    Raises
    ------
    UserError
        When the copies can't be written.
    """
    folder = project_folder() / "data" / "private" / "lab"
    try:
        return _copied(notebook_paths(released_folder()), folder, is_private=last_choice() not in PUBLIC_STUDIES)
    except OSError as error:
        raise UserError(
            f"{folder} can't be written: {error.strerror}; name another folder in PIXELSTUDY_HOME"
        ) from None


def _copied(paths: Sequence[Path], folder: Path, *, is_private: bool) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    stamps_path = folder / _STAMPS
    stamps = read_stamps(stamps_path)
    copies = []
    for path in paths:
        copy, stamp = folder / path.name, cells_digest(path) + ("-private" if is_private else "")
        if copy.exists() and stamps.get(path.name) != stamp:
            _put_away(copy)
        if not copy.exists():
            _copy(path, copy, is_private=is_private)
            stamps[path.name] = stamp
        copies.append(copy)
    stamps_path.write_text(json.dumps(stamps, indent=1) + "\n", encoding="utf-8")
    return copies


def _copy(path: Path, copy: Path, *, is_private: bool) -> None:
    """Copy a notebook as it is, or without what it says and shows of the public mail."""
    if not is_private:
        shutil.copyfile(path, copy)
        return
    import nbformat

    notebook = notebook_for(path, is_private=True)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, copy)  # type: ignore[no-untyped-call]


def open_lab(arguments: Sequence[str] = ()) -> NoReturn:
    """Open the working copies in JupyterLab, the first one in front; end when it ends, with its exit status.

    JupyterLab asks the network for nothing. Its root is ``data/private/``, so that results and reports are at hand.

    Parameters
    ----------
    arguments
        Further options for JupyterLab.
    """
    first, *_ = working_copies()
    root = first.parent.parent
    path = first.relative_to(root).as_posix()
    command = [sys.executable, "-m", "jupyterlab", *_QUIET]
    command += [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{path}", *arguments]
    os.chdir(root)
    if os.name == "posix":  # this process becomes JupyterLab, so that what stops the one stops the other
        os.execv(sys.executable, command)  # noqa: S606
    raise SystemExit(subprocess.run(command, check=False).returncode)  # noqa: S603


def _put_away(copy: Path) -> None:
    older = copy.parent / _OLDER
    older.mkdir(exist_ok=True)
    n = 1
    while (target := older / f"{copy.stem}-{n}{copy.suffix}").exists():
        n += 1
    copy.replace(target)
