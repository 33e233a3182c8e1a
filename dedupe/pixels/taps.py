"""The weights by which Pillow resizes along one axis."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import __version__

if TYPE_CHECKING:
    from numpy.typing import NDArray

BITS = 22
"""Bits after the point of weights, as Pillow has them."""

IN_ORDER = int(__version__.split(".")[0]) >= 13
"""Whether Pillow ever takes the direction down first; before, it always goes across."""


def down_first(source: tuple[int, int], target: tuple[int, int]) -> bool:
    """Whether Pillow brings a picture of size `source` (w,h) to its new height first; it rounds in between."""
    return IN_ORDER and source[1] - target[1] > max(0, 2 * (source[0] - target[0]))


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


def _lanczos(x: Any) -> Any:
    return np.where((x >= -3) & (x < 3), np.sinc(x) * np.sinc(x / 3), 0.0)


_CURVES = {"box": (_box, 0.5), "bilinear": (_bilinear, 1.0), "bicubic": (_bicubic, 2.0), "lanczos": (_lanczos, 3.0)}


@lru_cache(maxsize=4096)
def taps(source: int, target: int, resample: str, together: int) -> Taps:
    """The weights by which Pillow makes `target` pixels of `source` ones (Resample.c, precompute_coeffs), filled up with zeros
    to a multiple of `together`.
    """
    curve, reach = _CURVES[resample]
    scale = source / target
    stretch = max(scale, 1.0)
    support = reach * stretch
    centre = (np.arange(target) + 0.5) * scale
    start = np.maximum((centre - support + 0.5).astype(np.int64), 0)
    count = np.minimum((centre + support + 0.5).astype(np.int64), source) - start
    k = np.arange(-(-int(count.max()) // together) * together)
    weight = curve((k + start[:, None] - centre[:, None] + 0.5) * (1 / stretch))
    weight[k >= count[:, None]] = 0.0
    weight /= np.cumsum(weight, axis=1)[:, -1:]
    fixed = np.trunc(weight * (1 << BITS) + np.copysign(0.5, weight))
    return Taps(start, fixed.astype(np.int32))
