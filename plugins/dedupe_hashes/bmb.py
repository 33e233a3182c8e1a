"""Block mean hash: the means of a picture's blocks against their median."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode
from dedupe_hashes.block_bits import block_bits
from dedupe_hashes.libphash import luma, whole_picture
from dedupe_hashes.parameters import Source


@dataclass(frozen=True, kw_only=True)
class Bmb:
    """The block mean value based hash, 256 bits u8 (n,32): Yang, Gu, Niu, "Block Mean Value Based Image Perceptual
    Hashing" (2006), method 1.

    Luma averaged by areas to 256x256, 16x16 blocks of it; bit = mean of a block above the median of all, row by row. The
    two averages are one and are taken at once, in whole numbers. libpHash's version has an error in a loop that leaves
    225 live bits; this is the clean definition, and its bits are not libpHash's. Luma: `luma`.
    """

    source: Source = "working"

    name = "bmb"
    version = "1"
    metric = "hamming"
    threshold = 3.0  # 1e-6 of the pairs that `phash` was measured on

    @property
    def decode(self) -> Decode:
        """Grey of the working image, or the whole picture in colour. UsageError for a bad parameter."""
        return whole_picture(self.name, self.source)

    def describe(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Pictures u8 (h,w), or (h,w,3) with source=full, to bits u8 (n,32)."""
        return block_bits([luma(image)[0] for image in images], 16)
