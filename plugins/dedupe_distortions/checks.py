"""The sentences for parameters that mean nothing and for pictures that have too few pixels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import PictureError, UsageError


def within(who: Any, parameter: str, low: float, high: float) -> None:
    """Raises UsageError unless the parameter of a distortion is a number from `low` to `high`."""
    value = getattr(who, parameter)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        there = f"from {low:g} to {high:g}" if math.isfinite(high) else f"from {low:g} up"
        raise UsageError(f"{who.name}:{parameter} is a number {there}, not {value!r}.")


def at_least(who: Any, image: NDArray[np.uint8], width: int, height: int) -> None:
    """Raises PictureError `too_small` for a picture (h,w,3) that is narrower or lower than that."""
    if image.shape[1] < width or image.shape[0] < height:
        size = f"{image.shape[1]} x {image.shape[0]}"
        raise PictureError("too_small", f"{who.name} needs {width} x {height} pixels; the picture has {size}.")
