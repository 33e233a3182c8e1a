"""Pillow's resize of colour pictures, bit for bit and in a fraction of its time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dedupe.decode.taps import IN_ORDER, Taps, down_first, taps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Packed = NDArray[np.uint32]

FILTERS = frozenset({"box", "bilinear", "bicubic"} if IN_ORDER else ())
"""What is done here: filters made of polynomials, for a sine need not have equal bits everywhere."""


def resize(image: Packed, size: tuple[int, int], resample: str) -> NDArray[np.uint8]:
    """A picture of whole pixels, u32 (h,w), at `size` (w,h) by one of FILTERS: u8 (h',w',3)."""
    width, height = size
    if down_first(image.shape[::-1], size):
        found = _down(image.view(np.uint8), height, 4 * image.shape[1], resample)
        small = np.ascontiguousarray(_across(found.view(np.uint32), width, resample)[:, :-1])
    else:
        small = _down(_across(image, width, resample), height, 3 * width, resample)
    small.flags.writeable = False
    return small.reshape(height, width, 3)


def _across(image: Packed, width: int, resample: str) -> NDArray[np.uint8]:
    """Rows of red, green and blue, and a byte that says nothing: u8 (h, 3 width + 1)."""
    from dedupe.decode.compiled_colour import across

    start, weight = _of_bytes(image.shape[1], width, resample)
    missing = weight.shape[1] // 4 - image.shape[1]
    if missing > 0:
        image = np.pad(image, ((0, 0), (0, missing)))
    out = np.empty((image.shape[0], 3 * width + 1), np.uint8)
    across(image.view(np.uint8), start, weight, out)
    return out


def _down(rows: NDArray[np.uint8], height: int, count: int, resample: str) -> NDArray[np.uint8]:
    """The first `count` bytes of each row, brought to a height: u8 (height, count)."""
    from dedupe.decode.compiled_colour import GROUP, down

    start, weight = taps(rows.shape[0], height, resample, GROUP)
    out = np.empty((height, count), np.uint8)
    down(rows, start, weight, np.empty(count, np.int32), out)
    return out


@lru_cache(maxsize=512)
def _of_bytes(source: int, target: int, resample: str) -> Taps:
    """Taps of whole pixels as their bytes take them: starts in bytes, so that all taps lie inside of a row if it has that many
    pixels, and each weight four times.
    """
    start, weight = taps(source, target, resample, 2)
    count = weight.shape[1]
    inside = np.minimum(start, max(source - count, 0))
    place = np.arange(count) - (start - inside)[:, None]
    moved = np.where(place >= 0, np.take_along_axis(weight, np.maximum(place, 0), axis=1), 0)
    return Taps(4 * inside, np.repeat(moved, 4, axis=1).astype(np.int32))
