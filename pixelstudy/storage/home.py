"""The folder of the released data, and the folder that results are written to.

In a clone of the project both are the clone itself. In an installed package, the notebooks and the released data are in
the package, which is never written to; results go to a folder of the user's, laid out like a clone. ``PIXELSTUDY_HOME``
names another folder to write to, or another clone. The current folder never matters.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["is_clone", "project_folder", "released_folder", "shown"]

_PACKAGE = Path(__file__).resolve().parents[1]


def released_folder() -> Path:
    """Return the folder with the study's own ``notebooks/`` and ``data/``, which is only read."""
    folders = (project_folder(), _PACKAGE.parent)
    return next((folder for folder in folders if _is_project(folder)), _PACKAGE / "_released")


def project_folder() -> Path:
    """Return the folder that everything is written to: ``data/private/``, ``data/raw/``, ``data/results/``."""
    named = os.environ.get("PIXELSTUDY_HOME")
    if named:
        return Path(named).absolute()
    if _is_project(_PACKAGE.parent):
        return _PACKAGE.parent
    import platformdirs

    return platformdirs.user_data_path("pixelstudy", appauthor=False)


def is_clone() -> bool:
    """Return whether results are written to the folder of the released data itself."""
    return released_folder() == project_folder()


def shown(path: Path) -> str:
    """Return `path` as shown to the user: relative to the clone if it is in it, otherwise whole."""
    home = project_folder()
    return path.relative_to(home).as_posix() if is_clone() and path.is_relative_to(home) else str(path)


def _is_project(folder: Path) -> bool:
    return (folder / "notebooks").is_dir() and (folder / "data" / "published.csv").is_file()
