"""Home: the folder that holds the study's own notebooks and data, and what is made of them."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["project_folder"]


def project_folder() -> Path:
    """Return the folder of the project: the nearest one around here that holds ``data/corpora``, or the code's.

    ``PIXELSTUDY_HOME`` names another.
    """
    named = os.environ.get("PIXELSTUDY_HOME")
    if named:
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data" / "corpora").is_dir() and (folder / "notebooks").is_dir():
            return folder
    return Path(__file__).resolve().parents[2]
