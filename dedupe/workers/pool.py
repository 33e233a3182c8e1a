"""The worker processes as the parent sees them: started, given tasks, watched, killed, and always taken along."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from dedupe.decode.prepare import prepare
from dedupe.guard import how_it_ended, started
from dedupe.messages import LARGEST
from dedupe.workers import slots
from dedupe.workers.child import main
from dedupe.workers.shapes import Column, Done, Ready, Setup, Task
from dedupe.workers.telling import understood

JOIN_SECONDS = 5.0


class Worker:
    """One process: the tasks it has, the files of them that it has not answered for, and what it has in hand."""

    def __init__(
        self, pipe: Connection, process: Any, slot: slots.Slot, number: int, columns: Sequence[Column]
    ) -> None:
        self.pipe, self.process, self.slot, self.number = pipe, process, slot, number
        self._columns = columns
        self.tasks: deque[Task] = deque()
        self.open: dict[int, int] = {}
        self.ready = False
        self.late: slots.InHand | None = None
        """What it had in hand when it was killed for taking too long."""
        self.garbled = False
        """Whether it was killed for an answer that is none."""

    @property
    def single(self) -> bool:
        """Whether the task in hand has its pictures described one by one."""
        return bool(self.tasks) and self.tasks[0].single

    def send(self, task: Task, positions: list[int]) -> None:
        """Gives it a task, and remembers its files with their positions; that it has died is noticed later."""
        self.tasks.append(task)
        self.open.update(zip(task.index, positions, strict=True))
        with contextlib.suppress(OSError):
            self.pipe.send(task)

    def receive(self) -> Done | Ready | None:
        """Its next answer, or None if it has ended and left none; one that sends what is no answer is killed."""
        answer = self._next()
        if isinstance(answer, Ready):
            self.ready = True
        elif answer is not None:
            self._answered(answer)
        return answer

    def _next(self) -> Done | Ready | None:
        try:
            if self.process.exitcode is not None and not self.pipe.poll():
                return None  # its pipe may be open still, in a process that it started
            return understood(self.pipe.recv_bytes(LARGEST), self._columns, self._asked())
        except EOFError:
            return None
        except OSError:  # it has died; or it lives, and announced more than any message has
            self.kill()
        except ValueError:
            self.garbled = True
            self.kill()
        return None

    def _asked(self) -> dict[int, bytes] | None:
        """The files that it may answer for next, with their paths; None where it has no task."""
        if not self.tasks:
            return None
        task = self.tasks[0]
        return {index: path for index, path in zip(task.index, task.paths, strict=True) if index in self.open}

    def _answered(self, answer: Done) -> None:
        done = [*answer.batch.index.tolist(), *(index for index, _ in answer.batch.failures)]
        for index in [*done, *(self.tasks.popleft().index if answer.last else ())]:
            self.open.pop(index, None)

    def kill(self) -> None:
        """Ends it at once."""
        self.process.kill()

    def close(self) -> None:
        """Frees what it held, once it has ended; a process that cannot be killed (a hung disk) is left behind."""
        self.pipe.close()
        self.process.join(JOIN_SECONDS)

    def cause(self) -> str:
        """How it ended, for a sentence."""
        if self.process.exitcode is None:
            self.process.join(JOIN_SECONDS)
        if self.garbled:
            return "was ended, for what its worker sent is no answer"
        return how_it_ended(self.process.exitcode)


class Pool:
    """Up to `size` workers that share one setup, forked where that is safe and spawned elsewhere.

    `large`: whether there are files so large that a JPEG among them may be read at an eighth.
    """

    def __init__(self, size: int, setup: Setup, method: str | None = None, *, large: bool = False) -> None:
        self.size, self.setup, self.large = size, setup, large
        self.method = method or ("fork" if sys.platform == "linux" else "spawn")
        self._context: Any = multiprocessing.get_context(self.method)
        # while one task is worked on, the next one waits in the pipe; on Windows sending could wait for the worker
        self.depth = 1 if sys.platform == "win32" else 2
        self._memory = slots.make(self._context, size)
        self.workers: list[Worker] = []

    def prepare(self) -> None:
        """Imports here what every worker needs: forked ones then share it, compiled kernels included."""
        if self.method == "fork":
            prepare([column.descriptor.decode for column in self.setup.columns], large=self.large)

    def start(self, first: bool) -> Worker:
        """Starts one more worker; the first says `Ready` when it has tried the columns."""
        number = min(set(range(self.size)) - {worker.number for worker in self.workers})
        mine, its = self._context.Pipe()
        slot = slots.Slot(self._memory, number)
        slot.announce(slots.IDLE)
        arguments = (its, self._memory, number, self.setup, os.getpid(), first)
        process = self._context.Process(target=main, args=arguments, daemon=True)
        started(process)
        its.close()
        worker = Worker(mine, process, slot, number, self.setup.columns)
        worker.ready = not first
        self.workers.append(worker)
        return worker

    def remove(self, worker: Worker) -> None:
        """Takes a worker that has ended out."""
        self.workers.remove(worker)
        worker.close()

    def speaking(self, seconds: float) -> list[Worker]:
        """The workers that have something to say, or have ended, as soon as there is one, at the latest after `seconds`."""
        places: dict[Any, Worker] = {}
        for worker in self.workers:
            places[worker.pipe] = places[worker.process.sentinel] = worker
        found = {places[place].number: places[place] for place in wait(list(places), seconds)}
        for worker in self.workers:
            if worker.process.exitcode is not None:
                found[worker.number] = worker
        return list(found.values())

    def stop(self) -> None:
        """Asks all workers to leave what they have not begun."""
        for worker in self.workers:
            worker.slot.stop()

    def close(self, kill: bool) -> None:
        """Ends all workers: those that are idle by themselves, all at once with `kill`."""
        for worker in self.workers:
            if kill or worker.tasks or not worker.ready:
                worker.kill()
            else:
                with contextlib.suppress(OSError):
                    worker.pipe.send(None)
        for worker in self.workers:
            worker.pipe.close()
            worker.process.join(JOIN_SECONDS)
            if worker.process.exitcode is None:
                worker.kill()
                worker.process.join(JOIN_SECONDS)
        self.workers.clear()
