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
from dedupe.calibrate.null import products
from dedupe.calibrate.table import Calibration

if TYPE_CHECKING:
    from dedupe.describe.choose import Budget, Chosen

SAMPLE = 200_000
"""Random pairs that are looked at to see whether a collection is like the one calibrated with; of floats half."""

LOOKED_AT = 30
"""So many of them are expected to be nearer than unrelated pictures mostly are."""

TOO_MANY = 3.0
"""How many times as many are worth a warning."""

ENOUGH = 200
"""Pictures that a collection must have for it to be compared with the calibration."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Descriptors with the distances that are near, the calibration of each (None: there is none), the false pairs
    expected (None: not known), and what to say of it.
    """

    chosen: list[Chosen]
    calibrations: list[Calibration | None]
    expected: float | None
    notes: list[str]


def settle(chosen: Sequence[Chosen], budget: Budget, pairs: int, *, union: bool = True) -> Limits:
    """Thresholds for `pairs` pairs that will be compared in each orientation; those given as distances stay.

    The rest share the budget evenly if they make a `union`. Without a calibration it is the author's distance.
    """
    free = sum(math.isnan(each.threshold) for each in chosen) if union else 1
    settled, expected, notes = [], 0.0, []
    calibrations = [find(each.descriptor, each.columns[0].key) for each in chosen]
    for each, found in zip(chosen, calibrations, strict=True):
        compared = pairs * len(each.columns)
        if math.isnan(each.threshold):
            each, note = _settled(each, found, budget.share(compared) / max(1, free))
            notes += note
        settled.append(each)
        expected += math.nan if found is None else compared * found.share(each.threshold)
    return Limits(settled, calibrations, None if math.isnan(expected) else expected, notes)


def _settled(each: Chosen, found: Calibration | None, share: float) -> tuple[Chosen, list[str]]:
    """One descriptor with its distance for a share of unrelated pairs, and notes."""
    if found is None:
        distance = float(each.descriptor.threshold)
        note = f"{each.label}: not calibrated; near is its author's distance, {distance:g}."
        return replace(each, threshold=distance), [note]
    distance = found.distance(share)
    notes = []
    if share < found.checked / 2:
        notes.append(
            f"{each.label}: extrapolated; the calibration was checked to a share of {found.checked:.1g}, "
            f"{share:.1g} is asked for."
        )
    return replace(each, threshold=distance), notes


def unlike(each: Chosen, found: Calibration | None, X: NDArray[Any], seed: int = 0) -> str | None:
    """A warning if pairs of the vectors X (n,d) that are not near are nearer than the calibration says, else None.

    Only pairs beyond the threshold count, since those within it are what is looked for.
    """
    if found is None or len(X) < ENOUGH:
        return None
    some = _some_distances(X, each, seed)
    distance = found.distance(LOOKED_AT / len(some))
    expected = (found.share(distance) - found.share(each.threshold)) * len(some)
    near = int(np.count_nonzero((some > each.threshold) & (some <= distance)))
    if expected <= 0 or near <= TOO_MANY * max(expected, LOOKED_AT / 10):
        return None
    return (
        f"{each.label}: these pictures are more alike than those it was calibrated with ({near / expected:.0f} times as many "
        f"unrelated pairs within {distance:.3g}): expect more false pairs, or calibrate with pictures of this kind."
    )


def _some_distances(X: NDArray[Any], each: Chosen, seed: int) -> NDArray[Any]:
    """Distances of random pairs of different rows."""
    rng = np.random.default_rng(seed)
    owner = metrics.resolve(each.descriptor.metric)
    if owner is not metrics.HAMMING:
        rows = rng.permutation(len(X))[: 2 * math.isqrt(SAMPLE // 2)]
        return products(X[rows[::2]], X[rows[1::2]], owner).ravel()
    left, right = rng.integers(0, len(X), (2, SAMPLE))
    left, right = left[left != right], right[left != right]
    words = X.view("<u8") if X.shape[1] % 8 == 0 and X.flags.c_contiguous else X
    bits = np.zeros(len(left), np.int64)
    for k in range(words.shape[1]):
        bits += np.bitwise_count(words[left, k] ^ words[right, k])
    return bits
