"""The commands on the public corpora: list, fetch, extract, describe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixelstudy.errors import UserError
from pixelstudy.storage.home import is_clone, project_folder, shown
from pixelstudy.storage.places import local_path

__all__ = ["app", "build_local_corpora", "build_what_is_here"]

app = typer.Typer(
    help="The public corpora of the study: list, fetch, extract.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_command() -> None:
    """List the corpora, and show which are on this machine.

    Corpora that are not public, but that you may have, are listed too.
    """
    from pixelstudy.corpora.catalogue import corpora, raw_folders
    from pixelstudy.corpora.local import local_corpora, local_folder

    for corpus in corpora():
        where = "here" if _is_here(corpus.name) else "not here"
        print(f"{corpus.name:<14} {corpus.messages:>6,} messages  {where:<9} {corpus.title}")
    folders = " or ".join(shown(folder / "NAME") for folder in raw_folders())
    print(
        f"\nCorpora that you may have yourself. Put one into {folders}, and the study reads it too; "
        "nothing of it is released."
    )
    for local in local_corpora():
        where = "here" if local_folder(local) else "not here"
        print(f"{local.name:<16} {where:<9} {local.title}")
        print(f"    from {local.origin}: {local.put}\n    {local.asks}")


@app.command("fetch")
def fetch_command(
    name: Annotated[list[str], typer.Argument(help="Names of corpora.", show_default=False)],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            parser=local_path,
            metavar="PATH",
            help="A folder with files that you got by hand, to use instead of the network.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Fetch and check the raw mail of corpora.

    In a clone the mail goes to data/raw/, which git ignores; otherwise to your user data folder. The last line says
    where.
    """
    from pixelstudy.corpora.fetch import fetch

    for one in name:
        print(f"{one}: {shown(fetch(one, source=source))}")


@app.command("extract")
def extract_command(
    name: Annotated[list[str] | None, typer.Argument(help="Names of corpora; all by default.")] = None,
) -> None:
    """Build the released tables from the raw mail.

    In a clone they go to data/corpora/; otherwise to your user data folder. The last line says where.
    """
    from pixelstudy.corpora.catalogue import corpora
    from pixelstudy.corpora.release import describe

    for one in name or [corpus.name for corpus in corpora()]:
        _build(one)
    if is_clone():
        describe(project_folder())
    print(f"Tables: {shown(project_folder() / 'data' / 'corpora')}")


@app.command("describe")
def describe_command() -> None:
    """Regenerate the data dictionary and the package descriptor."""
    from pixelstudy.corpora.release import describe

    if not is_clone():
        raise UserError("data/README.md can only be generated in a clone of the project; name one in PIXELSTUDY_HOME")
    describe(project_folder())


def build_what_is_here() -> None:
    """Rebuild the released tables of the corpora whose raw mail is on this machine."""
    from pixelstudy.corpora.catalogue import corpora

    for corpus in corpora():
        if _is_here(corpus.name):
            _build(corpus.name)
        else:
            print(f"{corpus.name}: its raw mail is not here, so its released tables are used as they are")


def build_local_corpora() -> list[str]:
    """Build the tables of the user's own corpora that are on this machine, and return their names."""
    from pixelstudy.corpora.local import build_local, local_corpora, local_folder, local_mailboxes
    from pixelstudy.extraction.progress import byte_bar

    names = []
    for corpus in local_corpora():
        if local_folder(corpus):
            size_bytes = sum(mailbox.size_bytes for mailbox, _ in local_mailboxes(corpus))
            with byte_bar(size_bytes, corpus.name) as report:
                counts = build_local(corpus, project_folder(), progress=report).counts
            print(f"{corpus.name}: {counts.n_kept:,} messages, {counts.n_resources:,} resources; none is released")
            names.append(corpus.name)
    return names


def _is_here(name: str) -> bool:
    from pixelstudy.corpora.catalogue import locate

    try:
        locate(name)
    except UserError:
        return False
    return True


def _build(name: str) -> None:
    """Build the released tables of one corpus, with a progress bar, and print their size."""
    from pixelstudy.corpora.catalogue import locate
    from pixelstudy.corpora.release import build_corpus
    from pixelstudy.extraction.progress import byte_bar
    from pixelstudy.mail.boxes.mailbox import open_mailbox

    size_bytes = sum(open_mailbox(path).size_bytes for _, path in locate(name))
    with byte_bar(size_bytes, name) as report:
        counts = build_corpus(name, project_folder(), progress=report).counts
    print(f"{name}: {counts.n_kept:,} messages, {counts.n_resources:,} resources")
