"""The compiled sort of rows by a band of their bits; imported only when it runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel

U32 = np.uint32
U64 = np.uint64


@kernel(
    "void(uint64[:,::1], int64[::1], int64[::1], uint32[::1], uint32[::1], uint32[::1], uint32[::1], uint64[:,::1])"
)
def sort_rows(X: Any, bits: Any, words: Any, values: Any, starts: Any, rows: Any, ordered: Any, columns: Any) -> None:
    """Sorts the rows of X u64 (n,W) by the value that `bits` make, stably (counting sort).

    Fills values (n,) by row, starts (2**w + 1,) of the buckets, rows and ordered (n,) row numbers and values in the
    order of the values, and columns (k,n+CHUNK) with the words asked for in that order.
    """
    n = X.shape[0]
    for low in range(0, n, 1024):
        high = min(low + 1024, n)
        for i in range(low, high):
            values[i] = U32(0)
        for place in range(bits.shape[0]):
            word, bit = bits[place] >> 6, U64(bits[place] & 63)
            for i in range(low, high):
                values[i] |= U32(((X[i, word] >> bit) & U64(1)) << U64(place))
    for i in range(n):
        starts[values[i] + U32(1)] += U32(1)
    for v in range(1, starts.shape[0]):
        starts[v] += starts[v - 1]
    for i in range(n):
        v = values[i]
        at = starts[v]
        starts[v] = at + U32(1)
        rows[at] = U32(i)
        ordered[at] = v
        for k in range(words.shape[0]):
            columns[k, at] = X[i, words[k]]
    for v in range(starts.shape[0] - 1, 0, -1):
        starts[v] = starts[v - 1]
    starts[0] = U32(0)
