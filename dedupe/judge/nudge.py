"""Where one picture lies in another, to a part of a pixel: parts are looked for nearby, and the placement follows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.align import Placed
from dedupe.judge.blocks import strongest
from dedupe.judge.evidence import Evidence

PARTS = 8
"""Where both pictures are there are so many parts a side, of each of which one block is looked for,"""

REACH = 6
"""at most so many pixels away;"""

LEAST = 10
"""so many of them must be found."""

Bytes = NDArray[np.uint8]
Point = tuple[float, float]


def nudged(found: Evidence) -> Placed | None:
    """The placement, moved by how far parts of b lie off where it puts them; None where they do not agree on that."""
    moves = moved_parts(found)
    if len(moves) < LEAST:
        return None
    matrix, kept = cv2.estimateAffine2D(
        moves[:, 0].copy(), moves[:, 1].copy(), method=cv2.RANSAC, ransacReprojThreshold=1.0
    )
    if matrix is None or 2 * kept.sum() < len(moves):
        return None
    height, width = found.canvas.both.shape
    shares = np.diag([width, height, 1.0])
    moved = np.linalg.inv(shares) @ np.vstack([matrix, [0, 0, 1]]) @ shares @ found.placed.map
    return replace(found.placed, map=moved / moved[2, 2], turn=None)


def moved_parts(found: Evidence) -> NDArray[np.float64]:
    """Middles of parts of b, and where in a they are found, as (x, y) in pixels, float64 (n,2,2)."""
    a, b = found.canvas.greys
    size = max(24, 2 * found.blocks.size)
    tried = [_found(a, b, y, x, size) for y, x in _places(found)]
    return np.array([one for one in tried if one is not None], np.float64).reshape(-1, 2, 2)


def _found(a: Bytes, b: Bytes, y: int, x: int, size: int) -> tuple[Point, Point] | None:
    """The middle of a part of b around a pixel, and where in a it is found, as (x, y)."""
    height, width = a.shape
    top, left = min(y - size // 2, height - size - REACH), min(x - size // 2, width - size - REACH)
    top, left = max(top, REACH), max(left, REACH)
    if top + size + REACH > height or left + size + REACH > width:
        return None
    around = a[top - REACH : top + size + REACH, left - REACH : left + size + REACH]
    likeness = cv2.matchTemplate(around, b[top : top + size, left : left + size], cv2.TM_CCOEFF_NORMED)
    row, column = divmod(int(np.argmax(likeness)), likeness.shape[1])
    if likeness[row, column] < 0.7:
        return None
    down = row - REACH + _between(likeness[:, column], row)
    right = column - REACH + _between(likeness[row], column)
    middle = left + size / 2, top + size / 2
    return middle, (middle[0] + right, middle[1] + down)


def _places(found: Evidence) -> list[tuple[int, int]]:
    """Middles (y, x) of the blocks with most structure in both, one in each part of where both are."""
    blocks = found.blocks
    seen, half = np.argwhere(blocks.seen), blocks.size // 2
    if not len(seen):
        return []
    top, left = (int(one) for one in seen.min(axis=0))
    strength = (np.minimum(blocks.a, blocks.b) * blocks.seen)[top:, left:]
    bottom, right = (int(one) for one in seen.max(axis=0) - (top, left))
    places = strongest(strength[: bottom + 1, : right + 1], PARTS)
    return [((top + row) * blocks.size + half, (left + column) * blocks.size + half) for row, column in places]


def _between(values: NDArray[Any], at: int) -> float:
    """Where between the samples a peak lies, by a parabola through three of them."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, peak, after = (float(one) for one in values[at - 1 : at + 2])
    bend = before - 2 * peak + after
    return 0.0 if bend >= 0 else 0.5 * (before - after) / bend
