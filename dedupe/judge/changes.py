"""What stands in the one picture and not in the other, where the rest agrees."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.evidence import Evidence, grey, pixels_of
from dedupe.model.judgement import Box

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

REACH = 16
"""How many pixels away, at most, a part is looked for that has moved."""

TRIED = 40
"""So many blocks are looked for, those with most structure in both."""

CHANGED = 24
"""A pixel is changed if a channel differs by more than so many levels."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is apart: its `box` in shares of the canvas, the share of its blocks that only moved, whether it is one compact
    piece, the share of its blocks that have structure in both, and how much of it has one colour in a and in b, as what is laid
    over a picture has.
    """

    box: Box
    moved: float
    compact: bool
    filled: float
    plain: tuple[float, float]


def change(found: Evidence) -> Change | None:
    """What is apart in two pictures of which the rest agrees; None where it is no more than noise leaves."""
    blocks, apart = found.blocks, found.apart
    if not apart.any():
        return None
    strength = np.maximum(blocks.a, blocks.b)
    strong = apart & (strength > 0.5 * float(np.median(strength[blocks.structured])))
    _, labels, pieces, _ = cv2.connectedComponentsWithStats(apart.astype(np.uint8), connectivity=8)
    pieces = pieces[1:]
    areas = pieces[:, cv2.CC_STAT_AREA]
    if not strong.any() or (not found.drawn and (strong.sum() < 3 or areas.max() < 3)):
        return None
    largest = pieces[np.argmax(areas)]
    density = largest[cv2.CC_STAT_AREA] / (largest[cv2.CC_STAT_WIDTH] * largest[cv2.CC_STAT_HEIGHT])
    compact = bool(areas.max() > 0.7 * areas.sum() and density > 0.5)
    filled = float((np.minimum(blocks.a, blocks.b)[apart] > 0.2 * strength[apart]).mean())
    large = 1 + np.flatnonzero(4 * areas >= areas.max())
    return Change(_box(np.isin(labels, large)), _moved(found), compact, filled, _plain(found))


def _box(apart: Bools) -> Box:
    rows, columns = np.nonzero(apart)
    h, w = apart.shape
    left, right = float(columns.min() / w), float((columns.max() + 1) / w)
    return left, float(rows.min() / h), right, float((rows.max() + 1) / h)


def _moved(found: Evidence) -> float:
    """The share of the blocks that are apart whose content is found nearby: things, or the camera, have moved."""
    a, b = (cv2.GaussianBlur(grey(one), (0, 0), 0.8) for one in (found.canvas.a, found.canvas.b))
    blocks, size = found.blocks, found.blocks.size
    rows, columns = np.nonzero(found.apart)
    strongest = np.argsort(-np.minimum(blocks.a, blocks.b)[rows, columns], kind="stable")[:TRIED]
    tried = moved = 0
    for row, column in zip(rows[strongest].tolist(), columns[strongest].tolist(), strict=True):
        top, left = max(0, row * size - size // 2), max(0, column * size - size // 2)
        part = a[top : row * size + size + size // 2, left : column * size + size + size // 2]
        above, before = max(0, top - REACH), max(0, left - REACH)
        around = b[above : top + part.shape[0] + REACH, before : left + part.shape[1] + REACH]
        if part.std() < 3:
            continue
        likeness = cv2.matchTemplate(around, part, cv2.TM_CCOEFF_NORMED)
        tried += 1
        moved += bool(likeness.max() > 0.85 and likeness.max() > likeness[top - above, left - before] + 0.15)
    return moved / max(1, tried)


def _plain(found: Evidence) -> tuple[float, float]:
    """The share of the changed pixels that have their most frequent colour, in each of the two pictures."""
    canvas = found.canvas
    where = pixels_of(found.apart, found.blocks.size, canvas.both.shape) & canvas.both
    where &= cv2.absdiff(canvas.a, canvas.b).max(axis=2) > CHANGED
    return _one_colour(canvas.a[where]), _one_colour(canvas.b[where])


def _one_colour(pixels: Bytes) -> float:
    """The largest share of pixels u8 (n,3) that lie within 16 levels in each channel."""
    if not len(pixels):
        return 0.0
    cells = np.bincount((pixels // 8).astype(np.int64) @ [1024, 32, 1], minlength=1 << 15).reshape(32, 32, 32)
    for axis in range(3):
        cells = cells.take(range(1, 32), axis) + cells.take(range(31), axis)
    return float(cells.max() / len(pixels))
