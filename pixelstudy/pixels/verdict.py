"""Signals to verdict: what a resource is, and the rule that says so.

A resource is judged by two questions. Can a person see it? And does its address tell one recipient's opening
apart? The rules below are asked in order; the first that holds decides and writes the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from pixelstudy.pixels.carriers import Shows
from pixelstudy.pixels.urls.tokens import Token
from pixelstudy.pixels.urls.vendors import VendorRule
from pixelstudy.pixels.urls.words import names_clear, names_photo, names_picture, names_sound, names_spacer, says_open

__all__ = [
    "CONTENT",
    "INVISIBLE_AREA_PX2",
    "SPACER_REPEATS",
    "Signals",
    "Verdict",
    "VerdictName",
    "is_plain",
    "is_thin",
    "judge",
    "unseen",
]

VerdictName = Literal["spy_pixel", "counting_pixel", "tracked_content", "spacer", "content"]

INVISIBLE_AREA_PX2 = 9
"""The largest area that nobody sees: 3 x 3 px."""

THIN_SIDE_PX = 2
"""A side so short that the image is a line, whatever its other side."""

CORNER_SIDE_PX = 5
"""Sides so short that the image is a dot or a corner: too small to be a picture."""

CLEAR_SIDE_PX = 30
"""The shorter side of what its name may make a clear image: pictures have been sent under such names."""

SPACER_REPEATS = 3
"""So many times in one message, and an address serves layout: a beacon needs to load once."""

TOKEN_BITS = 20
"""What a token of an invisible resource must be able to tell apart: a million recipients."""

KEYED_TOKEN_BITS = 13
"""The same under a query key that names a person: eight thousand."""

VISIBLE_TOKEN_BITS = 60
"""The same for a resource that people see, where signatures and asset names abound."""


@dataclass(slots=True)
class Signals:
    """What is known of one resource when it is judged. Not frozen, which is quicker made: every resource needs one."""

    width_px: float | None = None
    """Its width, where it is known."""

    height_px: float | None = None
    """Its height, where it is known."""

    declared_px: float | None = None
    """The longer side that its own markup states, even where a style makes the size unknown."""

    hidden_by: str | None = None
    """What hides it."""

    shows: Shows = "picture"
    """What its carrier shows."""

    path: str = ""
    """Path and query of its address."""

    vendor: VendorRule | None = None
    """The rule that its address matches."""

    token: Token | None = None
    """The part that could number recipients."""

    identity: str | None = None
    """How the recipient's address stands in it."""

    n_repeats: int = 1
    """How many times its address stands in the message."""


class Verdict(NamedTuple):
    """What a resource is."""

    name: VerdictName
    """One of the five."""

    reason: str
    """The rule that decided and what it saw, as a sentence; no address, no token."""


def unseen(signals: Signals) -> str | None:
    """Return in words why nobody sees the resource, or nothing where somebody could.

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


def judge(signals: Signals) -> Verdict:
    """Return what a resource is, with the reason.

    Examples
    --------
    >>> judge(Signals(width_px=1, height_px=1, identity="md5")).reason
    "Invisible (it measures 1 x 1 px), and its address holds the recipient's e-mail address (hashed as md5)."
    >>> judge(Signals(width_px=1, height_px=1, n_repeats=9)).name
    'spacer'
    """
    if signals.shows in {"style", "page"}:
        return _judge_style(signals)
    hidden = unseen(signals)
    if hidden:
        return _judge_unseen(signals, hidden)
    if is_thin(signals.width_px, signals.height_px):
        return _judge_thin(signals)
    return _judge_seen(signals)


def _judge_unseen(signals: Signals, hidden: str) -> Verdict:
    who = _proof(signals)
    if who:
        return Verdict("spy_pixel", f"Invisible ({hidden}), and {who}.")
    vendor = signals.vendor
    if vendor and vendor.role == "count":
        return Verdict(
            "counting_pixel",
            f"Invisible ({hidden}), and its address is one that {vendor.vendor} counts openings with.",
        )
    layout = _layout(signals)
    serves_display = _serves_display(signals)
    if layout and not serves_display:
        return Verdict("spacer", f"Invisible ({hidden}), but {layout}, and nothing in its address names a recipient.")
    token = None if layout else _token(signals)
    if token:
        return Verdict("spy_pixel", f"Invisible ({hidden}), and {token}.")
    if vendor and vendor.role == "open" and not layout:
        return Verdict("spy_pixel", f"Invisible ({hidden}), and its path looks like {vendor.vendor}'s open tracking.")
    if serves_display:
        return Verdict(
            "content",
            f"Invisible here ({hidden}), but it is a picture or sound for another mail program or a later moment, and "
            "nothing in its address names a recipient.",
        )
    if _is_line(signals):
        return Verdict("spacer", f"Invisible ({hidden}), but its shape is a line's, and nothing names a recipient.")
    return Verdict("counting_pixel", f"Invisible ({hidden}), and nothing in its address names a recipient.")


def _judge_style(signals: Signals) -> Verdict:
    token = signals.token
    who = _proof(signals)
    if not who and token and token.bits >= (VISIBLE_TOKEN_BITS / 2 if token.is_keyed else VISIBLE_TOKEN_BITS):
        who = _describe(token)
    what = "to style the message" if signals.shows == "style" else "as a page in the message's place"
    if who:
        return Verdict("spy_pixel", f"Loaded by itself {what}, and {who}.")
    return Verdict("content", f"Loaded {what}; nothing in its address names a recipient.")


def _judge_thin(signals: Signals) -> Verdict:
    size = _size(signals)
    vendor = signals.vendor
    who = _proof(signals) or (None if _layout(signals) else _token(signals))
    if not who and vendor and vendor.role == "open":
        who = f"its path looks like {vendor.vendor}'s open tracking"
    if who:
        return Verdict("spy_pixel", f"Too thin to show anything ({size}), and {who}.")
    return Verdict("spacer", f"A line or corner for layout ({size}); nothing in its address names a recipient.")


def _judge_seen(signals: Signals) -> Verdict:
    vendor, token = signals.vendor, signals.token
    if vendor is None and token is None and signals.identity is None:
        return _CLEAR if _is_clear(signals) else CONTENT
    looks_open = vendor is not None and vendor.role == "open"
    if vendor and looks_open and not _is_large(signals) and vendor.confidence == "host":
        return Verdict(
            "spy_pixel",
            f"No size is given, but its address is {vendor.vendor}'s open-tracking endpoint, which returns an "
            "invisible image.",
        )
    layout = _layout(signals)
    who = _proof(signals)
    if not _is_large(signals) and not layout:
        sure = who or (_describe(token) if token and token.bits >= _sure_bits(token) else None)
        if vendor and looks_open and (who or _token(signals)):
            return Verdict(
                "spy_pixel",
                f"No size is given, but its path looks like {vendor.vendor}'s open tracking, and "
                f"{who or _token(signals)}.",
            )
        if sure and says_open(signals.path):
            return Verdict("spy_pixel", f"No size is given, but its path names an opening, and {sure}.")
        if sure and names_clear(signals.path):
            return Verdict("spy_pixel", f"No size is given, but by its name it is a clear image, and {sure}.")
    seen = "Visible" if _is_large(signals) else "Nothing hides it"
    if who:
        return Verdict("tracked_content", f"{seen}, but {who}.")
    if token and token.place == "query" and token.bits >= _sure_bits(token):
        return Verdict("tracked_content", f"{seen}, but {_describe(token)}.")
    return _CLEAR if _is_clear(signals) else CONTENT


_CLEAR = Verdict("spacer", "By its name a clear image for layout; nothing in its address names a recipient.")
CONTENT = Verdict("content", "Visible, or of unknown size, and nothing in its address names a recipient.")


def _sure_bits(token: Token) -> float:
    return VISIBLE_TOKEN_BITS / 2 if token.is_keyed else VISIBLE_TOKEN_BITS


def _proof(signals: Signals) -> str | None:
    """Return what tells the recipient apart beyond doubt: the address itself, or a known endpoint."""
    if signals.identity:
        return f"its address holds the recipient's e-mail address ({_how_written(signals.identity)})"
    vendor = signals.vendor
    if vendor and vendor.role == "open" and vendor.confidence == "host":
        return f"its address is an open-tracking endpoint of {vendor.vendor}"
    return None


def _how_written(identity: str) -> str:
    """Return in words how an address stands in another.

    >>> [_how_written(how) for how in ("plain", "base64", "sha1 of md5", "base64 of md5")]
    ['written out', 'encoded as base64', 'hashed as sha1 of md5', 'hashed as base64 of md5']
    """
    if identity == "plain":
        return "written out"
    if identity == "local part":
        return "its part before the @"
    return f"encoded as {identity}" if identity in {"base64", "base64 of base64", "hex"} else f"hashed as {identity}"


def _token(signals: Signals) -> str | None:
    token = signals.token
    if token is None or token.bits < (KEYED_TOKEN_BITS if token.is_keyed else TOKEN_BITS):
        return None
    return _describe(token)


def _describe(token: Token) -> str:
    where = {
        "query": "the query of its address",
        "path": "the path of its address",
        "file": "the file name in its address",
        "host": "the host name in its address",
    }[token.place]
    if token.is_address:
        return f"{where} holds an e-mail address"
    return f"{where} carries a token that can tell recipients apart (it could number {_how_many(token.bits)})"


def _how_many(bits: float) -> str:
    """Return in words how many recipients so many bits can number.

    >>> _how_many(13.3), _how_many(26.6), _how_many(72)
    ('10,000 of them', '100,000,000 of them', 'over a billion of them')
    """
    if bits >= 30:
        return "over a billion of them"
    number = 2**bits
    return f"{round(number, 1 - len(str(int(number)))):,.0f} of them"


def _layout(signals: Signals) -> str | None:
    """Return what makes it a piece of layout, unless a token speaks against it."""
    token = signals.token
    is_personal = (
        token is not None
        and _token(signals) is not None
        and (token.is_keyed or (token.place == "query" and token.bits >= VISIBLE_TOKEN_BITS))
    )
    if is_personal:
        return None
    if signals.n_repeats >= SPACER_REPEATS:
        return f"the same address stands {signals.n_repeats} times in the message, as a spacer's does"
    if names_spacer(signals.path):
        has_token = token is not None and (
            token.bits >= VISIBLE_TOKEN_BITS
            if token.place == "path"
            else token.place == "query" and bool(_token(signals))
        )
        if not has_token:
            return "its file has a spacer's name"
    return None


def _serves_display(signals: Signals) -> bool:
    """Return whether it is a picture or sound for another client or moment, and not a dot."""
    route = signals.path.partition("?")[0]
    if signals.shows == "nothing":
        return names_sound(route)
    if names_clear(route):
        return False
    if signals.width_px == 0 or signals.height_px == 0:
        return names_sound(route) or names_photo(route) or _is_large(signals)
    if not signals.hidden_by or is_thin(signals.width_px, signals.height_px):
        return False
    sides = [side for side in (signals.width_px, signals.height_px, signals.declared_px) if side is not None]
    is_small = bool(sides) and max(sides) <= CORNER_SIDE_PX
    return not is_small and (_is_large(signals) or names_picture(route) or names_sound(route))


def is_plain(width_px: float | None, height_px: float | None, hidden_by: str | None) -> bool:
    """Return whether a picture is seen, and too large for a clear image: content, if it tells no recipients apart.

    >>> is_plain(600, 200, None), is_plain(600, 20, None), is_plain(600, 200, "opacity:0 on self")
    (True, False, False)
    """
    return not hidden_by and all(side is None or side > CLEAR_SIDE_PX for side in (width_px, height_px))


def _is_clear(signals: Signals) -> bool:
    """Return whether name and size, or name and repetition, say that it is a clear image."""
    width, height = signals.width_px, signals.height_px
    is_low = (width is not None and width <= CLEAR_SIDE_PX) or (height is not None and height <= CLEAR_SIDE_PX)
    return (is_low or signals.n_repeats >= SPACER_REPEATS) and names_clear(signals.path)


def _is_line(signals: Signals) -> bool:
    sides = (signals.width_px, signals.height_px)
    return None not in sides and 0 not in sides and max(sides) > 3  # type: ignore[type-var,operator]


def _size(signals: Signals) -> str:
    sides = ("unknown" if side is None else f"{side:g}" for side in (signals.width_px, signals.height_px))
    return " x ".join(sides) + " px"


def is_thin(width_px: float | None, height_px: float | None) -> bool:
    """Return whether a size is that of a line or corner: too thin to be a picture, too large for a dot.

    >>> is_thin(620, 1), is_thin(1, None), is_thin(5, 5), is_thin(10, 10), is_thin(None, None)
    (True, True, True, False, False)
    """
    if width_px is None or height_px is None:
        side = height_px if width_px is None else width_px
        return side is not None and side <= THIN_SIDE_PX
    return min(width_px, height_px) <= THIN_SIDE_PX or max(width_px, height_px) <= CORNER_SIDE_PX


def _is_large(signals: Signals) -> bool:
    return max(signals.width_px or 0.0, signals.height_px or 0.0, signals.declared_px or 0.0) > INVISIBLE_AREA_PX2
