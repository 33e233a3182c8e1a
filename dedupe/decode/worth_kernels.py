"""The kernels of how much there is to see in a picture, in a module of their own because importing it compiles them.

They are given the room that they work in: those that allocate it could not be loaded without numba.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dedupe.kernels import kernel

WINDOW = 5
LEAST, MOST, PART = 1.0, 3.0, 0.05


@kernel("void(uint8[:,::1], int64, int64, uint32[::1], float32[:,::1])")
def average(luma: Any, down: int, right: int, sums: Any, cells: Any) -> None:
    """Fills `cells` with the means of `luma` in cells of `down` x `right` pixels, by every second row of each cell.

    Those of the last row and column may be smaller. `sums` is room for a row. Indices are unsigned, for numba tests the
    sign of others.
    """
    height, width = luma.shape
    for i in range(cells.shape[0]):
        top, bottom = i * down, min(height, i * down + down)
        for x in range(np.uint64(width)):
            sums[x] = 0
        for y in range(top, bottom, 2):
            row = luma[y]
            for x in range(np.uint64(width)):
                sums[x] += np.uint32(row[x])
        for j in range(cells.shape[1]):
            left, end = j * right, min(width, j * right + right)
            total: Any = np.uint32(0)
            for x in range(np.uint64(left), np.uint64(end)):
                total += sums[x]
            cells[i, j] = total / ((bottom - top + 1) // 2 * (end - left))


@kernel("float64(float32[:,::1], int64[::1])")
def outside(cells: Any, counts: Any) -> float:
    """The share of cells outside the fullest WINDOW neighbouring levels; `counts` is zeros for 256 levels."""
    for i in range(cells.shape[0]):
        for j in range(cells.shape[1]):
            counts[int(cells[i, j] + 0.5)] += 1
    inside = most = 0
    for level in range(256):
        inside += counts[level]
        if level >= WINDOW:
            inside -= counts[level - WINDOW]
        most = max(most, inside)
    return float(1.0 - most / cells.size)


@kernel("float64(float32[:,::1], float64[::1], float64[::1])")
def crossed(cells: Any, rows: Any, columns: Any) -> float:
    """The share of cells that are no sum of what their row and their column have in common, within a twentieth of how the
    cells spread: at least LEAST, at most MOST levels. `rows` and `columns` are zeros, as many as there are.
    """
    height, width = cells.shape
    squares = mean = 0.0
    for i in range(height):
        for j in range(width):
            value = float(cells[i, j])
            rows[i] += value
            columns[j] += value
            squares += value * value
    for i in range(height):
        rows[i] /= width
        mean += rows[i]
    for j in range(width):
        columns[j] /= height
    mean /= height
    spread = math.sqrt(max(0.0, squares / cells.size - mean * mean))
    allowed, apart = min(MOST, max(LEAST, PART * spread)), 0
    for i in range(height):
        for j in range(width):
            if abs(cells[i, j] - rows[i] - columns[j] + mean) > allowed:
                apart += 1
    return float(apart / cells.size)


@kernel("float64(uint8[:,::1], int64)")
def correlation(luma: Any, step: int) -> float:
    """How far a pixel of every `step`-th row tells the one beside it or the one below, 0 to 1; the larger of the two."""
    height, width = luma.shape
    total: Any = 0
    squares: Any = 0
    beside: Any = 0
    below: Any = 0
    pairs = 0
    for y in range(0, height - 1, step):
        row, under = luma[y], luma[y + 1]
        for x in range(np.uint64(width - 1)):
            value = np.int32(row[x])
            right, down = np.int32(row[x + np.uint64(1)]) - value, np.int32(under[x]) - value
            total += value
            squares += value * value
            beside += right * right
            below += down * down
        pairs += width - 1
    spread = squares - total * total / max(1, pairs)
    return 1 - min(beside, below) / (2 * spread) if spread > 0 else 0.0
