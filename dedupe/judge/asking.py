"""Pairs of files to judgements, by child processes that a hostile picture may kill."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import TypeAlias

from dedupe import config
from dedupe.decode.prepare import prepare
from dedupe.describe.gather import Gathered
from dedupe.judge.life import Judging, PairTask, Source, understood
from dedupe.model import Decode, Decoder, Failure, Run
from dedupe.model.judgement import Judgement
from dedupe.processes import Answer, InHand, Pool, Work, slots

Judged: TypeAlias = Judgement | Failure
"""What two pictures are to each other, or why that cannot be said."""

WORTH = 16
"""Pairs that are worth a child."""


def source(found: Gathered, file: int) -> Source:
    """Where the content of a file, by its index, is read again."""
    files, row = found.walk.files, int(found.collection.rows[file])
    identity = int(files.device[file]), int(files.inode[file])
    digest = found.collection.contents["digest"][row].tobytes()
    return Source(files.path(file), identity, digest, found.memory.get(identity[1]) if files.in_memory[file] else None)


def judged(pairs: Sequence[tuple[Source, Source, str]], decoders: Sequence[Decoder], run: Run) -> list[Judged]:
    """What the pictures of each pair (a, b, the turn of b) are to each other, in the order of the pairs.

    A pair of which one cannot be read any more, takes longer than the run allows or kills its child is a Failure. Raises
    Interrupted, and DedupeError if no child can be started.
    """
    if not pairs:
        return []
    tasks = [PairTask((item,), *pair) for item, pair in enumerate(pairs)]
    workers = min(config.workers(run.workers), 1 + len(tasks) // WORTH)
    work = _Asking(Judging(tuple(decoders), run.max_pixels), tasks, workers)
    found: dict[int, Judged] = {}
    for done, (item, one) in enumerate(Pool(work, workers, run.file_timeout, ahead=True).events(), 1):
        found[item] = one
        run.progress("judging", done, len(tasks))
    return [found[item] for item in range(len(tasks))]


class _Asking(Work):
    """The pairs `tasks`, whose items are their places in that list, for `size` children."""

    def __init__(self, life: Judging, tasks: Sequence[PairTask], size: int) -> None:
        self.life, self.size = life, size
        self._tasks, self._waiting = tasks, deque(range(len(tasks)))

    def prepare(self) -> None:
        prepare([Decode(None, "RGB")], large=False)

    def task(self) -> PairTask | None:
        return self._tasks[self._waiting.popleft()] if self._waiting else None

    def again(self, items: list[int], _: bool) -> None:
        self._waiting.extendleft(reversed(items))

    def answer(self, message: bytes, items: Collection[int]) -> Answer:
        item = next(iter(items))
        return Answer((item, understood(message, self._tasks[item])), [item], True)

    def failure(self, item: int, hand: InHand, reason: str, fate: str) -> tuple[int, Failure]:
        who = "Judging it" if hand.stage == slots.JUDGE else "Reading or decoding it"
        return item, Failure(self._tasks[item].b.path, "judge", reason, f"{who} {fate}.")
