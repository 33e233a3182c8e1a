"""The checks for authors of search indexes: each finds the promise that is broken, and hnsw keeps them all."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from dedupe_hnsw.graph import Hnsw

from dedupe.testing import index_checks, indexes

SECONDS = 9.0
"""Importing this module takes what pytest takes."""


class All:
    """Compares all with all."""

    name, version = "all", "1"

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def build(self, points, seed):
        return points.copy()

    def near(self, built, points, radius):
        apart = ((points[:, None] - built) ** 2).sum(axis=2)
        left, right = np.nonzero(apart <= (self.factor * radius) ** 2)
        return left, right, left[:0]

    def nearest(self, built, points, count):
        return np.argsort(((points[:, None] - built) ** 2).sum(axis=2), axis=1)[:, :count]

    def save(self, built, path):
        with path.open("wb") as file:
            np.save(file, built)

    def load(self, path, shape):
        return np.load(path, allow_pickle=False)


class BadContract(All):
    version = 1


class BadKey(All):
    def __init__(self, factor: float = 1.0) -> None:
        self.factor = 1.0


class BadNear(All):
    def near(self, built, points, radius):
        return super().near(built, points, radius / 10)


class BadFew(All):
    def near(self, built, points, radius):
        left, right, rest = super().near(built, points, radius)
        apart = left != right
        return left[apart], right[apart], rest


class BadNearest(All):
    def nearest(self, built, points, count):
        return super().nearest(built, points, count + 1)[:, 1:]


class BadSaved(All):
    def load(self, path, shape):
        return np.zeros(shape, np.float32)


class BadDeterministic(All):
    def near(self, built, points, radius):
        left, right, rest = super().near(built, points, radius)
        some = np.random.rand(len(left)) < 0.97
        some[0] = True
        return left[some], right[some], rest


class BadInputUnchanged(All):
    def near(self, built, points, radius):
        found = super().near(built, points, radius)
        points += 1
        return found


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (All, None),
        (BadContract, "contract"),
        (BadKey, "key"),
        (BadNear, "near"),
        (BadFew, "few"),
        (BadNearest, "nearest"),
        (BadSaved, "saved"),
        (BadInputUnchanged, "input-unchanged"),
    ],
)
def test_a_broken_promise_of_an_index_is_found(kind: type, check: str | None) -> None:
    failed = []
    for name, function in indexes.CHECKS.items():
        try:
            if name != "import-time":
                function(indexes.IndexUnderTest(kind))
        except Exception:
            failed.append(name)
    assert failed == ([check] if check else [])


def test_pairs_that_are_drawn_are_found() -> None:
    np.random.seed(1)
    with pytest.raises(AssertionError, match="the same points gave other pairs"):
        indexes.check_deterministic(indexes.IndexUnderTest(BadDeterministic))


needs_hnswlib = pytest.mark.skipif(find_spec("hnswlib") is None, reason="hnswlib is not installed")
test_hnsw = needs_hnswlib(index_checks(Hnsw))
test_all = index_checks(All, import_seconds=SECONDS)
