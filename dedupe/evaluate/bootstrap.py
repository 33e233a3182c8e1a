"""How sure a threshold is: its interval when the photos are drawn again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dedupe.evaluate.measures import allowed, below
from dedupe.model import Floats
from dedupe.model.evaluation import Interval

RESAMPLES = 200
NO_THRESHOLD = -1.0
_SPARE = 4  # tail pairs kept for each that the largest rate allows: a resample may weigh the nearest pairs less


def intervals(
    negatives: Floats,
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    photos: int,
    rates: Mapping[str, float],
    whole: bool,
    seed: int,
) -> dict[str, Interval | None]:
    """The 95 % bootstrap interval of the threshold at each rate, None where the rate cannot be had, or had not been with other
    photos as likely; `negatives` float32 (m,) are the distances of the photos `left` and `right`, int32 (m,) each.

    Photos are drawn, not pairs, since the pairs of one photo are alike: RESAMPLES times n photos with replacement. A pair
    counts as often as both of its photos were drawn; only the nearest pairs are looked at (Efron and Tibshirani, 1993).
    """
    counts = {name: allowed(rate, len(negatives)) for name, rate in rates.items()}
    wanted = [count for count in counts.values() if count is not None]
    if not wanted:
        return dict.fromkeys(rates)
    size = min(len(negatives), _SPARE * max(wanted) + 1000)
    tail = np.argpartition(negatives, size - 1)[:size]
    tail = tail[np.argsort(negatives[tail], kind="stable")]
    distance, a, b = negatives[tail], left[tail], right[tail]
    found: dict[str, list[float]] = {name: [] for name, count in counts.items() if count is not None}
    rng = np.random.default_rng(seed)
    for _ in range(RESAMPLES):
        drawn = np.bincount(rng.integers(0, photos, photos), minlength=photos).astype(np.float64)
        weight = np.cumsum(drawn[a] * drawn[b])
        pairs = (photos * photos - float(drawn @ drawn)) / (photos * (photos - 1))  # as a share of those there were
        for name, thresholds in found.items():
            at = int(np.searchsorted(weight, rates[name] * len(negatives) * pairs, "right"))
            limit = below(float(distance[min(at, size - 1)]), whole)
            thresholds.append(NO_THRESHOLD if limit is None else limit)
    return {name: _ends(found[name]) if name in found else None for name in rates}


def _ends(values: list[float]) -> Interval | None:
    """The ends of the middle 95 % of thresholds; None where the low one is that of no threshold, which is not one of 0."""
    low, high = np.quantile(values, [0.025, 0.975], method="nearest")
    return None if low < 0 else (float(low), float(high))
