"""The edges of small pictures, and how far those of two pictures are from each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALL = 64
"""A pair is small if one of the two has no side of so many pixels."""

SIDE, SHIFT = 32, 2
"""Photos are compared at this size, and moved against each other by up to so many pixels of it each way."""

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
_STEPS = range(-SHIFT, SHIFT + 1)


def edges(image: Bytes) -> Floats:
    """Edges of a picture u8 (h,w,3) at 32x32, float32 (2,30,30), as `grey_edges` has them."""
    from PIL import Image

    grey = Image.fromarray(image).convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    found: Floats = grey_edges(np.asarray(grey)[None])[0].astype(np.float32)
    return found


def grey_edges(X: NDArray[Any]) -> NDArray[np.int16]:
    """Pictures u8 (n,32,32) to edges int16 (n,2,30,30), across and down, in sixteenths of a grey level: central differences of
    the picture smoothed by (1 2 1)/4 each way. Brightness and contrast make no difference to their correlation, and broad shades,
    in which strangers are alike, little.
    """
    small = np.pad(X.astype(np.int16), ((0, 0), (1, 1), (1, 1)), "edge")
    across = small[:, :, :-2] + 2 * small[:, :, 1:-1] + small[:, :, 2:]
    smooth = across[:, :-2] + 2 * across[:, 1:-1] + across[:, 2:]
    right = smooth[:, 1:-1, 2:] - smooth[:, 1:-1, :-2]
    down = smooth[:, 2:, 1:-1] - smooth[:, :-2, 1:-1]
    return np.ascontiguousarray(np.stack([right, down], axis=1))


def nearest(a: Floats, b: Floats) -> tuple[float, bool]:
    """1 - correlation of edges, the least over shifts, and whether that is with a shift."""
    found = [(_apart(a, b, dy, dx), bool(dy or dx)) for dy in _STEPS for dx in _STEPS]
    least = min(found)
    upright = found[len(found) // 2]
    return upright if upright[0] <= least[0] + 0.01 else least


def _apart(a: Floats, b: Floats, dy: int, dx: int) -> float:
    h, w = a.shape[1:]
    mine = a[:, max(0, -dy) : h - max(0, dy), max(0, -dx) : w - max(0, dx)]
    other = b[:, max(0, dy) : h - max(0, -dy), max(0, dx) : w - max(0, -dx)]
    norm = float(np.sqrt(np.square(mine).sum() * np.square(other).sum()))
    return 1 - float((mine * other).sum()) / norm if norm else 1.0
