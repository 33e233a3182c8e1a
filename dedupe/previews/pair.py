"""A picture of two files side by side, read and drawn by a child that they may kill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dedupe.decode.prepare import prepare
from dedupe.describe.inside.opening import MemberPlaces
from dedupe.describe.inside.reading import Readers
from dedupe.errors import DedupeError, PictureError
from dedupe.model import Decode, Decoder, File, MemberPlace, PictureSource, Run
from dedupe.previews.life import held
from dedupe.previews.making import digest_of
from dedupe.processes import ChildLost, ReadingLife, Slot, ask_once
from dedupe.processes.messages import packed
from dedupe.processes.slots import DECODE, IDLE, READ

if TYPE_CHECKING:
    from dedupe.model.observed import Observed
    from dedupe.previews.drawing import Captions

MARK = b"\x89PNG\r\n\x1a\n"


class Drawing(ReadingLife):
    """How pictures are read, and what of two is drawn: (path, digest, place) of each, how one lies over the other, the words."""

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[DrawingTask], None]:
        """Loads what decodes and draws."""
        import cv2
        from PIL import Image

        from dedupe.previews.drawing import drawn

        cv2.setNumThreads(1)
        Image.init()

        def work(task: DrawingTask) -> None:
            try:
                slot.announce(READ, 0)
                readers = Readers()
                both = [held(*each, readers) for each in (task.a, task.b)]
                slot.announce(DECODE, 0)
                a, b = (self._pixels(data) for data in both)
                png = drawn(a, b, task.seen, task.words)
                found = packed(["picture"], np.frombuffer(png, np.uint8))
            except PictureError as error:
                found = packed(["none", str(error)])
            except MemoryError:
                found = packed(["none", "Drawing it takes more memory than a worker may use."])
            slot.announce(IDLE)
            say(found)

        return work

    def _pixels(self, data: bytes) -> Any:
        from dedupe.decode import read_picture

        return read_picture(data, self.decoders, rgb=True, full=True, pixel_cap=self.pixel_cap).array("RGB", "none")


@dataclass(frozen=True, slots=True)
class DrawingTask:
    """What is drawn of two files, each (path, digest, place): b over a where it was `seen` how it lies, and the words."""

    a: tuple[bytes, bytes, MemberPlace | None]
    b: tuple[bytes, bytes, MemberPlace | None]
    seen: Observed | None
    words: Captions


def side_by_side(
    files: Sequence[File],
    seen: Observed | None,
    words: Captions,
    decoders: Sequence[Decoder],
    run: Run,
    openers: Sequence[PictureSource] = (),
) -> bytes:
    """A PNG of two files, b on the frame of a where it was seen how it lies there; raises DedupeError where it cannot be made."""
    places = MemberPlaces(openers)
    a, b = ((one.path, digest_of(one), places.of(one)) for one in files)
    prepare([Decode(None, "RGB")], large=False)
    life = Drawing(tuple(decoders), run.max_pixels)
    try:
        match ask_once(life, DrawingTask(a, b, seen, words), 2 * run.file_timeout):
            case ["picture"], [np.ndarray() as made] if made.tobytes().startswith(MARK):
                return made.tobytes()
            case ["none", str(why)], []:
                raise DedupeError(f"The two could not be drawn: {why}")
        raise DedupeError("The two could not be drawn: what the worker sent is no picture.")
    except TimeoutError:
        raise DedupeError(
            f"The two could not be drawn: that took longer than {2 * run.file_timeout:g} seconds."
        ) from None
    except ChildLost as error:
        raise DedupeError(f"The two could not be drawn: that {error}.") from None
