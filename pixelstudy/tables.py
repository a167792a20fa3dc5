"""The tables: every column with its type, unit and meaning.

The Parquet schemas, the data dictionary in ``data/README.md`` and ``data/datapackage.json`` are generated from
:data:`MESSAGES`, :data:`RESOURCES`, :data:`SKIPPED` and :data:`REJUDGED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import pyarrow as pa

from pixelstudy.mail.clock import Clock
from pixelstudy.mail.kinds import Kind
from pixelstudy.mail.populations import Population
from pixelstudy.mail.raw import REASONS
from pixelstudy.pixels.carriers import LoadsIn
from pixelstudy.pixels.signals import Sight
from pixelstudy.pixels.urls.address import Party
from pixelstudy.pixels.urls.vendors import Confidence
from pixelstudy.pixels.verdict import VerdictName

__all__ = [
    "ARROW_TYPES", "EVIDENCE", "MESSAGES", "REJUDGED", "RELEASED", "RESOURCES", "SKIPPED", "TABLES", "Column", "Table",
]  # fmt: skip

Type = Literal["text", "integer", "number", "boolean", "time"]

ARROW_TYPES: Mapping[Type, pa.DataType] = {
    "text": pa.large_string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Examples
    --------
    >>> RESOURCES.column("width_px").unit
    'px'
    """

    name: str
    """The name, including the unit if there is one (``width_px``, ``sent_at``)."""

    type: Type
    """``text``, ``integer``, ``number``, ``boolean`` or ``time`` (UTC)."""

    meaning: str
    """What a value means, in one sentence."""

    unit: str = ""
    """The unit of a number (``px``, ``bytes``, ``bits``) or a time (``UTC``)."""

    values: tuple[str, ...] = ()
    """Every possible value, if there are only a few."""

    required: bool = False
    """Whether every row has a value."""

    released: bool = True
    """Whether the column is part of released tables."""


@dataclass(frozen=True, slots=True)
class Table:
    """The schema of one table."""

    name: str
    """The file name without the suffix."""

    row: str
    """What one row is."""

    columns: tuple[Column, ...]
    """The columns, in the order of the file."""

    def column(self, name: str) -> Column:
        """Return the column called `name`; raise a :exc:`KeyError` that lists all names if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}; it has {', '.join(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in the order of the file."""
        return tuple(column.name for column in self.columns)

    def released(self) -> Table:
        """Return the same table without the columns that are never released."""
        return Table(self.name, self.row, tuple(c for c in self.columns if c.released))

    def schema(self) -> pa.Schema:
        """Return the Arrow schema."""
        return pa.schema([pa.field(c.name, ARROW_TYPES[c.type], nullable=not c.required) for c in self.columns])


POPULATIONS: tuple[str, ...] = get_args(Population)
KINDS: tuple[str, ...] = get_args(Kind)
SURE_OF_VENDOR: tuple[str, ...] = ("host", "header")
"""The values of ``vendor_confidence`` with which a company may be named; the shape of a path is not enough."""

VERDICTS: tuple[str, ...] = get_args(VerdictName)
SKIP_REASONS = {
    **REASONS,
    "malformed": "no parser can read it as a message",
    "tangled": "the slow engine would need minutes for its HTML",
    "failed": "this library failed on it, which is a bug",
}
VENDOR_KINDS = ("bulk_mailer", "sales_tool", "advertising", "panel", "analytics", "sender_platform")

_ORIGIN = "The file that it was read from, and after `!` the member of an archive."

MESSAGES = Table(
    "messages",
    "a message",
    (
        Column(
            "message_key",
            "text",
            "The ID of the message, 16 hex digits: a digest of its Message-ID, sender, date and body, the same in "
            "every export of it.",
            required=True,
        ),
        Column("origin", "text", _ORIGIN, required=True),
        Column("labels", "text", "Its labels, folders and flags, one per line.", released=False),
        Column(
            "population",
            "text",
            "Where the message belongs: received, unless a label, folder, flag or header marks it as spam, trash, "
            "sent, draft or chat.",
            values=POPULATIONS,
            required=True,
        ),
        Column(
            "kind",
            "text",
            "What kind of mail it is, by its headers: bulk mail (newsletter), a discussion list (list), a transaction "
            "or notification (automatic), or else personal; the rules are in `pixelstudy/mail/kinds.py`.",
            values=KINDS,
            required=True,
        ),
        Column("sent_at", "time", "When it was sent, according to the header in `clock`.", unit="UTC"),
        Column("year", "integer", "The year of `sent_at`."),
        Column(
            "clock",
            "text",
            "The header that `sent_at` is taken from: date if that agrees with the Received headers, else received "
            "(the last hop), else the mbox separator.",
            values=get_args(Clock),
            required=True,
        ),
        Column("sender_address", "text", "The sender's address in From, lower case.", released=False),
        Column(
            "recipients_key",
            "text",
            "The ID of its recipients, 16 hex digits, by the headers on delivery or else To and Cc: the same for the "
            "same recipients.",
            released=False,
        ),
        Column(
            "issue_key",
            "text",
            "The ID of the issue, 16 hex digits, from sender, subject and hour: the same in every recipient's copy.",
            released=False,
        ),
        Column("sender_domain", "text", "The domain of the sender's address."),
        Column(
            "sender_site",
            "text",
            "The registrable domain of `sender_domain`, by the public suffix list. In released tables it is followed "
            "by a number (`house.gov-1`) if many senders share the site and each address counts as a sender.",
        ),
        Column("list_id", "text", "The identifier in List-Id.", released=False),
        Column("platform", "text", "The sending platform, according to the headers; pixels are not considered."),
        Column("has_html", "boolean", "Whether the message shows an HTML part.", required=True),
        Column(
            "html_bytes", "integer", "Length of the HTML parts after decoding, in UTF-8.", unit="bytes", required=True
        ),
        Column("n_resources", "integer", "How many remote resources it would load.", required=True),
        Column("n_spy_pixel", "integer", "How many of its resources have the verdict spy_pixel.", required=True),
        Column(
            "n_click_links",
            "integer",
            "How many links carry a token or go through a click tracker; they never count as pixels.",
            required=True,
        ),
        Column(
            "has_unsubscribe",
            "boolean",
            "Whether the header List-Unsubscribe gives an address for unsubscribing.",
            required=True,
        ),
        Column(
            "has_receipt_request",
            "boolean",
            "Whether a header asks for a read receipt "
            "(Disposition-Notification-To, Return-Receipt-To, X-Confirm-Reading-To).",
            required=True,
        ),
        Column(
            "stripper",
            "text",
            "The service that removed trackers before delivery, known by its headers or its mark in the HTML.",
        ),
        Column("size_bytes", "integer", "Length of the raw message.", unit="bytes", required=True),
        Column("n_duplicates", "integer", "How many more copies of the message were read and left out.", required=True),
    ),
)

RESOURCES = Table(
    "resources",
    "a remote resource that a message would load",
    (
        Column("message_key", "text", "The message that would load it.", required=True),
        Column("position", "integer", "Its place among the resources of the message, from 0.", required=True),
        Column(
            "depth_share",
            "number",
            "Its place in the document: 0 at the first character of HTML, 1 at the last.",
            required=True,
        ),
        Column(
            "carrier",
            "text",
            "The markup that would load it, as element and attribute (`img src`, `css url`).",
            required=True,
        ),
        Column("loads_in", "text", "The clients that would load it.", values=get_args(LoadsIn), required=True),
        Column("is_quoted", "boolean", "Whether it is in a quoted or forwarded message.", required=True),
        Column("url", "text", "The address, unwrapped and normalised as a browser would.", released=False),
        Column("wrapper", "text", "The rewriting proxy that the address was unwrapped from."),
        Column("host", "text", "The host of the address."),
        Column("site", "text", "The registrable domain of the host, or the host itself if it has none."),
        Column(
            "path_shape",
            "text",
            "The path and query with every run of letters and digits replaced by its class (9 digits, h hex, w a word, "
            "x mixed), except terms of the trade.",
        ),
        Column("url_bytes", "integer", "Length of the address.", unit="bytes", required=True),
        Column("width_px", "number", "The width in a browser, if any markup or style gives it.", unit="px"),
        Column("height_px", "number", "The height in a browser, if any markup or style gives it.", unit="px"),
        Column("size_from", "text", "Where the size is stated: attribute, style, sheet, or two of these joined by +."),
        Column(
            "declared_width",
            "text",
            "The width as written on the element itself (attribute, else inline style), the only one that published "
            "rules read.",
        ),
        Column("declared_height", "text", "The height as written on the element itself."),
        Column("declared_from", "text", "Where the declared sides are written: attribute, style, or both joined by +."),
        Column(
            "declared_hiding",
            "text",
            "The hiding declared on the element itself, as written: display:none, visibility:hidden, hidden.",
        ),
        Column(
            "hidden_by", "text", "The sign that hides it, and the element with that sign: `self` or an ancestor's tag."
        ),
        Column(
            "sight",
            "text",
            "Whether a person can see it: unseen (a dot, hidden, or markup that shows nothing), seen (a visible size, "
            "and nothing hides it) or unknown (no size is given).",
            values=get_args(Sight),
        ),
        Column(
            "signs",
            "text",
            "For a picture of unknown size: what its place has in common with the places of beacons (first, last, "
            "no_alt, no_link, alone), separated by spaces.",
        ),
        Column("n_repeats", "integer", "How many times its address occurs in the message.", required=True),
        Column(
            "party",
            "text",
            "Whose the site is: the sender's (first), the same organisation's (same_org), or another's (third).",
            values=get_args(Party),
        ),
        Column("vendor", "text", "The company that runs the endpoint, by its host or by the shape of its path."),
        Column("vendor_kind", "text", "What the vendor does.", values=VENDOR_KINDS),
        Column(
            "vendor_confidence",
            "text",
            "How certain the vendor is: host (the host is the vendor's own), header (the path looks like the vendor's, "
            "and the headers name the same platform) or shape (the path alone looks like the vendor's).",
            values=get_args(Confidence),
        ),
        Column(
            "listed_by", "text", "The published tracker lists whose patterns match the address, separated by spaces."
        ),
        Column("url_words", "text", "The words of published rules in the address, separated by spaces."),
        Column("token", "text", "The part of the address that could distinguish recipients.", released=False),
        Column(
            "token_bits", "number", "The bits in the token, at most: n bits distinguish 2^n recipients.", unit="bits"
        ),
        Column(
            "identity",
            "text",
            "The form in which the address contains the recipient's e-mail address (`plain`, `md5`, `base64` …).",
        ),
        Column(
            "n_like",
            "integer",
            "How many messages of the sender have a resource with this site and path shape; quotations do not count.",
        ),
        Column("n_seen_in", "integer", "How many of those messages have this very address."),
        Column(
            "n_recipients", "integer", "How many different recipients this address was sent to, according to headers."
        ),
        Column(
            "changes",
            "text",
            "Whether such addresses are new in every message (always), the same in all (never), or in between (some); "
            "missing if there are fewer than three messages.",
            values=("always", "some", "never"),
        ),
        Column(
            "is_changing",
            "boolean",
            "Whether the evidence of the mailbox alone makes it a beacon: not seen, new in every message with 20 bits "
            "or more, and not a picture.",
        ),
        Column(
            "proved_by_pair",
            "text",
            "Whether the address differs between two recipients' copies of the same issue, which proves individual "
            "tracking, or is the same; missing if there is no such pair.",
            values=("differs", "same"),
        ),
        Column("verdict_alone", "text", "The verdict by the message alone.", values=VERDICTS),
        Column(
            "verdict",
            "text",
            "The verdict by the message and the evidence of the mailbox.",
            values=VERDICTS,
            required=True,
        ),
        Column("reason", "text", "The rule that decided, and what it found.", required=True),
    ),
)

EVIDENCE = (
    "n_like", "n_seen_in", "n_recipients", "changes", "is_changing", "proved_by_pair", "verdict_alone"
)  # fmt: skip
"""The columns of :data:`RESOURCES` that are filled in after all messages have been read."""

SKIPPED = Table(
    "skipped",
    "something that was read but could not be kept as a message",
    (
        Column("origin", "text", _ORIGIN, required=True),
        Column("offset", "integer", "Where in that file it starts, after decompression.", unit="bytes", required=True),
        Column(
            "reason",
            "text",
            "Why it was left out: " + ", ".join(f"{reason} ({what})" for reason, what in SKIP_REASONS.items()) + ".",
            values=tuple(SKIP_REASONS),
            required=True,
        ),
        Column("detail", "text", "More about the reason.", released=False),
    ),
)

TABLES = (MESSAGES, RESOURCES, SKIPPED)

REJUDGED = Table(
    "rejudged",
    "a resource that gets another verdict when one thing about the rules is changed",
    (
        Column("message_key", "text", "The message that contains it.", required=True),
        Column("position", "integer", "Its place among the resources of the message, from 0.", required=True),
        Column(
            "setting",
            "text",
            "What is changed, and to what; the settings are in `pixelstudy/extraction/rejudge.py`. A resource without "
            "a row for a setting keeps its verdict.",
            required=True,
        ),
        Column("verdict_alone", "text", "The verdict from the message alone.", values=VERDICTS, required=True),
        Column("verdict", "text", "The verdict with the evidence of the mailbox.", values=VERDICTS, required=True),
    ),
)
"""What depends on each limit of the rules and on their list of vendors; made only for the released corpora."""

RELEASED = (*TABLES, REJUDGED)
"""The tables of a released corpus."""
