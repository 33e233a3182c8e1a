"""A picture without the bars or the border around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedupe.judge.look import Look

EVEN, MOST = 24, 0.02
"""A row is of the frame if no more than this share of it is off by more levels from the colour at its side."""

EDGE = 3
"""So many pixels inside of a frame are blurred with it."""

ROWS = 16
"""So many rows are looked at, then the next."""

LEAST = 0.2
"""The share of all pixels that is left without the frame, at least."""

Bytes = NDArray[np.uint8]


def unframed(one: Look) -> Look | None:
    """What is inside of the frame of a picture; None where it has none, or is a drawing, whose ground is no frame."""
    if one.inside is None:
        one.inside = (_inside(one),)
    return one.inside[0]


def _inside(one: Look) -> Look | None:
    height, width = one.small.shape[:2]
    top, bottom = _bars(one.small)
    if top + bottom >= height:
        return None
    left, right = _bars(one.small[top : height - bottom].swapaxes(0, 1))
    if not (top or bottom or left or right):
        return None
    box = np.array([top, height - bottom, left, width - right], float) / (height, height, width, width)
    share = float((box[1] - box[0]) * (box[3] - box[2]))
    if share < LEAST:
        return None
    sides = [round(float(box[i] - box[i - 1]) * side) for i, side in ((3, one.width), (1, one.height))]
    small = _cut(one.small, box)
    inner = Look(small, *sides, size=round(share * one.size), traits=one.traits, whole=lambda: _cut(one.whole(), box))
    return None if inner.drawn else inner


def _bars(image: Bytes) -> tuple[int, int]:
    """How many rows at the top and at the bottom have one colour, with the edge inside of them."""
    return _bar(image), _bar(image[::-1])


def _bar(image: Bytes) -> int:
    colour = np.median(image[0], axis=0).astype(np.uint8)
    for start in range(0, len(image), ROWS):  # most pictures have no frame
        off = np.abs(image[start : start + ROWS].astype(np.int16) - colour).max(axis=2) > EVEN
        other = start + np.flatnonzero(off.mean(axis=1) > MOST)
        if len(other):
            return int(other[0]) + EDGE if other[0] > 1 else 0
    return 0


def _cut(image: Bytes, box: NDArray[np.float64]) -> Bytes:
    height, width = image.shape[:2]
    top, bottom, left, right = np.rint(box * (height, height, width, width)).astype(int).tolist()
    return image[top:bottom, left:right]
