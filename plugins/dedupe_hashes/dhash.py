"""dHash: small pixels against their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode
from dedupe_hashes.parameters import Source, checked, side

_THRESHOLDS = {64: 2.0, 256: 48.0, 576: 136.0, 1024: 250.0}


@dataclass(frozen=True, kw_only=True)
class DHash:
    """dHash as ImageHash 4.3 defines it (after hackerfactor.com, "Kind of Like That"): bits u8 (n,bits/8).

    Grey, LANCZOS to s+1 x s in 8 bit; bit = pixel darker than its right neighbour, row by row. `bits` is s*s: 64, 256,
    576 or 1024.
    """

    bits: int = 64
    source: Source = "working"

    name = "dhash"
    version = "1"
    metric = "hamming"

    @property
    def decode(self) -> Decode:
        """Grey, resized by the host. UsageError for a bad parameter."""
        size = side(self.name, self.bits, _THRESHOLDS)
        return Decode(size=(size + 1, size), source=checked(self.name, self.source))

    @property
    def threshold(self) -> float:
        """The distance within which about one in a million unrelated pairs lies, measured as for `phash`."""
        side(self.name, self.bits, _THRESHOLDS)
        return _THRESHOLDS[self.bits]

    def describe(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pictures u8 (n,s,s+1) to bits u8 (n,bits/8)."""
        return np.packbits((images[:, :, 1:] > images[:, :, :-1]).reshape(-1, self.bits), axis=1)
