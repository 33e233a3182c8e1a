"""Equal rows as classes, so that a thousand equal rows cost no million pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import metrics
from dedupe.model import Metric
from dedupe.search.rows import Ints, classes_of


def equal(
    keys: NDArray[Any], X: NDArray[Any], metric: str | Metric, threshold: float
) -> tuple[Ints, Ints, NDArray[np.float32]]:
    """Classes of rows with equal bytes in `keys` (n,k): the class of each row int64 (n,), numbered in the order of their
    first rows, those rows int64 (c,), and the distance within each class float32 (c,).

    Rows with equal keys are equal rows of X (n,d); one that is not within `threshold` of itself is a class of its own.
    """
    owner = metrics.resolve(metric)
    classes, rows = classes_of(keys)
    within = _itself(X[rows], owner)
    alone = ~(within <= metrics.as_float32(threshold))
    return _split(classes, alone, within) if alone[classes].sum() > alone.sum() else (classes, rows, within)


def _itself(X: NDArray[Any], owner: Metric) -> NDArray[np.float32]:
    """The distance of each row to itself, NaN where it is undefined."""
    if owner is metrics.HAMMING:
        return np.zeros(len(X), np.float32)
    if owner in metrics.BUILT_IN.values():
        defined = np.isfinite(X).all(axis=1)
        if owner is metrics.COSINE:
            defined &= X.any(axis=1)
        return np.where(defined, 0, np.nan).astype(np.float32)
    step = 32
    parts = [metrics.distances(X[at : at + step], X[at : at + step], owner).diagonal() for at in range(0, len(X), step)]
    return np.concatenate([*parts, np.zeros(0, np.float32)])


def _split(
    classes: Ints, alone: NDArray[np.bool_], within: NDArray[np.float32]
) -> tuple[Ints, Ints, NDArray[np.float32]]:
    """The classes with those taken apart whose rows are not near themselves: each row is then a class of its own."""
    n = len(classes)
    first = np.full(len(alone), n)
    np.minimum.at(first, classes, np.arange(n))
    stands = np.where(alone[classes], np.arange(n), first[classes])
    is_first = stands == np.arange(n)
    rows = np.flatnonzero(is_first)
    return (np.cumsum(is_first) - 1)[stands], rows, within[classes[rows]]
