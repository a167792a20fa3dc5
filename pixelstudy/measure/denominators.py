"""Denominators: of which messages a share is taken, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence

from pixelstudy.tables import POPULATIONS

__all__ = ["MEASURED", "chosen_populations", "in_words"]

MEASURED = ("received",)
"""What is measured unless asked otherwise."""

_WORDS = {
    "received": "received",
    "spam": "in spam",
    "trash": "in trash",
    "sent": "sent",
    "draft": "in drafts",
    "chat": "in chats",
}


def chosen_populations(asked: Sequence[str] | None) -> tuple[str, ...]:
    """Return the populations that were asked for, each once, in the order of the schema; else :data:`MEASURED`.

    >>> chosen_populations(["spam", "received", "spam"]), chosen_populations([])
    (('received', 'spam'), ('received',))
    """
    return tuple(name for name in POPULATIONS if name in (asked or ())) or MEASURED


def in_words(populations: Sequence[str]) -> str:
    """Return what to say behind ``messages``.

    >>> in_words(["received"]), in_words(["spam", "trash"])
    ('received', 'in spam or in trash')
    """
    return " or ".join(_WORDS[name] for name in populations)
