"""The tables: every column, its type, unit and meaning, said once.

The Parquet schemas, the data dictionary in ``data/README.md`` and ``data/datapackage.json`` are all
made from :data:`MESSAGES`, :data:`RESOURCES` and :data:`SKIPPED`.
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

__all__ = ["ARROW_TYPES", "EVIDENCE", "MESSAGES", "RESOURCES", "SKIPPED", "TABLES", "Column", "Table"]

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
    """The name, with its unit where it has one (``width_px``, ``sent_at``)."""

    type: Type
    """``text``, ``integer``, ``number``, ``boolean`` or ``time`` (UTC)."""

    meaning: str
    """What a value says, in one sentence."""

    unit: str = ""
    """The unit of a number, in words of the SI or the web (``px``, ``bytes``, ``bits``)."""

    values: tuple[str, ...] = ()
    """Every value the column can hold, where they can be listed."""

    required: bool = False
    """Whether every row has a value."""

    released: bool = True
    """Whether the column stands in a table that may leave the machine."""


@dataclass(frozen=True, slots=True)
class Table:
    """The schema of one table."""

    name: str
    """The file name without its suffix."""

    row: str
    """What one row is."""

    columns: tuple[Column, ...]
    """The columns, in the order of the file."""

    def column(self, name: str) -> Column:
        """Return the column called `name`; :exc:`KeyError` names the ones there are."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}; it has {', '.join(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in the order of the file."""
        return tuple(column.name for column in self.columns)

    def released(self) -> Table:
        """Return the same table without the columns that stay on the machine."""
        return Table(self.name, self.row, tuple(c for c in self.columns if c.released))

    def schema(self) -> pa.Schema:
        """Return the Arrow schema."""
        return pa.schema([pa.field(c.name, ARROW_TYPES[c.type], nullable=not c.required) for c in self.columns])


POPULATIONS: tuple[str, ...] = get_args(Population)
KINDS: tuple[str, ...] = get_args(Kind)
CLOCKS: tuple[str, ...] = get_args(Clock)
LOADS_IN: tuple[str, ...] = get_args(LoadsIn)
PARTIES: tuple[str, ...] = get_args(Party)
SIGHTS: tuple[str, ...] = get_args(Sight)
CONFIDENCES: tuple[str, ...] = get_args(Confidence)
SURE_OF_VENDOR: tuple[str, ...] = ("host", "header")
"""The values of ``vendor_confidence`` by which a company may be named: by the shape of a path alone it may not."""

VERDICTS: tuple[str, ...] = get_args(VerdictName)
SKIP_REASONS = {
    **REASONS,
    "malformed": "no parser makes a message of it",
    "tangled": "its HTML would take the slow engine minutes",
    "failed": "this library broke on it, which is a bug",
}
VENDOR_KINDS = ("bulk_mailer", "sales_tool", "advertising", "panel", "analytics", "sender_platform")

MESSAGES = Table(
    "messages",
    "a message",
    (
        Column(
            "message_key",
            "text",
            "16 hex digits that name the message: a digest of its Message-ID, sender, "
            "date and body, the same in every export of it.",
            required=True,
        ),
        Column("origin", "text", "The file it was read from; after `!` the member of an archive.", required=True),
        Column("labels", "text", "The labels, folders and flags it carried, one a line.", released=False),
        Column(
            "population",
            "text",
            "Whose doing the message is: received unless a label, folder, flag or header "
            "says spam, trash, sent, draft or chat.",
            values=POPULATIONS,
            required=True,
        ),
        Column(
            "kind",
            "text",
            "What sort of mail the headers make it: bulk (newsletter), discussion list (list), "
            "transaction or notification (automatic), else personal; the rules stand in `pixelstudy/mail/kinds.py`.",
            values=KINDS,
            required=True,
        ),
        Column("sent_at", "time", "When it was sent, by the clock that `clock` names.", unit="UTC"),
        Column("year", "integer", "The year of `sent_at`."),
        Column(
            "clock",
            "text",
            "Which header gave `sent_at`: date when it agrees with the Received chain, else "
            "received (the last hop), else the mbox separator.",
            values=CLOCKS,
            required=True,
        ),
        Column("sender_address", "text", "The address in From, lower case.", released=False),
        Column(
            "recipients_key",
            "text",
            "16 hex digits that name to whom it was delivered, or else sent: the same for the same recipients.",
            released=False,
        ),
        Column(
            "issue_key",
            "text",
            "16 hex digits that name what was sent, by sender, subject and hour: the same for every recipient's copy.",
            released=False,
        ),
        Column("sender_domain", "text", "The domain of that address."),
        Column(
            "sender_site",
            "text",
            "The registrable domain of that domain, by the public suffix list. In released tables a number follows it "
            "(`house.gov-1`) where many senders share a site and each address counts as one.",
        ),
        Column("list_id", "text", "The identifier in List-Id.", released=False),
        Column("platform", "text", "The sending platform that headers name, apart from any pixel."),
        Column("has_html", "boolean", "Whether the message shows an HTML part.", required=True),
        Column(
            "html_bytes", "integer", "Length of the HTML parts after decoding, in UTF-8.", unit="bytes", required=True
        ),
        Column("n_resources", "integer", "Remote resources it would load.", required=True),
        Column("n_spy_pixel", "integer", "Those with the verdict spy_pixel.", required=True),
        Column(
            "n_click_links",
            "integer",
            "Links whose address carries a token or passes a tracker; never counted as pixels.",
            required=True,
        ),
        Column(
            "has_unsubscribe",
            "boolean",
            "Whether the header List-Unsubscribe names an address to unsubscribe by.",
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
            "The service that had already removed trackers on the way, by its headers or its mark in the HTML.",
        ),
        Column("size_bytes", "integer", "Length of the raw message.", unit="bytes", required=True),
        Column(
            "n_duplicates", "integer", "Further copies of the same message that were read and left out.", required=True
        ),
    ),
)

RESOURCES = Table(
    "resources",
    "a remote resource that a message would load",
    (
        Column("message_key", "text", "The message it stands in.", required=True),
        Column("position", "integer", "Its place among the resources of the message, from 0.", required=True),
        Column(
            "depth_share",
            "number",
            "Its place in the document: 0 at the first byte of HTML, 1 at the last.",
            required=True,
        ),
        Column(
            "carrier",
            "text",
            "The markup that would load it, as element and attribute (`img src`, `css url`).",
            required=True,
        ),
        Column("loads_in", "text", "The clients that would load it.", values=LOADS_IN, required=True),
        Column("is_quoted", "boolean", "Whether it stands in a quoted or forwarded earlier message.", required=True),
        Column("url", "text", "The address, out of any rewriter, normalised as a browser would.", released=False),
        Column("wrapper", "text", "The rewriting proxy it was unwrapped from."),
        Column("host", "text", "The host of the address."),
        Column("site", "text", "The registrable domain of the host, or the host itself where there is none."),
        Column(
            "path_shape",
            "text",
            "The path and query with every varying run replaced by its class: 9 digits, h hex, w a word, x mixed.",
        ),
        Column("url_bytes", "integer", "Length of the address.", unit="bytes", required=True),
        Column("width_px", "number", "The width a browser would give it; missing when nothing says.", unit="px"),
        Column("height_px", "number", "The height a browser would give it; missing when nothing says.", unit="px"),
        Column("size_from", "text", "What said so: attribute, style, sheet, or two of them."),
        Column(
            "declared_width",
            "text",
            "The width as written on the element itself (attribute, else inline style), "
            "which is all that published rules read.",
        ),
        Column("declared_height", "text", "The height, likewise."),
        Column("declared_from", "text", "Where those two stand: attribute, style, or both joined by +."),
        Column(
            "declared_hiding",
            "text",
            "The hiding declared on the element itself, as written: display:none, visibility:hidden, hidden.",
        ),
        Column("hidden_by", "text", "What hides it, and where: the sign, and `self` or the ancestor's tag."),
        Column(
            "sight",
            "text",
            "Whether a person can see it: unseen (a dot, hidden, or markup that shows nothing), seen (a size that can "
            "be seen, and nothing hides it), unknown (no size is given).",
            values=SIGHTS,
        ),
        Column(
            "signs",
            "text",
            "Of a picture of unknown size: what its place has in common with beacons' places (first, last, no_alt, "
            "no_link, alone), space between.",
        ),
        Column("n_repeats", "integer", "How many times its address stands in the message.", required=True),
        Column(
            "party", "text", "The site against the sender's: first, the same organisation, or third.", values=PARTIES
        ),
        Column("vendor", "text", "The company whose endpoint it is, or that its path looks like."),
        Column("vendor_kind", "text", "What that company does.", values=VENDOR_KINDS),
        Column(
            "vendor_confidence",
            "text",
            "host: the host is the vendor's own; header: the path looks like it, and the headers name the same "
            "platform; shape: the path alone looks like it.",
            values=CONFIDENCES,
        ),
        Column("listed_by", "text", "The published tracker lists whose patterns match the address, space between."),
        Column("url_words", "text", "The words of published rules that stand in the address, space between."),
        Column("token", "text", "The part of the address that tells recipients apart.", released=False),
        Column("token_bits", "number", "How much that part can tell apart, at most.", unit="bits"),
        Column("identity", "text", "How the recipient's address stands in it (`plain`, `md5`, `base64` …)."),
        Column(
            "n_like",
            "integer",
            "In how many messages of its sender a resource of the same site and path shape is; quotations do not "
            "count.",
        ),
        Column("n_seen_in", "integer", "In how many of them this very address is."),
        Column("n_recipients", "integer", "To how many different recipients this address was sent, where headers say."),
        Column(
            "changes",
            "text",
            "Whether such addresses are new in every message (always), the same in all (never), or in between (some); "
            "missing below three messages.",
            values=("always", "some", "never"),
        ),
        Column(
            "is_changing",
            "boolean",
            "Whether the evidence of the mailbox alone makes it a beacon: not seen, new in every message by 20 bits or "
            "more, and no picture.",
        ),
        Column(
            "proved_by_pair",
            "text",
            "Whether the addresses in two recipients' copies of the same issue differ, which proves individual "
            "tracking, or are the same; missing where there is no such pair.",
            values=("differs", "same"),
        ),
        Column("verdict_alone", "text", "What the message alone says that it is.", values=VERDICTS),
        Column(
            "verdict",
            "text",
            "What it is, by the message and by the evidence of the mailbox.",
            values=VERDICTS,
            required=True,
        ),
        Column("reason", "text", "The rule that decided, and what it saw.", required=True),
    ),
)

EVIDENCE = (
    "n_like", "n_seen_in", "n_recipients", "changes", "is_changing", "proved_by_pair", "verdict_alone"
)  # fmt: skip
"""The columns of :data:`RESOURCES` that are filled in once all messages are read."""

SKIPPED = Table(
    "skipped",
    "something read that became no message",
    (
        Column("origin", "text", "The file it was read from; after `!` the member of an archive.", required=True),
        Column("offset", "integer", "Where in that file it starts, after decompression.", unit="bytes", required=True),
        Column(
            "reason",
            "text",
            "Why it was left out: " + ", ".join(f"{reason} ({what})" for reason, what in SKIP_REASONS.items()) + ".",
            values=tuple(SKIP_REASONS),
            required=True,
        ),
        Column("detail", "text", "What was seen there.", released=False),
    ),
)

TABLES = (MESSAGES, RESOURCES, SKIPPED)
