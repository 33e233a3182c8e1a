"""The kernel behind `rows`, in a module of its own because importing it compiles it. It allocates nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dedupe.decode.compiled_grey import down_columns
from dedupe.kernels import kernel


@kernel()
def _dot(weights: Any, values: Any) -> Any:
    total = np.int32(0)
    for i in range(weights.size):
        total = np.int32(total + np.int32(values[i] * weights[i]))
    return total


@kernel(
    "void(i2[:,:,::1], f4[:,::1], f4[:,::1], i8[::1], i2[:,:,::1], i8[::1], i4[:,::1], u1[:,::1], f4[::1], i4[::1], u1[:,::1])",
    error_model="numpy",
)
def resize_rows(
    blocks: Any,
    scale: Any,
    basis: Any,
    first: Any,
    weights: Any,
    top: Any,
    down: Any,
    rows: Any,
    line: Any,
    total: Any,
    out: Any,
) -> None:
    """Quantised coefficients of blocks (bh,10 or more,bw) to `out` (h,w): eight waves down, and the first two with half a wave
    across.

    Pixel x of a row is made of blocks from `first[x]` on, by `weights[x]` (2,n) for none and half a wave; `scale` (10,w) brings
    these sums to levels, `basis` (8,8) makes eight rows of eight waves down. Rows are rounded, and then brought down by
    taps. Scratch: `rows` (8*bh or more, w), `line` (8,), `total` (w,).
    """
    count = weights.shape[2]
    for y in range(blocks.shape[0]):
        for x in range(first.size):
            at = first[x]
            for i in range(8):
                line[i] = np.float32(128.5)
            for wave in range(8):
                level = _dot(weights[x, 0], blocks[y, wave, at : at + count]) * scale[wave, x]
                if wave < 2:
                    level += _dot(weights[x, 1], blocks[y, 8 + wave, at : at + count]) * scale[8 + wave, x]
                for i in range(8):
                    line[i] += level * basis[wave, i]
            for i in range(8):
                rows[8 * y + i, x] = np.uint8(min(max(math.floor(line[i]), 0), 255))
    down_columns(rows, top, down, total, out)
