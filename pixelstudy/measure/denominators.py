"""Denominators: which messages a share is taken of, and how to say so."""

from __future__ import annotations

from collections.abc import Sequence

from pixelstudy.tables import POPULATIONS

__all__ = ["MEASURED", "chosen_populations", "in_words"]

MEASURED = ("received",)
"""The populations that are measured unless others are asked for."""

_WORDS = {
    "received": "received",
    "spam": "in spam",
    "trash": "in trash",
    "sent": "sent",
    "draft": "in drafts",
    "chat": "in chats",
}


def chosen_populations(asked: Sequence[str] | None) -> tuple[str, ...]:
    """Return the populations in `asked`, each once, in the order of the schema; :data:`MEASURED` if `asked` is empty.

    >>> chosen_populations(["spam", "received", "spam"]), chosen_populations([])
    (('received', 'spam'), ('received',))
    """
    return tuple(name for name in POPULATIONS if name in (asked or ())) or MEASURED


def in_words(populations: Sequence[str]) -> str:
    """Return the words that follow "messages".

    >>> in_words(["received"]), in_words(["spam", "trash"])
    ('received', 'in spam or in trash')
    """
    return " or ".join(_WORDS[name] for name in populations)
