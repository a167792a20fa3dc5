"""What would be read at a path, on one screen; without a path, where mail is on this machine.

No file is read to its end, and nothing is written (:mod:`pixelstudy.mail.boxes.survey`).
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
from pixelstudy.reporting.text import elided, on_screen, printable
from pixelstudy.storage.places import RemotePath, named, place

__all__ = ["WIDTH", "doctor_text", "places_text"]

WIDTH = 100
"""The columns of a terminal that lines keep to; paths need more of them than text does."""

MOST_PLACES = 25
"""How many places are listed at most."""

MOST_LEFT_OUT = 8
"""How many files that can't be read are listed at most."""


def doctor_text(path: str | os.PathLike[str] | RemotePath) -> str:
    """Return what would be read at `path`, as text: each place with its size, population and format.

    Raises
    ------
    UserError
        When there is no mail, in the words of :func:`~pixelstudy.mail.boxes.mailbox.open_mailbox`.
    """
    name = named(path)
    files, is_folder = files_at(name)
    seen = survey(files)
    if not seen.found and seen.is_whole:
        open_mailbox(name)  # raises, with the reason
    lines = [f"{name}: {describe(files, is_folder=is_folder)}{'' if is_folder else _population(seen)}"]
    is_plain = len(seen.found) == 1 and "!" not in seen.found[0].place and not seen.found[0].n_doubtful
    if is_folder or not is_plain or seen.left_out:
        lines += ["", *_listed(seen, within="" if is_folder else f"{place(name).name}!")]
    return on_screen(lines)


def _population(seen: Survey) -> str:
    """Return the population of one file, unless its messages were received."""
    populations = {each.population for each in seen.found}
    return f", {populations.pop()}" if len(populations) == 1 and populations != {"received"} else ""


def places_text(home: Path | None = None) -> str:
    """Return where mail is on this machine, as text: downloaded exports, and the folders of mail programs.

    Parameters
    ----------
    home
        The home folder to look in; the user's own by default.
    """
    home = home or Path.home()
    lines = [line for place in _usual(home) for line in _in_one_line(place, home)]
    if not lines:
        looked = ", ".join(f"~/{name}" for name in DOWNLOADS)
        return (
            f"No mail was found in {looked}, or where mail programs keep it.\n"
            "Export yours (Gmail: takeout.google.com, Mail only), then run: pixelstudy doctor PATH"
        )
    return "\n".join(
        [
            "Mail in the usual places on this machine:",
            *lines,
            "",
            "To see what is in one: pixelstudy doctor PATH. To read it: pixelstudy extract PATH --out tables",
        ]
    )


def _usual(home: Path) -> Iterator[Path]:
    """Yield what may hold mail: downloaded files, and the folders of mail programs."""
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
    """Yield the lines about one place, if there is anything to say."""
    try:
        files, _ = files_at(str(path))
    except UserError as error:  # macOS hides Mail's folder from programs that were not given access
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
    """Yield one line a place, named from `within`, and what is left out."""
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
        yield f"{BY_LABEL}: the labels of each message say whether it is spam, trash, sent …"
    if n_doubtful := sum(each.n_doubtful for each in seen.found):
        yield f"{n_doubtful:,} line{'s' * (n_doubtful != 1)} at the start of mboxes may or may not begin a message"
    if seen.n_other:
        yield f"{seen.n_other:,} other file{'s' * (seen.n_other != 1)}, not read as mail"
    for row in seen.left_out[:MOST_LEFT_OUT]:
        what = row.detail if row.reason == "unsupported" else f"{row.reason}{f' ({row.detail})' if row.detail else ''}"
        yield f"left out: {elided(row.origin, 54)}: {what}"
    if len(seen.left_out) > MOST_LEFT_OUT:
        yield f"left out: {len(seen.left_out) - MOST_LEFT_OUT:,} more"
    if not seen.is_whole:
        yield "These are only the first; there is more that was not looked at."


def _kind(each: SurveyRow) -> str:
    """Return the format, with the number of files where each is one message."""
    if each.format in ("mbox", "Outlook data file", "git repository"):
        return each.format
    return f"{each.n_files:,} {each.format}{'s' * (each.n_files != 1)}"
