"""The kernel of radial's distance."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np

from dedupe import kernel

SIZE = 40


@kernel()
def spread(values: Any, sums: Any) -> None:
    """Sum, and n times the sum of squares less the squared sum, of n whole numbers: exact in float64."""
    total = squares = 0.0
    for i in range(values.size):
        value = float(values[i])
        total += value
        squares += value * value
    sums[0], sums[1] = total, values.size * squares - total * total


@kernel()
def largest_product(left: Any, doubled: Any, products: Any) -> int:
    """The largest sum of products of `left` (40) with 40 neighbours in `doubled` (80); four terms at a time go into a sum."""
    products[:] = 0
    for k in range(0, SIZE, 4):
        a, b, c, d = left[k], left[k + 1], left[k + 2], left[k + 3]
        at, after = doubled[k : k + SIZE], doubled[k + 1 : k + 1 + SIZE]
        second, third = doubled[k + 2 : k + 2 + SIZE], doubled[k + 3 : k + 3 + SIZE]
        for s in range(SIZE):
            products[s] += a * at[s] + b * after[s] + c * second[s] + d * third[s]
    largest = np.int32(0)
    for s in range(SIZE):
        largest = max(largest, np.int32(products[s]))
    return largest  # type: ignore[return-value]


@kernel("void(f4[:,::1], f4[:,::1], f8[:,::1], f8[:,::1], f4[::1], f4[:,::1])", error_model="numpy")
def correlate(A: Any, B: Any, of_A: Any, of_B: Any, products: Any, out: Any) -> None:
    """The squared largest normalised correlation, of those above 0, over all circular shifts of rows of A (n,40), B (m,80).

    Rows of B stand there twice, side by side. `of_A` (n,2), `of_B` (m,2), `products` (40) are
    scratch. Sums of products of bytes are exact in float32, so both orders give the same, and a row with itself gives 1.
    NaN where a row is constant.
    """
    for i in range(A.shape[0]):
        spread(A[i], of_A[i])
    for j in range(B.shape[0]):
        spread(B[j, :SIZE], of_B[j])
    for i in range(A.shape[0]):
        for j in range(B.shape[0]):
            above = SIZE * float(largest_product(A[i], B[j], products)) - of_A[i, 0] * of_B[j, 0]
            below = of_A[i, 1] * of_B[j, 1]
            positive = max(above, 0.0)
            out[i, j] = positive * positive / below if below > 0 else nan
