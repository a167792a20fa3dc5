"""Words in an address: which names only clear images have."""

from __future__ import annotations

import pytest

from pixelstudy.pixels.urls.words import names_clear, names_spacer

CLEAR = [
    "spacer",
    "gap",
    "gap-x",
    "gap_10",
    "filler",
    "abstand",
    "abstandhalter",
    "platzhalter",
    "leer",
    "weiss",
    "vide",
]
CLEAR += ["espaceur", "vacio", "blanco", "vazio", "vuoto", "spazio", "trasparente", "leeg", "wit", "wit2", "mellanrum"]
CLEAR += ["odstep", "przezroczysty", "mezera", "ures", "tyhja", "bosluk", "blank_1x20"]


@pytest.mark.parametrize("name", CLEAR)
def test_a_clear_image_is_called_so_in_any_language(name: str) -> None:
    assert names_clear(f"/mail/2025/{name}.gif")
    assert names_spacer(f"/mail/2025/{name}.gif")


@pytest.mark.parametrize("name", ["trennlinie", "ligne", "linea", "lijn", "divider-2", "separador"])
def test_a_line_is_layout_that_people_see(name: str) -> None:
    assert names_spacer(f"/mail/2025/{name}.gif")
    assert not names_clear(f"/mail/2025/{name}.gif")


@pytest.mark.parametrize(
    "name", ["white-dress", "witlof", "tomaten", "line-up", "linea-donna", "clearance", "gaps", "o", "t"]
)
def test_other_names_are_no_layout(name: str) -> None:
    assert not names_clear(f"/mail/2025/{name}.gif")
    assert not names_spacer(f"/mail/2025/{name}.gif")
