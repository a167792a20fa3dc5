"""Labels, and the population that they, folders, flags and headers put a message in."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

__all__ = ["NAMES", "Population", "merge_populations", "read_labels", "read_population"]

Population = Literal["received", "spam", "trash", "sent", "draft", "chat"]

_RANK: tuple[Population, ...] = ("trash", "spam", "draft", "chat", "sent", "received")

_NAMES: Mapping[Population, str] = {
    "trash": "trash|deleted|deleted items|deleted messages|bin|papierkorb|gelöscht|gelöschte elemente|corbeille|"
    "éléments supprimés|papelera|elementos eliminados|lixeira|lixo|cestino|posta eliminata|prullenbak|kosz|"
    "papperskorgen|papirkurv|çöp kutusu|корзина|ゴミ箱|垃圾箱|已删除邮件|휴지통",
    "spam": "spam|junk|junk e-mail|junk email|junk mail|bulk mail|spamverdacht|courrier indésirable|indésirables|"
    "pourriel|correo no deseado|posta indesiderata|ongewenste e-mail|lixo eletrônico|spam e posta indesiderata|"
    "skräppost|спам|迷惑メール|垃圾邮件|垃圾郵件|스팸함",
    "draft": "draft|drafts|entwurf|entwürfe|brouillon|brouillons|borrador|borradores|rascunho|rascunhos|bozze|"
    "concepten|wersje robocze|robocze|utkast|kladder|taslaklar|черновики|下書き|草稿|임시보관함",
    "chat": "chat|chats|hangouts",
    "sent": "sent|sent mail|sent items|sent messages|gesendet|gesendete elemente|gesendete objekte|envoyés|"
    "messages envoyés|éléments envoyés|enviados|elementos enviados|enviadas|itens enviados|e-mails enviados|"
    "posta inviata|inviati|verzonden|verzonden items|verzonden berichten|wysłane|skickat|sendt|"
    "gönderilmiş postalar|отправленные|送信済み|送信済みメール|已发送|已发邮件|보낸편지함",
    "received": "inbox|posteingang|boîte de réception|bandeja de entrada|recibidos|caixa de entrada|"
    "posta in arrivo|postvak in|odebrane|inkorgen|indbakke|gelen kutusu|входящие|受信トレイ|收件箱|받은편지함",
}
NAMES: Mapping[Population, frozenset[str]] = {kind: frozenset(names.split("|")) for kind, names in _NAMES.items()}
"""Names of labels and folders, lower case, by the population they stand for."""

_BY_NAME: Mapping[str, Population] = {name: population for population in _RANK for name in NAMES[population]}
_LABELS_LIMIT = 65_536
_ABOVE = re.compile(r"\A(?:.*/|(?:INBOX)?\.(?:.*\.)?)", re.IGNORECASE)  # the folders above, in IMAP and Maildir++


def read_labels(headers: Mapping[str, Sequence[str]], container: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the labels of a message: its container's, then X-Gmail-Labels and X-Keywords, each once.

    Gmail puts commas between labels, and quotes around one that holds a comma; keywords have spaces between.

    Examples
    --------
    >>> read_labels({"x-gmail-labels": ['Inbox,"Trips, 2020"']}, ["Archive"])
    ('Archive', 'Inbox', 'Trips, 2020')
    """
    found = [*container]
    for name in ("x-gmail-labels", "x-keywords"):
        for value in headers.get(name, ()):
            words = value[:_LABELS_LIMIT].split()
            rows = csv.reader([" ".join(words)], skipinitialspace=True) if name == "x-gmail-labels" else [words]
            found.extend(label.strip() for row in rows for label in row)
    return tuple(dict.fromkeys(label for label in found if label))


def read_population(headers: Mapping[str, Sequence[str]], labels: Sequence[str]) -> Population:
    """Return the population of a message, ``received`` unless something says otherwise.

    Labels and folders first (trash before spam before draft before chat before sent), then Maildir and
    Thunderbird flags, then the headers that a spam filter or a client writes.

    Examples
    --------
    >>> read_population({}, ["Posteingang", "Spam"]), read_population({}, ["Work"])
    ('spam', 'received')
    """
    said = {_BY_NAME.get(name.strip().lower()) for label in labels for name in (label, _ABOVE.sub("", label))}
    if "sent" in said and "received" in said:
        said.discard("sent")
    for population in _RANK:
        if population in said:
            return population
    if _value(headers, "x-mozilla-status") and _is_expunged(_value(headers, "x-mozilla-status")):
        return "trash"
    if _value(headers, "x-spam-flag").lower() == "yes" or _value(headers, "x-spam-status").lower().startswith("yes"):
        return "spam"
    if "x-mozilla-draft-info" in headers:
        return "draft"
    return "received"


def _value(headers: Mapping[str, Sequence[str]], name: str) -> str:
    values = headers.get(name)
    return values[0].strip() if values else ""


def _is_expunged(status: str) -> bool:
    try:
        return bool(int(status, 16) & 0x0008)
    except ValueError:
        return False


def merge_populations(copies: Iterable[str]) -> Population:
    """Return the population of a message that was found several times: what any copy says beyond ``received``.

    A copy in All Mail says nothing, one in Spam does; one that was sent and received, to oneself, was received.

    Examples
    --------
    >>> merge_populations(["received", "spam"]), merge_populations(["sent", "received"])
    ('spam', 'received')
    """
    said = set(copies)
    if {"sent", "received"} <= said:
        said.discard("sent")
    return next((population for population in _RANK if population in said), "received")
