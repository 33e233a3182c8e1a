"""Distances of whole blocks of pictures at once, as fast as matrix products are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dedupe import metrics
from dedupe.model import Floats, Metric
from dedupe.search.rows import as_words

Rows: TypeAlias = NDArray[Any]
Block: TypeAlias = Callable[[Any, Any], Floats]
Prepare: TypeAlias = Callable[[Rows], Any]

STEP = 32
"""Pictures whose distances to their own copies are taken at once: a block's diagonal."""


def block_of(metric: str | Metric) -> tuple[Prepare, Block]:
    """How rows (n,d) are made ready, and block(A, B) of ready rows to float32 (n,m), inf where undefined.

    The same distances as `metrics.distances` within float32's rounding: "cosine" and "l2" are matrix products in float64.
    """
    name = metrics.resolve(metric).name if isinstance(metric, str) else ""
    prepared: dict[str, tuple[Prepare, Block]] = {
        "hamming": (as_words, _hamming),
        "cosine": (_unit, _cosine),
        "l2": (_wide, _l2),
    }
    return prepared.get(name, (np.ascontiguousarray, lambda A, B: _defined(metrics.distances(A, B, metric))))


def least(block: Block, turned: Sequence[Any], others: Any) -> Floats:
    """The least distance float32 (n,m) of the orientations `turned` (each of n rows) to m other rows."""
    found = block(turned[0], others)
    for rows in turned[1:]:
        np.minimum(found, block(rows, others), out=found)
    return found


def own(block: Block, turned: Sequence[Any], copies: Any) -> Floats:
    """The least distance float32 (n,) of row i in any orientation to row i of `copies`."""
    out = np.empty(len(copies), np.float32)
    for at in range(0, len(copies), STEP):
        part = slice(at, at + STEP)
        out[part] = np.diagonal(least(block, [rows[part] for rows in turned], copies[part]))
    return out


def _defined(found: Floats) -> Floats:
    """An undefined distance is never near: it counts as infinitely far."""
    found[np.isnan(found)] = np.inf
    return found


def _hamming(A: Rows, B: Rows) -> Floats:
    bits = np.zeros((len(A), len(B)), np.uint16 if A.shape[1] < 1024 else np.uint32)
    for k in range(A.shape[1]):
        bits += np.bitwise_count(A[:, None, k] ^ B[None, :, k])
    return bits.astype(np.float32)


def _unit(X: Rows) -> Rows:
    wide = X.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        wide /= np.sqrt(np.einsum("ij,ij->i", wide, wide))[:, None]
    return wide


def _cosine(A: Rows, B: Rows) -> Floats:
    return _defined(metrics.as_float32(np.maximum(1 - A @ B.T, 0)))


def _wide(X: Rows) -> Rows:
    return X.astype(np.float64)


def _l2(A: Rows, B: Rows) -> Floats:
    squares = np.einsum("ij,ij->i", A, A)[:, None] + np.einsum("ij,ij->i", B, B) - 2 * (A @ B.T)
    return _defined(metrics.as_float32(np.sqrt(np.maximum(squares, 0))))
