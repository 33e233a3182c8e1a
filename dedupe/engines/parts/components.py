"""What hangs together: union-find over some pairs at a time, and over what came of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.engines.parts.tasks import Ref, Tasks
from dedupe.model import Ints, Pairs

Forest = Ints
"""Pairs int64 (k,2) of a content and the least one that it hangs together with; each content once."""

AT_ONCE = 16
"""Results that one call joins."""


def forest(a: Ints, b: Ints) -> Forest:
    """What hangs together by the pairs of a and b, int64 (m,) each."""
    rows, at = np.unique(np.concatenate([a, b]), return_inverse=True)
    left, right = at[: len(a)], at[len(a) :]
    root = np.arange(len(rows))
    while len(left):
        np.minimum.at(root, np.maximum(left, right), np.minimum(left, right))  # each root under a lesser one
        while not np.array_equal(above := root[root], root):
            root = above
        left, right = root[left], root[right]
        apart = left != right
        left, right = left[apart], right[apart]
    return np.stack([rows, rows[root]], axis=1)


def forest_of_pairs(first: Ints, *found: Pairs) -> Forest:
    """That of pairs of classes, whose first contents are `first` int64 (c,)."""
    return forest(*(first[np.concatenate([getattr(pairs, side) for pairs in found])] for side in ("left", "right")))


def forest_of_forests(*several: Forest) -> Forest:
    """That of several."""
    return forest(*np.concatenate(several).T)


def merged(tasks: Tasks, forests: Sequence[Ref]) -> Forest:
    """That of all: so many at once are joined elsewhere, until one is left."""
    while len(forests) > 1:
        forests = [tasks.call(forest_of_forests, *forests[at : at + AT_ONCE]) for at in range(0, len(forests), AT_ONCE)]
    (found,) = tasks.get(forests)
    return np.asarray(found)
