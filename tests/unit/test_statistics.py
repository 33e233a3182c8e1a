"""Shares, curves and their intervals: published values, and what two ways of counting agree on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.kit import auc, roc, roc_of_counts, wilson

distances = st.lists(st.integers(0, 40), min_size=10, max_size=400)


def f32(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_auc_counts_ties_half():
    assert auc(f32(1, 2), f32(3, 4)) == 1
    assert auc(f32(3), f32(3, 3)) == 0.5
    assert auc(f32(1, 3, 5), f32(2, 3, 4)) == pytest.approx((1 + 0.5 + 0) / 3)
    assert auc(f32(np.inf), f32(1, np.inf)) == 0.25
    assert auc(f32(), f32(1)) is None and auc(f32(1), f32()) is None


@given(distances, distances)
def test_auc_is_the_share_of_ordered_pairs_and_the_area_below_the_curve(same, different):
    a, b = f32(*same), f32(*different)
    found = auc(a, np.sort(b))
    assert found == pytest.approx((a[:, None] < b).mean() + (a[:, None] == b).mean() / 2)
    assert found + auc(b, np.sort(a)) == pytest.approx(1)
    points, area = roc_of_counts(np.bincount(same, minlength=41), np.bincount(different, minlength=41))
    assert area == pytest.approx(found) and points[0] == (0, 0) and points[-1] == (1, 1)


@given(distances, distances)
def test_the_curve_of_distances_runs_below_that_of_counts(same, different):
    """A share that ties make impossible counts what is nearer than the ties."""
    curve = roc(f32(*same), np.sort(f32(*different)), least=10)
    points, _ = roc_of_counts(np.bincount(same, minlength=41), np.bincount(different, minlength=41))
    assert curve[0][0] == 10 / len(different) and curve[-1] == (1, 1)
    for share, recall in curve:
        assert recall == max(found for part, found in points if part <= share + 1e-9)


def test_a_curve_of_too_few_is_none():
    assert roc(f32(1), np.arange(9, dtype=np.float32), least=10) == [] == roc(f32(), np.arange(99.0), least=10)


def test_wilson_has_its_published_values():
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(10, 100) == pytest.approx((0.05523, 0.17437), abs=1e-5)
    assert wilson(0, 0) == (0, 1) and wilson(0, 500)[0] == 0
    assert wilson(500, 500) == (pytest.approx(0.99238, abs=1e-5), 1)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(counts):
    hits, n = counts
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1 and high - low < 1
