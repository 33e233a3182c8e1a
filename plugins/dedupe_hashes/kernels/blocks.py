"""The kernel of whash and bmb: sums of blocks against their median."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe import kernel
from dedupe_hashes.kernels.bits import pack
from dedupe_hashes.kernels.order import middle


@kernel("void(u1[:,::1], i8, i4[::1], f8[:,::1], u1[::1])")
def blocks(image: Any, side: int, column: Any, flat: Any, out: Any) -> None:
    """Bits of a picture (h,w) divided into side x side equal blocks, row by row: whether a block is above the median.

    A pixel counts for a block by the area that it shares with it, in whole numbers (units of 1/side^2 pixel), so that
    equal blocks are equal. Scratch: column (w,), flat (2,side*side).
    """
    height, width = image.shape
    for i in range(side):
        column[:] = 0
        for y in range(i * height // side, ((i + 1) * height - 1) // side + 1):
            weight = np.int32(min(side * (y + 1), (i + 1) * height) - max(side * y, i * height))
            row = image[y]
            for x in range(width):
                column[x] = np.int32(column[x] + np.int32(row[x] * weight))
        for j in range(side):
            total = 0
            for x in range(j * width // side, ((j + 1) * width - 1) // side + 1):
                total += column[x] * (min(side * (x + 1), (j + 1) * width) - max(side * x, j * width))
            flat[0, i * side + j] = flat[1, i * side + j] = total
    pack(flat[0], middle(flat[1]), out)
