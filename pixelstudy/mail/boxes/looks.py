"""Looks: what a file that is no mail plainly is, in words for whoever named it."""

from __future__ import annotations

__all__ = ["looks_like"]

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
    r"""Return in words what `head` looks like, when it is no mail.

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
