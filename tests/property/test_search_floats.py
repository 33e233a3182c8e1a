"""Float searches: brute force equals float64 brute force, whatever the metric."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupe import metrics, search
from dedupe.errors import DedupeError, UsageError
from dedupe.model import Metric
from dedupe.search import exact, floats
from float_rows import KINDS, brute, rows_of

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(pairs, distance: np.ndarray, threshold: float, one: bool) -> None:
    """The pairs are those of a distance matrix, but for pairs whose distance is the threshold to 12 digits."""
    found = np.zeros(distance.shape, bool)
    found[pairs.left, pairs.right] = True
    allowed = np.triu(np.ones(distance.shape, bool), 1) if one else np.ones(distance.shape, bool)
    tolerance = 1e-12 * max(1.0, threshold)
    assert not (found & ~allowed).any()
    assert (found >= (allowed & (distance <= threshold - tolerance))).all()
    assert (distance[found] <= threshold + tolerance).all()
    expected = metrics.as_float32(distance[pairs.left, pairs.right])
    assert np.allclose(pairs.distance, expected, rtol=1e-6, atol=1e-12)
    order = np.lexsort((pairs.right, pairs.left))
    assert (order == np.arange(len(pairs))).all()


cases = st.tuples(st.sampled_from(KINDS), st.integers(0, 90), st.integers(1, 40), st.integers(0, 10**6))


@SLOW
@given(cases, st.sampled_from(["cosine", "l2"]), st.floats(0, 1), st.sampled_from(["auto", "exact"]))
def test_join_equals_float64_brute_force(case, metric, q, index) -> None:
    X = rows_of(*case)
    distance = brute(X, X, metric)
    finite = distance[np.isfinite(distance)]
    threshold = float(max(0, np.quantile(finite, q**2))) if len(finite) else 0.5
    joined = search.join(X, metric, threshold, index=index)
    expanded = joined.expand()
    same = joined.classes[expanded.left] == joined.classes[expanded.right]
    assert (expanded.distance[same] == 0).all()
    equal = (joined.classes[:, None] == joined.classes[None, :]) & np.isfinite(distance)
    check(expanded, np.where(equal, 0, distance), threshold, True)
    bad = ~np.isfinite(X).all(axis=1) | ((~X.any(axis=1)) if metric == "cosine" else False)
    assert (np.bincount(joined.classes, minlength=len(joined.rows))[joined.classes[bad]] == 1).all()


@SLOW
@given(cases, st.integers(0, 60), st.sampled_from(["cosine", "l2"]), st.floats(0, 1))
def test_cross_equals_float64_brute_force(case, m, metric, q) -> None:
    kind, n, d, seed = case
    X = rows_of(kind, n + m, d, seed)
    distance = brute(X[:n], X[n:], metric)
    finite = distance[np.isfinite(distance)]
    threshold = float(max(0, np.quantile(finite, q**2))) if len(finite) else 0.5
    check(search.cross(X[:n], X[n:], metric, threshold).pairs, distance, threshold, False)


@pytest.mark.parametrize("metric", ["cosine", "l2"])
def test_blocks_make_no_difference(metric, monkeypatch) -> None:
    X = rows_of("clusters", 700, 24, 1)
    threshold = 0.05 if metric == "cosine" else 0.6
    whole = search.join(X, metric, threshold, index="exact").pairs
    monkeypatch.setattr(exact, "BLOCK", 97)
    monkeypatch.setattr(floats, "_CHUNK", 1000)
    parts = search.join(X, metric, threshold, index="exact").pairs
    assert len(whole) > 500
    assert all(np.array_equal(getattr(whole, name), getattr(parts, name)) for name in ("left", "right", "distance"))
    check(whole, brute(X, X, metric), threshold, True)


@pytest.mark.parametrize("index", ["exact", "inverted"])
def test_int8_rows_are_compared_by_cosine(index) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(-128, 128, (400, 16), dtype=np.int8)
    X[200:300] = np.clip(X[:100].astype(int) + rng.integers(-3, 4, (100, 16)), -128, 127)
    X[7] = 0
    X[9] = X[8]
    joined = search.join(X, "cosine", 0.01, index=index)
    distance = brute(X, X, "cosine")
    distance[8, 9] = 0
    check(joined.expand(), distance, 0.01, True)
    assert len(joined.pairs) >= 90
    with pytest.raises(DedupeError, match="int8"):
        search.join(X, "l2", 1.0)


def block(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Sum of differences, and 5 more where a row begins with 9; undefined where one begins with 8."""
    found = np.abs(A[:, None].astype(int) - B[None].astype(int)).sum(-1).astype(np.float32)
    found += 5 * (A[:, None, 0] == 9) * (B[None, :, 0] == 9)
    found[(A[:, 0] == 8)[:, None] | (B[:, 0] == 8)[None, :]] = np.nan
    return found


def test_a_plugin_s_metric_is_searched_exactly(monkeypatch) -> None:
    monkeypatch.setattr(exact, "METRIC_BLOCK", 50)
    owner = Metric("taxi", "uint8", block)
    X = np.random.default_rng(0).integers(5, 12, (260, 2), dtype=np.uint8)
    distance = block(X, X)
    for threshold in (0, 2, 5.5):
        joined = search.join(X, owner, threshold)
        expanded = joined.expand()
        expected = np.argwhere(np.triu(distance <= threshold, 1))
        assert np.array_equal(np.stack([expanded.left, expanded.right], axis=1), expected)
        assert np.array_equal(expanded.distance, distance[expanded.left, expanded.right])
        crossed = search.cross(X[:100], X[100:], owner, threshold).pairs
        assert np.array_equal(
            np.stack([crossed.left, crossed.right + 100], axis=1),
            [(i, j) for i, j in np.argwhere(distance <= threshold) if i < 100 <= j],
        )
    with pytest.raises(UsageError, match="taxi"):
        search.join(X, owner, 1, index="multi-index")
    with pytest.raises(UsageError, match="multi-index"):
        search.join(X.astype(np.float32), "l2", 1, index="multi-index")


def test_distances_of_metrics_and_searches_agree() -> None:
    X = rows_of("clusters", 120, 10, 5)
    for metric in ("cosine", "l2"):
        pairs = search.join(X, metric, 0.4).pairs
        assert len(pairs) > 50
        assert np.array_equal(pairs.distance, metrics.distances(X, X, metric)[pairs.left, pairs.right])
