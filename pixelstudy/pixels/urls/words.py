"""Names in an address that hint at a spacer, a clear image, an opening, a picture or a sound.

A name alone neither clears nor proves anything: some senders call their beacons ``spacer.gif``.
:mod:`pixelstudy.pixels.verdict` weighs names against everything else.
"""

from __future__ import annotations

import re

__all__ = [
    "hints_open",
    "is_click_host",
    "names_clear",
    "names_photo",
    "names_picture",
    "names_sound",
    "names_spacer",
    "says_open",
]

# What clear images are called, in languages of Europe.
_CLEAR = (
    "spacer|gap|blank|clear|empty|filler|shim|transparent|abstand(?:halter)?|platzhalter|leer|luecke|durchsichtig|weiss|"
    "vide|blanc|espace(?:ur)?|transparente|vacio|blanco|espacio|espaciador|vazio|espaco|espacador|vuoto|spazio|"
    "spaziatore|trasparente|bianco|leeg|wit|tussenruimte|doorzichtig|tomt|mellanrum|mellomrom|mellemrum|genomskinlig|"
    "gennemsigtig|gjennomsiktig|pusty|odstep|przezroczysty|prazdny|mezera|pruhledny|ures|terkoz|atlatszo|tyhja|bosluk|"
    "seffaf"
)
_LINE = (
    "line|divider|separator|linie|trenn(?:linie|er)|ligne|separateur|filet|linea|separador|linha|riga|separatore|lijn|"
    "scheiding|linje"
)
_SPACER_NAME = re.compile(
    rf"(?:^|[/_.-])(?:{_CLEAR}|{_LINE}|space|transp?|cleardot|clearpixel|(?:dot|pix)_?clear|clear_?dot|dummy|pix_?trans|"
    r"trans_?pix(?:el)?|pixel_trans|trns|invisible|null|nothing|gmail_?fix|[a-z]*spacer|spacer[a-z0-9]*|trans[_-]?1x1)"
    r"[\d_x-]*\.(?:gif|png|jpe?g|webp)\Z",
    re.IGNORECASE,
)
# Names that only clear images have, which nobody sees at any size.
_CLEAR_NAME = re.compile(
    rf"/(?:{_CLEAR}|clear_?dot|clear_?pixel|trans_?pix(?:el)?|pix(?:el)?_?trans|trans[_-]?1x1)[\d_x-]*\.(?:gif|png)\Z",
    re.IGNORECASE,
)
# Words in a path that say it reports openings.
_SAYS_OPEN = re.compile(
    r"(?:^|[/_.-])(?:(?:track|mail|email|message|msg|log|r)?[_-]?open(?:ed|s|ing|rate|tracking|track|er|log|mail|email|pixel)?"
    r"|(?:track(?:ing)?|open)?[_-]?(?:pixel|beacon)|op?(?=\.gif)|webbug|read[_-]?(?:receipt|mail|message|msg))\d{0,2}(?=[/_.?]|\Z)",
    re.IGNORECASE,
)
# Picture files with a name that only beacons have, and hosts named after openings.
_BEACON_FILE = re.compile(
    r"/(?:open|track(?:ing)?|mail)?[_-]?(?:pixel|px|beacon|tracker|webbug|1x1|opened)(?:[_-][\w-]*)?\.(?:png|gif)\Z",
    re.IGNORECASE,
)
_OPEN_HOST = re.compile(r"(?:\A|\.)(?:e?mail-?)?(?:open|pixel|px|beacon)s?\d*(?:-\w+)?\.(?=[^.]+\.)")
# The same in a query (``task=openStats``), and in words of other languages.
_OPEN_QUERY = re.compile(
    r"[?&](?:task|action|act|event|ev|type|cmd|ctrl|do|op|method|m|mode|fuseaction)=(?:e?mail_?)?(?:track_?)?open\w{0,8}(?=&|\Z)",
    re.IGNORECASE,
)
_OTHER_LANGUAGES = re.compile(
    r"""(?:^|[/_.-])(?:z(?:ae|a|%C3%A4)hlpixel|oeffnung(?:en)?|geoeffnet|gelesen|lesebestaetigung  # German
    |ouvertures?|ouvert|accuse_?lecture|apertura|abierto|abrir|leido|aberto|abertura|lido   # Romance
    |aperto|letto|geopend|gelezen|otwarcie|odczyt|otevreni|oppnad|oppnat|aapnet|avattu|aabnet|kaifeng)  # others
    \d{0,2}(?=[/_.?-]|\Z)""",
    re.IGNORECASE | re.VERBOSE,
)
# Words that picture names have, and words and folders that beacons share with much else: only a hint, which counts if
# the picture is also placed where beacons are.
_SHOWN = re.compile(
    r"(?:logo|banner|header|footer|hero|photo|image|picture|cover|chart|graph|map|avatar|icon|button|barcode|captcha|thumb|"
    r"product|poster|signature)",
    re.IGNORECASE,
)
_HINT = re.compile(
    r"(?:^|[/_.-])(?:o|e|t|r|p|v|x|i|b|op|px|tr|trk|trace|track(?:er|ing|s)?|read(?:er)?|seen|view(?:ed)?|vu|lu|lue|count(?:er)?|"
    r"z(?:ae|a)ehler|hit|stats?|log|imp(?:ression)?|notify|receipt|ping|bug|wf|ss|mo|oo|links?|clicks?|rd)(?=[/_.?-]|\Z)|"
    r"\.(?:php\d?|aspx?|ashx|cgi|pl|dll|jsp|do|cfm)(?=[/?]|\Z)",
    re.IGNORECASE,
)
_CLICK_HOST = re.compile(r"(?:clicks?|clk|links?|lnk|trk|track)\d*\.")
_STORED = re.compile(r"\.(?:png|jpe?g|webp|svg|ico|bmp|avif|css|m?js|woff2?|ttf|otf|eot|mp[34]|webm)\Z", re.IGNORECASE)
# Suffixes of pictures that, if hidden, are meant for another client or a later moment.
_PICTURE = re.compile(r"\.(?:png|jpe?g|webp|svg)\s*\Z", re.IGNORECASE)
_PHOTO = re.compile(r"\.(?:jpe?g|webp|svg)\s*\Z", re.IGNORECASE)
_SOUND = re.compile(r"\.(?:wav|midi?|mp3|ogg|m4a|aac|au|wma|mp4|webm|vtt)\s*\Z", re.IGNORECASE)


def names_spacer(path: str) -> bool:
    """Return whether a path ends in a name typical of spacers.

    >>> names_spacer("/i/spacer_10.gif?x=1"), names_spacer("/i/b.gif")
    (True, False)
    """
    return _SPACER_NAME.search(path.partition("?")[0]) is not None


def names_clear(path: str) -> bool:
    """Return whether a path ends in a name that only clear images have, which nobody sees at any size.

    >>> names_clear("/a/spacer.gif?x=1"), names_clear("/i/blank-check.gif")
    (True, False)
    """
    return _CLEAR_NAME.search(path.partition("?")[0]) is not None


def says_open(path: str, host: str = "") -> bool:
    """Return whether the words in an address say that it reports openings, and it names no stored file.

    >>> says_open("/mail/open.php?id=1"), says_open("/open-house/door.jpg"), says_open("/css?family=Open+Sans")
    (True, False, False)
    >>> says_open("/7f3a", "open.shop.example"), says_open("/track/pixel-7f3a.png")
    (True, True)
    """
    route = path.partition("?")[0]
    if _OPEN_HOST.search(host) or _BEACON_FILE.search(route) or _OPEN_QUERY.search(path):
        return True
    return (_SAYS_OPEN.search(route) or _OTHER_LANGUAGES.search(route)) is not None and _STORED.search(route) is None


def hints_open(path: str) -> bool:
    """Return whether a path has a word, folder or script suffix that beacons often have, but not only they.

    >>> hints_open("/o/XCuUtkey4A"), hints_open("/count.php?id=1"), hints_open("/summer/hero")
    (True, True, False)
    """
    route = path.partition("?")[0]
    return _HINT.search(route) is not None and _SHOWN.search(route) is None


def is_click_host(host: str) -> bool:
    """Return whether a host is named after click or link tracking.

    >>> is_click_host("click1.shop.example"), is_click_host("www.shop.example")
    (True, False)
    """
    return _CLICK_HOST.match(host) is not None


def names_picture(route: str) -> bool:
    """Return whether a path, without its query, has the suffix of a picture that is seldom a beacon."""
    return _PICTURE.search(route) is not None


def names_photo(route: str) -> bool:
    """Return whether a path, without its query, has the suffix of a picture that is hardly ever a beacon."""
    return _PHOTO.search(route) is not None


def names_sound(route: str) -> bool:
    """Return whether a path, without its query, has the suffix of a sound or video."""
    return _SOUND.search(route) is not None
