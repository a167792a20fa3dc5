"""The ``pixelstudy`` command. Every error that a user can fix ends in one line and exit status 2."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from typer.core import TyperGroup

from pixelstudy import __version__
from pixelstudy.corpora.commands import app as corpora_app
from pixelstudy.corpora.commands import build_local_corpora, build_what_is_here
from pixelstudy.errors import UserError
from pixelstudy.mail.populations import Population
from pixelstudy.pixels.engines import Engine
from pixelstudy.storage.places import local_path, place

if TYPE_CHECKING:
    from pixelstudy.extraction.run import Run
    from pixelstudy.storage.places import Place

__all__ = ["app", "main"]


class _Command(TyperGroup):
    """The command; an error that its user can fix ends in one line, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            print(f"pixelstudy: {error}", file=sys.stderr)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            print("\nInterrupted. Run the same command again to resume.", file=sys.stderr)
            raise typer.Exit(130) from None


app = typer.Typer(
    name="pixelstudy",
    cls=_Command,
    help="Read a mailbox, name every remote resource a message would load, and say which are spy pixels. "
    "Nothing is loaded, and nothing leaves this machine. Only if you give an address (s3://bucket/box.mbox) "
    "instead of a path is that storage contacted, through fsspec.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(corpora_app, name="corpora")


def _argument(help_text: str, **more: Any) -> Any:
    return typer.Argument(help=help_text, show_default=False, **more)


def _option(name: str, help_text: str, **more: Any) -> Any:
    return typer.Option(name, help=help_text, show_default=False, **more)


# The library checks paths, since it explains more than Typer does, and Typer would take an address for a path.
Mailboxes = Annotated[
    list[str],
    _argument(
        "Exports: Gmail Takeout, mbox, .eml, Maildir, a Thunderbird or Apple Mail folder, .msg, .pst; plain, "
        "compressed, in a zip or tar, or a folder of any of them; or the address of one (s3://bucket/box.mbox). "
        "pixelstudy doctor says what would be read.",
        metavar="MAILBOX",
    ),
]
Folder = Annotated[str, _argument("A folder that extract wrote, or its address.")]
EngineOption = Annotated[Engine, typer.Option(help="The HTML parser: bs4 is the slow one that fast is tested against.")]
PopulationName = StrEnum("PopulationName", get_args(Population))  # type: ignore[misc]  # a list of Literal is refused
Populations = Annotated[
    list[PopulationName] | None,
    _option("--population", "What to measure instead of received mail; repeat it for more."),
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
    out: Annotated[str, _option("--out", "The folder for the tables, or its address.", metavar="PATH")],
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; all cores by default.")] = None,
    scheduler: Annotated[
        str | None, _option("--scheduler", "Read on the workers of a Dask scheduler.", metavar="ADDRESS")
    ] = None,
    engine: EngineOption = "fast",
    salvage: Annotated[
        bool, typer.Option("--salvage", help="Read what there is of a file that is cut off or damaged.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Read mailboxes and write the tables.

    The tables are messages, resources and skipped, as Parquet; run.json accounts for everything that was read. If the
    run is interrupted, run the same command again to resume.
    """
    from pixelstudy.extraction.workers import quick_start

    with quick_start():
        from pixelstudy.extraction.progress import byte_bar
        from pixelstudy.extraction.run import extract
        from pixelstudy.mail.boxes.mailbox import open_mailbox

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
    if c.n_skipped:
        from pixelstudy.extraction.parquet import read_table
        from pixelstudy.tables import SKIPPED

        reasons = read_table(SKIPPED, folder, columns=["reason"])["reason"].value_counts()
        print(f"Skipped: {', '.join(f'{n:,} {reason}' for reason, n in reasons.items())}.")
    if c.n_doubtful:
        print(f'{c.n_doubtful:,} line{"s" * (c.n_doubtful != 1)} with "From " may or may not begin a message.')


def _extract_on_cluster(
    scheduler: str, mailboxes: list[str], out: Place, *, engine: Engine, salvage: bool, progress: Callable[[int], None]
) -> Run:
    """Extract with workers elsewhere, which are given absolute paths."""
    from pixelstudy.extraction.cluster import cluster
    from pixelstudy.extraction.run import extract
    from pixelstudy.mail.boxes.mailbox import open_mailbox

    places = [place(name).absolute() for name in mailboxes]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out} can't be written: {error.strerror}; choose another folder with --out") from None
    with cluster(scheduler, [*places, out.absolute()]) as executor:
        opened = [open_mailbox(path) for path in places]
        return extract(opened, out.absolute(), engine=engine, salvage=salvage, executor=executor, progress=progress)


@app.command()
def summary(folder: Folder, population: Populations = None) -> None:
    """Show on one screen what was read and what was found."""
    from pixelstudy.reporting.summary import summary_text

    print(summary_text(folder, populations=population))


@app.command()
def explain(
    message: Annotated[Path, _argument("One message, as .eml.", parser=local_path)],
    mailbox: Annotated[
        Path | None,
        _option(
            "--mailbox",
            "The tables of the mailbox that it is in, to compare it with its sender's other messages.",
            metavar="DIR",
        ),
    ] = None,
    engine: EngineOption = "fast",
) -> None:
    """Say what each resource of a message is, and why.

    Nothing is loaded, and no address is shown whole.
    """
    from pixelstudy.mail.boxes.single import open_message
    from pixelstudy.reporting.explain import explain_text

    print(explain_text(open_message(message), mailbox=mailbox, engine=engine))


@app.command()
def compare(
    first: Annotated[Path, _argument("The message as one recipient got it.", parser=local_path)],
    second: Annotated[Path, _argument("The same message as another recipient got it.", parser=local_path)],
) -> None:
    """Show what differs between two recipients' copies of one message.

    That is the only proof that an address tells recipients apart.
    """
    from pixelstudy.reporting.compare import compare_text

    print(compare_text(first, second))


@app.command()
def report(
    folder: Folder,
    out: Annotated[Path, _option("--out", "The page to write, as .html.", metavar="PATH", parser=local_path)],
    redact: Annotated[
        bool, typer.Option("--redact", help="Name no person, no file and no small sender: a version to share.")
    ] = False,
    population: Populations = None,
) -> None:
    """Write one page about what was found, to read in a browser.

    The page is a single file, which loads nothing and runs no script. It names senders, unless you add --redact.
    """
    from pixelstudy.reporting.report import write_report

    path = write_report(folder, out, redact=redact, populations=population)
    print(f"{path}: open it in a browser" + ("" if redact else "; it names senders, so share one made with --redact"))


@app.command()
def redact(
    folder: Folder,
    out: Annotated[str, _option("--out", "Another folder, for the copies.", metavar="PATH")],
    fewest: Annotated[int, typer.Option(min=2, help="Name no sender and no site with fewer messages than this.")] = 5,
) -> None:
    """Write copies of the tables and CSVs that you can share.

    They hold no address, token, subject, label or file name, and name no person and no sender with few messages. The
    shares stay the same.
    """
    from pixelstudy.reporting.redact import share

    share(folder, out, fewest=fewest)
    print(f"{place(out)}: tables, run.json and csv/ to share; look through them before you do")


@app.command()
def unknown(folder: Folder, top: Annotated[int, typer.Option(min=1, help="How many groups to list.")] = 40) -> None:
    """List invisible resources of no known vendor, to report them.

    It shows sites and the shapes of paths: no address, no token, and no site from mail between people.
    """
    from pixelstudy.reporting.unknown import unknown_text

    print(unknown_text(folder, top=top))


@app.command()
def doctor(
    path: Annotated[str | None, _argument("A file or a folder, even your home; or an address.")] = None,
) -> None:
    """Say what would be read at a path or, without one, where mail is.

    It reads no file to its end, and writes nothing.
    """
    from pixelstudy.reporting.doctor import doctor_text, places_text

    print(places_text() if path is None else doctor_text(place(path)))


@app.command()
def study(
    mailbox: Annotated[
        Path | None, _option("--mailbox", "A mailbox; the public mail by default.", metavar="PATH", parser=local_path)
    ] = None,
    population: Populations = None,
    out: Annotated[
        Path | None,
        _option("--out", "A folder for tables, results and notebooks.", metavar="PATH", parser=local_path),
    ] = None,
) -> None:
    """Run every notebook, on the public mail or on your own.

    Results about your own mailbox go into data/private/ of a clone, which git ignores, or else into your user data
    folder; the last lines say where. The notebooks that you open next are about that mailbox. If you have corpora that
    are not public (pixelstudy corpora list), the public study runs once more with them; its results go there too.
    """
    from pixelstudy.storage.home import is_clone, project_folder, shown
    from pixelstudy.study.choice import EVERYTHING, RELEASED, choose_study, last_choice
    from pixelstudy.study.notebooks import run_notebooks
    from pixelstudy.study.study import open_study

    is_own = mailbox is None and out is None and is_clone()
    if is_own:
        build_what_is_here()
    opened = open_study(mailbox or RELEASED, populations=population, out=out)
    executed = run_notebooks(opened)
    choice, lab_command = opened.choice, "make lab" if is_clone() else "pixelstudy lab"
    assert choice is not None
    if is_own:
        from pixelstudy.study.prose import fill_file

        home = project_folder()
        for page in (home / "README.md", *sorted(home.glob("docs/*.md"))):
            fill_file(page, opened.results / "findings.json")
    if mailbox is None and out is None and (names := build_local_corpora()):
        everything = open_study(EVERYTHING)
        run_notebooks(everything)
        print(f"With {', '.join(names)}: {shown(everything.results.parent)}")
    print(f"Findings, tables and figures: {shown(opened.results)}")
    if choice.is_private:
        from pixelstudy.reporting.report import write_report
        from pixelstudy.reporting.summary import summary_text
        from pixelstudy.study.pages import write_pages

        choose_study(choice)
        ((_, tables),) = opened.tables
        print(f"\n{summary_text(tables, populations=opened.populations)}\n")
        report = write_report(tables, choice.report(), populations=opened.populations)
        pages = opened.results.with_name(opened.results.name.replace("results", "pages", 1))
        first = write_pages(executed, pages, name=opened.name, links={"Report": report})
        print(f"To read in a browser: {shown(first)}")
        print(f"Your report: {shown(report)}")
    elif last := last_choice():
        print(f"This was the public mail. Notebooks still open on your mailbox: {last.mailbox}")
    print(f"Notebooks: {shown(choice.notebooks)}")
    print(f"Open them with: {lab_command}")


@app.command()
def explore(
    folder: Folder,
    out: Annotated[Path, _option("--out", "The page to write, as .html.", metavar="PATH", parser=local_path)],
    population: Populations = None,
) -> None:
    """Write a page of senders and messages to look through.

    The page is a single file, which loads nothing. Filter and sort it; open a message to see what it would load and
    why.
    """
    from pixelstudy.study.explore import write_explorer
    from pixelstudy.study.study import read_tables

    path = write_explorer(read_tables(folder, populations=population), out)
    print(f"{path}: open it in a browser; it names senders, so keep it to yourself")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context) -> None:
    """Open the notebooks in JupyterLab, to use with the mouse.

    They are copies that keep your changes, in data/private/ of a clone, which git ignores, or else in your user data
    folder. Other options, such as --no-browser, go to JupyterLab.
    """
    from pixelstudy.study.lab import open_lab

    open_lab(context.args)
