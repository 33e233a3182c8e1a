"""Parts of two pictures, laid over each other at their own size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.blocks import strongest
from dedupe.judge.canvas import grey, scale
from dedupe.judge.evidence import Evidence
from dedupe.judge.look import SIDE, Look
from dedupe.judge.sizes import reduced

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Matrix = NDArray[np.float64]

PART = 64
"""Pixels a side of a part,"""

CELLS = 3
"""of which one is looked at in each of so many cells a side."""

REACH = 2.0
"""The larger picture is looked at with at most so many times the pixels a side of the smaller one."""

OFF = 6.0
"""A part lies at most so many pixels off where the placement puts it."""

KERNELS = cv2.INTER_LANCZOS4, cv2.INTER_LINEAR, cv2.INTER_NEAREST
"""How the smaller one is brought to the size of the larger one: as programs do that enlarge pictures."""

_HALF = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])


@dataclass(frozen=True, slots=True)
class Patches:
    """Parts float32 (n,64,64) of the larger picture, which is a where `of_a`, and of the smaller one, laid there by each of
    KERNELS or, where the sizes are about the same, by the first.

    `ratio` is how many pixels of the larger one are one of the other, a side, as it is looked at, and `times` as the file has
    it; `grids` are a and b, grey, where both are whole, lie pixel on pixel and next to nothing is changed.
    """

    large: Floats
    small: list[Floats]
    of_a: bool
    ratio: float
    times: float
    grids: tuple[Bytes, Bytes] | None


def patches(a: Look, b: Look, found: Evidence) -> Patches | None:
    """Those parts that have most structure in both; None where there is too little."""
    placed = found.placed
    times = scale((a.width, a.height), (b.width, b.height), placed)
    of_a, to_large = times >= 1, np.asarray(placed.map if times >= 1 else np.linalg.inv(placed.map), np.float64)
    times = max(times, 1 / times)
    large, small = (a, b) if of_a else (b, a)
    share = min(1.0, max(REACH / times, PART / min(large.width, large.height)))
    big, little = _sized(large, share), _sized(small, 1.0)
    if min(big.shape) < PART or min(little.shape) < 4:
        return None
    points = _points(found) if of_a else _moved(_points(found), to_large)
    if len(points) < 2:
        return None
    to_little = _pixels(big, little, np.asarray(np.linalg.inv(to_large), np.float64))
    kernels = KERNELS if times > 1.1 else KERNELS[:1]
    parts = [_part(big, little, to_little, point, kernels) for point in points]
    alike = placed.turn == "none" and found.share_apart < 0.02 and big.shape == little.shape == (a.height, a.width)
    grids = ((big, little) if of_a else (little, big)) if alike else None
    here, *there = (np.stack(some) for some in zip(*parts, strict=True))
    return Patches(here, there, of_a, times * big.shape[1] / large.width, times, grids)


@lru_cache(maxsize=2)
def whole(look: Look) -> Bytes:
    """All pixels in grey; the picture that is kept is held against one after the other."""
    return look.luma()


def _sized(look: Look, share: float) -> Bytes:
    """The picture in grey with such a share of its pixels a side; it is read again only where the small one has too few."""
    side = round(max(look.width, look.height) * share)
    found: Bytes = reduced(grey(look.small) if side <= SIDE else whole(look), side)
    return found


def _points(found: Evidence) -> Matrix:
    """The middles of blocks with most structure in both pictures, of one in each cell, in shares of a, (n,2)."""
    blocks, (high, wide) = found.blocks, found.canvas.a.shape[:2]
    around = np.ones((2 * (PART // 2 // blocks.size) + 3,) * 2, np.uint8)
    changed = cv2.dilate(found.apart.astype(np.uint8), around) > 0  # no part reaches into it
    strength = np.minimum(blocks.a, blocks.b) * (blocks.seen & ~changed)
    places = [
        ((column + 0.5) * blocks.size / wide, (row + 0.5) * blocks.size / high)
        for row, column in strongest(strength, CELLS)
    ]
    return np.array(places, np.float64).reshape(-1, 2)


def _moved(points: Matrix, matrix: Matrix) -> Matrix:
    there = np.c_[points, np.ones(len(points))] @ matrix.T
    found: Matrix = there[:, :2] / there[:, 2:]
    return found


def _pixels(source: Bytes, target: Bytes, shares: Matrix) -> Matrix:
    """A map of shares as one of pixels, which are counted from their middles."""
    sides = np.diag([target.shape[1], target.shape[0], 1.0]), np.diag([1 / source.shape[1], 1 / source.shape[0], 1.0])
    found: Matrix = np.linalg.inv(_HALF) @ sides[0] @ shares @ sides[1] @ _HALF
    return found


def _part(big: Bytes, little: Bytes, to_little: Matrix, point: Any, kernels: tuple[int, ...]) -> Iterator[Floats]:
    """A part of the larger picture around a point in shares of it, then the same of the smaller one by each kernel."""
    high, wide = big.shape
    left, top = (
        int(np.clip(round(at * n) - PART // 2, 0, n - PART)) for at, n in zip(point, (wide, high), strict=True)
    )
    here = big[top : top + PART, left : left + PART].astype(np.float32)

    def laid(right: float, down: float, kernel: int) -> Floats:
        there = to_little @ np.array([[1, 0, left + right], [0, 1, top + down], [0, 0, 1.0]])
        flags = kernel | cv2.WARP_INVERSE_MAP
        part: Any = cv2.warpPerspective(little, there, (PART, PART), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(part, np.float32)

    first = laid(0, 0, kernels[0])
    (right, down), _ = cv2.phaseCorrelate(here, first, cv2.createHanningWindow((PART, PART), cv2.CV_32F))
    if not 0.25 < np.hypot(right, down) < OFF:
        right = down = 0
    yield here
    yield from (
        first if not (right or down) and kernel == kernels[0] else laid(right, down, kernel) for kernel in kernels
    )
