"""How near strangers come in this collection: two pictures of different classes are mostly strangers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ENOUGH = 30
"""Pairs of different classes that must lie beyond the limit before anything is said from them."""

BEARABLE = 1.0
"""Pairs of strangers that may be expected in a result,"""

SHARE = 0.05
"""or this share of its pairs if that is more."""

LEAST = 0.05
"""The limit is never set nearer than this: re-encoded copies lie within it."""


@dataclass(frozen=True, slots=True)
class Strangers:
    """The left tail of the distances of strangers: N(x) = `within` exp(`rate` (x - `limit`)) pairs within x."""

    limit: float
    within: float
    rate: float

    def expected(self, distance: float) -> float:
        """The pairs of strangers expected within a distance up to the limit."""
        return self.within * math.exp(self.rate * (distance - self.limit))

    def distance(self, found: NDArray[np.float32]) -> float:
        """The largest distance up to the limit within which few strangers are expected among the pairs `found` (k,).

        Few is one, or one in twenty of the pairs within that distance.
        """
        near = np.sort(found[found <= self.limit]).astype(np.float64)
        bearable = np.maximum(BEARABLE, SHARE * np.arange(1, len(near) + 1))
        if self.within <= max(BEARABLE, SHARE * len(near)):
            return self.limit
        fine = near[self.within * np.exp(self.rate * (near - self.limit)) <= bearable]
        return max(LEAST, float(fine.max(initial=0.0)))


def strangers(distances: NDArray[np.float32], share: float, limit: float) -> Strangers | None:
    """The tail from the distances (k,) of candidate pairs of different labels, or None where they are too few.

    `share` is the share of all pairs that have different labels. Only pairs beyond `limit` count, up to twice that: those
    within it are what is looked for. An exponential tail through the two halves of that range says how many are within.
    """
    near = int(np.count_nonzero((distances > limit) & (distances <= 1.5 * limit)))
    far = int(np.count_nonzero((distances > 1.5 * limit) & (distances <= 2 * limit)))
    if near + far < ENOUGH or far <= near or not share:
        return None
    near = max(near, 1)
    return Strangers(limit, near * near / (far - near) / share, math.log(far / near) / (limit / 2))
