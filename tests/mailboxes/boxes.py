"""Mailboxes of many sizes and kinds, written by us, for whatever is made of a mailbox to be read against."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

START = datetime(2026, 1, 2, 9, tzinfo=UTC)
PIXELS = (
    '<img src="https://shop.us1.list-manage.com/track/open.php?u={hexes}&id={short}&e={other}" width="1" height="1">',
    '<img src="https://u1234567.ct.sendgrid.net/wf/open?upn={hexes}{other}" width="1" height="1">',
    '<img src="https://open.{domain}/o/{hexes}.gif" width="1" height="1" alt="">',
)
"""Spy pixels of two mailers and of the sender itself."""

COUNTER = '<img src="https://open.{domain}/count.gif" width="1" height="1" alt="">'
PICTURE = '<img src="https://images.{domain}/logo.png" width="200" height="80" alt="logo">'
UNSUBSCRIBE = "List-Unsubscribe: <https://{domain}/leave>\nList-Id: <news.{domain}>\nPrecedence: bulk\n"


def mail(
    number: int,
    sender: str,
    *,
    html: str = PICTURE,
    sent_at: datetime | None = None,
    name: str = "News",
    headers: str = UNSUBSCRIBE,
    labels: str = "",
) -> bytes:
    """Return one message, without HTML if `html` is empty; the same arguments give the same."""
    at, domain = sent_at or START + timedelta(hours=7 * number), sender.rpartition("@")[2]
    hexes = sha256(f"{sender}{number}".encode()).hexdigest()
    filled = html.format(domain=domain, hexes=hexes[:32], short=hexes[32:42], other=hexes[42:52])
    body = f"<html><body><p>tea, number {number}</p>{filled}</body></html>" if html else f"tea, number {number}"
    shown = f'"{name}"' if name.isascii() else Header(name, "utf-8", maxlinelen=998).encode()
    head = (
        f"From: {shown} <{sender}>\n"
        f"To: jane@reader.example\nSubject: number {number}\nMessage-ID: <{number}.{hexes[:8]}@{domain}>\n"
        f"Date: {format_datetime(at)}\n"
    )
    head += f"X-Gmail-Labels: {labels}\n" if labels else ""
    kind = "html" if html else "plain"
    return f"{head}{headers.format(domain=domain)}Content-Type: text/{kind}; charset=utf-8\n\n{body}\n".encode()


def mbox(path: Path, mails: Iterable[bytes]) -> Path:
    path.write_bytes(b"".join(b"From a@b Thu Aug 22 12:36:23 2002\n%s\n" % one for one in mails))
    return path


def mixed(n: int, *, senders: int = 12) -> list[bytes]:
    """Return `n` messages of shops that follow, shops that count, and shops that do neither."""
    contents = (*(PIXELS[i % 3] + PICTURE for i in range(6)), COUNTER + PICTURE, PICTURE)
    return [
        mail(i, f"news@shop{i % senders}.example", html=contents[i % senders % len(contents)] if i % 9 else PICTURE)
        for i in range(n)
    ]


def years() -> list[bytes]:
    """Return fifteen years: two shops that stay and begin to follow in 2016, and one that is new each year."""
    return [
        mail(
            number := 1000 * year + 10 * i + who,
            f"news@{('stay.example', 'keep.example', f'new{year}.example')[who]}",
            html=PIXELS[who] if year > 2015 or who == 2 else PICTURE,
            sent_at=datetime(year, 1 + i, 3 + who, 8, number % 60, tzinfo=UTC),
        )
        for year in range(2012, 2027)
        for i in range(11)
        for who in range(3)
    ]


HOSTILE = '<img src=x onerror="alert(1)">\u202egnp'
LANGUAGES = (
    ("news@xn--fiqs8s.example", "新闻 简报"),
    ("news@xn--mgbh0fb.example", "أخبار"),
    ("post@xn--mnchner-n2a.example", "Münchner Grüße"),
    ("news@xn--80ak6aa92e.example", HOSTILE),
    ("news@plain.example", "=HYPERLINK(1)"),
)
"""Senders of several languages: one host can deceive, and two names are hostile."""


def languages() -> list[bytes]:
    return [mail(i, *(LANGUAGES[i % 5][:1]), name=LANGUAGES[i % 5][1], html=PIXELS[2]) for i in range(60)]


def friends() -> list[bytes]:
    hosts, receipt = ("gmail.com", "web.de", "gmail.com"), "Disposition-Notification-To: {domain}\n"
    return [
        mail(i, f"friend{i % 9}@{hosts[i % 3]}", html=PIXELS[1] if i % 9 == 1 else "<p>dear Jane</p>", headers=receipt)
        for i in range(90)
    ]


def takeout(folder: Path) -> Path:
    labels = ("Inbox,Opened", "Inbox,Category Promotions", "Spam", "Sent")
    mails = [
        mail(i, "jane@reader.example" if i % 12 == 11 else f"news@shop{i % 7}.example", html=PIXELS[i % 3],
             labels=labels[2 if i % 12 == 5 else 3 if i % 12 == 11 else i % 2])
        for i in range(120)
    ]  # fmt: skip
    path, whole = folder / "takeout-20260420T120000Z-001.zip", mbox(folder / "x", mails).read_bytes()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Takeout/Mail/All mail Including Spam and Trash.mbox", whole)
    path.write_bytes(file.getvalue())
    (folder / "x").unlink()
    return path


def _of(mails: Callable[[], Iterable[bytes]]) -> Callable[[Path], Path]:
    return lambda folder: mbox(folder / "mail.mbox", mails())


def spam() -> list[bytes]:
    return [mail(i, f"win@spam{i % 6}.example", html=PIXELS[2], labels="Spam") for i in range(48)]


BOXES: Mapping[str, Callable[[Path], Path]] = {
    "one": _of(lambda: mixed(2)[1:]),
    "twelve": _of(lambda: mixed(12, senders=3)),
    "two hundred": _of(lambda: mixed(200)),
    "plain text": _of(lambda: [mail(i, f"a@site{i % 6}.example", html="") for i in range(40)]),
    "spam alone": _of(spam),
    "no tracker": _of(lambda: [mail(i, f"a@site{i % 8}.example") for i in range(80)]),
    "one sender": _of(lambda: mixed(50, senders=1)),
    "friends": _of(friends),
    "years": _of(years),
    "languages": _of(languages),
    "takeout": takeout,
}
"""By name: what writes the mailbox into a folder and returns its path."""
