"""A whole picture reduced as the host reduces a JPEG to its working image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST = 480
"""Pixels of the longest side that are enough, where halving ends between this and `side`."""

NEARLY_HALF = 1 / 16
"""A mean of 64 pixels this little below a half is rounded up: a JPEG's decoder has such means as multiples of an eighth, of
which an eighth are halves, while those of rounded pixels lie around them.
"""

ROW, COLUMN = 1 << 8, 1 << 14
"""What the weights of rows and of columns add up to, as in the host."""


def reduced(luma: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """A grey picture u8 (h,w) whose longest side is more than `side`, averaged by areas until it is `side`, or by a power of
    two that leaves LEAST to `side`; float32 (h',w').

    In two steps: by 8, 4 or 2, the largest that leaves enough, rounded as a JPEG's decoder rounds; and then by parts of
    pixels, not rounded. In one exact step PDQ's bits of a working image and of the whole picture agree less often.
    """
    height, width = luma.shape
    longest = max(height, width)
    factor = next((factor for factor in (8, 4, 2) if longest >= LEAST * factor), 1)
    half = 0.5 + (NEARLY_HALF if factor == 8 else 0.0)
    small = np.floor(_blocks(luma, factor) + half)
    part = longest / factor
    while part > side:
        part /= 2
    end = part if part >= LEAST else side
    size = [max(1, min(round(length * end / longest), length // factor)) for length in (height, width)]
    if (*size,) != small.shape or height % factor or width % factor:
        down = _shares(small.shape[0], height / factor, size[0], ROW)
        across = _shares(small.shape[1], width / factor, size[1], COLUMN)
        small = down @ small @ across.T / (ROW * COLUMN)
    return small.astype(np.float32)


def _blocks(luma: NDArray[np.uint8], factor: int) -> NDArray[np.float64]:
    """Means of blocks of factor x factor pixels, at the ends of those that are there."""
    starts = [np.arange(0, length, factor) for length in luma.shape]
    sums = np.add.reduceat(luma, starts[0], axis=0, dtype=np.float64)
    sums = np.add.reduceat(sums, starts[1], axis=1)
    rows, columns = (np.minimum(factor, n - start) for n, start in zip(luma.shape, starts, strict=True))
    means: NDArray[np.float64] = sums / (rows[:, None] * columns)
    return means


def _shares(pixels: int, length: float, count: int, total: int) -> NDArray[np.float64]:
    """For each of `count` equal parts of `length` pixels the share that each pixel has in it, (count,pixels), in whole
    numbers that add up to `total`.
    """
    step = length / count
    begin = np.arange(count)[:, None] * step
    upto = np.floor(np.clip((np.arange(1, pixels + 1) - begin) / step, 0, 1) * total + 0.5)
    upto[:, -1] = total
    shares: NDArray[np.float64] = np.diff(upto, axis=1, prepend=0.0)
    return shares
