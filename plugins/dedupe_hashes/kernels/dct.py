"""The kernel of dct."""

from __future__ import annotations

from typing import Any

from dedupe import kernel
from dedupe_hashes.kernels.bits import pack
from dedupe_hashes.kernels.cosine import cosine_rows
from dedupe_hashes.kernels.order import middle

SIDE = 32
KEEP = 9


@kernel()
def box(image: Any, top: int, left: int) -> int:
    """Sum of the 7 x 7 pixels around a place, edges replicated."""
    height, width = image.shape
    total = 0
    for y in range(top - 3, top + 4):
        row = image[min(max(y, 0), height - 1)]
        for x in range(left - 3, left + 4):
            total += row[min(max(x, 0), width - 1)]
    return total


@kernel("void(u1[:,::1], f8[::1], f8[:,::1], f8[:,::1], f8[:,::1], f8[::1], f8[::1], u1[::1])", error_model="numpy")
def dct(image: Any, table: Any, small: Any, odd: Any, down: Any, both: Any, ordered: Any, out: Any) -> None:
    """The hash (8 bytes) of luma (h,w). Scratch: small (32,32), odd (16,32), down (9,32), both and ordered (64).

    Sums are taken only where the reduction to 32 x 32 looks. Coefficient i is bit 64-i of the library's number: the
    first falls off, and the last bit is always 0.
    """
    height, width = image.shape
    for y in range(SIDE):
        for x in range(SIDE):
            small[y, x] = box(image, y * height // SIDE, x * width // SIDE)
    cosine_rows(small, KEEP, table, odd, down)
    for y in range(KEEP):
        for x in range(SIDE):
            small[x, y] = down[y, x]
    cosine_rows(small, KEEP, table, odd, down)
    for u in range(1, KEEP):
        for v in range(1, KEEP):
            both[(v - 1) * 8 + u - 1] = ordered[(v - 1) * 8 + u - 1] = down[u, v]
    pack(both[1:], middle(ordered), out)
