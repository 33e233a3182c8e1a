"""LANCZOS of grey pictures: equal to Pillow's and ten times as fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedupe.pixels.taps import down_first, taps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]


def resize_grey(image: Grey, size: tuple[int, int]) -> Grey:
    """A grey picture u8 (h,w) at `size` (w,h), bit for bit as Pillow's `resize(size, LANCZOS)` makes it: u8 (h',w')."""
    if down_first((image.shape[1], image.shape[0]), size):
        small = np.ascontiguousarray(_across_then_down(np.ascontiguousarray(image.T), size[::-1]).T)
    else:
        small = _across_then_down(image, size)
    small.flags.writeable = False
    return small


def _across_then_down(image: Grey, size: tuple[int, int]) -> Grey:
    from dedupe.pixels.grey_kernels import LANES, resize

    height, width = image.shape
    left, across = taps(width, size[0], "lanczos", LANES)
    top, down = taps(height, size[1], "lanczos", LANES)
    lines = np.empty((4, max(width, size[0]) + across.shape[1]), np.int32)
    rows, out = np.empty((height + 3 + down.shape[1], size[0]), np.uint8), np.empty((size[1], size[0]), np.uint8)
    resize(image, left, across, top, down, lines, rows, out)
    return out
