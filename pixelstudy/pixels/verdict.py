"""From signals to a verdict: what a resource is, and the rule that decided.

Two questions decide. Can a person see it (:func:`~.signals.sight_of`)? And does its address identify the recipient who
opened the message? The rules are tried in order; the first that holds decides and writes the reason, which mentions
only what the rule looked at.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from pixelstudy.pixels.signals import CLEAR_SIDE_PX, CORNER_SIDE_PX, Signals, is_large, is_thin, unseen
from pixelstudy.pixels.signs import is_beacons_place
from pixelstudy.pixels.urls.tokens import Token, has_media_suffix, names_beacon
from pixelstudy.pixels.urls.vendors import VendorRule
from pixelstudy.pixels.urls.words import (
    hints_open,
    is_click_host,
    names_clear,
    names_photo,
    names_picture,
    names_sound,
    names_spacer,
    says_open,
)

__all__ = [
    "CONTENT",
    "KEYED_TOKEN_BITS",
    "SPACER_REPEATS",
    "TOKEN_BITS",
    "VISIBLE",
    "Verdict",
    "VerdictName",
    "judge",
]

VerdictName = Literal["spy_pixel", "counting_pixel", "tracked_content", "spacer", "content"]
SPACER_REPEATS = 3
"""An address that occurs this often in one message is layout: a beacon needs to load only once."""

TOKEN_BITS = 20
"""The fewest bits of a token in an invisible resource: enough for a million recipients."""

KEYED_TOKEN_BITS = 13
"""The fewest bits under a query key that names a person: enough for eight thousand recipients."""

SURE_TOKEN_BITS = 60
"""The fewest bits if nothing else suggests a beacon, because people see the resource or might."""


class Verdict(NamedTuple):
    """What a resource is."""

    name: VerdictName
    """One of the five verdicts."""

    reason: str
    """The rule that decided and what it found, as a sentence, without any address or token."""


def judge(signals: Signals) -> Verdict:
    """Return what a resource is, and why.

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
    return _judge_seen(signals) if is_large(signals) else _judge_unknown(signals)


def _judge_unseen(signals: Signals, hidden: str) -> Verdict:
    who = _proof(signals)
    if who:
        return Verdict("spy_pixel", f"Invisible ({hidden}), and {who}.")
    vendor, serves_display = signals.vendor, _serves_display(signals)
    if vendor and vendor.role == "drawn" and serves_display:
        return Verdict(
            "content", f"Invisible here ({hidden}), but it is a picture for another client, and {_nobody(signals)}."
        )
    if (vendor and vendor.role in {"count", "drawn"}) or _is_endpoint(vendor):
        return Verdict("counting_pixel", f"Invisible ({hidden}), and it counts openings: {_nobody(signals)}.")
    if signals.stored and serves_display and not _sure_token(signals):
        return Verdict("content", f"Invisible here ({hidden}), but {signals.stored}, and {_nobody(signals)}.")
    layout = _layout(signals)
    if layout and not serves_display:
        return Verdict("spacer", f"Invisible ({hidden}), but {layout}, and {_nobody(signals)}.")
    token = None if layout else _token(signals)
    if token:
        return Verdict("spy_pixel", f"Invisible ({hidden}), and {token}.")
    if serves_display:
        return Verdict(
            "content",
            f"Invisible here ({hidden}), but by its size or name it is a picture or sound for another client, and "
            f"{_nobody(signals)}.",
        )
    if _is_line(signals):
        return Verdict("spacer", f"Invisible ({hidden}), but its shape is a line's, and {_nobody(signals)}.")
    return Verdict("counting_pixel", f"Invisible ({hidden}), and {_nobody(signals)}.")


def _judge_style(signals: Signals) -> Verdict:
    who = _proof(signals) or _sure_token(signals)
    what = "to style the message" if signals.shows == "style" else "as a page in the message's place"
    if who:
        return Verdict("spy_pixel", f"Loaded by itself {what}, and {who}.")
    return Verdict("content", f"Loaded {what}; {_nobody(signals)}.")


def _judge_thin(signals: Signals) -> Verdict:
    size = _size(signals)
    layout = _layout(signals)
    who = _proof(signals) or (None if layout else _token(signals))
    if who:
        return Verdict("spy_pixel", f"Too thin to show anything ({size}), and {who}.")
    return Verdict("spacer", f"A line or corner for layout ({size}); {layout or _nobody(signals)}.")


def _judge_unknown(signals: Signals) -> Verdict:
    """Return the verdict on a picture of unknown size: a beacon if its address is one, otherwise a picture."""
    vendor = signals.vendor
    if _layout(signals) and not _proof(signals):
        return _CLEAR if _is_clear(signals) else CONTENT
    who, no_size = _proof(signals), "No size is given, but"
    if vendor and vendor.role == "drawn":
        if who:
            return Verdict("tracked_content", f"A picture drawn for each reader, and {who}.")
        return Verdict("content", f"A picture drawn for each reader, but {_nobody(signals)}.")
    if _is_endpoint(vendor):
        assert vendor
        if who:
            return Verdict("spy_pixel", f"{no_size} {who}, which returns an invisible image.")
        return Verdict(
            "counting_pixel", f"{no_size} it is an endpoint of {vendor.vendor} for openings; {_nobody(signals)}."
        )
    if vendor and vendor.role == "count" and not who:
        return Verdict(
            "counting_pixel", f"{no_size} {vendor.vendor} counts openings with its address; {_nobody(signals)}."
        )
    token, opens = _token(signals), says_open(signals.path, signals.host)
    if who or token:
        is_beacon = _why_beacon(signals, opens=opens, is_sure=bool(who or _sure_token(signals)))
        if is_beacon:
            return Verdict("spy_pixel", f"{no_size} {is_beacon}, and {who or token}.")
    if who:
        return Verdict("tracked_content", f"Nothing hides it, but {who}.")
    if (
        signals.token
        and (signals.token.place == "query" or signals.token.is_address)
        and (sure := _sure_token(signals))
    ):
        return Verdict("tracked_content", f"Nothing hides it, but {sure}.")
    if who := _clicked(signals):
        return Verdict("tracked_content", f"Nothing hides it, but {who}.")
    if opens and not signals.stored:
        return Verdict("counting_pixel", f"{no_size} its path names an opening; {_nobody(signals)}.")
    return _CLEAR if _is_clear(signals) else CONTENT


def _why_beacon(signals: Signals, *, opens: bool, is_sure: bool) -> str | None:
    """Return in words why a picture of unknown size, with a token or an identity, is a beacon; nothing if it isn't."""
    vendor = signals.vendor
    if vendor and vendor.role == "open":
        return f"its path looks like {vendor.vendor}'s open tracking"
    if opens and not signals.stored:
        return "its path names an opening"
    hints = hints_open(signals.path)
    if signals.stored or not (is_sure or hints):
        return None
    if names_clear(signals.path):
        return "by its name it is a clear image"
    is_picture = has_media_suffix(signals.path) and not names_beacon(signals.path)
    if is_beacons_place(signals.signs) and not is_picture and (hints or "no-link" in signals.signs):
        return f"it is where beacons are ({', '.join(signals.signs)}) and no picture by its name"
    return None


def _judge_seen(signals: Signals) -> Verdict:
    who = _proof(signals)
    if who:
        return Verdict("tracked_content", f"Visible, but {who}.")
    if signals.vendor and (signals.vendor.role in {"count", "drawn"} or _is_endpoint(signals.vendor)):
        return Verdict("content", f"Visible, and {_nobody(signals)}.")
    if signals.token and signals.token.place == "query" and not _layout(signals) and (sure := _sure_token(signals)):
        return Verdict("tracked_content", f"Visible, but {sure}.")
    if who := _clicked(signals):
        return Verdict("tracked_content", f"Visible, but {who}.")
    return _CLEAR if _is_clear(signals) else VISIBLE


_CLEAR = Verdict("spacer", "By its name a clear image for layout.")
VISIBLE = Verdict("content", "Visible, and no key of its query names a recipient.")
CONTENT = Verdict("content", "A picture of no stated size, whose address is not a beacon's.")


def _clicked(signals: Signals) -> str | None:
    """Return in words what identifies the recipient in a picture that a click host serves under a long code."""
    token = signals.token
    if token is None or token.place not in {"path", "file"} or token.bits < SURE_TOKEN_BITS:
        return None
    return f"a host that counts clicks serves it, and {_describe(token)}" if is_click_host(signals.host) else None


def _is_endpoint(vendor: VendorRule | None) -> bool:
    return vendor is not None and vendor.role == "open" and vendor.confidence == "host"


def _nobody(signals: Signals) -> str:
    """Return in words what was searched for in the address and not found."""
    if signals.vendor and signals.vendor.role in {"open", "drawn", "count"} and signals.vendor.confidence == "host":
        return f"the address has no recipient's part by the rule for {signals.vendor.vendor}"
    if signals.token:
        return "what varies in its address is not enough to be a recipient's"
    return "nothing in its address names a recipient"


def _sure_token(signals: Signals) -> str | None:
    token = signals.token
    if token is None:
        return None
    least = KEYED_TOKEN_BITS if token.is_readers else SURE_TOKEN_BITS / 2 if token.is_keyed else SURE_TOKEN_BITS
    return _describe(token) if token.bits >= least else None


def _proof(signals: Signals) -> str | None:
    """Return in words what identifies the recipient: an e-mail address, or the recipient part of a known endpoint."""
    if signals.identity:
        return f"its address holds the recipient's e-mail address ({_how_written(signals.identity)})"
    vendor = signals.vendor
    if vendor and signals.has_recipient and (vendor.role == "drawn" or _is_endpoint(vendor) or vendor.recipient):
        if vendor.role == "drawn":
            return f"its address holds the recipient's part of {vendor.vendor}'s pictures"
        if _is_endpoint(vendor):
            return f"its address is an open-tracking endpoint of {vendor.vendor} with the recipient's part"
        return f"its path looks like {vendor.vendor}'s, with the recipient's part"
    return None


def _how_written(identity: str) -> str:
    """Return in words in which form an address contains an e-mail address.

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
    """Return in words how many recipients a number of bits can distinguish.

    >>> _how_many(13.3), _how_many(26.6), _how_many(72)
    ('10,000 of them', '100,000,000 of them', 'over a billion of them')
    """
    if bits >= 30:
        return "over a billion of them"
    number = 2**bits
    return f"{round(number, 1 - len(str(int(number)))):,.0f} of them"


def _layout(signals: Signals) -> str | None:
    """Return in words why the resource is layout; nothing if it isn't, or if a token contradicts that."""
    token = signals.token if _token(signals) else None
    if token and token.is_keyed:
        return None
    if signals.n_repeats >= SPACER_REPEATS:
        return f"the same address occurs {signals.n_repeats} times in the message, as a spacer's does"
    if names_spacer(signals.path):
        has_token = token is not None and (
            token.place == "query" or (token.place == "path" and token.bits >= SURE_TOKEN_BITS)
        )
        if not has_token:
            return "its file has a spacer's name"
    return None


def _serves_display(signals: Signals) -> bool:
    """Return whether the resource is a picture or sound meant for another client or a later moment, not a dot."""
    route = signals.path.partition("?")[0]
    if signals.shows == "nothing":
        return names_sound(route)
    if names_clear(route) or says_open(signals.path, signals.host):
        return False
    if signals.width_px == 0 or signals.height_px == 0:
        return names_sound(route) or names_photo(route) or is_large(signals)
    if not signals.hidden_by or is_thin(signals.width_px, signals.height_px):
        return False
    sides = [side for side in (signals.width_px, signals.height_px, signals.declared_px) if side is not None]
    is_small = bool(sides) and max(sides) <= CORNER_SIDE_PX
    return not is_small and (
        is_large(signals) or signals.stored is not None or names_picture(route) or names_sound(route)
    )


def _is_clear(signals: Signals) -> bool:
    """Return whether the resource is a clear image, by its name together with its size or its repetition."""
    width, height = signals.width_px, signals.height_px
    is_low = (width is not None and width <= CLEAR_SIDE_PX) or (height is not None and height <= CLEAR_SIDE_PX)
    return (is_low or signals.n_repeats >= SPACER_REPEATS) and names_clear(signals.path)


def _is_line(signals: Signals) -> bool:
    width, height = signals.width_px, signals.height_px
    return bool(width and height and is_thin(width, height) and max(width, height) > 3)


def _size(signals: Signals) -> str:
    sides = ("unknown" if side is None else f"{side:g}" for side in (signals.width_px, signals.height_px))
    return " x ".join(sides) + " px"
