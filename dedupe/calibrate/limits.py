"""From what the user can bear to distances: shares of unrelated pairs, and false pairs expected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedupe import metrics
from dedupe.calibrate.files import find
from dedupe.calibrate.table import Calibration

if TYPE_CHECKING:
    from dedupe.describe.choose import Budget, Chosen

SAMPLE = 100_000
"""Random pairs that are looked at to see whether a collection is like the one calibrated with; a tenth for floats."""

LOOKED_AT = 0.01
"""The share of unrelated pairs at whose distance that is looked at."""

TOO_MANY = 3.0
"""How many times as many near pairs as calibrated are worth a warning."""

ENOUGH = 200
"""Pictures that a collection must have for it to be compared with the calibration."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Descriptors with the distances that are near, the false pairs expected (None: not known), and what to say of it."""

    chosen: list[Chosen]
    expected: float | None
    notes: list[str]


def settle(chosen: Sequence[Chosen], budget: Budget, pairs: int, *, union: bool = True) -> Limits:
    """Thresholds for `pairs` pairs that will be compared in each orientation; those given as distances stay.

    The rest share the budget evenly if they make a `union`. Without a calibration it is the author's distance.
    """
    free = sum(math.isnan(each.threshold) for each in chosen) if union else 1
    settled, expected, notes = [], 0.0, []
    for each in chosen:
        found = find(each.descriptor, each.columns[0].key)
        compared = pairs * len(each.columns)
        if math.isnan(each.threshold):
            each, note = _settled(each, found, budget.share(compared) / max(1, free))
            notes += note
        settled.append(each)
        expected += math.nan if found is None else compared * found.share(each.threshold)
    return Limits(settled, None if math.isnan(expected) else expected, notes)


def _settled(each: Chosen, found: Calibration | None, share: float) -> tuple[Chosen, list[str]]:
    """One descriptor with its distance for a share of unrelated pairs, and notes."""
    if found is None:
        distance = float(each.descriptor.threshold)
        note = f"{each.label}: not calibrated; near is its author's distance, {distance:g}."
        return replace(each, threshold=distance), [note]
    distance = found.distance(share)
    notes = []
    if share < found.checked:
        notes.append(
            f"{each.label}: extrapolated; the calibration was checked to a share of {found.checked:.1g}, "
            f"{share:.1g} is asked for."
        )
    return replace(each, threshold=distance), notes


def unlike(each: Chosen, X: NDArray[Any], seed: int = 0) -> str | None:
    """A warning if random pairs of the vectors X (n,d) are nearer than the calibration says, else None."""
    found = find(each.descriptor, each.columns[0].key)
    if found is None or len(X) < ENOUGH:
        return None
    distance = found.distance(LOOKED_AT)
    near = float(np.mean(_some_distances(X, each, seed) <= distance))
    expected = found.share(distance)
    if near <= TOO_MANY * expected:
        return None
    return (
        f"{each.label}: these pictures are more alike than those it was calibrated with ({near / expected:.0f} times as many "
        f"pairs within {distance:g}); expect more false pairs, or calibrate with pictures of this kind."
    )


def _some_distances(X: NDArray[Any], each: Chosen, seed: int) -> NDArray[Any]:
    rng = np.random.default_rng(seed)
    owner = metrics.resolve(each.descriptor.metric)
    if owner not in metrics.BUILT_IN.values():
        rows = rng.permutation(len(X))[:200]
        return metrics.distances(X[rows[::2]], X[rows[1::2]], owner).ravel()
    left, right = rng.integers(0, len(X), (2, SAMPLE if owner is metrics.HAMMING else SAMPLE // 10))
    left, right = left[left != right], right[left != right]
    if owner is metrics.HAMMING:
        return np.asarray(np.bitwise_count(X[left] ^ X[right]).sum(axis=1))
    return metrics.pair_distances(X, left, X, right, owner.name)
