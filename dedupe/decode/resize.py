"""Pillow's resize of colour pictures, bit for bit and in a fraction of its time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import __version__

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Packed = NDArray[np.uint32]

PRECISION = 22
"""Bits after the point of a weight."""

STRIP = 120
"""Rows that are turned at a time, few enough for the processor's cache."""


class Taps(NamedTuple):
    """Output i is the sum over k of weight[i,k] * input[start[i] + k]; int64 (n,) and int32 (n,taps).

    start + taps may lie behind the input's end: weights of what is not there are zero.
    """

    start: NDArray[np.int64]
    weight: NDArray[np.int32]


def _box(x: Any) -> Any:
    return np.where((x > -0.5) & (x <= 0.5), 1.0, 0.0)


def _bilinear(x: Any) -> Any:
    return np.maximum(1.0 - np.abs(x), 0.0)


def _bicubic(x: Any) -> Any:
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * -0.5
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


_CURVES = {"box": (_box, 0.5), "bilinear": (_bilinear, 1.0), "bicubic": (_bicubic, 2.0)}
FILTERS = frozenset(_CURVES) if int(__version__.split(".")[0]) >= 13 else frozenset()
"""What is done here: filters made of polynomials, for a sine need not have equal bits everywhere, and in the order in which
Pillow takes the two directions since version 13.
"""


@lru_cache(maxsize=4096)
def taps(source: int, target: int, resample: str) -> Taps:
    """The weights by which Pillow makes `target` pixels of `source` ones (Resample.c, precompute_coeffs)."""
    from dedupe.decode.compiled_colour import GROUP

    curve, reach = _CURVES[resample]
    scale = source / target
    stretch = max(scale, 1.0)
    support = reach * stretch
    centre = (np.arange(target) + 0.5) * scale
    start = np.maximum((centre - support + 0.5).astype(np.int64), 0)
    count = np.minimum((centre + support + 0.5).astype(np.int64), source) - start
    k = np.arange(-(-int(count.max()) // GROUP) * GROUP)
    weight = curve((k + start[:, None] - centre[:, None] + 0.5) * (1 / stretch))
    weight[k >= count[:, None]] = 0.0
    weight /= np.cumsum(weight, axis=1)[:, -1:]
    fixed = np.trunc(weight * (1 << PRECISION) + np.copysign(0.5, weight))
    return Taps(start, fixed.astype(np.int32))


def resize(image: Packed, size: tuple[int, int], resample: str) -> NDArray[np.uint8]:
    """A picture of whole pixels, u32 (h,w), at `size` (w,h) by one of FILTERS: u8 (h',w',3)."""
    from dedupe.decode.compiled_colour import bare

    width, height = size
    lost_rows, lost_columns = image.shape[0] - height, image.shape[1] - width
    if lost_rows > max(0, 2 * lost_columns):  # then Pillow goes down first, and rounds in between
        small = _across(_down(image, height, resample), width, resample)
    else:
        small = _down(_across(image, width, resample), height, resample)
    out = np.empty((height, width, 3), np.uint8)
    bare(small.reshape(-1), out.reshape(-1, 3))
    out.flags.writeable = False
    return out


def _across(image: Packed, width: int, resample: str) -> Packed:
    from dedupe.decode.compiled_colour import across

    if image.shape[1] == width:
        return image
    start, weight = taps(image.shape[1], width, resample)
    rows = min(STRIP, image.shape[0])
    strip, found = np.zeros((image.shape[1], rows), np.uint32), np.empty((width, rows), np.uint32)
    sums, out = np.empty(4 * rows, np.int32), np.empty((image.shape[0], width), np.uint32)
    across(image, start, weight, sums, strip, strip.view(np.uint8), found, found.view(np.uint8), out)
    return out


def _down(image: Packed, height: int, resample: str) -> Packed:
    from dedupe.decode.compiled_colour import down

    if image.shape[0] == height:
        return image
    start, weight = taps(image.shape[0], height, resample)
    out = np.empty((height, image.shape[1]), np.uint32)
    down(image.view(np.uint8), start, weight, np.empty(4 * image.shape[1], np.int32), out.view(np.uint8))
    return out
