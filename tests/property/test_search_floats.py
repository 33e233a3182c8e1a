"""Float searches: brute force equals float64 brute force, the others give only true pairs and say what they miss."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupe import metrics, search
from dedupe.errors import DedupeError, UsageError
from dedupe.model import Metric
from dedupe.search import exact, floats, hnsw, inverted

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


@pytest.mark.parametrize("index", ["inverted", "hnsw"])
@pytest.mark.parametrize("metric", ["cosine", "l2"])
def test_an_approximate_index_gives_true_pairs_and_its_recall(index, metric, monkeypatch) -> None:
    if index == "hnsw":
        pytest.importorskip("hnswlib", exc_type=ImportError)
    monkeypatch.setattr(inverted, "BLOCK", 300)
    X = np.concatenate([rows_of("clusters", 2000, 32, 2), rows_of("zeros", 30, 32, 3), rows_of("nan", 30, 32, 4)])
    threshold = 0.02 if metric == "cosine" else 0.5
    expected = search.join(X, metric, threshold, index="exact")
    found = search.join(X, metric, threshold, index=index)
    assert found.index == index
    keys, known = (p.left * len(X) + p.right for p in (found.pairs, expected.pairs))
    assert np.isin(keys, known).all()
    assert len(np.unique(keys)) == len(keys)
    share = len(keys) / len(known)
    assert len(known) > 5000
    assert share > 0.99
    assert found.recall is not None
    assert abs(found.recall - share) < 0.02
    again = search.join(X, metric, threshold, index=index)
    assert np.array_equal(again.pairs.distance, found.pairs.distance)
    left, right = X[:900], X[900:]
    found = search.cross(left, right, metric, threshold, index=index)
    assert found.index == index and found.recall is not None and found.recall > 0.98
    crossed = found.pairs
    wanted = search.cross(left, right, metric, threshold).pairs
    both = [p.left * len(X) + p.right for p in (crossed, wanted)]
    assert np.isin(both[0], both[1]).all()
    assert len(both[0]) > 0.99 * len(both[1]) > 100


def test_the_inverted_file_says_when_it_misses(monkeypatch) -> None:
    monkeypatch.setattr(inverted, "PROBES", 1)
    X = rows_of("normal", 3000, 8, 0)
    found = search.join(X, "l2", 1.0, index="inverted")
    share = len(found.pairs) / len(search.join(X, "l2", 1.0, index="exact").pairs)
    assert share < 0.9
    assert found.recall is not None
    assert abs(found.recall - share) < 0.1


def test_auto_takes_the_inverted_file_for_many_rows(monkeypatch) -> None:
    monkeypatch.setattr(search, "MANY", 500)
    X = rows_of("clusters", 1200, 16, 0)
    assert search.join(X[:500], "cosine", 0.01).index == "exact"
    joined = search.join(X, "cosine", 0.01)
    assert joined.index == "inverted"
    assert joined.recall == 1.0


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


@pytest.mark.parametrize("metric", ["cosine", "l2"])
@pytest.mark.parametrize("index", ["auto", "hnsw"])
def test_near_gives_the_nearest_rows(metric, index, tmp_path) -> None:
    if index == "hnsw":
        pytest.importorskip("hnswlib", exc_type=ImportError)
    X = rows_of("clusters", 500, 12, 7)
    X[3] = np.nan
    X[11] = 0
    query = X[20:21] * np.float32(1.01)
    distance = brute(query, X, metric)[0]
    expected = [j for j in np.argsort(distance, kind="stable") if distance[j] <= 0.3]
    at, values = search.near(query, X, metric, 0.3, index=index, folder=tmp_path)
    assert at.tolist() == expected
    assert len(at) > 3
    assert np.allclose(values, distance[expected])
    at, values = search.near(query, X, metric, np.inf, nearest=7, index=index, folder=tmp_path)
    assert at.tolist() == np.argsort(distance)[:7].tolist()


@pytest.fixture
def saved(tmp_path):
    pytest.importorskip("hnswlib", exc_type=ImportError)
    (rows,) = floats.prepare("cosine", rows_of("clusters", 300, 8, 1))
    hnsw.Saved.open(rows, tmp_path)
    return rows, tmp_path


def test_a_saved_graph_is_loaded_only_if_it_is_sound(saved, monkeypatch) -> None:
    rows, folder = saved
    built = []
    real = hnsw.build
    monkeypatch.setattr(hnsw, "build", lambda *args: built.append(1) or real(*args))
    expected = hnsw.Saved.open(rows, None).near(rows, 0.01)
    assert len(built) == 1
    loaded = hnsw.Saved.open(rows, folder).near(rows, 0.01)
    assert len(built) == 1
    assert all(np.array_equal(a, b) for a, b in zip(expected, loaded, strict=True))
    (file,) = folder.glob("*.bin")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    hnsw.Saved.open(rows, folder)
    assert len(built) == 2
    hnsw.Saved.open(rows, folder)
    assert len(built) == 2
    (note,) = folder.glob("*.json")
    for damage in ("", "{}", "[1]", "\0"):
        note.write_text(damage)
        hnsw.Saved.open(rows, folder)
        assert built.pop()
    file.write_bytes(b"")
    hnsw.Saved.open(rows, folder)
    assert len(built) == 3
    assert not [path for path in folder.iterdir() if path.suffix not in (".bin", ".json")]


def test_a_graph_of_other_rows_is_not_taken(saved, monkeypatch) -> None:
    _, folder = saved
    built = []
    real = hnsw.build
    monkeypatch.setattr(hnsw, "build", lambda *args: built.append(1) or real(*args))
    (other,) = floats.prepare("cosine", rows_of("clusters", 300, 8, 2))
    hnsw.Saved.open(other, folder)
    assert built == [1]


def test_without_hnswlib_only_its_index_is_refused(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    X = rows_of("normal", 20, 4, 0)
    assert search.join(X, "cosine", 0.1).index == "exact"
    for call in (
        lambda: search.join(X, "cosine", 0.1, index="hnsw"),
        lambda: search.near(X[:1], X, "l2", 1, index="hnsw"),
    ):
        with pytest.raises(UsageError, match=r"dedupe-images\[hnsw\]"):
            call()


def test_distances_of_metrics_and_searches_agree() -> None:
    X = rows_of("clusters", 120, 10, 5)
    for metric in ("cosine", "l2"):
        pairs = search.join(X, metric, 0.4).pairs
        assert len(pairs) > 50
        assert np.array_equal(pairs.distance, metrics.distances(X, X, metric)[pairs.left, pairs.right])
