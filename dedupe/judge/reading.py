"""Two files' bytes to a judgement of what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from dedupe.decode import read_picture
from dedupe.decode.reading import read_exact, read_frame, read_frames, read_luma
from dedupe.errors import PictureError
from dedupe.jpeg.quality import quality
from dedupe.judge.kinds import judge, judge_frame
from dedupe.judge.look import Look
from dedupe.judge.patches import whole
from dedupe.magic import HEAD, format_of
from dedupe.model import Decoder, Traits
from dedupe.model.judgement import COPIES, Judgement

PLAIN = Traits()

UNCUT = ("same-pixels", "re-encoded", "adjusted")
"""What a frame of a copy may be."""

SAMPLED = 6
"""So many later frames of an animation or a document are looked at."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file's bytes with the digest of its content, and how they are looked at."""

    data: bytes
    digest: bytes
    look: Look

    @property
    def nbytes(self) -> int:
        """The bytes that it takes in memory, about."""
        return len(self.data) + self.look.nbytes


def opened(data: bytes, digest: bytes, decoders: Sequence[Decoder], pixel_cap: int) -> Opened:
    """The picture in a file's bytes. Raises PictureError as `read_picture` does; so may `fine` of its look."""
    picture = read_picture(data, decoders, rgb=True, full=False, pixel_cap=pixel_cap)

    def whole() -> np.ndarray:
        return read_picture(data, decoders, rgb=True, full=True, pixel_cap=pixel_cap).array("RGB", "none")

    def luma() -> np.ndarray:
        return read_luma(data, decoders, pixel_cap=pixel_cap)

    info = picture.info
    small = picture.array("RGB", "none")
    look = Look(small, info.width, info.height, size=len(data), traits=info.traits or PLAIN, whole=whole, luma=luma)
    return Opened(data, digest, look)


def judge_files(
    a: Opened, b: Opened, turn: str, decoders: Sequence[Decoder], pixel_cap: int, *, evidence: bool = False
) -> Judgement:
    """What two files are to each other; equal bytes and equal pixels are made sure of. Raises PictureError."""
    if a.digest == b.digest:
        return Judgement("same-bytes", "equal files", 1.0)
    found = judge(a.look, b.look, turn, evidence=evidence)
    if found.evidence is not None:
        both = replace(found.evidence, jpeg_quality=(quality(a.data), quality(b.data)))
        found = replace(found, evidence=both)
    if found.kind not in COPIES:
        return found
    sizes = [(one.look.width, one.look.height, one.look.traits.frames) for one in (a, b)]
    alike = found.kind == "re-encoded" and found.turn == "none" and sizes[0] == sizes[1]
    if alike and _equal(a, b, decoders, pixel_cap):
        return replace(found, kind="same-pixels", why="equal pixels", agree=1.0)
    frames = a.look.traits.frames
    if frames > 1 and _other_frames(a, b, frames, pixel_cap):
        return replace(found, kind="variant", why="the first frame or page is the same, others are not")
    return found


def _other_frames(a: Opened, b: Opened, frames: int, pixel_cap: int) -> bool:
    """Whether later frames are not the same, where the host can read them."""
    try:
        return any(judge_frame(*each).kind not in UNCUT for each in _sampled(a, b, frames, pixel_cap))
    except PictureError as error:
        if error.reason != "unsupported":
            raise
        return False


def _sampled(a: Opened, b: Opened, frames: int, pixel_cap: int) -> Iterator[tuple[Look, Look]]:
    """Pairs of later frames, spread over all."""
    for index in sorted({round(i * (frames - 1) / SAMPLED) for i in range(1, SAMPLED + 1)} - {0}):
        yield _frame(a, index, pixel_cap), _frame(b, index, pixel_cap)


def _frame(one: Opened, index: int, pixel_cap: int) -> Look:
    rgb = read_frame(one.data, index, pixel_cap=pixel_cap)
    return Look(rgb, rgb.shape[1], rgb.shape[0], size=len(one.data), traits=PLAIN, whole=lambda: rgb)


def _equal(a: Opened, b: Opened, decoders: Sequence[Decoder], pixel_cap: int) -> bool:
    """Whether all pixels of all frames are equal; not where Pillow gives of deep colours the upper bytes alone."""
    of_a, of_b = (
        format_of(one.data[:HEAD]) == "JPEG" for one in (a, b)
    )  # its luma is its own, and not made of colours
    if of_a == of_b and not np.array_equal(whole(a.look), whole(b.look)):  # which were mostly read before
        return False
    frames, deep = a.look.traits.frames, a.look.traits.depth > 8
    if deep and read_exact(a.data, decoders, pixel_cap=pixel_cap).dtype == np.uint8:
        return False
    if frames > 1:
        with suppress(PictureError):  # the host cannot read all frames of each format
            first, second = (read_frames(one.data, frames, pixel_cap=pixel_cap) for one in (a, b))
            return first == second
        return False
    p, q = (read_exact(one.data, decoders, pixel_cap=pixel_cap) for one in (a, b))
    return p.dtype == q.dtype and np.array_equal(p, q)
