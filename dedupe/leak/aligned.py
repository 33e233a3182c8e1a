"""The distance of edges that the judge has for small pictures, of many pairs at once: what it would refuse is not asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.judge.edges import SHIFT, SIDE, grey_edges
from dedupe.model import Decode, Floats, Ints, Metric

CHUNK = 1 << 16
"""Pairs at a time: 120 MB of edges at most, 240 on both sides."""


@dataclass(frozen=True)
class Aligned:
    """Small grey pictures u8 (n,1024), compared by `distances`. The threshold leaves room for what the judge tries besides."""

    name = "aligned"
    version = "1"
    decode = Decode(size=(SIDE, SIDE), resample="bilinear")
    threshold = 0.35

    @property
    def metric(self) -> Metric:
        """`distances` of all rows with all."""
        return Metric("aligned", "uint8", block)

    def describe(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pictures u8 (n,32,32) to rows u8 (n,1024)."""
        return np.ascontiguousarray(images).reshape(len(images), -1)


def block(A: NDArray[Any], B: NDArray[Any]) -> Floats:
    """Distances of all rows of A u8 (n,1024) with all rows of B u8 (m,1024) as float32 (n,m)."""
    left, right = np.divmod(np.arange(len(A) * len(B)), max(1, len(B)))
    return distances(A, left, B, right).reshape(len(A), len(B))


def distances(A: NDArray[Any], left: Ints, B: NDArray[Any], right: Ints) -> Floats:
    """1 - correlation of the edges of row left[i] of A and row right[i] of B, the least over shifts, as float32 (k,)."""
    from dedupe.leak.correlate import correlate

    out = np.empty(len(left), np.float64)
    for at in range(0, len(left), CHUNK):
        some = slice(at, at + CHUNK)
        a, i = np.unique(left[some], return_inverse=True)
        b, j = np.unique(right[some], return_inverse=True)
        first, second = edges(A[a]), edges(B[b])
        i, j = i.astype(np.int64), j.astype(np.int64)
        correlate(first, _norms(first), second, _norms(second), i, j, SHIFT, out[some])
    return (1 - np.minimum(out, 1)).astype(np.float32)


def _norms(rows: NDArray[np.int16]) -> NDArray[np.float64]:
    from dedupe.leak.correlate import norms

    out = np.empty((len(rows), (2 * SHIFT + 1) ** 2))
    norms(rows, SHIFT, out)
    return out


def edges(X: NDArray[Any]) -> NDArray[np.int16]:
    """Rows u8 (n,1024) to edges int16 (n,2,30,30)."""
    return grey_edges(X.reshape(-1, SIDE, SIDE))
