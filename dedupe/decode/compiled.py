"""The kernels of decoding, in a module of their own because importing it compiles them. They allocate nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel

WINDOW = 33
TINY = 1e-9


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


@kernel(
    "void(uint8[:,::1], float64, float64, float64, float64, uint64[::1], uint32[:,::1], uint16[:,::1], uint8[:,::1])"
)
def average(
    image: Any,
    start_x: float,
    start_y: float,
    step_x: float,
    step_y: float,
    left: Any,
    columns: Any,
    lines: Any,
    out: Any,
) -> None:
    """`out[y, x]` is the mean of the image from start_x + x step_x and start_y + y step_y on, over a step each way.

    Weights are whole numbers that add up to 2^8 for rows and 2^14 for columns, so that every processor gives the same, and
    indices are unsigned, for numba tests them for no sign. `left` (w,), `columns` (r, w) with r >= 3 and `lines` (4, width
    of the image + r) are room for the columns' weights and for four rows, `lines` zero.
    """
    height, width = out.shape
    reach, across = columns.shape[0], image.shape[1]
    for x in range(width):
        begin = start_x + x * step_x
        first = int(begin + TINY)
        left[x] = first
        before = 0
        for k in range(reach):
            covered = int(min((first + k + 1 - begin) / step_x, 1.0) * 16384 + 0.5)
            columns[k, x] = covered - before
            before = covered
    for block in range(0, height, 4):
        for r in range(4):  # the last block may do its last row more than once
            begin = start_y + min(block + r, height - 1) * step_y
            first, before, k = int(begin + TINY), 0, 0
            line = lines[r]
            while before < 256:
                covered = int(min((first + k + 1 - begin) / step_y, 1.0) * 256 + 0.5)
                weight = np.uint16(covered - before)
                row = image[min(first + k, image.shape[0] - 1)]
                if k == 0:
                    for i in range(across):
                        line[i] = row[i] * weight
                elif weight:
                    for i in range(across):
                        line[i] += row[i] * weight
                before = covered
                k += 1
        for x in range(width):
            a = b = c = d = np.uint32(1 << 21)
            for k in range(reach):
                i, weight = left[x] + np.uint64(k), columns[k, x]
                a = np.uint32(a + lines[0, i] * weight)
                b = np.uint32(b + lines[1, i] * weight)
                c = np.uint32(c + lines[2, i] * weight)
                d = np.uint32(d + lines[3, i] * weight)
            out[block, x] = a >> np.uint32(22)
            out[min(block + 1, height - 1), x] = b >> np.uint32(22)
            out[min(block + 2, height - 1), x] = c >> np.uint32(22)
            out[min(block + 3, height - 1), x] = d >> np.uint32(22)
