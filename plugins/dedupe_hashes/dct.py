"""dct: the DCT hash of libpHash, 64 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode
from dedupe_hashes.libphash import load_kernels, luma, whole_picture
from dedupe_hashes.parameters import Source


@dataclass(frozen=True, kw_only=True)
class Dct:
    """The signs, against their median, of 64 low frequencies of luma that a 7 x 7 box blurred and 32 x 32 pixels sampled.

    u8 (n,8), Hamming distance in bits of 63 (the library drops the first). `source="full"` gives libpHash 0.9's
    `ph_dct_imagehash` bit for bit; "working" is its hash of the reduced picture as a grey file, whose values are taken as
    they are. Source: Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010; libpHash.
    Of 885,115 pairs of 1,331 photos one (1.1e-6) is within the threshold.
    """

    name = "dct"
    version = "1"
    metric = "hamming"
    threshold = 7.0
    source: Source = "working"

    @property
    def decode(self) -> Decode:
        """Grey of the working image, or the whole picture in colour. UsageError for a bad parameter."""
        return whole_picture(self.name, self.source)

    def describe(self, images: Any) -> NDArray[np.uint8]:
        """Pictures u8 (h,w), or (h,w,3) with source=full, to bits u8 (n,8)."""
        from dedupe_hashes.kernels.dct import KEEP, SIDE, dct

        load_kernels("luma")
        table = np.cos(np.pi * np.arange(4 * SIDE) / (2 * SIDE))
        small, odd, down = np.empty((SIDE, SIDE)), np.empty((SIDE // 2, SIDE)), np.empty((KEEP, SIDE))
        both, ordered = np.empty(64), np.empty(64)
        out = np.zeros((len(images), 8), np.uint8)
        for image, row in zip(images, out, strict=True):
            dct(luma(image)[0], table, small, odd, down, both, ordered, row)
        return out
