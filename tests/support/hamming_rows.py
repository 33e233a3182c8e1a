"""Rows of bits, at random and made to trip a search."""

from __future__ import annotations

import numpy as np

KINDS = (
    "uniform",
    "equal",
    "zero",
    "ones",
    "entropy",
    "half",
    "one bit apart",
    "clusters",
    "constant bytes",
    "columns",
)


def rows_of(kind: str, n: int, width: int, seed: int) -> np.ndarray:
    """n rows of `width` bytes."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 256, (n, width), dtype=np.uint8)
    if kind == "equal":
        X[:] = X[:1]
    elif kind in ("zero", "ones"):
        X[:] = 0 if kind == "zero" else 255
    elif kind == "entropy":
        X[:] = X[:1]
        X[:, : max(1, width // 4)] ^= rng.integers(0, 8, (n, 1), dtype=np.uint8)
    elif kind == "half":
        X &= 0x55
    elif kind == "one bit apart":
        X[:] = X[:1]
        bit = rng.integers(0, 8 * width, n)
        X[np.arange(n), bit // 8] ^= (1 << (bit % 8)).astype(np.uint8)
    elif kind == "clusters" and n:
        X = X[rng.integers(0, max(1, n // 20), n)]
        for _ in range(6):
            bit = rng.integers(0, 8 * width, n)
            X[np.arange(n), bit // 8] ^= (rng.random(n) < 0.5).astype(np.uint8) << (bit % 8).astype(np.uint8)
    elif kind == "constant bytes":
        X[:, : width - 1] = 7
    elif kind == "columns":
        X[:] = np.where(rng.random((n, 1)) < 0.5, 0, 255)
    return X
