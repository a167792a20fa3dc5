"""Progress in bytes, in a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["byte_bar"]


@contextmanager
def byte_bar(size_bytes: int, label: str, *, show: bool = True) -> Iterator[Callable[[int], None]]:
    """Give a function to call with the bytes consumed since the last call, behind which a bar moves.

    Parameters
    ----------
    size_bytes
        All that there is to consume.
    label
        What is being done.
    show
        Whether there is a bar at all; in a terminal or notebook alone, never in a file or pipe.
    """
    if not show:
        yield lambda _size: None
        return
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        monitor_interval = 0  # no thread to look after it: workers are copies of a process that has none

    with Bar(
        total=size_bytes,
        desc=label,
        unit="B",
        unit_scale=True,
        unit_divisor=1000,
        disable=None,  # where there is no terminal
        leave=False,
    ) as bar:
        yield bar.update
