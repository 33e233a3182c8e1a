"""Worker processes that may die: a photo that takes one along, or too long, is a failure, and the next goes on."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, TypeAlias

from dedupe.copies.making import Event, Said, Setup, Task, life, understood
from dedupe.errors import DedupeError, Interrupted
from dedupe.messages import LARGEST
from dedupe.model import Failure
from dedupe.workers.interrupts import Interrupts

TICK = 0.2
"""Seconds between two looks at the clock, at most."""

JOIN_SECONDS = 5.0

Found: TypeAlias = tuple[int, Event]


@dataclass(slots=True)
class _Worker:
    """A process, the index of the photo it has in hand, and when it last said anything."""

    process: Any
    pipe: Connection
    task: int | None = None
    since: float = 0.0


class Crew:
    """At most `size` workers for the photos `tasks`; one that says nothing for `timeout` seconds is ended."""

    def __init__(self, setup: Setup, tasks: Sequence[Task], size: int, timeout: float) -> None:
        self._setup, self._tasks, self._size, self._timeout = setup, tasks, size, timeout
        self._waiting = deque(range(len(tasks)))
        self._workers: list[_Worker] = []

    def events(self) -> Iterator[Found]:
        """(index of the photo, copy or failure) as they come. The processes end with it, however it ends.

        Raises Interrupted: after one SIGINT when what is in hand is finished, after a second one at once; and the DedupeError
        of a copy that cannot be written.
        """
        with Interrupts() as interrupts:
            try:
                while self._hand_out(stop=interrupts.asked):
                    for worker in self._speaking():
                        yield from self._heard(worker)
                    yield from self._late()
            except KeyboardInterrupt:
                raise Interrupted("Interrupted at once; the copies that were finished stand.") from None
            finally:
                for worker in self._workers:
                    worker.process.kill()
                    worker.process.join()
            if interrupts.asked:
                raise Interrupted("Interrupted; the copies that were finished stand.")

    def _hand_out(self, stop: bool) -> bool:
        """Gives every idle worker a photo, or lets it go where there is none; whether there is anyone to wait for."""
        if stop:
            self._waiting.clear()
        while len(self._workers) < min(self._size, len(self._waiting)):
            self._workers.append(_started(self._setup))
        for worker in [each for each in self._workers if each.task is None]:
            if self._waiting:
                worker.task, worker.since = self._waiting.popleft(), time.monotonic()
                with suppress(OSError):  # that it has died is noticed later
                    worker.pipe.send(self._tasks[worker.task])
            else:
                self._end(worker)
        return bool(self._workers)

    def _speaking(self) -> list[_Worker]:
        """The workers that have something to say or have ended."""
        places: dict[Any, _Worker] = {}
        for worker in self._workers:
            places[worker.pipe] = places[worker.process.sentinel] = worker
        return list({id(worker): worker for worker in map(places.__getitem__, wait(list(places), TICK))}.values())

    def _heard(self, worker: _Worker) -> Iterator[Found]:
        """What a worker says, or that it has died."""
        said: Said = None
        path = b"" if worker.task is None else self._tasks[worker.task].path
        try:
            if worker.process.exitcode is not None and not worker.pipe.poll():
                raise EOFError
            said = understood(worker.pipe.recv_bytes(LARGEST), self._setup, path)
        except (EOFError, OSError, ValueError):  # it has died, or what it sends is no answer
            worker.process.kill()
            yield from self._given_up(worker, "crashed", "It crashed the worker that it was read by")
            return
        worker.since = time.monotonic()
        if isinstance(said, DedupeError):
            raise said
        if said is not None and worker.task is not None:
            yield worker.task, said
        else:
            worker.task = None

    def _late(self) -> Iterator[Found]:
        """Ends the workers that have been silent for too long."""
        now = time.monotonic()
        for worker in [each for each in self._workers if each.task is not None and now - each.since > self._timeout]:
            worker.process.kill()
            yield from self._given_up(worker, "timeout", f"It took longer than {self._timeout:g} seconds")

    def _given_up(self, worker: _Worker, reason: str, sentence: str) -> Iterator[Found]:
        self._end(worker)
        if worker.task is not None:
            code = f" (exit code {worker.process.exitcode})" if reason == "crashed" else ""
            yield worker.task, Failure(self._tasks[worker.task].path, "distort", reason, f"{sentence}{code}.")

    def _end(self, worker: _Worker) -> None:
        """Lets a worker go and waits for it."""
        self._workers.remove(worker)
        with suppress(OSError):
            worker.pipe.send(None)
        worker.pipe.close()
        worker.process.join(JOIN_SECONDS)
        if worker.process.exitcode is None:
            worker.process.kill()


def _started(setup: Setup) -> _Worker:
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    mine, its = context.Pipe()
    process = context.Process(target=life, args=(its, setup, os.getpid()), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside the threads of a BLAS
        process.start()
    its.close()
    return _Worker(process, mine)
