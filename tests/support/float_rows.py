"""Rows of floats of every kind, and their distances in float64."""

from __future__ import annotations

import numpy as np

KINDS = (
    "normal",
    "clusters",
    "copies",
    "far from zero",
    "huge and tiny",
    "zeros",
    "nan",
    "integers",
    "opposite",
    "one wild",
)


def rows_of(kind: str, n: int, d: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)).astype(np.float32)
    if kind in ("clusters", "far from zero", "one wild") and n:
        X = X[rng.integers(0, max(1, n // 8), n)] + rng.normal(size=(n, d)).astype(np.float32) * np.float32(0.05)
    if kind == "copies" and n:
        X = X[rng.integers(0, max(1, n // 3), n)]
    if kind == "far from zero":
        X += 1000
    if kind == "huge and tiny":
        X *= 10.0 ** rng.integers(-30, 30, (n, 1))
    if kind == "zeros":
        X[rng.random(n) < 0.4] = 0
    if kind == "nan":
        X[rng.random(n) < 0.4, rng.integers(0, d)] = rng.choice([np.nan, np.inf, -np.inf])
    if kind == "integers":
        X = np.round(X)
    if kind == "opposite":
        X[n // 2 :] = -X[: n - n // 2]
    if kind == "one wild" and n:
        X[0] = 3e38
    return X.astype(np.float32)


def brute(A: np.ndarray, B: np.ndarray, metric: str) -> np.ndarray:
    """Distances in float64, NaN where undefined."""
    a, b = A.astype(np.float64), B.astype(np.float64)
    with np.errstate(all="ignore"):
        if metric == "cosine":
            return 1 - np.einsum("id,jd->ij", a, b) / np.sqrt((a * a).sum(1)[:, None] * (b * b).sum(1)[None, :])
        return np.sqrt(((a[:, None, :] - b[None, :, :]) ** 2).sum(-1))
