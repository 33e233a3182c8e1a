"""By which way rows are compared in parts: the one by which they are on one machine, so that the same pairs are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import metrics, search
from dedupe.engines.parts.bands import band_join
from dedupe.engines.parts.blocks import BlockJoin
from dedupe.engines.parts.cells import SHARD, CellJoin
from dedupe.engines.parts.rows import Join, Rows
from dedupe.model import Ints, Matrix, Metric, Pairs
from dedupe.search.floats import RowFrame, comparable, frame_of, prepared
from dedupe.search.inverted import centres_of
from dedupe.search.rows import as_words

SEED = 0


@dataclass(frozen=True, slots=True)
class WholeJoin(Join):
    """All in one call: what a plugin's index finds, which is not built in parts."""

    metric: str | Metric
    threshold: float
    frame: RowFrame
    index: search.Approximate

    @property
    def most(self) -> int:
        return 1 << 62

    @property
    def misses(self) -> str:
        return self.index.name

    def met(self, number: int, shards: tuple[int, int], left: Rows, right: Rows | None) -> Pairs:
        if right is None:
            return search.join(left.X, self.metric, self.threshold, index=self.index, seed=SEED).expand()
        return search.cross(left.X, right.X, self.metric, self.threshold, index=self.index, seed=SEED).pairs


def join_of(
    left: Matrix, right: Matrix | None, metric: str | Metric, threshold: float, index: search.Which
) -> tuple[Join, Rows, Rows | None]:
    """How the rows of left are compared with each other, or with those of right, and both made ready: the ones that can be near
    others.
    """
    owner = metrics.resolve(metric)
    search.check_index(index, [owner])
    X, Y = metrics.check(left.X, owner), None if right is None else metrics.check(right.X, owner)
    if owner is metrics.HAMMING:
        A, B = as_words(X), None if Y is None else as_words(Y)
        join: Join = band_join(A, B, int(min(threshold, 8 * X.shape[1])), str(index))
        return join, Rows(left.contents, A), None if right is None or B is None else Rows(right.contents, B)
    rows = _comparable(left.contents, X, owner)
    other = None if right is None or Y is None else _comparable(right.contents, Y, owner)
    return _float_join(rows, other, owner, threshold, index), rows, other


def _float_join(rows: Rows, other: Rows | None, owner: Metric, threshold: float, index: search.Which) -> Join:
    if owner not in metrics.BUILT_IN.values():
        return BlockJoin(owner, threshold, None)
    frame = frame_of(owner.name, rows.X, *(() if other is None else (other.X,)))
    if not isinstance(index, str):
        return WholeJoin(owner.name, threshold, frame, index)
    if not search.many(len(rows), None if other is None else len(other), index):
        return BlockJoin(owner.name, threshold, frame)
    homes = rows if other is None else other
    centres = centres_of(len(homes), lambda some: prepared(homes.X[some], owner.name, frame).points, SEED)
    return CellJoin(owner.name, threshold, frame, centres, min(len(centres), 1 + len(homes) // SHARD))


def _comparable(numbers: Ints, X: NDArray[Any], owner: Metric) -> Rows:
    """The rows that have a distance to others."""
    own = owner in metrics.BUILT_IN.values()
    good = np.flatnonzero(comparable(X, owner.name)) if own else search.without_nan(X)
    return Rows(numbers[good], X[good])
