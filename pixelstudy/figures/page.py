"""The page of every figure: its style, title, source and key, its axes of shares, and text that fits.

Text is measured before it is drawn, in the font that comes with Matplotlib, so that no name, however long, runs off the
page or into its neighbour.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Required, TypedDict

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.font_manager import findfont as find_font
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pixelstudy.figures.colours import COLOURS, INK
from pixelstudy.figures.hosts import readable_host
from pixelstudy.storage.places import whole_file

__all__ = [
    "MARGIN_IN",
    "QUARTERS",
    "STYLE",
    "WIDTH_IN",
    "Words",
    "end_labels_inward",
    "figure",
    "fitted",
    "ticks_of_shares",
    "vertical_shares",
    "width_in",
    "without_controls",
    "wrapped",
    "write_figure",
]

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
"""The width of every figure; on a phone a point of type is then about a pixel."""

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""The ticks of an axis of shares."""

MARGIN_IN = 0.13
"""The margin on the left and on the right."""


class Words(TypedDict, total=False):
    """The words around a figure, which every chart takes as keywords."""

    title: Required[str]
    """What the figure shows, as a sentence."""

    subtitle: str
    """What is measured, on which mail."""

    source: str
    """The origin of the data, below the figure."""


_DPI = 200
_N_COLOURS = 64
_KEY_PT = 8.8
_TITLE_PT, _SUBTITLE_PT, _SOURCE_PT = 13.0, 9.2, 7.8


def figure(
    title: str,
    *,
    subtitle: str = "",
    source: str = "",
    height_in: float = 4.0,
    sides_in: tuple[float, float] = (MARGIN_IN, MARGIN_IN),
    ticks: bool = True,
    named: Sequence[tuple[str, str, bool]] = (),
) -> tuple[Figure, Axes]:
    """Return a figure and its axes, with title and subtitle above and the source below, wrapped to its width.

    Parameters
    ----------
    height_in
        The height of the axes.
    sides_in
        The room to the left and to the right of the axes.
    ticks
        Whether the axes have numbers below them.
    named
        A key below the subtitle: a name, its colour, and whether its dot is open, each.
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
        width = 1 - sum(sides_in) / WIDTH_IN
        axes = drawn.add_axes((sides_in[0] / WIDTH_IN, foot_in / total_in, width, height_in / total_in))
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
                x, y = (x_in + 0.05) / WIDTH_IN, (y_in - 0.12) / total_in
                drawn.add_artist(Line2D([x], [y], marker="o", ms=6, color=colour, lw=0, **dot))
                drawn.text((x_in + 0.15) / WIDTH_IN, y, name, fontsize=_KEY_PT, va="center", color="#333333")
                x_in += 0.15 + width_in(name, _KEY_PT) + 0.16
            y_in -= 0.185
        for i, line in enumerate(foot):
            y_in = foot_in - (0.5 if ticks else 0.24) - 0.155 * i
            drawn.text(left, y_in / total_in, line, fontsize=_SOURCE_PT, va="top", color=COLOURS["grey"])
    return drawn, axes


def _key_lines(named: Sequence[tuple[str, str, bool]], room_in: float) -> list[list[tuple[str, str, bool]]]:
    """Return the entries of a key in lines that fit."""
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
    """Write a figure with its alt text, as SVG or PNG by the suffix of `path`, as PNG into memory.

    The same figure gives the same bytes. A PNG has 64 colours: it looks the same and is a quarter of the size, which
    notebooks hold.
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
        few = Image.open(buffer).convert("RGB").quantize(_N_COLOURS, dither=Image.Dither.NONE)
        buffer = BytesIO()
        few.save(buffer, format="png", optimize=True, pnginfo=described, dpi=(_DPI, _DPI))
    if isinstance(path, BytesIO):
        path.write(buffer.getvalue())
        return
    with whole_file(path) as file:
        file.write(buffer.getvalue())


def ticks_of_shares(axis: Axis, ticks: Sequence[float] = QUARTERS) -> None:
    """Give an axis of shares its ticks, labelled in per cent."""
    digits = 0 if max(ticks) > 0.04 else 1 if max(ticks) > 0.004 else 2
    axis.set_ticks(ticks, [f"{100 * tick:.{digits}f} %" for tick in ticks], fontsize=9)


def vertical_shares(axes: Axes, *, high: float = 1.0) -> None:
    """Label the vertical axis in per cent, with a line across at each quarter of `high`."""
    ticks = [quarter * high for quarter in QUARTERS]
    ticks_of_shares(axes.yaxis, ticks)
    for tick in ticks[1:]:
        axes.axhline(tick, color=COLOURS["light"], lw=0.6, zorder=0)


def end_labels_inward(axes: Axes) -> None:
    """Align the first and the last label of the horizontal axis with its ends."""
    axes.get_xticklabels()[0].set_horizontalalignment("left")
    axes.get_xticklabels()[-1].set_horizontalalignment("right")


@lru_cache(maxsize=8192)
def width_in(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is, in inches."""
    width_pt: float = text_to_path.get_text_width_height_descent(text, _font(size_pt, bold=bold), False)[0]
    return width_pt / 72


def fitted(text: object, room_in: float, size_pt: float, *, bold: bool = False) -> str:
    """Return text as one line that fits, ending in `…` if it had to be cut.

    Characters that the font lacks become `?`, and line breaks become spaces.

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
    """Return text as lines that fit; a word that is longer than a line is cut, and a number keeps its per cent sign."""
    lines: list[str] = []
    for word in re.findall(r"\S+(?: %\S*)?", _drawable(text)):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_in(longer, size_pt, bold=bold) <= room_in:
            lines[-1] = longer
        else:
            lines.append(fitted(word, room_in, size_pt, bold=bold))
    return lines


def _balanced(text: str, room_in: float, size_pt: float) -> list[str]:
    """Return bold text in as few lines as possible, of about equal length."""
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


def without_controls(text: str) -> str:
    """Return `text` without control characters and marks of direction."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in {"Cf", "Cc"} or letter.isspace())


def _drawable(text: str) -> str:
    """Return `text` with hosts in the form that can be read and drawn, and `?` for characters that the font lacks."""
    shown = "".join(_host_to_draw(word) for word in re.split(r"(\s+)", without_controls(text)))
    return "".join(letter if ord(letter) in _glyphs() or letter.isspace() else "?" for letter in shown)


def _host_to_draw(word: str) -> str:
    """Return a host in the letters of its language; in its ``xn--`` form if they can't be drawn, or taken for others.

    Letters that run from right to left can't be drawn. Other words are returned as they are.
    """
    shown = readable_host(word)
    if shown == word and word.isascii():
        return word
    can_draw = all(
        ord(letter) in _glyphs() and unicodedata.bidirectional(letter) not in {"R", "AL"} for letter in shown
    )
    if can_draw and "(" not in shown:
        return shown
    try:
        return word.encode("idna").decode("ascii") if "." in word else word
    except UnicodeError:
        return word
