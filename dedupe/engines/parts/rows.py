"""Rows on their way between workers, and pairs of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.metrics import as_float32
from dedupe.model import UNTURN, Ints, Pairs


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows X (k,d) with their `numbers` int64 (k,), each once; with cells, `visits` int64 (v,2) has a place among the rows
    and a cell, in the order of the cells.
    """

    numbers: Ints
    X: NDArray[Any]
    visits: Ints | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def of(self, some: Ints) -> Rows:
        """Some of the rows, by their places in ascending order."""
        if self.visits is None:
            return Rows(self.numbers[some], self.X[some])
        place = np.full(len(self), -1, np.int64)
        place[some] = np.arange(len(some))
        visits = np.stack([place[self.visits[:, 0]], self.visits[:, 1]], axis=1)
        return Rows(self.numbers[some], self.X[some], visits[visits[:, 0] >= 0])

    def dealt(self, shard: Ints, shards: int) -> list[Rows]:
        """The rows of each of so many shards, by the shard of each row, int64 (k,)."""
        order = np.argsort(shard, kind="stable")
        ends = np.cumsum(np.bincount(shard, minlength=shards))
        return [self.of(some) for some in np.split(order, ends[:-1])]


class Join:
    """One way to find near rows in parts: in each of some rounds the rows are dealt into shards, and of some pairs of shards the
    rows that meet are compared. This one has one round and one shard.
    """

    __slots__ = ()

    @property
    def rounds(self) -> int:
        """How many rounds there are."""
        return 1

    @property
    def shards(self) -> int:
        """How many shards there are in each round."""
        return 1

    @property
    def most(self) -> int:
        """Rows that are compared with as many at a time: larger shards are cut into blocks."""
        raise NotImplementedError

    @property
    def misses(self) -> str | None:
        """The name of what may miss pairs, whose recall is measured then."""
        return None

    @property
    def sides_differ(self) -> bool:
        """Whether the two sides of a pair are dealt in two ways."""
        return False

    def dealt(self, number: int, rows: Rows, right: bool) -> list[Rows]:
        """The rows of each shard in a round; `right` says for which side of a pair."""
        return [rows]

    def meetings(self, number: int, one: bool) -> list[tuple[int, int]]:
        """The pairs of shards whose rows meet in a round, left and right; of `one` set each two shards once."""
        return [(0, 0)]

    def met(self, number: int, shards: tuple[int, int], left: Rows, right: Rows | None) -> Pairs:
        """Near pairs of the places of left and right rows of two shards, or, without a right side, of left ones: left < right."""
        raise NotImplementedError


def normalised(pairs: Pairs, left: Rows, right: Rows | None, turn: int) -> Pairs:
    """Pairs of places, the left row of which is turned, as pairs of numbers, left < right, of which the right one is turned."""
    a, b = left.numbers[pairs.left], (left if right is None else right).numbers[pairs.right]
    turns = np.where(b < a, turn, UNTURN[turn]).astype(np.uint8)
    two = a != b
    return Pairs(np.minimum(a, b)[two], np.maximum(a, b)[two], as_float32(pairs.distance[two]), turns[two])


def gathered(parts: list[Rows]) -> Rows:
    """Rows from several places as one; visits stand in the order of their cells again."""
    numbers, X = np.concatenate([part.numbers for part in parts]), np.concatenate([part.X for part in parts])
    if parts[0].visits is None:
        return Rows(numbers, X)
    starts = np.cumsum([0, *map(len, parts)])
    place, cell = np.concatenate(
        [
            part.visits + np.array([start, 0])
            for part, start in zip(parts, starts, strict=False)
            if part.visits is not None
        ]
    ).T
    order = np.argsort(cell, kind="stable")
    return Rows(numbers, X, np.stack([place[order], cell[order]], axis=1))
