"""One tiny mailbox a format, all of the same five messages: a newsletter, a letter, spam, one sent, one thrown away.

:data:`FORMATS` gives, by name, what writes the mailbox of a format into a folder and returns what a user would name.
"""

from __future__ import annotations

import io
import json
import plistlib
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from email.header import Header
from pathlib import Path

PLACES = ("inbox", "trips", "spam", "sent", "trash")
"""Where the five messages lie, in order."""

MESSAGES = {
    place: (Path(__file__).parent / "messages" / f"{number}.eml").read_bytes()
    for number, place in enumerate(PLACES, start=1)
}

GMAIL_LABELS = {
    "en": ("Inbox,Opened,Category Promotions", 'Archived,Opened,"Trips, 2026"', "Spam,Unread", "Sent,Opened", "Trash"),
    "de": (
        "Posteingang,Geöffnet,Kategorie: Werbung", 'Archiviert,Geöffnet,"Reisen, 2026"', "Spam,Ungelesen",
        "Gesendet,Geöffnet", "Papierkorb",
    ),
    "fr": (
        "Boîte de réception,Ouvert,Catégorie\u00a0: Promotions", 'Messages archivés,Ouvert,"Voyages, 2026"',
        "Spam,Non lus", "Messages envoyés,Ouvert", "Corbeille",
    ),
    "es": (
        "Recibidos,Abierto,Categoría: Promociones", 'Archivado,Abierto,"Viajes, 2026"', "Spam,No leído",
        "Enviados,Abierto", "Papelera",
    ),
    "pt": (
        "Caixa de entrada,Aberto,Categoria: Promoções", 'Arquivado,Aberto,"Viagens, 2026"', "Spam,Não lidas",
        "Enviados,Aberto", "Lixeira",
    ),
    "ja": (
        "受信トレイ,開封済み,カテゴリ「プロモーション」", 'アーカイブ済み,開封済み,"旅行, 2026"', "迷惑メール,未読",
        "送信済み,開封済み", "ゴミ箱",
    ),
    "pl": (
        "Odebrane,Otwarte,Kategoria: Oferty", 'Zarchiwizowane,Otwarte,"Podróże, 2026"', "Spam,Nieprzeczytane",
        "Wysłane,Otwarte", "Kosz",
    ),
}  # fmt: skip
"""X-Gmail-Labels of the five messages, by the language of the account."""

_SEPARATOR = b"From %d@xxx Mon Apr 20 14:10:16 +0000 2026\n"
_THUNDERBIRD_SEPARATOR = b"From - Mon Apr 20 14:10:16 2026\n"


def write(path: Path, data: bytes) -> Path:
    """Write a file, and the folders it takes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def quoted(message: bytes, *, rd: bool = False) -> bytes:
    """Quote what would be a separator, as mboxo does or as mboxrd."""
    head, _, body = message.partition(b"\n\n")
    lines = body.split(b"\n")
    is_hit = [(line.lstrip(b">") if rd else line).startswith(b"From ") for line in lines]
    return head + b"\n\n" + b"\n".join(b">" + line if hit else line for line, hit in zip(lines, is_hit, strict=True))


def with_length(message: bytes, *, is_quoted: bool) -> bytes:
    """Add a Content-Length, as mboxcl (quoted) and mboxcl2 have it."""
    head, _, body = (quoted(message) if is_quoted else message).partition(b"\n\n")
    return head + b"\nContent-Length: %d\n\n" % len(body) + body


def mbox(*messages: bytes, separator: bytes = _THUNDERBIRD_SEPARATOR) -> bytes:
    return b"".join(separator + message + b"\n" for message in messages)


def gmail(place: str, language: str = "en") -> bytes:
    """A message as Takeout writes it, with its separator: CRLF, labels encoded and folded."""
    number = PLACES.index(place)
    labels = Header(GMAIL_LABELS[language][number], header_name="X-Gmail-Labels", maxlinelen=60).encode(linesep="\n")
    head = b"X-GM-THRID: 1%d\nX-Gmail-Labels: " % number + labels.encode() + b"\n"
    whole = _SEPARATOR % (17_000 + number) + head + quoted(MESSAGES[place], rd=True) + b"\n"
    return whole.replace(b"\n", b"\r\n")


def zipped(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tgz(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


ALL_MAIL = "Takeout/Mail/All mail Including Spam and Trash.mbox"
PAGE = {"Takeout/archive_browser.html": b"<!DOCTYPE html><title>Takeout</title>"}


def takeout(language: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        whole = b"".join(gmail(place, language) for place in PLACES)
        return write(folder / "takeout-20260420T120000Z-001.zip", zipped({ALL_MAIL: whole, **PAGE}))

    return make


def takeout_tgz(folder: Path) -> Path:
    whole = b"".join(gmail(place) for place in PLACES)
    return write(folder / "takeout-20260420T120000Z-001.tgz", tgz({**PAGE, ALL_MAIL: whole}))


def takeout_split(folder: Path) -> Path:
    home = folder / "Downloads"
    for number, places in enumerate((PLACES[:3], PLACES[3:]), start=1):
        whole = b"".join(gmail(place) for place in places)
        write(home / f"takeout-20260420T120000Z-{number:03}.zip", zipped({ALL_MAIL: whole, **PAGE}))
    return home


def takeout_by_label(folder: Path) -> Path:
    files = {
        "Inbox": ("inbox",), "Opened": ("inbox", "trips", "sent"), "Trips, 2026": ("trips",), "Spam": ("spam",),
        "Sent": ("sent",), "Trash": ("trash",),
    }  # fmt: skip
    for name, places in files.items():
        write(folder / "Takeout" / "Mail" / f"{name}.mbox", b"".join(gmail(place) for place in places))
    return folder / "Takeout"


def mbox_files(dialect: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        for place in PLACES:
            write(folder / "Mail" / f"{place.title()}.mbox", mbox(dialect(MESSAGES[place])))
        return folder / "Mail"

    return make


def mozilla(place: str, status: int = 0x0001) -> bytes:
    return b"X-Mozilla-Status: %04x\nX-Mozilla-Status2: 00000000\n" % status + MESSAGES[place]


def thunderbird(folder: Path) -> Path:
    """A profile: the letter was moved out of the inbox, where its bytes still lie, marked."""
    profile = folder / ".thunderbird" / "abcd1234.default"
    local = profile / "Mail" / "Local Folders"
    files = {"Inbox": [mozilla("inbox"), mozilla("trips", 0x0009)], "Inbox.sbd/Trips": [mozilla("trips")]}
    files |= {name.title(): [mozilla(name)] for name in ("sent", "trash")} | {"Junk": [mozilla("spam")]}
    for name, messages in files.items():
        write(local / name, mbox(*map(quoted, messages)))
        write(local / f"{name}.msf", b'// <!-- <mdb:mork:z v="1.4"/> -->\n')
    write(profile / "prefs.js", b'user_pref("mail.root", "x");\n')
    return profile


def thunderbird_maildir(folder: Path) -> Path:
    local = folder / "profile" / "Mail" / "Local Folders"
    names = {"inbox": "Inbox", "trips": "Inbox.sbd/Trips", "spam": "Junk", "sent": "Sent", "trash": "Trash"}
    for number, (place, name) in enumerate(names.items()):
        write(local / name / "cur" / f"171{number}.eml", mozilla(place))
        (local / name / "tmp").mkdir()
    write(local / "Inbox" / "cur" / "1799.eml", mozilla("trips", 0x0009))
    return folder / "profile"


def apple_export(folder: Path) -> Path:
    names = {"inbox": "INBOX", "trips": "Trips", "spam": "Junk", "sent": "Sent Messages", "trash": "Deleted Messages"}
    for place, name in names.items():
        write(folder / "Exported" / f"{name}.mbox" / "mbox", mbox(quoted(MESSAGES[place])))
        write(folder / "Exported" / f"{name}.mbox" / "table_of_contents", b"\x00\x01\x02")
    return folder / "Exported"


def emlx(message: bytes, flags: int = 1) -> bytes:
    return b"%-10d\n" % len(message) + message + plistlib.dumps({"flags": flags, "date-received": 1776000000})


def apple_store(folder: Path) -> Path:
    """The store: one message without its attachments, one that was moved, attachments as files beside."""
    account = folder / "Mail" / "V10" / "11111111-2222-3333-4444-555555555555"
    inside = "66666666-7777-8888-9999-AAAAAAAAAAAA/Data"
    names = {"inbox": "INBOX", "trips": "Trips", "spam": "Junk", "sent": "Sent Messages", "trash": "Deleted Messages"}
    for number, (place, name) in enumerate(names.items(), start=101):
        data = account / f"{name}.mbox" / inside / "1"
        suffix = "partial.emlx" if place == "inbox" else "emlx"
        write(data / "Messages" / f"{number}.{suffix}", emlx(MESSAGES[place]))
    data = account / "INBOX.mbox" / inside / "1"
    write(data / "Messages" / "109.emlx", emlx(MESSAGES["trips"], 0b11))
    write(data / "Attachments" / "101" / "2" / "letter.eml", MESSAGES["spam"])
    write(account / "INBOX.mbox" / "Info.plist", plistlib.dumps({}))
    return folder / "Mail"


GERMAN = {"inbox": "Posteingang", "trips": "Reisen", "spam": "Spamverdacht", "sent": "Gesendet", "trash": "Papierkorb"}


def eml_files(folder: Path) -> Path:
    for place, name in GERMAN.items():
        write(folder / "Post" / name / "1.eml", MESSAGES[place].replace(b"\n", b"\r\n"))
    return folder / "Post"


def eml_zip(folder: Path) -> Path:
    return write(folder / "post.zip", zipped({f"Post/{name}/1.eml": MESSAGES[place] for place, name in GERMAN.items()}))


PROTON = {"inbox": ["0", "5", "15"], "trips": ["6", "5", "kQ=="], "spam": ["4", "5"], "sent": ["2", "7"], "trash": "3"}


def proton_files() -> dict[str, bytes]:
    def side(payload: object) -> bytes:
        return json.dumps({"Version": 1, "Payload": payload}).encode()

    files = {"labels.json": side([{"ID": "kQ==", "ParentID": "", "Name": "Trips", "Path": "Trips", "Type": 3}])}
    for number, place in enumerate(PLACES):
        payload = {"ID": f"{number}==", "Subject": "tea", "Header": "From: x\r\n", "LabelIDs": [*PROTON[place]]}
        files |= {f"{number}==.eml": MESSAGES[place], f"{number}==.metadata.json": side(payload)}
    return files


def proton(folder: Path) -> Path:
    for name, data in proton_files().items():
        write(folder / "jane@example.org" / "mail_20260420" / name, data)
    return folder / "jane@example.org"


def proton_zip(folder: Path) -> Path:
    return write(folder / "proton.zip", zipped({f"mail_20260420/{name}": d for name, d in proton_files().items()}))


def maildir(folder: Path) -> Path:
    """A Maildir++ whose names IMAP encodes, one message thrown away by its flag alone."""
    home = folder / "Maildir"
    names = {
        "inbox": "cur/1.host:2,S", "trips": ".INBOX.Trips/cur/2.host:2,RS", "spam": ".Pourriel/new/3.host",
        "sent": ".INBOX.Messages envoy&AOk-s/cur/4.host:2,S", "trash": "cur/5.host:2,ST",
    }  # fmt: skip
    for place, name in names.items():
        write(home / name, MESSAGES[place])
        for sub in ("cur", "new", "tmp"):
            ((home / name).parent.parent / sub).mkdir(exist_ok=True)
    return home


def mh(folder: Path) -> Path:
    for place in PLACES:
        write(folder / "Mail" / place / "1", MESSAGES[place])
    write(folder / "Mail" / "inbox" / ",2", MESSAGES["trips"])
    write(folder / "Mail" / "inbox" / ".mh_sequences", b"cur: 1\n")
    return folder / "Mail"


FORMATS: Mapping[str, tuple[Callable[[Path], Path], int, dict[str, int]]] = {
    **{f"takeout in {language}": (takeout(language), 0, {"not mail": 1}) for language in GMAIL_LABELS},
    "takeout tgz": (takeout_tgz, 0, {"not mail": 1}),
    "takeout split": (takeout_split, 0, {"not mail": 2}),
    "takeout by label": (takeout_by_label, 3, {}),
    "mboxo": (mbox_files(quoted), 0, {}),
    "mboxrd": (mbox_files(lambda message: quoted(message, rd=True)), 0, {}),
    "mboxcl": (mbox_files(lambda message: with_length(message, is_quoted=True)), 0, {}),
    "mboxcl2": (mbox_files(lambda message: with_length(message, is_quoted=False)), 0, {}),
    "Thunderbird": (thunderbird, 0, {"deleted": 1, "not mail": 6}),
    "Thunderbird maildir": (thunderbird_maildir, 0, {"deleted": 1}),
    "Apple Mail export": (apple_export, 0, {"not mail": 5}),
    "Apple Mail store": (apple_store, 0, {"deleted": 1, "not mail": 2}),
    "eml files": (eml_files, 0, {}),
    "eml zip": (eml_zip, 0, {}),
    "Proton": (proton, 0, {}),
    "Proton zip": (proton_zip, 0, {}),
    "Maildir": (maildir, 0, {}),
    "MH": (mh, 0, {"deleted": 1, "not mail": 1}),
}
"""By name: what writes the mailbox, and what there is in it beside five messages: copies, and what is skipped."""
