"""A worker's life: it takes tasks, reads, decodes and describes, and answers with batches."""

from __future__ import annotations

import contextlib
import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from blake3 import blake3

from dedupe.decode.formats import codec
from dedupe.decode.picture import Picture, image_for
from dedupe.decode.reading import read_by, read_exact, read_frames, read_picture, recognised
from dedupe.decode.traits import columns_of
from dedupe.decode.worth import pixels_digest, quality
from dedupe.describe.inside.reading import Readers
from dedupe.describe.workers.describing import Describer, stacked
from dedupe.describe.workers.distorting import CopiesOfFile
from dedupe.describe.workers.finished import Finished, Row, known_row
from dedupe.describe.workers.opened import Stat, read_file
from dedupe.describe.workers.shapes import FilesTask, Setup
from dedupe.describe.workers.telling import told
from dedupe.errors import PictureError
from dedupe.magic import HEAD
from dedupe.model import INSIDE, MEMORY, NO_DATE, DecodedInfo, Members
from dedupe.model.asked import CPU
from dedupe.plugins.devices import device_of
from dedupe.processes import Bounds, Slot, confined_to
from dedupe.processes.slots import DECODE, DESCRIBE, IDLE, READ, WARM

ANSWER_SECONDS = 1.0
"""While a task goes on, what is done is sent this often, for the sake of the progress that is shown."""


@dataclass(frozen=True, slots=True)
class Describing:
    """The life of a worker."""

    setup: Setup

    @property
    def bounds(self) -> Bounds:
        """A worker that is warm writes nothing; a device's driver takes more address space than any machine has memory."""
        on_cpu = all(device_of(column.descriptor) == CPU for column in self.setup.columns)
        return Bounds(self.setup.memory if on_cpu else None, self.setup.pixel_cap, confined_to())

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[FilesTask], None]:
        """Tries the columns."""
        try_columns(self.setup, slot)
        return Worker(say, slot, self.setup).work


def try_columns(setup: Setup, slot: Slot) -> None:
    """Tries every descriptor on a made-up picture, so that what must be compiled, loaded or written at the start is: in the
    first worker once for all, in each before it is confined.

    What a descriptor raises is left alone: it will raise again, and then there is a file to say it of.
    """
    picture = _made_up()
    quality(picture.luma)
    tried: set[int] = set()
    for number, column in enumerate(setup.columns):
        if number not in setup.dead and id(column.descriptor) not in tried:
            tried.add(id(column.descriptor))
            decode = column.descriptor.decode
            slot.announce(WARM, number, number)
            with contextlib.suppress(Exception):
                column.descriptor.describe(stacked(decode, [image_for(picture, decode, column.turn)]))
    slot.announce(IDLE)


def _made_up() -> Picture:
    y, x = np.mgrid[:96, :128]
    colour = np.stack([x * 2, y * 2, (x * y) % 251], axis=2).astype(np.uint8)
    return Picture(colour[:, :, 2].copy(), colour, DecodedInfo(128, 96, "PNG"))


class Worker:
    """Works off tasks, one file after the other."""

    def __init__(self, say: Callable[[bytes], None], slot: Slot, setup: Setup) -> None:
        self._say, self._slot, self._setup = say, slot, setup
        self._describer = Describer(setup.columns, setup.dead, lambda i, column: slot.announce(DESCRIBE, i, column))
        requests = [column.descriptor.decode for column in setup.columns if column.distortion is None]
        self._rgb = any(each.mode == "RGB" and each.source == "working" for each in requests)
        self._known = setup.known and (setup.known[0].data, setup.known[1])
        self._finished = Finished()
        self._sent = time.monotonic()
        self._readers = Readers()
        self._made: dict[bytes, tuple[int, int]] = {}

    def work(self, task: FilesTask) -> None:
        """Does the files of a task; sends one answer or several."""
        self._finished.paths = dict(zip(task.items, task.paths, strict=True))
        self._made.clear()
        for at in range(len(task.items)):
            if self._slot.stopped:
                break
            self._file(task, at)
            late = task.single or time.monotonic() - self._sent > ANSWER_SECONDS
            if late or self._describer.full:
                self._describer.flush()
            if late:
                self._send(last=False)
        self._describer.flush()
        self._send(last=True)

    def _send(self, last: bool) -> None:
        self._slot.announce(IDLE)
        self._forget_failed()
        batch = self._finished.batch(self._setup.columns, self._describer)
        self._describer.clear()
        self._finished = Finished(paths=self._finished.paths)
        self._say(told(batch, last))
        self._sent = time.monotonic()

    def _file(self, task: FilesTask, at: int) -> None:
        index, stage = task.items[at], "read"
        self._slot.announce(READ, index)
        try:
            data, stat = self._content(task, at)
            digest = blake3(data).digest()
            known = self._mask(digest)
            stage, missing = "decode", task.need[at] & ~(known or 0)
            decoded = (known is None or bool(missing)) and not self._made_before(digest, missing)
            row = self._decode(index, task.paths[at], data, digest, missing) if decoded else known_row(digest)
        except PictureError as error:
            self._finished.fail(index, stage, error)
        except MemoryError:
            self._finished.fail(index, stage, PictureError("memory", "It takes more memory than a worker may use."))
        else:
            self._finished.add(index, stat, row, decoded)

    def _content(self, task: FilesTask, at: int) -> tuple[bytes, Stat]:
        identity = task.identity[at]
        if identity[0] == MEMORY:
            data = self._setup.held[identity[1]]
            return data, (len(data), 0, 0, *identity, 0)
        if identity[0] == INSIDE and self._setup.members:
            return self._member(self._setup.members, identity[1], task.sniff[at])
        return read_file(task.paths[at], identity, self._setup.decoders if task.sniff[at] else None)

    def _member(self, members: Members, number: int, sniff: bool) -> tuple[bytes, Stat]:
        """The bytes of a picture in a container, and what stands for its stat."""
        place = members.place(number)
        stat = self._readers.stat_of(place, number)
        data = self._readers.read(place)
        if sniff and not recognised(data[:HEAD], self._setup.decoders):
            raise PictureError("not_an_image", "It has no picture's suffix and does not begin as one.")
        return data, stat

    def _mask(self, digest: bytes) -> int | None:
        """The columns that the store has of a content, or None if it does not know it."""
        if not self._known:
            return None
        prefixes, masks = self._known
        prefix = int.from_bytes(digest[:8], "little")
        at = bisect_left(prefixes, prefix)
        return int(masks[at]) if at < len(prefixes) and prefixes[at] == prefix else None

    def _made_before(self, digest: bytes, missing: int) -> bool:
        """Whether a file of this task with the same bytes has been described, and in all the columns that are missing."""
        if digest not in self._made:
            return False
        self._describer.flush()
        self._forget_failed()
        return digest in self._made and not missing & ~self._made[digest][1]

    def _forget_failed(self) -> None:
        """Files that a descriptor failed on: another one with the same bytes is to have its own failure."""
        failed = {index for index, _ in self._describer.failures}
        if failed:
            self._made = {digest: made for digest, made in self._made.items() if made[0] not in failed}

    def _decode(self, index: int, path: bytes, data: bytes, digest: bytes, missing: int) -> Row:
        self._slot.announce(DECODE, index)
        working = self._read(data, self._rgb)
        info, worth = working.info, quality(working.luma)
        seen = working.luma if worth > 0 else read_exact(data, self._setup.decoders, pixel_cap=self._setup.pixel_cap)
        pixels = pixels_digest(seen, info, worth, self._frames(data, digest, info, worth))
        copies = CopiesOfFile(data, digest, path, working, self._read)
        self._describer.add(index, len(self._finished.index), missing, copies.picture)
        self._made[digest] = index, missing
        taken = NO_DATE if info.taken is None else info.taken
        form = codec(info.format, data).encode("ascii", "replace")[:8]
        reader = read_by(data, self._setup.decoders)
        traits = columns_of(info.traits)
        return digest, pixels, info.width, info.height, form, taken, worth, reader, *traits

    def _frames(self, data: bytes, digest: bytes, info: DecodedInfo, worth: float) -> bytes:
        """What stands for several frames: those of a picture that matches by its pixels alone are read; where they are not,
        the file stands for them.
        """
        frames = info.traits.frames if info.traits else 1
        if frames > 1 and worth <= 0:
            with contextlib.suppress(PictureError):
                return read_frames(data, frames, pixel_cap=self._setup.pixel_cap)
        return digest if frames > 1 else b""

    def _read(self, data: bytes, rgb: bool, full: bool = False) -> Picture:
        return read_picture(data, self._setup.decoders, rgb=rgb, full=full, pixel_cap=self._setup.pixel_cap)
