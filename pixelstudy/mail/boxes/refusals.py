"""Refusals: the one line that says why nothing at a path is mail, and the way out."""

from __future__ import annotations

from collections.abc import Sequence

from pixelstudy.mail.raw import Skipped

__all__ = ["refusal", "shown_size"]

_ASK = "name an mbox, an .eml, a folder or an archive of messages"
_WAYS_OUT = {
    "a 7-Zip": "unpack it and name the folder",
    "a RAR": "unpack it and name the folder",
}


def refusal(name: str, seen: Sequence[Skipped], *, is_folder: bool) -> str:
    """Return why nothing at `name` is mail.

    Parameters
    ----------
    name
        The path as the user wrote it.
    seen
        What was skipped there, in order.
    is_folder
        Whether it is a folder.

    Examples
    --------
    >>> refusal("cat.jpg", [Skipped("cat.jpg", 0, "not mail", "a JPEG image")], is_folder=False)
    'cat.jpg looks like a JPEG image, not mail; name an mbox, an .eml, a folder or an archive of messages'
    """
    if not seen:
        return f"{name} holds no files; {_ASK}"
    known = next((row for row in seen if row.reason == "unsupported" and "!" not in row.origin), None)
    if known is not None:
        return f"{known.origin} in {name} is {known.detail}" if is_folder else f"{name} is {known.detail}"
    first = seen[0]
    broken = next((row for row in seen if row.reason in ("truncated", "corrupt")), None)
    if broken is not None and not is_folder:
        return f"{name} is {broken.reason} ({broken.detail}) and holds no whole message; get it again"
    if first.reason == "not mail":
        what = f"looks like {first.detail}"
    elif first.reason in ("nested archive", "special file", "hidden folder"):
        what = f"is a {first.reason}"
    elif first.reason == "link":
        what = "is a link"
    else:
        what = f"is {first.reason}"
    way = next((way for look, way in _WAYS_OUT.items() if first.detail.startswith(look)), _ASK)
    if first.reason == "encrypted":
        way = first.detail
    if is_folder or "!" in first.origin:
        looked = "its one file" if len(seen) == 1 else f"the first of {len(seen):,} files"
        return f"{name} holds no mail: {looked}, {first.origin}, {what}; {way}"
    return f"{name} {what}{', not mail' if first.reason == 'not mail' else ''}; {way}"


def shown_size(size_bytes: int) -> str:
    """Return a size in the unit that reads best.

    >>> shown_size(3_947_234)
    '3.9 MB'
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} bytes"
