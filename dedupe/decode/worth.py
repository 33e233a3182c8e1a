"""How much there is to see in a picture, and the digest of what is seen."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from blake3 import blake3
from xxhash import xxh3_128

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedupe.model import DecodedInfo

SAMPLES = 8192
BLANK = 0.04
SIDE = 64
CROSSED = 50


def quality(luma: NDArray[np.uint8]) -> float:
    """0 for a flat or nearly blank picture and for one without shapes, else up to 1: (share - 0.04) / 0.96, as float32.

    `share` is that of the pixels whose grey is outside the 33 neighbouring levels that hold the most of them, so that a
    sheet of white paper with a line of text, a page number or a stamp has next to none: its ink is a few hundredths, while
    the plainest of 1,331 photos has a tenth. `luma` is u8 (h,w), C-contiguous; of large ones every k-th pixel of every
    k-th row is taken, k = floor(sqrt(h w / 8192)).

    Bars, ramps and pictures of one row have no shapes: but for one in 50 of at most 64 x 64 pixels, evenly spread, each is within
    3 levels of a sum of one value for its row and one for its column. Hashes that look at shapes see nothing there, and
    say the same of all of them. The fewest that a photo had were 73 %.
    """
    from dedupe.decode.worth_kernels import outside

    step = max(1, math.isqrt(luma.size // SAMPLES))
    share = outside(luma, step, np.zeros((4, 256), np.uint32)) - BLANK
    return float(np.float32(share / (1 - BLANK))) if share > 0 and _has_shapes(luma) else 0.0


def _has_shapes(luma: NDArray[np.uint8]) -> bool:
    from dedupe.decode.worth_kernels import crossed

    down, right = (-(-side // SIDE) for side in luma.shape)
    rows, columns = np.zeros(-(-luma.shape[0] // down), np.uint32), np.zeros(-(-luma.shape[1] // right), np.uint32)
    enough = len(rows) * len(columns) // CROSSED
    return crossed(luma, down, right, rows, columns, enough) > enough


def pixels_digest(seen: NDArray[Any], info: DecodedInfo, worth: float, frames: bytes = b"") -> bytes:
    """16 bytes that stand for pixels (h,w[,c]), their shape and the original's size: XXH3, or BLAKE3 where `worth` is 0.

    The host gives the grey working image, u8 (h,w), and for a picture of quality 0 all that its file holds (`read_exact`):
    such pictures count as duplicates only if their digests are equal, and a red and a green sheet may be equally grey. That
    nobody can make two of them alike takes four times as long as telling the others apart. `frames` stands for all frames of
    what has several, for an animation is not its first frame.
    """
    digest = (blake3 if worth == 0 else xxh3_128)(np.ascontiguousarray(seen).view(np.uint8).data)
    digest.update(struct.pack("<3q2q", *seen.shape, *(0,) * (3 - seen.ndim), info.width, info.height))
    if seen.dtype != np.uint8:
        digest.update(seen.dtype.str.encode())
    digest.update(frames)
    return digest.digest()[:16]
