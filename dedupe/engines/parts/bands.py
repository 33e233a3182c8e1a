"""Hamming pairs in parts: in a round for each band of the multi-index, rows are dealt by the band's first bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.engines.parts.rows import Join, Rows
from dedupe.model import Ints, Pairs
from dedupe.search import bands, hamming, multi_index
from dedupe.search.bands import Band, BandPlan
from dedupe.search.rows import Words

SHARD = 1 << 20
"""Rows that a shard has room for, where bits tell them apart."""

LARGEST = 1 << 21
"""Rows of the largest block: a heavy shard, of rows that agree in many bits, is cut into such."""


@dataclass(frozen=True, slots=True)
class BandJoin(Join):
    """All pairs within `t` bits of rows of u64 words. `plan` says which bands there are: two rows within t of each other are
    within the radius of one band at least, and the first such band gives the pair. Shards are told by the first `bits` of a band;
    two meet that differ in no more of them than the radius, and the rest of the band has what is left of it.
    """

    t: int
    plan: BandPlan
    bits: int

    @property
    def most(self) -> int:
        return LARGEST

    @property
    def rounds(self) -> int:
        return len(self.plan.bands)

    @property
    def shards(self) -> int:
        return 1 << self.bits

    def dealt(self, number: int, rows: Rows, right: bool) -> list[Rows]:
        shard = np.zeros(len(rows), np.int64)
        for place, bit in enumerate(self._first(number).tolist()):
            shard |= ((rows.X[:, bit >> 6] >> np.uint64(bit & 63)).astype(np.int64) & 1) << place
        return rows.dealt(shard, self.shards)

    def meetings(self, number: int, one: bool) -> list[tuple[int, int]]:
        radius, every = self.plan.bands[number].radius, range(1 << len(self._first(number)))
        return [(i, j) for i in every for j in every if (i <= j or not one) and (i ^ j).bit_count() <= radius]

    def met(self, number: int, shards: tuple[int, int], left: Rows, right: Rows | None) -> Pairs:
        band, apart = self.plan.bands[number], (shards[0] ^ shards[1]).bit_count()
        rest = Band(band.bits[self.bits :], band.radius - apart)
        return multi_index.in_band(left.X, None if right is None else right.X, self.t, self.plan, number, rest)

    def _first(self, number: int) -> Ints:
        return self.plan.bands[number].bits[: self.bits]


def band_join(X: Words, Y: Words | None, t: int, index: str = "auto", *, shard: int = SHARD) -> BandJoin:
    """The cheapest bands for X u64 (n,W) with each other, or with Y (m,W); one without bits, which compares all with all, where
    that is cheaper, or `index` is "exact".
    """
    n, m = len(X), len(X if Y is None else Y)
    few = (n * m if Y is not None else n * (n - 1) // 2) <= hamming.PLANNED
    if min(n, m) < 2 or index == "exact" or (few and index != "multi-index"):
        plan = bands.brute_force(X.shape[1], t)
    else:
        plan = bands.plan(bands.draw(X, Y), t, force=index == "multi-index")
    narrowest = min(len(band.bits) for band in plan.bands)
    return BandJoin(t, plan, min(narrowest, max(0, (max(n, m) // shard).bit_length())))
