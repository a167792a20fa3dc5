"""When a message was sent, by the header that can be trusted most."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

__all__ = ["Clock", "read_clock"]

Clock = Literal["date", "received", "separator", "none"]

_FIRST_MAIL = datetime(1982, 1, 1, tzinfo=UTC)  # RFC 822
_AGREEMENT = timedelta(days=7)
_AHEAD = timedelta(days=2)


def read_clock(
    headers: Mapping[str, Sequence[str]], separator_date: str | None = None, *, now: datetime | None = None
) -> tuple[datetime | None, Clock]:
    """Return when a message was sent, in UTC, and which header says so.

    The sender writes Date, and may lie; the reader's own server writes the topmost Received, the last hop. Date counts
    if it is within seven days of the last hop, or if there is no hop and it is between RFC 822 (1982) and now.
    Otherwise the last hop counts, then the mbox separator, then nothing.

    Parameters
    ----------
    headers
        Values by name in lower case.
    separator_date
        The date of the mbox separator.
    now
        The present, for tests.

    Examples
    --------
    >>> read_clock({"date": ["Fri, 01 Jan 2038 00:00:00 +0000"],
    ...             "received": ["by mx.example.org; Tue, 5 Jan 2010 10:00:00 +0000"]})
    (datetime.datetime(2010, 1, 5, 10, 0, tzinfo=datetime.timezone.utc), 'received')
    """
    latest = (now or datetime.now(UTC)) + _AHEAD

    def sane(value: str) -> datetime | None:
        moment = _parse(value)
        return moment if moment and _FIRST_MAIL <= moment <= latest else None

    date = next((sane(value) for value in headers.get("date", ())[:1]), None)
    hops = (sane(value.rpartition(";")[2]) for value in headers.get("received", ())[:5])
    hop = next((moment for moment in hops if moment), None)
    if date and (hop is None or abs(date - hop) <= _AGREEMENT):
        return date, "date"
    if hop:
        return hop, "received"
    separated = sane(separator_date) if separator_date else None
    return (separated, "separator") if separated else (None, "none")


_ZONE_BEFORE_YEAR = re.compile(r"^\w{3} (\w{3}) +(\d{1,2}) ([\d:]+) ([+-]\d{4}|[A-Z]{2,5}) (\d{4})$")


_FRACTION = re.compile(r"(?<=:\d\d)\.\d{1,9}")
_OFFSET = re.compile(r"(?<=:\d\d) *(?:GMT|UTC)?([+-]\d\d):?(\d\d)\b")
_ZONE_NAME = re.compile(r"(?<=:\d\d) ([A-Z]{3,4})\b")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
# Those that mean one offset, and that the standard library does not know.
_ZONES = {
    "BST": "+0100", "WEST": "+0100", "CET": "+0100", "MET": "+0100", "CEST": "+0200", "MEST": "+0200", "EET": "+0200",
    "EEST": "+0300", "MSK": "+0300", "HKT": "+0800", "JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100",
}  # fmt: skip


def _parse(value: str) -> datetime | None:
    value = value.strip().strip('"')[:100]
    asctime = _ZONE_BEFORE_YEAR.match(value)
    if asctime:
        month, day, time, zone, year = asctime.groups()
        value = f"{day} {month} {year} {time} {zone}"
    value = _OFFSET.sub(r" \1\2", _FRACTION.sub("", value))
    value = _ZONE_NAME.sub(lambda name: f" {_ZONES.get(name[1], name[1])}", value)
    try:
        moment = datetime.fromisoformat(value) if _ISO.match(value) else parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
