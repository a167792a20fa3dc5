"""The kernel of the notebooks: the interpreter that pixelstudy itself runs in.

Jupyter looks for a kernel by name, first in ``JUPYTER_PATH`` and in the user's folders, where ``python3`` may belong
to another environment, or to one that is gone.
"""

from __future__ import annotations

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

__all__ = ["OwnKernelManager", "OwnKernelSpecs"]


class OwnKernelSpecs(KernelSpecManager):
    """Knows one kernel, ``python3``: ipykernel in this interpreter."""

    def _kernel_dirs_default(self) -> list[str]:
        return []  # Without folders to look in, Jupyter makes the specification from sys.executable.


class OwnKernelManager(AsyncKernelManager):
    """Starts that kernel."""

    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return OwnKernelSpecs(parent=self)
