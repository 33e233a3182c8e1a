"""The kernels of colour pictures, whose pixels are whole numbers: red (or luma), green, blue and a byte that says nothing.

In a module of their own because importing it compiles them, which grey pictures need not wait for. They allocate nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel
from dedupe.pixels.taps import BITS

GROUP = 6
"""Weights that are used together; taps come in multiples of it."""

HALF = 1 << (BITS - 1)
"""What is added to a sum so that rounding it down rounds it to the nearest."""


@kernel()
def _byte(value: Any) -> Any:
    return min(max(value, np.int32(0)), np.int32(255))


@kernel()
def _level(value: Any) -> Any:
    """Cut off while it is a float, which takes half the time of cutting off whole numbers."""
    return np.uint32(np.int32(min(max(value, np.float32(0)), np.float32(255))))


@kernel("void(uint32[:,::1], uint8[:,::1], uint32[:,::1])")
def colours(planes: Any, luma: Any, rgb: Any) -> None:
    """Pixels (h,w) of luma, blue and red difference to the luma alone and to RGB, as libjpeg's jdcolor.c does it.

    Its factors are 1.402, 1.772, 0.34414 and 0.71414, times 2^16 and rounded; with 8 bits of colour their products are exact
    as float32 too, which are multiplied in half the time.
    """
    low = np.uint32(255)
    red_red, green_blue, green_red = np.float32(91881 / 65536), np.float32(22554 / 65536), np.float32(46802 / 65536)
    blue_blue = np.float32(116130 / 65536)
    for y in range(planes.shape[0]):
        source, grey, out = planes[y], luma[y], rgb[y]
        for x in range(np.uint64(len(source))):
            pixel = source[x]
            light = np.float32(np.int32(pixel & low)) + np.float32(0.5)
            b = np.float32(np.int32((pixel >> np.uint32(8)) & low)) - np.float32(128)
            r = np.float32(np.int32((pixel >> np.uint32(16)) & low)) - np.float32(128)
            red, blue = _level(light + red_red * r), _level(light + blue_blue * b)
            green = _level(light - green_blue * b - green_red * r)
            out[x] = red | green << np.uint32(8) | blue << np.uint32(16)
        for x in range(len(source)):  # on its own it is a fourth faster
            grey[x] = source[x]


@kernel()
def _add(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, weight: Any, sums: Any) -> None:
    p, q, r, s, t, u = weight[0], weight[1], weight[2], weight[3], weight[4], weight[5]
    for i in range(len(sums)):
        sums[i] += a[i] * p + b[i] * q + c[i] * r + d[i] * s + e[i] * t + f[i] * u


@kernel()
def _finish(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, weight: Any, sums: Any, out: Any) -> None:
    p, q, r, s, t, u = weight[0], weight[1], weight[2], weight[3], weight[4], weight[5]
    for i in range(len(sums)):
        total = sums[i] + a[i] * p + b[i] * q + c[i] * r + d[i] * s + e[i] * t + f[i] * u
        out[i] = _byte(np.int32(total) >> np.int32(BITS))


@kernel("void(uint8[:,::1], int64[::1], int32[:,::1], int32[::1], uint8[:,::1])")
def down(image: Any, start: Any, weight: Any, sums: Any, out: Any) -> None:
    """Row y of `out` (h',n) is the sum over k of weight[y,k] * image[start[y] + k], for rows of `image` of n bytes or more, in
    2^-22.

    `sums` (n,) is scratch. Six rows go together, so that sums are seldom read and written.
    """
    last, taps = image.shape[0] - 1, weight.shape[1]
    sums[:] = HALF
    for y in range(out.shape[0]):
        if taps > GROUP:
            sums[:] = HALF
        for k in range(0, taps, GROUP):
            at, w = start[y] + k, weight[y, k : k + GROUP]
            a, b, c = image[min(at, last)], image[min(at + 1, last)], image[min(at + 2, last)]
            d, e, f = image[min(at + 3, last)], image[min(at + 4, last)], image[min(at + 5, last)]
            if k + GROUP < taps:
                _add(a, b, c, d, e, f, w, sums)
            else:
                _finish(a, b, c, d, e, f, w, sums, out[y])


@kernel("void(uint8[:,::1], uint8[:,::1])")
def without_padding(padded: Any, out: Any) -> None:
    """Rows of red, green, blue and a byte that says nothing, (h,4 w), to rows of colours alone, (h,3 w)."""
    for y in range(out.shape[0]):
        source, line = padded[y], out[y]
        for x in range(line.size // 3):
            line[3 * x], line[3 * x + 1], line[3 * x + 2] = source[4 * x], source[4 * x + 1], source[4 * x + 2]
