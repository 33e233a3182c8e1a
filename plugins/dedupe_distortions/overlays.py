"""Distortions that put something around or on a picture: border, sticker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe_distortions.arrays import Pixels
from dedupe_distortions.checks import at_least, within
from dedupe_distortions.others import covering, other_photos


@dataclass(frozen=True, kw_only=True)
class Border:
    """A frame of one colour, drawn from rng, around the whole picture: `width` of the shorter side thick."""

    width: float = 0.1

    name = "border"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "width", 0.01, 1)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3) in a frame."""
        thick = max(1, round(self.width * min(image.shape[:2])))
        height, width, _ = image.shape
        framed = np.empty((height + 2 * thick, width + 2 * thick, 3), np.uint8)
        framed[:] = rng.integers(0, 256, 3, np.uint8)
        framed[thick:-thick, thick:-thick] = image
        return framed


@dataclass(frozen=True, kw_only=True)
class Sticker:
    """An ellipse with another photo in it, white around its edge, over a share `area` of the picture.

    It has the picture's proportions; its place and the photo (one of those that the package ships) are drawn from rng.
    """

    area: float = 0.25

    name = "sticker"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "area", 0.01, 0.75)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3) with a sticker on it. Raises PictureError for one of less than 16 x 16 pixels."""
        at_least(self, image, 16, 16)
        height, width = (round(side * (self.area * 4 / np.pi) ** 0.5) for side in image.shape[:2])
        top = int(rng.integers(image.shape[0] - height + 1))
        left = int(rng.integers(image.shape[1] - width + 1))
        (photo,) = other_photos(image, rng, 1)
        y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / (height / 2) - 1
        x = (np.arange(width, dtype=np.float32) + 0.5) / (width / 2) - 1
        radius = np.hypot(x, y)
        stuck = covering(photo, width, height)
        stuck[radius > 0.94] = 255
        out = image.copy()
        np.copyto(out[top : top + height, left : left + width], stuck, where=(radius <= 1)[:, :, None])
        return out
