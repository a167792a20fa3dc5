"""The colours of charts, of the report and of explanations, in one table.

Vermilion is a spy pixel and orange a counting pixel, and nothing else is. The other colours are shared by families of
meanings that are never in one figure.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["COLOURS", "INK", "MEANINGS", "colour_of"]

COLOURS: Mapping[str, str] = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
    "grey": "#767676",
    "light": "#D9D9D9",
}
"""The colours of Okabe and Ito (2008), and two greys."""

INK = "#111111"
"""The colour of text that is read first, and of lines to compare with."""

MEANINGS: Mapping[str, str] = {
    # What a resource is, or what a message holds at worst.
    "spy_pixel": "vermilion",
    "tracked_content": "purple",
    "counting_pixel": "orange",
    "content": "sky",
    "spacer": "grey",
    "nothing": "light",
    # Whose figure a share is.
    "ours": "blue",
    "peer": "purple",
    "list": "green",
    "public": "green",
    "published": "grey",
    # Which collection it is of, where several are compared.
    "milter": "blue",
    "markup": "green",
    "spamassassin": "black",
    "csdmc2010": "grey",
    "phishing_pot": "purple",
}
"""The colour of each meaning."""


def colour_of(meaning: str) -> str:
    """Return the colour of a meaning as ``#RRGGBB``; blue, the colour of this study's figures, for any other.

    >>> colour_of("spy_pixel") == COLOURS["vermilion"]
    True
    """
    return COLOURS[MEANINGS.get(meaning, "blue")]
