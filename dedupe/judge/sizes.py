"""Pictures made smaller."""

from __future__ import annotations

from typing import Any

import cv2
from numpy.typing import NDArray


def reduced(image: NDArray[Any], side: int) -> Any:
    """The picture by area averages with a longest side of at most `side`; a smaller one as it is."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
