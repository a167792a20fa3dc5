"""Signs that a picture is placed where beacons are, such as at the end of the message, without a link.

A sign proves nothing. Signs count only for a picture of unknown size whose address could number recipients, and only
together: pictures meant for people seldom have several.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pixelstudy.pixels.html import Element, ancestors
from pixelstudy.pixels.resources import Found

__all__ = ["FEWEST_SIGNS", "SIGNS", "Signs", "is_beacons_place"]

FEWEST_SIGNS = 2
"""The fewest signs, ``no_link`` among them, that count beside the evidence of the mailbox."""

SIGNS = {
    "first": "the first picture of the message",
    "last": "the last picture of the message",
    "no-alt": "without alternative text",
    "no-link": "no link around it, and no map of links on it",
    "alone": "alone in its cell",
}
"""The signs, and what each means."""

_CELLS = frozenset("td th div p span center font body image svg".split())
_PICTURES = frozenset("img image input set animate".split())


def is_beacons_place(signs: Sequence[str]) -> bool:
    """Return whether a picture is where beacons are: no alternative text, and first, last or alone in its cell.

    >>> [is_beacons_place(signs.split()) for signs in ("last no-alt", "no-alt no-link", "first last")]
    [True, False, False]
    """
    return "no-alt" in signs and not {"first", "last", "alone"}.isdisjoint(signs)


class Signs:
    """The signs of each resource in a message."""

    def __init__(self, found: Sequence[Found]) -> None:
        pictures = [each.element for each in found if each.element is not None and each.element.tag in _PICTURES]
        self._ends = (pictures[0], pictures[-1]) if pictures else (None, None)
        self._n_in = Counter(each.element.parent for each in found if each.element is not None)

    def of(self, found: Found) -> tuple[str, ...]:
        """Return the signs of one resource, in the order of :data:`SIGNS`."""
        element = found.element
        if element is None or element.tag not in _PICTURES:
            return ()
        first, last = self._ends
        holds = {
            "first": element == first,
            "last": element == last,
            "no-alt": not (element.attr("alt") or "").strip(),
            "no-link": not element.attr("usemap")
            and not any(each.tag == "a" and each.attr("href") for each in ancestors(element)),
            "alone": self._is_alone(element),
        }
        return tuple(sign for sign in SIGNS if holds[sign])

    def _is_alone(self, element: Element) -> bool:
        around = element.parent
        return (
            around is not None
            and getattr(around, "tag", "") in _CELLS
            and self._n_in[around] == 1
            and not around.text.strip()
        )
