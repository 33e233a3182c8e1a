"""Pillow's resize of colour pictures, bit for bit and in a fraction of its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedupe.decode.taps import IN_ORDER, down_first, taps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Packed = NDArray[np.uint32]

STRIP = 120
"""Rows that are turned at a time, few enough for the processor's cache."""


FILTERS = frozenset({"box", "bilinear", "bicubic"} if IN_ORDER else ())
"""What is done here: filters made of polynomials, for a sine need not have equal bits everywhere."""


def resize(image: Packed, size: tuple[int, int], resample: str) -> NDArray[np.uint8]:
    """A picture of whole pixels, u32 (h,w), at `size` (w,h) by one of FILTERS: u8 (h',w',3)."""
    from dedupe.decode.compiled_colour import bare

    width, height = size
    if down_first(image.shape[::-1], size):
        small = _across(_down(image, height, resample), width, resample)
    else:
        small = _down(_across(image, width, resample), height, resample)
    out = np.empty((height, width, 3), np.uint8)
    bare(small.reshape(-1), out.reshape(-1, 3))
    out.flags.writeable = False
    return out


def _across(image: Packed, width: int, resample: str) -> Packed:
    from dedupe.decode.compiled_colour import GROUP, across

    if image.shape[1] == width:
        return image
    start, weight = taps(image.shape[1], width, resample, GROUP)
    rows = min(STRIP, image.shape[0])
    strip, found = np.zeros((image.shape[1], rows), np.uint32), np.empty((width, rows), np.uint32)
    sums, out = np.empty(4 * rows, np.int32), np.empty((image.shape[0], width), np.uint32)
    across(image, start, weight, sums, strip, strip.view(np.uint8), found, found.view(np.uint8), out)
    return out


def _down(image: Packed, height: int, resample: str) -> Packed:
    from dedupe.decode.compiled_colour import GROUP, down

    if image.shape[0] == height:
        return image
    start, weight = taps(image.shape[0], height, resample, GROUP)
    out = np.empty((height, image.shape[1]), np.uint32)
    down(image.view(np.uint8), start, weight, np.empty(4 * image.shape[1], np.int32), out.view(np.uint8))
    return out
