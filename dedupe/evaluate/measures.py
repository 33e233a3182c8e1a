"""The figures of distances: thresholds, shares, histograms. Arrays in, numbers out."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dedupe.calibrate import table
from dedupe.model import Floats
from dedupe.model.evaluation import LEAST, Interval


def allowed(rate: float, negatives: float) -> int | None:
    """How many of so many negatives may lie within a threshold of that rate; None where fewer than LEAST are expected."""
    expected = rate * negatives * (1 + 1e-12)  # 1e-5 of a million is ten, whatever the product rounds to
    return None if expected < LEAST else math.floor(expected)


def below(distance: float, whole: bool) -> float | None:
    """The largest threshold that a distance is not within: the next bit or float32 below; None where that is below 0."""
    if distance <= 0:
        return None
    return distance - 1 if whole else float(np.nextafter(np.float32(distance), np.float32(-np.inf)))


def threshold(ordered: Floats, rate: float, whole: bool) -> float | None:
    """The largest t with share(negatives <= t) <= rate; `ordered` (m,) are sorted, `whole` says that distances are bits.

    None where there are too few negatives, and where even 0 has more of them.
    """
    count = allowed(rate, len(ordered))
    if count is None:
        return None
    return math.inf if count >= len(ordered) else below(float(ordered[count]), whole)


def reach(ordered: Floats, rate: float, whole: bool) -> float:
    """What a greater rate gains, as a part of the median of sorted distances (m,); 0 where there are too few to tell."""
    median = float(ordered[len(ordered) // 2]) if len(ordered) else 0.0
    if not 0 < median < math.inf:
        return 0.0
    return table.reach(lambda share: threshold(ordered, share, whole), rate, 0.5, median)


def share_above(distances: Floats, limit: float) -> float:
    """The share of distances (n,) above a limit."""
    return float(np.mean(~(distances <= limit)))


def bins(farthest: float, unit: float, most: int = 64) -> float:
    """The width of at most `most` equal bins from 0 that hold a distance: a multiple of `unit`, or a number of one digit or
    two where `unit` is 0."""
    if not farthest > 0:
        return unit or 1.0
    if unit:
        return unit * math.ceil((farthest + unit) / unit / most)
    step = farthest * 1.0001 / most
    scale = 10.0 ** math.floor(math.log10(step))
    return next(round(m * scale, 12) for m in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if m * scale >= step)


def unit(distances: Floats, whole: bool) -> float:
    """What whole distances (m,) are multiples of: 2 bits where all pictures have equally many set, else 1; 0 if not whole."""
    return float(whole and (1 if np.any(distances[np.isfinite(distances)] % 2) else 2))


def histogram(distances: Floats, width: float, count: int) -> list[int]:
    """How many distances (m,) lie in each of `count` bins from 0; what is infinitely far is in none."""
    finite = distances[np.isfinite(distances)]
    at = np.minimum(finite.astype(np.float64) / width, count - 1).astype(np.int64)
    counts: list[int] = np.bincount(at, minlength=count).tolist()
    return counts


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
