"""Reading parts on other machines: a Dask cluster as an executor for ``extract``.

Every worker must see the mailbox and the folder for the tables at the same paths (a network file system, a mounted
bucket) or open the same addresses, and must run the same code; this is checked first. If a worker dies, another one
reads its part again: parts are written whole or not at all, and always the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pixelstudy.errors import UserError
from pixelstudy.extraction.run import code_digest
from pixelstudy.storage.places import Place, RemotePath, place

__all__ = ["cluster"]

_WAIT_SECONDS = 10
_RETRIES = 3


@contextmanager
def cluster(address: str, places: Sequence[str | os.PathLike[str] | RemotePath]) -> Iterator[Executor]:
    """Give an executor that runs on the workers of the Dask scheduler at `address`.

    Parameters
    ----------
    address
        The address that the scheduler prints when it starts: ``tcp://192.0.2.1:8786``.
    places
        What every worker must see: mailboxes, and the folder for the tables.

    Raises
    ------
    UserError
        When Dask is not installed, no scheduler answers, it has no workers, or a worker does not see a place or runs
        different code.
    """
    try:
        import distributed
    except ImportError:
        raise UserError("a cluster needs Dask: pip install 'pixelstudy[cluster]'") from None
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=_WAIT_SECONDS, set_as_default=False)
    except (OSError, ValueError):
        raise UserError(f"no Dask scheduler answers at {address}; start one with: dask scheduler") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_WAIT_SECONDS)
        except TimeoutError:
            raise UserError(
                f"the scheduler at {address} has no workers; start some with: dask worker {address}"
            ) from None
        named = [place(each) for each in places]
        asked = [(each, isinstance(each, Path) or each.is_in_memory or each.exists()) for each in named]
        _check(client.run(_state, asked, on_error="return"))
        yield client.get_executor(pure=False, retries=_RETRIES)


def _state(places: Sequence[tuple[Place, bool]]) -> tuple[str, list[str]]:
    """Return which code a worker runs, and what is wrong with the places there; each comes with whether it must exist.

    The folder for the tables need not exist: object stores keep no empty folders.
    """
    return code_digest(), [wrong for each, must in places if (wrong := _wrong(each, must=must))]


def _wrong(place: Place, *, must: bool) -> str:
    try:
        is_seen = place.exists()
    except (OSError, UserError) as error:
        return f"can't open {place} ({error})"
    if is_seen or not must:
        return ""
    how = "by the same address" if isinstance(place, RemotePath) else "at the same path"
    return f"does not see {place}; every worker must, {how}"


def _check(states: Mapping[str, Any]) -> None:
    for worker, state in states.items():
        if isinstance(state, BaseException) or state[0] != code_digest():
            raise UserError(f"the worker {worker} has a different pixelstudy, or none; install the same version there")
        if state[1]:
            raise UserError(f"the worker {worker} {state[1][0]}")
