"""Mailboxes of one sender each, for the evidence of the mailbox: real trackers and their look-alikes.

All senders are invented and send from their own domain, without any mailer a list would know. Every mailbox
is built from a seed of its own name, so the bytes are the same on every run. No dependency beyond the
standard library.

    for box in real_trackers() + look_alikes():
        box.name, box.kind, box.form, box.match, box.expected, box.messages

`match` is a regular expression; in every message of the sender it finds the tested resource's URL and no
other (``n_with`` says in how many messages it stands). `accepted` holds `expected` and the verdicts that
are right as well. `needs_mailbox` says that the message alone cannot honestly tell. `hard` marks what a
careful reader could dispute.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from html import escape

B62 = string.digits + string.ascii_letters
LOW36 = string.digits + string.ascii_lowercase
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
READER, OTHER = "jane.reader@mail.example.org", "tom.reader@post.example.org"


@dataclass(frozen=True)
class Mailbox:
    name: str
    kind: str  # "real" or "look-alike"
    form: str  # "unsized", "1x1" or "hidden"
    messages: list[bytes]
    match: str
    expected: str
    accepted: tuple[str, ...]
    needs_mailbox: bool
    hard: bool
    n_with: int
    why: str


class Draw:
    """Random strings from a seed."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(f"pixelstudy mailboxes: {seed}")

    def of(self, alphabet: str, n: int) -> str:
        return "".join(self.random.choice(alphabet) for _ in range(n))

    def hex(self, n: int) -> str:
        return self.of("0123456789abcdef", n)

    def b62(self, n: int) -> str:
        return self.of(B62, n)

    def b64u(self, n: int) -> str:
        return self.of(B62 + "-_", n)

    def low36(self, n: int) -> str:
        return self.of(LOW36, n)

    def num(self, n: int) -> str:
        return self.of("123456789", 1) + self.of(string.digits, n - 1)

    def uuid(self) -> str:
        h = self.hex(30)
        return f"{h[:8]}-{h[8:12]}-4{h[12:15]}-{self.of('89ab', 1)}{h[15:18]}-{h[18:]}"

    def json64(self, value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()


WORDS = (
    "The kettle is on and the shelves are full again. We opened the new room last week and the roof holds. "
    "Thank you to everybody who came. The next issue brings the plans for autumn, two letters and a recipe. "
    "A short note on dates: the shop closes early on Friday. There is soup in the back and a map by the door."
).split(". ")


def img(url: str, form: str, *, alt: str | None = "", more: str = "") -> str:
    """Return the tested element in one of the three forms."""
    size = {"unsized": "", "1x1": ' width="1" height="1"', "hidden": ' style="display:none"'}[form]
    text = "" if alt is None else f' alt="{escape(alt)}"'
    return f'<img src="{escape(url)}"{text}{size}{more}>'


def link(url: str, inner: str) -> str:
    return f'<a href="{escape(url)}">{inner}</a>'


def page(
    site: str, n: int, draw: Draw, *, top: str = "", middle: str = "", cell: str = "", bottom: str = "", after: str = ""
) -> str:
    """Return an issue's markup with ordinary pictures, the tested element in one of its places."""
    text = draw.random.sample(WORDS, 4)
    hero = f"https://www.{site}/mail/2024/{n:02d}/hero.jpg"
    logo = link(
        f"https://www.{site}/", f'<img src="https://www.{site}/mail/logo.png" width="180" height="48" alt="Logo">'
    )
    icons = "".join(
        link(
            f"https://www.{site}/{name}",
            f'<img src="https://www.{site}/mail/icons/{name}.png" width="24" height="24" alt="{name}">',
        )
        for name in ("shop", "blog")
    )
    return (
        "<!DOCTYPE html><html><head><meta charset=utf-8><style>td{font-family:Georgia,serif}</style></head>"
        f'<body>{top}<table width="600" cellpadding="0" cellspacing="0"><tr><td>'
        f"{logo}</td></tr>"
        f'<tr><td><h1>Issue {n}</h1><img src="{hero}" width="600" height="280" alt="Issue {n}"><p>{text[0]}.</p>'
        f"{middle}<p>{text[1]}.</p></td></tr><tr><td>{cell}</td></tr>"
        f"<tr><td><p>{text[2]}. {text[3]}.</p><p>{icons}</p></td></tr></table>{bottom}</body></html>{after}"
    )


def mail(
    *,
    name: str,
    sender: str,
    to: str,
    n: int,
    html: str,
    subject: str,
    day: datetime,
    bulk: bool = True,
    delivered_to: str | None = None,
) -> bytes:
    """Return one RFC 5322 message, multipart/alternative, with nothing random in it."""
    site = sender.split("@")[1].rstrip(">")
    message = EmailMessage(policy=policy.SMTP)
    if delivered_to:
        message["Delivered-To"] = delivered_to
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = day
    message["Message-ID"] = f"<{name}.{n}.{to.split('@')[0].replace('.', '-')}@{site}>"
    if bulk:
        message["List-Unsubscribe"] = f"<https://www.{site}/unsubscribe>"
        message["Precedence"] = "bulk"
    message.set_content(f"{subject}\n\nRead it at https://www.{site}/\n", cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{name}_{n}_{len(html)}")
    return message.as_bytes()


def issues(
    name: str,
    site: str,
    n: int,
    address: Callable[[Draw, int, str], str],
    place: Callable[[str, int, Draw], dict[str, str]],
    *,
    recipients: Sequence[str] = (READER,),
    from_name: str = "",
    without: Sequence[int] = (),
    days: int = 7,
    first: int = 11,
    bulk: bool = True,
) -> list[bytes]:
    """Return `n` issues of a sender; ``address(draw, issue, recipient)`` is the tested URL, ``place`` says where it stands."""
    draw = Draw(name)
    start = datetime(2024, 3, 4, 7, 30, tzinfo=UTC)
    out = []
    for i in range(n):
        number = first + i
        per_issue = Draw(f"{name} page {number}")
        for recipient in recipients:
            where = {} if i in without else place(address(draw, number, recipient), number, draw)
            page_draw = Draw(f"{name} page {number}") if len(recipients) > 1 else per_issue
            html = page(site, number, page_draw, **where)
            out.append(
                mail(
                    name=name,
                    sender=f"{from_name or site.split('.')[0].title()} <letters@{site}>",
                    to=recipient,
                    delivered_to=recipient if len(recipients) > 1 else None,
                    n=number,
                    html=html,
                    subject=f"Issue {number}: {WORDS[number % len(WORDS)].split(',')[0][:40]}",
                    day=start + timedelta(days=days * i, minutes=draw.random.randrange(50)),
                    bulk=bulk,
                )
            )
    return out


BUILDERS: list[Callable[[], Mailbox]] = []


def box(
    kind: str,
    form: str,
    match: str,
    expected: str,
    *,
    accepted: Sequence[str] = (),
    needs_mailbox: bool = False,
    hard: bool = False,
) -> Callable[[Callable[[], list[bytes]]], Callable[[], Mailbox]]:
    """Turn a function that returns messages into one that returns a mailbox, its docstring being the reason."""

    def wrap(make: Callable[[], list[bytes]]) -> Callable[[], Mailbox]:
        def build() -> Mailbox:
            messages = make()
            return Mailbox(
                name=make.__name__,
                kind=kind,
                form=form,
                messages=messages,
                match=match,
                expected=expected,
                accepted=(expected, *accepted),
                needs_mailbox=needs_mailbox,
                hard=hard,
                n_with=sum(len(_found(message, match)) > 0 for message in messages),
                why=" ".join((make.__doc__ or "").split()),
            )

        build.__name__, build.__doc__ = make.__name__, make.__doc__
        BUILDERS.append(build)
        return build

    return wrap


def _found(message: bytes, match: str) -> list[str]:
    """Return the remote addresses in a message's HTML that `match` finds."""
    import email
    from html import unescape

    parsed = email.message_from_bytes(message, policy=policy.default)
    html = parsed.get_body(("html",)).get_content()
    urls = re.findall(r"""(?:src|background)=["']([^"']+)|url\(([^)]+)\)""", html)
    return [u for u in (unescape(a or b) for a, b in urls) if re.search(match, u)]


def _last(url: str, form: str, **more: object) -> dict[str, str]:
    return {"bottom": img(url, form, **more)}  # type: ignore[arg-type]


# real trackers


@box("real", "unsized", r"^https://t\.vesper-players\.example/", "spy_pixel")
def uuid_alone_at_the_end() -> list[bytes]:
    """spy_pixel: a bare UUID without suffix, last in the mail, empty alt, no link; a new one in each of 8 mails."""
    return issues(
        "uuid_alone_at_the_end",
        "vesper-players.example",
        8,
        lambda d, n, to: f"https://t.vesper-players.example/{d.uuid()}",
        lambda u, n, d: _last(u, "unsized"),
    )


@box("real", "unsized", r"/e/[0-9a-f]{32}\.gif$", "spy_pixel", needs_mailbox=True)
def hex_gif_at_the_start() -> list[bytes]:
    """spy_pixel: 128 bits under a picture's suffix (gif), first in the body, no alt, no link; new in each of 7 mails. Alone it could be a hashed picture."""
    return issues(
        "hex_gif_at_the_start",
        "lumen-glass.example",
        7,
        lambda d, n, to: f"https://m.lumen-glass.example/e/{d.hex(32)}.gif",
        lambda u, n, d: {"top": img(u, "unsized", alt=None)},
    )


@box("real", "1x1", r"/z\.php\?k=", "spy_pixel", needs_mailbox=True)
def short_key_in_a_script() -> list[bytes]:
    """spy_pixel: seven letters and digits (36 bits), too short for a token rule, unseen, new in each of 9 mails."""
    return issues(
        "short_key_in_a_script",
        "cobalt-clinic.example",
        9,
        lambda d, n, to: f"https://www.cobalt-clinic.example/z.php?k={d.low36(7)}",
        lambda u, n, d: _last(u, "1x1"),
    )


@box("real", "1x1", r"/n/\d{8}$", "spy_pixel", needs_mailbox=True)
def eight_digits() -> list[bytes]:
    """spy_pixel: eight digits that jump all over (26 bits), unseen, new in each of 10 mails: no campaign is numbered so."""
    return issues(
        "eight_digits",
        "larch-courses.example",
        10,
        lambda d, n, to: f"http://www.larch-courses.example/n/{d.num(8)}",
        lambda u, n, d: _last(u, "1x1", alt=None),
    )


@box("real", "unsized", r"/mail/seen/", "spy_pixel")
def a_word_for_it() -> list[bytes]:
    """spy_pixel: the path says seen, ten letters (60 bits) after it, in the middle of the mail; new in each of 6."""
    return issues(
        "a_word_for_it",
        "pinecone-coats.example",
        6,
        lambda d, n, to: f"https://www.pinecone-coats.example/mail/seen/{d.b62(10)}",
        lambda u, n, d: {"middle": img(u, "unsized")},
    )


@box("real", "unsized", r"/p\?s=481516&m=", "spy_pixel")
def constant_subscriber_new_mail() -> list[bytes]:
    """spy_pixel: the subscriber's number never changes, the mail's ten hex digits (40 bits) do; alone in an empty cell; 8 mails."""
    return issues(
        "constant_subscriber_new_mail",
        "moss-notes.example",
        8,
        lambda d, n, to: f"https://www.moss-notes.example/p?s=481516&m={d.hex(10)}",
        lambda u, n, d: {"cell": img(u, "unsized", alt=None)},
    )


@box("real", "hidden", r"/images/[\w-]{24}$", "spy_pixel", needs_mailbox=True)
def hidden_under_images() -> list[bytes]:
    """spy_pixel: hidden by display:none in the middle, 24 characters under a folder named images; new in each of 9 mails, so it is no stored picture."""
    return issues(
        "hidden_under_images",
        "alder-voices.example",
        9,
        lambda d, n, to: f"https://media.alder-voices.example/images/{d.b64u(24)}",
        lambda u, n, d: {"middle": img(u, "hidden")},
    )


@box("real", "1x1", r"^https://[0-9a-f]{20}\.m\.", "spy_pixel")
def host_label() -> list[bytes]:
    """spy_pixel: the 80 bits are a label of the host, the path is the same p.gif in each of 7 mails. The path shape never changes; the address does."""
    return issues(
        "host_label",
        "hazel-boots.example",
        7,
        lambda d, n, to: f"https://{d.hex(20)}.m.hazel-boots.example/p.gif",
        lambda u, n, d: _last(u, "1x1"),
    )


@box("real", "1x1", r"/m/\w{14}\.jpg$", "spy_pixel", needs_mailbox=True)
def jpeg_of_one_pixel() -> list[bytes]:
    """spy_pixel: named like a photo, 1x1, 83 bits, new in each of 8 mails; nobody draws a photo of one pixel for each issue."""
    return issues(
        "jpeg_of_one_pixel",
        "quarry-prints.example",
        8,
        lambda d, n, to: f"https://img.quarry-prints.example/m/{d.b62(14)}.jpg",
        lambda u, n, d: {"top": img(u, "1x1", alt="")},
    )


@box("real", "unsized", r"/b\.php\?", "spy_pixel")
def keyless_base64() -> list[bytes]:
    """spy_pixel: the whole query is Base64 that may end in =; the job's and the reader's numbers are in it; last, empty alt; 8 mails."""

    def address(d: Draw, n: int, to: str) -> str:
        return "https://www.fennel-tools.example/b.php?" + d.json64(
            {"job": 8000 + n, "rcpt": int(d.num(9)), "k": d.b62(8)}
        )

    return issues("keyless_base64", "fennel-tools.example", 8, address, lambda u, n, d: _last(u, "unsized"))


@box("real", "unsized", r"/r/\w{5}/\w{6}$", "spy_pixel", needs_mailbox=True)
def two_short_parts() -> list[bytes]:
    """spy_pixel: five and six letters (together 65 bits, each too short alone), in an empty cell, empty alt; both new in each of 10 mails."""
    return issues(
        "two_short_parts",
        "ridge-partners.example",
        10,
        lambda d, n, to: f"https://go.ridge-partners.example/r/{d.b62(5)}/{d.b62(6)}",
        lambda u, n, d: {"cell": img(u, "unsized")},
    )


@box("real", "hidden", r"/c/\w{26}$", "spy_pixel")
def hidden_by_its_box() -> list[bytes]:
    """spy_pixel: a ULID in a div of max-height 0; nothing hides the img itself; 7 mails."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"bottom": f'<div style="max-height:0;overflow:hidden">{img(u, "unsized", alt=None)}</div>'}

    return issues(
        "hidden_by_its_box",
        "oak-and-nail.example",
        7,
        lambda d, n, to: f"https://t.oak-and-nail.example/c/01J{d.of(CROCKFORD, 23)}",
        place,
    )


@box("real", "unsized", r"/u/\w{12}$", "spy_pixel")
def two_readers_two_addresses() -> list[bytes]:
    """spy_pixel: five issues to two readers, each copy with an address of its own (71 bits); last, empty alt. The pairs prove it."""
    return issues(
        "two_readers_two_addresses",
        "tuva-rail.example",
        5,
        lambda d, n, to: f"https://t.tuva-rail.example/u/{d.b62(12)}",
        lambda u, n, d: _last(u, "unsized"),
        recipients=(READER, OTHER),
    )


@box("real", "unsized", r"/api/v1/notify/", "spy_pixel")
def jwt_first() -> list[bytes]:
    """spy_pixel: a JWT whose payload has a new subject in each of 6 mails; first in the body. Its head is the same in all of them."""

    def address(d: Draw, n: int, to: str) -> str:
        head, load = d.json64({"alg": "HS256", "typ": "JWT"}), d.json64({"sub": d.num(12), "n": n})
        return f"https://api.nordlicht-press.example/api/v1/notify/{head.rstrip('=')}.{load.rstrip('=')}.{d.b64u(43)}"

    return issues("jwt_first", "nordlicht-press.example", 6, address, lambda u, n, d: {"top": img(u, "unsized")})


@box("real", "1x1", r"/i/\w{11}$", "spy_pixel")
def link_around_it() -> list[bytes]:
    """spy_pixel: 1x1 in spite of a link around it and a word as alt; 57 bits, new in each of 8 mails."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"middle": link("https://www.harbour-soap.example/", img(u, "1x1", alt="harbour"))}

    return issues(
        "link_around_it",
        "harbour-soap.example",
        8,
        lambda d, n, to: f"https://www.harbour-soap.example/i/{d.low36(11)}",
        place,
    )


@box("real", "unsized", r"/x/[0-9a-f]{16}$", "spy_pixel", needs_mailbox=True)
def after_the_end_of_the_page() -> list[bytes]:
    """spy_pixel: after </html>, no alt at all, 64 bits; new in each of 12 mails."""
    return issues(
        "after_the_end_of_the_page",
        "kolibri-seeds.example",
        12,
        lambda d, n, to: f"https://www.kolibri-seeds.example/x/{d.hex(16)}",
        lambda u, n, d: {"after": img(u, "unsized", alt=None)},
        days=2,
    )


@box("real", "1x1", r"/bg\?", "spy_pixel")
def background_of_a_cell() -> list[bytes]:
    """spy_pixel: the background of a cell of 1x1, not an img; 60 bits, new in each of 6 mails."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"bottom": f'<table><tr><td width="1" height="1" background="{escape(u)}"></td></tr></table>'}

    return issues(
        "background_of_a_cell",
        "june-letters.example",
        6,
        lambda d, n, to: f"https://www.june-letters.example/bg?q={d.hex(15)}",
        place,
    )


@box("real", "unsized", r"/o/01J\w{23}\.png$", "spy_pixel")
def not_in_every_mail() -> list[bytes]:
    """spy_pixel: stands in nine of eleven mails (two went out without), 115 bits in a png's name under /o/, last, empty alt."""
    return issues(
        "not_in_every_mail",
        "morning-sheet.example",
        11,
        lambda d, n, to: f"https://t.morning-sheet.example/o/01J{d.of(CROCKFORD, 23)}.png",
        lambda u, n, d: _last(u, "unsized"),
        without=(3, 8),
    )


@box("real", "1x1", r"/op/\d+/\d+/\d+/1\.gif$", "spy_pixel")
def numbers_in_a_row() -> list[bytes]:
    """spy_pixel: the issue's number counts up, two numbers of nine and eight digits jump (56 bits); 9 mails. What changes is more than the campaign."""
    return issues(
        "numbers_in_a_row",
        "alder-school.example",
        9,
        lambda d, n, to: f"http://mail.alder-school.example/op/{1500 + n}/{d.num(9)}/{d.num(8)}/1.gif",
        lambda u, n, d: _last(u, "1x1"),
        first=31,
    )


@box("real", "unsized", r"/v/[0-9a-f]{8}-[0-9a-f]{4}-1", "spy_pixel")
def time_based_uuid() -> list[bytes]:
    """spy_pixel: a UUID of version 1, whose node and middle never change; what is new is the clock's low part (32 bits) and the sequence; last, empty alt; 8 mails."""
    return issues(
        "time_based_uuid",
        "lumen-frames.example",
        8,
        lambda d, n, to: (
            f"https://t.lumen-frames.example/v/{d.hex(8)}-{d.hex(4)}-11ee-{d.of('89ab', 1)}{d.hex(3)}-0242ac120002"
        ),
        lambda u, n, d: _last(u, "unsized"),
    )


@box("real", "1x1", r"/y/\w{18}\.gif$", "spy_pixel")
def quoted_by_a_friend() -> list[bytes]:
    """spy_pixel: six mails to one reader; a friend of another domain got the third one forwarded by the sender's reader and quotes it in a mail to somebody
    else. A quoted copy is not a sending to a second recipient, so the address stays individual."""
    name, site = "quoted_by_a_friend", "quarry-homes-post.example"
    found = issues(
        name, site, 6, lambda d, n, to: f"https://t.{site}/y/{d.b62(18)}.gif", lambda u, n, d: _last(u, "1x1")
    )
    third = _found(found[2], rf"t\.{re.escape(site)}/y/")[0]
    quote = (
        '<p>Look at this one.</p><div class="gmail_quote"><div class="gmail_attr">On Mon, Mar 18, 2024 letters wrote:</div>'
        f'<blockquote class="gmail_quote"><p>Issue 13</p>{img(third, "1x1")}</blockquote></div>'
    )
    friend = mail(
        name=name,
        sender="Jane Reader <jane.reader@mail.example.org>",
        to=OTHER,
        n=99,
        html=f"<html><body>{quote}</body></html>",
        subject="Fwd: Issue 13",
        day=datetime(2024, 3, 20, 18, 0, tzinfo=UTC),
        bulk=False,
    )
    return [*found, friend]


@box("real", "1x1", r"/h/[0-9a-f]{16}\.gif$", "spy_pixel", hard=True)
def same_number_in_every_mail() -> list[bytes]:
    """spy_pixel: the subscriber's 64 bits are the same in each of 8 mails. That it never changes proves nothing against a person; the token of the address alone
    says spy_pixel, and no endpoint's rule is there to demote it."""
    constant = Draw("the subscriber").hex(16)
    return issues(
        "same_number_in_every_mail",
        "vesper-radio.example",
        8,
        lambda d, n, to: f"https://t.vesper-radio.example/h/{constant}.gif",
        lambda u, n, d: _last(u, "1x1"),
    )


# look-alikes


@box("look-alike", "unsized", r"^https://assets\.strip-of-the-day\.example/", "content", needs_mailbox=True)
def comic_of_the_day() -> list[bytes]:
    """content: a comic under a content hash without suffix or size, new each day, but with alt text and a link, in the middle."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"middle": link(f"https://www.strip-of-the-day.example/{n}", img(u, "unsized", alt=f"Strip of day {n}"))}

    return issues(
        "comic_of_the_day",
        "strip-of-the-day.example",
        12,
        lambda d, n, to: f"https://assets.strip-of-the-day.example/{d.hex(32)}",
        place,
        days=1,
    )


@box("look-alike", "unsized", r"/978\d{10}/large$", "content")
def cover_of_the_week() -> list[bytes]:
    """content: a book's cover by its ISBN, no suffix, new in each of 8 mails; link to the book, its title as alt."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {
            "middle": link(
                f"https://www.inkwell-books.example/b/{n}", img(u, "unsized", alt="Cover of the book of the week")
            )
        }

    return issues(
        "cover_of_the_week",
        "inkwell-books.example",
        8,
        lambda d, n, to: f"https://covers.inkwell-books.example/978{d.num(10)}/large",
        place,
    )


@box("look-alike", "unsized", r"/chart/render/", "content")
def chart_of_the_day() -> list[bytes]:
    """content: a chart drawn by the sender's own service under a UUID, new each day, same for all; alt text, in the middle, no link."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"middle": img(u, "unsized", alt="Price of wheat, last 30 days")}

    return issues(
        "chart_of_the_day",
        "grain-desk.example",
        10,
        lambda d, n, to: f"https://charts.grain-desk.example/chart/render/{d.uuid()}",
        place,
        days=1,
    )


@box("look-alike", "unsized", r"/new_assets/\d{8}$", "content", needs_mailbox=True)
def article_photo_with_a_link() -> list[bytes]:
    """content: an article's photo under new_assets/ID, no suffix, no size, empty alt; but a link around it, and it stands between two paragraphs; 9 mails."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"middle": link(f"https://www.valley-herald.example/a/{n}", img(u, "unsized", alt=""))}

    return issues(
        "article_photo_with_a_link",
        "valley-herald.example",
        9,
        lambda d, n, to: f"https://www.valley-herald.example/new_assets/{d.num(8)}",
        place,
    )


@box("look-alike", "unsized", r"/new_assets/[0-9a-f]{24}$", "content", needs_mailbox=True)
def article_photo_with_a_caption() -> list[bytes]:
    """content: as above under a hash, no link, with alt text and a caption below; new in each of 8 mails."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"middle": f"<p>{img(u, 'unsized', alt='The old mill')}<br><i>The old mill. Photo: staff</i></p>"}

    return issues(
        "article_photo_with_a_caption",
        "hill-courier.example",
        8,
        lambda d, n, to: f"https://www.hill-courier.example/new_assets/{d.hex(24)}",
        place,
    )


@box("look-alike", "unsized", r"^https://mail\.google\.com/mail/", "content")
def pasted_from_own_webmail() -> list[bytes]:
    """content: a person pastes pictures from their own web mail; ids of the sender's message and attachment, new in each of 7 mails, alone in the text, alt image.png."""

    def address(d: Draw, n: int, to: str) -> str:
        return f"https://mail.google.com/mail/u/0?ui=2&ik={d.hex(10)}&attid=0.1&permmsgid=msg-a:r-{d.num(19)}&th={d.hex(16)}&view=fimg&sz=s0-l75-ft&realattid=ii_{d.low36(9)}"

    return issues(
        "pasted_from_own_webmail",
        "oak-survey.example",
        7,
        address,
        lambda u, n, d: {"middle": img(u, "unsized", alt="image.png")},
        bulk=False,
        from_name="Ann Oak",
    )


@box("look-alike", "unsized", r"^https://lh7-us\.googleusercontent\.com/docsz/", "content")
def pasted_from_a_document() -> list[bytes]:
    """content: pictures pasted from the sender's document: long opaque names, new in each of 6 mails, empty alt, no link. The host keeps pictures of documents."""
    return issues(
        "pasted_from_a_document",
        "fern-gardens.example",
        6,
        lambda d, n, to: f"https://lh7-us.googleusercontent.com/docsz/AD_4n{d.b64u(120)}?key={d.b64u(22)}",
        lambda u, n, d: {"middle": img(u, "unsized")},
        from_name="Fern",
    )


@box("look-alike", "unsized", r"/radar/", "content")
def weather_map() -> list[bytes]:
    """content: a map of the hour, its name a time stamp, new in each of 12 mails; alt text, png."""
    return issues(
        "weather_map",
        "isobar-post.example",
        12,
        lambda d, n, to: f"https://www.isobar-post.example/radar/202403{n + 1:02d}0600_de.png",
        lambda u, n, d: {"middle": img(u, "unsized", alt="Radar at 6 am")},
        days=1,
        first=1,
    )


@box("look-alike", "hidden", r"/products/[0-9a-f]{32}_600x\.jpg", "content", needs_mailbox=True)
def product_for_phones() -> list[bytes]:
    """content: a product's picture for phones, hidden on the desktop by display:none; content hash, jpg, link, alt text; new in each of 8 mails."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        inner = img(u, "hidden", alt="Boots of the week", more=' class="phone"')
        return {
            "middle": "<style>@media (max-width:480px){.phone{display:block!important}}</style>"
            + link("https://www.hazel-boots-shop.example/p", inner)
        }

    return issues(
        "product_for_phones",
        "hazel-boots-shop.example",
        8,
        lambda d, n, to: f"https://cdn.hazel-boots-shop.example/products/{d.hex(32)}_600x.jpg?v=17{d.num(8)}",
        place,
    )


@box("look-alike", "unsized", r"/deal/[\w-]{22}$", "content", needs_mailbox=True)
def product_of_the_day() -> list[bytes]:
    """content: the deal's picture under an opaque name (22 characters), no suffix, no size, new each day; link around it and the product's name as alt. It stands
    last before the footer, but in a row of text."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {
            "cell": link(f"https://www.kolibri-deals.example/{n}", img(u, "unsized", alt="Deal of the day: a kettle"))
            + "<p>A kettle, 40 % off.</p>"
        }

    return issues(
        "product_of_the_day",
        "kolibri-deals.example",
        12,
        lambda d, n, to: f"https://pics.kolibri-deals.example/deal/{d.b64u(22)}",
        place,
        days=1,
    )


@box("look-alike", "1x1", r"/px\.gif\?c=", "counting_pixel")
def campaign_counter_in_the_query() -> list[bytes]:
    """counting_pixel: the campaign's number counts up, new in each of 10 mails, but 10 bits change at most: it tells mails apart, not readers."""
    return issues(
        "campaign_counter_in_the_query",
        "alder-bank.example",
        10,
        lambda d, n, to: f"https://www.alder-bank.example/px.gif?c={400 + n}",
        lambda u, n, d: _last(u, "1x1"),
    )


@box("look-alike", "1x1", r"/open/2024-\d+\.gif$", "counting_pixel")
def campaign_counter_in_the_path() -> list[bytes]:
    """counting_pixel: year and week in a beacon's path, new in each of 9 mails; few bits, in order."""
    return issues(
        "campaign_counter_in_the_path",
        "alder-news.example",
        9,
        lambda d, n, to: f"https://www.alder-news.example/open/2024-{n}.gif",
        lambda u, n, d: _last(u, "1x1"),
    )


@box("look-alike", "unsized", r"/mail/open\.gif\?campaign=", "counting_pixel", accepted=("content",))
def unsized_campaign_counter() -> list[bytes]:
    """counting_pixel: named an opening, of no size; the campaign's three digits alone change; 8 mails."""
    return issues(
        "unsized_campaign_counter",
        "tea-harbour.example",
        8,
        lambda d, n, to: f"https://www.tea-harbour.example/mail/open.gif?campaign={600 + 3 * n}",
        lambda u, n, d: _last(u, "unsized"),
    )


@box("look-alike", "1x1", r"/count\.gif\?site=", "counting_pixel")
def never_changes() -> list[bytes]:
    """counting_pixel: the same address in each of 9 mails, and nothing in it that could be a reader's."""
    return issues(
        "never_changes",
        "grove-radio.example",
        9,
        lambda d, n, to: "https://www.grove-radio.example/count.gif?site=letters&kind=mail",
        lambda u, n, d: _last(u, "1x1"),
    )


@box("look-alike", "unsized", r"/brand/", "content")
def logo_that_never_changes() -> list[bytes]:
    """content: a logo under a content hash, no suffix, no size, first in the mail, the same in each of 8 mails; alt and link."""
    fixed = Draw("grove logo").hex(40)

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"top": link("https://www.grove-radio-shop.example/", img(u, "unsized", alt="Grove"))}

    return issues(
        "logo_that_never_changes",
        "grove-radio-shop.example",
        8,
        lambda d, n, to: f"https://static.grove-radio-shop.example/brand/{fixed}",
        place,
    )


def _per_issue(name: str) -> Callable[[Draw, int, str], str]:
    return lambda d, n, to: Draw(f"{name} issue {n}").hex(32)


@box("look-alike", "1x1", r"/i/[0-9a-f]{32}\.gif$", "counting_pixel", needs_mailbox=True)
def one_address_for_two_readers() -> list[bytes]:
    """counting_pixel: 128 bits, new in every issue, which a token rule calls a spy; but both readers of each of five issues got the same address, so it tells neither apart."""
    code = _per_issue("one_address_for_two_readers")
    return issues(
        "one_address_for_two_readers",
        "tuva-ferry.example",
        5,
        lambda d, n, to: f"https://t.tuva-ferry.example/i/{code(d, n, to)}.gif",
        lambda u, n, d: _last(u, "1x1"),
        recipients=(READER, OTHER),
    )


@box(
    "look-alike",
    "unsized",
    r"/pic/[0-9a-f]{32}$",
    "content",
    accepted=("counting_pixel",),
    needs_mailbox=True,
    hard=True,
)
def one_picture_for_two_readers() -> list[bytes]:
    """content: no suffix, no size, empty alt, no link, last in the mail (it looks like a beacon in all), but the same for both readers of each of five issues. Nothing
    says that it is unseen, so content; counting_pixel would be no alarm either."""
    code = _per_issue("one_picture_for_two_readers")
    return issues(
        "one_picture_for_two_readers",
        "tuva-harbour.example",
        5,
        lambda d, n, to: f"https://t.tuva-harbour.example/pic/{code(d, n, to)}",
        lambda u, n, d: _last(u, "unsized"),
        recipients=(READER, OTHER),
    )


@box("look-alike", "1x1", r"/ad\.gif\?ord=", "counting_pixel", needs_mailbox=True)
def cache_buster_of_an_issue() -> list[bytes]:
    """counting_pixel: ten random digits as a cache buster, drawn once an issue: both readers of each of five issues got the same."""
    return issues(
        "cache_buster_of_an_issue",
        "moss-weekly.example",
        5,
        lambda d, n, to: f"https://www.moss-weekly.example/ad.gif?ord={Draw(f'moss {n}').num(10)}",
        lambda u, n, d: {"middle": img(u, "1x1")},
        recipients=(READER, OTHER),
    )


@box("look-alike", "1x1", r"/c\.gif\?ts=", "counting_pixel", hard=True)
def time_stamp() -> list[bytes]:
    """counting_pixel: the hour at which the issue was made, in seconds; new in each of 8 mails, but it is the mail's own date and the same for all its readers."""
    return issues(
        "time_stamp",
        "isobar-weekly.example",
        8,
        lambda d, n, to: f"https://www.isobar-weekly.example/c.gif?ts={1709535600 + 604800 * (n - 11)}",
        lambda u, n, d: _last(u, "1x1"),
    )


@box("look-alike", "unsized", r"^https://api\.qrserver\.com/", "content")
def qr_code_of_an_issue() -> list[bytes]:
    """content: a QR code of the issue's public page, made by a service from its query; new in each of 7 mails; alt text."""
    return issues(
        "qr_code_of_an_issue",
        "vesper-hall.example",
        7,
        lambda d, n, to: (
            f"https://api.qrserver.com/v1/create-qr-code/?size=160x160&data=https%3A%2F%2Fwww.vesper-hall.example%2Fprogramme%2F{n}-{d.random.choice(['spring', 'summer', 'choir'])}"
        ),
        lambda u, n, d: {"middle": img(u, "unsized", alt="QR code of this programme")},
    )


@box("look-alike", "unsized", r"\.mzstatic\.com/", "content")
def podcast_cover() -> list[bytes]:
    """content: the cover of a podcast's episode at a store's picture host, new in each of 8 mails; link and alt."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"middle": link(f"https://www.lantern-talks.example/{n}", img(u, "unsized", alt=f"Episode {n}"))}

    return issues(
        "podcast_cover",
        "lantern-talks.example",
        8,
        lambda d, n, to: (
            f"https://is1-ssl.mzstatic.com/image/thumb/Podcasts221/v4/{d.hex(2)}/{d.hex(2)}/{d.hex(2)}/{d.uuid()}/mza_{d.num(19)}.jpg/600x600bb.webp"
        ),
        place,
    )


@box("look-alike", "unsized", r"^https://pbs\.twimg\.com/media/", "content")
def picture_of_a_post() -> list[bytes]:
    """content: the picture of a post at a social network, no suffix in its path, new in each of 12 mails; link to the post, empty alt."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"middle": link("https://twitter.com/sheet/status/1", img(u, "unsized", alt=""))}

    return issues(
        "picture_of_a_post",
        "evening-sheet.example",
        12,
        lambda d, n, to: f"https://pbs.twimg.com/media/G{d.b64u(14)}?format=jpg&name=medium",
        place,
        days=1,
    )


@box("look-alike", "unsized", r"/2024/\d+/x\.gif$", "spacer", accepted=("content",))
def x_gif_of_each_issue() -> list[bytes]:
    """spacer: an empty gif for layout in each issue's folder, no size, in an empty cell, no alt; new in each of 8 mails, but only the issue's number changes."""
    return issues(
        "x_gif_of_each_issue",
        "grain-market.example",
        8,
        lambda d, n, to: f"https://www.grain-market.example/mail/2024/{n}/x.gif",
        lambda u, n, d: {"cell": img(u, "unsized", alt=None)},
    )


@box("look-alike", "hidden", r"/night/[0-9a-f]{40}\.png$", "content")
def night_version_of_a_picture() -> list[bytes]:
    """content: the picture for dark mode, hidden here and shown there by a media rule; content hash, new in each of 7 mails."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        sheet = "<style>@media (prefers-color-scheme:dark){.night{display:block!important}}</style>"
        return {
            "middle": sheet + f'<div class="night" style="display:none">{img(u, "unsized", alt="Issue at night")}</div>'
        }

    return issues(
        "night_version_of_a_picture",
        "owl-gazette.example",
        7,
        lambda d, n, to: f"https://cdn.owl-gazette.example/night/{d.hex(40)}.png",
        place,
    )


@box("look-alike", "unsized", r"^https://owl-media\.s3\.", "content")
def signed_picture() -> list[bytes]:
    """content: a stored picture under a signature that is new in each of 8 mails (and the same for all readers of one); alt text; it stands last."""

    def address(d: Draw, n: int, to: str) -> str:
        return (
            f"https://owl-media.s3.eu-central-1.amazonaws.com/issue-{n}/{d.hex(12)}.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA{d.of(string.ascii_uppercase, 16)}"
            f"%2F20240304%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20240304T070000Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature={d.hex(64)}"
        )

    return issues(
        "signed_picture", "owl-review.example", 8, address, lambda u, n, d: _last(u, "unsized", alt="The owl")
    )


@box("look-alike", "unsized", r"/timer/", "content")
def countdown_of_a_sale() -> list[bytes]:
    """content: a countdown that is drawn for the sale, its id new in each of 6 mails, the same for all readers; gif, link, alt."""

    def place(u: str, n: int, d: Draw) -> dict[str, str]:
        return {"middle": link("https://www.copper-pans.example/sale", img(u, "unsized", alt="Ends soon"))}

    return issues(
        "countdown_of_a_sale",
        "copper-pans.example",
        6,
        lambda d, n, to: f"https://www.copper-pans.example/timer/{d.low36(10)}.gif",
        place,
    )


def real_trackers() -> list[Mailbox]:
    """Return the mailboxes of real trackers (22)."""
    return [found for found in (build() for build in BUILDERS) if found.kind == "real"]


def look_alikes() -> list[Mailbox]:
    """Return the mailboxes of look-alikes (26)."""
    return [found for found in (build() for build in BUILDERS) if found.kind == "look-alike"]


def check() -> None:
    """Check names, counts, determinism, and that `match` finds the tested resource exactly once in a message."""
    boxes, again = real_trackers() + look_alikes(), real_trackers() + look_alikes()
    assert boxes == again and len({b.name for b in boxes}) == len(boxes)
    for b in boxes:
        assert 5 <= len(b.messages) <= 12, (b.name, len(b.messages))
        counts = [len(_found(m, b.match)) for m in b.messages]
        assert max(counts) == 1 and sum(counts) == b.n_with >= 5, (b.name, counts)
        assert b.why.startswith(b.expected), (b.name, b.why)
        urls = [u for m in b.messages for u in _found(m, b.match)]
        print(
            f"{b.kind:10} {b.name:32} {b.form:8} {b.expected:15} messages {len(b.messages):2} with {b.n_with:2} addresses {len(set(urls)):2} needs_mailbox={b.needs_mailbox:d} hard={b.hard:d}  {urls[0][:70]}"
        )


if __name__ == "__main__":
    check()
