"""Distortions that make a picture a part of another: paste, collage, screenshot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe_distortions.arrays import Pixels
from dedupe_distortions.checks import at_least, within
from dedupe_distortions.others import covering, other_photos
from dedupe_distortions.scale import resized


@dataclass(frozen=True, kw_only=True)
class Paste:
    """Pasted on another photo at a `width` of that: the canvas has the picture's size and it lies there reduced.

    Its place and the photo (one of those that the package ships) are drawn from rng.
    """

    width: float = 0.4

    name = "paste"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "width", 0.05, 0.95)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """Another photo u8 (h,w,3) with the picture on it. Raises PictureError for one of less than 16 x 16 pixels."""
        at_least(self, image, 16, 16)
        height, width = (round(self.width * side) for side in image.shape[:2])
        (photo,) = other_photos(image, rng, 1)
        out = covering(photo, image.shape[1], image.shape[0])
        top = int(rng.integers(image.shape[0] - height + 1))
        left = int(rng.integers(image.shape[1] - width + 1))
        out[top : top + height, left : left + width] = resized(image, (width, height))
        return out


@dataclass(frozen=True, kw_only=True)
class Collage:
    """Pictures, so many `across` and down, white between them: this one made small, the others of those that the package
    ships.

    Which they are and where it stands are drawn from rng.
    """

    across: int = 2

    name = "collage"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "across", 2, 4)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A collage u8 (h,w,3). Raises PictureError for a picture of less than 16 x 16 pixels."""
        at_least(self, image, 16, 16)
        height, width, _ = image.shape
        gap = max(1, round(0.01 * min(height, width)))
        n = self.across
        high, wide = ((side - (n - 1) * gap) // n for side in (height, width))
        place = int(rng.integers(n * n))
        pictures = [covering(photo, wide, high) for photo in other_photos(image, rng, n * n - 1)]
        pictures.insert(place, resized(image, (wide, high)))
        out = np.full((n * (high + gap) - gap, n * (wide + gap) - gap, 3), 255, np.uint8)
        for number, picture in enumerate(pictures):
            top, left = number // n * (high + gap), number % n * (wide + gap)
            out[top : top + high, left : left + wide] = picture
        return out


@dataclass(frozen=True, kw_only=True)
class Screenshot:
    """As a telephone shows it: a status bar and a title above it, lines of text and a bar of buttons below.

    `scale` makes what is around the picture larger. Dark or light, and how the lines run, is drawn from rng.
    """

    scale: float = 1.0

    name = "screenshot"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "scale", 0.25, 3)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A screen u8 (h',w,3) with the picture on it. Raises PictureError for one of less than 16 x 16 pixels."""
        at_least(self, image, 16, 16)
        height, width, _ = image.shape
        unit = max(2, int(self.scale * (width // 24)))
        paper, ink, faint = (18, 235, 90) if rng.integers(2) else (250, 25, 170)
        out = np.full((height + 11 * unit, width, 3), paper, np.uint8)
        out[4 * unit : 4 * unit + height] = image
        self._head(out, unit, ink, faint, rng)
        self._foot(out[4 * unit + height :], unit, ink, faint, rng)
        return out

    def _head(self, out: Pixels, unit: int, ink: int, faint: int, rng: np.random.Generator) -> None:
        """The time at the left, three signs at the right; below them a round portrait and a name."""
        half = unit // 2
        out[half:unit, unit : 3 * unit] = ink
        for sign in range(3):
            right = out.shape[1] - unit - sign * (unit + half)
            out[half:unit, right - unit : right] = ink
        y, x = np.ogrid[-unit:unit, -unit:unit]
        portrait = out[2 * unit - half : 4 * unit - half, unit : 3 * unit]
        portrait[(x * x + y * y < unit * unit)[: portrait.shape[0]]] = rng.integers(40, 216, 3, np.uint8)
        out[2 * unit : 2 * unit + half, 4 * unit : 4 * unit + int(rng.integers(4, 12)) * unit] = ink
        out[3 * unit : 3 * unit + half // 2 + 1, 4 * unit : 4 * unit + int(rng.integers(3, 8)) * unit] = faint

    def _foot(self, out: Pixels, unit: int, ink: int, faint: int, rng: np.random.Generator) -> None:
        """Four buttons, three lines of text, and the bar at the very bottom."""
        half = max(1, unit // 2)
        for button in range(4):
            left = unit + button * 3 * unit
            out[half : 2 * unit - half, left : left + unit] = ink
        for line in range(3):
            top = 2 * unit + line * unit + half
            out[top : top + half, unit : unit + int(rng.integers(8, 22)) * unit] = faint
        middle = out.shape[1] // 2
        out[-unit : -unit + half, max(0, middle - 4 * unit) : middle + 4 * unit] = ink
