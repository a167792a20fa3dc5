"""What an address says by its names: a spacer, a clear image, an opening, a picture, a sound.

A name clears nothing by itself and proves nothing by itself: senders call their beacons ``spacer.gif``. What a name
may decide, and what speaks against it, is said in :mod:`pixelstudy.pixels.verdict`.
"""

from __future__ import annotations

import re

__all__ = ["names_clear", "names_photo", "names_picture", "names_sound", "names_spacer", "says_open"]

_SPACER_NAME = re.compile(
    r"(?:^|[/_.-])(?:spacer|space|blank|transparent|transp?|clear|cleardot|clearpixel|(?:dot|pix)_?clear|clear_?dot|shim|"
    r"empty|dummy|pix_?trans|trans_?pix(?:el)?|pixel_trans|trns|invisible|null|nothing|gmail_?fix|divider|separator|line|"
    r"[a-z]*spacer|spacer[a-z0-9]*|trans[_-]?1x1|clear[_-]?1x1|blank[_-]?1x1)"
    r"[\d_x-]*\.(?:gif|png|jpe?g|webp)\Z",
    re.IGNORECASE,
)
# Those that name nothing but a clear image, which nobody sees at any size.
_CLEAR_NAME = re.compile(
    r"/(?:spacer|blank|transparent|clear|clear_?dot|clear_?pixel|shim|trans_?pix(?:el)?|pix(?:el)?_?trans|"
    r"(?:trans|clear|blank)[_-]?1x1|spacer_?\d{0,3})\.(?:gif|png)\Z",
    re.IGNORECASE,
)
# An address that says what it is for, on a path that names no picture but a dot's kind.
_SAYS_OPEN = re.compile(
    r"(?:^|[/_.-])(?:(?:track|mail|email|message|msg|log|r)?[_-]?open(?:ed|s|ing|rate|tracking|track|er|log|mail|email|pixel)?"
    r"|(?:track(?:ing)?|open)?[_-]?(?:pixel|beacon)|op?(?=\.gif)|webbug|readreceipt|read[_-]receipt)\d{0,2}(?=[/_.?]|\Z)",
    re.IGNORECASE,
)
_STORED = re.compile(r"\.(?:png|jpe?g|webp|svg|ico|bmp|avif|css|m?js|woff2?|ttf|otf|eot|mp[34]|webm)\Z", re.IGNORECASE)
# A picture that a style hides, and whose address asks nothing, is one for another client or a later moment.
_PICTURE = re.compile(r"\.(?:png|jpe?g|webp|svg)\s*\Z", re.IGNORECASE)
_PHOTO = re.compile(r"\.(?:jpe?g|webp|svg)\s*\Z", re.IGNORECASE)
_SOUND = re.compile(r"\.(?:wav|midi?|mp3|ogg|m4a|aac|au|wma|mp4|webm|vtt)\s*\Z", re.IGNORECASE)


def names_spacer(path: str) -> bool:
    """Return whether a path ends in a name that spacers have.

    >>> names_spacer("/i/spacer_10.gif?x=1"), names_spacer("/i/b.gif")
    (True, False)
    """
    return _SPACER_NAME.search(path.partition("?")[0]) is not None


def names_clear(path: str) -> bool:
    """Return whether a path ends in a name that nothing but a clear image has, which nobody sees at any size.

    >>> names_clear("/a/spacer.gif?x=1"), names_clear("/i/blank-check.gif")
    (True, False)
    """
    return _CLEAR_NAME.search(path.partition("?")[0]) is not None


def says_open(path: str) -> bool:
    """Return whether a path says by its words that it reports openings, and names no stored file.

    >>> says_open("/mail/open.php?id=1"), says_open("/open-house/door.jpg"), says_open("/css?family=Open+Sans")
    (True, False, False)
    """
    route = path.partition("?")[0]
    return _SAYS_OPEN.search(route) is not None and _STORED.search(route) is None


def names_picture(route: str) -> bool:
    """Return whether a path, without its query, names a picture of a kind that beacons seldom are."""
    return _PICTURE.search(route) is not None


def names_photo(route: str) -> bool:
    """Return whether a path, without its query, names a picture of a kind that beacons hardly ever are."""
    return _PHOTO.search(route) is not None


def names_sound(route: str) -> bool:
    """Return whether a path, without its query, names a sound or a clip."""
    return _SOUND.search(route) is not None
