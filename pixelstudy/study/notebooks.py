"""The notebooks, run from top to bottom on a study; those where nothing changed are not run again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pixelstudy.errors import UserError
from pixelstudy.extraction.run import code_digest
from pixelstudy.storage.home import project_folder, released_folder
from pixelstudy.study.study import Study

__all__ = [
    "PUBLIC",
    "cells_digest",
    "executed_folder",
    "notebook_for",
    "notebook_paths",
    "read_stamps",
    "run_notebooks",
]

PUBLIC = "public"
"""The tag of a cell that is about the public corpora alone; a study of the reader's own mail leaves it out."""

AT_ONCE = min(2, os.cpu_count() or 1)
"""How many notebooks are executed at once; each keeps a core busy, and the tables in memory."""

_LONGEST_RUNTIME = 48  # characters; the path of a socket has 104 at most, and its name takes half of them


def notebook_paths(home: Path) -> list[Path]:
    """Return the notebooks in ``notebooks/`` of `home`, in their order."""
    return sorted(home.joinpath("notebooks").glob("[0-9][0-9]-*.ipynb"))


def notebook_for(path: Path, *, is_private: bool) -> Any:
    """Return the notebook at `path` as a study shows it: without its :data:`PUBLIC` cells if that study is private."""
    import nbformat

    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    if is_private:
        notebook.cells = [cell for cell in notebook.cells if PUBLIC not in cell.metadata.get("tags", [])]
    return notebook


def executed_folder(study: Study) -> Path:
    """Return where the executed notebooks of `study` go: beside its results; in a clone, those it was cloned with."""
    if _is_of_the_project(study):
        return project_folder() / "notebooks"
    return study.results.with_name(study.results.name.replace("results", "notebooks", 1))


def _is_of_the_project(study: Study) -> bool:
    return study.results == project_folder() / "data" / "results"


def run_notebooks(study: Study, *, mailbox: str | None = None, report: Any = print) -> list[Path]:
    """Execute every notebook on `study` and return the paths of the executed ones (:func:`executed_folder`).

    A notebook is left alone when its cells, the code and the tables are the same as when it was last executed.

    Parameters
    ----------
    study
        The study.
    mailbox
        The path of the private mailbox, which is passed to the notebooks.
    report
        Called with one line for each notebook.

    Raises
    ------
    UserError
        When a cell fails, with the notebook and the cell; when the kernel dies; when nothing can be written.
    """
    folder = executed_folder(study)
    stamps_path = folder.with_name(folder.name.replace("notebooks", "executed", 1) + ".json")
    if _is_of_the_project(study):
        stamps_path = project_folder() / "data" / "private" / "executed.json"
    try:
        for each in (folder, stamps_path.parent):
            each.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} can't be written: {error.strerror}; choose another folder with --out") from None
    stamps: dict[str, str] = read_stamps(stamps_path)
    inputs = code_digest()
    inputs += _digest(*(path for _, tables in study.tables for path in sorted(tables.glob("*.parquet"))))
    inputs += _digest(*sorted(study.data.glob("*.csv")), *sorted((study.data / "labels").glob("*.csv")))
    paths = notebook_paths(released_folder())
    todo: dict[Path, str] = {}
    for path in paths:
        stamp = hashlib.sha256((inputs + cells_digest(path) + str(mailbox)).encode()).hexdigest()
        is_there = (folder / path.name).exists() and (study.results / "findings.json").exists()
        if is_there and stamps.get(path.name) == stamp:
            report(f"{path.name}: nothing changed")
        else:
            todo[path] = stamp
    with closing(_execute_all(list(todo), folder, stamps_path.parent / "executing", study, mailbox, report)) as done:
        for path in done:
            stamps[path.name] = todo[path]
            stamps_path.write_text(json.dumps(stamps, indent=1), encoding="utf-8")
    return [folder / path.name for path in paths]


def _execute_all(
    paths: list[Path], folder: Path, work: Path, study: Study, mailbox: str | None, report: Any
) -> Generator[Path, None, None]:
    """Execute notebooks, :data:`AT_ONCE` at a time, and yield each when its findings are among those of the study."""
    from pixelstudy.study.kernels import kernels_ended

    work.mkdir(parents=True, exist_ok=True)
    waiting, running, errors = iter(paths), dict[Future[None], Path](), list[BaseException]()
    with (
        TemporaryDirectory(prefix="pixelstudy-") as runtime,
        _environment(
            PIXELSTUDY_STUDY=mailbox or study.name,
            PIXELSTUDY_POPULATION=",".join(study.populations),
            PIXELSTUDY_OUT="" if _is_of_the_project(study) else str(study.results.parent),
            PIXELSTUDY_FINDINGS=runtime,
            PIXELSTUDY_HEADLESS="1",
            JUPYTER_RUNTIME_DIR=runtime,
        ),
        ThreadPoolExecutor(AT_ONCE) as pool,
        kernels_ended(),
    ):
        while True:
            while not errors and len(running) < AT_ONCE and (path := next(waiting, None)):
                report(f"{path.name}: executing")
                running[pool.submit(_execute, path, folder / path.name, work, runtime, is_private=study.is_private)] = (
                    path
                )
            if not running:
                break
            for future in wait(running, return_when="FIRST_COMPLETED").done:
                path = running.pop(future)
                if error := future.exception():
                    errors.append(error)
                    continue
                study.collect(Path(runtime))
                yield path
    with suppress(OSError):
        work.rmdir()
    for error in errors:
        raise error


def _execute(path: Path, target: Path, work: Path, runtime: str, *, is_private: bool) -> None:
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    from pixelstudy.study.kernels import OwnKernelManager

    partial = work / path.name
    try:
        papermill.execute_notebook(
            notebook_for(path, is_private=is_private),
            str(partial),
            cwd=str(target.parent),
            progress_bar=False,
            kernel_name="python3",
            kernel_manager_class=OwnKernelManager,
            config=Config(
                KernelManager=_transport(runtime, path.stem[:2]),
                # A kernel that is told to end logs that as an error; errors of cells are in the notebook.
                NotebookClient={"extra_arguments": ["--IPKernelApp.log_level=50"]},
            ),
        )
    except PapermillExecutionError as error:
        said = " ".join(f"{error.ename}: {error.evalue}".split())
        raise UserError(f"{path.name} stopped in cell {error.exec_count}: {said}; open {partial} to see") from None
    except RuntimeError as error:  # what Jupyter raises when a kernel does not start, or dies
        raise UserError(
            f"{path.name}: its kernel died ({' '.join(str(error).split())}): close other programs, in case memory "
            "ran out, and run the same command again; it resumes here"
        ) from None
    notebook: Any = nbformat.read(partial, as_version=4)  # type: ignore[no-untyped-call]
    _forget_the_run(notebook)
    nbformat.write(notebook, partial)  # type: ignore[no-untyped-call]
    partial.replace(target)


def _transport(runtime: str, name: str) -> dict[str, str]:
    """Return how to talk to a kernel: where possible by sockets in the file system, which no other user can read.

    They are in the folder of the run, so that a killed run leaves none beside the notebook.
    """
    if os.name == "posix" and len(runtime) < _LONGEST_RUNTIME:
        return {"transport": "ipc", "ip": f"{runtime}/{name}"}
    return {"transport": "tcp"}


def _forget_the_run(notebook: Any) -> None:
    """Remove from an executed notebook what differs from run to run: times, and the runner's own marks.

    The tags of a cell stay, and so does that its source is folded away.
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
    return {"source_hidden": True} if cell["metadata"].get("jupyter", {}).get("source_hidden") else {}


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


def cells_digest(path: Path) -> str:
    """Return a digest of the cells of a notebook, with their tags and what is folded away, without their outputs."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    written = [[c["cell_type"], "".join(c["source"]), c["metadata"].get("tags", []), _folding(c)] for c in cells]
    return hashlib.sha256(json.dumps(written).encode()).hexdigest()


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def read_stamps(path: Path) -> dict[str, str]:
    """Return the digests that are written down at `path`, or none when there is no such file."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
