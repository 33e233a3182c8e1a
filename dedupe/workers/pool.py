"""The worker processes as the parent sees them: started, given tasks, watched, killed, and always taken along."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections import deque
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Any

from dedupe.decode.picture import asks_original
from dedupe.guard import how_it_ended, started
from dedupe.workers import slots
from dedupe.workers.child import main
from dedupe.workers.shapes import Done, Ready, Setup, Task

JOIN_SECONDS = 5.0


class Worker:
    """One process: the tasks it has, the files of them that it has not answered for, and what it has in hand."""

    def __init__(self, pipe: Connection, process: Any, slot: slots.Slot, number: int) -> None:
        self.pipe, self.process, self.slot, self.number = pipe, process, slot, number
        self.tasks: deque[Task] = deque()
        self.open: dict[int, int] = {}
        self.ready = False
        self.late: slots.InHand | None = None
        """What it had in hand when it was killed for taking too long."""

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
        """Its next answer, or None if it has ended and left none."""
        try:
            if self.process.exitcode is not None and not self.pipe.poll():
                return None  # its pipe may be open still, in a process that it started
            answer: Done | Ready = self.pipe.recv()
        except (EOFError, OSError):
            return None
        if isinstance(answer, Ready):
            self.ready = True
            return answer
        for index in answer.batch.index.tolist():
            self.open.pop(index, None)
        for index, _ in answer.batch.failures:
            self.open.pop(index, None)
        if answer.last:
            for index in self.tasks.popleft().index:
                self.open.pop(index, None)
        return answer

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
            import_module("dedupe.decode.compiled")
            wanted = [column.descriptor.decode for column in self.setup.columns]
            asked = any(map(asks_original, wanted))
            if self.large:
                import_module(f"dedupe.decode.compiled_{'coefficients' if asked else 'means'}")
            if self.large and asked:
                import_module("dedupe.decode.compiled_rows")
            if any(decode.mode == "RGB" for decode in wanted):
                import_module("dedupe.decode.compiled_colour")

    def start(self, warm: bool) -> Worker:
        """Starts one more worker; with `warm` it tries the columns and says `Ready` before it does anything else."""
        number = min(set(range(self.size)) - {worker.number for worker in self.workers})
        mine, its = self._context.Pipe()
        others = [*(w.pipe for w in self.workers), mine] if self.method == "fork" else []
        slot = slots.Slot(self._memory, number)
        slot.announce(slots.IDLE)
        arguments = (its, self._memory, number, self.setup, os.getpid(), warm, others)
        process = self._context.Process(target=main, args=arguments, daemon=True)
        started(process)
        its.close()
        worker = Worker(mine, process, slot, number)
        worker.ready = not warm
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
