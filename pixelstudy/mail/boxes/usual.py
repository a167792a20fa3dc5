"""Where mail usually is below a home folder, on Linux, macOS and Windows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["DOWNLOADS", "accounts", "exports", "profiles", "stores"]

DOWNLOADS = ("Downloads", "Desktop", "Documents")
"""Where exports usually are."""

_EXPORTS = (
    "takeout*.zip", "takeout*.tgz", "[Tt]akeout", "*.mbox", "*.mbox.gz", "*.mbox.zip", "*.eml", "*.msg", "*.pst",
    "*.ost", "*.olm",
)  # fmt: skip
_PROFILES = (
    ".thunderbird",
    ".icedove",
    "snap/thunderbird/common/.thunderbird",
    ".var/app/org.mozilla.Thunderbird/.thunderbird",
    "Library/Thunderbird/Profiles",
    "AppData/Roaming/Thunderbird/Profiles",
)
_STORES = (
    "Maildir",
    "Mail",
    "mail",
    "mbox",
    ".local/share/evolution/mail",
    ".var/app/org.gnome.Evolution/data/evolution/mail",
    ".local/share/local-mail",
    "Library/Mail",
    "AppData/Local/Microsoft/Outlook",
    "Documents/Outlook Files",
)


def profiles(home: Path) -> Iterator[Path]:
    """Yield the existing folders of Thunderbird's profiles."""
    yield from _there(home, _PROFILES)


def stores(home: Path) -> Iterator[Path]:
    """Yield the existing folders in which other mail programs keep their mail."""
    yield from _there(home, _STORES)


def _there(home: Path, names: tuple[str, ...]) -> Iterator[Path]:
    seen = set()
    for name in names:
        path = home / name
        try:
            key = (path.stat().st_dev, path.stat().st_ino)
        except OSError:
            continue
        if key not in seen:  # on macOS and Windows, Mail and mail are the same
            seen.add(key)
            yield path


def accounts(home: Path) -> Iterator[Path]:
    """Yield the folder of each account in Thunderbird's profiles."""
    for profiles in _PROFILES:
        for kind in ("Mail", "ImapMail"):
            yield from _glob(home / profiles, f"*/{kind}/*")


def exports(home: Path) -> Iterator[Path]:
    """Yield files and folders that are named like exports of mail; none is opened."""
    for folder in DOWNLOADS:
        for name in _EXPORTS:
            yield from _glob(home / folder, name)


def _glob(folder: Path, pattern: str) -> Iterator[Path]:
    try:
        yield from folder.glob(pattern)
    except OSError:
        return
