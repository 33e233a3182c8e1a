"""The Haar wavelet transform step by step as PyWavelets rounds it, for the sake of equal blocks that must not be equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]

_SHARE = 0.7071067811865476
"""Both filter weights of PyWavelets' "haar"."""


def coarse(pixels: NDArray[np.uint8], side: int) -> Plane:
    """ImageHash's `whash` of a square picture u8 (2^k,2^k) before its median: coefficients float64 (side,side).

    All levels are taken apart, the last one's mean is set to 0, all is put together and taken apart again down to `side`.
    Where many blocks are equal (white ones, most often) ImageHash's bits are those of the rounding errors of these steps.
    """
    plane: Plane = pixels / 255.0
    details = []
    while len(plane) > 1:
        plane, *detail = _apart(plane)
        details.append(detail)
    plane = plane * 0
    for across, down, both in reversed(details):
        plane = _together(plane, across, down, both)
    while len(plane) > side:
        plane = _low(_low(plane.T).T)
    return plane


def _low(plane: Plane) -> Plane:
    return _SHARE * plane[:, 1::2] + _SHARE * plane[:, ::2]


def _high(plane: Plane) -> Plane:
    return -_SHARE * plane[:, 1::2] + _SHARE * plane[:, ::2]


def _apart(plane: Plane) -> tuple[Plane, Plane, Plane, Plane]:
    """Down before across, as `pywt.dwt2`: means, and differences across, down and both ways."""
    low, high = _low(plane.T).T, _high(plane.T).T
    return _low(low), _high(low), _low(high), _high(high)


def _together(mean: Plane, across: Plane, down: Plane, both: Plane) -> Plane:
    """Across before down, as `pywt.idwt2`."""
    return _doubled(_doubled(mean, across).T, _doubled(down, both).T).T


def _doubled(low: Plane, high: Plane) -> Plane:
    out = np.empty((len(low), 2 * low.shape[1]))
    out[:, ::2] = _SHARE * low + _SHARE * high
    out[:, 1::2] = _SHARE * low - _SHARE * high
    return out
