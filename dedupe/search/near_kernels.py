"""Which columns are near a row: the innermost compiled loops of the Hamming search."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel

U64 = np.uint64

_M1, _M2, _M4 = U64(0x5555555555555555), U64(0x3333333333333333), U64(0x0F0F0F0F0F0F0F0F)
_SUM = U64(0x0101010101010101)


@kernel()
def popcount(x: Any) -> Any:
    """The set bits of a u64: the form that LLVM knows, and turns into the best that the processor has."""
    x = x - ((x >> U64(1)) & _M1)
    x = (x & _M2) + ((x >> U64(2)) & _M2)
    x = (x + (x >> U64(4))) & _M4
    return (x * _SUM) >> U64(56)


@kernel()
def count_one(x: Any, a: Any, t: Any) -> Any:
    """How many of a are within t of x: a function of its own over a slice, so that it vectorises."""
    near = 0
    for j in range(a.shape[0]):
        near += np.int64(popcount(x ^ a[j])) < t + 1  # the comparison that AVX2 has
    return near


@kernel()
def count_two(x: Any, y: Any, a: Any, b: Any, t: Any) -> Any:
    """The same over two words."""
    near = 0
    for j in range(a.shape[0]):
        near += np.int64(popcount(x ^ a[j]) + popcount(y ^ b[j])) < t + 1
    return near


@kernel()
def count_four(w: Any, x: Any, y: Any, z: Any, a: Any, b: Any, c: Any, d: Any, t: Any) -> Any:
    """The same over four words, those of 256 bits."""
    near = 0
    for j in range(a.shape[0]):
        total = popcount(w ^ a[j]) + popcount(x ^ b[j]) + popcount(y ^ c[j]) + popcount(z ^ d[j])
        near += np.int64(total) < t + 1
    return near


@kernel()
def add_distances(x: Any, a: Any, total: Any) -> None:
    """Adds one word's distances from x to total."""
    for j in range(a.shape[0]):
        total[j] += popcount(x ^ a[j])


@kernel()
def count_within(total: Any, t: Any) -> Any:
    """How many of total are at most t."""
    near = 0
    for j in range(total.shape[0]):
        near += np.int64(total[j]) < t + 1
    return near


@kernel()
def count_columns(F: Any, i: Any, S: Any, start: Any, stop: Any, total: Any, t: Any) -> Any:
    """How many of the columns start..stop of S are within t of column i of F."""
    if F.shape[0] == 1:
        return count_one(F[0, i], S[0, start:stop], t)
    if F.shape[0] == 2:
        return count_two(F[0, i], F[1, i], S[0, start:stop], S[1, start:stop], t)
    if F.shape[0] == 4:
        a, b, c, d = S[0, start:stop], S[1, start:stop], S[2, start:stop], S[3, start:stop]
        return count_four(F[0, i], F[1, i], F[2, i], F[3, i], a, b, c, d, t)
    sum_columns(F, i, S, start, total[: stop - start])
    return count_within(total[: stop - start], t)


@kernel()
def select_one(x: Any, a: Any, t: Any, chosen: Any) -> Any:
    """Puts the places where a is within t of x into chosen, without a branch; gives how many."""
    count = U64(0)
    for j in range(a.shape[0]):
        chosen[count] = j
        count += U64(popcount(x ^ a[j]) <= t)
    return np.int64(count)


@kernel()
def select_within(total: Any, t: Any, chosen: Any) -> Any:
    """The same for places where total is at most t."""
    count = U64(0)
    for j in range(total.shape[0]):
        chosen[count] = j
        count += U64(total[j] <= t)
    return np.int64(count)


@kernel()
def sum_columns(F: Any, i: Any, S: Any, start: Any, total: Any) -> None:
    """Puts the distances of as many columns of S as total is long, from start on, to column i of F into total."""
    for j in range(total.shape[0]):
        total[j] = U64(0)
    for k in range(F.shape[0]):
        add_distances(F[k, i], S[k, start : start + total.shape[0]], total)
