"""Run tasks on processes of this machine or on any executor, report progress in bytes, and stop on request.

This module imports nothing large, so that a process can call :func:`quick_start` before it imports what reads mail.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pixelstudy.errors import UserError
from pixelstudy.storage.places import ahead

if TYPE_CHECKING:
    from pixelstudy.extraction.parts import Task

__all__ = ["quick_start", "run_tasks"]

Progress = Callable[[int], None]

ALONE_BYTES = 4 << 20
"""Up to this size a mailbox is read by this process alone, since starting workers would take longer."""

_NO_THREADS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}


@contextmanager
def quick_start() -> Iterator[None]:
    """Import NumPy, pyarrow and what reads mail within this, in a process that does nothing else.

    NumPy and pyarrow then start no threads, so workers can be forked, which is quick. The garbage collector waits until
    everything is imported and then leaves it alone, which saves a third of the start. Interrupts wait as well: pandas
    takes one for an error of its own, and ends in a traceback.
    """
    for name, value in _NO_THREADS.items():
        os.environ.setdefault(name, value)
    gc.disable()
    try:
        with _interrupts_held():
            yield
    finally:
        gc.freeze()
        gc.enable()


def run_tasks(
    tasks: Sequence[Task], *, jobs: int, executor: Executor | None, progress: Progress
) -> Generator[Task, None, None]:
    """Run every task that is not done yet, and yield all tasks in order, each when it and those before it are done.

    A task that is read in batches is yielded as the tasks of its batches.

    Closing the generator early stops what is running.

    Parameters
    ----------
    tasks
        Parts of mailboxes, and where their tables go.
    jobs
        How many processes of this machine to use, unless there is an `executor`. One task, or little mail, is read by
        this process.
    executor
        Where to run the tasks instead.
    progress
        Called with the number of bytes read since the last call; tasks that were done before count too.

    Raises
    ------
    UserError
        When a worker process was killed.
    """
    todo = []
    finished: dict[str, Task] = {}
    are_done = ahead(lambda task: task.done(), tasks, where=tasks[0].work) if tasks else ()
    for task, batches in zip(tasks, are_done, strict=True):
        finished.update((batch.name, batch) for batch in batches)
        if batches:
            progress(task.part.size_bytes)
        else:
            todo.append(task)
    most = jobs if any(task.part.batch_bytes for task in todo) else min(jobs, len(todo))
    if executor is not None:
        reading = _read_elsewhere(todo, executor, progress)
    elif most < 2 or sum(task.part.size_bytes for task in todo) <= ALONE_BYTES:
        reading = _read_alone(todo, progress)
    else:
        reading = _read_here(todo, most, progress)
    with closing(reading):
        for task in tasks:
            yield from _in_order(task, reading, finished)
        next(reading, None)  # lets the generator finish


def _in_order(task: Task, reading: Iterator[Task], finished: dict[str, Task]) -> Iterator[Task]:
    """Yield the batches of a task, or the task if it has none, each when it and those before it are `finished`."""
    for number in count():
        name = task.batch(number).name
        while name not in finished:
            last = finished.get(task.name)
            if last and last.n_earlier == number:
                yield last
                return
            batch = next(reading)
            finished[batch.name] = batch
        yield finished[name]


def _read_alone(tasks: Sequence[Task], progress: Progress) -> Generator[Task, None, None]:
    for task in tasks:
        run_task(task, progress)
        yield from task.batches()


def _read_elsewhere(tasks: Sequence[Task], executor: Executor, progress: Progress) -> Generator[Task, None, None]:
    pending = {executor.submit(run_task, task): task for task in tasks}
    try:
        while pending:
            finished, _ = wait(pending, return_when="FIRST_COMPLETED")
            for future in finished:
                future.result()
                task = pending.pop(future)
                progress(task.part.size_bytes)
                yield from task.batches()
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
            waiting = _work(tasks, progress)
            pending: dict[Future[int], Task] = {}
            while True:
                while len(pending) <= jobs and (work := next(waiting, None)):  # so one waits beside those being read
                    task, items = work
                    if items is not None and task.is_done:
                        yield task
                        continue
                    with _interrupts_held():  # workers that start are not yet ready to ignore one
                        pending[pool.submit(_run_in_worker, task, items)] = task
                if not pending:
                    break
                finished, _ = wait(pending, timeout=0.2, return_when="FIRST_COMPLETED")
                now = consumed.get_obj().value  # without the lock, which a worker that was killed may hold
                progress(now - reported)
                reported = now
                for future in finished:
                    future.result()
                    yield pending.pop(future)
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            # The pool itself forgets a worker that was starting while another was killed, and waits for it forever.
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
            if not isinstance(error, BrokenProcessPool):
                raise
            raise UserError(
                "a worker process was killed, perhaps because memory ran out; run the same command again to resume, "
                "with --jobs 1 to use less memory"
            ) from None


class _Items:
    """What was read in a batch, which this process forgets once it is on its way; what arrives is a plain list."""

    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[Any]]]:
        items = self._items.copy()
        self._items.clear()
        return list, (items,)


def _work(tasks: Sequence[Task], progress: Progress) -> Iterator[tuple[Task, _Items | None]]:
    """Yield what workers are to do: a task, or a batch of one with what this process read in it.

    The largest tasks come first, so that no worker ends long after the rest. Then archives are read: only their start
    leads into the middle of what is compressed, so one process unpacks them for all. That takes a tenth of the time
    that judging the messages does, and the workers, which get whole messages, need not split the mbox.
    """
    from pixelstudy.extraction import parts

    largest_first = sorted(tasks, key=lambda task: -task.part.size_bytes)
    yield from ((task, None) for task in largest_first if not task.part.batch_bytes)
    for task in largest_first:
        if task.part.batch_bytes:
            yield from ((batch, _Items(items)) for batch, items in parts.batches(task, progress))


def _way_to_start() -> str:
    """Return ``fork`` where that is safe, else ``spawn``, which takes a worker half a second of imports.

    A forked worker would wait forever for a lock that another thread of this process held, so there may be only one
    thread, those of libraries included. macOS has threads of its own.
    """
    try:
        n_threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:  # not Linux
        return "spawn"
    return "fork" if n_threads == 1 else "spawn"


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold interrupts back, in this thread and in the workers that it starts, until this ends."""
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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent answers interrupts
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with quick_start():
        import pixelstudy.extraction.parts  # noqa: F401
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # a parent that was killed can't tell its workers to end
        os._exit(1)


def _run_in_worker(task: Task, items: Any) -> int:
    from pixelstudy.extraction import parts

    return run_task(task, _add_progress) if items is None else parts.run_batch(task, items)


def _add_progress(size: int) -> None:
    with _consumed.get_lock():
        _consumed.value += size
