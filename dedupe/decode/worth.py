"""How much there is to see in a picture, and the digest of what is seen."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np
from blake3 import blake3

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedupe.model import DecodedInfo

SAMPLES = 8192
BLANK = 0.04


def quality(luma: NDArray[np.uint8]) -> float:
    """0 for a flat or nearly blank picture, else up to 1: (share - 0.04) / 0.96, rounded to float32.

    `share` is that of the pixels whose grey is outside the 33 neighbouring levels that hold the most of them, so that a
    sheet of white paper with a line of text, a page number or a stamp has next to none: its ink is a few hundredths, while
    the plainest of 1,331 photos has a tenth. `luma` is u8 (h,w), C-contiguous; of large ones every k-th pixel of every
    k-th row is taken, k = floor(sqrt(h w / 8192)).
    """
    from dedupe.decode.compiled import outside

    step = max(1, math.isqrt(luma.size // SAMPLES))
    return float(np.float32(max(0.0, (outside(luma, step, np.zeros((4, 256), np.uint32)) - BLANK) / (1 - BLANK))))


def pixels_digest(working: NDArray[np.uint8], info: DecodedInfo) -> bytes:
    """16 bytes of BLAKE3 over the working image, u8 (h,w[,3]), its shape and the original's size.

    The host gives the grey image, and for a picture of quality 0 the one in colour: such pictures count as duplicates
    only if their digests are equal, and a red and a green sheet may be equally grey.
    """
    digest = blake3(np.ascontiguousarray(working).data)
    digest.update(struct.pack("<3q2q", *working.shape, *(0,) * (3 - working.ndim), info.width, info.height))
    return digest.digest(16)
