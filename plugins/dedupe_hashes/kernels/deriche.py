"""Deriche's recursive blur."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe import kernel


@kernel("void(f4[:,::1], f4[::1], f4[:,::1], f4[:,::1], i8)", error_model="numpy")
def deriche(values: Any, weights: Any, forward: Any, ahead: Any, truncated: int) -> None:
    """Blurs `values` (n,m) along the first axis into rows 2 to n+1 of `forward` (n+2,m); edges are replicated.

    `weights` are a0 to a3, b1, b2 and the starts of both ways; `ahead` (3,m) is scratch. All sums are float32, in the
    order in which CImg takes them. Whole numbers are wanted where `truncated` is not 0.
    """
    n, width = values.shape
    a0, a1, a2, a3, b1, b2 = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    for x in range(width):
        forward[0, x] = forward[1, x] = weights[6] * values[0, x]
        ahead[0, x] = ahead[1, x] = ahead[2, x] = weights[7] * values[n - 1, x]
    for y in range(n):
        here, before = values[y], values[max(y - 1, 0)]
        one, two, out = forward[y + 1], forward[y], forward[y + 2]
        for x in range(width):
            out[x] = a0 * here[x] + a1 * before[x] - b1 * one[x] - b2 * two[x]
    for y in range(n - 1, -1, -1):
        near, far = values[min(y + 1, n - 1)], values[min(y + 2, n - 1)]
        one, two, back, out = ahead[(y + 1) % 3], ahead[(y + 2) % 3], ahead[y % 3], forward[y + 2]
        for x in range(width):
            back[x] = a2 * near[x] + a3 * far[x] - b1 * one[x] - b2 * two[x]
            out[x] = out[x] + back[x]
        if truncated != 0:
            for x in range(width):
                out[x] = np.float32(np.int32(out[x]))
