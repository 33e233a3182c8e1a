"""The gradients of two pictures block by block, without an array of pixels between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedupe.kernels import kernel

Floats = NDArray[np.float32]


# Sums run down the columns first, side by side, so that they take vectors whole and are the same on each processor; for that the
# loop over what lies between the first and the last column looks at no edge.
@kernel("void(f4[:,::1], f4[:,::1], i8, f4[:,::1], f4[:,:,::1])")
def sum_products(a: Floats, b: Floats, size: int, columns: Floats, out: Floats) -> None:
    """Means of the squares of the gradients of a and of b, both float32 (h,w), and of their product: `out` float32 (3,rows,
    columns) of blocks of `size` pixels a side. Gradients are central differences, at the edges of one pixel; `columns` (3,w) is
    room for sums.
    """
    high, wide = a.shape
    tall, broad = min(size, high), min(size, wide)
    first, second, third = columns[0], columns[1], columns[2]
    for row in range(out.shape[1]):
        columns[:] = 0
        for y in range(row * size, row * size + tall):
            above, below = max(0, y - 1), min(high - 1, y + 1)
            p, q, over_p, under_p, over_q, under_q = a[y], b[y], a[above], a[below], b[above], b[below]
            for x in range(1, wide - 1):
                across, down = p[x + 1] - p[x - 1], under_p[x] - over_p[x]
                along, under = q[x + 1] - q[x - 1], under_q[x] - over_q[x]
                first[x] += across * across + down * down
                second[x] += along * along + under * under
                third[x] += across * along + down * under
            for x in range(0, wide, max(1, wide - 1)):
                before, behind = max(0, x - 1), min(wide - 1, x + 1)
                across, down = p[behind] - p[before], under_p[x] - over_p[x]
                along, under = q[behind] - q[before], under_q[x] - over_q[x]
                first[x] += across * across + down * down
                second[x] += along * along + under * under
                third[x] += across * along + down * under
        for column in range(out.shape[2]):
            for which in range(3):
                total = np.float64(0)
                for x in range(column * size, column * size + broad):
                    total += columns[which, x]
                out[which, row, column] = total / (4 * tall * broad)
