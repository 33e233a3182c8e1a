"""Hands files to workers, watches over them, and gives back what comes of it, each file once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import DedupeError, Interrupted
from dedupe.loose import imported
from dedupe.model import Decoder, Failure, Files
from dedupe.workers import slots
from dedupe.workers.backlog import Backlog
from dedupe.workers.interrupts import Interrupts
from dedupe.workers.pool import Pool, Worker
from dedupe.workers.shapes import Batch, Column, Done, Ints, Known, Setup, no_files
from dedupe.workers.widths import Widths

LARGE = 256 << 10
"""Bytes of a file that may be a JPEG of 3,840 pixels and more, which has a kernel of its own; for a smaller one its worker
gets it.
"""

ALONE = 64
"""Fewer files than this are not worth a second worker."""

TICK = 0.2
"""Seconds between two looks at what the workers have in hand, at most."""

WARM_FACTOR = 10
"""Compiling or loading what a descriptor needs may take so many times as long as one file."""

NOTE_SECONDS = 1.5
PATIENCE = 3
"""Workers that die one after the other with nothing in hand before a file is blamed all the same."""


def run(
    paths: Sequence[bytes] | Files,
    index: Ints,
    columns: Sequence[Column],
    decoders: Sequence[Decoder],
    *,
    workers: int,
    known: Known | None,
    need: NDArray[np.object_] | None = None,
    timeout: float,
    memory: int,
    pixel_cap: int,
    notify: Callable[[str], None],
    method: str | None = None,
) -> Iterator[Batch]:
    """Reads the files `paths[i]` for i in `index`, decodes them and describes the columns that are missing.

    `need` (k,) is the mask of columns wanted of each file (all), a whole number, `known` the first 8 bytes of digests that are in
    the store, u64 (m,) sorted, and the masks u32 (m,) of the columns it has of them. A file that takes longer than
    `timeout` seconds, or kills its worker, is given up; a worker grows by at most `memory` bytes. Batches come in the
    order in which they are done; every file is in one, as a row or a failure (the order of files, the number of workers
    and the size of batches change no value). `method` is multiprocessing's start method: fork on Linux, else spawn.
    Raises Interrupted after SIGINT, once what was finished has been given back, and at once after a second one;
    DedupeError if no worker can be started.
    """
    if not len(index):
        return
    setup = Setup(imported(), tuple(columns), tuple(decoders), pixel_cap, memory, known, {})
    size = 1 if len(index) < ALONE else max(1, workers)
    backlog = Backlog(paths, np.asarray(index, np.int64), need, len(columns), size)
    large = isinstance(paths, Files) and int(paths.size[index].max()) >= LARGE
    yield from _Run(Pool(size, setup, method, large=large), backlog, timeout, notify).batches()


class _Run:
    """One run: what is not yet handed out, the pool, and the clock."""

    def __init__(self, pool: Pool, backlog: Backlog, timeout: float, notify: Callable[[str], None]) -> None:
        self._pool, self._backlog, self._timeout, self._notify = pool, backlog, timeout, notify
        self._widths = Widths(pool.setup.columns)
        self._interrupts = Interrupts()
        self._tick = min(TICK, timeout / 4)
        self._resumed = 0
        self._deaths = 0

    def batches(self) -> Iterator[Batch]:
        """All batches. The processes end with it, however it ends."""
        finished = False
        with self._interrupts as interrupts:
            try:
                self._first()
                while self._hand_out():
                    for batch in self._listen():
                        yield self._widths.checked(batch, self._backlog.path)
                finished = True
            except KeyboardInterrupt:
                raise Interrupted("Interrupted at once.") from None
            finally:
                self._pool.close(kill=not finished)
            if interrupts.asked:
                raise Interrupted("Interrupted.")

    def _first(self) -> None:
        """Starts one worker that tries the columns, until one comes through it; a column that kills it is given up."""
        began, noted = time.monotonic(), False
        self._pool.prepare()
        worker = self._pool.start(first=True)
        while not worker.ready and not self._interrupts.asked:
            speaking = self._speaking()
            if worker in speaking and worker.receive() is None:
                worker = self._without(worker)
            self._watch()
            if not noted and time.monotonic() - began > NOTE_SECONDS:
                noted = True
                self._notify(f"Getting {self._names()} ready ...")

    def _names(self) -> str:
        return ", ".join(dict.fromkeys(column.descriptor.name for column in self._pool.setup.columns)) or "workers"

    def _without(self, worker: Worker) -> Worker:
        """Another worker in place of one that died over a column, which is not tried any more."""
        hand, cause, setup = worker.late or worker.slot.read(), worker.cause(), self._pool.setup
        if hand.stage != slots.WARM or not 0 <= hand.column < len(setup.columns):
            raise DedupeError(f"A worker process could not be started: it {cause}.")
        name = setup.columns[hand.column].descriptor.name
        self._notify(
            f"The descriptor {name} {self._fate(worker, cause, WARM_FACTOR)} when it was tried; it is left out."
        )
        self._pool.remove(worker)
        self._pool.setup = replace(setup, dead={**setup.dead, hand.column: "timeout" if worker.late else "crashed"})
        return self._pool.start(first=True)

    def _hand_out(self) -> bool:
        """Gives tasks to workers that have room; whether there is anything left to wait for."""
        pool, backlog = self._pool, self._backlog
        if self._interrupts.asked:
            pool.stop()
            return any(worker.tasks for worker in pool.workers)
        while backlog.left and len(pool.workers) < pool.size:
            pool.start(first=False)
        for worker in pool.workers:
            while len(worker.tasks) < pool.depth and (found := backlog.task()):
                worker.send(*found)
        return any(worker.tasks for worker in pool.workers)

    def _listen(self) -> Iterator[Batch]:
        """What the workers have to say; the dead are buried, those that take too long are killed."""
        for worker in self._speaking():
            answer = worker.receive()
            if isinstance(answer, Done):
                self._deaths = 0
                yield answer.batch
            elif answer is None:
                yield from self._bury(worker)
        self._watch()

    def _speaking(self) -> list[Worker]:
        before = time.monotonic()
        found = self._pool.speaking(self._tick)
        if time.monotonic() - before > self._tick + 1:  # this process was stopped, and its workers most likely too
            self._resumed = time.monotonic_ns()
        return found

    def _watch(self) -> None:
        """Kills workers that have had one thing in hand for too long."""
        for worker in self._pool.workers:
            hand = worker.slot.read()
            seconds = (time.monotonic_ns() - max(hand.since, self._resumed)) / 1e9
            factor = WARM_FACTOR if hand.stage == slots.WARM else 1
            if hand.stage != slots.IDLE and seconds > self._timeout * factor and worker.late is None:
                worker.late = hand
                worker.kill()

    def _bury(self, worker: Worker) -> Iterator[Batch]:
        """Lists the file that a worker died of, and puts back those that it had not answered for."""
        cause, hand = worker.cause(), worker.late or worker.slot.read()
        self._pool.remove(worker)
        open_ = dict(worker.open)
        guilty = hand.file if hand.file in open_ and hand.stage not in (slots.IDLE, slots.WARM) else None
        if guilty is None:
            self._deaths += 1
            if self._deaths > PATIENCE and open_:
                guilty = next(iter(open_))
        if guilty is not None:
            del open_[guilty]
            yield no_files(self._pool.setup.columns, [(guilty, self._failure(guilty, worker, hand, cause))])
        if not self._interrupts.asked:
            self._backlog.again(list(open_.values()), single=worker.single or guilty is None)

    def _failure(self, index: int, worker: Worker, hand: slots.InHand, cause: str) -> Failure:
        who = "Reading or decoding it"
        columns = self._pool.setup.columns
        if hand.stage == slots.DESCRIBE and 0 <= hand.column < len(columns):
            who = f"The descriptor {columns[hand.column].descriptor.name}"
        reason = "timeout" if worker.late else "crashed"
        sentence = f"{who} {self._fate(worker, cause, 1)}."
        return Failure(self._backlog.path(index), slots.STAGES[hand.stage], reason, sentence)

    def _fate(self, worker: Worker, cause: str, factor: int) -> str:
        return f"took longer than {self._timeout * factor:g} seconds" if worker.late else cause
