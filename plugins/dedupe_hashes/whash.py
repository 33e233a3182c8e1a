"""wHash: the coarse part of a Haar wavelet transform against its median."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode
from dedupe_hashes.block_bits import block_bits
from dedupe_hashes.haar import coarse
from dedupe_hashes.parameters import Source, checked, side

_THRESHOLDS = {64: 0.0, 256: 3.0, 1024: 60.0}


@dataclass(frozen=True, kw_only=True)
class WHash:
    """wHash as ImageHash 4.3 defines it, with its Haar wavelet and the coarsest level removed: bits u8 (n,bits/8).

    Grey, LANCZOS in 8 bit to a square whose side is the largest power of two in the shorter side; bit = coefficient of
    the level with s x s of them above the median, row by row. On the working image it is whether a block's mean, of s x s
    that divide the picture itself, is above the median of all: the same but for rounding, in whole numbers. `bits` is
    s*s: 64, 256 or 1024.
    """

    bits: int = 64
    source: Source = "working"

    name = "whash"
    version = "1"
    metric = "hamming"

    @property
    def decode(self) -> Decode:
        """The whole grey picture of the source. UsageError for a bad parameter."""
        side(self.name, self.bits, _THRESHOLDS)
        return Decode(source=checked(self.name, self.source))

    @property
    def threshold(self) -> float:
        """The distance within which about one in a million unrelated pairs lies, measured as for `phash`; of the 64-bit hashes
        6e-6 of pairs are equal.
        """
        side(self.name, self.bits, _THRESHOLDS)
        return _THRESHOLDS[self.bits]

    def describe(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Pictures u8 (h,w) of any size to bits u8 (n,bits/8)."""
        size = side(self.name, self.bits, _THRESHOLDS)
        if self.source == "working":
            return block_bits(images, size)
        out = np.empty((len(images), self.bits // 8), np.uint8)
        for image, bits in zip(images, out, strict=True):
            plane = coarse(_squared(image, size), size)
            bits[:] = np.packbits(plane > np.median(plane))
        return out


def _squared(image: NDArray[np.uint8], least: int) -> NDArray[np.uint8]:
    from PIL import Image

    size = max(1 << (min(image.shape).bit_length() - 1), least)
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.LANCZOS))
