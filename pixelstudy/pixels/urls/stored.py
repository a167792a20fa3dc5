"""What an address says of being kept somewhere: a stored, signed or resized picture is the same for every reader.

Such addresses are full of long random strings: signatures, content hashes, the numbers of assets. None of them is a
recipient's. :func:`stored_as` is asked before any token, whether the picture is seen or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from pixelstudy.pixels.urls.tokens import names_beacon
from pixelstudy.pixels.urls.words import names_spacer

__all__ = ["BY_NAME", "IN_FOLDER", "ON_HOST", "is_surely_stored", "stored_as"]

IN_FOLDER, BY_NAME, ON_HOST = (
    "it is kept in a folder of pictures",
    "it is a picture by its name",
    "it is kept on a host of pictures",
)
"""What is said of an address by its names alone: its query may still tell recipients apart."""

_SIGNED, _CUT, _ATTACHED = (
    "it is signed for a store of files",
    "it is a picture cut to size",
    "it is an attachment in its writer's own mailbox",
)

# Query keys that sign the address of a stored file, each set by services that use it together.
_SIGNATURES: tuple[frozenset[str], ...] = tuple(
    frozenset(keys.split())
    for keys in (
        "x-amz-signature",  # Amazon S3, version 4, and everything that speaks its language
        "awsaccesskeyid signature",  # Amazon S3, version 2
        "x-goog-signature",  # Google Cloud Storage
        "googleaccessid signature",
        "key-pair-id signature",  # Amazon CloudFront
        "sig sv",  # Microsoft Azure
        "oh oe",  # Meta
        "e v t",  # LinkedIn
        "ex is hm",  # Discord
        "sqp rs",  # YouTube
        "alt token",  # Firebase
        "rlkey",  # Dropbox
        "itok",  # Drupal
        "ixlib", "ixid",  # imgix
        "token expires",  # Bunny and other networks
        "hdnea", "hdnts", "__token__",  # Akamai
        "expires signature", "expires hash", "expires sig", "expires st", "e st",
        "exp sig", "exp hmac", "exp sign", "validfrom validto hash", "auth_key",
    )
)  # fmt: skip
# What a pair of the query says of how a picture is to be cut and packed.
_SIZE_PAIR = re.compile(
    r"""(?:w|h|wid|hei|width|height|max-?w(?:idth)?|max-?h(?:eight)?|im(?:width|height)|resize|sz|size|s|dpr|scl)
    =\d{2,4}(?:x\d{2,4})?(?:px)?\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_WAY_PAIR = re.compile(
    r"""(?:fit|crop|resmode|c|mode|scale|smart|op_sharpen|qlt|q|quality|auto|fm|format|f|name|rmode)=
    (?:crop|clip|max|min|fill|fit|scale|pad|inside|outside|cover|contain|center|entropy|faces?|smart|stretch|bilin
    |sharp2|webp|jpe?g|png|avif|compress|auto|format|large|small|medium|orig|thumb|true|\d{1,3})(?:,\w+)*\Z
    |\$[\w-]+\$\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_ONE_LETTER = re.compile(r"(?:s|c|f|q|name|mode|format|fm)=", re.IGNORECASE)  # one of them is no transform yet
# What path and query say by themselves, whoever serves them.
_SURE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.VERBOSE), how)
    for how, pattern in {
        _ATTACHED: r"""
            /service\.svc/s/|getattachmentthumbnail|getfileattachment      # Exchange
            |[?&](?:view=(?:att|fimg)|attid=|realattid=|disp=inline|permmsgid=)  # Gmail
            |/service/home/|/mail(?:image|attach)|/ajax/mail\?|[?&]_action=get\b          # Open-Xchange, Roundcube
            |/attachments?/|[?&]attachment(?:_?id)?=|[?&]fileticket=
            """,
        "it is somebody's portrait": r"""
            /(?:avatars?|gravatar|profile[_-]?(?:images?|pics?|photos?|displayphoto)|userpics?|headshots?)(?:[/_.-]|\Z)
            """,
        "it is a piece of a map": r"""
            /(?:1?\d|2[0-2])/\d{1,7}/\d{1,7}(?:@2x)?\.(?:png|jpe?g|webp|pbf|mvt)\Z     # zoom, column, row
            |/static(?:map)?/(?:pin-|[\w.+-]*\([-\d.]+,)|/staticmap\b
            """,
        _CUT: r"""
            /cdn-cgi/image/|/_next/image\b|/_vercel/image\b|/fit-in/\d|/unsafe/|/is/image/|/image/fetch/|/tr:[a-z]+-
            |/(?:w|h|rs|rt|s|g|el|q|f|pr|size|resize|crop|fill):[\w:.-]+/|/plain/(?:https?|s3|gs|local|abs)  # imgproxy
            |/(?:[whcqfgrbo]|ar|dpr|fl|fp)_                                            # Cloudinary
             (?:\d[\d.]*|auto|fill|fit|scale|crop|pad|limit|thumb|faces?|center|max|(?:lossy|progressive)[\w:]*)
             (?::\w+)?(?:[,/]|%2c)
            |/resize[:/]|/thumb(?:nail)?s?/|/v1/(?:fill|fit|crop)/|/\d{2,4}x\d{2,4}/|/(?:smart|crop|fit|fill)/\d
            |=[swh]\d{2,4}(?:-[a-z0-9]+)*\Z|\._[A-Z]{2}[\w,]*_\.                       # Google, Amazon
            |[_-]\d{2,4}x\d{0,4}(?:@2x)?\.[a-z]{3,4}\Z|\b(?:format|quality|width),\w+/
            |/pub/[a-z]{4}/[a-z0-9]{8}/                                                # BEE
            """,
        "it passes on another picture": r"""
            [?&](?:u|url|src|uri|img|image)=https?(?::|%3a)(?:/|%2f){2}
            |https?(?::|%3a)(?:/|%2f){1,2}[^&]*?\.(?:jpe?g|png|gif|webp|svg|avif)(?:\b|\Z)
            """,
    }.items()
)
# Names of folders, and first labels of hosts, in which pictures are kept.
_FOLDER = re.compile(
    r"""(?:^|[/_-])
    (?:images?|imgs?|assets?|lib|media|static|cdn|uploads?|files?|public|content|gallery|library|pictures?|photos?|pics?
    |icons?|logos?|themes?|templates?|resources?|graphics|storage|blobs?|products?|hubfs|digitalassets|banners?
    |creatives?|documents?|binaries|dam|wp-content|covers?|artwork|thumbs?|thumbnails?|cta|newsletters?/images?|headers?)
    (?=[/_-]|\Z)""",
    re.IGNORECASE | re.VERBOSE,
)
_ARCHIVE_HOST = re.compile(
    r"""(?:images?|imgs?|assets?|media|static|cdn|files?|gallery|content|res|covers?|uploads?|photos?|pics?|thumbs?|icons?
    |avatars?|tiles?)(?:-?(?:v?\d+|prod|eu|us|cdn))*\.""",
    re.IGNORECASE | re.VERBOSE,
)
_PICTURE = re.compile(
    r"\.(?:gif|png|jpe?g|jfif|webp|svg|bmp|ico|avif|heic|tiff?|css|m?js|woff2?|ttf|otf|eot|mp4|webm|mp3|wav|mid|ogg)\Z",
    re.IGNORECASE,
)
# Beacons are hardly ever called so; what is, is a picture.
_PHOTO = re.compile(r"\.(?:jpe?g|jfif|webp|svg|avif|heic|tiff?|css|m?js|woff2?|ttf|otf|eot)\Z", re.IGNORECASE)
_SCRIPT = re.compile(r"\.(?:php\d?|aspx?|ashx|cgi|pl|dll|jsp|do|cfm)(?:/|\Z)", re.IGNORECASE)
_WORDS_NAME = re.compile(r"[a-z]{3,}(?:[_-][a-z0-9]{1,12})*\.\w{3,4}", re.IGNORECASE)
_FORMAT = re.compile(r"(?:\A|&)(?:format|fm|type|ext)=(?:png|jpe?g|gif|webp|svg)(?:&|\Z)", re.IGNORECASE)
_TRACKS = re.compile(r"(?:^|/)(?:track(?:ing|er)?|trk|open(?:s|ed)?|pixel|beacon)(?=/|\Z)", re.IGNORECASE)
# Names without a suffix under which pictures are kept: hashes, numbers, words, but no code of mixed cases.
_ASSET_NAME = re.compile(r"[0-9a-f-]{16,}|\d{4,}|[a-z]+(?:[_-][a-z0-9]+)*", re.IGNORECASE)
_HASH_NAME = re.compile(
    r"(?:.*[._-])?(?:[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:[._-].*)?\Z",
    re.IGNORECASE,
)
_STORES = frozenset(
    """
    googleusercontent.com ggpht.com gstatic.com ytimg.com gravatar.com twimg.com fbcdn.net cdninstagram.com licdn.com
    redd.it redditmedia.com redditstatic.com pinimg.com scdn.co mzstatic.com media-amazon.com ssl-images-amazon.com
    wixstatic.com squarespace-cdn.com shopify.com shopifycdn.com imgix.net cloudinary.com imagekit.io scene7.com
    ctfassets.net sanity.io datocms-assets.com prismic.io storyblok.com website-files.com slack-edge.com
    githubusercontent.com bing.net mcusercontent.com hubspotusercontent.net substackcdn.com dropboxusercontent.com
    backblazeb2.com wasabisys.com digitaloceanspaces.com r2.dev b-cdn.net kxcdn.com akamaized.net
    mapbox.com openstreetmap.org quickchart.io qrserver.com meetupstatic.com imgur.com giphy.com
    tenor.com flickr.com staticflickr.com unsplash.com pexels.com wikimedia.org discordapp.com discordapp.net
    imagedelivery.net filekitcdn.com amuniversal.com kroki.io ctctcdn.com campaign-image.com stripocdn.email
    beefree.io cmail-images.com vimeocdn.com muscache.com
    """.split()
)
"""Sites that store files for others and report no opening: a request there tells its customer nothing of a reader."""

_STORE_HOST = re.compile(
    r"""(?:\A|\.)s3[\w.-]*\.amazonaws\.com\Z|\.blob\.core\.windows\.net\Z|\.azureedge\.net\Z|i\d\.wp\.com\Z
    |\A(?:drive|docs|news)\.google\.com\Z|\.sharepoint\.com\Z|\A(?:onedrive|1drv)\.
    |(?:storage|firebasestorage|chart|maps|lh\d+(?:-[a-z]+)?)\.(?:googleapis|google|googleusercontent)\.com\Z
    |\A[\w-]*cdn\d*\.|(?:\A|\.)[\w-]*cdn\d*\.[\w-]+\.\w+\Z|\.[\w-]*cdn\.\w+\Z      # called a content network
    |[\w-]*(?:usercontent|static|assets|images|photos)\.\w+\Z                     # called a store
    |\A(?:userimg-assets|content|library|no-cache)\.|\A[a-z]?tiles?\d*\.""",
    re.VERBOSE,
)
# Web mailers: what a message loads from there is its writer's own attachment.
_WEBMAIL = re.compile(
    r"""(?:\A|\.)(?:mail\.(?:google|yahoo|aol)\.com|mail\.(?:zoho|yandex|proton)\.\w+|attachments\.office\.net
    |outlook\.(?:live|office|office365)\.com|attachmail\.ru|mail\.ru)\Z|\A(?:webmail|owa|roundcube|zimbra)\.""",
    re.VERBOSE,
)


@lru_cache(maxsize=8_192)
def stored_as(host: str, path: str, *, is_dot: bool = False) -> str | None:
    """Return in words how a picture is stored, when its address says that it is; otherwise nothing.

    Parameters
    ----------
    host
        Lower case ASCII.
    path
        Path and query.
    is_dot
        Whether nobody sees it, so that a folder of pictures says less: beacons have been put there, under a name of
        their own. A content hash, a photo's suffix, a signature or a store of files still count.

    Examples
    --------
    >>> stored_as("media.s3.amazonaws.com", "/hero.jpg?X-Amz-Signature=1d67bc5cc56194784566bdf5600eae5e")
    'it is signed for a store of files'
    >>> stored_as("www.shop.example", "/images/8c1f5b.gif")
    'it is kept in a folder of pictures'
    >>> stored_as("www.shop.example", "/images/8c1f5b.gif", is_dot=True)
    >>> stored_as("t.shop.example", "/o/7d0ce6b4811988530ebde88537caf7cf")
    """
    route, _, query = path.partition("?")
    if how := _surely(path):
        return how
    if _STORE_HOST.search(host) or any(store in _STORES for store in _parents(host)):
        return "its host stores files for others"
    if _WEBMAIL.search(host):
        return _ATTACHED
    folder, _, name = route.rpartition("/")
    is_named = _PICTURE.search(name) is not None
    if any(map(_PICTURE.search, folder.split("/"))):
        return BY_NAME
    if _SCRIPT.search(route) or (query and not is_named and not _FORMAT.search(query)) or _TRACKS.search(folder):
        return None
    has_hash = any(map(_HASH_NAME.match, route.split("/")))
    is_plain = (
        is_named and _WORDS_NAME.fullmatch(name) is not None and not names_beacon(name) and not names_spacer(name)
    )
    is_kept = is_named or query or _ASSET_NAME.fullmatch(name)
    if _FOLDER.search(folder) and is_kept and (has_hash or is_plain or not is_dot):
        return IN_FOLDER
    if _PHOTO.search(name):
        return BY_NAME
    if _ARCHIVE_HOST.match(host) and (not is_dot or (has_hash and (is_named or host[:2] != "im"))):
        return ON_HOST
    return None


def is_surely_stored(path: str) -> bool:
    """Return whether path and query say by themselves that a file is stored: signed, cut to size, attached."""
    return _surely(path) is not None


def _surely(path: str) -> str | None:
    route, _, query = path.partition("?")
    if query and (how := _asked(query)):
        return how
    plain = unquote(route)
    return next((how for pattern, how in _SURE if pattern.search(path) or pattern.search(plain)), None)


def _parents(host: str) -> Iterator[str]:
    """Yield `host` and the domains that it lies in, the top one left out."""
    labels = host.split(".")
    return (".".join(labels[i:]) for i in range(len(labels) - 1))


def _asked(query: str) -> str | None:
    """Return what the query says: it signs a stored file, or asks for a picture of some size."""
    pairs = query.replace(";", "&").split("&")
    keys = {pair.partition("=")[0].lower() for pair in pairs}
    if any(signature <= keys for signature in _SIGNATURES):
        return _SIGNED
    pairs = [unquote(pair) for pair in pairs]
    transforms = [pair for pair in pairs if _SIZE_PAIR.match(pair) or _WAY_PAIR.match(pair)]
    is_cut = len(transforms) > 1 or (transforms and not _ONE_LETTER.match(transforms[0]))
    return _CUT if is_cut else None
