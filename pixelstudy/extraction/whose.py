"""Who counts as one sender: a registrable site, or an address where many senders share a site."""

from __future__ import annotations

import pandas as pd

from pixelstudy.pixels.urls.address import site_of

__all__ = ["FREE_MAIL", "SHARED", "sender_of", "sites_of", "told_apart"]

FREE_MAIL = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.de hotmail.fr hotmail.it live.com live.co.uk
    live.de live.nl msn.com yahoo.com yahoo.co.uk yahoo.co.jp yahoo.co.in yahoo.de yahoo.fr yahoo.it yahoo.es ymail.com
    rocketmail.com aol.com aim.com icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me tutanota.com
    tuta.io tuta.com gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de arcor.de posteo.de mailbox.org
    1und1.de orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it tin.it alice.it
    mail.ru bk.ru inbox.ru list.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net seznam.cz centrum.cz wp.pl o2.pl
    onet.pl interia.pl qq.com foxmail.com 163.com 126.com sina.com sohu.com yeah.net naver.com hanmail.net daum.net
    rediffmail.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net
    btinternet.com sky.com ntlworld.com blueyonder.co.uk bigpond.com optusnet.com.au shaw.ca rogers.com sympatico.ca
    uol.com.br bol.com.br terra.com.br zoho.com fastmail.com fastmail.fm hey.com hushmail.com bluewin.ch xs4all.nl
    ziggo.nl planet.nl telenet.be skynet.be telia.com
    """.split()
)
"""Hosts at which anybody gets an address."""

SHARED = frozenset("house.gov senate.gov europarl.europa.eu parliament.uk bundestag.de".split())
"""Hosts at which many offices write, each for itself."""


def sender_of(address: str | None) -> str | None:
    """Return who counts as the sender of mail from `address`; nothing where that is not known.

    Examples
    --------
    >>> sender_of("news@mail.shop.co.uk"), sender_of("ann@gmail.com"), sender_of("ny14.ocasio@mail.house.gov")
    ('shop.co.uk', 'ann@gmail.com', 'ny14.ocasio@mail.house.gov')
    """
    if not address:
        return None
    site = site_of(address.rpartition("@")[2])
    return address if site in FREE_MAIL or site in SHARED else site


def told_apart(messages: pd.DataFrame) -> pd.DataFrame:
    """Return `messages` with who counts as the sender (:func:`sender_of`) in the column ``sender_site``.

    Tables without addresses stay as they are: in the released ones, a number follows the site of such hosts.
    """
    if "sender_address" not in messages:
        return messages
    is_shared = messages["sender_site"].isin(FREE_MAIL | SHARED) & messages["sender_address"].notna()
    return messages.assign(sender_site=messages["sender_site"].mask(is_shared, messages["sender_address"]))


def sites_of(messages: pd.DataFrame) -> pd.Series[str]:
    """Return the site of each sender where :func:`told_apart`, or a release, tells several at one site apart.

    In released tables people are numbers, so those at one site stay apart.

    >>> senders = ["ann@mail.house.gov", "house.gov-2", "shop.example", "person-3"]
    >>> sites_of(pd.DataFrame({"sender_site": senders})).tolist()
    ['house.gov', 'house.gov', 'shop.example', 'person-3']
    """
    sites = messages["sender_site"].str.replace(r"(\.[a-z]+)-\d+$", r"\1", regex=True)
    found = sites.map(lambda site: site_of(site.rpartition("@")[2]) if "@" in site else site, na_action="ignore")
    return found.astype("str")
