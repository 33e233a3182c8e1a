"""Pictures divided into equal blocks, each against their median."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def block_bits(images: Sequence[NDArray[np.uint8]], side: int) -> NDArray[np.uint8]:
    """Grey pictures u8 (h_i,w_i) to bits u8 (n,side*side/8): whether a block's mean is above the median of all."""
    from dedupe_hashes.kernels.blocks import blocks

    out = np.empty((len(images), side * side // 8), np.uint8)
    for image, bits in zip(images, out, strict=True):
        blocks(image, side, np.empty(image.shape[1], np.int32), np.empty((2, side * side)), bits)
    return out
