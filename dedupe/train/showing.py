"""Pictures and their distorted copies as a trainer wants them, made in a child process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from dedupe.decode import image_for, read_picture
from dedupe.decode.picture import Picture
from dedupe.decode.prepare import prepare
from dedupe.describe.workers.opened import read_file
from dedupe.distort import apply, generator, named
from dedupe.distort.saving import jpeg
from dedupe.errors import DedupeError, PictureError
from dedupe.model import Decode, Decoder, Distortion, Failure
from dedupe.processes import ReadingLife, Slot
from dedupe.processes.messages import packed, unpacked
from dedupe.processes.slots import DECODE, DISTORT, IDLE, READ, STAGES


@dataclass(frozen=True, slots=True)
class ShowingTask:
    """Pictures to show: their places in the epoch, paths, (device, inode) and what their contents' digests are."""

    items: list[int]
    paths: list[bytes]
    identity: list[tuple[int, int]]
    digests: list[bytes]
    single: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What came of some pictures: those at `items` with their copies, u8 (m,1+k,h,w[,3]), and what could not be. A picture
    that lacks one kind of copy may be in both; `settled` are all that nothing more will come of.
    """

    items: list[int]
    images: NDArray[np.uint8]
    failures: list[tuple[int, Failure]]
    settled: list[int]


@dataclass(frozen=True, slots=True)
class Showing(ReadingLife):
    """The life of a child that shows pictures in one epoch: how, which copies (distortions with their keys), how many."""

    decode: Decode
    distortions: Sequence[tuple[str, Distortion]]
    copies: int
    seed: int
    epoch: int

    @property
    def shape(self) -> tuple[int, ...]:
        """That of a picture with its copies."""
        assert self.decode.size is not None, "the contract asks for one"
        width, height = self.decode.size
        return (1 + self.copies, height, width, *((3,) if self.decode.mode == "RGB" else ()))

    def ready(self) -> None:
        """Imports, and so compiles, what making the pictures takes."""
        prepare([self.decode, *([Decode(mode="RGB")] if self.copies else [])], large=True)

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[ShowingTask], None]:
        """Kernels are there before it is confined."""
        self.ready()
        return lambda task: say(_Shower(self, slot).shown(task))


class _Shower:
    """Works off a task: reads pictures, makes their copies, and keeps what could not be."""

    def __init__(self, life: Showing, slot: Slot) -> None:
        self._life, self._slot = life, slot
        self._failures: list[tuple[int, str, str, str]] = []

    def shown(self, task: ShowingTask) -> bytes:
        """The pictures of a task as a message, up to where all children were asked to stop."""
        shown: list[int] = []
        settled = 0
        images = np.empty((len(task.items), *self._life.shape), np.uint8)
        for place, item in enumerate(task.items):
            if self._slot.stopped:
                break
            try:
                self._fill(images[len(shown)], task, place)
                shown.append(item)
            except PictureError as error:
                self._fail(item, error)
            except MemoryError:
                self._fail(item, PictureError("memory", "It takes more memory than a worker may use."))
            settled += 1
        self._slot.announce(IDLE)
        return packed([shown, task.items[:settled], self._failures], images[: len(shown)])

    def _fail(self, item: int, error: PictureError) -> None:
        self._failures.append((item, STAGES[self._slot.read().stage], error.reason, str(error)))

    def _fill(self, out: NDArray[np.uint8], task: ShowingTask, place: int) -> None:
        """Puts a picture and its copies, (1+k,h,w[,3]), into `out`. Raises PictureError where it lacks one."""
        life, item, path, digest = self._life, task.items[place], task.paths[place], task.digests[place]
        self._slot.announce(READ, item)
        data, _ = read_file(path, task.identity[place], None)
        if blake3(data).digest() != digest:
            raise PictureError("changed", "It has changed since it was first read.")
        self._slot.announce(DECODE, item)
        picture = self._read(data, life.decoders, colour=life.copies > 0)
        out[0] = image_for(picture, life.decode, "none")
        copies = self._copies(item, picture, path, digest) if life.copies else iter(())
        made = 0
        for made, copy in enumerate(islice(copies, life.copies), 1):
            out[made] = copy
        if made < life.copies:
            raise PictureError("no_copies", f"Only {made} of its {life.copies} distorted copies can be made.")

    def _copies(self, item: int, picture: Picture, path: bytes, digest: bytes) -> Iterator[NDArray[np.uint8]]:
        """Copies, each by another distortion as long as there are some, in drawn order; one that refuses is passed over."""
        life = self._life
        image, count = picture.array("RGB", "none"), len(life.distortions)
        order = generator(digest, f"epoch={life.epoch}", life.seed).permutation(count)
        for turn in range(count + life.copies):
            number = int(order[turn % count])
            key, distortion = life.distortions[number]
            self._slot.announce(DISTORT, item, number)
            rng = generator(digest, f"{key}/epoch={life.epoch}/turn={turn}", life.seed)
            try:
                file = jpeg(apply(named(distortion, path), image, rng))
                yield image_for(self._read(file, ()), life.decode, "none")
            except PictureError as error:
                self._fail(item, error)
            except DedupeError as error:
                self._fail(item, PictureError("raised", str(error)))

    def _read(self, data: bytes, decoders: Sequence[Decoder], colour: bool = False) -> Picture:
        decode = self._life.decode
        rgb, full = colour or decode.mode == "RGB", decode.source == "full"
        return read_picture(data, decoders, rgb=rgb, full=full, pixel_cap=self._life.pixel_cap)


def understood(message: bytes, life: Showing, asked: Mapping[int, bytes]) -> Part:
    """What a child says of the pictures that it was asked for, by place, with their paths.

    Raises ValueError for a message that is none.
    """
    match unpacked(message):
        case [[list(shown), list(settled), list(failures)], [images]]:
            known = all(item in asked for item in (*shown, *settled))
            if known and images.dtype == np.uint8 and images.shape == (len(shown), *life.shape):
                return Part(shown, images, [_failure(each, asked) for each in failures], settled)
    raise ValueError("not these pictures")


def _failure(words: object, asked: Mapping[int, bytes]) -> tuple[int, Failure]:
    match words:
        case [int(item), str(stage), str(reason), str(text)] if item in asked:
            return item, Failure(asked[item], stage, reason, text)
    raise ValueError("not of these pictures")
