"""The ``pixelstudy`` command. What a user can do wrong ends in one line and exit status 2."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from pixelstudy import __version__
from pixelstudy.errors import UserError

if TYPE_CHECKING:
    from pixelstudy.extraction.run import Run
    from pixelstudy.storage.places import Place

__all__ = ["app", "main"]


class _Command(TyperGroup):
    """The command, ending in one line where there is something that its user can do."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            print(f"pixelstudy: {error}", file=sys.stderr)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            print("\npixelstudy: stopped; the same command goes on where it was", file=sys.stderr)
            raise typer.Exit(130) from None


app = typer.Typer(
    name="pixelstudy",
    cls=_Command,
    help="Read a mailbox, name every remote resource a message would load, and say which are spy pixels. "
    "Nothing is loaded, and nothing leaves this machine: only where you name a mailbox or a folder by its address "
    "(s3://bucket/box.mbox) is that storage asked for it, through fsspec.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
corpora_app = typer.Typer(
    help="The public corpora of the study: list, fetch, extract.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(corpora_app, name="corpora")


def _here(text: str) -> Path:
    """Return a path of this machine; an address is none."""
    from pixelstudy.storage.places import is_address, place

    if is_address(text):
        raise UserError(f"{place(text)} is no path of this machine: name one, and copy the file from or to it yourself")
    return Path(text)


# A path is looked at by the library, whose line says more than Typer's, and an address would not survive being one.
Mailboxes = Annotated[
    list[str],
    typer.Argument(
        metavar="MAILBOX",
        help="Exports: Gmail Takeout, mbox, .eml, Maildir, a Thunderbird or Apple Mail folder, .msg, .pst; plain, "
        "compressed, in a zip or tar, or a folder of any of them; or the address of one (s3://bucket/box.mbox), "
        "which is then read there. pixelstudy doctor says what would be read.",
        show_default=False,
    ),
]
Folder = Annotated[str, typer.Argument(help="A folder that extract wrote, or its address.", show_default=False)]
Engine = Literal["fast", "bs4"]
EngineOption = Annotated[Engine, typer.Option(help="The HTML parser: bs4 is the slow one that fast is tested against.")]


Population = StrEnum("Population", ["received", "spam", "trash", "sent", "draft", "chat"])
Populations = Annotated[
    list[Population] | None,
    typer.Option(
        "--population",
        help="What to measure instead of what was received; may be given again for more.",
        show_default=False,
    ),
]


def main() -> None:
    """Run the command."""
    app(prog_name="pixelstudy")


def _version(asked: bool) -> None:
    if asked:
        print(f"pixelstudy {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command("extract")
def extract_command(
    mailbox: Mailboxes,
    out: Annotated[
        str,
        typer.Option("--out", metavar="PATH", help="The folder for the tables, or its address.", show_default=False),
    ],
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; all cores by default.")] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Read on the workers of a Dask scheduler.", show_default=False),
    ] = None,
    engine: EngineOption = "fast",
    salvage: Annotated[
        bool, typer.Option("--salvage", help="Read what there is of a file that is cut off or damaged.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Read mailboxes and write the tables.

    They are messages, resources and skipped, as Parquet, with run.json, which says what became of all that was read.
    A run that was stopped goes on where it was when the same command is given again.
    """
    from pixelstudy.extraction.lean import lean_start

    with lean_start():
        from pixelstudy.extraction.progress import byte_bar
        from pixelstudy.extraction.run import extract
        from pixelstudy.mail.boxes.mailbox import open_mailbox
        from pixelstudy.storage.places import place

    mailboxes, folder = [open_mailbox(place(name)) for name in mailbox], place(out)
    with byte_bar(sum(each.size_bytes for each in mailboxes), "reading", show=not quiet) as report:
        if scheduler is None:
            run = extract(mailboxes, folder, jobs=jobs, engine=engine, salvage=salvage, progress=report)
        else:
            run = _extract_on_cluster(scheduler, mailbox, folder, engine=engine, salvage=salvage, progress=report)
    c = run.counts
    print(
        f"{c.n_read:,} read = {c.n_kept:,} kept + {c.n_duplicates:,} duplicates + {c.n_skipped:,} skipped; "
        f"{c.n_with_html:,} with HTML, {c.n_resources:,} remote resources. Tables in {folder}"
    )


def _extract_on_cluster(
    scheduler: str, mailboxes: list[str], out: Place, *, engine: Engine, salvage: bool, progress: Callable[[int], None]
) -> Run:
    """Extract by workers that stand elsewhere, so that every path is said in full."""
    from pixelstudy.extraction.cluster import cluster
    from pixelstudy.extraction.run import extract
    from pixelstudy.mail.boxes.mailbox import open_mailbox
    from pixelstudy.storage.places import place

    places = [place(name).absolute() for name in mailboxes]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out} can't be written: {error.strerror}; choose another folder with --out") from None
    with cluster(scheduler, [*places, out.absolute()]) as executor:
        opened = [open_mailbox(path) for path in places]
        return extract(opened, out.absolute(), engine=engine, salvage=salvage, executor=executor, progress=progress)


@app.command()
def summary(
    folder: Folder,
    population: Populations = None,
) -> None:
    """Say on one screen what was read and what was found."""
    from pixelstudy.reporting.summary import summary_text

    print(summary_text(folder, populations=population))


@app.command()
def explain(
    message: Annotated[Path, typer.Argument(parser=_here, help="One message, as .eml.", show_default=False)],
    engine: EngineOption = "fast",
) -> None:
    """Say of every resource of a message what it is, and why.

    Nothing is loaded, and no address is shown whole.
    """
    from pixelstudy.mail.boxes.single import open_message
    from pixelstudy.reporting.explain import explain_text

    print(explain_text(open_message(message), engine=engine))


@app.command()
def compare(
    first: Annotated[
        Path, typer.Argument(parser=_here, help="The message as one recipient got it.", show_default=False)
    ],
    second: Annotated[
        Path, typer.Argument(parser=_here, help="The same message as another got it.", show_default=False)
    ],
) -> None:
    """Say what tells two recipients of one issue apart.

    That is the only certain proof that an address carries a token.
    """
    from pixelstudy.mail.boxes.single import open_message
    from pixelstudy.reporting.compare import compare_text

    print(compare_text(open_message(first), open_message(second)))


@app.command()
def report(
    folder: Folder,
    out: Annotated[
        Path,
        typer.Option("--out", parser=_here, metavar="PATH", help="The page to write, as .html.", show_default=False),
    ],
    redact: Annotated[
        bool, typer.Option("--redact", help="Name no person, no file and no small sender: a version to share.")
    ] = False,
    population: Populations = None,
) -> None:
    """Write one page of what was found, to read in a browser.

    It is whole in itself, loads nothing and holds no script. It names senders, unless told to redact.
    """
    from pixelstudy.reporting.report import write_report

    path = write_report(folder, out, redact=redact, populations=population)
    print(f"{path}: open it in a browser" + ("" if redact else "; it names senders, so share one made with --redact"))


@app.command()
def redact(
    folder: Folder,
    out: Annotated[
        str,
        typer.Option("--out", metavar="PATH", help="Another folder, for what may be shared.", show_default=False),
    ],
    fewest: Annotated[int, typer.Option(min=2, help="Name no sender and no site with fewer messages.")] = 5,
) -> None:
    """Write the tables and CSVs as they may be shared.

    They hold no address, token, subject, label or file name, name no person and no sender with few messages, and give
    the same shares.
    """
    from pixelstudy.reporting.redact import share
    from pixelstudy.storage.places import place

    share(folder, out, fewest=fewest)
    print(f"{place(out)}: tables, run.json and csv/ as they may be shared; look through them before you do")


@app.command()
def unknown(
    folder: Folder,
    top: Annotated[int, typer.Option(min=1, help="How many groups to list.")] = 40,
) -> None:
    """List invisible resources of no known vendor, to report them.

    It shows sites and shapes of paths: no address, no token, and no site in mail that persons write.
    """
    from pixelstudy.reporting.unknown import unknown_text

    print(unknown_text(folder, top=top))


@app.command()
def doctor(
    path: Annotated[
        str | None,
        typer.Argument(help="A file or a folder, your home too; or an address.", show_default=False),
    ] = None,
) -> None:
    """Say what would be read at a path; with none, where mail lies.

    It looks at files without reading them through, and writes nothing.
    """
    from pixelstudy.reporting.doctor import doctor_text, places_text
    from pixelstudy.storage.places import place

    print(places_text() if path is None else doctor_text(place(path)))


@app.command()
def study(
    mailbox: Annotated[
        Path | None, typer.Option(parser=_here, metavar="PATH", help="A mailbox; the public corpora by default.")
    ] = None,
    population: Populations = None,
) -> None:
    """Run every notebook, on public mail or on your own.

    On a mailbox of yours all results go into data/private/, which git ignores.
    """
    from pixelstudy.storage.home import project_folder
    from pixelstudy.study.notebooks import run_notebooks
    from pixelstudy.study.study import open_study

    if mailbox is None:
        _build_what_is_at_hand()
    opened = open_study(mailbox or "released", populations=population)
    run_notebooks(opened, mailbox=str(mailbox.expanduser().resolve()) if mailbox else None)
    home = project_folder()
    if opened.is_private:
        from pixelstudy.reporting.summary import summary_text

        print(f"\n{summary_text(opened.tables[0][1], populations=opened.populations)}\n")
    else:
        from pixelstudy.study.prose import fill_file

        fill_file(home / "README.md", opened.results / "findings.json")
    print(f"Findings, tables and figures: {_shown(opened.results, home)}. Open the notebooks with: make lab")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context) -> None:
    """Open the notebooks in JupyterLab, to use with the mouse.

    They are copies in data/private/, which git ignores, and keep what you did in them. Further options go to
    JupyterLab, such as --no-browser.
    """
    from pixelstudy.study.lab import open_lab

    open_lab(context.args)


@corpora_app.command("list")
def corpora_list() -> None:
    """Say which corpora there are, and which are on this machine."""
    from pixelstudy.corpora.catalogue import corpora, locate

    for corpus in corpora():
        try:
            locate(corpus.name)
            place = "here"
        except UserError:
            place = "not here"
        print(f"{corpus.name:<14} {corpus.messages:>6,} messages  {place:<9} {corpus.title}")


@corpora_app.command("fetch")
def corpora_fetch(
    name: Annotated[list[str], typer.Argument(help="Names of corpora.", show_default=False)],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", parser=_here, metavar="PATH", help="A folder with what was got by hand.", show_default=False
        ),
    ] = None,
) -> None:
    """Get the raw mail of corpora, and check it.

    It goes into data/raw/, which git ignores.
    """
    from pixelstudy.corpora.fetch import fetch

    for one in name:
        print(f"{one}: {fetch(one, source=source)}")


@corpora_app.command("extract")
def corpora_extract(
    name: Annotated[list[str] | None, typer.Argument(help="Names of corpora; all by default.")] = None,
) -> None:
    """Build the released tables of data/corpora/ from the raw mail."""
    from pixelstudy.corpora.catalogue import corpora
    from pixelstudy.corpora.release import describe
    from pixelstudy.storage.home import project_folder

    home = project_folder()
    for one in name or [corpus.name for corpus in corpora()]:
        counts = _build(one, home).counts
        print(f"{one}: {counts.n_kept:,} messages, {counts.n_resources:,} resources")
    describe(home)


@corpora_app.command("describe")
def corpora_describe() -> None:
    """Write the data dictionary and the package descriptor anew."""
    from pixelstudy.corpora.release import describe
    from pixelstudy.storage.home import project_folder

    describe(project_folder())


def _build_what_is_at_hand() -> None:
    """Rebuild the released tables of the corpora whose raw mail is on this machine."""
    from pixelstudy.corpora.catalogue import corpora, locate
    from pixelstudy.storage.home import project_folder

    home = project_folder()
    for corpus in corpora():
        try:
            locate(corpus.name)
        except UserError:
            print(f"{corpus.name}: its raw mail is not here, so the released tables are taken as they are")
            continue
        _build(corpus.name, home)
        print(f"{corpus.name}: tables rebuilt from the raw mail")


def _build(name: str, home: Path) -> Run:
    """Build the released tables of one corpus, with a bar while that goes on."""
    from pixelstudy.corpora.catalogue import locate
    from pixelstudy.corpora.release import build_corpus
    from pixelstudy.extraction.progress import byte_bar
    from pixelstudy.mail.boxes.mailbox import open_mailbox

    size_bytes = sum(open_mailbox(path).size_bytes for _, path in locate(name))
    with byte_bar(size_bytes, name) as report:
        return build_corpus(name, home, progress=report)


def _shown(path: Path, home: Path) -> str:
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
