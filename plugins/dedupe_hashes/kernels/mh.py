"""The kernels of mh."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe import kernel

LEVELS = 256
EDGE = 8
HAT = 17
BLOCK = 16
GROUPS = 8
RUN = 3 * BLOCK


@kernel("void(f4[:,::1], f4[:,::1], i8)", error_model="numpy")
def average(values: Any, out: Any, truncated: int) -> None:
    """Shrinks (n,m) to (k,m) along the first axis: each pixel counts by the share of it that an output covers."""
    n, size, width = values.shape[0], out.shape[0], out.shape[1]
    rest, room, at = size, n, 0
    for y in range(size):
        total = out[y]
        total[:] = 0
        while room > 0:
            share = min(rest, room)
            rest -= share
            room -= share
            weight, row = np.float32(share), values[at]
            for x in range(width):
                total[x] += row[x] * weight
            if rest == 0:
                at += 1
                rest = size
        room = n
        for x in range(width):
            total[x] = total[x] / np.float32(n)
        if truncated != 0:
            for x in range(width):
                total[x] = np.float32(np.int32(total[x]))


@kernel("void(f4[:,::1], f4[:,::1], i8)", error_model="numpy")
def cubic(values: Any, out: Any, truncated: int) -> None:
    """Enlarges (n,m) to (k,m) along the first axis by Catmull-Rom splines; the first and last rows stay where they are."""
    n, size, width = values.shape[0], out.shape[0], out.shape[1]
    step, place = (n - 1.0) / (size - 1.0), 0.0
    for y in range(size):
        at = int(place)
        t = place - at
        a, b = values[max(at - 1, 0)], values[at]
        c, d, row = values[min(at + 1, n - 1)], values[min(at + 2, n - 1)], out[y]
        for x in range(width):
            p, q, r, s = float(a[x]), float(b[x]), float(c[x]), float(d[x])
            bent = t * (r - p) + t * t * (2 * p - 5 * q + 4 * r - s) + t * t * t * (3 * q - p - 3 * r + s)
            value = q + 0.5 * bent
            row[x] = np.float32(np.int32(min(max(value, 0.0), 255.0))) if truncated != 0 else np.float32(value)
        place = min(place + step, n - 1.0)


@kernel("void(f4[:,::1], i8[::1], f4[:,::1])", error_model="numpy")
def equalise(values: Any, counts: Any, padded: Any) -> None:
    """Histogram equalisation of (n,n) between the least and the largest value, into `padded` (n+16,n+16), edges replicated.

    Results are whole numbers. `counts` (256) is scratch.
    """
    n = values.shape[0]
    low = high = values[0, 0]
    for y in range(n):
        for x in range(n):
            low, high = min(low, values[y, x]), max(high, values[y, x])
    span = high - low
    counts[:] = 0
    if span > 0:
        for y in range(n):
            for x in range(n):
                at = int((values[y, x] - low) * np.float32(LEVELS) / span)
                counts[min(at, LEVELS - 1)] += 1
    for i in range(1, LEVELS):
        counts[i] += counts[i - 1]
    for y in range(n + 2 * EDGE):
        row = values[min(max(y - EDGE, 0), n - 1)]
        for x in range(n + 2 * EDGE):
            value = row[min(max(x - EDGE, 0), n - 1)]
            if span > 0:
                level = int((value - low) * np.float32(LEVELS - 1) / span)
                value = low + span * np.float32(counts[level]) / np.float32(n * n)
            padded[y, x] = np.float32(np.int32(value))


@kernel()
def correlate(padded: Any, top: int, left: int, hat: Any, line: Any) -> None:
    """Correlations of 48 neighbours, each summed in the order of libpHash: float32, row by row."""
    line[:] = 0
    for v in range(HAT):
        weights, row = hat[v], padded[top + v, left : left + RUN + HAT]
        for u in range(HAT):
            weight, shifted = weights[u], row[u : u + RUN]
            for x in range(RUN):
                line[x] += shifted[x] * weight


@kernel("void(f4[:,::1], f4[:,::1], f4[::1], f8[:,::1])", error_model="numpy")
def respond(padded: Any, hat: Any, line: Any, sums: Any) -> None:
    """Sums over blocks of 16 x 16 of the correlation of a picture (528,528) with `hat` (17,17), to `sums` (24,24).

    Each correlation is summed as libpHash does it: equal neighbourhoods then compare equal, which sums in another order
    spoil on flat and striped pictures. Of four blocks in a row three are looked at, and only those are computed. `line`
    (48) is scratch.
    """
    sums[:] = 0
    for i in range(3 * GROUPS):
        for y in range(BLOCK):
            for j in range(GROUPS):
                correlate(padded, (i // 3 * 4 + i % 3) * BLOCK + y, j * 4 * BLOCK, hat, line)
                for x in range(RUN):
                    sums[i, 3 * j + x // BLOCK] += line[x]


@kernel("void(f8[:,::1], f4[::1], u1[::1])", error_model="numpy")
def compare(sums: Any, group: Any, out: Any) -> None:
    """Bits (72 bytes): which of 3 x 3 blocks are above their mean, group after group. `group` (9) is scratch."""
    out[:] = 0
    for first in range(0, 9 * GROUPS * GROUPS, 9):
        top, left = first // 9 // GROUPS * 3, first // 9 % GROUPS * 3
        total = 0.0
        for k in range(9):
            group[k] = sums[top + k // 3, left + k % 3]
            total += group[k]
        mean = np.float32(total / 9)
        for k in range(9):
            if group[k] > mean:
                out[(first + k) >> 3] |= 128 >> ((first + k) & 7)
