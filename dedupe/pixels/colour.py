"""Pictures in colour: Pillow's resize and libjpeg's colours, bit for bit and in a fraction of their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedupe.pixels.arrays import packed
from dedupe.pixels.taps import IN_ORDER, down_first, taps

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    Packed = NDArray[np.uint32]

FILTERS = frozenset({"box", "bilinear", "bicubic"} if IN_ORDER else ())
"""What is done here: filters made of polynomials, for a sine need not have equal bits everywhere."""


def resize(image: Packed, size: tuple[int, int], resample: str) -> NDArray[np.uint8]:
    """A picture of whole pixels, u32 (h,w), at `size` (w,h) by one of FILTERS: u8 (h',w',3)."""
    from dedupe.pixels.colour_kernels import without_padding

    width, height = size
    if down_first((image.shape[1], image.shape[0]), size):
        small = _across(_down(image, height, resample), width, resample)
    else:
        small = _down(_across(image, width, resample), height, resample)
    colours = np.empty((height, 3 * width), np.uint8)
    without_padding(small.view(np.uint8), colours)
    colours.flags.writeable = False
    return colours.reshape(height, width, 3)


def _across(image: Packed, width: int, resample: str) -> Packed:
    """Turning a picture and back takes less than a weight for each pixel of a row, where a whole row takes one."""
    return np.ascontiguousarray(_down(np.ascontiguousarray(image.T), width, resample).T)


def _down(image: Packed, height: int, resample: str) -> Packed:
    from dedupe.pixels.colour_kernels import GROUP, down

    start, weight = taps(image.shape[0], height, resample, GROUP)
    out = np.empty((height, image.shape[1]), np.uint32)
    down(image.view(np.uint8), start, weight, np.empty(4 * image.shape[1], np.int32), out.view(np.uint8))
    return out


def parted(image: Image) -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """A picture of mode "YCbCr" as its luma, u8 (h,w), and in RGB with libjpeg's own bits, whole pixels u32 (h,w)."""
    from dedupe.pixels.colour_kernels import colours

    source = packed(image)
    luma, rgb = np.empty(source.shape, np.uint8), np.empty(source.shape, np.uint32)
    colours(source, luma, rgb)
    return luma, rgb
