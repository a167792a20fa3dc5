"""What would be read at a path, on one screen; and, where none is named, where mail lies on this machine.

Nothing is read to its end and nothing is written (:mod:`pixelstudy.mail.boxes.survey`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pixelstudy.errors import UserError
from pixelstudy.mail.boxes.mailbox import describe, files_at, open_mailbox
from pixelstudy.mail.boxes.refusals import shown_size
from pixelstudy.mail.boxes.survey import BY_LABEL, Survey, SurveyRow, survey
from pixelstudy.mail.boxes.usual import DOWNLOADS, profiles, stores
from pixelstudy.reporting.text import elided, printable
from pixelstudy.storage.places import RemotePath, named, place

__all__ = ["WIDTH", "doctor_text", "places_text"]

WIDTH = 100
"""Columns of a terminal that a line keeps to."""

MOST_PLACES = 25
"""How many places are listed."""

MOST_LEFT_OUT = 8
"""How many of those that can't be read."""


def doctor_text(path: str | os.PathLike[str] | RemotePath) -> str:
    """Return for people to read what would be read at `path`, by place, with what it belongs to.

    Raises
    ------
    UserError
        When there is no mail, as :func:`~pixelstudy.mail.boxes.mailbox.open_mailbox` says it.
    """
    name = named(path)
    files, is_folder = files_at(name)
    seen = survey(files)
    if not seen.found and seen.is_whole:
        open_mailbox(name)  # which says why not
    lines = [f"{name}: {describe(files, is_folder=is_folder)}{'' if is_folder else _said(seen)}"]
    if is_folder or len(seen.found) != 1 or "!" in seen.found[0].place or seen.left_out:
        lines += ["", *_listed(seen, within="" if is_folder else f"{place(name).name}!")]
    return "\n".join(printable(line).rstrip() for line in lines)


def _said(seen: Survey) -> str:
    """Return what all messages of one file belong to, where that is not what was received."""
    populations = {each.population for each in seen.found}
    return f", {populations.pop()}" if len(populations) == 1 and populations != {"received"} else ""


def places_text(home: Path | None = None) -> str:
    """Return for people to read where mail lies on this machine: exports that were downloaded, and mail programs'.

    Parameters
    ----------
    home
        Where to look: a home folder, the reader's own by default.
    """
    home = home or Path.home()
    lines = [line for place in _usual(home) for line in _in_one_line(place, home)]
    if not lines:
        looked = ", ".join(f"~/{name}" for name in DOWNLOADS)
        return (
            f"No mail was found in {looked}, nor where mail programs keep it.\n"
            "Export it (Gmail: takeout.google.com, Mail alone), and name what you got: pixelstudy doctor PATH"
        )
    return "\n".join(
        [
            "Mail on this machine, where it usually lies:",
            *lines,
            "",
            "See more of one: pixelstudy doctor PATH. Read it: pixelstudy extract PATH --out tables",
        ]
    )


def _usual(home: Path) -> Iterator[Path]:
    """Yield what may hold mail: each file that was downloaded, and the folders of mail programs."""
    for name in DOWNLOADS:
        try:
            yield from sorted(path for path in (home / name).iterdir() if path.is_file())
        except OSError:
            continue
        yield from sorted(path for path in (home / name).glob("[Tt]akeout") if path.is_dir())
    yield from profiles(home)
    yield from stores(home)
    for spool in ("/var/mail", "/var/spool/mail"):
        path = Path(spool) / home.name
        if path.is_file() and os.access(path, os.R_OK):
            yield path
            break


def _in_one_line(path: Path, home: Path) -> Iterator[str]:
    """Yield what to say of one place, if anything."""
    try:
        files, _ = files_at(str(path))
    except UserError as error:  # macOS shows Mail's folder to no program that was not given the right
        yield f"  {'':>9}  {printable(str(error))}"
        return
    seen = survey(files)
    name = f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
    if seen.found:
        size = shown_size(sum(each.size_bytes for each in seen.found))
        kinds = dict.fromkeys(_kind(each) for each in seen.found)
        yield f"  {size:>9}  {printable(name)}: {', '.join(kinds) if len(kinds) < 4 else 'of several formats'}"
    for row in seen.left_out:
        if row.reason == "unsupported":
            yield f"  {'':>9}  {printable(name)}: {row.detail}"


def _listed(seen: Survey, *, within: str) -> Iterator[str]:
    """Yield a line a place, told from `within`, and what is left out."""
    if seen.found:
        yield f"{'size':>10}  {'population':<10}  {'kept as':<22}  where"
    for each in seen.found[:MOST_PLACES]:
        place = elided(f"{each.place}!".removeprefix(within).strip("!/") or ".", 50)
        yield f"{shown_size(each.size_bytes):>10}  {each.population:<10}  {_kind(each):<22}  {place}"
    if len(seen.found) > MOST_PLACES:
        rest = seen.found[MOST_PLACES:]
        size = shown_size(sum(each.size_bytes for each in rest))
        yield f"{size:>10}  {'':<10}  {'':<22}  in {len(rest):,} more places"
    if any(each.population == BY_LABEL for each in seen.found):
        yield f"{BY_LABEL}: each message says whether it is spam, trash, sent … by its own labels"
    if seen.n_other:
        yield f"{seen.n_other:,} other file{'s' * (seen.n_other != 1)}, not read as mail"
    for row in seen.left_out[:MOST_LEFT_OUT]:
        what = row.detail if row.reason == "unsupported" else f"{row.reason}{f' ({row.detail})' if row.detail else ''}"
        yield f"left out: {elided(row.origin, 54)}: {what}"
    if len(seen.left_out) > MOST_LEFT_OUT:
        yield f"left out: {len(seen.left_out) - MOST_LEFT_OUT:,} more"
    if not seen.is_whole:
        yield "This is what a first look shows; there is more in it than was looked at."


def _kind(each: SurveyRow) -> str:
    """Return a format, with how many there are where single messages are counted."""
    if each.format in ("mbox", "Outlook data file"):
        return each.format
    return f"{each.n_files:,} {each.format}{'s' * (each.n_files != 1)}"
