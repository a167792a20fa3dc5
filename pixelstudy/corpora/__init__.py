"""The public corpora: where each comes from, how its tables are released, and its labels.

Examples
--------
The modules need no import of their own:

>>> import pixelstudy as ps
>>> ps.corpora.catalogue.find_corpus("markup").messages
448
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__all__ = ["catalogue", "labels"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
