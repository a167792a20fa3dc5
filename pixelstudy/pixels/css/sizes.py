"""The size at which a resource is shown, and where the size is stated: attributes, inline style or style sheets.

A size that is stated nowhere is unknown, never 0.
"""

from __future__ import annotations

from typing import NamedTuple

from pixelstudy.pixels.css.hiding import Styles, px_of
from pixelstudy.pixels.css.lengths import parse_dimension

__all__ = ["Sides", "Visibility", "size_of"]

Sides = tuple[str | None, str | None]
"""The ``width`` and ``height`` attributes, as written."""


class Visibility(NamedTuple):
    """Size and hiding of one resource."""

    width_px: float | None
    """The width; ``None`` if unknown."""

    height_px: float | None
    """The height; ``None`` if unknown."""

    size_from: str | None
    """Where the size is stated: ``attribute``, ``style``, ``sheet``, joined by ``+``."""

    declared_width: str | None
    """The width as written on the element, in the attribute or else inline style: the only one published rules read."""

    declared_height: str | None
    """The height as written on the element, likewise."""

    declared_from: str | None
    """Where the declared sides are written: ``attribute``, ``style``, or both joined by ``+``."""

    declared_hiding: str | None
    """The hiding declared on the element itself: ``display:none``, ``visibility:hidden``, ``hidden``."""

    hidden_by: str | None
    """The sign that hides it, and the element that has the sign: ``display:none on self``, ``opacity:0 on div``."""


def size_of(sides: Sides, written: Styles, inline: Styles, styles: Styles, *, is_hidden: bool) -> Visibility:
    """Return the size of an element and its declared size and hiding; ``hidden_by`` is left empty.

    Parameters
    ----------
    sides
        Its ``width`` and ``height`` attributes.
    written
        The winning declarations of its ``style`` attribute, as written.
    inline
        The same, with lengths that depend on the font converted to px.
    styles
        The winning declarations of sheets and inline style together.
    is_hidden
        Whether it has the ``hidden`` attribute.
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
    """Return both sides if a style makes one ``auto``: in the proportion of the attributes, as browsers do.

    If both are ``auto``, the picture has its natural size, and the attributes are all we know about that.
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
    """Return one side in px and where it is stated: style before attribute, then ``max-`` and ``min-`` limits."""
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
    """Return one side as written on the element, at most 16 characters, and where it is written."""
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
