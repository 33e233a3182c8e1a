"""Float rows made ready for matrix products, and the near pairs of two blocks of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.metrics import pair_distances
from dedupe.model import Bools, Floats, Ints

_CHUNK = 1 << 22  # values widened to float64 at a time: 32 MB

Part = tuple[Ints, Ints, NDArray[Any]]
"""Left and right positions and distances of some pairs."""


@dataclass(frozen=True, slots=True)
class FloatRows:
    """The comparable ones of n rows; `numbers` int64 (k,) says which, `X` (n,d) holds all as they were given.

    `left` float32 (k,d+2) and `right` are such that left @ right.T is -|a-b|^2 / 2 (of unit rows for "cosine"), too
    large by no less than the rounding error of the product; `scale` is what "l2" rows were divided by.
    """

    X: NDArray[Any]
    numbers: Ints
    left: Floats
    metric: str
    scale: float

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def points(self) -> Floats:
        """The unit or centred rows themselves, float32 (k,d)."""
        return self.left[:, :-2]

    def right(self, rows: Ints) -> Floats:
        """The other factor of a product, float32 (k,d+2), of the rows int64 (k,)."""
        out = self.left[rows]
        out[:, -2:] = out[:, :-3:-1]
        return out

    def reach(self, threshold: float) -> float:
        """The Euclidean distance of points at a threshold."""
        return float((2 * threshold) ** 0.5 if self.metric == "cosine" else threshold / self.scale)


@dataclass(frozen=True, slots=True)
class RowFrame:
    """A point amid the finite rows, float64 (d,), and the largest distance of a value from it."""

    centre: NDArray[np.float64]
    scale: float


def prepare(metric: str, *sets: NDArray[Any]) -> list[FloatRows]:
    """Sets of rows (n,d) of float32 or int8 for "cosine" or "l2", centred and scaled alike for "l2".

    Rows that are not `comparable` are left out.
    """
    frame = frame_of(metric, *sets)
    return [prepared(X, metric, frame) for X in sets]


def prepared(X: NDArray[Any], metric: str, frame: RowFrame) -> FloatRows:
    """Rows (n,d), which may be some of a set, in the frame of all."""
    numbers, d = np.flatnonzero(comparable(X, metric)), X.shape[1]
    left = np.ones((len(numbers), d + 2), np.float32)
    slack = (d + 16) * 2.0**-23  # bounds the rounding errors of the rows and of a product of d + 2 values
    step = max(1, _CHUNK // max(1, d))
    for at in range(0, len(numbers), step):
        rows = X[numbers[at : at + step]].astype(np.float64)
        rows = (
            rows / np.linalg.norm(rows, axis=1, keepdims=True)
            if metric == "cosine"
            else (rows - frame.centre) / frame.scale
        )
        left[at : at + step, :d] = rows
        left[at : at + step, d] = (slack - 0.5) * np.einsum("ij,ij->i", rows, rows)
    return FloatRows(X, numbers, left, metric, frame.scale)


def comparable(X: NDArray[Any], metric: str) -> Bools:
    """Which rows (n,d) have a distance to others, bool (n,): finite ones, for "cosine" not zero."""
    good = np.isfinite(X).all(axis=1)
    return np.asarray(good & X.any(axis=1) if metric == "cosine" else good)


def frame_of(metric: str, *sets: NDArray[Any]) -> RowFrame:
    """That of sets of rows (n,d): for "l2" products neither cancel nor overflow in it."""
    if metric != "l2":
        return RowFrame(np.zeros(sets[0].shape[1]), 1.0)
    finite = [X[np.isfinite(X).all(axis=1)] for X in sets]
    finite = [X for X in finite if X.size]
    if not finite:
        return RowFrame(np.zeros(sets[0].shape[1]), 1.0)
    centre = finite[0].mean(axis=0, dtype=np.float64)
    widest = max(float(np.maximum(X.max(axis=0) - centre, centre - X.min(axis=0)).max()) for X in finite)
    return RowFrame(centre, widest or 1.0)


def near_pairs(A: FloatRows, rows: Ints, B: FloatRows, columns: Ints, threshold: float) -> Part:
    """Positions in A and B, int64 (k,), and float64 distances of the pairs of two blocks within a threshold."""
    product = A.left[rows] @ B.right(columns).T
    bound = -0.5 * A.reach(threshold) ** 2 * (1 + 1e-6) - 1e-30
    i, j = np.divmod(np.flatnonzero(product >= bound), max(1, len(columns)))
    return confirm(A, rows[i], B, columns[j], threshold)


def confirm(A: FloatRows, left: Ints, B: FloatRows, right: Ints, threshold: float) -> Part:
    """Those of k pairs of positions, int64 (k,) each, that are within a threshold, by distances of the given rows in float64."""
    distance = pair_distances(A.X, A.numbers[left], B.X, B.numbers[right], A.metric)
    near = distance <= threshold
    return left[near], right[near], distance[near]
