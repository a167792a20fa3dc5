"""Progress in bytes, in a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["byte_bar"]


@contextmanager
def byte_bar(size_bytes: int, label: str, *, show: bool = True) -> Iterator[Callable[[int], None]]:
    """Give a function that moves a progress bar when called with the number of bytes read since the last call.

    Parameters
    ----------
    size_bytes
        The total.
    label
        What is being done.
    show
        Whether to show a bar, in a terminal or notebook; files and pipes never get one.
    """
    if not show:
        yield lambda _size: None
        return
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        monitor_interval = 0  # no thread, so that workers can be forked

    with Bar(
        total=size_bytes,
        desc=label,
        unit="B",
        unit_scale=True,
        unit_divisor=1000,
        disable=None,  # unless there is a terminal
        leave=False,
    ) as bar:
        yield bar.update
