"""The one error a user sees: a line that says what is wrong and what to do."""

from __future__ import annotations

__all__ = ["UserError"]


class UserError(Exception):
    """Something the user can mend; the message is one line and names the bad value and the way out."""
