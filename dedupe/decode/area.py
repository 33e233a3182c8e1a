"""Reducing by area: each new pixel is the mean of what it covers, parts of pixels counted as parts."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROW_BITS, COLUMN_BITS = 8, 14
"""Weights are whole numbers that add up to 2 to the power of this."""


def reduce_area(
    image: NDArray[np.uint8], box: tuple[float, float, float, float], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """The box (left, top, right, bottom) of a grey picture u8 (h,w) at `size` (w,h), no larger than the box: u8 (h',w').

    It keeps local means as nothing else does, which is what hashes are made of, and takes a fourth of the time of Pillow's
    bilinear filter. `image` is C-contiguous.
    """
    from dedupe.decode.compiled import average

    top, rows = _rows(box[1], box[3], size[1])
    left, columns = _columns(box[0], box[2], size[0])
    out = np.empty((size[1], size[0]), np.uint8)
    average(image, top, rows, left, columns, np.zeros(image.shape[1] + len(columns), np.uint16), out)
    return out


@lru_cache(maxsize=256)
def _rows(start: float, end: float, count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
    first, weights = _weights(start, end, count, ROW_BITS)
    return first, weights.astype(np.uint16)


@lru_cache(maxsize=256)
def _columns(start: float, end: float, count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    first, weights = _weights(start, end, count, COLUMN_BITS)
    return first, np.ascontiguousarray(weights.T, np.uint32)


def _weights(start: float, end: float, count: int, bits: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """For each of `count` equal parts of a line of pixels: the first pixel, and the weights of it and those after it."""
    edges = start + (end - start) / count * np.arange(count + 1)
    edges[-1] = end
    begin, stop = edges[:-1, None], edges[1:, None]
    first = np.floor(begin + 1e-9).astype(np.int64)
    reach = max(3, int((np.ceil(stop - 1e-9) - first).max()))
    covered = np.clip(first + np.arange(reach + 1), begin, stop) - begin
    return first[:, 0].astype(np.uint64), np.diff(
        np.rint(covered / (stop - begin) * (1 << bits)).astype(np.int64), axis=1
    )
