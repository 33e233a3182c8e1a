"""Photos held against their own distorted copies, by children that make each copy again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from blake3 import blake3

from dedupe import config
from dedupe.describe.inside.reading import Readers
from dedupe.distort import apply, generator, named
from dedupe.distort.applied import Pixels
from dedupe.distort.saving import jpeg
from dedupe.errors import DedupeError, PictureError
from dedupe.judge import Judged
from dedupe.judge.life import PairTask, Source, data_of, told, understood
from dedupe.judge.prepare import prepare
from dedupe.model import Decoder, Distortion, Failure, Run
from dedupe.processes import Answer, InHand, InTurn, Pool, ReadingLife, Slot, slots

Copy: TypeAlias = tuple[Source, int]
"""A photo, and the number of the distortion that its copy is made by."""


@dataclass(frozen=True, slots=True)
class CopyTask:
    """One copy, by its number, as above."""

    items: tuple[int]
    photo: Source
    distortion: int
    single: bool = True


@dataclass(frozen=True, slots=True)
class JudgingCopies(ReadingLife):
    """The life of a child that makes copies by `distortions`, with their keys, and holds them against their photos."""

    distortions: Sequence[tuple[str, Distortion]]
    seed: int

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[CopyTask], None]:
        """Loads what looks."""
        import cv2

        from dedupe.decode import read_picture
        from dedupe.judge.reading import Opened, judge_files, opened

        cv2.setNumThreads(1)
        last: dict[bytes, tuple[Opened, Pixels]] = {}
        readers = Readers()

        def read(photo: Source, item: int) -> tuple[Opened, Pixels]:
            if photo.digest not in last:
                last.clear()
                slot.announce(slots.READ, item)
                data = data_of(photo, readers)
                slot.announce(slots.DECODE, item)
                whole = read_picture(data, self.decoders, rgb=True, full=True, pixel_cap=self.pixel_cap)
                looked_at = opened(data, photo.digest, self.decoders, self.pixel_cap)
                last[photo.digest] = looked_at, whole.array("RGB", "none")
            return last[photo.digest]

        def look(task: CopyTask) -> Judged:
            (item,), (key, distortion) = task.items, self.distortions[task.distortion]
            photo, pixels = read(task.photo, item)
            slot.announce(slots.DISTORT, item, task.distortion)
            drawn = generator(photo.digest, key, self.seed)
            data = jpeg(apply(named(distortion, task.photo.path), pixels, drawn))
            slot.announce(slots.JUDGE, item)
            copy = opened(data, blake3(data).digest(), self.decoders, self.pixel_cap)
            return judge_files(photo, copy, "none", self.decoders, self.pixel_cap)

        def work(task: CopyTask) -> None:
            try:
                found = look(task)
            except PictureError as error:
                found = Failure(task.photo.path, "judge", error.reason, str(error))
            except DedupeError as error:
                found = Failure(task.photo.path, "judge", "raised", str(error))
            except MemoryError:
                found = Failure(
                    task.photo.path, "judge", "memory", "Judging it takes more memory than a worker may use."
                )
            slot.announce(slots.IDLE)
            say(told(found, False))

        return work


def judged_copies(
    copies: Sequence[Copy],
    distortions: Sequence[tuple[str, Distortion]],
    decoders: Sequence[Decoder],
    run: Run,
    seed: int,
) -> list[Judged]:
    """What each copy is to its photo, in their order; those of one photo stand side by side.

    The distortions come with the keys from which, and from the `seed`, what they draw follows. Raises Interrupted, and
    DedupeError if no child can be started.
    """
    if not copies:
        return []
    tasks = [CopyTask((item,), *copy) for item, copy in enumerate(copies)]
    work = _Looking(
        JudgingCopies(tuple(decoders), run.max_pixels, distortions, seed), tasks, config.workers(run.workers)
    )
    found: dict[int, Judged] = {}
    for item, one in Pool(work, work.size, run.file_timeout, ahead=True).events():
        found[item] = one
        run.progress("judging", len(found), len(tasks))
    return [found[item] for item in range(len(tasks))]


class _Looking(InTurn[CopyTask]):
    """Copies held against their photos."""

    def prepare(self) -> None:
        prepare()

    def answer(self, message: bytes, items: Collection[int]) -> Answer:
        item = next(iter(items))
        photo = self.tasks[item].photo
        return Answer((item, understood(message, PairTask((item,), photo, photo, "none"))), [item], True)

    def failure(self, item: int, hand: InHand, reason: str, fate: str) -> tuple[int, Failure]:
        what = "Judging" if hand.stage == slots.JUDGE else "Making"
        return item, Failure(self.tasks[item].photo.path, "judge", reason, f"{what} a copy of it {fate}.")
