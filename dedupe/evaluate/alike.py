"""Pictures that are too alike to be taken for different ones: a scan's near-duplicates, told by the default descriptor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe import config
from dedupe.calibrate import own_limit, settle
from dedupe.console import shown
from dedupe.describe.choose import Budget, Chosen, choose
from dedupe.errors import MetricError
from dedupe.group import group
from dedupe.model import Matrix
from dedupe.near import neighbours
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
    n, every = len(places), np.ones(len(places), np.bool_)
    settled = settle([by], Budget(), n * (n - 1) // 2, own=False).each[0]
    try:
        limit, _ = own_limit(settled, matrices[0].X, places[matrices[0].contents])
        near, _ = neighbours(limit.chosen, matrices, every, ~every)
    except MetricError:
        return Alike(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), by.label)
    found = group(np.argsort(places, kind="stable"), [near])
    return Alike(found.left, found.right, found.distance[:, 0], by.label)
