"""Refusals: what a file looks like if it is not mail, and the line that says why nothing at a path could be read."""

from __future__ import annotations

from collections.abc import Sequence

from pixelstudy.mail.raw import Skipped

__all__ = ["looks_like", "refusal", "shown_size"]

_LOOKS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"GIF8", "a GIF image"),
    (8, b"WEBP", "a WebP image"),
    (4, b"ftyp", "a video or HEIC image"),
    (0, b"%PDF", "a PDF"),
    (0, b"SQLite format 3\x00", "a SQLite database"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\x04\x22\x4d\x18", "an LZ4 file"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"bplist", "a property list"),
    (0, b"// <!-- <mdb:mork", "a Thunderbird index (.msf)"),
    (0, b"PAR1", "a Parquet file"),
)
_TEXT_LOOKS: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML file"),
    (b"{", "a JSON file"),
    (b"[", "a JSON file"),
)


def looks_like(head: bytes) -> str:
    r"""Return what a file that starts with `head` looks like, when it is not mail.

    >>> looks_like(b"%PDF-1.7"), looks_like(b"name,mails\n")
    ('a PDF', 'text')
    """
    for at, magic, name in _LOOKS:
        if head.startswith(magic, at):
            return name
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    for start, name in _TEXT_LOOKS:
        if text.startswith(start):
            return name
    if not text:
        return "blank"
    return "binary data" if b"\x00" in head else "text"


_ASK = "name an mbox, an .eml, a folder or an archive of messages"
_WAYS_OUT = {
    "a 7-Zip": "unpack it and name the folder",
    "a RAR": "unpack it and name the folder",
}


def refusal(name: str, seen: Sequence[Skipped], *, is_folder: bool) -> str:
    """Return a line that says why no mail could be read at `name`, and what to do.

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
        return f"{name} contains no files; {_ASK}"
    known = next((row for row in seen if row.reason == "unsupported" and "!" not in row.origin), None)
    if known is not None:
        return f"{known.origin} in {name} is {known.detail}" if is_folder else f"{name} is {known.detail}"
    first = seen[0]
    broken = next((row for row in seen if row.reason in ("truncated", "corrupt")), None)
    if broken is not None and not is_folder:
        return f"{name} is {broken.reason} ({broken.detail}) and contains no whole message; get it again"
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
        return f"{name} contains no mail: {looked}, {first.origin}, {what}; {way}"
    return f"{name} {what}{', not mail' if first.reason == 'not mail' else ''}; {way}"


def shown_size(size_bytes: int) -> str:
    """Return a size in a unit that reads well.

    >>> shown_size(3_947_234)
    '3.9 MB'
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} bytes"
