"""The notebooks, run from top to bottom on a study; those where nothing changed are not run again."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pixelstudy.errors import UserError
from pixelstudy.extraction.run import code_digest
from pixelstudy.storage.home import project_folder, released_folder
from pixelstudy.study.choice import Choice
from pixelstudy.study.signposts import notebook_paths
from pixelstudy.study.study import Study

__all__ = ["PUBLIC", "notebook_for", "notebook_paths", "read_notebook", "run_notebooks", "working_copies"]

PUBLIC = "public"
"""The tag of a cell that is about the public corpora alone; a study of the reader's own mail leaves it out."""

AT_ONCE = min(2, os.cpu_count() or 1)
"""How many notebooks are executed at once; each keeps a core busy, and the tables in memory."""

_LONGEST_RUNTIME = 48  # characters; the path of a socket has 104 at most, and its name takes half of them
_STAMPS = "written.json"
_OLDER = "older"
_DATA_LINK = re.compile(r"\]\(\.\./(data/[\w./-]+)\)")


def read_notebook(path: Path) -> Any:
    """Return the notebook at `path`, as nbformat has it."""
    import nbformat

    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def notebook_for(path: Path, choice: Choice) -> Any:
    """Return the notebook at `path` as it belongs to a study.

    Its parameter cell names what was chosen, so that it is about the same mail wherever it is run again. For the
    reader's own mailbox, it has neither the :data:`PUBLIC` cells nor what the others showed of the public mail.
    """
    notebook = read_notebook(path)
    if not choice.is_of_the_project:
        _lead_to_results(notebook)
    if choice.is_private:
        notebook.cells = [cell for cell in notebook.cells if PUBLIC not in cell.metadata.get("tags", [])]
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []) and not choice.is_of_the_project:
            cell.source = f"STUDY = {choice.written!r}"
    return notebook


def run_notebooks(study: Study, *, report: Any = print) -> list[Path]:
    """Execute every notebook on `study`, which :func:`open_study` opened, and return the paths of the executed ones.

    They go into the folder that the study's choice names. A notebook is left alone when its cells, the code and the
    tables are the same as when it was last executed; one that the reader changed since then is kept in ``older/``.

    Parameters
    ----------
    study
        The study.
    report
        Called with one line for each notebook.

    Raises
    ------
    UserError
        When a cell fails, with the notebook and the cell; when the kernel dies; when nothing can be written.
    """
    choice = study.choice or Choice(study.name)
    folder = choice.notebooks
    work = project_folder() / "data" / "private" if choice.is_of_the_project else folder
    stamps = _writable(work, folder)
    inputs = code_digest()
    inputs += _digest(*(path for _, tables in study.tables for path in sorted(tables.glob("*.parquet"))))
    inputs += _digest(*sorted(study.data.glob("*.csv")), *sorted((study.data / "labels").glob("*.*")))
    paths = notebook_paths(released_folder())
    todo: dict[str, tuple[Any, dict[str, str]]] = {}
    for path in paths:
        notebook = notebook_for(path, choice)
        cells = cells_digest(notebook)
        run = hashlib.sha256((inputs + cells + repr(choice.written)).encode()).hexdigest()
        is_there = (folder / path.name).exists() and (study.results / "findings.json").exists()
        if is_there and stamps.get(path.name, {}).get("run") == run:
            report(f"{path.name}: nothing changed")
        else:
            todo[path.name] = notebook, {"cells": cells, "run": run}
    given = {name: notebook for name, (notebook, _) in todo.items()}
    with closing(_execute_all(given, folder, work / "executing", study, choice, report)) as finished:
        for partial in finished:
            target = folder / partial.name
            notebook, stamp = todo[partial.name]
            if not choice.is_of_the_project:
                _make_room(target, stamps)
                _bring_linked(notebook, folder)
            partial.replace(target)
            stamps[partial.name] = stamp
            _write_stamps(work, stamps)
    with suppress(OSError):
        (work / "executing").rmdir()
    return [folder / path.name for path in paths]


def working_copies(choice: Choice) -> list[Path]:
    """Return the notebooks of a study to work in, in their order; those that were not executed yet are copies.

    What was run and written in one stays, until the cells of the study's own notebook change. Then it moves to
    ``older/``, and a new copy takes its place.

    Raises
    ------
    UserError
        When the copies can't be written.
    """
    folder = choice.notebooks
    stamps = _writable(folder, folder)
    published = released_folder() / "data" / "results"
    if published.is_dir() and not (choice.is_private or choice.results.exists()):
        shutil.copytree(published, choice.results)
    copies = []
    for path in notebook_paths(released_folder()):
        copy, notebook = folder / path.name, notebook_for(path, choice)
        cells = cells_digest(notebook)
        if copy.exists() and stamps.get(path.name, {}).get("cells") != cells:
            _put_away(copy)
        if not copy.exists():
            _write(notebook, copy)
            _bring_linked(notebook, folder)
            stamps[path.name] = {"cells": cells}
        copies.append(copy)
    _write_stamps(folder, stamps)
    return copies


def _execute_all(
    notebooks: dict[str, Any], folder: Path, work: Path, study: Study, choice: Choice, report: Any
) -> Generator[Path, None, None]:
    """Execute notebooks, :data:`AT_ONCE` at a time, and yield each when its findings are among those of the study."""
    from pixelstudy.study.kernels import kernels_ended

    work.mkdir(parents=True, exist_ok=True)
    waiting, running, errors = iter(notebooks), set[Future[Path]](), list[BaseException]()
    with (
        TemporaryDirectory(prefix="pixelstudy-") as runtime,
        _environment(
            PIXELSTUDY_STUDY=choice.mailbox,
            PIXELSTUDY_POPULATION=",".join(choice.populations),
            PIXELSTUDY_OUT=str(choice.out or ""),
            PIXELSTUDY_FINDINGS=runtime,
            PIXELSTUDY_HEADLESS="1",
            JUPYTER_RUNTIME_DIR=runtime,
        ),
        ThreadPoolExecutor(AT_ONCE) as pool,
        kernels_ended(),
    ):
        while True:
            while not errors and len(running) < AT_ONCE and (name := next(waiting, None)):
                report(f"{name}: executing")
                running.add(pool.submit(_execute, notebooks[name], folder, work / name, runtime))
            if not running:
                break
            for future in wait(running, return_when="FIRST_COMPLETED").done:
                running.remove(future)
                if error := future.exception():
                    errors.append(error)
                    continue
                study.collect(Path(runtime))
                yield future.result()
    for error in errors:
        raise error


def _execute(notebook: Any, folder: Path, partial: Path, runtime: str) -> Path:
    """Execute `notebook`, and return the path at which it is once it is complete."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from traitlets.config import Config

    from pixelstudy.study.kernels import OwnKernelManager

    name = partial.name
    client = NotebookClient(
        notebook,
        resources={"metadata": {"path": str(folder)}},  # for the kernel; this process stays where it is
        kernel_name="python3",
        kernel_manager_class=OwnKernelManager,
        config=Config(KernelManager=_transport(runtime, name[:2])),
        # A kernel that is told to end logs that as an error; errors of cells are in the notebook.
        extra_arguments=["--IPKernelApp.log_level=50"],
        startup_timeout=180,
        iopub_timeout=60,
        raise_on_iopub_timeout=True,
    )
    client.reset_execution_trackers()
    try:
        with client.setup_kernel():  # not client.execute(): that prints a traceback at exit if no kernel started
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
    except CellExecutionError as error:
        _write(notebook, partial)
        said = " ".join(f"{error.ename}: {error.evalue}".split())
        raise UserError(f"{name} stopped in cell {client.code_cells_executed}: {said}; open {partial} to see") from None
    except RuntimeError as error:  # what Jupyter raises when a kernel does not start, or dies
        raise UserError(
            f"{name}: its kernel died ({' '.join(str(error).split())}): close other programs, in case memory "
            "ran out, and run the same command again; it resumes here"
        ) from None
    _forget_the_run(notebook)
    _write(notebook, partial)
    return partial


def _transport(runtime: str, name: str) -> dict[str, str]:
    """Return how to talk to a kernel: where possible by sockets in the file system, which no other user can read.

    They are in the folder of the run, so that a killed run leaves none beside the notebook.
    """
    if os.name == "posix" and len(runtime) < _LONGEST_RUNTIME:
        return {"transport": "ipc", "ip": f"{runtime}/{name}"}
    return {"transport": "tcp"}


def _forget_the_run(notebook: Any) -> None:
    """Remove from an executed notebook what differs from run to run: times, and the runner's own marks.

    A cell keeps its tags, and whether its source is folded away.
    """
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index:02d}"
        kept = {"tags": cell.metadata.get("tags"), "jupyter": _folding(cell)}
        cell.metadata = {key: value for key, value in kept.items() if value}


def _folding(cell: Any) -> dict[str, bool]:
    return {"source_hidden": True} if cell.metadata.get("jupyter", {}).get("source_hidden") else {}


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


# Files


def _writable(work: Path, folder: Path) -> dict[str, dict[str, str]]:
    """Make both folders, and return the digests of what was written there before."""
    try:
        for each in (folder, work):
            each.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} can't be written: {error.strerror}; choose another folder") from None
    try:
        return {name: dict(stamp) for name, stamp in json.loads((work / _STAMPS).read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _write_stamps(work: Path, stamps: dict[str, dict[str, str]]) -> None:
    (work / _STAMPS).write_text(json.dumps(stamps, indent=1) + "\n", encoding="utf-8")


def _write(notebook: Any, path: Path) -> None:
    import nbformat

    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def _make_room(target: Path, stamps: dict[str, dict[str, str]]) -> None:
    """Keep a notebook in ``older/`` if the reader changed it since it was written."""
    if target.exists() and cells_digest(read_notebook(target)) != stamps.get(target.name, {}).get("cells"):
        _put_away(target)


def _put_away(copy: Path) -> None:
    older = copy.parent / _OLDER
    older.mkdir(exist_ok=True)
    n = 1
    while (target := older / f"{copy.stem}-{n}{copy.suffix}").exists():
        n += 1
    copy.replace(target)


def _lead_to_results(notebook: Any) -> None:
    """Let the links under figures lead to results that are beside the notebooks, not in the project's ``data/``."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "text/markdown" in output.get("data", {}):
                text = output["data"]["text/markdown"]
                output["data"]["text/markdown"] = text.replace("../data/results/", "../results/")


def _bring_linked(notebook: Any, folder: Path) -> None:
    """Copy the project's data files that a notebook's text links to, so that the links lead somewhere."""
    for cell in notebook.cells:
        for name in _DATA_LINK.findall(cell.source) if cell.cell_type == "markdown" else ():
            source, target = released_folder() / name, folder.parent / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


def cells_digest(notebook: Any) -> str:
    """Return a digest of the cells of a notebook, with their tags and what is folded away, without their outputs."""
    cells = [[c.cell_type, c.source, c.metadata.get("tags", []), _folding(c)] for c in notebook.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
