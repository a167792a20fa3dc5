"""The one error that users see: a line that says what is wrong and what to do."""

from __future__ import annotations

__all__ = ["UserError"]


class UserError(Exception):
    """Something the user can fix; the message is one line that names the bad value and says what to do.

    Examples
    --------
    >>> import pixelstudy as ps
    >>> try:
    ...     ps.open_study("nowhere.mbox")
    ... except ps.UserError as error:
    ...     print(error)
    nowhere.mbox does not exist; check the path
    """

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows of it: only the line."""
        return [f"{type(self).__name__}: {self}"]
