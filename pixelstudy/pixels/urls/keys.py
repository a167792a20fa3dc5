"""What the key of a query says about its value: a reader, a person, a campaign, a file."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

__all__ = ["is_asset_key", "is_person_key", "is_readers_key", "is_recipient_key", "key_kind"]

# Words for whoever a mailing goes to, in languages of Europe, as trackers spell them in their keys.
_READER = (
    "subscriber|recipient|rcpt|addressee|reader|empf(?:ae|ä)nger|adressat|abonnent|leser|destinataire|abonn[eé]|lecteur|"
    "inscrit|destinatario|suscriptor|abonado|lector|assinante|leitor|iscritto|abbonato|lettore|ontvanger|abonnee|lezer|"
    "prenumerant|mottagare|mottaker|modtager|odbiorca|subskrybent|czytelnik|odberatel|prijemce|abonat|destinatar|"
    "cimzett|feliratkozo|tilaaja|vastaanottaja|abone|alici|podpischik|poluchatel"
)
# Words for people a sender deals with. They also name somebody else: the sender, as a customer or user of its mailer.
_PERSON = (
    "user|usr|contact|lead|member|customer|cust|person|profile|donor|supporter|constituent|patron|student|passenger|"
    "guest|employee|abo|kunden?|mitglied|nutzer|benutzer|teilnehmer|interessent|kontakt|utilisateur|membre|adherent|"
    "usuario|cliente|socio|miembro|contacto|contato|membro|utente|contatto|klant|gebruiker|kund|medlem|anvandare|"
    "bruger|bruker|klient|uzytkownik|zakaznik|uzivatel|ugyfel|asiakas|jasen|uye|musteri|polzovatel"
)
_ITS_NUMBER = r"(?:[_-]?(?:id|no|nr|num|number|key|code|hash|uid|ref))?"
_ITS_MAILER = r"(?:mi_|ms_|cm_|sc_|_)?"
_READER_KEY = re.compile(rf"{_ITS_MAILER}(?:{_READER}){_ITS_NUMBER}")
# Keys that can only name a recipient, so that they count even beside a signature or a picture size.
_RECIPIENT_KEY = re.compile(
    rf"{_ITS_MAILER}(?:(?:{_READER}){_ITS_NUMBER}|e?mail(?:_?(?:id|hash|address|md5|sha\d*))?|contact_?(?:id|key)|"
    r"(?:lead|member|cust(?:omer)?|person)_?id|upn|ecid|esid)"
)
# Keys that often name a person.
_PERSON_KEY = re.compile(
    rf"{_ITS_MAILER}(?:(?:{_READER}|{_PERSON}){_ITS_NUMBER}|client_?(?:id|no)|"
    r"e|em|email|mail|e?mail_?(?:id|hash|address|md5)|u|ui|uid|upn|uuid|r|rid|sub|sid|subid|ct|pid|cdmiv|hash|h|md5|"
    r"eh|he|open_?id|mid|message_?id|msg_?id|msgid|token|tk|key|enc|p|x|a|ecid|esid|partner_?uid|akid|cle)"
)
# Keys that never name a person: campaigns, accounts, times, sizes, formats, random numbers.
_CAMPAIGN_KEY = re.compile(
    r"utm_\w+|camp|campaign|campaign_?id|cmp|cmpid|list|list_?id|nl|newsletter|issue|issue_?id|job|job_?id|"
    r"template|tpl|batch|mailing|mailing_?id|account|acct|aid|client|site|site_?id|publisher|pub|ad|adid|creative|"
    r"placement|date|day|time|ts|timestamp|t0|v|ver|version|rev|w|width|height|size|sz|fmt|format|type|lang|"
    r"aff|aff_?id|affiliate|affiliate_?id|offer|offer_?id|oid|pub_?id|ord|rnd|rand|random|cb|cachebuster|cache|nocache|"
    r"api_?key|app_?id|appkey|license|sig|sign|signature|hmac|ichm|icac|mac|digest|build|bust|cachebust|mtime|updated_?at|modified|etag|checksum|"
    r"advkey|opptykey|family|subset|display|project_?id|from|sender|reply_?to|from_?e?mail"
)
# Keys that mostly name a campaign; their value counts only if it is far too long for that.
_SHORT_CAMPAIGN_KEY = re.compile(r"c|l|j|jid|b|d|h|z|cid")
# Keys of signatures and image transforms.
_ASSET_KEY = re.compile(
    r"x-amz-\w+|x-goog-\w+|sig|signature|s|expires|expiry|policy|key-pair-id|itok|ixid|ixlib|oh|oe|_nc_\w+|ccb|stp|"
    r"token|alt|resize|fit|crop|q|quality|auto|fm|dpr|se|sv|sr|sp|st|spr|skoid|hash|hmac|etag|t|_|m|id|key|p|x|a|im|imwidth"
)


@lru_cache(maxsize=8_192)
def key_kind(key: str) -> Literal["campaign", "short", ""]:
    """Return whether a key never names a person, or mostly names a campaign (``short``); else nothing.

    >>> key_kind("utm_source"), key_kind("cid"), key_kind("uid")
    ('campaign', 'short', '')
    """
    return "campaign" if _CAMPAIGN_KEY.fullmatch(key) else "short" if _SHORT_CAMPAIGN_KEY.fullmatch(key) else ""


@lru_cache(maxsize=8_192)
def is_person_key(key: str) -> bool:
    """Return whether a key often names a person.

    >>> is_person_key("uid"), is_person_key("kunden_nr"), is_person_key("product_id")
    (True, True, False)
    """
    return _PERSON_KEY.fullmatch(key) is not None


@lru_cache(maxsize=8_192)
def is_readers_key(key: str) -> bool:
    """Return whether a key says that its value is the reader's.

    >>> is_readers_key("subscriber_id"), is_readers_key("leser"), is_readers_key("customer_id")
    (True, True, False)
    """
    return _READER_KEY.fullmatch(key) is not None


def is_recipient_key(key: str) -> bool:
    """Return whether a key can only name a recipient, so that it counts even beside a signature or a picture's size.

    >>> is_recipient_key("contact_id"), is_recipient_key("contact")
    (True, False)
    """
    return _RECIPIENT_KEY.fullmatch(key) is not None


@lru_cache(maxsize=8_192)
def is_asset_key(key: str) -> bool:
    """Return whether signatures and transforms of stored files have this key.

    >>> is_asset_key("x-amz-date"), is_asset_key("uid")
    (True, False)
    """
    return _ASSET_KEY.fullmatch(key) is not None
