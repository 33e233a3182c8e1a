"""What is seen when one picture is laid over the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge import tone
from dedupe.judge.align import Placed
from dedupe.judge.blocks import Blocks, blocks, means
from dedupe.judge.canvas import Canvas, canvas
from dedupe.judge.grain import Grain, grain
from dedupe.judge.look import Look

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]

APART, APART_IF_DRAWN, APART_IF_WARPED = 0.5, 0.8, 0.7
"""The likeness below which a block does not agree; where nothing is grain, as in documents, little is needed, and a bit more
where one of them had to be warped."""

ONE_TONE, MOVED = 0.15, 3.0
"""A picture is in shades of one colour if its colours are off what its luma says by so small a share of what they are off grey,
and those of the other one, and what is neutral in it, by more.
"""

BRIGHT, DARK = 190, 60
"""Levels beyond which other tones may have made a block all white or all black."""


@dataclass(frozen=True)
class Evidence:
    """b laid over a: the curve of its tones, what each block is, whether both are drawn, both pictures in one's tones, float32
    (h,w), and where these were fitted (None: everywhere).

    What is seen besides is looked at when it is asked for: most pairs are refused by their blocks alone.
    """

    placed: Placed
    canvas: Canvas
    curve: tone.Curve
    blocks: Blocks
    drawn: bool
    toned: tuple[Floats, Floats]
    where: Bools | None

    @cached_property
    def colour(self) -> tone.Colour:
        """How the colours differ."""
        return tone.colours(*self._chromas, self.canvas.both if self.where is None else self.where)

    @cached_property
    def _chromas(self) -> tuple[tone.Cells, tone.Cells]:
        return tone.chroma(self.canvas.a), tone.chroma(self.canvas.b)

    @cached_property
    def unmapped(self) -> float:
        """What no linear map makes of the colours of either, in levels; it can make one colour of many, not many of one."""
        where = self.canvas.both if self.where is None else self.where
        return min(self.colour.left, tone.colours(*self._chromas[::-1], where).left)

    @cached_property
    def toned_in_one(self) -> str:
        """Which of the two, "a" or "b", is in shades of one colour, grey too, where the other one has several; else ""."""
        if self.drawn or self.colour.before <= MOVED:
            return ""
        off = np.array([tone.off_luma(one) for one in (self.canvas.a, self.canvas.b)])
        share = off / np.maximum(1.0, self.colour.strength)
        one = int(share.argmin())
        toned = share[one] < ONE_TONE and 2 * share[one] < share[1 - one] and max(1.0, 2 * off[one]) < off[1 - one]
        return "ab"[one] if toned and not self.colour.neutral < MOVED else ""

    @cached_property
    def grain(self) -> Grain:
        """How much grain both have."""
        return grain(*self.toned, self.canvas.both)

    @cached_property
    def apart(self) -> Bools:
        """Blocks that have structure and do not agree."""
        found = self.blocks
        drawn = APART_IF_WARPED if self.placed.turn is None else APART_IF_DRAWN
        alike = drawn if self.drawn else APART
        some: Bools = found.structured & found.unexplained & (found.likeness < alike) & ~self._clipped
        return some

    @cached_property
    def _clipped(self) -> Bools:
        """Blocks that other tones have made all white or black in one of the two."""
        if self.curve.moved < tone.TONED:
            return np.zeros_like(self.blocks.seen)
        a, b = self.canvas.greys
        found: Bools = self._ended(a, b) | self._ended(b, a)
        return found

    def _ended(self, one: Bytes, other: Bytes) -> Bools:
        """Blocks that are all white where the other is bright, or all black where it is dark."""
        size, level = self.blocks.size, means(other.astype(np.float32), self.blocks.size)
        white, black = (means(some.astype(np.float32), size) > 0.6 for some in (one >= 252, one <= 3))
        found: Bools = (white & (level > BRIGHT)) | (black & (level < DARK))
        return found

    @property
    def colours_follow(self) -> bool:
        """Whether the curve of the tones, applied to each channel, makes the difference of colours too."""
        a, b = self._chromas
        paler = _paler(*self.canvas.greys)
        one, other = (b, a) if paler else (a, b)
        level = np.clip(np.rint(self.curve.level), 0, 255).astype(np.uint8)
        toned: Any = cv2.LUT(self.canvas.b if paler else self.canvas.a, level)
        return tone.apart(other, tone.chroma(toned)) < tone.apart(other, one) / 3

    @cached_property
    def share_apart(self) -> float:
        """The share of the structured blocks that do not agree."""
        return float(self.apart.sum() / max(1, self.structured))

    @cached_property
    def likeness(self) -> float:
        """Half of the structured blocks are more alike than that."""
        some = self.blocks.likeness[self.blocks.structured]
        return float(np.median(some)) if some.size else 0.0

    @cached_property
    def structured(self) -> int:
        """How many blocks have structure."""
        return int(self.blocks.structured.sum())

    @cached_property
    def agreeing(self) -> int:
        """How many blocks have structure and agree."""
        return int((self.blocks.structured & ~self.apart & (self.blocks.likeness > 0.7)).sum())

    @property
    def holds(self) -> bool:
        """Whether the two are one picture as far as they lie over each other, but for a part."""
        most = 0.55 if self.likeness > 0.95 and not self.drawn else 0.45  # a wide caption covers half of the structure
        return self.likeness > 0.75 and self.share_apart < most and self.agreeing >= 8

    @property
    def score(self) -> float:
        """How much of the canvas speaks for this placement."""
        return self.agreeing * self.blocks.size**2 / self.canvas.both.size * max(0.0, self.likeness)


def seen(a: Look, b: Look, placed: Placed, *, fine: bool = False) -> Evidence:
    """The evidence of b laid over a; `fine`: at up to 2,048 pixels."""
    both = canvas(a.fine, b.fine, placed) if fine else canvas(a.small, b.small, placed)
    drawn = a.drawn and b.drawn
    where = None if both.both.all() or not both.both.any() else both.both
    found = _evidence(placed, both, where, drawn)
    if 0.02 < found.share_apart < 0.6 and (
        not drawn or found.curve.moved > tone.TONED or found.blocks.sharper
    ):  # tones, colours and sharpness once more without what is apart
        rest = both.both & ~pixels_of(found.apart, found.blocks.size, both.both.shape)
        if rest.mean() > 0.1:
            return _evidence(placed, both, rest, drawn)
    return found


def grained(found: Evidence, a: Look, b: Look) -> bool:
    """Whether one has more grain than the other, and neither size nor codec took it away."""
    more = found.grain.more
    if found.grain.added and not found.drawn and (a.width, a.height) == (b.width, b.height):
        return abs(more) > 1.5
    smoother, rougher = (a, b) if more < 0 else (b, a)
    bits = smoother.bits_a_pixel
    by_codec = bits < 1.1 or (bits < 2.2 and bits < 0.5 * rougher.bits_a_pixel)  # with so few grain is smoothed away
    return abs(more) > 2.2 and not by_codec


def pixels_of(some: Bools, size: int, shape: tuple[int, ...]) -> Bools:
    """Blocks and their neighbours as pixels, bool (h,w)."""
    grown: Any = cv2.dilate(some.astype(np.uint8), np.ones((3, 3), np.uint8))
    large = np.kron(grown, np.ones((size, size), np.uint8)) > 0
    pixels = np.zeros(shape, np.bool_)
    pixels[: large.shape[0], : large.shape[1]] = large[: shape[0], : shape[1]]
    return pixels


def _evidence(placed: Placed, both: Canvas, where: Bools | None, drawn: bool) -> Evidence:
    curve, x, y = _toned(*both.greys, where)
    return Evidence(placed, both, curve, blocks(x, y, both.both, where), drawn, (x, y), where)


def _toned(a: Bytes, b: Bytes, where: Bools | None) -> tuple[tone.Curve, Floats, Floats]:
    """The curve, and both pictures in the tones of the one with less contrast, in which noise is not made larger."""
    if _paler(a, b):
        curve = tone.fitted(a, b, where)
        return curve, a.astype(np.float32), curve.level[b]
    curve = tone.fitted(b, a, where)
    return tone.Curve(curve.level, curve.moved, -curve.lighter), curve.level[a], b.astype(np.float32)


def _paler(a: Bytes, b: Bytes) -> bool:
    """Whether of two grey pictures the first has no more contrast."""
    of_a, of_b = (cv2.meanStdDev(one)[1] for one in (a, b))
    return float(of_a[0, 0]) <= float(of_b[0, 0])
