"""Distances: of all rows with all rows, of rows pair by pair, and the checks of what may be compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import DedupeError, UsageError
from dedupe.model import Metric

Rows = NDArray[Any]
_CHUNK = 1 << 22  # values widened to float64 at a time: 32 MB


def hamming_block(A: Rows, B: Rows) -> NDArray[np.float32]:
    """Differing bits of all rows of A u8 (n,d) with all rows of B u8 (m,d) as float32 (n,m), packed bits."""
    out = np.zeros((len(A), len(B)), np.float32)
    for k in range(A.shape[1]):
        out += np.bitwise_count(A[:, None, k] ^ B[None, :, k])
    return out


def cosine_block(A: Rows, B: Rows) -> NDArray[np.float32]:
    """1 - cosine of all rows of A (n,d) with all rows of B (m,d), float32 or int8, as float32 (n,m); NaN for zero rows."""
    return _all_pairs(A, B, "cosine")


def l2_block(A: Rows, B: Rows) -> NDArray[np.float32]:
    """Euclidean distance of all rows of A float32 (n,d) with all rows of B float32 (m,d) as float32 (n,m)."""
    return _all_pairs(A, B, "l2")


HAMMING = Metric("hamming", "uint8", hamming_block)
COSINE = Metric("cosine", "float32", cosine_block)
L2 = Metric("l2", "float32", l2_block)
BUILT_IN = {each.name: each for each in (HAMMING, COSINE, L2)}


def resolve(metric: str | Metric) -> Metric:
    """The metric of a name, or the one given; raises UsageError for a name that is none."""
    if isinstance(metric, Metric):
        return metric
    if metric in BUILT_IN:
        return BUILT_IN[metric]
    raise UsageError(f"There is no metric {metric!r}; the metrics are {', '.join(BUILT_IN)}, and those of plugins.")


def check(X: Rows, metric: Metric) -> Rows:
    """X as a C-contiguous (n,d) array; raises DedupeError if its shape or dtype does not fit the metric."""
    allowed = {np.dtype(metric.dtype)} | ({np.dtype(np.int8)} if metric is COSINE else set())
    if X.ndim != 2:
        raise DedupeError(f"Descriptors have to be an array of rows (n,d) for {metric.name}, not of shape {X.shape}.")
    if X.dtype not in allowed:
        names = " or ".join(sorted(str(each) for each in allowed))
        raise DedupeError(f"The metric {metric.name} compares {names}, not {X.dtype}.")
    return np.ascontiguousarray(X)


def check_both(A: Rows, B: Rows, metric: Metric) -> tuple[Rows, Rows]:
    """Rows (n,d) and (m,d) as `check` gives them; raises DedupeError if their rows are of different lengths."""
    A, B = check(A, metric), check(B, metric)
    if A.shape[1] != B.shape[1]:
        raise DedupeError(f"Descriptors of {A.shape[1]} and {B.shape[1]} values cannot be compared with each other.")
    return A, B


def distances(A: Rows, B: Rows, metric: str | Metric) -> NDArray[np.float32]:
    """Distances of all rows of A (n,d) with all rows of B (m,d) as float32 (n,m), NaN where they are undefined.

    Raises DedupeError for rows that do not fit the metric, and MetricError for a plugin's metric that raises, gives no
    distances, crashes or hangs.
    """
    owner = resolve(metric)
    A, B = check_both(A, B, owner)
    if owner in BUILT_IN.values():
        return owner.block(A, B)
    from dedupe.metrics import foreign

    return np.maximum(as_float32(foreign.distances(owner, A, B)), np.float32(0))  # 0 is what rounding leaves below it


def pair_distances(
    A: Rows, left: NDArray[np.int64], B: Rows, right: NDArray[np.int64], metric: str
) -> NDArray[np.float64]:
    """Distance of row left[i] of A and row right[i] of B for "cosine" or "l2", computed in float64, as float64 (k,)."""
    out = np.empty(len(left), np.float64)
    step = max(1, _CHUNK // max(1, A.shape[1]))
    for at in range(0, len(left), step):
        a = A[left[at : at + step]].astype(np.float64)
        b = B[right[at : at + step]].astype(np.float64)
        out[at : at + step] = _cosine(a, b) if metric == "cosine" else _euclidean(a, b)
    return out


def as_float32(values: Any) -> NDArray[np.float32]:
    """Numbers of any shape as float32; what is beyond its range is infinitely far."""
    with np.errstate(over="ignore"):
        return np.asarray(values).astype(np.float32)


def _cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ab, aa, bb = (np.einsum("ij,ij->i", x, y) for x, y in ((a, b), (a, a), (b, b)))
        found: NDArray[np.float64] = np.maximum(1 - ab / np.sqrt(aa * bb), 0)  # one root, so that equal rows give 0
        return found


def _euclidean(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", over="ignore"):
        a -= b
        found: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", a, a))
        return found


def _all_pairs(A: Rows, B: Rows, metric: str) -> NDArray[np.float32]:
    left, right = np.divmod(np.arange(len(A) * len(B)), max(1, len(B)))
    return as_float32(pair_distances(A, left, B, right, metric)).reshape(len(A), len(B))
