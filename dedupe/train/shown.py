"""The pictures that a trainer learns from: epoch after epoch, made by workers, some batches at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import config
from dedupe.describe.workers.running import refuse_breach
from dedupe.model import Bools, Decoder, Distortion, Failure, Files, Ints, PictureTrainer, Run, Views
from dedupe.plugins.key import decoding, identity
from dedupe.processes import Answer, InHand, Pool, Work, slots
from dedupe.train.learnt import Distinct, digest_of
from dedupe.train.showing import Part, Showing, ShowingTask, understood

PICTURES = 16
"""Pictures of a task."""

PATH_BYTES = 16 << 10
"""Bytes of paths that a task may have: two tasks fit into a pipe, so that sending never waits."""

AHEAD = 4
"""So many tasks a worker may be done while an earlier picture is still worked on."""


class Shown:
    """What there is to learn from, as `dedupe.Pictures` has it."""

    base = ""

    def __init__(
        self,
        files: Files,
        found: Distinct,
        trainer: PictureTrainer,
        distortions: Sequence[Distortion],
        decoders: Sequence[Decoder],
        run: Run,
    ) -> None:
        self._files, self._found, self._run = files, found, run
        keyed = tuple((identity(each), each) for each in distortions)
        self._life = Showing(tuple(decoders), run.max_pixels, trainer.decode, keyed, trainer.copies, trainer.seed, 0)
        self._failed: dict[tuple[int, str, str], Failure] = {}
        self._unread: set[int] = set()

    def __len__(self) -> int:
        return len(self._found.digests)

    def digest(self) -> str:
        """Which pictures these are."""
        return digest_of(self._found.digests)

    def about(self) -> Mapping[str, Any]:
        """How they are shown, for the manifest."""
        keys = [key for key, _ in self._life.distortions]
        return {"decode": asdict(self._life.decode) | {"by": decoding(self._life.decode)}, "distortions": keys}

    @property
    def failures(self) -> list[Failure]:
        """What could not be shown, or not be distorted in a way: each once, whatever the number of epochs."""
        return list(self._failed.values())

    def epoch(self, number: int, batch: int = 64) -> Iterator[Views]:
        """All pictures once, in the order that the seed and the number draw, and so with their copies."""
        life = replace(self._life, epoch=number)
        order = np.random.default_rng([life.seed, number]).permutation(len(self))
        open_ = ~np.isin(order, list(self._unread))
        workers = min(config.workers(self._run.workers), -(-len(order) // PICTURES))
        work = _Epoch(life, self._files, self._found, order, open_, max(1, workers), batch)
        made: dict[int, NDArray[np.uint8]] = {}
        for part in Pool(work, work.size, self._run.file_timeout, ahead=True).events():
            refuse_breach(part.failures)
            self._note(order, part.failures)
            made.update(zip(part.items, part.images, strict=True))
            open_[part.settled] = False
            while work.begun < len(order) and not open_[work.begun : work.begun + batch].any():
                places = [place for place in range(work.begun, work.begun + batch) if place in made]
                work.begun += batch
                if places:
                    yield _views(order[places], [made.pop(place) for place in places])

    def _note(self, order: Ints, failures: Sequence[tuple[int, Failure]]) -> None:
        for place, failure in failures:
            number = int(order[place])
            self._failed.setdefault((number, failure.stage, failure.reason), failure)
            if failure.stage in ("read", "decode"):  # it would be in the way, or kill a worker, in each epoch
                self._unread.add(number)


def _views(numbers: Ints, images: list[NDArray[np.uint8]]) -> Views:
    every = np.stack(images)
    return Views(numbers, every[:, 0], every[:, 1:])


class _Epoch(Work):
    """One epoch for a pool, whose items are places in `order`, content numbers (n,); those that are `open`, bool (n,), are to
    be shown, and `begun` is where the batch begins that is waited for.
    """

    def __init__(
        self,
        life: Showing,
        files: Files,
        found: Distinct,
        order: Ints,
        open_: Bools,
        size: int,
        batch: int,
    ) -> None:
        self.life, self.size, self.begun = life, size, 0
        self._showing, self._files, self._found, self._order = life, files, found, order
        self._waiting = deque(np.flatnonzero(open_).tolist())
        self._again: deque[int] = deque()
        self._ahead = batch + AHEAD * PICTURES * size

    def prepare(self) -> None:
        self._showing.ready()

    def task(self) -> ShowingTask | None:
        waiting = self._again or self._waiting
        items: list[int] = []
        room = PATH_BYTES
        while waiting and len(items) < PICTURES and room > 0 and waiting[0] < self.begun + self._ahead:
            items.append(waiting.popleft())
            room -= len(self._path(items[-1]))
        if not items:
            return None
        at = self._found.files[self._order[items]]
        identity = zip(self._files.device[at].tolist(), self._files.inode[at].tolist(), strict=True)
        digests = [each.tobytes() for each in self._found.digests[self._order[items]]]
        return ShowingTask(items, [self._path(item) for item in items], list(identity), digests)

    def _path(self, item: int) -> bytes:
        return self._files.path(int(self._found.files[self._order[item]]))

    def again(self, items: list[int], _: bool) -> None:
        self._again.extend(items)

    def answer(self, message: bytes, items: Collection[int]) -> Answer:
        part = understood(message, self._showing, {item: self._path(item) for item in items})
        return Answer(part, part.settled, True)

    def failure(self, item: int, hand: InHand, reason: str, fate: str) -> Part:
        who, distortions = "Reading or decoding it", self._showing.distortions
        if hand.stage == slots.DISTORT and 0 <= hand.part < len(distortions):
            who = f"The distortion {distortions[hand.part][1].name}"
        failure = Failure(self._path(item), slots.STAGES[hand.stage], reason, f"{who} {fate}.")
        return Part([], np.zeros((0, *self._showing.shape), np.uint8), [(item, failure)], [item])
