"""mh: the Marr-Hildreth hash of libpHash, 576 bits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode
from dedupe_hashes.libphash import blur, load_kernels, luma, whole_picture
from dedupe_hashes.parameters import Source

SIDE = 512


@dataclass(frozen=True, kw_only=True)
class Mh:
    """Where a Mexican hat's response to the equalised picture is above the mean of its 3 x 3 blocks.

    u8 (n,72), Hamming distance in bits of 576. `source="full"` follows libpHash 0.9's `ph_mh_imagehash` with alpha 2 and
    level 1, in its sums in single precision; a picture with an alpha channel, of which the library takes red, stands over
    white here. "working" is its hash of the reduced picture as a grey file, whose values are taken as they are. Source:
    Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010; libpHash.
    Of 885,115 pairs of 1,331 photos one (1.1e-6) is within the threshold.
    """

    name = "mh"
    version = "1"
    metric = "hamming"
    threshold = 190.0
    source: Source = "working"

    @property
    def decode(self) -> Decode:
        """Grey of the working image, or the whole picture in colour. UsageError for a bad parameter."""
        return whole_picture(self.name, self.source)

    def describe(self, images: Any) -> NDArray[np.uint8]:
        """Pictures u8 (h,w), or (h,w,3) with source=full, to bits u8 (n,72)."""
        from dedupe_hashes.kernels.mh import compare, equalise, respond

        load_kernels("deriche", "luma")
        padded, counts = np.empty((SIDE + 16, SIDE + 16), np.float32), np.empty(256, np.int64)
        line, group, sums = np.empty(48, np.float32), np.empty(9, np.float32), np.empty((24, 24))
        out = np.zeros((len(images), 72), np.uint8)
        for image, row in zip(images, out, strict=True):
            values, colour = luma(image)
            equalise(_square(blur(values, 1.0, truncated=colour), colour), counts, padded)
            respond(padded, _hat(), line, sums)
            compare(sums, group, row)
        return out


def _square(values: NDArray[np.float32], truncated: bool) -> NDArray[np.float32]:
    """A picture (h,w) brought to 512 x 512, across and then down."""
    from dedupe_hashes.kernels.mh import average, cubic

    for _ in range(2):
        turned = np.ascontiguousarray(values.T)
        if len(turned) != SIDE:
            values = np.empty((SIDE, turned.shape[1]), np.float32)
            (average if len(turned) > SIDE else cubic)(turned, values, int(truncated))
        else:
            values = turned
    return values


@cache
def _hat() -> NDArray[np.float32]:
    """(2 - A) exp(-A/2) with A = ((x-8)^2 + (y-8)^2) / 4, float32 (17,17)."""
    axis = np.arange(-8, 9) ** 2
    A = (axis[:, None] + axis) / 4
    return ((2 - A) * np.exp(-A / 2)).astype(np.float32)
