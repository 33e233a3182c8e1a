"""The compiled sorts, of rows by a band of their bits and of pairs; imported only when they run."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel

U32 = np.uint32
U64 = np.uint64
DISTANCE_BITS = 12
PART_BITS = 8
PARTS = 1 << PART_BITS


@kernel(
    "void(uint64[:,::1], int64[::1], int64[::1], uint32[::1], uint32[::1], uint32[::1], uint32[::1], uint64[:,::1])"
)
def sort_rows(X: Any, bits: Any, words: Any, values: Any, starts: Any, rows: Any, ordered: Any, columns: Any) -> None:
    """Sorts the rows of X u64 (n,W) by the value that `bits` make, stably (counting sort).

    Fills values (n,) by row, starts (2**w + 1,) of the buckets, rows and ordered (n,) row numbers and values in the
    order of the values, and columns (k,n+CHUNK) with the words asked for in that order.
    """
    n = X.shape[0]
    # some rows at a time, bit by bit: their words and values stay in the first-level cache
    for low in range(0, n, 1024):
        high = min(low + 1024, n)
        for i in range(low, high):
            values[i] = U32(0)
        for place in range(bits.shape[0]):
            word, bit = bits[place] >> 6, U64(bits[place] & 63)
            for i in range(low, high):
                values[i] |= U32(((X[i, word] >> bit) & U64(1)) << U64(place))
    # counted one place further on, so that the sums are where buckets begin
    for i in range(n):
        starts[values[i] + U32(1)] += U32(1)
    for v in range(1, starts.shape[0]):
        starts[v] += starts[v - 1]
    # the starts move on as their buckets fill: no second array of that size
    for i in range(n):
        v = values[i]
        at = starts[v]
        starts[v] = at + U32(1)
        rows[at] = U32(i)
        ordered[at] = v
        for k in range(words.shape[0]):
            columns[k, at] = X[i, words[k]]
    # each stands now where the next one began
    for v in range(starts.shape[0] - 1, 0, -1):
        starts[v] = starts[v - 1]
    starts[0] = U32(0)


def digits(shift: int) -> int:
    """How many values a third has of what `sort_parts` sorts by, for row numbers of `shift` bits."""
    return 1 << -(-max(2 * shift - PART_BITS, 1) // 3)


@kernel("void(uint64[::1], int64, int64[::1], uint64[::1])")
def put_apart(keys: Any, shift: Any, starts: Any, apart: Any) -> None:
    """Puts keys u64 (left, right, distance) into apart by the highest bits of left; fills starts (PARTS+1,) of the parts."""
    # by left alone where it has enough bits, else by right too: parts of few rows can be sorted side by side
    low = U64(max(DISTANCE_BITS + 2 * shift - PART_BITS, DISTANCE_BITS))
    for i in range(keys.shape[0]):
        starts[(keys[i] >> low) + U64(1)] += 1
    for v in range(1, starts.shape[0]):
        starts[v] += starts[v - 1]
    for i in range(keys.shape[0]):
        v = keys[i] >> low
        apart[U64(starts[v])] = keys[i]
        starts[v] += 1
    for v in range(starts.shape[0] - 1, 0, -1):
        starts[v] = starts[v - 1]
    starts[0] = 0


@kernel()
def sort_digit(given: Any, low: Any, counts: Any, out: Any) -> None:
    """Puts given u64 (n,) into out in the order of its bits from low on, as many as index counts (stable)."""
    mask = U64(counts.shape[0] - 1)
    for v in range(counts.shape[0]):
        counts[v] = 0
    for i in range(given.shape[0]):
        counts[(given[i] >> low) & mask] += 1
    end = 0
    for v in range(counts.shape[0]):
        end, counts[v] = end + counts[v], end
    for i in range(given.shape[0]):
        v = (given[i] >> low) & mask
        out[U64(counts[v])] = given[i]
        counts[v] += 1


@kernel("void(uint64[::1], uint64[::1], float32[::1], int64, int64[::1], int64[::1])")
def sort_parts(apart: Any, keys: Any, distance: Any, shift: Any, edges: Any, counts: Any) -> None:
    """Sorts the parts of apart u64 (left, right, distance) that lie between edges.

    Of each the lefts go to keys, whose content is lost, the rights to apart, the distances to distance. counts (digits,)
    is scratch.
    """
    digit = 0
    while (1 << digit) < counts.shape[0]:
        digit += 1
    for p in range(edges.shape[0] - 1):
        some, other = apart[edges[p] : edges[p + 1]], keys[edges[p] : edges[p + 1]]
        far = distance[edges[p] : edges[p + 1]]
        if some.shape[0] == 0:
            continue
        # three passes, which end where the keys may be lost
        sort_digit(some, U64(DISTANCE_BITS), counts, other)
        sort_digit(other, U64(DISTANCE_BITS + digit), counts, some)
        sort_digit(some, U64(DISTANCE_BITS + 2 * digit), counts, other)
        # the sorted keys fall apart into columns in place: the pairs take no more memory than the keys did
        for i in range(other.shape[0]):
            key = other[i]
            far[i] = key & U64((1 << DISTANCE_BITS) - 1)
            some[i] = (key >> U64(DISTANCE_BITS)) & ((U64(1) << U64(shift)) - U64(1))
            other[i] = key >> U64(DISTANCE_BITS + shift)
