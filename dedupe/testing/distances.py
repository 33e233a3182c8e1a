"""Distances as the contract defines them, written down a second time, for the kit only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.model import Metric


def distances(metric: str | Metric, A: NDArray[Any], B: NDArray[Any]) -> NDArray[np.float64]:
    """All distances float64 (n,m) between the rows of A (n,d) and B (m,d)."""
    if isinstance(metric, Metric):
        return np.asarray(metric.block(A.copy(), B.copy())).astype(np.float64)
    if metric == "hamming":
        return np.asarray(np.bitwise_count(A[:, None, :] ^ B[None, :, :]).sum(2), np.float64)
    X, Y = A.astype(np.float64), B.astype(np.float64)
    if metric == "l2":
        return np.asarray(np.sqrt(((X[:, None, :] - Y[None, :, :]) ** 2).sum(2)))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - (X @ Y.T) / (np.linalg.norm(X, axis=1)[:, None] * np.linalg.norm(Y, axis=1)[None, :]))
