"""A JPEG's grey brought to a small size as Pillow does it to the whole picture, without decoding that.

Pillow brings each row to its new width, rounds it, and only then goes down the columns. What is rounded hangs on every row of
the original, of which a working image knows but means. The rows' new pixels are sums of a block's coefficients: those that
run down the block and are even across it, or nearly so, are a fourth of all, and decide.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from dedupe.decode.arrays import pixels
from dedupe.decode.coefficients import PITCH, read_coefficients
from dedupe.decode.eighth import eighth
from dedupe.decode.steps import BITS
from dedupe.decode.taps import taps
from dedupe.decode.working import upright

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedupe.decode.coefficients import Coefficients
    from dedupe.decode.jpeg_header import Header

LEAST = 16
"""Pixels of the original across one of the small picture: two blocks."""

SLOPES = 2
"""Waves down a block that are looked at together with half a wave across it; with none across it all eight are."""

LARGEST, SUM = 32767, 1 << 18
"""Bounds of a pixel's weights and of their sum, so that sums of coefficients fit into 32 bits."""

_ORDER = sorted(np.ndindex(8, 8), key=lambda place: (sum(place), place[sum(place) % 2 == 0]))
_BASIS = np.array([[math.cos((2 * i + 1) * wave * math.pi / 16) for i in range(8)] for wave in range(8)])
_BASIS *= np.array([math.sqrt(1 / 8)] + [0.5] * 7)[:, None]


def _places(turned: bool) -> tuple[int, ...]:
    """Where the coefficients that are wanted stand in a block, in zigzag order, by waves across and then down."""
    places = [(down, 0) for down in range(1, 8)] + [(down, 1) for down in range(SLOPES)]
    return tuple(_ORDER.index(place[::-1] if turned else place) for place in places)


_PLACES = {turned: _places(turned) for turned in (False, True)}


class Rows:
    """The original of a JPEG's working image, of its bytes and its EXIF orientation; they are read when it is asked, and once.

    It is not asked for pixels that are made of less than LEAST of a row's.
    """

    def __init__(self, data: bytes, header: Header, orientation: int) -> None:
        self._data, self._header, self._orientation = data, header, orientation
        self._read: dict[bool, Coefficients | None] = {}

    def resized(self, size: tuple[int, int], down: bool) -> NDArray[np.uint8] | None:
        """See `Original`: nearly that. None where its coefficients are left to libjpeg (`read_coefficients`)."""
        quarter = self._orientation >= 5
        small = self._as_stored(size[::-1] if quarter else size, down != quarter)
        if small is None or self._orientation == 1:
            return small
        return pixels(upright(Image.fromarray(small), small.shape[::-1], self._orientation)[0])

    def means(self) -> NDArray[np.uint8] | None:
        """The plane that `read_eighth` gives, out of the same coefficients."""
        found = self._coefficients(self._orientation >= 5)
        return None if found is None else eighth(found, self._header)

    def _as_stored(self, size: tuple[int, int], turned: bool) -> NDArray[np.uint8] | None:
        whole = self._header.width, self._header.height
        if whole[turned] < LEAST * size[turned]:
            return None
        found = self._coefficients(turned)
        if found is None:
            return None
        if not turned:
            return _resized(found, whole, size)
        return np.ascontiguousarray(_resized(found, whole[::-1], size[::-1], turned=True).T)

    def _coefficients(self, turned: bool) -> Coefficients | None:
        if turned not in self._read:
            self._read[turned] = read_coefficients(self._data, self._header, _PLACES[turned])
        return self._read[turned]


def _resized(
    found: Coefficients, whole: tuple[int, int], size: tuple[int, int], *, turned: bool = False
) -> NDArray[np.uint8]:
    from dedupe.decode.compiled_rows import resize_rows

    blocks = _turned(found.blocks, -(-whole[1] // 8)) if turned else found.blocks
    first, weights, scales = _weights(whole[0], size[0], blocks.shape[2])
    top, down = taps(whole[1], size[1], "lanczos", 1)
    rows = np.zeros((max(8 * blocks.shape[0], int(top[-1]) + down.shape[1]), size[0]), np.uint8)
    out = np.empty((size[1], size[0]), np.uint8)
    scale = found.steps[:, None] * np.repeat(scales, (8, SLOPES), axis=0)
    line, total = np.empty(8, np.float32), np.empty(size[0], np.int32)
    basis = _BASIS.astype(np.float32)
    resize_rows(blocks, scale.astype(np.float32), basis, first, weights, top, down, rows, line, total, out)
    return out


def _turned(blocks: NDArray[np.int16], width: int) -> NDArray[np.int16]:
    """The first `width` columns of blocks (bh,n,bw) as rows: (width,n,bh)."""
    turned = np.zeros((width, blocks.shape[1], -(-blocks.shape[0] // PITCH) * PITCH), np.int16)
    turned[:, :, : blocks.shape[0]] = blocks[:, :, :width].transpose(2, 1, 0)
    return turned


@lru_cache(maxsize=256)
def _weights(
    source: int, target: int, columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int16], NDArray[np.float64]]:
    """Pillow's weights of `source` pixels for `target` ones as weights of blocks' waves: the first block that each pixel is
    made of i64 (target,), weights i16 (target,2,blocks), and what a weight of 1 stands for (2,target).
    """
    start, fixed = taps(source, target, "lanczos", 1)
    first = start // 8
    count = int(((start + fixed.shape[1] - 1) // 8 - first).max()) + 1
    count = min(-(-count // PITCH) * PITCH, columns)
    first = np.minimum(first, columns - count)
    spread = np.zeros((target, 8 * count))
    for i in range(target):
        at = start[i] - 8 * first[i]
        kept = min(fixed.shape[1], 8 * count - at)
        spread[i, at : at + kept] = fixed[i, :kept] / (1 << BITS)
    waves = (spread.reshape(target, count, 8) @ _BASIS[:2].T).transpose(0, 2, 1)
    size = np.maximum(abs(waves).sum(axis=2) / SUM, abs(waves).max(axis=2) / LARGEST)
    weights = np.rint(waves / size[:, :, None]).astype(np.int16, order="C")
    return first, weights, np.ascontiguousarray(size.T)
