"""JupyterLab on copies of the notebooks: what a reader runs on their own mail never stands in a file that git tracks.

The copies lie in ``data/private/lab/``, which git ignores, and stay there until the notebooks of the project change.
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

from pixelstudy.storage.home import project_folder
from pixelstudy.study.notebooks import cells_digest, notebook_paths, read_stamps

__all__ = ["open_lab", "working_copies"]

_STAMPS = "copied.json"
_OLDER = "older"

_QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)


def working_copies(home: Path | None = None) -> list[Path]:
    """Return copies of the notebooks to work in, in their order, under ``data/private/lab/``.

    A copy is kept as it is, with all that was run and written in it, until the cells of the project's notebook
    change; then it goes into ``older/`` and a new one takes its place.
    """
    home = home or project_folder()
    folder = home / "data" / "private" / "lab"
    folder.mkdir(parents=True, exist_ok=True)
    stamps_path = folder / _STAMPS
    stamps = read_stamps(stamps_path)
    copies = []
    for path in notebook_paths(home):
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
    """Open the working copies in JupyterLab, the first one in front, and end when it ends, with its exit status.

    JupyterLab asks nothing of the network. Its root is ``data/private/``, so that results and reports are at hand.

    Parameters
    ----------
    arguments
        Further ones for JupyterLab.
    """
    first, *_ = working_copies()
    root = first.parent.parent
    place = first.relative_to(root).as_posix()
    command = [sys.executable, "-m", "jupyterlab", *_QUIET]
    command += [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{place}", *arguments]
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
