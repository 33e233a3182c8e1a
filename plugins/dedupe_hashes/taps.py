"""The weights with which PDQ's tent filter resizes along one axis."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LANES = 8
"""Weights are filled up with zeros to a multiple of this, so that kernels have no odd ends."""


class Taps(NamedTuple):
    """Output i of n is the sum over k of weight[i,k] * input[start[i] + k]; int32 (n,) and float32 (n,m).

    start + m may lie behind the input's end: weights of what is not there are zero.
    """

    start: NDArray[np.int32]
    weight: NDArray[np.float32]


@lru_cache(maxsize=4096)
def tent(source: int, target: int) -> Taps:
    """The eight weights of two passes of PDQ's box filter, whose window shrinks at the edges, at `target` positions of at
    most 8 * `target`; float32. start + 8 lies inside the input if it has that many.
    """
    window = -(-source // (2 * target))
    after = (window + 2) // 2 - 1
    before = window - 1 - after
    centre = ((np.arange(target) + 0.5) * source / target).astype(np.int64)
    middle = centre[:, None] + np.arange(-before, after + 1)
    pixel = middle[:, :, None] + np.arange(-before, after + 1)
    weight = _share(middle, source)[:, :, None] * _share(pixel, source)
    start = np.clip(centre - 2 * before, 0, max(source - LANES, 0))
    taps = np.zeros((target, LANES))
    place = np.where((pixel >= 0) & (pixel < source), pixel - start[:, None, None], 0)
    np.add.at(taps, (np.arange(target)[:, None, None], place), weight)
    return Taps(start.astype(np.int32), taps.astype(np.float32))


def _share(positions: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """Equal weights for the positions inside, along the last axis."""
    inside = (positions >= 0) & (positions < size)
    share: NDArray[np.float64] = inside / np.maximum(inside.sum(axis=-1, keepdims=True), 1)
    return share
