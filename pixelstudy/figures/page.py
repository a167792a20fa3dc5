"""The page that every figure stands on: its style, its title and source, and text that fits where it is put.

Text is measured before it is drawn, in the one font that Matplotlib brings with it, so nothing runs off the page
or into its neighbour, whatever a sender calls itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.font_manager import findfont as find_font
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path
from PIL import Image
from PIL.PngImagePlugin import PngInfo

__all__ = [
    "COLOURS",
    "INK",
    "MARGIN_IN",
    "QUARTERS",
    "STYLE",
    "WIDTH_IN",
    "figure",
    "fitted",
    "width_in",
    "wrapped",
    "write_figure",
]

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
"""Okabe and Ito (2008), and two greys."""

INK = "#111111"
"""The colour of what is read first."""

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": COLOURS["grey"],
    "axes.grid": False,
    "xtick.color": "#333333",
    "ytick.color": INK,
    "ytick.left": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "pixelstudy",
    "svg.fonttype": "path",
    "legend.frameon": False,
}
"""Matplotlib's settings while a figure is drawn or written."""

WIDTH_IN = 4.8
"""How wide every figure is: on a phone a point of type is then about a pixel."""

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where an axis of shares has its ticks."""

MARGIN_IN = 0.13
"""What stays free at the left and the right."""

_DPI = 200
_KEY_PT = 8.8
_TITLE_PT, _SUBTITLE_PT, _SOURCE_PT = 13.0, 9.2, 7.8


def figure(
    title: str,
    *,
    subtitle: str = "",
    source: str = "",
    height_in: float = 4.0,
    ticks: bool = True,
    named: Sequence[tuple[str, str, bool]] = (),
) -> tuple[Figure, Axes]:
    """Return a figure and its axes, with title and subtitle above and the source beneath, wrapped to its width.

    Parameters
    ----------
    height_in
        How high the axes are.
    ticks
        Whether the axes have numbers beneath them.
    named
        A key beneath the subtitle: a name, its colour, and whether its dot is open, each.
    """
    room_in = WIDTH_IN - 2 * MARGIN_IN
    head = _balanced(title, room_in, _TITLE_PT)
    under = [line for part in subtitle.split("\n") for line in wrapped(part, room_in, _SUBTITLE_PT)]
    foot = [line for part in source.split("\n") for line in wrapped(part, room_in, _SOURCE_PT)]
    keys = _key_lines(named, room_in)
    top_in = 0.16 + 0.235 * len(head) + 0.185 * len(under) + 0.185 * len(keys) + (0.05 if keys else 0) + 0.14
    foot_in = (0.56 if ticks else 0.3) + 0.155 * len(foot)
    total_in = height_in + top_in + foot_in
    left = MARGIN_IN / WIDTH_IN
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=(WIDTH_IN, total_in))
        axes = drawn.add_axes((0.05, foot_in / total_in, 0.9, height_in / total_in))
        y_in = total_in - 0.16
        for line in head:
            drawn.text(left, y_in / total_in, line, fontsize=_TITLE_PT, fontweight="bold", va="top", color=INK)
            y_in -= 0.235
        for line in under:
            drawn.text(left, y_in / total_in, line, fontsize=_SUBTITLE_PT, va="top", color="#333333")
            y_in -= 0.185
        for line_of_keys in keys:
            x_in = MARGIN_IN
            for name, colour, is_open in line_of_keys:
                dot: Any = {"mfc": "white", "mew": 1.3} if is_open else {}
                at = (y_in - 0.12) / total_in
                drawn.add_artist(Line2D([(x_in + 0.05) / WIDTH_IN], [at], marker="o", ms=6, color=colour, lw=0, **dot))
                drawn.text(
                    (x_in + 0.15) / WIDTH_IN,
                    (y_in - 0.12) / total_in,
                    name,
                    fontsize=_KEY_PT,
                    va="center",
                    color="#333333",
                )
                x_in += 0.15 + width_in(name, _KEY_PT) + 0.16
            y_in -= 0.185
        for i, line in enumerate(foot):
            y_in = foot_in - (0.5 if ticks else 0.24) - 0.155 * i
            drawn.text(left, y_in / total_in, line, fontsize=_SOURCE_PT, va="top", color=COLOURS["grey"])
    return drawn, axes


def _key_lines(named: Sequence[tuple[str, str, bool]], room_in: float) -> list[list[tuple[str, str, bool]]]:
    """Return the names of a key in lines that fit."""
    lines: list[list[tuple[str, str, bool]]] = []
    left_in = 0.0
    for name, colour, is_open in named:
        text = fitted(name, room_in - 0.2, _KEY_PT)
        needed_in = 0.15 + width_in(text, _KEY_PT) + 0.16
        if not lines or left_in < needed_in - 0.16:
            lines.append([])
            left_in = room_in
        lines[-1].append((text, colour, is_open))
        left_in -= needed_in
    return lines


def write_figure(drawn: Figure, path: Path | BytesIO, *, alt: str) -> None:
    """Write a figure as PNG or SVG, by the suffix of `path`, with its alt text: the same bytes each time.

    Into memory goes a PNG.

    A PNG has 256 colours, which is a third of the size and looks the same: notebooks hold them.
    """
    buffer, is_svg = BytesIO(), isinstance(path, Path) and path.suffix == ".svg"
    with mpl.rc_context(STYLE):
        if is_svg:
            metadata = {"Date": None, "Creator": None, "Description": alt}
            drawn.savefig(buffer, format="svg", metadata=metadata)
        else:
            drawn.savefig(buffer, format="png", dpi=_DPI)
    if not is_svg:
        described = PngInfo()
        described.add_text("Description", alt)
        few = Image.open(buffer).convert("RGB").quantize(256, dither=Image.Dither.NONE)
        buffer = BytesIO()
        few.save(buffer, format="png", optimize=True, pnginfo=described, dpi=(_DPI, _DPI))
    if isinstance(path, BytesIO):
        path.write(buffer.getvalue())
        return
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(buffer.getvalue())
    partial.replace(path)


@lru_cache(maxsize=8192)
def width_in(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is, in inches."""
    width_pt: float = text_to_path.get_text_width_height_descent(text, _font(size_pt, bold=bold), False)[0]
    return width_pt / 72


def fitted(text: object, room_in: float, size_pt: float, *, bold: bool = False) -> str:
    """Return text as one line that fits, its end left out for `…` where it is too long.

    What the font can't draw becomes `?`, and line ends become spaces.

    Examples
    --------
    >>> fitted("a.rather.long.host.of.a.sender.example", 1.0, 9)
    'a.rather.long.…'
    """
    line = _drawable(" ".join(str(text).split()))
    if width_in(line, size_pt, bold=bold) <= room_in:
        return line
    least, most = 0, len(line)
    while least < most:
        middle = (least + most + 1) // 2
        fits = width_in(line[:middle].rstrip() + "…", size_pt, bold=bold) <= room_in
        least, most = (middle, most) if fits else (least, middle - 1)
    return line[:least].rstrip() + "…"


def wrapped(text: str, room_in: float, size_pt: float, *, bold: bool = False) -> list[str]:
    """Return text in lines that fit; a word that is too long for a line is cut."""
    lines: list[str] = []
    for word in _drawable(text).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_in(longer, size_pt, bold=bold) <= room_in:
            lines[-1] = longer
        else:
            lines.append(fitted(word, room_in, size_pt, bold=bold))
    return lines


def _balanced(text: str, room_in: float, size_pt: float) -> list[str]:
    """Return bold text in as few lines as fit, of about the same length."""
    lines = wrapped(text, room_in, size_pt, bold=True)
    while room_in > 1.5:
        narrower = wrapped(text, room_in - 0.1, size_pt, bold=True)
        if len(narrower) > len(lines) or any(line.endswith("…") for line in narrower):
            break
        lines, room_in = narrower, room_in - 0.1
    return lines


@lru_cache(maxsize=32)
def _font(size_pt: float, *, bold: bool) -> FontProperties:
    return FontProperties(family="DejaVu Sans", size=size_pt, weight="bold" if bold else "normal")


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    font: FT2Font = get_font(find_font(_font(10, bold=False)))
    return frozenset(font.get_charmap())


def _drawable(text: str) -> str:
    """Return `text` with `?` for what the font has no sign for, and without marks that change the direction."""
    kept = (letter for letter in text if unicodedata.category(letter) not in {"Cf", "Cc"} or letter.isspace())
    return "".join(letter if ord(letter) in _glyphs() or letter.isspace() else "?" for letter in kept)
