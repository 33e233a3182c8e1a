"""Two pictures brought onto one canvas: the frame of the first, at the detail of the coarser one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.align import Placed

Bytes = NDArray[np.uint8]

_HALF = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
"""Pixels are counted from their middles."""


@dataclass(frozen=True)
class Canvas:
    """Both pictures u8 (h,w,3) on one canvas, and where both are, bool (h,w)."""

    a: Bytes
    b: Bytes
    both: NDArray[np.bool_]

    @cached_property
    def greys(self) -> tuple[Bytes, Bytes]:
        """Both in grey, u8 (h,w)."""
        return grey(self.a), grey(self.b)


def grey(rgb: Bytes) -> Bytes:
    """A picture u8 (h,w,3) in grey, u8 (h,w)."""
    found: Any = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return found  # type: ignore[no-any-return]


def canvas(a: Bytes, b: Bytes, placed: Placed) -> Canvas:
    """Pictures u8 (h,w,3) on the frame of a."""
    if placed.turn is None:
        return _warped(a, b, placed)
    b = turned_pixels(b, placed.turn)
    size = min(a.shape[1], b.shape[1]), min(a.shape[0], b.shape[0])
    a, b = (_sized(one, size) for one in (a, b))
    return Canvas(a, b, np.ones(a.shape[:2], np.bool_))


def turned_pixels(image: Bytes, turn: str) -> Bytes:
    """A picture turned as `TURNS` has it."""
    if turn in ("transpose", "rotate90", "rotate270", "transverse"):
        image = image.swapaxes(0, 1)
    if turn in ("hflip", "rotate270", "rotate180", "transverse"):
        image = image[:, ::-1]
    if turn in ("vflip", "rotate90", "rotate180", "transverse"):
        image = image[::-1]
    return np.ascontiguousarray(image)


def _sized(image: Any, size: tuple[int, int]) -> Any:
    if image.shape[1::-1] == size:
        return image
    return cv2.resize(image, (max(1, size[0]), max(1, size[1])), interpolation=cv2.INTER_AREA)


def _warped(a: Any, b: Any, placed: Placed) -> Canvas:
    times = scale(a.shape[1::-1], b.shape[1::-1], placed)
    if times > 1.05:  # b is the coarser one
        a = _sized(a, (round(a.shape[1] / times), round(a.shape[0] / times)))
    elif times < 0.95:
        b = _sized(b, (round(b.shape[1] * times), round(b.shape[0] * times)))
    matrix = np.linalg.inv(_HALF) @ _pixels(a, b, placed) @ _HALF
    size = a.shape[1], a.shape[0]
    moved: Any = cv2.warpPerspective(b, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.full(b.shape[:2], 255, np.uint8), matrix, size, flags=cv2.INTER_LINEAR)
    margin = max(2, min(size) // 40)  # at the edge of either there may be what only frames it
    kernel = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    both = cv2.erode((inside > 250).astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
    return Canvas(a, moved, both)


def _pixels(a: Bytes, b: Bytes, placed: Placed) -> NDArray[np.float64]:
    """The placement from pixels of b to pixels of a."""
    wide, high = a.shape[1], a.shape[0]
    found: NDArray[np.float64] = (
        np.diag([wide, high, 1.0]) @ placed.map @ np.diag([1 / b.shape[1], 1 / b.shape[0], 1.0])
    )
    return found


def scale(a: tuple[int, int], b: tuple[int, int], placed: Placed) -> float:
    """How many pixels of a, along a side, are one of b, in the middle of b; by their widths and heights."""
    corners = placed.corners * a
    x, y = corners.T
    area = abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
    return float(np.sqrt(area / (b[0] * b[1])))
