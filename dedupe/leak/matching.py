"""Descriptors of two sets to pairs across them: what descriptors take for near, held against the pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe import search
from dedupe.calibrate import Limits, Lost
from dedupe.describe import Collection
from dedupe.describe.choose import Chosen
from dedupe.leak.aligned import CHUNK, distances
from dedupe.model import TURNS, Matrix

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SidePairs:
    """m pairs as a struct of arrays, sorted: test and train int64 (m,) are rows of contents, turn int64 (m,) into TURNS.

    `distance` float32 (m, names) is NaN where a descriptor does not take the pair for near.
    """

    test: Ints
    train: Ints
    turn: Ints
    distance: Floats

    def __len__(self) -> int:
        return len(self.test)

    def of(self, rows: NDArray[np.bool_] | Ints) -> SidePairs:
        """Some of the pairs."""
        return SidePairs(self.test[rows], self.train[rows], self.turn[rows], self.distance[rows])


def candidates(
    test: Collection, train: Collection, limits: Limits, index: search.Which, lost: Lost
) -> tuple[SidePairs, Limits, list[str]]:
    """The pairs that one of the descriptors takes for near, the limits of those whose metric does not fail, and notes on how
    they were searched.

    The test pictures are turned. Flat pictures are left out.
    """
    turned, upright = iter(test.matrices), iter(train.matrices)
    found, notes = dict[str, tuple[Ints, Floats]](), list[str]()
    for each in limits.chosen:
        right, lefts = next(upright), [next(turned) for _ in each.columns]
        with lost.unless_it_fails(each.label):
            found[each.label], searched = _near(each, test, train, lefts, right, index)
            notes += searched
    limits = lost.left(limits)
    near = [found[each.label] for each in limits.chosen]
    unique, at = np.unique(np.concatenate([keys for keys, _ in near]), return_inverse=True)
    distance = np.full((len(unique), len(near)), np.nan, np.float32)
    by = np.repeat(np.arange(len(near)), [len(keys) for keys, _ in near])
    distance[at, by] = np.concatenate([values for _, values in near])
    return _pairs(unique, distance, len(train.contents)), limits, notes


def _near(
    each: Chosen, test: Collection, train: Collection, lefts: Sequence[Matrix], right: Matrix, index: search.Which
) -> tuple[tuple[Ints, Floats], list[str]]:
    """What one descriptor takes for near: keys of pairs and turns, int64 (m,), and distances float32 (m,)."""
    keys, values, results = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)], []
    right = right.among(train.contents["quality"] > 0)
    for column, matrix in zip(each.columns, lefts, strict=True):
        left = matrix.among(test.contents["quality"] > 0)
        if not (len(left.contents) and len(right.contents)):
            continue
        results.append(search.cross(left.X, right.X, each.descriptor.metric, each.threshold, index=index))
        found = results[-1].pairs
        pair = left.contents[found.left] * len(train.contents) + right.contents[found.right]
        keys.append(pair * len(TURNS) + TURNS.index(column.turn))
        values.append(found.distance)
    return (np.concatenate(keys), np.concatenate(values)), search.recall_notes(each.label, results)


def _pairs(keys: Ints, distance: Floats, size: int) -> SidePairs:
    pair, turn = np.divmod(keys, len(TURNS))
    test, train = np.divmod(pair, max(1, size))
    return SidePairs(test, train, turn, distance)


def aligned(
    pairs: SidePairs,
    test: Sequence[Matrix],
    train: Matrix,
    turns: Sequence[str],
    progress: Callable[[str, int, int], None],
) -> Floats:
    """The distance of the pixels of each pair, float32 (m,); `test` has a matrix for each of `turns`."""
    out = np.full(len(pairs), np.nan, np.float32)
    done = 0
    for turn, matrix in zip(turns, test, strict=True):
        rows = np.flatnonzero(pairs.turn == TURNS.index(turn))
        for at in range(0, len(rows), CHUNK):
            some = rows[at : at + CHUNK]
            left = np.searchsorted(matrix.contents, pairs.test[some])
            right = np.searchsorted(train.contents, pairs.train[some])
            out[some] = distances(matrix.X, left, train.X, right)
            done += len(some)
            progress("aligning", done, len(pairs))
    return out


def nearest_turn(pairs: SidePairs, by: Floats) -> SidePairs:
    """One of each two rows' pairs: that with the least value in `by` (m,), upright before turned."""
    order = np.lexsort((pairs.turn, by, pairs.train, pairs.test))
    new = np.ones(len(order), np.bool_)
    test, train = pairs.test[order], pairs.train[order]
    new[1:] = (np.diff(test) != 0) | (np.diff(train) != 0)
    return pairs.of(order[new])


def equal(test: Collection, train: Collection, names: int) -> SidePairs:
    """The pairs that need no descriptor: equal bytes, and of flat pictures equal pixels; at distance 0."""
    pairs = [*_same(test, train, "digest", "S32", flat=False), *_same(test, train, "pixels", "S16", flat=True)]
    keys = np.unique(np.concatenate([np.zeros(0, np.int64), *(a * len(train.contents) + b for a, b in pairs)]))
    return _pairs(keys * len(TURNS), np.zeros((len(keys), names), np.float32), len(train.contents))


def _same(test: Collection, train: Collection, field: str, form: str, *, flat: bool) -> Iterator[tuple[Ints, Ints]]:
    """Rows of both sides whose digests are equal; digests end in zeros once in 256, which numpy ignores on both sides."""
    rows = [
        np.flatnonzero(each.contents["quality"] == 0) if flat else np.arange(len(each.contents))
        for each in (test, train)
    ]
    a, b = (
        np.ascontiguousarray(each.contents[field]).view(form)[own]
        for each, own in zip((test, train), rows, strict=True)
    )
    order = np.argsort(b, kind="stable")
    first, last = np.searchsorted(b[order], a, "left"), np.searchsorted(b[order], a, "right")
    left = np.repeat(np.arange(len(a)), last - first)
    starts = np.repeat(first - np.concatenate([[0], np.cumsum(last - first)[:-1]]), last - first) if len(a) else first
    yield rows[0][left], rows[1][order[starts + np.arange(len(left))]]


def joined(equals: SidePairs, near: SidePairs, size: int) -> SidePairs:
    """Both, sorted by test and train; a pair that is in both counts as equal. `size` is the number of training contents."""
    known = np.isin(near.test * size + near.train, equals.test * size + equals.train)
    parts = equals, near.of(~known)
    test, train, turn, distance = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("test", "train", "turn", "distance")
    )
    return SidePairs(test, train, turn, distance).of(np.lexsort((train, test)))
