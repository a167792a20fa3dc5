"""Workers: tasks on processes of this machine or on any executor, with progress in bytes, and an end on request.

What reads a part is imported by the function that does it alone, so that a process that is started anew for it can
start lean.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pixelstudy.errors import UserError
from pixelstudy.extraction.lean import lean_start
from pixelstudy.storage.places import ahead

if TYPE_CHECKING:
    from pixelstudy.extraction.parts import Task

__all__ = ["run_tasks"]

Progress = Callable[[int], None]

ALONE_BYTES = 4 << 20
"""How little this process reads by itself: starting others would take longer."""


def run_tasks(
    tasks: Sequence[Task], *, jobs: int, executor: Executor | None, progress: Progress
) -> Generator[Task, None, None]:
    """Run every task that is not done yet, and yield all in their order, each once it and those before it are done.

    Closed before its end, it stops what is running.

    Parameters
    ----------
    tasks
        Parts of mailboxes, and where their tables go.
    jobs
        Processes of this machine, where there is no `executor`; for one task or little mail none is started.
    executor
        Where to run instead.
    progress
        Called with the number of bytes consumed since the last call, those of finished tasks included.

    Raises
    ------
    UserError
        When a worker process was killed.
    """
    todo = []
    are_done = ahead(lambda task: task.is_done, tasks, where=tasks[0].work) if tasks else ()
    for task, is_done in zip(tasks, are_done, strict=True):
        if is_done:
            progress(task.part.size_bytes)
        else:
            todo.append(task)
    if executor is not None:
        reading = _read_elsewhere(todo, executor, progress)
    elif jobs == 1 or len(todo) < 2 or sum(task.part.size_bytes for task in todo) <= ALONE_BYTES:
        reading = _read_alone(todo, progress)
    else:
        reading = _read_here(todo, min(jobs, len(todo)), progress)
    missing = {id(task) for task in todo}
    with closing(reading):
        for task in tasks:
            while id(task) in missing:
                missing.discard(id(next(reading)))
            yield task
        next(reading, None)  # it ends


def _read_alone(tasks: Sequence[Task], progress: Progress) -> Generator[Task, None, None]:
    for task in tasks:
        run_task(task, progress)
        yield task


def _read_elsewhere(tasks: Sequence[Task], executor: Executor, progress: Progress) -> Generator[Task, None, None]:
    pending = {executor.submit(run_task, task): task for task in tasks}
    try:
        while pending:
            finished, _ = wait(pending, return_when="FIRST_COMPLETED")
            for future in finished:
                future.result()
                task = pending.pop(future)
                progress(task.part.size_bytes)
                yield task
    finally:
        for future in pending:
            future.cancel()


def run_task(task: Task, progress: Progress | None = None) -> int:
    """Read one part, write its three tables, and return how many things were read."""
    from pixelstudy.extraction import parts

    return parts.run_task(task, progress)


def _read_here(tasks: Sequence[Task], jobs: int, progress: Progress) -> Generator[Task, None, None]:
    context = multiprocessing.get_context(_way_to_start())
    consumed = context.Value("q", 0)
    others = set(multiprocessing.active_children())
    reported = 0
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker, initargs=(consumed,)) as pool:
        try:
            largest_first = sorted(tasks, key=lambda task: -task.part.size_bytes)  # none is left alone at the end
            with _interrupts_held():
                pending = {pool.submit(_run_in_worker, task): task for task in largest_first}
            while pending:
                finished, _ = wait(pending, timeout=0.2, return_when="FIRST_COMPLETED")
                now = consumed.get_obj().value  # a worker that was killed may have kept the lock
                progress(now - reported)
                reported = now
                for future in finished:
                    future.result()
                    yield pending.pop(future)
        except BrokenProcessPool:
            raise UserError(
                "a worker process was killed, perhaps for want of memory; the same command goes on where it was, "
                "with less memory when --jobs 1 stands behind it"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
            raise


def _way_to_start() -> str:
    """Return how workers are started: as copies of this process where that is safe, which takes no time, else anew.

    A copy has no thread but one, and waits for ever for what another held, those of libraries included; on macOS the
    system's own do.
    """
    try:
        n_threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:  # no Linux
        return "spawn"
    return "fork" if n_threads == 1 else "spawn"


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Within, an interrupt waits: a worker is born with what its parent holds, and one may come before it is ready."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_consumed: Any = None


def _start_worker(consumed: Any) -> None:
    global _consumed
    _consumed = consumed
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to answer
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with lean_start():
        import pixelstudy.extraction.parts  # noqa: F401
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # one that was killed says nothing to its workers
        os._exit(1)


def _run_in_worker(task: Task) -> int:
    return run_task(task, _add_progress)


def _add_progress(size: int) -> None:
    with _consumed.get_lock():
        _consumed.value += size
