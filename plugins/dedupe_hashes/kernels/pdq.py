"""The kernel of pdq."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe import kernel
from dedupe_hashes.kernels.bits import pack
from dedupe_hashes.kernels.cosine import cosine_rows
from dedupe_hashes.kernels.order import smallest

SIZE = 64
KEEP = 17
SIDE = 16
TAPS = 8


@kernel()
def filtered(image: Any, left: Any, across: Any, top: Any, down: Any, row: Any, out: Any) -> None:
    """A picture (h,w) to `out` (64,64) by eight taps each way, down before across: rows of neighbours add up fastest."""
    for y in range(SIZE):
        at, weights = top[y], down[y]
        a, b, c, d = image[at], image[at + 1], image[at + 2], image[at + 3]
        e, f, g, h = image[at + 4], image[at + 5], image[at + 6], image[at + 7]
        p, q, r, s, t, u, v, w = (
            weights[0],
            weights[1],
            weights[2],
            weights[3],
            weights[4],
            weights[5],
            weights[6],
            weights[7],
        )
        for x in range(row.size):
            upper = p * np.float32(a[x]) + q * np.float32(b[x]) + r * np.float32(c[x]) + s * np.float32(d[x])
            lower = t * np.float32(e[x]) + u * np.float32(f[x]) + v * np.float32(g[x]) + w * np.float32(h[x])
            row[x] = upper + lower
        for x in range(SIZE):
            weights, near = across[x], row[left[x] : left[x] + TAPS]
            total = np.float32(0)
            for k in range(TAPS):
                total += weights[k] * near[k]
            out[y, x] = total


@kernel()
def hashed(both: Any, flat: Any, out: Any) -> None:
    """Bits of the coefficients (17,17), both[x,y] of x waves across and y down, the highest frequency first."""
    for y in range(SIDE):
        for x in range(SIDE):
            at = 255 - (SIDE * y + x)
            flat[0, at] = flat[1, at] = both[x + 1, y + 1]
    pack(flat[0], smallest(flat[1], 127), out)


_PLANES = ", ".join(["f8[:,::1]"] * 6)


@kernel(f"void(u1[:,:,::1], i4[::1], f4[:,::1], i4[::1], f4[:,::1], f8[::1], f4[::1], {_PLANES}, u1[:,::1])")
def pdq(
    images: Any,
    left: Any,
    across: Any,
    top: Any,
    down: Any,
    table: Any,
    row: Any,
    small: Any,
    odd: Any,
    first: Any,
    turned: Any,
    both: Any,
    flat: Any,
    out: Any,
) -> None:
    """The hashes of pictures (n,h,w) into `out` (n,32), in the order in which PDQ prints: highest frequency first.

    Taps are eight, inside the pictures. `table` is that of `cosine_rows` for 64. Scratch: row (w,), small (64,64),
    odd (32,64), first (17,64), turned (64,17), both (17,17), flat (2,256).
    """
    for i in range(images.shape[0]):
        filtered(images[i], left, across, top, down, row, small)
        cosine_rows(small, KEEP, table, odd, first)
        for y in range(KEEP):
            for x in range(SIZE):
                turned[x, y] = first[y, x]
        cosine_rows(turned, KEEP, table, odd, both)
        hashed(both, flat, out[i])
