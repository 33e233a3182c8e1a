"""Pairs within a distance, never the nearest few: by brute force, multi-index (Hamming), inverted file, or a plugin's index."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dedupe import metrics
from dedupe.errors import UsageError
from dedupe.model import Floats, Ints, Metric, Pairs
from dedupe.search import proposed
from dedupe.search.proposed import Approximate
from dedupe.search.result import Crossed, Joined, recall_notes
from dedupe.search.rows import equal

__all__ = [
    "INDEXES",
    "Approximate",
    "Crossed",
    "Joined",
    "Which",
    "check_index",
    "cross",
    "equal",
    "join",
    "many",
    "near",
    "recall_notes",
    "without_nan",
]

Rows = NDArray[Any]

INDEXES = ("auto", "exact", "multi-index", "inverted")
"""The host's own; others are plugins'."""

Which: TypeAlias = str | Approximate

MANY = 100_000
"""Float rows up to which `auto` compares all, since that misses nothing; beyond, it takes the inverted file.

Measured (tests/benchmarks/search.py, processor seconds, 128 values, cosine within 0.05): 10,000 rows 0.4 by brute force,
1.1 by inverted file, 2.4 by graph; 50,000 rows 10, 4 and 17; 100,000 rows 35 and 9.5. On these rows the inverted file
missed no pair and the graph 1 %; what each misses on the rows at hand is measured in every search.
"""

_FITS = {
    "hamming": ("exact", "multi-index"),
    "cosine": ("exact", "inverted"),
    "l2": ("exact", "inverted"),
}


def join(
    X: Rows, metric: str | Metric, threshold: float, *, index: Which = "auto", seed: int = 0, threads: int | None = None
) -> Joined:
    """All pairs of rows of X (n,d) with distance <= threshold, by classes of equal rows; the same for any `threads`.

    X is u8 of packed bits for "hamming", float32 or int8 for "cosine", float32 for "l2", else what the `Metric` says.
    Rows with NaN, and zero rows under "cosine", are near nothing. `seed` starts what is random in the inverted file and
    a plugin's index, whose recall is measured. Raises UsageError for an index that does not fit the metric, a negative
    threshold; DedupeError for more than 200 million pairs.
    """
    owner = _checked(metric, threshold, index)
    X = metrics.check(X, owner)
    classes, rows, within = equal(X, X, owner, threshold)
    fine = without_nan(X[rows])
    pairs, name, recall = _search(X[rows[fine]], None, owner, threshold, index, seed, threads)
    pairs = _renumbered(pairs, fine, fine, len(rows), len(rows))
    return Joined(classes, rows, pairs, name, recall, within)


def cross(
    A: Rows,
    B: Rows,
    metric: str | Metric,
    threshold: float,
    *,
    index: Which = "auto",
    seed: int = 0,
    threads: int | None = None,
) -> Crossed:
    """All pairs of a row of A (n,d) and one of B (m,d) with distance <= threshold, left in A, right in B.

    Dtypes, errors and what is near nothing as in `join`.
    """
    owner = _checked(metric, threshold, index)
    A, B = metrics.check_both(A, B, owner)
    left, right = without_nan(A), without_nan(B)
    pairs, name, recall = _search(A[left], B[right], owner, threshold, index, seed, threads)
    return Crossed(_renumbered(pairs, left, right, len(A), len(B)), name, recall)


def near(
    query: Rows,
    X: Rows,
    metric: str | Metric,
    threshold: float,
    *,
    nearest: int | None = None,
    index: Which = "auto",
    folder: Path | None = None,
) -> tuple[Ints, Floats]:
    """Rows of X (n,d) within `threshold` of the one row of query (1,d), nearest first: numbers and distances (k,).

    With `nearest` at most so many. Exact, by one pass over X, but for an index of a plugin: what it builds is kept in `folder`.
    """
    owner = _checked(metric, threshold, index)
    query, X = metrics.check_both(query, X, owner)
    if isinstance(index, Approximate):
        at, distance = _proposed(index, query, X, owner.name, threshold, nearest, folder)
    else:
        distance = _to_all(query, X, owner)
        at = np.flatnonzero(distance <= threshold)
        distance = distance[at]
    order = np.lexsort((at, distance))[:nearest]
    return at[order], metrics.as_float32(distance[order])


def check_index(index: Which, asked: Iterable[str | Metric]) -> None:
    """Raises UsageError for an index that there is not, or that does not serve all metrics asked."""
    for metric in asked:
        _fitting(metric, index)


def _checked(metric: str | Metric, threshold: float, index: Which) -> Metric:
    if not threshold >= 0:
        raise UsageError(f"A threshold is a distance, 0 or more, not {threshold}.")
    return _fitting(metric, index)


def _fitting(metric: str | Metric, index: Which) -> Metric:
    owner = metrics.resolve(metric)
    own = isinstance(index, str)
    if own and index not in INDEXES:
        raise UsageError(f"There is no index {index!r}; the indexes are {', '.join(INDEXES)}.")
    fits = _FITS[owner.name] if owner in metrics.BUILT_IN.values() else ("exact",)
    if index not in ("auto", *fits) if own else owner not in (metrics.COSINE, metrics.L2):
        name = index if isinstance(index, str) else index.name
        raise UsageError(f"--index {name} does not serve the metric {owner.name}; use auto or {' or '.join(fits)}.")
    return owner


def _search(
    A: Rows, B: Rows | None, owner: Metric, threshold: float, index: Which, seed: int, threads: int | None
) -> tuple[Pairs, str, float | None]:
    """Pairs, the name of what searched, and its recall."""
    from dedupe.search import exact

    if owner is metrics.HAMMING:
        from dedupe.search import hamming

        return (*hamming.search(A, B, threshold, str(index), threads), None)
    if owner not in metrics.BUILT_IN.values():
        return exact.metric(A, B, owner, threshold), "exact", None
    from dedupe.search.floats import prepare

    left, *other = prepare(owner.name, A) if B is None else prepare(owner.name, A, B)
    right = other[0] if other else None
    if many(len(A), None if B is None else len(B), index):
        from dedupe.search import inverted

        pairs, recall = inverted.search(left, right, threshold, seed)
        return pairs, "inverted", recall
    if isinstance(index, Approximate):
        pairs, recall = proposed.search(index, left, right, threshold, seed)
        return pairs, index.name, recall
    return exact.floats(left, right, threshold), "exact", None


def many(n: int, m: int | None, index: Which) -> bool:
    """Whether n float rows, or n and m, are so many that an inverted file searches them."""
    size = max(n, m or 0)
    return index == "inverted" or (index == "auto" and size > MANY and (m is None or n * m > MANY**2 // 2))


def _proposed(
    index: Approximate, query: Rows, X: Rows, metric: str, threshold: float, nearest: int | None, folder: Path | None
) -> tuple[Ints, NDArray[Any]]:
    from dedupe.search.floats import prepare

    asked, rows = prepare(metric, query, X)
    saved = proposed.Saved.open(index, rows, folder)
    _, at, distance = saved.nearest(asked, nearest) if nearest else saved.near(asked, threshold)
    keep = distance <= threshold
    return rows.numbers[at[keep]], distance[keep]


def _to_all(query: Rows, X: Rows, owner: Metric) -> NDArray[Any]:
    """Distances of one row to all rows of X, (n,)."""
    if owner in (metrics.COSINE, metrics.L2):
        return metrics.pair_distances(query, np.zeros(len(X), np.int64), X, np.arange(len(X)), owner.name)
    step = 1 << 16
    parts = [metrics.distances(query, X[at : at + step], owner)[0] for at in range(0, len(X), step)]
    return np.concatenate([*parts, np.zeros(0, np.float32)])


def without_nan(X: Rows) -> Ints:
    """Rows that hold no NaN, int64 (k,)."""
    return np.flatnonzero(~np.isnan(X).any(axis=1)) if X.dtype.kind == "f" else np.arange(len(X))


def _renumbered(pairs: Pairs, left: Ints, right: Ints, n: int, m: int) -> Pairs:
    """Pairs of the rows that were searched as pairs of all n and m rows."""
    if len(left) == n and len(right) == m:
        return pairs
    return Pairs(left[pairs.left], right[pairs.right], pairs.distance)
