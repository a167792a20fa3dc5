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
from pixelstudy.study.notebooks import cells_digest, notebook_paths, read_stamps

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

    A copy keeps everything that was run and written in it, until the cells of the study's notebook change. Then it
    moves to ``older/`` and a new copy takes its place.

    Raises
    ------
    UserError
        When the copies can't be written.
    """
    folder = project_folder() / "data" / "private" / "lab"
    try:
        return _copied(notebook_paths(released_folder()), folder)
    except OSError as error:
        raise UserError(
            f"{folder} can't be written: {error.strerror}; name another folder in PIXELSTUDY_HOME"
        ) from None


def _copied(paths: Sequence[Path], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    stamps_path = folder / _STAMPS
    stamps = read_stamps(stamps_path)
    copies = []
    for path in paths:
        copy, stamp = folder / path.name, cells_digest(path)
        if copy.exists() and stamps.get(path.name) != stamp:
            _put_away(copy)
        if not copy.exists():
            shutil.copyfile(path, copy)
            stamps[path.name] = stamp
        copies.append(copy)
    stamps_path.write_text(json.dumps(stamps, indent=1) + "\n", encoding="utf-8")
    return copies


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
