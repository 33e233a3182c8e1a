"""The kernels of reducing by area, in a module of their own because importing it compiles them. They allocate nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel

TINY = 1e-9
"""What a sum of steps may lack of a whole number by rounding."""


@kernel("void(uint8[:,::1], float64, float64, uint16[:,::1])")
def average_rows(image: Any, start: float, step: float, out: Any) -> None:
    """Row y of `out` (h',n) is 256 times the mean of the rows of `image` (h,n) from start + y step on, over a step.

    Weights are whole numbers that add up to 2^8, so that every processor gives the same; the last row stands for what lies
    behind it.
    """
    for y in range(out.shape[0]):
        begin, line = start + y * step, out[y]
        first, before, k = int(begin + TINY), 0, 0
        line[:] = 0
        while before < 256:
            covered = int(min((first + k + 1 - begin) / step, 1.0) * 256 + 0.5)
            weight, row = np.uint16(covered - before), image[min(first + k, image.shape[0] - 1)]
            if weight:
                for i in range(line.size):
                    line[i] += row[i] * weight
            before = covered
            k += 1


@kernel("void(uint16[:,::1], float64, float64, uint32[::1], uint8[:,::1])")
def average_sums(sums: Any, start: float, step: float, line: Any, out: Any) -> None:
    """As `average_rows`, of sums that it gave, by weights that add up to 2^14; rounded to whole levels once. `line` (n,) is
    scratch.
    """
    for y in range(out.shape[0]):
        begin = start + y * step
        first, before, k = int(begin + TINY), 0, 0
        line[:] = np.uint32(1 << 21)
        while before < 1 << 14:
            covered = int(min((first + k + 1 - begin) / step, 1.0) * (1 << 14) + 0.5)
            weight, row = np.uint32(covered - before), sums[min(first + k, sums.shape[0] - 1)]
            if weight:
                for i in range(line.size):
                    line[i] += row[i] * weight
            before = covered
            k += 1
        for i in range(line.size):
            out[y, i] = line[i] >> np.uint32(22)
