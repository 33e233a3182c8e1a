"""How much the seams between blocks of 8x8 show, which a coarse JPEG leaves, however well it is saved again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

LINES = 256
"""So many lines of the picture are looked along, each way."""


def seams(grey: Bytes) -> float:
    """The mean difference of pixels u8 (h,w) across the seams, by that of other neighbours: 1 where there are none."""
    return float(np.mean([_along(grey), _along(grey.T)]))


def _along(grey: Bytes) -> float:
    lines = grey[:: max(1, len(grey) // LINES), : grey.shape[1] // 8 * 8].astype(np.int16)
    steps = np.abs(np.diff(lines, axis=1)).mean(axis=0)
    at_seam = np.arange(len(steps)) % 8 == 7
    return float((steps[at_seam].mean() + 0.05) / (steps[~at_seam].mean() + 0.05))
