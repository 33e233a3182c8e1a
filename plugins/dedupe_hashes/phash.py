"""pHash: the low frequencies of a picture against their median."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode
from dedupe_hashes.parameters import Source, checked, side

_THRESHOLDS = {64: 8.0, 256: 60.0, 576: 180.0, 1024: 375.0}


@dataclass(frozen=True, kw_only=True)
class PHash:
    """pHash as ImageHash 4.3 defines it (after hackerfactor.com, "Looks Like It"): bits u8 (n,bits/8).

    Grey, LANCZOS to 4s x 4s in 8 bit, unnormalised DCT-II; bit = coefficient above the median of the s x s lowest, the
    first row and column with them, row by row. `bits` is s*s: 64, 256, 576 or 1024. Where coefficients cancel (mirrored
    or striped pictures) they are zero here; ImageHash then compares rounding errors.
    """

    bits: int = 64
    source: Source = "working"

    name = "phash"
    version = "1"
    metric = "hamming"

    @property
    def decode(self) -> Decode:
        """Grey, resized by the host. UsageError for a bad parameter."""
        size = 4 * side(self.name, self.bits, _THRESHOLDS)
        return Decode(size=(size, size), source=checked(self.name, self.source))

    @property
    def threshold(self) -> float:
        """The distance within which at most a few in a million unrelated pairs lie.

        Measured on the 885,115 pairs of 1,331 different photographs (clothes, objects, scenes): five within 8 of 64 bits,
        none of them from two of the three kinds; the nearest pairs are at 64 of 256, 186 of 576 and 380 of 1024.
        """
        side(self.name, self.bits, _THRESHOLDS)
        return _THRESHOLDS[self.bits]

    def describe(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pictures u8 (n,4s,4s) to bits u8 (n,bits/8)."""
        from dedupe_hashes.kernels.phash import phash

        count = side(self.name, self.bits, _THRESHOLDS)
        size = 4 * count
        out = np.empty((len(images), self.bits // 8), np.uint8)
        pixels, odd = np.empty((size, size)), np.empty((size // 2, size))
        down, turned, both = np.empty((count, size)), np.empty((size, count)), np.empty((count, count))
        phash(np.ascontiguousarray(images), table(size), pixels, odd, down, turned, both, np.empty((2, self.bits)), out)
        return out


@lru_cache
def table(size: int) -> NDArray[np.float64]:
    """cos(pi i / 2 size) for i < 4 size, as `cosine_rows` takes it."""
    cosines: NDArray[np.float64] = np.cos(np.pi / (2 * size) * np.arange(4 * size))
    return cosines
