"""Every Hamming search gives exactly the pairs of brute force, on random rows and on rows made to trip it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupe import search
from dedupe.errors import DedupeError, UsageError
from dedupe.search import bands, exact, hamming, multi_index, pair_keys, result
from dedupe.search.rows import as_words, classes_of
from hamming_rows import KINDS, rows_of

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def brute(A: np.ndarray, B: np.ndarray | None, t: float) -> list[tuple[int, int, int]]:
    a, b = np.unpackbits(A, axis=1), np.unpackbits(A if B is None else B, axis=1)
    d = (a[:, None, :] != b[None, :, :]).sum(axis=2) if len(a) and len(b) else np.zeros((len(a), len(b)), int)
    near = np.triu(d <= t, 1) if B is None else d <= t
    return [(int(i), int(j), int(d[i, j])) for i, j in np.argwhere(near)]


def as_list(pairs) -> list[tuple[int, int, int]]:
    return list(zip(pairs.left.tolist(), pairs.right.tolist(), pairs.distance.astype(int).tolist(), strict=True))


cases = st.tuples(
    st.sampled_from(KINDS),
    st.integers(0, 130),
    st.sampled_from([1, 2, 7, 8, 9, 29, 32, 72, 128]),
    st.integers(0, 10**6),
)


@SLOW
@given(cases, st.floats(0, 1.2), st.sampled_from(["auto", "exact", "multi-index"]))
def test_join_gives_the_pairs_of_brute_force(case, share, index) -> None:
    X = rows_of(*case)
    t = share**2 * 8 * X.shape[1]
    joined = search.join(X, "hamming", t, index=index)
    assert as_list(joined.expand()) == brute(X, None, t)
    assert joined.recall is None
    assert len(np.unique(X[joined.rows], axis=0)) == len(joined.rows)
    assert (joined.pairs.left < joined.pairs.right).all()
    for row, c in enumerate(joined.classes):
        assert (X[row] == X[joined.rows[c]]).all()


@SLOW
@given(cases, st.integers(0, 90), st.floats(0, 1.2), st.sampled_from(["auto", "exact", "multi-index"]))
def test_cross_gives_the_pairs_of_brute_force(case, m, share, index) -> None:
    kind, n, width, seed = case
    X = rows_of(kind, n + m, width, seed)
    t = share**2 * 8 * width
    assert as_list(search.cross(X[:n], X[n:], "hamming", t, index=index).pairs) == brute(X[:n], X[n:], t)


@SLOW
@given(cases, st.integers(0, 12), st.integers(0, 80), st.data())
def test_any_bands_with_enough_radius_find_every_pair_once(case, t, m, data) -> None:
    kind, n, width, seed = case
    if n + m < 2 or not n:
        return
    X = as_words(rows_of(kind, n + m, width, seed))
    bits = np.random.default_rng(seed).permutation(8 * width)
    count = data.draw(st.integers(1, min(t + 1, len(bits))))
    widths = [data.draw(st.integers(1, min(13, len(bits) // count))) for _ in range(count)]
    radii = [(t + 1) // count - 1 + (k < (t + 1) % count) for k in range(count)]
    edges = np.cumsum([0, *widths])
    words = np.arange(data.draw(st.integers(1, X.shape[1])))
    made = tuple(
        bands.Band(np.sort(bits[a:b]).astype(np.int64), r) for a, b, r in zip(edges[:-1], edges[1:], radii, strict=True)
    )
    plan = bands.BandPlan(made, words, 0.0)
    one, other = (X, None) if m < 20 else (X[:n], X[n:])
    expected = as_list(exact.hamming(one, other, t))
    assert as_list(multi_index.search(one, other, t, plan, 1)) == expected
    assert as_list(multi_index.search(one, other, t, plan, 2)) == expected


@SLOW
@given(
    st.integers(1, 26), st.sampled_from([0, 1, 7, 3000]), st.sampled_from(["all", "low", "one"]), st.integers(0, 10**6)
)
def test_found_pairs_are_put_in_order(shift, n, lefts, seed) -> None:
    rng = np.random.default_rng(seed)
    left = rng.integers(0, {"all": 1 << shift, "low": max(1, (1 << shift) >> 9), "one": 1}[lefts], n)
    right = rng.integers(0, 1 << shift, n)
    left, right = np.unique(np.stack([left, right]), axis=1)
    distance = rng.integers(0, 1 << 12, len(left))
    keys = (((left << shift) | right) << 12 | distance).astype(np.uint64)
    for threads in (1, 2):
        some = pair_keys.PairKeys()
        for part in np.array_split(rng.permutation(keys), 3):
            some.add(part)
        pairs = some.pairs(shift, threads)
        assert as_list(pairs) == list(zip(left.tolist(), right.tolist(), distance.tolist(), strict=True))
        assert (pairs.left.dtype, pairs.right.dtype, pairs.distance.dtype) == (np.int64, np.int64, np.float32)


def test_more_bands_than_are_sorted_at_the_same_time_give_the_same_pairs(monkeypatch) -> None:
    X = as_words(rows_of("clusters", 900, 8, 1))
    plan = bands.BandPlan(tuple(bands.Band(np.arange(9 * k, 9 * k + 9), 0) for k in range(7)), np.arange(1), 0.0)
    expected = as_list(exact.hamming(X, None, 6))
    assert len(expected) > 1000
    for ahead in (1, 4 * len(X), 1 << 20):
        monkeypatch.setattr(multi_index, "AHEAD", ahead)
        assert as_list(multi_index.search(X, None, 6, plan, 2)) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("n", "width", "t"), [(3000, 8, 5), (3000, 8, 12), (2000, 32, 31), (1500, 72, 40), (900, 128, 200)]
)
def test_larger_sets(kind, n, width, t) -> None:
    X = rows_of(kind, n, width, 3)
    classes, rows = classes_of(X)
    expected = as_list(exact.hamming(as_words(X[rows]), None, t))
    for index in ("exact", "multi-index"):
        for threads in (1, 2):
            joined = search.join(X, "hamming", t, index=index, threads=threads)
            assert (joined.classes == classes).all()
            assert as_list(joined.pairs) == expected
    assert as_list(hamming.search(X[rows], None, t, "multi-index")[0]) == expected


def test_buckets_larger_than_every_buffer() -> None:
    X = np.unique(np.random.default_rng(0).integers(0, 2**13, 6000).astype(np.uint64)).reshape(-1, 1)
    bits = np.arange(40, 50, dtype=np.int64)  # all rows in one bucket
    plan = bands.BandPlan((bands.Band(bits, 1), bands.Band(np.arange(0, 8, dtype=np.int64), 0)), np.arange(1), 0.0)
    assert len(X) > 4000
    assert as_list(multi_index.search(X, None, 2, plan)) == as_list(exact.hamming(X, None, 2))
    whole = multi_index.search(X[:1200], None, 64, bands.brute_force(1, 64))
    assert len(whole) == 1200 * 1199 // 2


def test_the_multi_index_is_chosen_for_many_rows_and_brute_force_for_few() -> None:
    X = np.random.default_rng(0).integers(0, 256, (24_000, 8), dtype=np.uint8)
    X[1::40] = X[::40] ^ np.uint8(1)
    assert search.join(X[:1000], "hamming", 8).index == "exact"
    joined = search.join(X, "hamming", 8)
    assert joined.index == "multi-index"
    other = search.join(X, "hamming", 8, index="exact")
    assert other.index == "exact"
    assert as_list(joined.pairs) == as_list(other.pairs)
    assert len(joined.pairs) > 100
    crossed = search.cross(X[:9000], X[9000:], "hamming", 8).pairs
    pairs = joined.pairs
    across = (joined.rows[pairs.left] < 9000) & (joined.rows[pairs.right] >= 9000)
    assert (
        len(crossed) == across.sum() == len(search.cross(X[:9000], X[9000:], "hamming", 8, index="multi-index").pairs)
    )


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 2), (2, 0), (3, 0)])
def test_a_multi_index_of_next_to_no_rows(n, m) -> None:
    X = rows_of("uniform", n + m, 8, 2)
    if m:
        assert as_list(search.cross(X[:n], X[n:], "hamming", 64, index="multi-index").pairs) == brute(X[:n], X[n:], 64)
    else:
        assert as_list(search.join(X, "hamming", 64, index="multi-index").pairs) == brute(X, None, 64)


def test_skewed_rows_get_bands_of_bits_that_vary() -> None:
    rng = np.random.default_rng(5)
    X = np.zeros((30_000, 1), np.uint64)
    X[:, 0] = rng.integers(0, 2**32, len(X), dtype=np.uint64) << np.uint64(16)
    plan = bands.plan(bands.draw(X, None), 4)
    assert len(plan.bands) > 1
    assert all(((band.bits >= 16) & (band.bits < 48)).all() for band in plan.bands)
    assert sum(band.radius + 1 for band in plan.bands) == 5


def test_too_many_pairs_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(result, "LIMIT", 10_000)
    monkeypatch.setattr(hamming, "LIMIT", 10_000)
    X = np.arange(2**13, dtype=np.uint16).reshape(-1, 1).view(np.uint8)
    for index in ("auto", "exact", "multi-index"):
        with pytest.raises(DedupeError, match="lower -t"):
            search.join(X, "hamming", 13, index=index)
    with pytest.raises(DedupeError, match="lower -t"):
        search.join(np.zeros((2000, 8), np.uint8), "hamming", 0).expand()
    assert len(search.join(np.zeros((100_000, 8), np.uint8), "hamming", 0).rows) == 1


def test_the_pairs_of_equal_rows_are_counted_before_they_are_made(monkeypatch) -> None:
    values = np.repeat([0, 1, 2**8 - 1], [3, 5, 2])  # 3 + 10 + 1 pairs of equal rows, 15 of rows a bit apart
    joined = search.join(values.astype(np.uint8)[:, None].repeat(8, 1), "hamming", 8)
    monkeypatch.setattr(result, "LIMIT", 29)
    assert len(joined.expand()) == 29
    monkeypatch.setattr(result, "LIMIT", 28)
    with pytest.raises(DedupeError, match="lower -t"):
        joined.expand()


@pytest.mark.parametrize("threshold", [-1, -0.1, float("nan")])
def test_a_threshold_below_zero_is_refused(threshold) -> None:
    with pytest.raises(UsageError, match="threshold"):
        search.join(np.zeros((2, 8), np.uint8), "hamming", threshold)


def test_thresholds_are_whole_bits() -> None:
    X = np.array([[0], [1], [3]], np.uint8)
    assert as_list(search.join(X, "hamming", 1.99).pairs) == [(0, 1, 1), (1, 2, 1)]
    assert len(search.join(X, "hamming", float("inf")).pairs) == 3


@pytest.mark.parametrize("index", ["inverted", "hnsw", "tree"])
def test_an_index_that_does_not_fit_is_refused(index) -> None:
    with pytest.raises(UsageError, match=index):
        search.join(np.zeros((2, 8), np.uint8), "hamming", 1, index=index)


@SLOW
@given(st.integers(0, 200), st.integers(1, 40), st.integers(1, 4), st.integers(0, 1000))
def test_classes_are_the_equal_rows(n, width, values, seed) -> None:
    X = np.random.default_rng(seed).integers(0, values, (n, width)).astype(np.uint8)
    classes, rows = classes_of(X)
    keys = [row.tobytes() for row in X]
    first = {key: keys.index(key) for key in keys}
    assert rows.tolist() == sorted(first.values())
    assert [int(rows[c]) for c in classes] == [first[key] for key in keys]


def test_rows_whose_digests_collide_are_told_apart(monkeypatch) -> None:
    from dedupe.search import rows

    monkeypatch.setattr(rows, "_digests", lambda words: words[:, 0] & np.uint64(1))
    X = np.random.default_rng(0).integers(0, 4, (500, 3)).astype(np.uint64)
    classes, first = classes_of(X)
    assert len(first) == len(np.unique(X, axis=0))
    assert (X[first][classes] == X).all()


def test_near_gives_the_nearest_rows() -> None:
    X = np.random.default_rng(0).integers(0, 256, (300, 8), dtype=np.uint8)
    at, distance = search.near(X[5:6], X, "hamming", 28)
    expected = sorted((d, j) for i, j, d in brute(X[5:6], X, 28))
    assert list(zip(distance.astype(int).tolist(), at.tolist(), strict=True)) == expected
    at, distance = search.near(X[5:6], X, "hamming", np.inf, nearest=3)
    assert at[0] == 5
    assert distance[0] == 0
    assert len(at) == 3
