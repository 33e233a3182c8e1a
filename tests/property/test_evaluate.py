"""What holds for any distances."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.evaluate import measures
from dedupe.evaluate.plan import plan

whole = st.lists(st.integers(0, 40), min_size=10, max_size=400)
floats = st.lists(st.floats(0, 100, width=32), min_size=10, max_size=400)
rates = st.floats(0.001, 0.9)


@given(whole, rates)
def test_a_threshold_in_bits_is_the_largest_within_the_rate(values, rate):
    ordered = np.sort(np.array(values, np.float32))
    limit = measures.threshold(ordered, rate, whole=True)
    if rate * len(ordered) * (1 + 1e-12) < measures.LEAST:
        assert limit is None
        return
    allowed = rate * len(ordered) * (1 + 1e-12)
    if limit is None:
        assert np.count_nonzero(ordered <= 0) > allowed
    else:
        assert limit == int(limit) and np.count_nonzero(ordered <= limit) <= allowed
        assert np.count_nonzero(ordered <= limit + 1) > allowed


@given(floats, rates)
def test_a_threshold_in_floats_is_the_largest_within_the_rate(values, rate):
    ordered = np.sort(np.array(values, np.float32))
    limit = measures.threshold(ordered, rate, whole=False)
    allowed = rate * len(ordered) * (1 + 1e-12)
    if limit is not None:
        assert np.count_nonzero(ordered <= limit) <= allowed
        assert np.count_nonzero(ordered <= np.nextafter(np.float32(limit), np.float32(np.inf))) > allowed


@settings(deadline=None)
@given(st.integers(20, 400), st.integers(1, 4), st.integers(1000, 200_000), st.integers(0, 5))
def test_a_plan_meets_no_pair_twice_and_no_photo_with_itself(photos, distortions, most, seed):
    pairs = plan(photos, distortions, most, seed)
    left, right = pairs.pairs()
    stratum = np.repeat(np.arange(distortions + 1), np.diff(pairs.starts))
    first = stratum == 0
    low, high = np.where(first, np.minimum(left, right), left), np.where(first, np.maximum(left, right), right)
    assert (left != right).all() and left.min() >= 0 and right.max() < photos
    assert len(np.unique((stratum * photos + low) * photos + high)) == len(left) == len(pairs)
