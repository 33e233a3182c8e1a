"""A join in parts gives exactly the pairs of a search on one machine, however the rows are dealt, and misses what that misses."""

from __future__ import annotations

import numpy as np
import pytest

from dedupe import search
from dedupe.engines.parts import bands, blocks, cells, joins, shuffle
from dedupe.model import UNTURN, Matrix
from dedupe.search import inverted
from hamming_rows import KINDS, rows_of
from tasks_here import Here

BEYOND = 1000
"""The numbers of the other side begin here, or below the numbers of the first."""


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Few rows are as many here as otherwise millions are: several blocks are dealt, and shards are cut."""
    for module, name, value in (
        (shuffle, "DEALT", 100),
        (bands, "SHARD", 20),
        (bands, "LARGEST", 37),
        (cells, "SHARD", 30),
        (cells, "LARGEST", 41),
        (blocks, "FLOATS", 41),
        (joins, "SHARD", 30),
        (inverted, "PROBES", 2),
    ):
        monkeypatch.setattr(module, name, value)


def in_parts(left: Matrix, right: Matrix | None, metric: str, threshold: float, index: str, turn: int = 0):
    """Pairs with distance and turn, in order, as often as they were found, and the recall."""
    tasks = Here()
    refs, share = shuffle.pairs_of(tasks, *joins.join_of(left, right, metric, threshold, index), turn)
    found = [
        pair
        for pairs in tasks.get(refs)
        for pair in zip(*(getattr(pairs, name).tolist() for name in ("left", "right", "distance", "turn")), strict=True)
    ]
    return sorted(found), None if share is None else tasks.get([share])[0]


def on_one(X: np.ndarray, Y: np.ndarray | None, metric: str, threshold: float, index: str, base: int, turn: int = 0):
    """The same by the search; the rows of Y have numbers from `base` on, those of X from 500."""
    if Y is None:
        joined = search.join(X, metric, threshold, index=index)
        pairs = joined.expand()
        return sorted((a, b, d, 0) for a, b, d in rows_as_list(pairs, 500, 500)), joined.recall
    crossed = search.cross(X, Y, metric, threshold, index=index)
    pairs = rows_as_list(crossed.pairs, 500, base)
    return sorted((b, a, d, turn) if b < a else (a, b, d, UNTURN[turn]) for a, b, d in pairs), crossed.recall


def rows_as_list(pairs, left: int, right: int) -> list[tuple[int, int, float]]:
    columns = (pairs.left + left).tolist(), (pairs.right + right).tolist(), pairs.distance.tolist()
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "index"), [(8, "multi-index"), (29, "multi-index"), (4, "auto")])
def test_hashes_as_on_one_machine_each_pair_once(kind, width, index):
    rng = np.random.default_rng([width, KINDS.index(kind)])
    X = np.unique(rows_of(kind, int(rng.integers(2, 150)), width, 1), axis=0)
    X = X[rng.permutation(len(X))]
    t = int(rng.integers(0, 8 * width * 3 // 10))
    numbers = 500 + np.arange(len(X))
    assert in_parts(Matrix(numbers, X), None, "hamming", t, index) == on_one(X, None, "hamming", t, index, 500)


@pytest.mark.parametrize("base", [0, BEYOND])
@pytest.mark.parametrize("turn", [0, 1, 4])
def test_hashes_across_two_sets_with_their_turn(base, turn):
    X, Y = (rows_of("clusters", 300, 8, seed)[:count] for seed, count in ((3, 300), (3, 211)))
    sides = Matrix(500 + np.arange(len(X)), X), Matrix(base + np.arange(len(Y)), Y)
    found = in_parts(*sides, "hamming", 9, "multi-index", turn)
    assert len(found[0]) > 100
    assert found == on_one(X, Y, "hamming", 9, "multi-index", base, turn)


@pytest.mark.parametrize("n", [1, 7, 300])
@pytest.mark.parametrize("other", [False, True])
@pytest.mark.parametrize("index", ["exact", "inverted"])
@pytest.mark.parametrize(("metric", "threshold"), [("cosine", 0.2), ("l2", 1.6)])
def test_floats_as_on_one_machine_with_their_recall(n, other, index, metric, threshold):
    rng = np.random.default_rng(n)
    base = rng.standard_normal((max(1, n // 4), 8))

    def rows() -> np.ndarray:
        near = base[rng.integers(0, len(base), n)] + 0.3 * rng.standard_normal((n, 8))
        near[n // 50 : n // 25] = np.nan
        near[-1] *= n < 100
        return near.astype(np.float32)

    X, Y = rows(), rows() if other else None
    sides = Matrix(500 + np.arange(n), X), None if Y is None else Matrix(BEYOND + np.arange(n), Y)
    found, recall = in_parts(*sides, metric, threshold, index)
    assert (sorted({*found}), recall) == on_one(X, Y, metric, threshold, index, BEYOND)
    assert (recall is None) == (index == "exact")
    assert n < 300 or index == "exact" or recall < 1
