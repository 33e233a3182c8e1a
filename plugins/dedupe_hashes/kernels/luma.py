"""libpHash's luma."""

from __future__ import annotations

from typing import Any

from dedupe import kernel


@kernel("i8(u1[:,:,::1], u1[:,::1])", error_model="numpy")
def luma(rgb: Any, out: Any) -> int:
    """Luma of a picture (h,w,3) to `out` (h,w); of one without colour the values as they are. Gives 1 for colour, else 0.

    The library computes in floats, which hold these sums exactly: whole numbers give the same.
    """
    height, width = out.shape
    differing = 0
    for y in range(height):
        for x in range(width):
            differing |= (rgb[y, x, 0] ^ rgb[y, x, 1]) | (rgb[y, x, 1] ^ rgb[y, x, 2])
    for y in range(height):
        for x in range(width):
            if differing == 0:
                out[y, x] = rgb[y, x, 0]
            else:
                weighted = 66 * int(rgb[y, x, 0]) + 129 * int(rgb[y, x, 1]) + 25 * int(rgb[y, x, 2])
                out[y, x] = (weighted + 128 + 4096) >> 8
    return int(differing != 0)
