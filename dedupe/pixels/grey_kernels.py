"""LANCZOS of a grey picture in Pillow's fixed-point arithmetic, so that the result is equal on every machine.

In a module of its own because importing it compiles it, for those who resize grey pictures. Nothing is allocated.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel
from dedupe.pixels.taps import BITS

LANES = 8
"""Weights come in multiples of it."""

HALF = 1 << (BITS - 1)
"""What is added to a sum so that rounding it down rounds it to the nearest."""


@kernel()
def _clipped(total: Any) -> Any:
    """A sum of weighted pixels as a pixel."""
    return min(max(total >> BITS, 0), 255)


@kernel()
def _lines(image: Any, y: int, lines: Any) -> None:
    """Four rows from `y` on, the last of the picture for those behind it."""
    for i in range(4):
        source, line = image[min(y + i, image.shape[0] - 1)], lines[i]
        for k in range(source.size):
            line[k] = source[k]


@kernel()
def _weighed(lines: Any, at: Any, weights: Any) -> Any:
    """The weighted sums of four rows, and a half: weights are loaded once for four products."""
    taps = len(weights)
    a, b = lines[0, at : at + taps], lines[1, at : at + taps]
    c, d = lines[2, at : at + taps], lines[3, at : at + taps]
    p = q = r = s = np.int32(HALF)
    for k in range(taps):
        weight = weights[k]
        p = np.int32(p + np.int32(a[k] * weight))
        q = np.int32(q + np.int32(b[k] * weight))
        r = np.int32(r + np.int32(c[k] * weight))
        s = np.int32(s + np.int32(d[k] * weight))
    return p, q, r, s


@kernel()
def down_columns(rows: Any, top: Any, down: Any, total: Any, out: Any) -> None:
    """Rows (h,w) of pixels to `out` (h',w) by taps; scratch: `total` (w,)."""
    for y in range(out.shape[0]):
        total[:] = HALF
        for k in range(down.shape[1]):
            weight, row = down[y, k], rows[top[y] + k]
            for x in range(total.size):
                total[x] = np.int32(total[x] + np.int32(row[x] * weight))
        for x in range(total.size):
            out[y, x] = _clipped(total[x])


@kernel("void(u1[:,::1], i8[::1], i4[:,::1], i8[::1], i4[:,::1], i4[:,::1], u1[:,::1], u1[:,::1])", error_model="numpy")
def resize(image: Any, left: Any, across: Any, top: Any, down: Any, lines: Any, rows: Any, out: Any) -> None:
    """A picture (h,w) to `out`, by taps across and then down.

    Scratch: `lines` (4, w + taps), `rows` (h + 3 + taps, out's width). Four rows go together because weights are then
    loaded once for four products; sums are kept in 32 bit, where they fit and twice as many go into a register.
    """
    for y in range(0, image.shape[0], 4):
        _lines(image, y, lines)
        for x in range(left.size):
            p, q, r, s = _weighed(lines, left[x], across[x])
            rows[y, x] = _clipped(p)
            rows[y + 1, x] = _clipped(q)
            rows[y + 2, x] = _clipped(r)
            rows[y + 3, x] = _clipped(s)
    down_columns(rows, top, down, lines[0, : out.shape[1]], out)
