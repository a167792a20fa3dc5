"""The rooms of the house: which may import which, so that nothing points back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pixelstudy

PACKAGE = Path(pixelstudy.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
ORDER = """
    errors storage mail pixels tables extraction corpora measure figures reporting study __init__ cli __main__
""".split()
"""Each room may import itself and the rooms before it."""


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def name_of(path: Path) -> str:
    return ".".join(("pixelstudy", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


NAMES = {name_of(path) for path in MODULES}


def imports(path: Path) -> set[str]:
    """Return the modules of the package that the module at `path` imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pixelstudy"):
            assert node.module
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in NAMES else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("pixelstudy")}
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_imports_only_rooms_before_it(path: Path) -> None:
    here = ORDER.index(room(name_of(path)))
    after = {other for other in imports(path) if other != "pixelstudy" and ORDER.index(room(other)) > here}
    assert not after, f"{name_of(path)} may not import {', '.join(sorted(after))}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    waiting = {name_of(path): imports(path) & NAMES - {"pixelstudy", name_of(path)} for path in MODULES}
    while free := {name for name, needs in waiting.items() if not needs & waiting.keys()}:
        waiting = {name: needs for name, needs in waiting.items() if name not in free}
    circles = {name for name in waiting if any(name in waiting.get(other, ()) for other in waiting[name])}
    assert not waiting, f"in a circle: {sorted(circles or waiting)}"


def test_few_modules_lie_outside_the_rooms() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == {
        "__init__.py", "__main__.py", "cli.py", "errors.py", "tables.py"
    }  # fmt: skip


def test_no_two_modules_have_the_same_name() -> None:
    names = [path.name for path in MODULES if path.name != "__init__.py"]
    assert len(names) == len(set(names))


def test_no_two_types_have_the_same_name() -> None:
    classes = [
        node.name
        for path in MODULES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert len(classes) == len(set(classes)), sorted({name for name in classes if classes.count(name) > 1})


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
