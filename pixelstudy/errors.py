"""The one error a user sees: a line that says what is wrong and what to do."""

from __future__ import annotations

__all__ = ["UserError"]


class UserError(Exception):
    """Something the user can mend; the message is one line and names the bad value and the way out.

    Examples
    --------
    >>> import pixelstudy as ps
    >>> try:
    ...     ps.open_study("nowhere.mbox")
    ... except ps.UserError as error:
    ...     print(error)
    nowhere.mbox does not exist; check the path
    """
