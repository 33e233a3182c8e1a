"""Measures a null distribution: all pairs of pictures that have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import metrics
from dedupe.calibrate.files import reading
from dedupe.calibrate.table import CHECKED_PAIRS, Calibration
from dedupe.errors import UsageError
from dedupe.model import Ints, Metric

BINS = 1 << 18
"""Steps in which distances that are no whole numbers are counted, over twice the largest one of a sample."""

ENTRIES = 20
"""Table entries a factor of ten in share, for distances that are no whole numbers."""

LARGEST = 0.5
"""Shares beyond this are left out of the table: nobody asks for them."""

TAIL = 1000.0
"""The tail is fitted to shares up to so many times the smallest that was counted,"""

FEWEST = 4
"""and to so many distances at least."""

LEAST = 100
"""Pictures below which there is nothing to count."""

Floats = NDArray[np.float64]


def measure(
    key: str, X: NDArray[Any], metric: str | Metric, progress: Callable[[str, int, int], None] = lambda *_: None
) -> Calibration:
    """The null distribution of a descriptor from its vectors X (n,d) of n unrelated pictures: all n(n-1)/2 distances.

    The tail below the smallest share that was counted is a parabola in log(share), fitted to the three decades above it.
    Raises UsageError for fewer than 100 pictures, and where all distances are equal.
    """
    n = len(X)
    if n < LEAST:
        raise UsageError(f"{n} usable pictures are too few to calibrate with; {LEAST} are the least, 3,500 are good.")
    owner = metrics.resolve(metric)
    whole = owner is metrics.HAMMING
    edges, counts = _counted(X, owner, whole, progress)
    pairs = n * (n - 1) // 2
    within = np.cumsum(counts)
    keep = (within >= CHECKED_PAIRS) & (within <= LARGEST * pairs) & (counts > 0)
    if keep.sum() < 3:
        raise UsageError(f"The distances of {key} take too few different values to calibrate it with these pictures.")
    distances, shares = edges[keep], np.asarray(within[keep] / pairs, np.float64)
    slope, bend = _tail(distances, shares)
    if not whole:
        distances, shares = _thinned(distances, shares)
    table = tuple(distances.tolist()), tuple(shares.tolist())
    return Calibration(key, n, pairs, *table, slope, bend, whole, measured_with=reading(key))


def _counted(
    X: NDArray[Any], owner: Metric, whole: bool, progress: Callable[[str, int, int], None]
) -> tuple[Floats, Ints]:
    """Upper edges of the bins, float64 (b,), and how many distances lie in each, int64 (b,)."""
    if whole:
        edges = np.arange(X.shape[1] * 8 + 1, dtype=np.float64)
    else:
        some = X[:: max(1, len(X) // 200)]
        far = metrics.distances(some, some, owner)
        edges = np.linspace(0, 2 * float(np.nanmax(far, initial=1e-6)), BINS + 1)[1:]
    counts = np.zeros(len(edges), np.int64)
    for done, block in _blocks(X, owner):
        at = block if whole else np.ceil(block * (len(edges) / edges[-1])) - 1
        counts += np.bincount(np.clip(at, 0, len(edges) - 1).astype(np.int64), minlength=len(edges))
        progress("calibrating", done, len(X))
    return edges, counts


def _blocks(X: NDArray[Any], owner: Metric, rows: int = 256) -> Iterator[tuple[int, Floats]]:
    """Distances of all pairs (i < j) in pieces, with the number of rows done; NaN, which is never near, is far."""
    if owner in (metrics.COSINE, metrics.L2):
        X = X.astype(np.float32)
    for start in range(0, len(X), rows):
        some = X[start : start + rows]
        block = products(some, X[start:], owner)
        pairs = block[np.triu_indices(len(some), 1, len(X) - start)].astype(np.float64)
        yield min(start + rows, len(X)), np.nan_to_num(pairs, nan=1e300, posinf=1e300)


def products(A: NDArray[Any], B: NDArray[Any], owner: Metric) -> NDArray[np.float32]:
    """Distances of all rows of A (n,d) with all rows of B (m,d) as float32 (n,m), of floats by one product of matrices.

    To about 1e-4 of a distance, where `metrics.distances` is exact.
    """
    if owner is metrics.COSINE:
        with np.errstate(invalid="ignore", divide="ignore"):
            unit = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in (A, B)]
        return np.asarray(np.maximum(1 - unit[0] @ unit[1].T, 0), np.float32)
    if owner is metrics.L2:
        squares = [np.einsum("ij,ij->i", each, each) for each in (A, B)]
        return np.asarray(np.sqrt(np.maximum(squares[0][:, None] + squares[1][None] - 2 * (A @ B.T), 0)), np.float32)
    return metrics.distances(A, B, owner)


def _tail(distances: Floats, shares: Floats) -> tuple[float, float]:
    """Slope and bend of log(share) below the lowest point, by least squares over three decades of shares above it.

    It falls ever faster towards small distances, as a normal distribution does; where it does not, a line is taken.
    """
    low = shares <= shares[0] * TAIL
    low[:FEWEST] = True
    x, y = distances[low] - distances[0], np.log(shares[low] / shares[0])
    (slope, bend), *_ = np.linalg.lstsq(np.stack([x, -x * x], axis=1), y, rcond=None)
    if bend < 0 or slope <= 0:
        slope, bend = (x @ y) / (x @ x), 0.0
    return float(slope), float(bend)


def _thinned(distances: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """About 20 entries a decade of share."""
    step = np.floor(np.log10(shares) * ENTRIES)
    first = np.flatnonzero(np.diff(step, prepend=-np.inf))
    return distances[first], shares[first]
