"""The kernel of phash."""

from __future__ import annotations

from typing import Any

from dedupe import kernel
from dedupe_hashes.kernels.bits import pack
from dedupe_hashes.kernels.cosine import cosine_rows
from dedupe_hashes.kernels.order import middle

_PLANE = "f8[:,::1]"


@kernel(f"void(u1[:,:,::1], f8[::1], {_PLANE}, {_PLANE}, {_PLANE}, {_PLANE}, {_PLANE}, f8[:,::1], u1[:,::1])")
def phash(
    images: Any, table: Any, pixels: Any, odd: Any, down: Any, turned: Any, both: Any, flat: Any, out: Any
) -> None:
    """Hashes (n,bytes) of pictures (n,m,m), s*s bits with m = 4s: of the s by s lowest coefficients those above the median.

    `table` is that of `cosine_rows`. Scratch: pixels (m,m), odd (m/2,m), down (s,m), turned (m,s), both (s,s), flat
    (2,s*s).
    """
    side, size = both.shape
    size *= 4
    for i in range(images.shape[0]):
        for y in range(size):
            for x in range(size):
                pixels[y, x] = images[i, y, x]
        cosine_rows(pixels, side, table, odd, down)
        for y in range(side):
            for x in range(size):
                turned[x, y] = down[y, x]
        cosine_rows(turned, side, table, odd, both)
        for y in range(side):
            for x in range(side):
                flat[0, y * side + x] = flat[1, y * side + x] = both[x, y]
        pack(flat[0], middle(flat[1]), out[i])
