"""The kernel of the notebooks: the interpreter that pixelstudy itself runs in.

Jupyter looks for a kernel by name, first in ``JUPYTER_PATH`` and in the user's folders, where ``python3`` may belong
to another environment, or to one that is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from weakref import WeakSet

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

__all__ = ["OwnKernelManager", "OwnKernelSpecs", "kernels_ended"]


class OwnKernelSpecs(KernelSpecManager):
    """Knows one kernel, ``python3``: ipykernel in this interpreter."""

    def _kernel_dirs_default(self) -> list[str]:
        return []  # Without folders to look in, Jupyter makes the specification from sys.executable.


class OwnKernelManager(AsyncKernelManager):
    """Starts that kernel."""

    known: ClassVar[WeakSet[OwnKernelManager]] = WeakSet()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.known.add(self)

    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return OwnKernelSpecs(parent=self)


@contextmanager
def kernels_ended() -> Iterator[None]:
    """End all kernels of this process if the block is left by an error or an interrupt, so that no thread waits."""
    try:
        yield
    except BaseException:
        for manager in OwnKernelManager.known:
            process = getattr(manager.provisioner, "process", None)
            if process is not None:
                process.kill()
        raise
