"""Pictures of shades alone, as plain skies and backdrops are: they have no structure to compare, and count by their colours."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.canvas import turned_pixels
from dedupe.judge.look import Look
from dedupe.model.judgement import Judgement

CELLS = 64
"""Colours are compared in so many cells a side."""

STRUCTURE, MOST_OF = 8.0, 3.0
"""No cell is off the sum of its row and its column by more levels, and all but one in 50 by no more than that."""

RANGE = 24.0
"""Levels between the lightest and the darkest row, or column, at least: what is flat has no shades."""

ERROR = 6
"""So many levels a codec, or another size, may change the mean of a cell."""

Bytes = NDArray[np.uint8]


def judge_shades(a: Look, b: Look, turn: str) -> Judgement | None:
    """What two pictures of shades alone are to each other, b turned so; None where one of them has more to see."""
    p, q = _cells(a), _cells(b)
    if not (_shades(p) and _shades(q)):
        return None
    if cv2.absdiff(p, turned_pixels(q, turn)).max() <= ERROR:
        return Judgement("re-encoded", "the same shades", 1.0, turn)
    return Judgement("different", "other shades", 0.0, turn)


def _cells(look: Look) -> Bytes:
    return np.asarray(cv2.resize(look.small, (CELLS, CELLS), interpolation=cv2.INTER_AREA))


def _shades(colours: Bytes) -> bool:
    """Whether cells u8 (n,n,3) are ramps: sums of one value for their row and one for their column, which differ."""
    cells = colours.astype(np.float32)
    rows, columns = cells.mean(axis=1, keepdims=True), cells.mean(axis=0, keepdims=True)
    off = np.abs(cells - rows - columns + cells.mean(axis=(0, 1)))
    spread = max(float(np.ptp(one, axis=axis).max()) for axis, one in enumerate((rows, columns)))
    return bool(spread >= RANGE and off.max() <= STRUCTURE and np.quantile(off, 0.98) <= MOST_OF)
