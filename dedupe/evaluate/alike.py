"""Pictures that are too alike to be taken for different ones: a scan's near-duplicates, told by the default descriptor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe import config, search
from dedupe.calibrate import own_limit, settle
from dedupe.console import shown
from dedupe.describe.choose import Budget, Chosen, choose
from dedupe.errors import MetricError
from dedupe.group import Neighbours, group
from dedupe.model import Matrix, Pairs
from dedupe.plugins import Plugins
from dedupe.report import distance_text, relative

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Alike:
    """m of n pictures that are near-duplicates of others: `member` and `kept` int64 (m,) are places among the n, `distance`
    float32 (m,) is what lies between the two; no two of the pictures that are no members are near each other.
    """

    kept: Ints
    member: Ints
    distance: NDArray[np.float32]
    label: str

    def apart(self, n: int) -> NDArray[np.bool_]:
        """The pictures that are left when all but one of each are taken out, bool (n,)."""
        left = np.ones(n, np.bool_)
        left[self.member] = False
        return left

    def named(self, paths: Sequence[bytes], most: int) -> list[str]:
        """The nearest pairs in words, at most so many; `paths` are those of the n pictures."""
        nearest = np.argsort(self.distance, kind="stable")[:most]
        return [
            f"{shown(relative(paths[self.member[at]]))} and {shown(relative(paths[self.kept[at]]))} "
            f"({self.label} {distance_text(float(self.distance[at]))})"
            for at in nearest.tolist()
        ]


def judge(loaded: Plugins, chosen: Sequence[Chosen], turns: str = "none") -> Chosen:
    """By what pictures are held against each other: always the default descriptor, so that the same ones are left out
    whatever is measured; the first of those at hand where the default's plugin is left out.
    """
    if config.DEFAULT_DESCRIPTOR not in loaded.descriptors:
        return chosen[0]
    return choose(loaded, config.DEFAULT_DESCRIPTOR, (), turns)[0]


def too_alike(by: Chosen, matrices: Sequence[Matrix], places: Ints) -> Alike:
    """The pictures that a scan by this descriptor would call near-duplicates.

    `matrices` has a Matrix for each of its columns, whose `contents` are places among the n pictures; `places` int64 (n,)
    are theirs in the order of files. The user's own calibration has no say: this is asked to make one. Where a plugin's
    metric fails there are none.
    """
    n = len(places)
    settled = settle([by], Budget(), n * (n - 1) // 2, own=False).each[0]
    try:
        limit, _ = own_limit(settled, matrices[0].X, places[matrices[0].contents])
        pairs = _merged(list(_near(limit.chosen, matrices)), n)
    except MetricError:
        pairs = _merged([], n)
    near = Neighbours(by.label, np.arange(n, dtype=np.int64), np.zeros(n, np.float32), pairs)
    found = group(np.argsort(places, kind="stable"), [near])
    return Alike(found.kept, found.member, found.distance[:, 0], by.label)


def _near(by: Chosen, matrices: Sequence[Matrix]) -> Iterator[Pairs]:
    """Near pairs of pictures, upright and with one side turned."""
    upright, metric = matrices[0], by.descriptor.metric
    if not len(upright.contents):
        return
    yield _of(search.join(upright.X, metric, by.threshold).expand(), upright, upright)
    for turned in matrices[1:]:
        if len(turned.contents):
            yield _of(search.cross(upright.X, turned.X, metric, by.threshold).pairs, upright, turned)


def _of(pairs: Pairs, left: Matrix, right: Matrix) -> Pairs:
    a, b = left.contents[pairs.left], right.contents[pairs.right]
    apart = a != b
    return Pairs(np.minimum(a, b)[apart], np.maximum(a, b)[apart], pairs.distance[apart])


def _merged(parts: Sequence[Pairs], n: int) -> Pairs:
    """Each pair once, at its least distance."""
    none = np.zeros(0, np.int64)
    left, right = (np.concatenate([none, *(getattr(part, side) for part in parts)]) for side in ("left", "right"))
    distance = np.concatenate([np.zeros(0, np.float32), *(part.distance for part in parts)])
    order = np.lexsort((distance, right, left))
    first = order[np.flatnonzero(np.diff(left[order] * n + right[order], prepend=-1))]
    return Pairs(left[first], right[first], distance[first], np.zeros(len(first), np.uint8))
