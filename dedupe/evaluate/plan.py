"""Which pairs of different pictures an evaluation looks at: all of them, or an even sample in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe.model import Bools, Ints

TILE = 128
"""Pictures a side of a block of pairs."""

Tile = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PairPlan:
    """Blocks of pairs by stratum: stratum 0 is originals with originals (each pair once), 1 + k is originals with the
    copies that distortion k made of other photos. `order` int64 (n,) is the shuffled photos that the blocks cut up.

    Distances stand stratum after stratum, block after block, row after row: `starts` int64 (K+2,) are the strata's ends.
    """

    order: Ints
    tiles: tuple[tuple[Tile, ...], ...]
    starts: Ints

    def __len__(self) -> int:
        return int(self.starts[-1])

    def blocks(self, stratum: int) -> Iterator[tuple[slice, Ints, Ints, Bools]]:
        """Of each block: where its distances stand, its photos on the left and right, which of the pairs count (l,r)."""
        at = int(self.starts[stratum])
        for a, b in self.tiles[stratum]:
            left, right = self._side(a), self._side(b)
            counted = np.ones((len(left), len(right)), np.bool_)
            if a == b:
                counted = ~np.eye(len(left), dtype=np.bool_) if stratum else np.triu(counted, 1)
            size = int(counted.sum())
            yield slice(at, at + size), left, right, counted
            at += size

    def pairs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The photos of every pair: left and right int32 (m,)."""
        left, right = np.empty(len(self), np.int32), np.empty(len(self), np.int32)
        for stratum in range(len(self.tiles)):
            for where, rows, columns, counted in self.blocks(stratum):
                i, j = np.nonzero(counted)
                left[where], right[where] = rows[i], columns[j]
        return left, right

    def _side(self, number: int) -> Ints:
        return self.order[number * TILE : (number + 1) * TILE]


def plan(photos: int, distortions: int, most: int, seed: int) -> PairPlan:
    """All pairs if there are at most `most`, else about so many: of each stratum the same share of its blocks, drawn at
    random."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(photos)
    everything = photos * (photos - 1) // 2 + distortions * photos * (photos - 1)
    share = min(1.0, most / max(1, everything))
    sides = -(-photos // TILE)
    alone = {sides - 1} if photos % TILE == 1 else set()  # a block of one photo with itself has no pairs
    grid = [(a, b) for a in range(sides) for b in range(sides) if a != b or a not in alone]
    strata = [_drawn([(a, b) for a, b in grid if a <= b], share, rng)]
    strata += [_drawn(grid, share, rng) for _ in range(distortions)]
    unfinished = PairPlan(order, tuple(strata), np.zeros(len(strata) + 1, np.int64))
    sizes = [sum(int(counted.sum()) for *_, counted in unfinished.blocks(s)) for s in range(len(strata))]
    return PairPlan(order, unfinished.tiles, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def _drawn(tiles: list[Tile], share: float, rng: np.random.Generator) -> tuple[Tile, ...]:
    wanted = max(1, round(share * len(tiles)))
    return tuple(tiles[i] for i in sorted(rng.permutation(len(tiles))[:wanted]))
