"""Pairs by brute force in parts: every block of rows meets every other one."""

from __future__ import annotations

from dataclasses import dataclass

from dedupe import metrics
from dedupe.engines.parts.rows import Join, Rows
from dedupe.model import Metric, Pairs
from dedupe.search import exact
from dedupe.search.floats import RowFrame, prepared

FLOATS = 1 << 14
"""Rows of a block of floats."""

OTHERS = 1 << 11
"""Rows of a block that a plugin's metric compares."""


@dataclass(frozen=True, slots=True)
class BlockJoin(Join):
    """All pairs within `threshold` by a metric; rows for "cosine" and "l2" have a `frame`."""

    metric: str | Metric
    threshold: float
    frame: RowFrame | None

    @property
    def most(self) -> int:
        return OTHERS if self.frame is None else FLOATS

    def met(self, number: int, shards: tuple[int, int], left: Rows, right: Rows | None) -> Pairs:
        X, Y = left.X, None if right is None else right.X
        owner = metrics.resolve(self.metric)
        if owner not in metrics.BUILT_IN.values():
            return exact.metric(X, Y, owner, self.threshold)
        assert self.frame is not None
        A, B = prepared(X, owner.name, self.frame), None if Y is None else prepared(Y, owner.name, self.frame)
        return exact.floats(A, B, self.threshold)
