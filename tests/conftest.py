"""What tests share: the raw public corpora, where they are, and each extracted once."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from benchmarks.newsletters import write_newsletters
from pixelstudy.corpora.catalogue import locate
from pixelstudy.extraction.run import Run, extract

# A run in CI judges the change, so it draws the same examples every time; by hand new ones are looked for.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


TAKES_LONG = ("browser", "corpora", "notebooks", "wheel")
"""Marks that make a test slow."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what takes long anyway, so that ``-m "not slow"`` leaves it out."""
    for item in items:
        if any(item.get_closest_marker(name) for name in TAKES_LONG):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of the raw public mail, or a skip."""
    named = os.environ.get("PIXELSTUDY_CORPORA")
    if not named:
        pytest.skip("PIXELSTUDY_CORPORA names no folder with the raw public mail")
    return Path(named)


@pytest.fixture(scope="session")
def extracted(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Run, Path]]:
    """Extract a corpus by its name, once in a session: the run, and the folder of its tables."""

    @cache
    def one(name: str) -> tuple[Run, Path]:
        located = locate(name, folders=[corpora])
        folder = tmp_path_factory.mktemp(name)
        populations = [part.population for part, _ in located]
        return extract([path for _, path in located], folder, jobs=1, population=populations), folder

    return one


@pytest.fixture(scope="module")
def newsletters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An mbox of a dozen generated newsletters."""
    path = tmp_path_factory.mktemp("generated") / "news.mbox"
    write_newsletters(path, 1_500_000)
    return path
