"""Recognise the addresses of stored, signed or resized files, which are the same for every reader.

Such addresses are full of long random strings: signatures, content hashes, asset IDs. None of them identifies a
recipient. So :func:`stored_as` is called before any search for tokens, whether the picture is seen or not.
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
"""Reasons that rely on names alone; the query may still identify the recipient."""

_SIGNED, _CUT, _ATTACHED = (
    "it is signed for a store of files",
    "it is a picture cut to size",
    "it is an attachment in its writer's own mailbox",
)

# Sets of query keys that sign the address of a stored file.
_SIGNATURES: tuple[frozenset[str], ...] = tuple(
    frozenset(keys.split())
    for keys in (
        "x-amz-signature",  # Amazon S3, version 4, and compatible services
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
        "token expires",  # Bunny and other content networks
        "hdnea", "hdnts", "__token__",  # Akamai
        "expires signature", "expires hash", "expires sig", "expires st", "e st",
        "exp sig", "exp hmac", "exp sign", "validfrom validto hash", "auth_key",
    )
)  # fmt: skip
# Query pairs that ask for a size of the picture, or for a crop, format or quality.
_SIZE_PAIR = re.compile(
    r"""(?:w|h|wid|hei|width|height|max-?w(?:idth)?|max-?h(?:eight)?|im(?:width|height)|resize|sz|size|s|dpr|scl)
    =\d{2,4}(?:x\d{2,4})?(?:px)?\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_STYLE_PAIR = re.compile(
    r"""(?:fit|crop|resmode|c|mode|scale|smart|op_sharpen|qlt|q|quality|auto|fm|format|f|name|rmode)=
    (?:crop|clip|max|min|fill|fit|scale|pad|inside|outside|cover|contain|center|entropy|faces?|smart|stretch|bilin
    |sharp2|webp|jpe?g|png|avif|compress|auto|format|large|small|medium|orig|thumb|true|\d{1,3})(?:,\w+)*\Z
    |\$[\w-]+\$\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_ONE_LETTER = re.compile(r"(?:s|c|f|q|name|mode|format|fm)=", re.IGNORECASE)  # on its own, such a pair proves nothing
# Patterns in path and query that are proof enough on any host, by the reason that they give.
_CERTAIN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.VERBOSE), how)
    for how, pattern in {
        _ATTACHED: r"""
            /service\.svc/s/|getattachmentthumbnail|getfileattachment      # Exchange
            |[?&](?:view=(?:att|fimg)|attid=|realattid=|disp=inline|permmsgid=)  # Gmail
            |/service/home/|/mail(?:image|attach)|/ajax/mail\?|[?&]_action=get\b          # Open-Xchange, Roundcube
            |/attachments?/|[?&]attachment(?:_?id)?=|[?&]fileticket=
            """,
        "it is a file of the sender's": r"""
            /(?:sys_attachment|\w*rendition_?download|download)(?:\.\w{2,4})?\?   # ServiceNow, Salesforce, Dynamics
            |/servlet\.(?:imageserver|filedownload)\?(?:[^\#]*&)?(?:id|file)=015  # Salesforce
            |[?&](?:raw|dl)=1\b                                                   # Dropbox
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
# Names of folders, and first labels of hosts, that hold pictures.
_FOLDER = re.compile(
    r"""(?:^|[/_-])
    (?:images?|imgs?|assets?|lib|media|static|cdn|uploads?|files?|public|content|gallery|library|pictures?|photos?|pics?
    |icons?|logos?|themes?|templates?|resources?|graphics|storage|blobs?|products?|hubfs|digitalassets|banners?
    |creatives?|documents?|binaries|dam|wp-content|covers?|artwork|thumbs?|thumbnails?|cta|newsletters?/images?|headers?)
    (?=[/_-]|\Z)""",
    re.IGNORECASE | re.VERBOSE,
)
_PICTURE_HOST = re.compile(
    r"""(?:images?|imgs?|assets?|media|static|cdn|files?|gallery|content|res|covers?|uploads?|photos?|pics?|thumbs?|icons?
    |avatars?|tiles?)(?:-?(?:v?\d+|prod|eu|us|cdn))*\.""",
    re.IGNORECASE | re.VERBOSE,
)
_PICTURE = re.compile(
    r"\.(?:gif|png|jpe?g|jfif|webp|svg|bmp|ico|avif|heic|tiff?|css|m?js|woff2?|ttf|otf|eot|mp4|webm|mp3|wav|mid|ogg)\Z",
    re.IGNORECASE,
)
# Suffixes that beacons hardly ever have.
_PHOTO = re.compile(r"\.(?:jpe?g|jfif|webp|svg|avif|heic|tiff?|css|m?js|woff2?|ttf|otf|eot)\Z", re.IGNORECASE)
_SCRIPT = re.compile(r"\.(?:php\d?|aspx?|ashx|cgi|pl|dll|jsp|do|cfm)(?:/|\Z)", re.IGNORECASE)
# A file name made of words: ``header-logo-2.png``.
_WORDS_NAME = re.compile(r"[a-z]{3,}(?:[_-][a-z0-9]{1,12})*\.\w{3,4}", re.IGNORECASE)
_FORMAT = re.compile(r"(?:\A|&)(?:format|fm|type|ext)=(?:png|jpe?g|gif|webp|svg)(?:&|\Z)", re.IGNORECASE)
_TRACKS = re.compile(r"(?:^|/)(?:track(?:ing|er)?|trk|open(?:s|ed)?|pixel|beacon)(?=/|\Z)", re.IGNORECASE)
# Names of pictures without a suffix: hashes, numbers, words, but no codes in mixed case.
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
"""Sites that store files for others and report no openings: their customers learn nothing about readers."""

_STORE_HOST = re.compile(
    r"""(?:\A|\.)s3[\w.-]*\.amazonaws\.com\Z|\.blob\.core\.windows\.net\Z|\.azureedge\.net\Z|i\d\.wp\.com\Z
    |\A(?:drive|docs|news)\.google\.com\Z|\.sharepoint\.com\Z|\A(?:onedrive|1drv)\.
    |(?:storage|firebasestorage|chart|maps|lh\d+(?:-[a-z]+)?)\.(?:googleapis|google|googleusercontent)\.com\Z
    |\A[\w-]*cdn\d*\.|(?:\A|\.)[\w-]*cdn\d*\.[\w-]+\.\w+\Z|\.[\w-]*cdn\.\w+\Z      # a content network, by its name
    |[\w-]*(?:usercontent|static|assets|images|photos)\.\w+\Z                     # a store, by its name
    |\A(?:userimg-assets|content|library|no-cache)\.|\A[a-z]?tiles?\d*\.""",
    re.VERBOSE,
)
# Webmail services: what a message loads from them is an attachment in the writer's own mailbox.
_WEBMAIL = re.compile(
    r"""(?:\A|\.)(?:mail\.(?:google|yahoo|aol)\.com|mail\.(?:zoho|yandex|proton)\.\w+|attachments\.office\.net
    |outlook\.(?:live|office|office365)\.com|attachmail\.ru|mail\.ru)\Z|\A(?:webmail|owa|roundcube|zimbra)\.""",
    re.VERBOSE,
)


@lru_cache(maxsize=8_192)
def stored_as(host: str, path: str, *, is_dot: bool = False) -> str | None:
    """Return in words how the file is stored, if its address looks like that of a stored file; otherwise nothing.

    Parameters
    ----------
    host
        The host, lower case ASCII.
    path
        Path and query.
    is_dot
        Whether nobody sees the picture. Then a folder of pictures is not enough, since some beacons are in one under
        random names. A content hash, a photo's suffix, a signature or a file store still count.

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
    if how := _certainly_stored(path):
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
    is_asset = is_named or query or _ASSET_NAME.fullmatch(name)
    if _FOLDER.search(folder) and is_asset and (has_hash or is_plain or not is_dot):
        return IN_FOLDER
    if _PHOTO.search(name):
        return BY_NAME
    if _PICTURE_HOST.match(host) and (not is_dot or (has_hash and (is_named or host[:2] != "im"))):
        return ON_HOST
    return None


def is_surely_stored(path: str) -> bool:
    """Return whether path and query alone prove that a file is stored: signed, cut to size, or attached."""
    return _certainly_stored(path) is not None


def _certainly_stored(path: str) -> str | None:
    route, _, query = path.partition("?")
    if query and (how := _stored_by_query(query)):
        return how
    plain = unquote(route)
    return next((how for pattern, how in _CERTAIN if pattern.search(path) or pattern.search(plain)), None)


def _parents(host: str) -> Iterator[str]:
    """Yield `host` and its parent domains, except the top-level domain."""
    labels = host.split(".")
    return (".".join(labels[i:]) for i in range(len(labels) - 1))


def _stored_by_query(query: str) -> str | None:
    """Return in words how a query proves that the file is stored: by a signature, or by a picture size."""
    pairs = query.replace(";", "&").split("&")
    keys = {pair.partition("=")[0].lower() for pair in pairs}
    if any(signature <= keys for signature in _SIGNATURES):
        return _SIGNED
    pairs = [unquote(pair) for pair in pairs]
    transforms = [pair for pair in pairs if _SIZE_PAIR.match(pair) or _STYLE_PAIR.match(pair)]
    is_cut = len(transforms) > 1 or (transforms and not _ONE_LETTER.match(transforms[0]))
    return _CUT if is_cut else None
