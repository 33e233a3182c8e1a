"""What stands in the one picture and not in the other, where the rest agrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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

BOXES, SPECK = 20, 0.05
"""So many pieces get a box, and none that has a smaller share of the largest one's blocks."""

CHANGED = 24
"""A pixel is changed if a channel differs by more than so many levels."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is apart: its `box` in shares of the canvas, the share of its blocks that only moved, whether it is one compact
    piece, the share of its blocks that have structure in both, and how much of it has one colour in a and in b, as what is laid
    over a picture has; `added`: over which of the two, "a" or "b", something was laid, as far as that can be told.
    """

    box: Box
    moved: float
    compact: bool
    filled: float
    plain: tuple[float, float]
    added: str = ""


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
    plain = _plain(found)
    return Change(_box(np.isin(labels, large)), _moved(found), compact, filled, plain, _added(found, filled, plain))


def pieces(found: Evidence) -> list[Box]:
    """Boxes around what is apart, in shares of the canvas, the largest first: blocks that lie next to each other are one."""
    if not found.apart.any():
        return []
    near: Any = cv2.dilate(found.apart.astype(np.uint8), np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(near, connectivity=8)
    counts = np.bincount(labels[found.apart])
    large = [one for one in np.argsort(-counts, kind="stable").tolist() if counts[one] > SPECK * counts.max()]
    return [_box(found.apart & (labels == one)) for one in large[:BOXES]]


def _added(found: Evidence, filled: float, plain: tuple[float, float]) -> str:
    """Over which of the two something was laid: it has structure where the other has none, or one colour."""
    if filled < 0.1:
        a, b = (float(one[found.apart].mean()) for one in (found.blocks.a, found.blocks.b))
        return "b" if b > a else "a"
    least, most = sorted(plain)
    if most < 0.33 or most < 1.75 * least:
        return ""
    return "a" if plain[0] > plain[1] else "b"


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
    return one_colour(canvas.a[where]), one_colour(canvas.b[where])


def one_colour(pixels: Bytes) -> float:
    """The largest share of pixels u8 (n,3) that lie within 16 levels in each channel."""
    if not len(pixels):
        return 0.0
    cells = np.bincount((pixels // 8).astype(np.int64) @ [1024, 32, 1], minlength=1 << 15).reshape(32, 32, 32)
    for axis in range(3):
        cells = cells.take(range(1, 32), axis) + cells.take(range(31), axis)
    return float(cells.max() / len(pixels))
