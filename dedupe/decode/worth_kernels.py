"""The kernels of how much there is to see in a picture, in a module of their own because importing it compiles them."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel

WINDOW = 33
LEVELS = 3.0


@kernel("float64(uint8[:,::1], int64, uint32[:,::1])")
def outside(luma: Any, step: int, counts: Any) -> float:
    """The share of pixels outside the fullest 33 neighbouring levels, of every `step`-th pixel of every `step`-th row.

    `counts` is uint32 (4,256), zero: counting into one table waits for itself where neighbours are equal. Indices are
    unsigned, for numba tests the sign of others, which takes as long as counting.
    """
    height, width = luma.shape
    for y in range(0, height, step):
        row, at = luma[y], np.uint64(0)
        for i in range(np.uint64((width + step - 1) // step)):
            counts[np.uint64(i) & np.uint64(3), row[at]] += np.uint32(1)
            at += np.uint64(step)
    inside = most = total = 0
    for level in range(256):
        here = np.int64(counts[0, level]) + counts[1, level] + counts[2, level] + counts[3, level]
        counts[0, level] = here
        total += here
        inside += here
        if level >= WINDOW:
            inside -= np.int64(counts[0, level - WINDOW])
        most = max(most, inside)
    return 1.0 - most / total


@kernel("int64(uint8[:,::1], int64, int64, uint32[::1], uint32[::1], int64)")
def crossed(luma: Any, down: int, right: int, rows: Any, columns: Any, enough: int) -> int:
    """How many pixels are no sum of what their row and their column have in common, within LEVELS; counted to `enough` + 1.

    Every `right`-th pixel of every `down`-th row is looked at. `rows` and `columns` are zero, with room for each.
    """
    total = 0
    for i in range(len(rows)):
        line, at, in_row = luma[i * down], np.uint64(0), np.uint32(0)
        for j in range(len(columns)):
            value = np.uint32(line[at])
            in_row += value
            columns[j] += value
            at += np.uint64(right)
        rows[i] = in_row
        total += int(in_row)
    mean = total / (len(rows) * len(columns))
    apart = 0
    for i in range(len(rows)):
        line, level = luma[i * down], rows[i] / len(columns)
        for j in range(len(columns)):
            if abs(line[j * right] - level - (columns[j] / len(rows) - mean)) > LEVELS:
                apart += 1
                if apart > enough:
                    return apart
    return apart
