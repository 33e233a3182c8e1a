"""The kernel of pdq in the arithmetic of Meta's programs."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe import kernel
from dedupe_hashes.kernels.pdq import SIDE, SIZE, hashed


@kernel()
def _box(line: Any, window: int, out: Any) -> None:
    """Means of a window of pixels, of those that are there at the ends; a running sum, with its rounding errors."""
    after = (window + 2) // 2 - 1
    before = window - 1 - after
    total, count = np.float32(0), 0
    for i in range(min(after, line.size)):
        total += line[i]
        count += 1
    for i in range(line.size):
        if i + after < line.size:
            total += line[i + after]
            count += 1
        if i > before:
            total -= line[i - before - 1]
            count -= 1
        out[i] = total / np.float32(count)


@kernel()
def box_rows(values: Any, other: Any) -> None:
    """Blurs `values` (n,m) along its rows, into the columns of `other` (m,n)."""
    window = -(-values.shape[1] // (2 * SIZE))
    for y in range(values.shape[0]):
        _box(values[y], window, other[:, y])


@kernel("void(f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1], f8[:,::1], f8[:,::1], u1[::1])")
def pdq_full(luma: Any, turned: Any, waves: Any, down: Any, both: Any, flat: Any, out: Any) -> None:
    """As `pdq`, every sum in float32 in Meta's order, so that even the rounding errors of a flat picture are theirs.

    `luma` (h,w) is overwritten; `waves` (16,64) are the cosines of PDQ. Scratch: turned (w,h), down (16,64), both
    (17,17), flat (2,256).
    """
    height, width = luma.shape
    for _ in range(2):
        box_rows(luma, turned)
        box_rows(turned, luma)
    for i in range(SIDE):
        for j in range(SIZE):
            total, x = np.float32(0), int((j + 0.5) * width / SIZE)
            for k in range(SIZE):
                total += waves[i, k] * luma[int((k + 0.5) * height / SIZE), x]
            down[i, j] = total
    for i in range(SIDE):
        for j in range(SIDE):
            total = np.float32(0)
            for k in range(SIZE):
                total += down[i, k] * waves[j, k]
            both[j + 1, i + 1] = total
    hashed(both, flat, out)
