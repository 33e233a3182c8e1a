"""From candidates to leaks: the pixels decide, within a distance that strangers of this collection rarely reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dedupe.calibrate import Limits
from dedupe.describe.choose import Budget, Chosen
from dedupe.describe.workers import Column
from dedupe.errors import UsageError
from dedupe.leak.aligned import Aligned
from dedupe.leak.matching import aligned, nearest
from dedupe.leak.sides import Sides
from dedupe.leak.strangers import Strangers, strangers
from dedupe.model import Progress, Proposed
from dedupe.plugins import descriptor_key

SHARE = 3e-3
"""The share of unrelated pairs that each descriptor may take for near when pixels decide afterwards,"""

MOST = 1_000_000
"""but no more candidates are expected than so many: the pixels of so many take 40 seconds."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The pairs that stay, the names of the columns of their distances, how they were chosen, and what to say of it."""

    pairs: Proposed
    chosen: list[Chosen]
    expected: float | None
    notes: list[str]


def pixels(limit: float | None, turns: Sequence[str]) -> list[Chosen]:
    """The column that pixels are compared by, in these orientations; none where descriptors decide alone.

    Raises UsageError for a limit that is no distance from 0 to 1.
    """
    if limit is None:
        return []
    if not 0 <= limit <= 1:
        raise UsageError(f"--pixels {limit}: give a distance from 0 to 1, as 0.25, or none.")
    descriptor = Aligned()
    columns = tuple(Column(descriptor_key(descriptor, turn), descriptor, turn) for turn in turns)
    return [Chosen("aligned", descriptor, limit, columns)]


def wide(descriptors: int) -> Budget:
    """The budget of candidates: three in a thousand pairs by each descriptor, or fewer."""
    return Budget(min(1.0, SHARE * descriptors), MOST)


def by_pixels(
    found: Proposed,
    limits: Limits,
    last: Chosen,
    both: Sides,
    progress: Progress,
) -> Decided:
    """Keeps the candidates whose pixels are within the limit, or within less if strangers come as near as that."""
    turns, each = [column.turn for column in last.columns], len(last.columns)
    test, (train,) = both.test.found.collection.matrices[-each:], both.train.found.collection.matrices[-1:]
    distance = aligned(found, train, test, turns, progress)
    tail = _strangers(found, distance, both, last.threshold)
    limit = tail.distance(distance) if tail else last.threshold
    keep = distance <= limit
    pairs = replace(found.of(keep), distance=np.column_stack([found.distance[keep], distance[keep]]))
    expected = tail.expected(limit) if tail else None
    return Decided(
        nearest(pairs, distance[keep]),
        [*limits.chosen, replace(last, threshold=limit)],
        expected,
        [*_said(limit, last), *limits.notes],
    )


def alone(found: Proposed, limits: Limits) -> Decided:
    """Keeps all candidates: descriptors decide."""
    least = np.nanmin(found.distance, axis=1, initial=np.inf)
    return Decided(nearest(found, least), limits.chosen, limits.expected, limits.notes)


def _strangers(found: Proposed, distance: NDArray[np.float32], both: Sides, limit: float) -> Strangers | None:
    """How near pictures of different classes come; of a pair in several orientations the nearest counts."""
    mine, other = _numbered(both)
    upright = nearest(replace(found, distance=distance[:, None]), distance)
    a, b = mine[upright.right], other[upright.left]
    apart = (a >= 0) & (b >= 0) & (a != b)
    return strangers(upright.distance[apart, 0], _share(mine, other), limit)


def _numbered(both: Sides) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    number = {name: i for i, name in enumerate(sorted({*both.test.names(), *both.train.names()}))}
    return both.test.classes(number), both.train.classes(number)


def _share(mine: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """The share of pairs whose labels differ, among those of known label."""
    a, b = (np.bincount(each[each >= 0], minlength=1) for each in (mine, other))
    size = max(len(a), len(b))
    a, b = (np.pad(each, (0, size - len(each))) for each in (a, b))
    total = float(a.sum()) * float(b.sum())
    return 1 - float(a.astype(float) @ b.astype(float)) / total if total else 0.0


def _said(limit: float, asked: Chosen) -> list[str]:
    if limit >= asked.threshold:
        return []
    return [
        "Pictures of different classes resemble each other here, so the largest distance of aligned pixels was lowered "
        f"from {asked.threshold:.3g} to {limit:.3g}."
    ]
