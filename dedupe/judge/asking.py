"""Pairs of files to judgements, by child processes that a hostile picture may kill."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import config
from dedupe.describe.gather import Gathered
from dedupe.judge.in_order import portions
from dedupe.judge.life import Judged, Judging, PairTask, Source, understood
from dedupe.judge.prepare import prepare
from dedupe.judge.remembered import known, remember
from dedupe.model import TURNS, Decoder, Failure, Proposed, Run
from dedupe.model.judgement import Judgement
from dedupe.processes import RESTING, Answer, InHand, InTurn, Pool, slots

WORTH = 16
"""Pairs that are worth a child."""


def source(found: Gathered, file: int) -> Source:
    """Where the content of a file, by its index, is read again."""
    files, row = found.walk.files, int(found.collection.rows[file])
    identity = int(files.device[file]), int(files.inode[file])
    content = found.collection.contents[row]
    data = found.memory.get(identity[1]) if files.in_memory[file] else None
    digest, reader = content["digest"].tobytes(), int(content["decoder"])
    return Source(files.path(file), identity, digest, data, reader, files.place(file))


def judged(
    pairs: Sequence[tuple[Source, Source, str]], decoders: Sequence[Decoder], run: Run, *, evidence: bool = False
) -> list[Judged]:
    """What the pictures of each pair (a, b, the turn of b) are to each other, in the order of the pairs.

    What the cache has is not looked at again, but where the `evidence` is wanted, which it has not. A pair of which one cannot
    be read any more, takes longer than the run allows or kills its child is a Failure. Raises Interrupted, and DedupeError if no
    child can be started.
    """
    with closing(Onlookers(decoders, run)) as onlookers:
        return onlookers.judged(pairs, evidence=evidence)


class Asker:
    """What the keeper's rule asks about rows: `files` int64 (n,) are the files, by index, that stand for them. It is told of
    each pair what the two are to each other, or None where that cannot be said. To be closed.
    """

    def __init__(self, found: Gathered, files: NDArray[np.int64], decoders: Sequence[Decoder], run: Run) -> None:
        self._found, self._files, self._onlookers = found, files, Onlookers(decoders, run)

    def __call__(self, pairs: Proposed) -> list[Judgement | None]:
        rows = zip(pairs.left.tolist(), pairs.right.tolist(), pairs.turn.tolist(), strict=True)
        asked = [(self._source(a), self._source(b), TURNS[turn]) for a, b, turn in rows]
        return [None if isinstance(said, Failure) else said for said in self._onlookers.judged(asked)]

    def close(self) -> None:
        """Ends the children."""
        self._onlookers.close()

    def _source(self, row: int) -> Source:
        return source(self._found, int(self._files[row]))


class Onlookers:
    """Children that look at pairs, and keep the pictures that they have read for the next time. To be closed."""

    def __init__(self, decoders: Sequence[Decoder], run: Run) -> None:
        self._decoders, self._run = tuple(decoders), run
        self._work: _Asking | None = None
        self._events: Generator[Any, None, None] | None = None

    def judged(self, pairs: Sequence[tuple[Source, Source, str]], *, evidence: bool = False) -> list[Judged]:
        """As the function `judged` says."""
        tasks = [PairTask((item,), *pair, evidence) for item, pair in enumerate(pairs)]
        before = known(tasks, self._run) if tasks and not evidence else {}
        rest = [replace(task, items=(at,)) for at, task in enumerate(t for t in tasks if t.items[0] not in before)]
        found = (one for some in portions(rest, self._run.file_timeout) for one in self._looked_at(some))
        return [before[item] if item in before else next(found) for item in range(len(tasks))]

    def close(self) -> None:
        """Ends the children."""
        if self._events is not None:
            self._events.close()

    def _looked_at(self, tasks: Sequence[PairTask]) -> list[Judged]:
        """What is said of each pair, whose items are their places among the tasks; the cache keeps it, of a stopped run too."""
        found: dict[int, Judged] = {}
        work, events = self._given(tasks)
        try:
            for done, (item, one) in enumerate(iter(events.__next__, RESTING), 1):
                found[item] = one
                self._run.progress("judging", done + len(work.spared), len(tasks))
        finally:
            remember(tasks, {item: one for item, one in found.items() if not tasks[item].evidence}, self._run)
        return [found[item] if item in found else work.spared[item] for item in range(len(tasks))]

    def _given(self, tasks: Sequence[PairTask]) -> tuple[_Asking, Generator[Any, None, None]]:
        """The tasks in the hands of children, and what comes of them."""
        most = config.workers(self._run.workers)
        workers = min(most, 1 + len(tasks) // WORTH)
        if self._work is None or self._events is None:
            self._work = _Asking(Judging(self._decoders, self._run.max_pixels), tasks, workers)
            self._events = Pool(self._work, most, self._run.file_timeout, ahead=True).events()
        else:
            self._work.feed(tasks, workers)
        return self._work, self._events


class _Asking(InTurn[PairTask]):
    """Pairs to be looked at.

    A picture that a child died of as it was opened is not opened again: its other pairs are `spared` with the same failure.
    """

    lasting = True

    def __init__(self, life: Judging, tasks: Sequence[PairTask], size: int) -> None:
        super().__init__(life, tasks, size)
        self.spared: dict[int, Failure] = {}
        self._deadly: dict[bytes, Failure] = {}

    def feed(self, tasks: Sequence[PairTask], size: int) -> None:
        """What is to be done next, when all is done, and for how many children."""
        self.tasks, self.size, self.spared = tasks, size, {}
        self.left.extend(range(len(tasks)))

    def prepare(self) -> None:
        prepare()

    def task(self) -> PairTask | None:
        while self.left:
            task = self.tasks[item := self.left.popleft()]
            died = self._deadly.get(task.a.digest) or self._deadly.get(task.b.digest)
            if died is None:
                return task
            self.spared[item] = died
        return None

    def answer(self, message: bytes, items: Collection[int]) -> Answer:
        item = next(iter(items))
        return Answer((item, understood(message, self.tasks[item])), [item], True)

    def failure(self, item: int, hand: InHand, reason: str, fate: str) -> tuple[int, Failure]:
        task = self.tasks[item]
        if hand.stage == slots.JUDGE:
            return item, Failure(task.b.path, "judge", reason, f"Judging it {fate}.")
        guilty = task.a if hand.part == 0 else task.b
        died = Failure(guilty.path, "judge", reason, f"Reading or decoding it {fate}.")
        self._deadly[guilty.digest] = died
        return item, died
