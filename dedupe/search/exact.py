"""Brute force: every row with every row, in blocks; for a few Hamming rows, for float rows, and for a plugin's metric."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.metrics import as_float32, distances
from dedupe.model import Metric, Pairs
from dedupe.search.floats import FloatRows, Part, near_pairs
from dedupe.search.result import gather_pairs, refuse_many
from dedupe.search.rows import Words

BLOCK = 2048
METRIC_BLOCK = 512
HAMMING_BLOCK = 256


def hamming(X: Words, Y: Words | None, t: int) -> Pairs:
    """Pairs within t bits of rows of X u64 (n,W), left < right, or of X and Y u64 (m,W), by numpy: for few rows."""

    def block(rows: slice, columns: slice) -> Part:
        a, b = X[rows], (X if Y is None else Y)[columns]
        found = np.zeros((len(a), len(b)), np.uint16)
        for word in range(X.shape[1]):
            found += np.bitwise_count(a[:, word, None] ^ b[None, :, word])
        i, j = np.nonzero(found <= t)
        return i + rows.start, j + columns.start, found[i, j]

    return _collect(
        (block(*each) for each in _blocks(len(X), len(X if Y is None else Y), Y is None, HAMMING_BLOCK)), Y is None
    )


def floats(A: FloatRows, B: FloatRows | None, threshold: float) -> Pairs:
    """Pairs within `threshold` of the rows of A, left < right, or of A and B: float32 GEMM, near ones in float64."""
    other = A if B is None else B
    parts = (
        near_pairs(A, np.arange(rows.start, rows.stop), other, np.arange(columns.start, columns.stop), threshold)
        for rows, columns in _blocks(len(A), len(other), B is None, BLOCK)
    )
    found = _collect(parts, B is None)
    return Pairs(A.numbers[found.left], other.numbers[found.right], found.distance)


def metric(A: NDArray[Any], B: NDArray[Any] | None, owner: Metric, threshold: float) -> Pairs:
    """Pairs within `threshold` by a plugin's metric, of the rows of A (n,d), left < right, or of A and B (m,d)."""

    def block(rows: slice, columns: slice) -> Part:
        found = distances(A[rows], (A if B is None else B)[columns], owner)
        i, j = np.nonzero(found <= limit)
        return i + rows.start, j + columns.start, found[i, j]

    limit = as_float32(threshold)  # a distance of 0.1 in float32 is within 0.1
    blocks = _blocks(len(A), len(A if B is None else B), B is None, METRIC_BLOCK)
    return _collect((block(*each) for each in blocks), B is None)


def _blocks(n: int, m: int, one: bool, size: int) -> Iterator[tuple[slice, slice]]:
    """Blocks of an n x m matrix; of a symmetric one those that reach above the diagonal."""
    for i in range(0, n, size):
        for j in range(i if one else 0, m, size):
            yield slice(i, min(i + size, n)), slice(j, min(j + size, m))


def _collect(parts: Iterator[Part], one: bool) -> Pairs:
    found, count = [], 0
    for left, right, distance in parts:
        keep = left < right if one else slice(None)
        found.append((left[keep], right[keep], distance[keep]))
        count += len(found[-1][0])
        refuse_many(count)
    return gather_pairs([part for part in found if len(part[0])])
