"""A lean start: a process that reads mail and does nothing else leaves out what its libraries load for other uses.

pyarrow imports all of pandas at its first array, to see whether that is a Series; tldextract imports requests, to fetch
a list that comes with it; pyarrow starts a thread to free memory, and NumPy one a core for linear algebra. That is half
the time such a process takes to start, a third of its memory, and a client that it must never use.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["lean_start"]


@contextmanager
def lean_start() -> Iterator[None]:
    """Within, import what a process of our own will use; before, it has imported nothing large.

    pandas and requests can still be imported later and work as ever, but pyarrow takes no Series or DataFrame for an
    array until it was asked to make one. What is loaded stays, so the collector is never sent through it.
    """
    for name, value in _NO_THREADS.items():
        os.environ.setdefault(name, value)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with _not_installed("pandas"):
            import pyarrow as pa

            pa.array([])  # looks for pandas, once
        with suppress(ImportError), _put_off():  # another version may want more, and gets it when it is used
            import tldextract  # noqa: F401
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_YOUNG)
        atexit.register(gc.freeze)  # nor through what is there at the end
        if was_enabled:
            gc.enable()


_NO_THREADS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""What NumPy and pyarrow ask when they are imported; the threads would do nothing, and a copy would not have them."""

_YOUNG = 10_000
"""How many objects come before the collector looks for garbage; nearly all of a message's go without it."""


class _NotInstalled:
    """A finder that finds one module nowhere."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, name: str, *_: object) -> None:
        if name == self._name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@contextmanager
def _not_installed(name: str) -> Iterator[None]:
    """Within, `name` can't be imported, unless it was before."""
    finder: Any = _NotInstalled(name)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Later(ModuleType):
    """Stands for a module until something of it is wanted, and imports it then; some types have stand-ins too."""

    def __init__(self, name: str, *types: str) -> None:
        super().__init__(name)
        vars(self).update({each: _later_type(name, each) for each in types})

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":
            raise AttributeError(name)
        _give_way(self)
        return getattr(import_module(self.__name__), name)


def _later_type(module: str, name: str) -> type:
    """Return what can be named in an annotation, and makes an instance of the type of that name in `module`."""
    return type(name, (), {"__new__": lambda _cls, *given: getattr(import_module(module), name)(*given)})


def _give_way(module: ModuleType) -> None:
    if sys.modules.get(module.__name__) is module:
        del sys.modules[module.__name__]


@contextmanager
def _put_off() -> Iterator[None]:
    """Within, requests and what reads files for it are imported by name alone."""
    stand_ins = [_Later("requests", "Session"), _Later("requests_file", "FileAdapter")]
    stand_ins = [module for module in stand_ins if module.__name__ not in sys.modules]
    sys.modules.update({module.__name__: module for module in stand_ins})
    try:
        yield
    finally:
        for module in stand_ins:
            _give_way(module)
