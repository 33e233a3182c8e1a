"""Pictures of any size to small ones of one size, equal to Pillow's `resize(size, LANCZOS)` and ten times as fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from dedupe_hashes.taps import lanczos


def shrink(images: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Grey pictures u8 (h_i,w_i) to u8 (n,h,w) for a size (w,h); those of that size already, in one array, as they are."""
    from dedupe_hashes.kernels.resize import resize

    width, height = size
    if isinstance(images, np.ndarray) and images.shape[1:] == (height, width):
        return np.ascontiguousarray(images)
    small = np.empty((len(images), height, width), np.uint8)
    for image, out in zip(images, small, strict=True):
        lost_rows, lost_columns = image.shape[0] - height, image.shape[1] - width
        if lost_rows > max(0, 2 * lost_columns):  # Pillow then goes down first, and rounds in between
            turned = np.empty((width, height), np.uint8)
            _across_then_down(resize, np.ascontiguousarray(image.T), turned)
            out[:] = turned.T
        else:
            _across_then_down(resize, image, out)
    return small


def _across_then_down(resize: Callable[..., None], image: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    left, across = lanczos(image.shape[1], out.shape[1])
    top, down = lanczos(image.shape[0], out.shape[0])
    lines = np.empty((4, max(image.shape[1], out.shape[1]) + across.shape[1]), np.int32)
    rows = np.empty((image.shape[0] + 3 + down.shape[1], out.shape[1]), np.uint8)
    resize(image, left, across, top, down, lines, rows, out)
