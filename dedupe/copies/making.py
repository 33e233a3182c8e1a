"""One photo to its distorted copies, in a child process."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from blake3 import blake3

from dedupe import config
from dedupe.copies.target import publish
from dedupe.decode import read_picture
from dedupe.decode.prepare import prepare
from dedupe.describe.workers.opened import LARGEST, read_file
from dedupe.distort import apply, generator, named
from dedupe.distort.applied import Pixels
from dedupe.distort.saving import jpeg, png
from dedupe.errors import DedupeError, PictureError
from dedupe.model import Decoder, Distortion, Failure
from dedupe.processes import Answer, Bounds, InHand, InTurn, Slot, confined_to, slots
from dedupe.processes.messages import packed, unpacked
from dedupe.processes.slots import DECODE, DISTORT, IDLE, READ

Event: TypeAlias = int | Failure
"""A copy that is made, by the number of its distortion, or what could not be."""

Said: TypeAlias = Event | DedupeError | None
"""What a child says: an event, an error that ends everything, or None: the photo is done."""


@dataclass(frozen=True, slots=True)
class Making:
    """The life of a child that makes copies: subfolders by distortion with its key, and how to read, draw and save."""

    folder: bytes
    distortions: Sequence[tuple[str, str, Distortion]]
    decoders: Sequence[Decoder]
    suffix: bytes
    quality: int
    seed: int
    pixel_cap: int
    min_pixels: int = 0

    @property
    def bounds(self) -> Bounds:
        """It writes copies."""
        return Bounds(config.WORKER_MEMORY, self.pixel_cap, confined_to(Path(os.fsdecode(self.folder))), LARGEST)

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[PhotoTask], None]:
        """Nothing has to be tried."""

        def work(task: PhotoTask) -> None:
            for said in _all_said(self, task, slot):
                say(told(said))
            slot.announce(IDLE)
            say(told(None))

        return work


@dataclass(frozen=True, slots=True)
class PhotoTask:
    """One photo: its number, alone, its path, its (device, inode), whether it may be none, and what its copies are called."""

    items: tuple[int]
    path: bytes
    identity: tuple[int, int]
    sniff: bool
    stem: bytes
    single: bool = True


def told(said: Said) -> bytes:
    """What a child says as a message."""
    if isinstance(said, Failure):
        return packed(["failure", said.stage, said.reason, said.message])
    return packed(["error", str(said)] if isinstance(said, DedupeError) else ["made", said])


def understood(message: bytes, life: Making, path: bytes) -> Event | None:
    """What a child says of the photo `path`.

    Raises ValueError for a message that is none, and the DedupeError of a copy that cannot be written.
    """
    match unpacked(message)[0]:
        case ["failure", str(stage), str(reason), str(text)]:
            return Failure(path, stage, reason, text)
        case ["error", str(text)]:
            raise DedupeError(text)
        case ["made", int(number)] if 0 <= number < len(life.distortions):
            return number
        case ["made", None]:
            return None
    raise ValueError("not of these kinds")


def _all_said(life: Making, task: PhotoTask, slot: Slot) -> Iterator[Said]:
    try:
        yield from copies(life, task, slot)
    except PictureError as error:
        yield Failure(task.path, "decode", error.reason, str(error))
    except MemoryError:
        yield Failure(task.path, "decode", "memory", "Decoding it takes more memory than a worker may use.")
    except DedupeError as error:
        yield DedupeError(str(error))


def copies(life: Making, task: PhotoTask, slot: Slot) -> Iterator[Event]:
    """Writes all copies of a photo: gives the number of each distortion that is done, or why it is not.

    Raises PictureError where the photo itself cannot be read, DedupeError where a copy cannot be written.
    """
    (item,) = task.items
    slot.announce(READ, item)
    data, _ = read_file(task.path, task.identity, life.decoders if task.sniff else None)
    slot.announce(DECODE, item)
    picture = read_picture(data, life.decoders, rgb=True, full=True, pixel_cap=life.pixel_cap)
    image, digest = picture.array("RGB", "none"), blake3(data).digest()
    if image.shape[0] * image.shape[1] < life.min_pixels:
        raise PictureError("few_pixels", "It has fewer pixels than were asked for.")
    for number, (folder, key, distortion) in enumerate(life.distortions):
        slot.announce(DISTORT, item, number)
        try:
            saved = _saved(life, task, key, distortion, image, digest)
        except PictureError as error:
            yield Failure(task.path, "distort", error.reason, str(error))
            continue
        except MemoryError:
            yield Failure(task.path, "distort", "memory", f"{distortion.name} takes more memory than a worker may use.")
            continue
        publish(os.path.join(life.folder, os.fsencode(folder), task.stem + life.suffix), saved)
        yield number


def _saved(life: Making, task: PhotoTask, key: str, distortion: Distortion, image: Pixels, digest: bytes) -> bytes:
    copy = apply(named(distortion, task.path), image, generator(digest, key, life.seed))
    return png(copy) if life.suffix == b".png" else jpeg(copy, life.quality)


Found: TypeAlias = tuple[int, Event]
"""Index of the photo, and the copy that is made or what could not be."""


class Copying(InTurn[PhotoTask]):
    """Copies of photos."""

    def __init__(self, life: Making, tasks: Sequence[PhotoTask], size: int) -> None:
        super().__init__(life, tasks, size)
        self._making = life

    def prepare(self) -> None:
        prepare([], large=False)

    def again(self, items: list[int], _: bool) -> None:
        self.left.extend(items)  # behind all others

    def answer(self, message: bytes, items: Collection[int]) -> Answer:
        (item,) = items
        event = understood(message, self._making, self.tasks[item].path)
        return Answer(None, [], True) if event is None else Answer((item, event), [], False)

    def failure(self, item: int, hand: InHand, reason: str, fate: str) -> Found:
        who, distortions = "Reading or decoding it", self._making.distortions
        if hand.stage == slots.DISTORT and 0 <= hand.part < len(distortions):
            who = f"The distortion {distortions[hand.part][2].name}"
        return item, Failure(self.tasks[item].path, slots.STAGES[hand.stage], reason, f"{who} {fate}.")
