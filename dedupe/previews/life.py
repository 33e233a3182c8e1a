"""The life of a child that makes pictures to look at."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from dedupe.describe.inside.reading import Readers
from dedupe.errors import PictureError
from dedupe.model import MemberPlace
from dedupe.processes import ReadingLife, Slot
from dedupe.processes.messages import packed
from dedupe.processes.slots import DECODE, IDLE, READ
from dedupe.walk.found import held_identity

if TYPE_CHECKING:
    from PIL import Image

SMALL_SIDES = (480, 400, 330, 270, 220, 180, 150, 120, 96, 64)
"""Longest sides that are tried for a small picture, until it has few enough bytes."""

MOST = 40_000
"""Bytes that a small picture has at most."""

LARGE_SIDE = 4096
"""The longest side of a large picture."""

SMALL_QUALITY, LARGE_QUALITY = 76, 90
"""Of JPEG."""

MARK = b"\xff\xd8\xff"
"""What a JPEG begins with."""


@dataclass(frozen=True, slots=True)
class PreviewTask:
    """A picture that is wanted: its file, the digest of the content that it had, and for a small one its bytes at most; None
    for a large one; of one in a container its place.
    """

    items: tuple[int]
    path: bytes
    digest: bytes
    most: int | None
    place: MemberPlace | None = None
    single: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture to look at: a JPEG without metadata. Where there is none it is empty, and `note` says why."""

    jpeg: bytes
    note: str = ""


class Previewing(ReadingLife):
    """How pictures are read."""

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[PreviewTask], None]:
        """Loads what decodes and encodes, so that the first picture need not wait for it."""
        import PIL.Image

        import dedupe.decode.reading  # noqa: F401

        PIL.Image.init()
        readers = Readers()

        def work(task: PreviewTask) -> None:
            (item,) = task.items
            try:
                slot.announce(READ, item)
                data = held(task.path, task.digest, task.place, readers)
                slot.announce(DECODE, item)
                found = packed(["picture"], np.frombuffer(self._jpeg(data, task.most), np.uint8))
            except (PictureError, MemoryError) as error:
                found = packed(["none", _why(error)])
            slot.announce(IDLE)
            say(found)

        return work

    def _jpeg(self, data: bytes, most: int | None) -> bytes:
        from dedupe.decode import read_picture

        whole = most is None
        picture = read_picture(data, self.decoders, rgb=True, full=whole, pixel_cap=self.pixel_cap)
        image = picture.image("RGB")
        return _encoded(image, LARGE_SIDE, LARGE_QUALITY) if most is None else _small(image, most)


def held(path: bytes, digest: bytes, place: MemberPlace | None, readers: Readers) -> bytes:
    """What the file holds, or what is at the place, which is what it was. Raises PictureError."""
    data = _read(path) if place is None else readers.read(place)
    if blake3(data).digest() != digest:
        raise PictureError("changed", "It changed after it was scanned.")
    return data


def _read(path: bytes) -> bytes:
    from dedupe.describe.workers.opened import read_file

    identity = None
    with suppress(OSError):  # a link that was scanned is followed: the digest tells whether it leads to what it did
        identity = held_identity(Path(os.fsdecode(path)).stat())
    return read_file(path, identity, None)[0]


def _small(image: Image.Image, most: int) -> bytes:
    for side in SMALL_SIDES:
        made = _encoded(image, side, SMALL_QUALITY)
        if len(made) <= most:
            break
    return made


def _encoded(image: Image.Image, side: int, quality: int) -> bytes:
    from PIL.Image import Resampling

    image = image.copy()
    image.info.clear()  # Pillow would write a comment that is in there
    image.thumbnail((side, side), Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, PictureError) else "Showing it takes more memory than a worker may use."


def understood(words: Any, arrays: Sequence[NDArray[Any]]) -> Preview:
    """What a child says, in an unpacked message. Raises ValueError for one that is none."""
    match words, arrays:
        case ["none", str(note)], []:
            return Preview(b"", note=note)
        case ["picture"], [np.ndarray() as made] if made.dtype == np.uint8 and made.ndim == 1:
            jpeg: Any = made.tobytes()
            if jpeg.startswith(MARK):
                return Preview(jpeg)
    raise ValueError("not of these kinds")
