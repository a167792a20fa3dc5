"""Redaction: the tables without anything that could identify a person.

Addresses, tokens, labels and list identifiers are removed. What a sender can choose freely (hosts, tag names, declared
sizes) stays only in a known form: a host label that is not a common word for such hosts becomes ``x``. Senders and
hosts of mail that people write, to one another or to a list, become numbers, so that one sender's mail stays together.

Origins stay: they are the file names of a public corpus, by which every row can be traced to its message.

One person's mailbox says more: its senders are somebody's shops, bank and doctors. :func:`redact_mailbox` goes further.
Senders with few messages and the owner of the mailbox become numbers, and so do the hosts in their mail and sites that
occur in few messages, unless a vendor is known by them. Messages are renumbered, since anyone with a copy of a message
could work out its key. The day, the exact sizes and the file names go.
"""

from __future__ import annotations

import re

import pandas as pd

from pixelstudy.extraction.whose import FREE_MAIL, SHARED, told_apart
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED, SURE_OF_VENDOR, Table

__all__ = [
    "FEWEST",
    "WRITTEN_BY_OWNER",
    "WRITTEN_BY_PERSONS",
    "coarse",
    "in_few_messages",
    "public_host",
    "redact_mailbox",
    "redact_messages",
    "redact_resources",
    "redact_skipped",
]

WRITTEN_BY_PERSONS = ("personal", "list")
"""The kinds of mail in which senders and hosts could identify a person."""

WRITTEN_BY_OWNER = ("sent", "draft", "chat")
"""The populations whose sender is, or may be, the owner of the mailbox."""

FEWEST = 5
"""When a private mailbox is shared, senders and sites in fewer messages than this are not named."""

_MAILBOX = "mailbox"
_SIZE_STEP = 1_000
_SENDER_ITSELF = "the sender itself"
_OWN_PARTIES = ("first", "same_org")

_SIZE = re.compile(
    r"([+-]?(?:\d{1,4}(?:\.\d{0,2})?|\.\d{1,2}))\d*\s?(px|%|r?em|pt|v[wh]|[cm]m|in|ex)?", re.IGNORECASE | re.ASCII
)
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")

_HOST_WORDS = frozenset(
    """
    action ad ads ai ak analytics api app assets beacon bounce campaign cdn cf click clicks clickthru cloud contact
    content creative ct data delivery download ea edge em email emails event events eu files fonts forms gallery get
    global go graphics hello home hub image images imagens img imgs imgssl imp info js l lh library link links live lnk
    login m mail mailcdn mailer mailing mailings marketing media metrics mi mkt mobile my news newsletter newsletters
    nl notification notifications open opens pages photos pic pics pix pixel pixels prod production promo promote rd
    redirect reply res resources rs secure send sender service services sf shop shopper smtp sp srv ssl stat static
    stats storage store survey sv tags tr track tracker tracking trk ui update updates upload url us va video view web
    webmail web-mail wf ww www
    """.split()
)
_LABEL = re.compile(r"(?P<word>[a-z]+)?\d{0,3}")

_TAGS = frozenset(
    """
    a abbr address amp-anim amp-img amp-pixel area article aside audio b bgsound big blockquote body button caption
    center cite code col colgroup dd del details dfn dir div dl dt em embed fieldset figcaption figure font footer form
    frame frameset g h1 h2 h3 h4 h5 h6 head header hr html i iframe image img input ins kbd label legend li link main
    map mark marquee menu meta nav nobr noframes noscript o:p object ol optgroup option p param picture pre q s samp
    section select self small source span strike strong style sub summary sup svg table tbody td template textarea
    tfoot th thead title tr track tt u ul v:background v:fill v:image v:rect v:shape var video wbr
    """.split()
)


def in_few_messages(values: pd.Series[str], messages: pd.Series[str], fewest: int = FEWEST) -> pd.Series[bool]:
    """Return whether each of `values` occurs in fewer than `fewest` of the `messages` beside them."""
    counts = messages.groupby(values).nunique()
    return values.isin(counts.index[counts < fewest])


def redact_messages(messages: pd.DataFrame) -> pd.DataFrame:
    """Return `messages` (:data:`~pixelstudy.tables.MESSAGES`) as it may be released.

    The sender of each message that a person wrote becomes ``person-1``, ``person-2`` … in the order of the table. At
    hosts that many senders share (:mod:`~pixelstudy.extraction.whose`), each address has a number of its own; where a
    person did not write, it follows the site: ``house.gov-1``.
    """
    kept = messages[list(MESSAGES.released().names)].copy()
    senders, is_folded = told_apart(messages)["sender_site"], kept["kind"].isin(WRITTEN_BY_PERSONS)
    numbered = _numbered(senders.where(is_folded), "person")
    public = _public_hosts(kept, "sender_domain", "sender_site")
    sites = kept["sender_site"].map(_public_site, na_action="ignore")
    for site in sorted((FREE_MAIL | SHARED).intersection(sites.dropna())):
        sites = sites.mask(sites == site, _numbered(senders.where((sites == site) & ~is_folded), site))
    kept["sender_domain"] = public.mask(is_folded, numbered)
    kept["sender_site"] = sites.mask(is_folded, numbered)
    return kept


def redact_resources(
    resources: pd.DataFrame, messages: pd.DataFrame, *, is_folded: pd.Series[bool] | None = None
) -> pd.DataFrame:
    """Return `resources` (:data:`~pixelstudy.tables.RESOURCES`) as it may be released, beside its `messages`.

    Hosts and sites in mail that a person wrote, and in the rows of `is_folded`, become ``host-1``, ``host-2`` …
    within their message.
    """
    kept = resources[list(RESOURCES.released().names)].copy()
    folded = set(messages.loc[messages["kind"].isin(WRITTEN_BY_PERSONS), "message_key"])
    by_persons = kept["message_key"].isin(folded)
    is_folded = by_persons if is_folded is None else by_persons | is_folded
    numbered = {
        column: kept.loc[is_folded].groupby("message_key", sort=False)[column].transform(_numbered, name="host")
        for column in ("host", "site")
    }
    kept["host"] = _public_hosts(kept, "host", "site")
    for column, numbers in numbered.items():
        kept.loc[is_folded, column] = numbers
    for column in ("declared_width", "declared_height"):
        kept[column] = kept[column].map(_public_size, na_action="ignore")
    signs = {sign: _public_sign(sign) for sign in kept["hidden_by"].dropna().unique()}
    kept["hidden_by"] = kept["hidden_by"].map(signs)
    return kept


def redact_mailbox(
    messages: pd.DataFrame,
    resources: pd.DataFrame,
    skipped: pd.DataFrame,
    *,
    fewest: int = FEWEST,
    are_senders_named: bool = True,
) -> dict[Table, pd.DataFrame]:
    """Return the three tables of one person's mailbox, fit to share, with the columns of a release.

    Every message and every resource is kept with its verdict, and messages of one sender stay together, so shares and
    intervals are the same as before.

    Parameters
    ----------
    fewest
        Senders and sites with fewer messages than this are not named.
    are_senders_named
        Whether senders with many messages are named. If not, `fewest` counts the senders in whose mail a site occurs,
        and neither a sender's own hosts nor the vendor that it is are named.
    """
    kept, senders = redact_messages(messages), told_apart(messages)["sender_site"]
    if are_senders_named:
        of_few = in_few_messages(senders, messages["message_key"], fewest)
        of_few |= messages["population"].isin(WRITTEN_BY_OWNER)
    else:
        of_few = pd.Series(data=True, index=messages.index)
    is_folded = of_few & ~messages["kind"].isin(WRITTEN_BY_PERSONS)  # those already have a number
    numbers = _numbered(senders.where(is_folded), "sender")
    for column in ("sender_domain", "sender_site"):
        kept[column] = kept[column].mask(is_folded, numbers)
    kept["origin"] = _MAILBOX
    kept["sent_at"] = kept["sent_at"].dt.normalize() - pd.to_timedelta(kept["sent_at"].dt.day - 1, unit="D")
    for column in ("size_bytes", "html_bytes"):
        kept[column] = kept[column].map(lambda size: coarse(size, _SIZE_STEP)).astype("Int64")

    if are_senders_named:
        is_rare = in_few_messages(resources["site"], resources["message_key"], fewest)
        is_rare &= ~resources["vendor_confidence"].isin(SURE_OF_VENDOR)
        is_rare |= resources["message_key"].isin(messages.loc[of_few, "message_key"])
    else:
        is_rare = _names_a_sender(resources, messages, fewest)
        is_itself = resources["party"].isin(_OWN_PARTIES) & resources["vendor_confidence"].eq("host")
        resources = resources.assign(
            vendor=resources["vendor"].mask(is_itself, _SENDER_ITSELF),
            reason=[
                reason.replace(vendor, _SENDER_ITSELF) if itself else reason
                for reason, vendor, itself in zip(resources["reason"], resources["vendor"], is_itself, strict=True)
            ],
        )
    loaded = redact_resources(resources, messages, is_folded=is_rare)
    keys = {key: f"{number:016x}" for number, key in enumerate(kept["message_key"])}
    kept["message_key"], loaded["message_key"] = kept["message_key"].map(keys), loaded["message_key"].map(keys)
    left = redact_skipped(skipped).assign(origin=_MAILBOX)
    return {MESSAGES: kept, RESOURCES: loaded, SKIPPED: left}


def coarse(size: int, step: int) -> int:
    """Return a size rounded down to a multiple of `step`, but not to 0."""
    return max(size // step * step, step) if size else 0


def _names_a_sender(resources: pd.DataFrame, messages: pd.DataFrame, fewest: int) -> pd.Series[bool]:
    """Return whether the host of each resource could tell who sent its message."""
    senders = resources["message_key"].map(messages.set_index("message_key")["sender_site"])
    is_vendors = resources["vendor_confidence"].eq("host")
    is_senders = resources["site"].isin(messages["sender_site"].dropna()) & ~is_vendors
    is_rare = in_few_messages(resources["site"], senders, fewest) & ~is_vendors
    return is_rare | is_senders | resources["party"].isin(_OWN_PARTIES)


def _numbered(values: pd.Series[str], name: str) -> pd.Series[str]:
    codes, _ = pd.factorize(values)
    return pd.Series([f"{name}-{code + 1}" if code >= 0 else None for code in codes], index=values.index, dtype="str")


def redact_skipped(skipped: pd.DataFrame) -> pd.DataFrame:
    """Return `skipped` (:data:`~pixelstudy.tables.SKIPPED`) as it may be released."""
    return skipped[list(SKIPPED.released().names)].copy()


def _public_hosts(table: pd.DataFrame, host: str, site: str) -> pd.Series[str]:
    """Return the column `host` of `table` in its public form, given the `site` of each."""
    pairs = table[[host, site]].dropna().drop_duplicates()
    shown = {name: public_host(name, of) for name, of in zip(pairs[host], pairs[site], strict=True)}
    return table[host].map(shown).astype("str")  # if all are missing, pandas would make them numbers


def public_host(host: str, site: str) -> str:
    """Return `host` with ``x`` for every label before its site that is not a common word, with or without a number.

    >>> public_host("jane.click3.mail.example.com", "example.com")
    'x.click3.mail.example.com'
    """
    front = host.removesuffix(site).rstrip(".")
    labels = [label if _is_trade(label) else "x" for label in front.split(".")] if front else []
    return ".".join((*labels, _public_site(site)))


def _is_trade(label: str) -> bool:
    pieces = [_LABEL.fullmatch(piece) for piece in label.split("-")]
    return all(
        piece is not None and (not piece["word"] or len(piece["word"]) == 1 or piece["word"] in _HOST_WORDS)
        for piece in pieces
    )


def _public_site(site: str) -> str:
    return site if _DOMAIN.fullmatch(site) else "x"


def _public_size(size: str) -> str:
    """Return a declared size as number and unit; anything else becomes ``auto``, distinct from missing.

    >>> _public_size("200px;"), _public_size("1"), _public_size("jane")
    ('200px', '1', 'auto')
    """
    found = _SIZE.match(size)
    return f"{found[1]}{found[2] or ''}" if found else "auto"


def _public_sign(sign: str) -> str:
    """Return what hides a resource, without element names that are not in HTML.

    >>> _public_sign("display:none on div"), _public_sign("display:none on janedoe")
    ('display:none on div', 'display:none on another element')
    """
    how, on, tag = sign.rpartition(" on ")
    return f"{how}{on}{tag if tag in _TAGS else 'another element'}"
