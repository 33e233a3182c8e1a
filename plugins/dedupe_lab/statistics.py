"""Shares and curves."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054
"""Standard deviations of a 95 % interval."""


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, "Probable Inference", 1927); 0 to 1 of nothing."""
    if not total:
        return 0.0, 1.0
    share, z2 = count / total, Z * Z / total
    middle, half = share + z2 / 2, Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total))
    low, high = (middle - half) / (1 + z2), (middle + half) / (1 + z2)
    return (0.0 if count == 0 else low), (1.0 if count == total else high)


def roc(same: NDArray[np.int64], different: NDArray[np.int64]) -> tuple[list[tuple[float, float]], float]:
    """Points (share of different pairs within t, share of same pairs within t) for each t, and the area below them.

    Both are counts by distance, int64 (bits + 1,); the area counts ties as half.
    """
    within = [np.concatenate([[0.0], np.cumsum(each) / max(1, int(each.sum()))]) for each in (different, same)]
    area = float(np.trapezoid(within[1], within[0]))
    return list(zip(within[0].tolist(), within[1].tolist(), strict=True)), area
