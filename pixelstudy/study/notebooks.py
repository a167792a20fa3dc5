"""The notebooks, run from top to bottom on a study, and again only where something changed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pixelstudy.errors import UserError
from pixelstudy.storage.home import project_folder
from pixelstudy.study.study import Study

__all__ = ["cells_digest", "notebook_paths", "read_stamps", "run_notebooks"]

_LONGEST_RUNTIME = 48  # characters; the path of a socket has 104 at most, and its name takes half of them


def notebook_paths(home: Path | None = None) -> list[Path]:
    """Return the notebooks of the study in their order."""
    return sorted((home or project_folder()).joinpath("notebooks").glob("[0-9][0-9]-*.ipynb"))


def run_notebooks(study: Study, *, mailbox: str | None = None, report: Any = print) -> list[Path]:
    """Execute every notebook on `study` and return where the executed ones are.

    On the released corpora they are executed in place; on a private mailbox copies go beside its results. One whose
    cells, code and tables are the same as when it was last executed is left alone.

    Parameters
    ----------
    study
        What they are about.
    mailbox
        The path of the private mailbox, handed to the notebooks.
    report
        Called with one line a notebook.

    Raises
    ------
    UserError
        When a cell fails; the line names notebook and cell.
    """
    home = project_folder()
    suffix = study.results.name.removeprefix("results")  # other populations have folders of their own
    folder = study.results.parent / f"notebooks{suffix}" if study.is_private else home / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    stamps_path = (study.results.parent if study.is_private else home / "data" / "private") / f"executed{suffix}.json"
    stamps: dict[str, str] = read_stamps(stamps_path)
    inputs = _digest(
        *sorted(Path(__file__).parents[1].rglob("*.py")), *sorted(Path(__file__).parents[1].rglob("*.csv"))
    )
    inputs += _digest(*(path for _, tables in study.tables for path in sorted(tables.glob("*.parquet"))))
    inputs += _digest(*sorted((home / "data").glob("*.csv")), *sorted((home / "data" / "labels").glob("*.csv")))
    executed = []
    for path in notebook_paths(home):
        target = folder / path.name
        stamp = hashlib.sha256((inputs + cells_digest(path) + str(mailbox)).encode()).hexdigest()
        if stamps.get(path.name) == stamp and target.exists() and (study.results / "findings.json").exists():
            report(f"{path.name}: nothing changed")
        else:
            report(f"{path.name}: executing")
            _execute(path, target, stamps_path.parent / "executing", mailbox, study.populations)
            stamps[path.name] = stamp
            stamps_path.parent.mkdir(parents=True, exist_ok=True)
            stamps_path.write_text(json.dumps(stamps, indent=1), encoding="utf-8")
        executed.append(target)
    return executed


def _execute(path: Path, target: Path, work: Path, mailbox: str | None, populations: Sequence[str]) -> None:
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    work.mkdir(parents=True, exist_ok=True)
    partial = work / path.name
    with (
        TemporaryDirectory(prefix="pixelstudy-") as runtime,
        _environment(
            PIXELSTUDY_STUDY=mailbox or "released",
            PIXELSTUDY_POPULATION=",".join(populations),
            PIXELSTUDY_HEADLESS="1",
            JUPYTER_RUNTIME_DIR=runtime,
        ),
    ):
        try:
            papermill.execute_notebook(
                str(path),
                str(partial),
                cwd=str(path.parent),
                progress_bar=False,
                kernel_name="python3",
                config=Config(
                    KernelManager=_transport(runtime),
                    # A kernel that is told to end says so as an error; what a cell does wrong is in the notebook.
                    NotebookClient={"extra_arguments": ["--IPKernelApp.log_level=50"]},
                ),
            )
        except PapermillExecutionError as error:
            said = " ".join(f"{error.ename}: {error.evalue}".split())
            raise UserError(f"{path.name} stopped in cell {error.exec_count}: {said}; open {partial} to see") from None
    notebook: Any = nbformat.read(partial, as_version=4)  # type: ignore[no-untyped-call]
    _forget_the_run(notebook)
    nbformat.write(notebook, partial)  # type: ignore[no-untyped-call]
    partial.replace(target)
    with suppress(OSError):
        work.rmdir()


def _transport(runtime: str) -> dict[str, str]:
    """Return how to talk to a kernel: by sockets in the file system where they can be, which no other user reads.

    They lie in the folder of the run: in the notebook's own, a killed run would leave them there.
    """
    if os.name == "posix" and len(runtime) < _LONGEST_RUNTIME:
        return {"transport": "ipc", "ip": f"{runtime}/kernel"}
    return {"transport": "tcp"}


def _forget_the_run(notebook: Any) -> None:
    """Take out of an executed notebook what differs from run to run: times, and the runner's own marks."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index:02d}"
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags" and value}


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
    """Return a digest of the cells of a notebook, without what they gave."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return hashlib.sha256(json.dumps([(c["cell_type"], "".join(c["source"])) for c in cells]).encode()).hexdigest()


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def read_stamps(path: Path) -> dict[str, str]:
    """Return the digests that were written down at `path`; none where there is no such file."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
