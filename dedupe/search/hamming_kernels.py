"""The compiled loops of the Hamming search; imported only when one runs. They allocate nothing, so that they load fast."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel

U32 = np.uint32
U64 = np.uint64
STEP = 128  # columns that one count looks at: long enough to vectorise, short enough to be looked through again
CAPACITY = 2048  # columns gathered before they are compared: 16 KB a word stay in the first-level cache
CHUNK = 16  # columns copied at a time, past a bucket's end if need be: no branch that depends on the bucket's size
GROUP = 64  # rows of one bucket that share what was gathered
HITS = GROUP * (CAPACITY // STEP + 1)
DISTANCE_BITS = 12
NOWHERE = 1 << 62

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
        near += popcount(x ^ a[j]) <= t
    return near


@kernel()
def count_two(x: Any, y: Any, a: Any, b: Any, t: Any) -> Any:
    """The same over two words."""
    near = 0
    for j in range(a.shape[0]):
        near += popcount(x ^ a[j]) + popcount(y ^ b[j]) <= t
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
        near += total[j] <= t
    return near


@kernel()
def count_columns(F: Any, i: Any, S: Any, start: Any, stop: Any, total: Any, t: Any) -> Any:
    """How many of the columns start..stop of S are within t of column i of F."""
    if F.shape[0] == 1:
        return count_one(F[0, i], S[0, start:stop], t)
    if F.shape[0] == 2:
        return count_two(F[0, i], F[1, i], S[0, start:stop], S[1, start:stop], t)
    sum_columns(F, i, S, start, total[: stop - start])
    return count_within(total[: stop - start], t)


@kernel()
def subtract(a: Any, b: Any, difference: Any) -> Any:
    """Puts row a xor row b into difference; gives their Hamming distance."""
    d = U64(0)
    for k in range(difference.shape[0]):
        x = a[k] ^ b[k]
        difference[k] = x
        d += popcount(x)
    return np.int64(d)


@kernel()
def agrees_earlier(difference: Any, masks: Any, radii: Any, band: Any) -> Any:
    """Whether a band before this one agrees too, and has therefore given this pair out."""
    for k in range(band):
        mask = masks[k]
        d = U64(0)
        for w in range(difference.shape[0]):
            d += popcount(difference[w] & mask[w])
        if np.int64(d) <= radii[k]:
            return True
    return False


@kernel()
def select_within(total: Any, t: Any, chosen: Any) -> Any:
    """Puts the places where total is at most t into chosen, without a branch; gives how many."""
    count = 0
    for j in range(total.shape[0]):
        chosen[count] = j
        count += total[j] <= t
    return count


@kernel()
def sum_columns(F: Any, i: Any, S: Any, start: Any, total: Any) -> None:
    """Puts the distances of as many columns of S as total is long, from start on, to column i of F into total."""
    for j in range(total.shape[0]):
        total[j] = U64(0)
    for k in range(F.shape[0]):
        add_distances(F[k, i], S[k, start : start + total.shape[0]], total)


@kernel()
def run_of(runs: Any, count: Any, column: Any) -> Any:
    """The last run that begins at or before a column."""
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) >> 1
        if runs[0, middle] <= column:
            low = middle
        else:
            high = middle
    return low


@kernel()
def find_hits(F: Any, first: Any, last: Any, S: Any, fill: Any, own: Any, t: Any, total: Any, hits: Any) -> Any:
    """Notes in hits (row, column) each stretch of STEP columns of S with one within t of a row first..last of F.

    `own` is the row that stands in column 0 where S holds rows of the same bucket: only later rows count there.
    """
    h = 0
    for i in range(first, last):
        for low in range(max(0, i + 1 - own), fill, STEP):
            if count_columns(F, i, S, low, min(low + STEP, fill), total, U64(t)) > 0:
                hits[h, 0] = i
                hits[h, 1] = low
                h += 1
    return h


@kernel()
def emit(
    F: Any, ids: Any, X: Any, S: Any, fill: Any, other: Any, Y: Any, runs: Any, run_count: Any, t: Any, hits: Any,
    hit_count: Any, masks: Any, radii: Any, band: Any, shift: Any, difference: Any, total: Any, chosen: Any, out: Any, k: Any,
) -> Any:  # fmt: skip
    """Puts the near pairs of the stretches in hits into out from k on, but for those that an earlier band gives out.

    Returns the new k, or -1 where out is full.
    """
    for h in range(hit_count):
        i, low = hits[h, 0], hits[h, 1]
        if k + STEP > out.shape[0]:
            return -1
        run = run_of(runs, run_count, low)
        left = np.int64(ids[i])
        near = total[: min(STEP, fill - low)]
        sum_columns(F, i, S, low, near)
        for c in range(select_within(near, U64(t), chosen)):
            j = low + np.int64(chosen[c])
            while run + 1 < run_count and runs[0, run + 1] <= j:
                run += 1
            right = np.int64(other[runs[1, run] + j - runs[0, run]])
            d: Any = 0
            if F.shape[0] < difference.shape[0]:
                d = subtract(X[left], Y[right], difference)
            else:
                for w in range(F.shape[0]):
                    x = F[w, i] ^ S[w, j]
                    difference[w] = x
                    d += np.int64(popcount(x))
            if d <= t and not agrees_earlier(difference, masks, radii, band):
                a, b = left, right
                if shift < 0:  # one set: each pair once, the smaller number first
                    a, b = min(left, right), max(left, right)
                out[k] = U64((((a << abs(shift)) | b) << DISTANCE_BITS) | d)
                k += 1
    return k


@kernel()
def group_end(values: Any, p: Any, last: Any) -> Any:
    """Where the rows that share row p's value end, or the group does."""
    end = p + 1
    while end < min(last, p + GROUP) and values[end] == values[p]:
        end += 1
    return end


@kernel()
def gather(G: Any, starts: Any, deltas: Any, v: Any, one: Any, cursor: Any, S: Any, runs: Any) -> Any:
    """Copies columns of the buckets of v ^ delta to S until it is full or deltas are at their end; returns how many.

    `cursor` holds the delta, the row and the bucket's end to go on from, and afterwards the number of runs: runs (2,)
    say which column of S begins at which row. In one set a bucket is met from its lesser value alone.
    """
    q, at, stop = cursor[0], U64(cursor[1]), U64(cursor[2])
    top = U32(1)
    fill, count = U64(0), 0
    while fill < CAPACITY:
        if at < stop:
            for w in range(G.shape[0]):
                for j in range(U64(CHUNK)):
                    S[w, fill + j] = G[w, at + j]
            runs[0, count], runs[1, count] = fill, at
            take = min(stop - at, U64(CHUNK), U64(CAPACITY) - fill)
            count += 1
            fill += take
            at += take
            continue
        q += 1
        if q >= deltas.shape[0]:
            break
        other = v ^ deltas[q]
        while (top << U32(1)) <= deltas[q]:
            top <<= U32(1)
        if not (one and v & top):
            at, stop = U64(starts[other]), U64(starts[other + U32(1)])
    cursor[0], cursor[1], cursor[2], cursor[3] = q, at, stop, count
    return np.int64(fill)


@kernel(
    "int64(uint64[:,::1], uint32[::1], uint32[::1], uint64[:,::1], uint64[:,::1], uint32[::1], uint32[::1], "
    "uint64[:,::1], uint32[::1], uint64[:,::1], int64[::1], int64, int64, int64, int64[::1], "
    "uint64[:,::1], int64[:,::1], int64[::1], uint64[::1], int64[:,::1], uint64[::1], uint32[::1], uint64[::1])"
)
def join_rows(
    F: Any, ids: Any, values: Any, X: Any, G: Any, other: Any, starts: Any, Y: Any, deltas: Any, masks: Any, radii: Any,
    band: Any, t: Any, shift: Any, rows: Any, S: Any, runs: Any, cursor: Any, total: Any, hits: Any, difference: Any,
    chosen: Any, out: Any,
) -> Any:  # fmt: skip
    """Fills out with the pairs within t of the sorted rows rows[0]..rows[1] and one band's buckets of a set.

    F u64 (k,n+CHUNK) are the words compared first, in the order of the band's values (n,), ids the rows they belong to,
    X (rows,W) all words; G, other, Y the same for the set searched, whose bucket v is starts[v]..starts[v+1]. `deltas`,
    ascending, are the values within the band's radius of 0. `shift` is the number of bits of a row number, negative for
    one set: then only v < v ^ delta is visited, and later rows of the own bucket. S (k,CAPACITY+CHUNK), runs
    (2,CAPACITY+1), cursor (4,), total (STEP,), hits (HITS,2), difference (W,) and chosen (STEP,) are scratch. Returns
    the number of pairs, u64 (left, right, distance in 12 bits); rows[0] says where it stopped because out was full.
    """
    k, kept = 0, 0
    while rows[0] < rows[1]:
        p = rows[0]
        end = group_end(values, p, rows[1])
        cursor[0], cursor[1], cursor[2], own = -1, 0, 0, NOWHERE
        if shift < 0:
            cursor[0], cursor[1], cursor[2], own = 0, p + 1, starts[values[p] + U32(1)], p + 1
        while cursor[0] < deltas.shape[0]:
            fill = gather(G, starts, deltas, values[p], shift < 0, cursor, S, runs)
            h = find_hits(F, p, end, S, fill, own, t, total, hits)
            own = NOWHERE
            k = emit(
                F, ids, X, S, fill, other, Y, runs, cursor[3], t, hits, h, masks, radii, band, shift, difference, total, chosen,
                out, k,
            )  # fmt: skip
            if k < 0:
                return kept
        kept = k
        rows[0] = end
    return k
