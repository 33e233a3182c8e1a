"""How near the unrelated pictures of this collection come: the calibration again, where they are as apart as those it knows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedupe import metrics
from dedupe.calibrate.limits import Limit, Limits
from dedupe.calibrate.null import products
from dedupe.calibrate.table import Calibration
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import Bools, Ints, Matrix
from dedupe.search.rows import as_words

if TYPE_CHECKING:
    from dedupe.describe import Collection
    from dedupe.describe.choose import Chosen

SAMPLE = 300_000
"""Random pairs that are looked at, of floats half; all pairs where there are no more."""

LOOKED_AT = 30
"""So many pairs of a sample, and ten times as many, say how near unrelated pictures come here,"""

TOO_MANY = 3.0
"""if the sample has so many times the pairs that the calibration expects there."""

ENOUGH = 200
"""Pictures that a collection must have for it to be compared with the calibration."""

APART = 20
"""Pictures fewer places apart than this may be of one burst: they say nothing of unrelated ones."""

AT_LEAST = 0.5
"""No limit is brought below this part of the calibrated one: most copies are nearer than that."""


@dataclass(frozen=True, slots=True)
class OwnNull:
    """A null distribution whose log(share) is `level` where the calibration's is `at`, and moves `slope` times as fast."""

    found: Calibration
    at: float
    level: float
    slope: float

    def share(self, distance: float) -> float:
        """The share of this collection's unrelated pairs within a distance."""
        known = self.found.share(distance)
        return min(1.0, math.exp(self.level + self.slope * (math.log(known) - self.at))) if known else 0.0

    def distance(self, share: float) -> float:
        """The distance within which that share of this collection's unrelated pairs lies."""
        return self.found.distance(math.exp(min(0.0, self.at + (math.log(share) - self.level) / self.slope)))


def own_limit(limit: Limit, X: NDArray[Any], places: Ints) -> tuple[Limit, list[str]]:
    """The limit for a collection of vectors X (n,d), and a note where its pictures are more alike than those of the calibration.

    Such a limit is nearer, so that no more false pairs are expected than before, unless it is a distance that was given.
    `places` int64 (n,) are the pictures' places in the order of files. The order of rows does not matter.
    """
    if limit.calibration is None or len(X) < ENOUGH:
        return limit, []
    own = measured(limit.calibration, limit.chosen.threshold, _some_distances(X, places, limit.chosen))
    if own is None:
        return limit, []
    settled = limit.chosen.threshold
    nearer = settled if limit.share is None else _nearer(own, limit.share, settled)
    moved = replace(limit, chosen=replace(limit.chosen, threshold=nearer), expected=limit.pairs * own.share(nearer))
    return moved, [_said(limit, nearer)]


def own_limits(
    limits: Limits,
    columns: Mapping[str, Sequence[Matrix]],
    collection: Collection,
    used: Bools,
    failed: FailedMetrics,
) -> Limits:
    """The limits for pictures that are as alike as these, of the descriptors whose metric does not fail."""
    places, moved, notes = collection.places, list[Limit](), list[str]()
    for limit in limits.each:
        with failed.unless_it_fails(limit.chosen.label):
            upright = columns[limit.chosen.label][0].among(used & (collection.contents["quality"] > 0))
            own, alike = own_limit(limit, upright.X, places[upright.contents])
            moved.append(own)
            notes += alike
    return Limits(moved, [*limits.notes, *notes])


def _nearer(own: OwnNull, share: float, settled: float) -> float:
    least = settled * AT_LEAST
    return min(settled, max(float(math.floor(least)) if own.found.whole else least, own.distance(share)))


def _said(limit: Limit, nearer: float) -> str:
    label, settled = limit.chosen.label, limit.chosen.threshold
    if nearer < settled:
        return (
            "Your pictures resemble each other more than usual, so the threshold was lowered from "
            f"{settled:.3g} to {nearer:.3g}. Use -t {label}={settled:.3g} to keep it."
        )
    return f"Your pictures resemble each other more than usual by {label}: expect more false matches, or lower the threshold."


def measured(found: Calibration, threshold: float, some: NDArray[Any]) -> OwnNull | None:
    """What random pairs `some` (m,) say of unrelated pictures beyond the threshold, None if the calibration says the same.

    Pairs within the threshold do not count, since they are what is looked for.
    """
    if len(some) < 10 * LOOKED_AT:
        return None
    watched = found.distance(LOOKED_AT / len(some))
    apart = np.sort(some[some > threshold])
    near = int(np.searchsorted(apart, watched, "right"))
    expected = (found.share(watched) - found.share(threshold)) * len(some)
    if expected <= 0 or near <= TOO_MANY * max(expected, LOOKED_AT / 10):
        return None
    few, many = (_point(found, apart, count, len(some)) for count in (LOOKED_AT, 10 * LOOKED_AT))
    slope = (many[1] - few[1]) / (many[0] - few[0]) if many[0] > few[0] else 1.0
    return OwnNull(found, *few, min(1.0, max(0.1, slope)))


def _point(found: Calibration, apart: NDArray[Any], count: int, pairs: int) -> tuple[float, float]:
    """log(share) by the calibration and here, at the distance that so many pairs are within."""
    distance = float(apart[min(count, len(apart)) - 1])
    within = int(np.searchsorted(apart, distance, "right"))
    return math.log(found.share(distance)), math.log(within / pairs)


def _some_distances(X: NDArray[Any], places: Ints, each: Chosen) -> NDArray[Any]:
    """Distances of all pairs of rows that are not close together; of many rows those of random pairs."""
    order, rng = np.argsort(places, kind="stable"), np.random.default_rng(0)
    n = len(order)
    every = n * (n - 1) // 2 <= SAMPLE
    owner = metrics.resolve(each.descriptor.metric)
    if owner is metrics.HAMMING:
        left, right = np.triu_indices(n, APART) if every else rng.integers(0, n, (2, SAMPLE))
        apart = np.abs(left - right) >= APART
        return _bits(X, order[left[apart]], order[right[apart]])
    some = np.arange(n) if every else rng.permutation(n)[: 2 * math.isqrt(SAMPLE // 2)]
    left, right = (some, some) if every else (some[::2], some[1::2])
    apart = np.abs(left[:, None] - right) >= APART
    near: NDArray[Any] = products(X[order[left]], X[order[right]], owner)[np.triu(apart) if every else apart]
    return near


def _bits(X: NDArray[Any], left: Ints, right: Ints) -> NDArray[Any]:
    words = as_words(X)
    bits = np.zeros(len(left), np.int64)
    for k in range(words.shape[1]):
        bits += np.bitwise_count(words[left, k] ^ words[right, k])
    return bits
