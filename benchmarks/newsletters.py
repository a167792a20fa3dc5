"""Generated newsletters: an mbox of any size, the same for the same seed, written as a stream.

It looks like an exported mailbox of somebody who subscribes to much: 60 senders that each keep their template and
style sheet; tables in tables, conditional comments for Outlook, 20 to 150 kB of HTML with 4 to 10 images (real ones
have 7 on average, by the Markup's mailbox) and links of 200 characters, a tracking pixel, quoted-printable or base64, CRLF; every 400th mail carries an attachment of 5 to
20 MB. Logos and icons are the same in every issue of a sender, the rest is new in each. All hosts
are invented. It says how fast mail is read, and nothing about mail.

``python -m benchmarks.newsletters 400 news.mbox`` writes 400 MB.
"""

from __future__ import annotations

import argparse
import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from itertools import count
from pathlib import Path
from random import Random

__all__ = ["messages", "write_newsletters"]

N_SENDERS = 60
ATTACHED_EVERY = 400
ATTACHMENT_BYTES = (5_000_000, 12_000_000, 8_000_000, 20_000_000)
RECIPIENT = "robin.reader@inbox.example"

_SYLLABLES = (
    "ba be bo da de di fa fe fo ga ge ka ki ko la le lo ma mi mo na ne no ra re ri sa se so ta te to va ve".split()
)
_ACCENTS = "für naïve café über señor déjà grün Preis – “ ” € ’".split()
_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
_START = datetime(2019, 1, 1, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Sender:
    """One sender and its template."""

    name: str
    domain: str
    sheet: str
    fonts: str
    colour: str
    is_base64: bool
    pixel: str
    words: tuple[str, ...]
    logo: str
    icons: tuple[str, ...]


def messages(seed: int = 0) -> Iterator[bytes]:
    """Yield newsletters without end, each with its ``From `` line and the empty line after it."""
    random = Random(seed)
    senders = [_sender(Random(f"{seed}/{i}"), i) for i in range(N_SENDERS)]
    for number in count():
        sender = random.choice(senders)
        sent_at = _START + timedelta(minutes=37 * number)
        attachment = None
        if number % ATTACHED_EVERY == ATTACHED_EVERY // 2:
            attachment = random.randbytes(ATTACHMENT_BYTES[number // ATTACHED_EVERY % len(ATTACHMENT_BYTES)])
        data = _message(sender, random, sent_at, attachment)
        line = f"From {random.randrange(10**18, 10**19)}@xxx {sent_at:%a %b %d %H:%M:%S +0000 %Y}\n".encode()
        yield (line + _FROM_LINE.sub(rb">\1", data)).replace(b"\n", b"\r\n") + b"\r\n"


def write_newsletters(path: Path, size_bytes: int, *, seed: int = 0) -> int:
    """Write newsletters to `path` until there are `size_bytes` of them, and return how many there are."""
    n = written = 0
    with path.open("wb") as file:
        for data in messages(seed):
            written += file.write(data)
            n += 1
            if written >= size_bytes:
                break
    return n


def _word(random: Random) -> str:
    return "".join(random.choices(_SYLLABLES, k=random.randint(1, 4)))


def _sender(random: Random, i: int) -> Sender:
    name = _word(random).title() + _word(random)
    domain = f"{name.lower()}-{i}.example"
    words = tuple(_word(random) for _ in range(600)) + tuple(_ACCENTS)
    logo = f"https://images.{domain}/brand/{random.randbytes(8).hex()}/logo@2x.png"
    icons = tuple(
        f"https://images.{domain}/icons/{random.choice(('v1', 'v2'))}/{icon}-{random.choice(('dark', 'round'))}-48.png"
        for icon in ("facebook", "instagram")
    )
    fonts = random.choice(("Arial, Helvetica, sans-serif", "'Open Sans', Verdana, sans-serif", "Georgia, serif"))
    colour = f"#{random.randrange(1 << 24):06x}"
    pixel = random.choice(_PIXELS)
    return Sender(
        name, domain, _sheet(random, domain, fonts, colour), fonts, colour, i % 3 == 0, pixel, words, logo, icons
    )


_PIXELS = (
    '<img src="https://click.{domain}/wf/open?upn={token}" alt="" width="1" height="1" border="0" '
    'style="height:1px !important;width:1px !important;border-width:0 !important;margin:0 !important;'
    'padding:0 !important;"/>',
    '<img src="https://click.{domain}/track/open.php?u={short}&id={hexes}&e={hexes}" height="1" width="1" alt="">',
    '<img style="display:none;max-height:0px;overflow:hidden" src="https://t.{domain}/o/{token}/s.gif">',
    '<div style="display:none;font-size:0;line-height:0;max-height:0;overflow:hidden;mso-hide:all">'
    '<img src="https://r.{domain}/r/?id={hexes},{short},1" width="1" height="1"></div>',
    '<table width="1" cellpadding="0" border="0"><tr><td><img src="https://t.{domain}/q/{token}~~/open.png" '
    'width="1" height="1" style="display:block"></td></tr></table>',
)


def _sheet(random: Random, domain: str, fonts: str, colour: str) -> str:
    """Return the style sheet of a sender: resets that everybody copies, its own classes, rules for phones."""
    own = [
        f".{_word(random)}-{n} {{ font-family: {fonts}; font-size: {random.randint(11, 32)}px; color: {colour}; "
        f"line-height: {random.randint(110, 180)}%; padding: {random.randint(0, 24)}px; margin: 0 }}"
        for n in range(random.randint(10, 60))
    ]
    narrow = [
        f"  .{name} {{ {rule} }}"
        for name, rule in (
            ("container", "width: 100% !important; max-width: 100% !important;"),
            ("column", "display: block !important; width: 100% !important;"),
            ("fluid", "width: 100% !important; max-width: 100% !important; height: auto !important;"),
            ("mobile-hide", "display: none !important;"),
            ("mobile-show", "display: block !important; max-height: none !important;"),
            *((f"pad-{n}", f"padding: {n}px !important;") for n in range(5, 5 + random.randint(3, 30))),
        )
    ]
    return "\n".join(
        (
            f"@import url('https://fonts.{domain}/css?family=Open+Sans:400,700');",
            "#outlook a { padding: 0; } .ReadMsgBody { width: 100%; } .ExternalClass { width: 100%; }",
            ".ExternalClass, .ExternalClass p, .ExternalClass span, .ExternalClass td { line-height: 100%; }",
            "body, table, td, a { -webkit-text-size-adjust: 100%; -ms-text-size-adjust: 100%; }",
            "table, td { mso-table-lspace: 0pt; mso-table-rspace: 0pt; border-collapse: collapse; }",
            "img { -ms-interpolation-mode: bicubic; border: 0; height: auto; line-height: 100%; outline: none; }",
            "body { height: 100% !important; margin: 0 !important; padding: 0 !important; width: 100% !important; }",
            "a[x-apple-data-detectors] { color: inherit !important; text-decoration: none !important; }",
            ".mobile-show { display: none; max-height: 0; overflow: hidden; mso-hide: all }",
            *own,
            f"@media screen and (max-width: {random.choice((480, 600, 640))}px) {{",
            *narrow,
            "}",
            f"@media (prefers-color-scheme: dark) {{ .container {{ background: {colour} !important; }} }}",
        )
    )


def _message(sender: Sender, random: Random, sent_at: datetime, attachment: bytes | None) -> bytes:
    html = _html(sender, random)
    plain = " ".join(random.choices(sender.words, k=300)) + f"\n\nhttps://www.{sender.domain}/\n"
    boundary = "----=_Part_" + random.randbytes(12).hex()
    parts = [
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        + b2a_qp(plain.encode())
    ]
    encoding, body = ("base64", encodebytes) if sender.is_base64 else ("quoted-printable", _quoted)
    head = f"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
    parts.append(head.encode() + body(html.encode()))
    content = _joined(parts, boundary)
    kind = f'multipart/alternative; boundary="{boundary}"'
    if attachment:
        outer = "----=_Mixed_" + random.randbytes(12).hex()
        pdf = (
            b'Content-Type: application/pdf; name="catalogue.pdf"\nContent-Transfer-Encoding: base64\n'
            b'Content-Disposition: attachment; filename="catalogue.pdf"\n\n' + encodebytes(attachment)
        )
        content = _joined([f"Content-Type: {kind}\n\n".encode() + content, pdf], outer)
        kind = f'multipart/mixed; boundary="{outer}"'
    return _headers(sender, random, sent_at, kind).encode() + b"\n" + content


def _quoted(data: bytes) -> bytes:
    return b2a_qp(data, istext=True)


def _joined(parts: list[bytes], boundary: str) -> bytes:
    line = b"--" + boundary.encode()
    return b"".join(line + b"\n" + part.rstrip(b"\n") + b"\n" for part in parts) + line + b"--\n"


def _headers(sender: Sender, random: Random, sent_at: datetime, kind: str) -> str:
    date = format_datetime(sent_at)
    name, token = random.randbytes(10).hex(), random.randbytes(60).hex()
    subject = Header(" ".join(random.choices(sender.words, k=8)), "utf-8").encode()
    signature = "\n ".join(encodebytes(random.randbytes(192)).decode().split())
    return "\n".join(
        (
            f"Delivered-To: {RECIPIENT}",
            f"Return-Path: <bounce-{name}@mail.{sender.domain}>",
            f"Received: by 2002:a05:6a10:{random.randrange(1 << 16):x} with SMTP id {name};\n        {date}",
            f"Received: from mta{random.randrange(90)}.{sender.domain} ([192.0.2.{random.randrange(250)}])\n"
            f"        by mx.inbox.example with ESMTPS id {name}\n        for <{RECIPIENT}>;\n        {date}",
            f"Received-SPF: pass (inbox.example: domain of bounce@{sender.domain} designates 192.0.2.1)",
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={sender.domain}; s=s1;\n"
            f" h=from:to:subject:date:list-unsubscribe:mime-version; bh={name}=;\n b={signature}",
            f"From: {sender.name} <news@{sender.domain}>",
            f"To: {RECIPIENT}",
            f"Subject: {subject}",
            f"Date: {date}",
            f"Message-ID: <{name}@mta.{sender.domain}>",
            f"List-Unsubscribe: <https://click.{sender.domain}/unsubscribe/{token}>,\n <mailto:u-{name}@{sender.domain}>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            f"Feedback-ID: {random.randrange(10**6)}:{random.randrange(10**6)}:campaign",
            "X-Gmail-Labels: Inbox,Category Promotions,Unread",
            "MIME-Version: 1.0",
            f"Content-Type: {kind}",
            "",
        )
    )


def _html(sender: Sender, random: Random) -> str:
    """Return one issue: what the sender always sends, around sections that are new each time."""
    wanted = random.randint(20_000, 120_000)
    images = random.randint(0, 6)
    base, fonts = f"https://images.{sender.domain}", sender.fonts
    pieces = [_HEAD.format(sheet=sender.sheet, title=_text(sender, random, 6), preview=_text(sender, random, 12))]
    pieces.append(_SECTION.format(inner=_picture(sender, random, sender.logo, 200, 60)))
    size = len(pieces[0])
    sections: tuple[Callable[[], str], ...] = (
        lambda: _SECTION.format(inner=_paragraphs(sender, random)),
        lambda: _SECTION.format(inner=_button(sender, random)),
        lambda: _SECTION.format(inner=_paragraphs(sender, random) + _button(sender, random)),
    )
    while size < wanted or images > 0:
        if images > 0 and (size > wanted or random.random() < 0.6):
            n = random.choice((1, 2, 3))
            images -= n
            shown = [
                _picture(sender, random, f"{base}/{random.randbytes(16).hex()}/{_word(random)}-{i}.jpg", 600 // n, None)
                for i in range(n)
            ]
            columns = "".join(_COLUMN.format(width=600 // n, inner=each, fonts=fonts) for each in shown)
            piece = _SECTION.format(inner=f'<table role="presentation" width="100%"><tr>{columns}</tr></table>')
        else:
            piece = random.choice(sections)()
        pieces.append(piece)
        size += len(piece)
    icons = "".join(_picture(sender, random, icon, 24, 24) for icon in sender.icons)
    pieces.append(_SECTION.format(inner=icons + _paragraphs(sender, random)))
    pixel = sender.pixel.format(
        domain=sender.domain,
        token=_token(random, 90),
        short=random.randbytes(12).hex(),
        hexes=random.randbytes(5).hex(),
    )
    pieces.append(f"</td></tr></table></center>\n{pixel}\n</body>\n</html>\n")
    return "".join(pieces)


_HEAD = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>{title}</title>
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->
<!--[if mso]><style>table {{ border-collapse: collapse; }} td, p {{ font-family: Arial, sans-serif !important; }}</style><![endif]-->
<style type="text/css">
{sheet}
</style>
</head>
<body style="margin:0;padding:0;background-color:#f4f4f4;">
<div style="display:none;font-size:1px;color:#f4f4f4;line-height:1px;max-height:0px;max-width:0px;opacity:0;overflow:hidden;">{preview}</div>
<center style="width:100%;table-layout:fixed;">
<!--[if (gte mso 9)|(IE)]><table width="640" align="center" cellspacing="0" cellpadding="0" border="0"><tr><td><![endif]-->
<table class="container" role="presentation" align="center" width="640" cellpadding="0" cellspacing="0" border="0" style="margin:0 auto;width:640px;max-width:640px;background:#ffffff;"><tr><td style="padding:0;">
"""
_SECTION = """<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;mso-table-lspace:0pt;mso-table-rspace:0pt;"><tbody><tr><td class="pad-10" align="center" valign="top" style="padding:10px 20px 10px 20px;">
<table role="presentation" class="fluid" width="100%" cellpadding="0" cellspacing="0" border="0" style="min-width:100%;"><tr><td valign="top">{inner}</td></tr></table>
</td></tr></tbody></table>
"""
_COLUMN = '<td class="column" width="{width}" valign="top" style="width:{width}px;font-family:{fonts};padding:0 0 12px 0;">{inner}</td>'


def _text(sender: Sender, random: Random, n: int) -> str:
    return " ".join(random.choices(sender.words, k=n))


def _token(random: Random, n_bytes: int) -> str:
    return encodebytes(random.randbytes(n_bytes)).decode().replace("\n", "").replace("/", "-2F").replace("+", "-2B")


def _link(sender: Sender, random: Random) -> str:
    return f"https://click.{sender.domain}/ls/click?upn={_token(random, 114)}"


def _picture(sender: Sender, random: Random, url: str, width: int, height: int | None) -> str:
    sides = f'width="{width}"' + (f' height="{height}"' if height else "")
    return (
        f'<a href="{_link(sender, random)}" target="_blank" style="text-decoration:none;"><img class="fluid" '
        f'src="{url}" alt="{_text(sender, random, 3)}" {sides} border="0" style="display:block;width:{width}px;'
        f"max-width:{width}px;height:{f'{height}px' if height else 'auto'};font-family:{sender.fonts.replace(chr(39), '')};"
        f'font-size:14px;color:{sender.colour};"></a>'
    )


def _paragraphs(sender: Sender, random: Random) -> str:
    return "".join(
        f'<p class="{sender.words[n]}" style="margin:0 0 16px 0;font-family:{sender.fonts.replace(chr(39), "")};'
        f'font-size:16px;line-height:24px;color:#333333;"><span style="color:{sender.colour}"><strong>'
        f"{_text(sender, random, 4)}</strong></span> {_text(sender, random, random.randint(20, 90))} "
        f'<a href="{_link(sender, random)}" style="color:{sender.colour};text-decoration:underline;">'
        f"{_text(sender, random, 3)}</a> {_text(sender, random, 12)}</p>\n"
        for n in range(random.randint(1, 3))
    )


def _button(sender: Sender, random: Random) -> str:
    link, text = _link(sender, random), _text(sender, random, 2)
    return (
        f'<!--[if mso]><v:roundrect xmlns:v="urn:schemas-microsoft-com:vml" href="{link}" '
        f'style="height:44px;v-text-anchor:middle;width:220px;" arcsize="10%" stroke="f" fillcolor="{sender.colour}">'
        f"<w:anchorlock/><center>{text}</center></v:roundrect><![endif]--><!--[if !mso]><!-- --><table role="
        f'"presentation" border="0" cellspacing="0" cellpadding="0"><tr><td align="center" bgcolor="{sender.colour}" '
        f'style="border-radius:4px;"><a href="{link}" style="background-color:{sender.colour};border-radius:4px;'
        f"color:#ffffff;display:inline-block;font-size:16px;line-height:44px;text-align:center;width:220px;"
        f'-webkit-text-size-adjust:none;">{text}</a></td></tr></table><!--<![endif]-->'
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write an mbox of generated newsletters.")
    parser.add_argument("megabytes", type=float)
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(write_newsletters(asked.path, int(asked.megabytes * 1e6), seed=asked.seed), "messages")
