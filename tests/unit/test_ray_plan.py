"""The plan for 1,000,000,000 pictures is arithmetic on measured rates, and the README has what it gives."""

from __future__ import annotations

import json

import numpy as np
import pytest

import ray_plan
from dedupe.search import bands
from dedupe.search.rows import as_words


def test_the_readme_has_the_tables():
    readme = (ray_plan.ROOT / "plugins" / "dedupe_ray" / "README.md").read_text()
    known = json.loads(ray_plan.RATES.read_text())
    assert all(table in readme for table in ray_plan.tables(known).split("\n\n"))
    assert known["cluster"]["name"] in readme


@pytest.mark.parametrize(("bits", "t"), [(64, 6), (256, 31)])
def test_candidates_are_the_pairs_that_agree_in_a_band(bits, t):
    n = 3000
    X = as_words(np.random.default_rng(0).integers(0, 256, (n, bits // 8), dtype=np.uint8))
    join = ray_plan.plan_of(bits, t, 10**7)
    assert join.bits > 0
    differ = X[:, None] ^ X[None]
    agree = [
        np.count_nonzero(
            np.bitwise_count(differ & bands.mask_of(band, X.shape[1])).sum(axis=2, dtype=np.uint16) <= band.radius
        )
        for band in join.plan.bands
    ]
    counted = (sum(agree) - len(agree) * n) / 2
    assert ray_plan.candidates(join, n) == pytest.approx(counted, rel=0.2)


def test_a_sampled_join_takes_what_its_meetings_take():
    assert 0 < ray_plan.simulated(64, 4, 10**7) < 10**6
