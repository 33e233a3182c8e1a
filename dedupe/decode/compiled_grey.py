"""LANCZOS of a grey picture in Pillow's fixed-point arithmetic, so that the result is equal on every machine.

In a module of its own because importing it compiles it, for those who resize grey pictures. Nothing is allocated.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dedupe.decode.steps import BITS, HALF
from dedupe.kernels import kernel

LANES = 8
"""Weights come in multiples of it."""

NEAR = 3
"""Rows on either side from which the noise of a row is told."""

STEADY = 1 / 256
"""The least that rows are taken to differ by."""


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


@kernel()
def _wholes(level: Any) -> Any:
    """The integral from 0 of what rounding to whole numbers gives."""
    last = math.floor(level + 0.5)
    return last * (level + 0.5) - last * (last + 1.0) / 2


@kernel()
def _bends(levels: Any, height: int, bends: Any) -> None:
    """Squares of how far each row lies from the line between its neighbours, twice."""
    for y in range(1, height - 1):
        before, row, after, out = levels[y - 1], levels[y], levels[y + 1], bends[y]
        for x in range(row.size):
            bend = before[x] - 2 * row[x] + after[x]
            out[x] = bend * bend


@kernel()
def _rounded(levels: Any, bends: Any, height: int, spread: Any, out: Any) -> None:
    """The mean of what rounding makes of levels that are evenly spread around each.

    How far depends on the rows within NEAR: a bend has six times the variance of the noise of rows, and evenly spread
    levels a twelfth of the square of their spread. Levels that are spread over one round to themselves in the mean.
    """
    for y in range(height):
        first, last = max(y - NEAR, 1), min(y + NEAR, height - 2)
        spread[:] = 0.0
        for i in range(first, last + 1):
            near = bends[i]
            for x in range(spread.size):
                spread[x] += near[x]
        share, row, rounded = 2.0 / max(last - first + 1, 1), levels[y], out[y]
        for x in range(spread.size):
            wide = min(max(math.sqrt(spread[x] * share), STEADY), 1.0)
            mean = (_wholes(row[x] + wide / 2) - _wholes(row[x] - wide / 2)) / wide
            rounded[x] = min(max(mean, 0.0), 255.0)


@kernel(
    "void(u1[:,::1], i8[::1], i4[:,::1], i8[::1], i4[:,::1], i4[:,::1], f8[:,:,::1], f8[::1], f8, u1[:,::1])",
    error_model="numpy",
)
def resize_reduced(
    image: Any,
    left: Any,
    across: Any,
    top: Any,
    down: Any,
    lines: Any,
    levels: Any,
    line: Any,
    above: float,
    out: Any,
) -> None:
    """As `resize` for a picture of which a larger one was wanted: what it would have been, as well as can be told.

    Pillow rounds each row once it is brought to its new width. Rows of the larger picture that lie in one of these differ
    by their noise, so that what rounding adds to them is its mean over a spread that is told from the rows here; nothing
    is left of it where they are far apart, and all where they are equal. `above` is how much lighter these pixels are than
    those. Scratch beside that of `resize`: `levels` (3, h + 3 + taps, out's width), zero, in the place of rows, and `line`
    (out's width,).
    """
    height = image.shape[0]
    plain, bends, rounded = levels[0], levels[1], levels[2]
    for y in range(0, height, 4):
        _lines(image, y, lines)
        for x in range(left.size):
            p, q, r, s = _weighed(lines, left[x], across[x])
            plain[y, x] = (p - HALF) / (1 << BITS) - above
            plain[y + 1, x] = (q - HALF) / (1 << BITS) - above
            plain[y + 2, x] = (r - HALF) / (1 << BITS) - above
            plain[y + 3, x] = (s - HALF) / (1 << BITS) - above
    _bends(plain, height, bends)
    _rounded(plain, bends, height, line, rounded)
    for y in range(out.shape[0]):
        line[:] = 0.5
        for k in range(down.shape[1]):
            weight, row = down[y, k] / (1 << BITS), rounded[top[y] + k]
            for x in range(line.size):
                line[x] += row[x] * weight
        for x in range(line.size):
            out[y, x] = np.uint8(min(max(math.floor(line[x]), 0.0), 255.0))
