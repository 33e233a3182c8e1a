"""How much there is to see in a picture, and the digest of what is seen."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from blake3 import blake3
from xxhash import xxh3_128

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedupe.model import DecodedInfo

BLANK = 0.03
SIDE = 64
DARK, LIT, LAMPS = 64, 16, 5
CROSSED = 0.02
SLOPE, TURNS, LEAST_CELLS = 24.0, 3.0, 16
NOISE = 0.5
ROWS = 16


def quality(luma: NDArray[np.uint8]) -> float:
    """0 or less for a flat or nearly blank picture and for one without shapes, else up to 1: (share - 0.03) / 0.97, as float32.

    The picture is averaged into at most 64 x 64 cells, which leaves structure, however faint, and little of the noise of
    sensors, paper and codecs. `share` is that of the cells whose mean is outside the 5 neighbouring levels that hold the
    most of them: of photos in fog or at night, with an eighth of their contrast, at least a twentieth, and of a sheet of paper
    with two lines of text, a page number or a stamp at most a fiftieth. `luma` is u8 (h,w), C-contiguous. In the dark a few lamps
    are enough: 5 cells that are brighter by 16 levels than their row and their column have it. Then it is the share of these.

    Bars, ramps and pictures of one row have no shapes: all but one cell in 50 are sums of one value for their row and one
    for their column, within the codec's error. Hashes that look at shapes see nothing there, and say the same of all of
    them. Pure noise has none either: a pixel tells little of those beside it. Of ramps, as plain skies are, the quality is
    negative: how far their rows or columns are apart, in shares of 255 levels. What looks at colours may tell them apart.
    """
    from dedupe.decode.worth_kernels import average, correlation, crossed, outside

    down, right = (-(-side // SIDE) for side in luma.shape)
    cells = np.empty((-(-luma.shape[0] // down), -(-luma.shape[1] // right)), np.float32)
    average(luma, down, right, np.empty(luma.shape[1], np.uint32), cells)
    share = outside(cells, np.zeros(256, np.int64)) - BLANK
    if share <= 0:
        return _lamps(cells)
    rows, columns = map(np.zeros, cells.shape)
    step = max(1, luma.shape[0] // ROWS)
    bars, noise = crossed(cells, rows, columns) <= CROSSED, correlation(luma, step) < NOISE
    if bars or noise:
        return 0.0 if noise else -max(_slope(rows), _slope(columns))
    return float(np.float32(share / (1 - BLANK)))


def _slope(means: NDArray[np.float64]) -> float:
    """How far the means of rows, or columns, float64 (n,), are apart, in shares of 255, as float32; 0 where it is little, or
    they go up and down as those of bars do.
    """
    apart, way = float(np.ptp(means)), float(np.abs(np.diff(means)).sum())
    slopes = len(means) >= LEAST_CELLS and apart >= SLOPE and way <= TURNS * apart
    return float(np.float32(apart / 255)) if slopes else 0.0


def _lamps(cells: NDArray[np.float32]) -> float:
    """The share of cells that shine in the dark, bars left out, as float32; 0 where it is not dark, or they are too few."""
    lit = int(np.count_nonzero(cells - cells.mean(axis=0) - cells.mean(axis=1)[:, None] + cells.mean() > LIT))
    return float(np.float32(lit / cells.size)) if lit >= LAMPS and np.median(cells) < DARK else 0.0


def pixels_digest(seen: NDArray[Any], info: DecodedInfo, worth: float, frames: bytes = b"") -> bytes:
    """16 bytes that stand for pixels (h,w[,c]), their shape and the original's size: XXH3, or BLAKE3 where `worth` is 0 or less.

    The host gives the grey working image, u8 (h,w), and for a picture of such a quality all that its file holds (`read_exact`):
    such pictures count as duplicates only if their digests are equal, and a red and a green sheet may be equally grey. That
    nobody can make two of them alike takes four times as long as telling the others apart. `frames` stands for all frames of
    what has several, for an animation is not its first frame.
    """
    digest = (blake3 if worth <= 0 else xxh3_128)(np.ascontiguousarray(seen).view(np.uint8).data)
    digest.update(struct.pack("<3q2q", *seen.shape, *(0,) * (3 - seen.ndim), info.width, info.height))
    if seen.dtype != np.uint8:
        digest.update(seen.dtype.str.encode())
    digest.update(frames)
    return digest.digest()[:16]
