"""Shares and curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import mean, stdev

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


def spread(values: Sequence[float | None], factor: float = 100, digits: int = 1) -> str:
    """Mean and, of several, standard deviation of values times `factor`, which makes shares percent; - where one is missing."""
    numbers = [factor * value for value in values if value is not None]
    if not numbers or len(numbers) < len(values):
        return "-"
    text = f"{mean(numbers):,.{digits}f}"
    return f"{text} \u00b1 {stdev(numbers):,.{digits}f}" if len(numbers) > 1 else text
