"""Float pairs in parts: rows lie in cells of k-means, and each visits the cells in which it may have a near row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe.engines.parts.rows import Join, Rows
from dedupe.model import Floats, Ints, Pairs
from dedupe.search.floats import FloatRows, RowFrame, near_pairs, prepared
from dedupe.search.inverted import nearest, probes
from dedupe.search.result import gather_pairs

SHARD = 1 << 16
"""Rows that live in the cells of a shard, about."""

LARGEST = 1 << 18
"""Rows of the largest block: a heavy cell is cut into such."""

BLOCK = 4096


@dataclass(frozen=True, slots=True)
class CellJoin(Join):
    """The pairs within `threshold` that `dedupe.search.inverted` finds: left rows visit cells, right ones live in them.

    `centres` float32 (c,d) are the cells'; the cells are in so many `groups`, each a shard.
    """

    metric: str
    threshold: float
    frame: RowFrame
    centres: Floats
    groups: int

    @property
    def shards(self) -> int:
        return self.groups

    @property
    def most(self) -> int:
        return LARGEST

    @property
    def misses(self) -> str:
        return "inverted"

    @property
    def sides_differ(self) -> bool:
        return True

    def dealt(self, number: int, rows: Rows, right: bool) -> list[Rows]:
        points = prepared(rows.X, self.metric, self.frame)
        if right:
            place, cell = points.numbers, nearest(points.points, self.centres)
        else:
            visits = probes(points, self.centres, self.threshold)
            cell, place = np.divmod(visits.keys, max(1, len(points)))
            place = points.numbers[place]
        order = np.argsort(cell, kind="stable")
        sorted_by_cell = np.stack([place[order], cell[order]], axis=1)
        edges = np.searchsorted(sorted_by_cell[:, 1], self._first_cells())
        return [self._some(rows, part) for part in np.split(sorted_by_cell, edges[1:-1])]

    def meetings(self, number: int, one: bool) -> list[tuple[int, int]]:
        return [(shard, shard) for shard in range(self.shards)]

    def met(self, number: int, shards: tuple[int, int], left: Rows, right: Rows | None) -> Pairs:
        assert right is not None and left.visits is not None and right.visits is not None
        A, B = (prepared(rows.X, self.metric, self.frame) for rows in (left, right))
        found = []
        for cell in np.intersect1d(left.visits[:, 1], right.visits[:, 1]).tolist():
            visitors, members = _of_cell(left.visits, cell), _of_cell(right.visits, cell)
            found += _compared(A, visitors, B, members, self.threshold)
        return gather_pairs(found)

    def _first_cells(self) -> Ints:
        """The cell with which each shard begins, and the number of cells."""
        return np.arange(self.shards + 1) * len(self.centres) // self.shards

    @staticmethod
    def _some(rows: Rows, visits: Ints) -> Rows:
        places, at = np.unique(visits[:, 0], return_inverse=True)
        return Rows(rows.numbers[places], rows.X[places], np.stack([at, visits[:, 1]], axis=1))


def _of_cell(visits: Ints, cell: int) -> Ints:
    first, last = np.searchsorted(visits[:, 1], [cell, cell + 1])
    return np.sort(visits[first:last, 0])


def _compared(
    A: FloatRows, rows: Ints, B: FloatRows, columns: Ints, threshold: float
) -> list[tuple[Ints, Ints, NDArray[np.float64]]]:
    return [
        near_pairs(A, rows[i : i + BLOCK], B, columns[j : j + BLOCK], threshold)
        for i in range(0, len(rows), BLOCK)
        for j in range(0, len(columns), BLOCK)
    ]
