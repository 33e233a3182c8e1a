"""Pairs of contents to groups of files: a training picture, and the test pictures that match it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.gather import FilesAt, Gathered, file_at
from dedupe.leak.matching import SidePairs
from dedupe.leak.sides import Sides
from dedupe.model import TURNS
from dedupe.model.leaks import Leaked, LeakGroup

Ints = NDArray[np.int64]


class LeakGroups(Sequence[LeakGroup]):
    """Groups made on demand, in the order of the training files; `train` and `test` int64 (m,) are file indices.

    A group is train[starts[i]:starts[i+1]], which are all the same file; its members stand nearest first.
    """

    def __init__(self, both: Sides, pairs: SidePairs, names: Sequence[str]) -> None:
        train, test = both.train.found, both.test.found
        self._sides, self._labels = (train, test), (both.train.labels, both.test.labels)
        self._pairs, self._names = pairs, names
        pair, self.train, self.test = _files(train, test, pairs)
        same = _bytes(train, pairs.train) == _bytes(test, pairs.test)
        nearest = np.where(same, -1, np.nanmin(pairs.distance, axis=1, initial=np.inf))
        order = np.lexsort((self.test, nearest[pair], self.train))
        self._pair, self.train, self.test = pair[order], self.train[order], self.test[order]
        self._same = same
        self.starts = np.append(np.flatnonzero(np.diff(self.train, prepend=-1)), len(self.train))

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def crossing(self) -> NDArray[np.bool_]:
        """Which matches join two labels, bool (m,)."""
        train, test = self._labels
        joined = zip(self.train.tolist(), self.test.tolist(), strict=True)
        return np.array([differ(train[a], test[b]) for a, b in joined], np.bool_)

    def clean(self) -> FilesAt:
        """The test pictures that are in no group."""
        test = self._sides[1]
        rest = test.collection.rows >= 0
        rest[self.test] = False
        return FilesAt(test, test.collection.rows, np.flatnonzero(rest))

    @overload
    def __getitem__(self, index: int) -> LeakGroup: ...
    @overload
    def __getitem__(self, index: slice) -> list[LeakGroup]: ...
    def __getitem__(self, index: int | slice) -> LeakGroup | list[LeakGroup]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        start, stop = self.starts[index % len(self)], self.starts[index % len(self) + 1]
        kept = int(self.train[start])
        file = file_at(self._sides[0], self._sides[0].collection.rows, kept)
        return LeakGroup(file, self._labels[0][kept], tuple(self._member(at) for at in range(start, stop)))

    def _member(self, at: int) -> Leaked:
        file = file_at(self._sides[1], self._sides[1].collection.rows, int(self.test[at]))
        pair = int(self._pair[at])
        row = self._pairs.distance[pair].tolist()
        distance = {name: value for name, value in zip(self._names, row, strict=True) if value == value}
        kind = "same-bytes" if self._same[pair] else None
        return Leaked(file, self._labels[1][int(self.test[at])], distance, TURNS[self._pairs.turn[pair]], kind)


def differ(a: str | None, b: str | None) -> bool:
    """Whether two labels are known and not the same."""
    return a is not None and b is not None and a != b


def _bytes(side: Gathered, rows: Ints) -> NDArray[np.bytes_]:
    found: NDArray[np.bytes_] = np.ascontiguousarray(side.collection.contents["digest"][rows]).view("S32")
    return found


def _files(train: Gathered, test: Gathered, pairs: SidePairs) -> tuple[Ints, Ints, Ints]:
    """Pairs of contents as pairs of files: int64 (m,) the pair, the training file, the test file."""
    pair = np.arange(len(pairs))
    pair, first = _expanded(train.collection.rows, pairs.train, pair)
    at, second = _expanded(test.collection.rows, pairs.test[pair], np.arange(len(pair)))
    return pair[at], first[at], second


def _expanded(rows: Ints, contents: Ints, carried: Ints) -> tuple[Ints, Ints]:
    """Each of `contents` (k,) as the files that have it: what was carried along, and the files' indices."""
    order = np.argsort(rows, kind="stable")
    first, last = np.searchsorted(rows[order], contents, "left"), np.searchsorted(rows[order], contents, "right")
    count = last - first
    starts = np.repeat(first - np.concatenate([np.zeros(1, np.int64), np.cumsum(count)])[:-1], count)
    return np.repeat(carried, count), order[starts + np.arange(int(count.sum()))]
