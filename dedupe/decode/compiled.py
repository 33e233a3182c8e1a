"""The kernels of decoding, in a module of their own because importing it compiles them. They allocate nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel

WINDOW = 33


@kernel("float64(uint8[:,::1], int64, int64[:,::1])")
def outside(luma: Any, step: int, counts: Any) -> float:
    """The share of pixels outside the fullest 33 neighbouring levels, of every `step`-th pixel of every `step`-th row.

    `counts` is int64 (4,256), zero: counting into one table waits for itself where neighbours are equal.
    """
    height, width = luma.shape
    for y in range(0, height, step):
        row = luma[y]
        for i in range((width + step - 1) // step):
            counts[i & 3, row[i * step]] += 1
    inside = most = total = 0
    for level in range(256):
        here = counts[0, level] + counts[1, level] + counts[2, level] + counts[3, level]
        counts[0, level] = here
        total += here
        inside += here
        if level >= WINDOW:
            inside -= counts[0, level - WINDOW]
        most = max(most, inside)
    return 1.0 - most / total


@kernel("void(uint8[:,::1], uint64[::1], uint16[:,::1], uint64[::1], uint32[:,::1], uint16[::1], uint8[:,::1])")
def average(image: Any, top: Any, rows: Any, left: Any, columns: Any, line: Any, out: Any) -> None:
    """Weighted means: `out[y, x]` of image[top[y] + k, left[x] + j] by rows[y, k] (sum 2^8) and columns[j, x] (sum 2^14).

    Whole numbers only, so that every processor gives the same; unsigned indices, for which numba tests no sign. `line`
    is room for a row of the image and `len(columns)` zeros behind it.
    """
    height, width = out.shape
    reach = columns.shape[0]
    half, shift = np.uint32(1 << 21), np.uint32(22)
    for y in range(height):
        row, weight = image[top[y]], rows[y, 0]
        for x in range(image.shape[1]):
            line[x] = row[x] * weight
        for k in range(1, rows.shape[1]):
            weight = rows[y, k]
            if weight:
                row = image[top[y] + np.uint64(k)]
                for x in range(image.shape[1]):
                    line[x] += row[x] * weight
        target = out[y]
        if reach == 3:
            first, second, third = columns[0], columns[1], columns[2]
            for x in range(width):
                i = left[x]
                total = np.uint32(line[i]) * first[x] + np.uint32(line[i + np.uint64(1)]) * second[x]
                total += np.uint32(line[i + np.uint64(2)]) * third[x]
                target[x] = np.uint32(total + half) >> shift
        else:
            for x in range(width):
                total = half
                for j in range(reach):
                    total = np.uint32(total + np.uint32(line[left[x] + np.uint64(j)]) * columns[j, x])
                target[x] = total >> shift
