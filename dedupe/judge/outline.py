"""Whether the outline of a part is seen in the picture that contains it: then it was laid there, and not cut out of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.align import Placed
from dedupe.judge.canvas import grey
from dedupe.judge.look import Look

MARGIN = 7
"""So many pixels to each side of the outline are looked at,"""

NEAR = 2
"""and it may lie so many beside its place."""

LEAST = 16
"""A part with a shorter side has no outline."""

SEEN = 2.0
"""Each side of the outline is so many times as steep as what is beside it: of 180 parts cut out of photos the least steep side
was 1.6 at most, of 298 photos in collages, on screens, and pasted into others 2.3 or more for 95 in 100.
"""

FLAT = 0.5
"""Levels a pixel that are added to both, for plain ground."""


def outlined(a: Look, b: Look, placed: Placed) -> bool:
    """Whether in the one that contains the other, placed so, each side of it is seen that does not lie at the border."""
    whole, to_whole = (a, placed.map) if placed.contains == "a" else (b, np.linalg.inv(placed.map))
    corners = Placed(np.asarray(to_whole, np.float64)).corners * whole.small.shape[1::-1]
    steep = [_steepness(rows) for rows, inside in _sides(grey(whole.small), corners) if inside[0].mean() > 0.8]
    return bool(steep) and min(steep) > SEEN


def _sides(
    pixels: NDArray[np.uint8], corners: NDArray[np.float64]
) -> list[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    """What is around each side of the part, the outside up, float32 (14,n), and which pixels of it lie in the picture."""
    ends = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    wide, high = round((ends[0] + ends[2]) / 2), round((ends[1] + ends[3]) / 2)
    if min(wide, high) < LEAST:
        return []
    there = np.array([[0, 0], [wide, 0], [wide, high], [0, high]]) + MARGIN - 0.5
    flat = cv2.getPerspectiveTransform((corners - 0.5).astype(np.float32), there.astype(np.float32))
    size = wide + 2 * MARGIN, high + 2 * MARGIN
    laid = cv2.warpPerspective(pixels, flat, size, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.ones_like(pixels), flat, size, flags=cv2.INTER_NEAREST)
    turned = ([np.rot90(one, k)[: 2 * MARGIN, MARGIN:-MARGIN] for one in (laid, inside)] for k in range(4))
    return [(rows.astype(np.float32), within > 0) for rows, within in turned]


def _steepness(rows: NDArray[np.float32]) -> float:
    """How many times as steep the outline is as what is beside it."""
    steps = np.abs(np.diff(rows, axis=0)).mean(axis=1)
    at = slice(MARGIN - 1 - NEAR, MARGIN + NEAR)
    return float((steps[at].max() + FLAT) / (np.median(np.delete(steps, at)) + FLAT))
