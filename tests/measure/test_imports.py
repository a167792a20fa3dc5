"""Measuring takes tables and gives numbers: it needs nothing that reads mail or explains it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pixelstudy.measure

MODULES = sorted(Path(pixelstudy.measure.__file__).parent.glob("*.py"))
ALLOWED = {"errors", "tables", "measure", "pixels.urls.peer_lists"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_measure_imports_only_the_schema_and_the_words_that_peers_publish(path: Path) -> None:
    for name in re.findall(r"^\s*(?:from|import) pixelstudy\.([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE):
        assert name in ALLOWED or name.startswith("measure."), f"{path.name} imports {name}"
