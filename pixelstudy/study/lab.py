"""JupyterLab on the notebooks of the chosen study, none of which git tracks.

The reader's own mailbox has its notebooks beside its results, where ``pixelstudy study`` executes them. The
public mail has copies in ``data/private/lab/``, laid out like the project, so that links lead where they should.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from pixelstudy.storage.home import project_folder
from pixelstudy.study.choice import RELEASED, Choice, last_choice
from pixelstudy.study.notebooks import working_copies

__all__ = ["lab_choice", "open_lab", "without_widgets"]

WIDGET = "application/vnd.jupyter.widget-view+json"
"""The media type of a form or bar that a running notebook answers."""

_QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--ServerApp.kernel_spec_manager_class=pixelstudy.study.kernels.OwnKernelSpecs",
    "--ContentsManager.pre_save_hook=pixelstudy.study.lab.without_widgets",
)


def lab_choice() -> Choice:
    """Return what JupyterLab opens: what was chosen last, or the public mail with results of its own."""
    return last_choice() or Choice(RELEASED, out=project_folder() / "data" / "private" / "lab")


def open_lab(arguments: Sequence[str] = ()) -> NoReturn:
    """Open the notebooks of the chosen study in JupyterLab, the first one in front; end when it ends, with its status.

    JupyterLab asks the network for nothing. Its root is ``data/private/``, so that results and reports are at hand.

    Parameters
    ----------
    arguments
        Further options for JupyterLab.
    """
    choice, private = lab_choice(), project_folder() / "data" / "private"
    first, *_ = working_copies(choice)
    root = private if first.is_relative_to(private) else choice.folder
    command = [sys.executable, "-m", "jupyterlab", *_QUIET, f"--ServerApp.root_dir={root}"]
    command.append(f"--LabApp.workspaces_dir={_workspaces(private)}")
    command += [f"--LabApp.default_url=/lab/tree/{quote(first.relative_to(root).as_posix())}", *arguments]
    settings = [str(Path(__file__).parent / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, settings))
    os.chdir(root)
    if os.name == "posix":  # this process becomes JupyterLab, so that what stops the one stops the other
        os.execv(sys.executable, command)  # noqa: S606
    raise SystemExit(subprocess.run(command, check=False).returncode)  # noqa: S603


def _workspaces(private: Path) -> Path:
    """Return the folder of what JupyterLab shows at its start: at first, the notebook without side bars."""
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    folder = private / ".lab"
    if not folder.exists():
        closed = {"collapsed": True, "visible": True, "widgets": []}
        layout = {"layout-restorer:data": {"left": closed, "right": closed}}
        WorkspacesManager(str(folder)).save("default", json.dumps({"data": layout, "metadata": {"id": "default"}}))
    return folder


def without_widgets(*, model: dict[str, Any], **_: Any) -> None:
    """Replace forms and progress bars by their text in a notebook that is being saved: nothing would answer them."""
    if model["type"] != "notebook" or not model.get("content"):
        return
    model["content"]["metadata"].pop("widgets", None)
    for cell in model["content"]["cells"]:
        for output in cell.get("outputs", ()):
            if len(output.get("data", ())) > 1:
                output["data"].pop(WIDGET, None)
