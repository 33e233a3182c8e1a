"""The compiled loops of the Hamming search; imported only when one runs. They allocate nothing, so that they load fast."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel
from dedupe.search.near_kernels import count_columns, popcount, select_one, select_within, sum_columns
from dedupe.search.sort_kernels import DISTANCE_BITS

U32 = np.uint32
U64 = np.uint64
STEP = 128  # columns that one count looks at: long enough to vectorise, short enough to be looked through again
CAPACITY = 2048  # columns gathered before they are compared: 16 KB a word stay in the first-level cache
CHUNK = 16  # columns copied at a time, past a bucket's end if need be: no branch that depends on the bucket's size
GROUP = 64  # rows of one bucket that share what was gathered
HITS = GROUP * (CAPACITY // STEP + 1)
NOWHERE = 1 << 62


@kernel()
def near_columns(
    F: Any, i: Any, S: Any, low: Any, length: Any, x: Any, Y: Any, place: Any, t: Any, scratch: Any
) -> Any:
    """Puts the columns low..low+length of S within t of column i of F, whose row is x, into chosen; gives how many.

    Chosen are counted from low, and differences (W,STEP) is in which bits they differ. Where F has not all words, columns
    that the others take beyond t are left out by a look at their rows of Y.
    """
    total, chosen, rights, differences = scratch
    # one word needs no sums, and its places are chosen without a branch
    if F.shape[0] == 1:
        count = select_one(F[0, i], S[0, low : low + length], U64(t), chosen)
    else:
        sum_columns(F, i, S, low, total[:length])
        count = select_within(total[:length], U64(t), chosen)
    # all words were compared, and they are at hand: nothing is looked up by row
    if F.shape[0] == differences.shape[0]:
        for w in range(F.shape[0]):
            for c in range(count):
                differences[w, c] = F[w, i] ^ S[w, low + np.int64(chosen[c])]
        return count
    # what the words left out add may be too much
    locate(place, low, chosen, count, rights)
    kept = 0
    for c in range(count):
        d = U64(0)
        for w in range(differences.shape[0]):
            difference = x[w] ^ Y[rights[c], w]
            differences[w, kept] = difference
            d += popcount(difference)
        chosen[kept] = chosen[c]
        if d <= U64(t):
            kept += 1
    return kept


@kernel()
def drop_earlier(differences: Any, chosen: Any, count: Any, masks: Any, radii: Any, band: Any) -> Any:
    """Leaves out the pairs, of the first `count`, that a band before this one gives out, as it agrees too; how many stay.

    Without a branch on a pair: which bands agree cannot be foreseen.
    """
    for b in range(band):
        kept, radius = U64(0), U64(radii[b])
        for c in range(U64(count)):
            d = U64(0)
            for w in range(differences.shape[0]):
                difference = differences[w, c]
                differences[w, kept] = difference
                d += popcount(difference & masks[b, w])
            chosen[kept] = chosen[c]
            kept += U64(d > radius)
        count = np.int64(kept)
        if count == 0:
            break
    return count


@kernel()
def locate(place: Any, low: Any, chosen: Any, count: Any, rights: Any) -> None:
    """Puts the row numbers of the first `count` chosen columns, ascending and counted from low, into rights."""
    other, runs, run_count = place
    run = run_of(runs, run_count, low)
    for c in range(count):
        j = low + np.int64(chosen[c])
        while run + 1 < run_count and runs[0, run + 1] <= j:
            run += 1
        rights[c] = other[runs[1, run] + j - runs[0, run]]


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
            if count_columns(F, i, S, low, min(low + STEP, fill), total, t) > 0:
                hits[h, 0] = i
                hits[h, 1] = low
                h += 1
    return h


@kernel()
def emit(
    F: Any, ids: Any, X: Any, S: Any, fill: Any, Y: Any, place: Any, t: Any, hits: Any, hit_count: Any, masks: Any,
    radii: Any, band: Any, shift: Any, scratch: Any, out: Any, k: Any,
) -> Any:  # fmt: skip
    """Puts the near pairs of the stretches in hits into out from k on, but for those that an earlier band gives out.

    Returns the new k, or -1 where out is full.
    """
    _, chosen, rights, differences = scratch
    for h in range(hit_count):
        i, low = hits[h, 0], hits[h, 1]
        if k + STEP > out.shape[0]:
            return -1
        left = np.int64(ids[i])
        count = near_columns(F, i, S, low, min(STEP, fill - low), X[left], Y, place, t, scratch)
        count = drop_earlier(differences, chosen, count, masks, radii, band)
        if count > 0:
            locate(place, low, chosen, count, rights)
        for c in range(count):
            d = U64(0)
            for w in range(differences.shape[0]):
                d += popcount(differences[w, c])
            a, b = left, np.int64(rights[c])
            if shift < 0:  # one set: each pair once, the smaller number first
                a, b = min(a, b), max(a, b)
            out[k] = (((U64(a) << U64(abs(shift))) | U64(b)) << U64(DISTANCE_BITS)) | d
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
        # always CHUNK columns, so that the copy has no branch; what is beyond the bucket is written over next
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
        # deltas ascend, so that their highest bit only ever rises: it says which of two buckets has the lesser value
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
    "uint64[:,::1], int64[:,::1], int64[::1], uint64[::1], int64[:,::1], uint64[:,::1], uint32[::1], uint32[::1], "
    "uint64[::1])"
)
def join_rows(
    F: Any, ids: Any, values: Any, X: Any, G: Any, other: Any, starts: Any, Y: Any, deltas: Any, masks: Any, radii: Any,
    band: Any, t: Any, shift: Any, rows: Any, S: Any, runs: Any, cursor: Any, total: Any, hits: Any, differences: Any,
    chosen: Any, rights: Any, out: Any,
) -> Any:  # fmt: skip
    """Fills out with the pairs within t of the sorted rows rows[0]..rows[1] and one band's buckets of a set.

    F u64 (k,n+CHUNK) are the words compared first, in the order of the band's values (n,), ids the rows they belong to,
    X (rows,W) all words; G, other, Y the same for the set searched, whose bucket v is starts[v]..starts[v+1]. `deltas`,
    ascending, are the values within the band's radius of 0. `shift` is the number of bits of a row number, negative for
    one set: then only v < v ^ delta is visited, and later rows of the own bucket. S (k,CAPACITY+CHUNK), runs
    (2,CAPACITY+1), cursor (4,), total (STEP,), hits (HITS,2), differences (W,STEP), chosen and rights (STEP,) are
    scratch. Returns the number of pairs, u64 (left, right, distance in 12 bits); rows[0] says where it stopped because
    out was full.
    """
    scratch = total, chosen, rights, differences
    k, kept = 0, 0
    while rows[0] < rows[1]:
        p = rows[0]
        end = group_end(values, p, rows[1])
        # in one set the own bucket comes first, from the next row on; its delta 0 is then done
        cursor[0], cursor[1], cursor[2], own = -1, 0, 0, NOWHERE
        if shift < 0:
            cursor[0], cursor[1], cursor[2], own = 0, p + 1, starts[values[p] + U32(1)], p + 1
        while cursor[0] < deltas.shape[0]:
            fill = gather(G, starts, deltas, values[p], shift < 0, cursor, S, runs)
            h = find_hits(F, p, end, S, fill, own, t, total, hits)
            own = NOWHERE
            place = other, runs, cursor[3]
            k = emit(F, ids, X, S, fill, Y, place, t, hits, h, masks, radii, band, shift, scratch, out, k)
            if k < 0:  # the group's pairs so far are left out, and come again with the next call
                return kept
        kept = k
        rows[0] = end
    return k
