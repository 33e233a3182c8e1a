"""Children that share the tasks of one work: started, given tasks, listened to, watched, buried, and always taken along."""

from __future__ import annotations

import multiprocessing
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any, Protocol

from dedupe.errors import DedupeError, Interrupted
from dedupe.processes import slots
from dedupe.processes.child import METHOD, Child
from dedupe.processes.interrupts import Interrupts
from dedupe.processes.life import READY, Life
from dedupe.processes.slots import InHand

TICK = 0.2
"""Seconds between two looks at what the children have in hand, at most."""

WARM_FACTOR = 10
"""What a child does before its first task may take so many times as long as one item."""

RESTING = object()
"""The event of a pool that has nothing to do for now: who goes on has given its work something to do."""

PATIENCE = 3
"""Children that die one after the other with nothing in hand before an item is blamed all the same."""


class Task(Protocol):
    """What a child is given: the items that it is about, by number; `single`: each of them is done on its own."""

    @property
    def items(self) -> Sequence[int]: ...
    @property
    def single(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a message says: what came of it (None: nothing to tell), the items that are done, and whether the task is."""

    event: Any
    done: Collection[int]
    last: bool


class Work(ABC):
    """What is to be done, by children of which life, and what becomes of what they say and of those that die."""

    life: Life
    """What the next child is to be."""
    size: int
    """How many children it is worth, as far as is known by now."""
    lasting = False
    """Whether more may come when all is done: then the event RESTING is given, and the children wait."""

    @abstractmethod
    def prepare(self) -> None:
        """Imports what every child needs, so that forked ones share it."""

    @abstractmethod
    def task(self) -> Task | None:
        """The next task, or None."""

    @abstractmethod
    def again(self, items: list[int], single: bool, /) -> None:
        """Takes items back that a child has left."""

    @abstractmethod
    def answer(self, message: bytes, items: Collection[int]) -> Answer:
        """What a message is, to a task of which these items are open. Raises ValueError where it is no answer to that."""

    @abstractmethod
    def failure(self, item: int, hand: InHand, reason: str, fate: str) -> Any:
        """The event of an item that a child died of: `reason` is crashed or timeout, `fate` says how, for a sentence."""

    def without(self, hand: InHand, reason: str, fate: str) -> bool:  # noqa: ARG002
        """Leaves out what the first child died of before it was ready; False where nothing can be left out."""
        return False

    def waiting(self, seconds: float) -> None:  # noqa: B027
        """Is told while the first child is not ready, so many seconds after the start."""


class _Worker(Child):
    """A child of a pool, the tasks that it has, and the items of them that it has not answered for."""

    def __init__(self, life: Life, memory: Any, number: int, method: str) -> None:
        super().__init__(life, memory, number, method)
        self.tasks: deque[Task] = deque()
        self.open: dict[int, None] = {}
        self.late: InHand | None = None
        """What it had in hand when it was killed for taking too long."""

    def give(self, task: Task) -> None:
        self.tasks.append(task)
        self.open.update(dict.fromkeys(task.items))
        self.send(task)

    def answered(self, answer: Answer) -> None:
        for item in [*answer.done, *(self.tasks.popleft().items if answer.last else ())]:
            self.open.pop(item, None)


class Pool:
    """At most `most` children for one work. One that has an item in hand for more than `timeout` seconds is ended."""

    def __init__(
        self, work: Work, most: int, timeout: float, *, ahead: bool = False, method: str | None = None
    ) -> None:
        self._work, self._most, self._timeout = work, most, timeout
        self._method = method or METHOD
        # while one task is worked on, the next one waits in the pipe; on Windows sending could wait for the child
        self._depth = 2 if ahead and sys.platform != "win32" else 1
        self._memory = slots.make(multiprocessing.get_context(self._method), most)
        self._workers: list[_Worker] = []
        self._interrupts = Interrupts()
        self._tick = min(TICK, timeout / 4)
        self._resumed = 0
        self._deaths = 0

    def events(self) -> Generator[Any, None, None]:
        """What comes of the work, as it comes. The children end with it, however it ends.

        Raises Interrupted: after one SIGINT when what was begun is finished, after a second one at once; DedupeError if no
        child can be started, and whatever `work.answer` raises but ValueError.
        """
        finished = False
        with self._interrupts as interrupts:
            try:
                self._first()
                while (busy := self._hand_out()) or (self._work.lasting and not interrupts.asked):
                    if busy:
                        yield from self._listen()
                    else:
                        yield RESTING
                finished = True
            except KeyboardInterrupt:
                raise Interrupted("Stopped.") from None
            finally:
                self._close(kill=not finished)
            if interrupts.asked:
                raise Interrupted("Interrupted.")

    def _first(self) -> None:
        """Starts one child, until one gets ready; what kills it meanwhile is left out."""
        began = time.monotonic()
        if self._method == "fork":
            self._work.prepare()
        worker = self._start()
        while not worker.ready and not self._interrupts.asked:
            if worker in self._speaking() and not self._gets_ready(worker):
                worker = self._instead(worker)
            self._watch()
            self._work.waiting(time.monotonic() - began)

    def _gets_ready(self, worker: _Worker) -> bool:
        message = worker.receive()
        worker.ready = message == READY
        if not worker.ready and message is not None:
            worker.garbled = True
            worker.kill()
        return worker.ready

    def _instead(self, worker: _Worker) -> _Worker:
        hand, fate = worker.late or worker.slot.read(), self._fate(worker, WARM_FACTOR)
        if not self._work.without(hand, _reason(worker), fate):
            raise DedupeError(f"A worker process could not be started: it {fate}.")
        self._remove(worker)
        return self._start()

    def _start(self) -> _Worker:
        number = min(set(range(self._most)) - {worker.number for worker in self._workers})
        worker = _Worker(self._work.life, self._memory, number, self._method)
        self._workers.append(worker)
        return worker

    def _hand_out(self) -> bool:
        """Gives tasks to children that have room; whether there is anything left to wait for."""
        if self._interrupts.asked:
            for worker in self._workers:
                worker.slot.stop()
            return any(worker.tasks for worker in self._workers)
        for worker in self._workers:
            while len(worker.tasks) < self._depth and (task := self._work.task()):
                worker.give(task)
        while len(self._workers) < self._work.size and (task := self._work.task()):
            self._start().give(task)
        return any(worker.tasks for worker in self._workers)

    def _listen(self) -> Iterator[Any]:
        """What the children have to say; the dead are buried, those that take too long are killed."""
        for worker in self._speaking():
            message = worker.receive()
            if message is None:
                yield from self._bury(worker)
            elif message == READY:
                worker.ready = True
            else:
                yield from self._heard(worker, message)
        self._watch()

    def _heard(self, worker: _Worker, message: bytes) -> Iterator[Any]:
        try:
            if not worker.tasks:
                raise ValueError("an answer to nothing")
            answer = self._work.answer(message, worker.open)
        except ValueError:
            worker.garbled = True
            worker.kill()
            yield from self._bury(worker)
            return
        worker.answered(answer)
        self._deaths = 0
        if answer.event is not None:
            yield answer.event

    def _speaking(self) -> list[_Worker]:
        """The children that have something to say, or have ended, as soon as there is one, at the latest after a tick."""
        before = time.monotonic()
        places: dict[Any, _Worker] = {}
        for worker in self._workers:
            places[worker.pipe] = places[worker.process.sentinel] = worker
        found = {places[place].number: places[place] for place in wait(list(places), self._tick)}
        found |= {worker.number: worker for worker in self._workers if worker.process.exitcode is not None}
        if time.monotonic() - before > self._tick + 1:  # this process was stopped, and its children most likely too
            self._resumed = time.monotonic_ns()
        return list(found.values())

    def _watch(self) -> None:
        """Kills children that have had one thing in hand for too long."""
        for worker in self._workers:
            hand = worker.slot.read()
            seconds = (time.monotonic_ns() - max(hand.since, self._resumed)) / 1e9
            factor = WARM_FACTOR if hand.stage == slots.WARM else 1
            if hand.stage != slots.IDLE and seconds > self._timeout * factor and worker.late is None:
                worker.late = hand
                worker.kill()

    def _bury(self, worker: _Worker) -> Iterator[Any]:
        """Tells of the item that a child died of, and puts back those that it had not answered for."""
        hand, fate, open_ = worker.late or worker.slot.read(), self._fate(worker, 1), worker.open
        single = bool(worker.tasks) and worker.tasks[0].single
        self._remove(worker)
        guilty = hand.item if hand.item in open_ and hand.stage not in (slots.IDLE, slots.WARM) else None
        if guilty is None:
            self._deaths += 1
            if self._deaths > PATIENCE and open_:
                guilty = next(iter(open_))
        if guilty is not None:
            del open_[guilty]
            yield self._work.failure(guilty, hand, _reason(worker), fate)
        if not self._interrupts.asked:
            self._work.again(list(open_), single or guilty is None)

    def _fate(self, worker: _Worker, factor: int) -> str:
        return f"took longer than {self._timeout * factor:g} seconds" if worker.late else worker.cause()

    def _remove(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.close()

    def _close(self, kill: bool) -> None:
        """Ends all children: those that are idle by themselves, all at once with `kill`."""
        for worker in self._workers:
            if kill or worker.tasks or not worker.ready:
                worker.kill()
            else:
                worker.send(None)
        for worker in self._workers:
            worker.close()
        self._workers.clear()


def _reason(worker: _Worker) -> str:
    return "timeout" if worker.late else "crashed"
