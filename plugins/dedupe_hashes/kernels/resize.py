"""Pillow's resize of a grey picture, in its fixed-point arithmetic, so that the result is equal on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe import kernel

HALF = 1 << 21
BITS = 22


@kernel()
def clipped(total: Any) -> Any:
    """A sum of weighted pixels as a pixel."""
    return min(max(total >> BITS, 0), 255)


@kernel("void(u1[:,::1], i4[::1], i4[:,::1], i4[::1], i4[:,::1], i4[:,::1], u1[:,::1], u1[:,::1])", error_model="numpy")
def resize(image: Any, left: Any, across: Any, top: Any, down: Any, lines: Any, rows: Any, out: Any) -> None:
    """A picture (h,w) to `out`, by taps across and then down.

    Scratch: `lines` (4, w + taps), `rows` (h + 3 + taps, out's width). Four rows go together because weights are then
    loaded once for four products; sums are kept in 32 bit, where they fit and twice as many go into a register.
    """
    height, taps = image.shape[0], across.shape[1]
    for y in range(0, height, 4):
        for i in range(4):
            source, line = image[min(y + i, height - 1)], lines[i]
            for k in range(source.size):
                line[k] = source[k]
        for x in range(left.size):
            weights, at = across[x], left[x]
            a, b = lines[0, at : at + taps], lines[1, at : at + taps]
            c, d = lines[2, at : at + taps], lines[3, at : at + taps]
            p = q = r = s = np.int32(HALF)
            for k in range(taps):
                weight = weights[k]
                p = np.int32(p + np.int32(a[k] * weight))
                q = np.int32(q + np.int32(b[k] * weight))
                r = np.int32(r + np.int32(c[k] * weight))
                s = np.int32(s + np.int32(d[k] * weight))
            rows[y, x] = clipped(p)
            rows[y + 1, x] = clipped(q)
            rows[y + 2, x] = clipped(r)
            rows[y + 3, x] = clipped(s)
    total = lines[0, : out.shape[1]]
    for y in range(out.shape[0]):
        total[:] = HALF
        for k in range(down.shape[1]):
            weight, row = down[y, k], rows[top[y] + k]
            for x in range(total.size):
                total[x] = np.int32(total[x] + np.int32(row[x] * weight))
        for x in range(total.size):
            out[y, x] = clipped(total[x])
