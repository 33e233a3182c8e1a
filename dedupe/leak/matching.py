"""Pairs across two sets: what descriptors take for near held against the pixels, and what needs no descriptor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.describe import Collection
from dedupe.leak.aligned import CHUNK, distances
from dedupe.model import TURNS, Floats, Ints, Matrix, Progress, Proposed
from dedupe.near import equal_bytes, equal_pixels, having, nearest_turn


def aligned(pairs: Proposed, train: Matrix, test: Sequence[Matrix], turns: Sequence[str], progress: Progress) -> Floats:
    """The distance of the pixels of each pair, float32 (m,); `test` has a matrix for each of `turns`."""
    out = np.full(len(pairs), np.nan, np.float32)
    done = 0
    for turn, matrix in zip(turns, test, strict=True):
        rows = np.flatnonzero(pairs.turn == TURNS.index(turn))
        for at in range(0, len(rows), CHUNK):
            some = rows[at : at + CHUNK]
            left = np.searchsorted(matrix.contents, pairs.right[some])
            right = np.searchsorted(train.contents, pairs.left[some])
            out[some] = distances(matrix.X, left, train.X, right)
            done += len(some)
            progress("aligning", done, len(pairs))
    return out


def nearest(pairs: Proposed, by: Floats) -> Proposed:
    """One of each two rows' pairs: that with the least value in `by` (m,), upright before turned."""
    return pairs.of(nearest_turn(pairs.left, pairs.right, pairs.turn, by))


def without(pairs: Proposed, apart: Ints) -> Proposed:
    """The pairs but those of the rows in `apart`, int64 (m,2)."""
    size = 1 + int(max(pairs.right.max(initial=0), apart[:, 1].max(initial=0)))
    return pairs.of(~np.isin(pairs.left * size + pairs.right, apart[:, 0] * size + apart[:, 1]))


def with_equal(pairs: Proposed, train: Collection, test: Collection) -> Proposed:
    """The pairs, and at distance 0 those that need no descriptor: of equal bytes, and of flat pictures with equal pixels."""
    size, sides = len(test.contents), (train.contents, test.contents)
    keys = np.unique(np.concatenate([_keys(classes, size) for classes in (equal_bytes(*sides), equal_pixels(*sides))]))
    near = pairs.of(~np.isin(pairs.left * size + pairs.right, keys))
    left, right = np.divmod(keys, max(1, size))
    return Proposed(
        np.concatenate([left, near.left]),
        np.concatenate([right, near.right]),
        np.concatenate([np.zeros((len(keys), near.distance.shape[1]), np.float32), near.distance]),
        np.concatenate([np.zeros(len(keys), np.uint8), near.turn]),
    )


def _keys(classes: Sequence[Ints], size: int) -> Ints:
    """The pairs of a training and a test content of one class, -1 being none, as left * size + right."""
    train, test = classes
    some = np.flatnonzero(train >= 0)
    which, right = having(test, train[some])
    return some[which] * size + right
