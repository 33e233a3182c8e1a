"""Distortions that move pixels on the same canvas: rotate, shear, flips, perspective, swirl."""

# ruff: noqa: ARG002 -- not every distortion draws

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe_distortions.arrays import Floats, Pixels, warped
from dedupe_distortions.checks import at_least, within

_SWIRL_REACH = 5 / math.log(2)
"""scikit-image's `swirl` lets the turn fall off to a thousandth at about the radius: exp(-distance * this / radius)."""


@dataclass(frozen=True, kw_only=True)
class Rotate:
    """Turned counter-clockwise by `degrees` about the centre on the same canvas, black around it, 5 % cut off each side.

    Bilinear, as scikit-image's `transform.rotate`; margins are rounded down. Quarter turns turn the canvas along and lose
    nothing: there the sides change places and no margin is cut.
    """

    degrees: float = 5.0

    name = "rotate"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "degrees", -360, 360)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), turned. Raises PictureError for one of less than 3 x 3 pixels."""
        if self.degrees % 90 == 0:
            return np.ascontiguousarray(np.rot90(image, int(self.degrees // 90)))
        at_least(self, image, 3, 3)
        height, width, _ = image.shape
        middle_x, middle_y = width / 2 - 0.5, height / 2 - 0.5
        cos, sin = math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))

        def source(x: Floats, y: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
            right, down = x - middle_x, y - middle_y
            return cos * right - sin * down + middle_x, sin * right + cos * down + middle_y

        left, top = int(0.05 * width), int(0.05 * height)
        return np.ascontiguousarray(warped(image, source)[top : height - top, left : width - left])


@dataclass(frozen=True, kw_only=True)
class Shear:
    """Sheared by `degrees` (pi/8): pixel (x,y) is taken from (x - y sin s + `right`, y cos s + `down`), black outside.

    That is `warp` by `AffineTransform(shear=pi/8, translation=(20, 10))` of scikit-image before 0.20, whose matrix has
    -sin s and cos s in its second column; today's has a tangent there. Bilinear, same canvas.
    """

    degrees: float = 22.5
    right: float = 20.0
    down: float = 10.0

    name = "shear"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "degrees", -80, 80)
        within(self, "right", 0, 10_000)
        within(self, "down", 0, 10_000)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), sheared. Raises PictureError where the translation would leave nothing of it."""
        at_least(self, image, int(self.right) + 1, int(self.down) + 1)
        angle = math.radians(self.degrees)

        def source(x: Floats, y: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
            return x - math.sin(angle) * y + self.right, math.cos(angle) * y + self.down

        return warped(image, source)


@dataclass(frozen=True, kw_only=True)
class HFlip:
    """Mirrored, left for right."""

    name = "hflip"
    version = "1"

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), mirrored."""
        return np.ascontiguousarray(image[:, ::-1])


@dataclass(frozen=True, kw_only=True)
class VFlip:
    """Mirrored, top for bottom."""

    name = "vflip"
    version = "1"

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), mirrored."""
        return np.ascontiguousarray(image[::-1])


@dataclass(frozen=True, kw_only=True)
class Perspective:
    """Seen at an angle: each corner moves inwards by up to `strength` of each side, drawn from rng; black around it."""

    strength: float = 0.2

    name = "perspective"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "strength", 0.01, 0.45)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3) in perspective. Raises PictureError for one of less than 8 x 8 pixels."""
        at_least(self, image, 8, 8)
        height, width, _ = image.shape
        corners = np.array([(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)], np.float64)
        inwards = np.where(corners > 0, -1, 1) * rng.uniform(0, self.strength, (4, 2)) * (width - 1, height - 1)
        a, b, c, d, e, f, g, h = _homography(corners + inwards, corners)

        def source(x: Floats, y: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
            scale = 1 / (g * x + h * y + 1)
            return (a * x + b * y + c) * scale, (d * x + e * y + f) * scale

        return warped(image, source)


def _homography(seen: NDArray[np.float64], source: NDArray[np.float64]) -> list[float]:
    """The eight numbers a..h with x' = (ax + by + c) / (gx + hy + 1), y' = (dx + ey + f) / (...), from four points each."""
    rows = []
    for (x, y), (u, v) in zip(seen, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    numbers: list[float] = np.linalg.solve(np.array(rows), source.ravel()).tolist()
    return numbers


@dataclass(frozen=True, kw_only=True)
class Swirl:
    """Twirled about the centre by `strength` radians there, falling off to nothing at the radius: half the shorter side.

    Pixel (x,y), at a distance r, is taken from where it lies turned by strength * exp(-r 5 / (radius ln 2)): the formula of
    scikit-image's `transform.swirl`. Bilinear.
    """

    strength: float = 3.0

    name = "swirl"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "strength", -100, 100)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), twirled. Raises PictureError for one of less than 3 x 3 pixels."""
        at_least(self, image, 3, 3)
        height, width, _ = image.shape
        middle_x, middle_y = width / 2 - 0.5, height / 2 - 0.5
        reach = np.float32(_SWIRL_REACH / (min(width, height) / 2))

        def source(x: Floats, y: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
            right, down = x - np.float32(middle_x), y - np.float32(middle_y)
            turn = np.float32(self.strength) * np.exp(-reach * np.hypot(right, down))
            cos, sin = np.cos(turn), np.sin(turn)
            return cos * right - sin * down + middle_x, sin * right + cos * down + middle_y

        return warped(image, source, fill=False)
