"""Shares, curves and their intervals, once for the host and for plugins (by `dedupe.kit`)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z = 1.959963984540054
"""Standard deviations of a 95 % interval."""

Curve = list[tuple[float, float]]
"""Points (share of the different within a distance, share of the same within it)."""


def one_in(share: float) -> str:
    """A rate in words, with two digits: 1 in 910,000, 1 in a million, 1 in 30 million."""
    count = float(f"{1 / share:.2g}")
    if count < 1e6:
        return f"1 in {count:,.0f}"
    return "1 in a million" if count == 1e6 else f"1 in {count / 1e6:,g} million"


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count` in `total` (Wilson, "Probable Inference", 1927); 0 to 1 of nothing."""
    if not total:
        return 0.0, 1.0
    share, square = count / total, Z * Z / total
    middle, half = share + square / 2, Z * math.sqrt(share * (1 - share) / total + square / (4 * total))
    low, high = (middle - half) / (1 + square), (middle + half) / (1 + square)
    return (0.0 if count == 0 else max(0.0, low), 1.0 if count == total else min(1.0, high))


def auc(same: NDArray[np.float32], ordered: NDArray[np.float32]) -> float | None:
    """The chance that a same pair is nearer than a different one, ties counting half: float32 (n,), (m,), the latter sorted.

    None where there are none of either.
    """
    import numpy as np

    if not len(same) or not len(ordered):
        return None
    left, right = np.searchsorted(ordered, same, "left"), np.searchsorted(ordered, same, "right")
    return float(np.mean(1 - (left + right) / (2 * len(ordered))))


def roc(same: NDArray[np.float32], ordered: NDArray[np.float32], least: int) -> Curve:
    """The curve at shares evenly spaced in their logarithm, from `least` of the different up to all of them.

    Distances of the same float32 of any shape, of the different float32 (m,), sorted. Nothing where fewer are different.
    """
    import numpy as np

    if len(ordered) < least or not same.size:
        return []
    found = np.sort(same, axis=None)
    counts = np.unique(np.geomspace(least, len(ordered), 64).round().astype(np.int64))
    within = np.searchsorted(found, ordered[np.minimum(counts, len(ordered) - 1)], "left") / len(found)
    within[counts >= len(ordered)] = 1.0
    return [(float(count / len(ordered)), float(recall)) for count, recall in zip(counts, within, strict=True)]


def roc_of_counts(same: NDArray[np.int64], different: NDArray[np.int64]) -> tuple[Curve, float]:
    """The curve at each distance, and the area below it, ties counting half; both int64 (bits + 1,), counts by distance."""
    import numpy as np

    within = [np.concatenate([[0.0], np.cumsum(each) / max(1, int(each.sum()))]) for each in (different, same)]
    area = float(np.trapezoid(within[1], within[0]))
    return list(zip(within[0].tolist(), within[1].tolist(), strict=True)), area
