"""How large a resource is shown, and what says so: attributes, inline style or style sheets.

A size that nothing states is unknown, never 0.
"""

from __future__ import annotations

from typing import NamedTuple

from pixelstudy.pixels.css.hiding import Styles, px_of
from pixelstudy.pixels.css.lengths import parse_dimension

__all__ = ["Sides", "Visibility", "size_of"]

Sides = tuple[str | None, str | None]
"""The attributes ``width`` and ``height``, as written."""


class Visibility(NamedTuple):
    """Size and hiding of one resource."""

    width_px: float | None
    """The width; nothing if unknown."""

    height_px: float | None
    """The height; nothing if unknown."""

    size_from: str | None
    """What states the size: ``attribute``, ``style``, ``sheet``, joined by ``+``."""

    declared_width: str | None
    """The width as written on the element, attribute before inline style: what published rules read."""

    declared_height: str | None
    """The height, likewise."""

    declared_from: str | None
    """Where those two are written: ``attribute``, ``style``, or both joined by ``+``."""

    declared_hiding: str | None
    """The hiding written on the element itself: ``display:none``, ``visibility:hidden``, ``hidden``."""

    hidden_by: str | None
    """The sign that hides it and the element that shows it: ``display:none on self``, ``opacity:0 on div``."""


def size_of(sides: Sides, written: Styles, inline: Styles, styles: Styles, *, is_hidden: bool) -> Visibility:
    """Return the size of an element and what it declares, leaving aside what hides it.

    Parameters
    ----------
    sides
        Its attributes ``width`` and ``height``.
    written
        The winning declarations of its own ``style`` attribute, as written.
    inline
        The same, in px where they depend on the font.
    styles
        Those of sheets and inline style together.
    is_hidden
        Whether it has the attribute ``hidden``.
    """
    across, down = sides
    width, width_from = _side("width", across, inline, styles)
    height, height_from = _side("height", down, inline, styles)
    if "auto" in (styles.get("width"), styles.get("height")):
        (width, width_from), (height, height_from) = _in_proportion(
            sides, styles, (width, width_from), (height, height_from)
        )
    sources = [s for s in ("attribute", "style", "sheet") if s in (width_from, height_from)]
    declared_width, width_in = _declared("width", across, written)
    declared_height, height_in = _declared("height", down, written)
    return Visibility(
        width_px=width,
        height_px=height,
        size_from="+".join(sources) or None,
        declared_width=declared_width,
        declared_height=declared_height,
        declared_from="+".join(sorted({place for place in (width_in, height_in) if place})) or None,
        declared_hiding=_declared_hiding(is_hidden, written),
        hidden_by=None,
    )


_Side = tuple[float | None, str | None]


def _in_proportion(attributes: Sides, styles: Styles, width: _Side, height: _Side) -> tuple[_Side, _Side]:
    """Return both sides where a style says ``auto``: in the proportion that the attributes give, as browsers do.

    With both sides ``auto``, the picture has its own size; all we know of it is what the attributes say.
    """
    across, down = (parse_dimension(attribute or "") for attribute in attributes)
    if across is None or down is None:
        return width, height
    if styles.get("width") == styles.get("height") == "auto":
        return (across, "attribute"), (down, "attribute")
    if styles.get("height") == "auto" and width[0] is not None and across > 0:
        return width, (width[0] * down / across, "attribute")
    if styles.get("width") == "auto" and height[0] is not None and down > 0:
        return (height[0] * across / down, "attribute"), height
    return width, height


def _side(name: str, attribute: str | None, inline: Styles, styles: Styles) -> _Side:
    """Return one side in px and what states it: style over attribute, then the limits."""
    px: float | None = None
    source: str | None = None
    if name in styles:
        px = px_of(styles, name)
        source = "style" if inline.get(name) == styles[name] else "sheet"
    elif attribute is not None:
        px = parse_dimension(attribute)
        source = "attribute"
    most, least = px_of(styles, f"max-{name}"), px_of(styles, f"min-{name}")
    if most is not None and (px > most if px is not None else most <= 3):
        px, source = most, "style" if f"max-{name}" in inline else "sheet"
    if least is not None and px is not None and px < least:
        px, source = least, "style" if f"min-{name}" in inline else "sheet"
    return (px, source) if px is not None else (None, None)


def _declared(name: str, attribute: str | None, written: Styles) -> tuple[str | None, str | None]:
    """Return one side as written on the element, 16 characters at most, and where."""
    for value, place in ((attribute, "attribute"), (written.get(name), "style")):
        if value is not None:
            return value.strip()[:16], place
    return None, None


def _declared_hiding(is_hidden: bool, written: Styles) -> str | None:
    signs = [
        f"{name}:{value}"
        for name, value in (("display", "none"), ("visibility", "hidden"))
        if written.get(name) == value
    ]
    if is_hidden:
        signs.append("hidden")
    return " ".join(signs) or None
