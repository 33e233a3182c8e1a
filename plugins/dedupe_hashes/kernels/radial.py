"""The kernels of radial."""

from __future__ import annotations

from math import floor
from typing import Any

from dedupe import kernel

ANGLES = 180


@kernel()
def rounded(value: float) -> int:
    """The nearest whole number, halves away from zero."""
    return floor(value + 0.5) if value >= 0 else -floor(0.5 - value)


@kernel()
def take(image: Any, y: int, x: int, sums: Any) -> None:
    """Adds a pixel, if there is one, to a line's count, sum and sum of squares."""
    if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]:
        value = float(image[y, x])
        sums[0] += 1
        sums[1] += value
        sums[2] += value * value


@kernel("void(f4[:,::1], f8[::1], f8[:,::1], f8[::1])", error_model="numpy")
def variances(image: Any, tangents: Any, sums: Any, out: Any) -> None:
    """Variances of the pixels of a picture (h,w) on 180 lines through its centre, 0 where there are none.

    `tangents` are those of 0 to 179 degrees; `sums` (180,3) is scratch. The lines are libpHash's: the second half of them
    mirrors the first, not quite about the centre.
    """
    height, width = image.shape
    middle_x, middle_y = (width + 1) // 2, (height + 1) // 2
    sums[:] = 0
    for x in range(max(width, height)):
        for k in range(46):
            y = rounded(tangents[k] * (x - middle_x))
            take(image, y + middle_y, x, sums[k])
            if k != 45:
                take(image, x, y + middle_x, sums[90 - k])
        for k in range(135, ANGLES):
            y = rounded(tangents[k] * (x - middle_x))
            take(image, y + middle_y, x, sums[k])
            if k != 135:
                take(image, 2 * middle_y - x, middle_y - y, sums[270 - k])
    for k in range(ANGLES):
        count = max(sums[k, 0], 1.0)
        out[k] = sums[k, 2] / count - sums[k, 1] * sums[k, 1] / (count * count)
