"""Pictures of shades alone, as plain skies and backdrops are: they have no structure to compare, and count by their colours."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.canvas import turned_pixels
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


def ramps(image: Bytes) -> Bytes | None:
    """The colours of a picture u8 (h,w,3) in cells, u8 (64,64,3), if they are ramps: sums of one value for their row and one for
    their column, which differ; else None.
    """
    colours: Bytes = np.asarray(cv2.resize(image, (CELLS, CELLS), interpolation=cv2.INTER_AREA), np.uint8)
    cells = colours.astype(np.float32)
    rows, columns = cells.mean(axis=1, keepdims=True), cells.mean(axis=0, keepdims=True)
    off = np.abs(cells - rows - columns + cells.mean(axis=(0, 1)))
    spread = max(float(np.ptp(one, axis=axis).max()) for axis, one in enumerate((rows, columns)))
    return colours if spread >= RANGE and off.max() <= STRUCTURE and np.quantile(off, 0.98) <= MOST_OF else None


def judge_shades(a: Bytes | None, b: Bytes | None, turn: str) -> Judgement | None:
    """What two pictures are to each other by their `ramps`, b turned so; None where one of them has more to see."""
    if a is None or b is None:
        return None
    if cv2.absdiff(a, turned_pixels(b, turn)).max() <= ERROR:
        return Judgement("re-encoded", "the same shades", 1.0, turn)
    return Judgement("different", "other shades", 0.0, turn)
