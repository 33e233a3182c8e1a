"""Distortions that leave something out: crop, part."""

# ruff: noqa: ARG002 -- not every distortion draws

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dedupe_distortions.arrays import Pixels
from dedupe_distortions.checks import at_least, within


@dataclass(frozen=True, kw_only=True)
class Crop:
    """A `margin` of the width cut off left and right, and of the height at top and bottom, rounded down to pixels."""

    margin: float = 0.1

    name = "crop"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "margin", 0.001, 0.49)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """The middle of a picture u8 (h,w,3). Raises PictureError where there is no whole pixel to cut off."""
        least = max(3, math.ceil(1 / self.margin))
        at_least(self, image, least, least)
        height, width, _ = image.shape
        top, left = int(height * self.margin), int(width * self.margin)
        return np.ascontiguousarray(image[top : height - top, left : width - left])


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a share `area` of the picture's, with its proportions; where it lies is drawn from rng."""

    area: float = 0.5

    name = "part"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "area", 0.01, 0.99)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A part of a picture u8 (h,w,3). Raises PictureError for one of less than 4 x 4 pixels."""
        at_least(self, image, 4, 4)
        height, width = (max(1, round(side * self.area**0.5)) for side in image.shape[:2])
        top = int(rng.integers(image.shape[0] - height + 1))
        left = int(rng.integers(image.shape[1] - width + 1))
        return np.ascontiguousarray(image[top : top + height, left : left + width])
