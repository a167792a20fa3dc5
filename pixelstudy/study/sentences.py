"""The notebooks' sentences that give numbers: true of the public mail and of anybody's mailbox.

If there are too few messages for a share, a sentence gives counts; if there are none, it says what is missing.

Examples
--------
>>> import pixelstudy as ps
>>> ps.sentences.how_many_do(ps.open_study("released")).text.startswith("**It depends on the mail:")
True
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pixelstudy.measure.comparisons import share_of
from pixelstudy.measure.definitions import HEADLINE
from pixelstudy.measure.prevalence import prevalence
from pixelstudy.measure.shares import MIN_MESSAGES, percent
from pixelstudy.study.choice import RELEASED
from pixelstudy.study.signposts import Prose
from pixelstudy.study.study import Study, open_study

__all__ = ["beside", "groups", "how_many_can", "how_many_do", "in_words", "parts_named", "where_they_are"]

_NOTHING = "There is nothing here to measure"
CAN = "load something from the network, and so could hold a spy pixel"


def in_words(share: Mapping[Any, Any] | pd.Series[Any], what: str, do: str) -> str:
    """Return a share in a sentence, with its counts and interval; counts alone where there are too few messages.

    Parameters
    ----------
    share
        The share, as measure gives it.
    what
        What is counted: ``messages received``.
    do
        What some of them do, in the plural: ``hold a spy pixel``.

    Examples
    --------
    >>> share = {"n_with": 205, "n_messages": 272, "share": 0.754, "low": 0.684, "high": 0.812, "is_refused": False}
    >>> in_words(share, "messages", "hold a spy pixel")
    '205 of 272 messages hold a spy pixel: 75 %, with a 95 % interval from 68 % to 81 %.'
    >>> in_words({"n_with": 1, "n_messages": 12, "is_refused": True}, "messages", "hold a spy pixel")
    '1 of 12 messages holds a spy pixel, too few messages for a share.'
    """
    n, n_with = int(share["n_messages"]), int(share["n_with"])
    verb, rest = do.split(" ", 1)
    some = f"{n_with:,}" if n_with else "None"
    said = f"{some} of {n:,} {what} {verb}{'s' if n_with == 1 else ''} {rest}"
    if share["is_refused"]:
        return f"{said}, too few messages for a share."
    ends = f"{percent(share['low'])} to {percent(share['high'])}"
    return f"{said}: {percent(share['share'])}, with a 95 % interval from {ends}."


def groups(study: Study) -> str:
    """Return the column that groups a study's messages: the corpus, or the kind of mail in one mailbox."""
    return "kind" if study.is_private else "corpus"


def how_many_can(study: Study, shares: pd.DataFrame) -> Prose:
    """Return how much of the measured mail loads something, and so could hold a spy pixel.

    Parameters
    ----------
    study
        The study.
    shares
        The shares that load something, by :func:`groups`.
    """
    measured = study.messages[study.is_solicited]
    if measured.empty:
        return _nothing(study, _NOTHING)
    loads = share_of(measured, measured["n_resources"] > 0)
    if study.is_private:
        is_html = measured["has_html"]
        text = "All of it is plain text, which loads nothing." if not is_html.any() else ""
        text = text or f"{int(is_html.sum()):,} of {len(is_html):,} are laid out in HTML. Plain text loads nothing."
        return Prose(f"**{in_words(loads, f'messages {study.what}', CAN)}** {text}")
    return Prose(f"**{_range('Depending on the corpus,', shares, f'of messages {CAN}')}**")


def how_many_do(study: Study) -> Prose:
    """Return how much of the measured mail with HTML holds a spy pixel."""
    shown = study.messages[study.is_solicited & study.messages["has_html"]]
    if shown.empty:
        is_any = study.is_solicited.any()
        return _nothing(study, "Nothing here can hold a spy pixel, which needs HTML" if is_any else _NOTHING)
    has = study.has_pixel(shown)
    if not study.is_private:
        by_corpus = prevalence(shown, has, by="corpus", definition=HEADLINE)
        return Prose(f"**{_range('It depends on the mail:', by_corpus, 'of messages with HTML hold a spy pixel')}**")
    share = share_of(shown, has, definition=HEADLINE)
    each = ""
    if not pd.isna(share["sender_share"]):
        each = f" With each of its {share['n_senders']:,} senders counted once, it is {percent(share['sender_share'])}."
    return Prose(f"**{in_words(share, f'messages {study.what} with HTML', 'hold a spy pixel')}**{each}")


def where_they_are(study: Study, places: pd.DataFrame) -> str:
    """Return where in their messages spy pixels are, as the title of a figure.

    Parameters
    ----------
    study
        The study.
    places
        One row a spy pixel, with ``corpus`` and ``depth_share``.
    """
    if places.empty:
        return "No spy pixel was found"
    is_last = places["depth_share"] > 0.9
    if study.is_private:
        pixels = "pixel is" if len(places) == 1 else "pixels are"
        return f"{int(is_last.sum()):,} of {len(places):,} spy {pixels} in the last tenth of the message"
    of_corpora = is_last.groupby(places["corpus"], observed=True).agg(["mean", "size"])
    shares = of_corpora.loc[of_corpora["size"] >= MIN_MESSAGES, "mean"]
    ends = f"{percent(shares.min())} to {percent(shares.max())}"
    return f"{ends} of spy pixels are in the last tenth of the message, depending on the corpus"


def parts_named(study: Study, corpus: str) -> str:
    """Return what a figure calls one corpus of a study, or the reader's mailbox."""
    return "your mailbox" if study.is_private else corpus


def beside(study: Study, share: Mapping[Any, Any] | pd.Series[Any]) -> pd.DataFrame:
    """Return the share of a mailbox beside those of three sets of public mail, one row each, of messages with HTML.

    Columns: ``mail``, ``n``, ``n_with``, ``share``, ``low`` and ``high``.
    """
    public = open_study(RELEASED) if study.is_private else study
    shown = public.messages[public.messages["has_html"]]
    is_milter = shown["corpus"] == "milter"
    parts = {
        "public: the wanted mail of one person": is_milter & (shown["population"] == "received"),
        "public: the spam of the same person": is_milter & (shown["population"] == "spam"),
        "public: newsletters of US politics": (shown["corpus"] == "markup") & (shown["kind"] == "newsletter"),
    }
    shares = {mail: share_of(shown[part], public.has_pixel(shown[part])) for mail, part in parts.items()}
    own = {"your mailbox": share} if study.is_private else {}
    columns = ["n_messages", "n_with", "share", "low", "high"]
    rows = [{"mail": mail, **{column: row[column] for column in columns}} for mail, row in {**own, **shares}.items()]
    return pd.DataFrame(rows).rename(columns={"n_messages": "n"})


def _range(lead: str, shares: pd.DataFrame, what: str) -> str:
    """Return the least and the greatest share by corpus, in a sentence that begins with `lead`."""
    given = shares[~shares["is_refused"]].sort_values("share")
    if given.empty:
        return f"There are too few messages to say what share {what}."
    least, most = given.iloc[0], given.iloc[-1]
    return (
        f"{lead} {percent(least['share'])} (`{least['corpus']}`, {least['n_messages']:,} messages) to "
        f"{percent(most['share'])} (`{most['corpus']}`, {most['n_messages']:,} messages) {what}."
    )


def _nothing(study: Study, so: str) -> Prose:
    missing = study.elsewhere or f"There is no message {study.what}{' with HTML' if len(study.messages) else ''}."
    return Prose(f"**{so}.** {missing}")
