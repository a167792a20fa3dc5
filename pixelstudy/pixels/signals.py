"""Signals: what is known about a resource when it is judged, and whether a person can see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pixelstudy.pixels.carriers import Shows
from pixelstudy.pixels.urls.tokens import Token
from pixelstudy.pixels.urls.vendors import VendorRule

__all__ = [
    "CLEAR_SIDE_PX",
    "CORNER_SIDE_PX",
    "INVISIBLE_AREA_PX2",
    "Sight",
    "Signals",
    "is_large",
    "is_plain",
    "is_thin",
    "sight_of",
    "unseen",
]

Sight = Literal["unseen", "unknown", "seen"]

INVISIBLE_AREA_PX2 = 9
"""The largest area that is invisible in practice: 3 x 3 px."""

THIN_SIDE_PX = 2
"""An image with a side this short is a line, however long the other side is."""

CORNER_SIDE_PX = 5
"""An image with both sides this short is a dot or a rounded corner, too small to be a picture."""

CLEAR_SIDE_PX = 30
"""A name makes an image clear only if one side is at most this long: larger pictures have had such names."""


@dataclass(slots=True)
class Signals:
    """What is known about a resource when it is judged. Not frozen: one is made for every resource, so speed counts."""

    width_px: float | None = None
    """Its width, if known."""

    height_px: float | None = None
    """Its height, if known."""

    declared_px: float | None = None
    """The longer side declared on the element, even if a style makes the actual size unknown."""

    hidden_by: str | None = None
    """What hides it."""

    shows: Shows = "picture"
    """What its carrier shows."""

    path: str = ""
    """Path and query of its address."""

    host: str = ""
    """Its host."""

    vendor: VendorRule | None = None
    """The vendor rule that its address matches."""

    has_recipient: bool = False
    """Whether its address has a recipient part where the vendor rule expects one."""

    token: Token | None = None
    """The part of its address that could number recipients."""

    identity: str | None = None
    """The form in which its address contains the recipient's e-mail address."""

    stored: str | None = None
    """Why its address looks like that of a stored file, in words."""

    n_repeats: int = 1
    """How often its address occurs in the message, in the same carrier."""

    signs: tuple[str, ...] = ()
    """What its place in the message has in common with the places of beacons."""


def unseen(signals: Signals) -> str | None:
    """Return in words why nobody sees the resource; nothing if somebody could.

    Examples
    --------
    >>> unseen(Signals(width_px=1, height_px=1)), unseen(Signals(width_px=1))
    ('it measures 1 x 1 px', None)
    """
    width, height = signals.width_px, signals.height_px
    if width is not None and height is not None and width * height <= INVISIBLE_AREA_PX2:
        return f"it measures {width:g} x {height:g} px"
    if width == 0 or height == 0:
        return f"its {'width' if width == 0 else 'height'} is 0"
    if signals.hidden_by:
        sign, _, where = signals.hidden_by.rpartition(" on ")
        return f"it is hidden by {sign} on " + ("itself" if where == "self" else "an element around it")
    if signals.shows == "nothing":
        return "its markup shows nothing"
    return None


def sight_of(signals: Signals) -> Sight:
    """Return whether a person can see the resource: ``unseen``, ``seen``, or ``unknown`` if no size is given.

    Style sheets and fonts are unseen. A missing size is unknown, never 0; one side longer than a dot is enough to be
    seen.

    Examples
    --------
    >>> sight_of(Signals(width_px=600)), sight_of(Signals()), sight_of(Signals(height_px=0))
    ('seen', 'unknown', 'unseen')
    """
    if signals.shows == "style" or unseen(signals):
        return "unseen"
    return "seen" if is_large(signals) else "unknown"


def is_plain(width_px: float | None, height_px: float | None, hidden_by: str | None) -> bool:
    """Return whether nothing hides a picture and no side is short enough for a clear image.

    >>> is_plain(600, 200, None), is_plain(600, 20, None), is_plain(600, 200, "opacity:0 on self")
    (True, False, False)
    """
    return not hidden_by and all(side is None or side > CLEAR_SIDE_PX for side in (width_px, height_px))


def is_thin(width_px: float | None, height_px: float | None) -> bool:
    """Return whether a size is that of a line or a rounded corner, too thin for a picture.

    >>> is_thin(620, 1), is_thin(1, None), is_thin(5, 5), is_thin(10, 10), is_thin(None, None)
    (True, True, True, False, False)
    """
    if width_px is None or height_px is None:
        side = height_px if width_px is None else width_px
        return side is not None and side <= THIN_SIDE_PX
    return min(width_px, height_px) <= THIN_SIDE_PX or max(width_px, height_px) <= CORNER_SIDE_PX


def is_large(signals: Signals) -> bool:
    """Return whether a known or declared side is longer than a dot."""
    return max(signals.width_px or 0.0, signals.height_px or 0.0, signals.declared_px or 0.0) > INVISIBLE_AREA_PX2
