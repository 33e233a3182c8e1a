"""A whole picture reduced as the host reduces a JPEG to its working image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]


LEAST = 480
"""Pixels of the longest side that are enough, where halving ends between this and `side`."""


def reduced(luma: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A grey picture u8 (h,w) whose longest side is more than `side`, averaged by areas until it is `side`, or by a power of
    two that leaves LEAST to `side`.

    In two steps, each rounded: by 8, 4 or 2, the largest that leaves enough, as a JPEG decoder does it, and then by parts
    of pixels. In one exact step PDQ's bits of a working image and of the whole picture agree less often.
    """
    height, width = luma.shape
    longest = max(height, width)
    factor = next((factor for factor in (8, 4, 2) if longest >= LEAST * factor), 1)
    if longest <= side * factor:
        return np.rint(_blocks(luma, factor)).astype(np.uint8)
    part = longest / factor
    while part > side:
        part /= 2
    end = part if part >= LEAST else side
    size = [max(1, round(length * end / longest)) for length in (height, width)]
    down, across = (_shares(-(-n // factor), n / factor, m) for n, m in zip(luma.shape, size, strict=True))
    small = down @ np.rint(_blocks(luma, factor)) @ across.T
    return np.floor(small + 0.5).astype(np.uint8)


def _blocks(luma: NDArray[np.uint8], factor: int) -> Plane:
    """Means of blocks of factor x factor pixels, at the ends of those that are there."""
    starts = [np.arange(0, length, factor) for length in luma.shape]
    sums = np.add.reduceat(luma, starts[0], axis=0, dtype=np.float64)
    sums = np.add.reduceat(sums, starts[1], axis=1)
    rows, columns = (np.minimum(factor, n - start) for n, start in zip(luma.shape, starts, strict=True))
    means: Plane = sums / (rows[:, None] * columns)
    return means


def _shares(pixels: int, length: float, count: int) -> Plane:
    """For each of `count` equal parts of `length` pixels the share that each pixel has in it: (count,pixels)."""
    edges = np.linspace(0, length, count + 1)
    begin, pixel = edges[:-1, None], np.arange(pixels)
    share: Plane = np.minimum(pixel + 1, edges[1:, None]) - np.maximum(pixel, begin)
    return np.maximum(share, 0) * (count / length)
