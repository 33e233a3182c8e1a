"""aHash: small pixels against their mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode
from dedupe_hashes.parameters import Source, checked, side

_THRESHOLDS = {64: 1.0, 256: 4.0, 576: 16.0, 1024: 36.0}


@dataclass(frozen=True, kw_only=True)
class AHash:
    """aHash as ImageHash 4.3 defines it (after hackerfactor.com, "Looks Like It"): bits u8 (n,bits/8).

    Grey, LANCZOS to s x s in 8 bit; bit = pixel above the mean, row by row. `bits` is s*s: 64, 256, 576 or 1024.
    """

    bits: int = 64
    source: Source = "working"

    name = "ahash"
    version = "1"
    metric = "hamming"

    @property
    def decode(self) -> Decode:
        """Grey, resized by the host. UsageError for a bad parameter."""
        size = side(self.name, self.bits, _THRESHOLDS)
        return Decode(size=(size, size), source=checked(self.name, self.source))

    @property
    def threshold(self) -> float:
        """The distance within which about one in a million unrelated pairs lies, measured as for `phash`; flat or bright pictures
        are alike to it: of the 64-bit hashes 5e-6 of pairs are equal, and 1.4e-5 within 1.
        """
        side(self.name, self.bits, _THRESHOLDS)
        return _THRESHOLDS[self.bits]

    def describe(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pictures u8 (n,s,s) to bits u8 (n,bits/8)."""
        total = images.sum(axis=(1, 2), keepdims=True, dtype=np.int64)
        return np.packbits((images.astype(np.int64) * self.bits > total).reshape(-1, self.bits), axis=1)
