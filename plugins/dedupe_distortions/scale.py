"""Distortions of size: decimate, upscale, downscale, resize, aspect."""

# ruff: noqa: ARG002 -- not every distortion draws

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe import PictureError
from dedupe_distortions.arrays import BAND, Floats, Pixels, from_image, gaussian, rounded, to_image
from dedupe_distortions.checks import at_least, within


@dataclass(frozen=True, kw_only=True)
class Decimate:
    """The mean of each 2x2 block, then the least and greatest value of all channels stretched to 0 and 255.

    An odd side is filled up with black first, as scikit-image's `downscale_local_mean` does. What has one value only stays.
    """

    name = "decimate"
    version = "1"

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3) of half the size, rounded up. Raises PictureError for one of less than 2 x 2 pixels."""
        at_least(self, image, 2, 2)
        height, width, _ = image.shape
        even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)))
        rows = even[::2].astype(np.uint16) + even[1::2]
        sums = (rows[:, ::2] + rows[:, 1::2]).astype(np.float32)
        low, high = float(np.min(sums)), float(np.max(sums))
        return rounded((sums - low) * np.float32(255 / (high - low))) if high > low else rounded(sums / 4)


@dataclass(frozen=True, kw_only=True)
class Upscale:
    """`factor` times as wide and high: blurred by a Gaussian of sigma 1 pixel, then read bilinearly between the pixels.

    Sides are rounded, halves to the even number. scikit-image's `rescale(anti_aliasing_sigma=1.0)` blurs across the colour
    channels too, which looks like a slip; here each channel stays by itself.
    """

    factor: float = 1.3

    name = "upscale"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "factor", 1, 10)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), larger."""
        return rescaled(self, image, self.factor)


@dataclass(frozen=True, kw_only=True)
class Downscale:
    """`factor` times as wide and high, with a factor below 1; blurred and read as `upscale` does."""

    factor: float = 0.7

    name = "downscale"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "factor", 0.01, 1)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), smaller. Raises PictureError where a side would round to nothing."""
        return rescaled(self, image, self.factor)


def rescaled(who: Upscale | Downscale, image: Pixels, factor: float) -> Pixels:
    """Blurred by sigma 1, then brought to round(factor * side) by bilinear interpolation; mirrored at its outermost pixels."""
    height, width = (round(factor * side) for side in image.shape[:2])
    if not (height and width):
        size = f"{image.shape[1]} x {image.shape[0]}"
        raise PictureError("too_small", f"{who.name} would leave nothing of its {size} pixels.")
    blurred = gaussian(image, 1.0, "reflect").reshape(len(image), -1)
    first, weight = _places(image.shape[1], width)
    columns, weights = (3 * first[:, None] + np.arange(3)).ravel(), np.repeat(weight, 3)
    wide = np.empty((len(image), 3 * width), np.float32)
    for part in _bands(len(image), width):
        wide[part] = _between(blurred[part], columns, 3, weights, 1)
    first, weight = _places(image.shape[0], height)
    out = np.empty((height, 3 * width), np.uint8)
    for part in _bands(height, width):
        out[part] = rounded(_between(wide, first[part], 1, weight[part, None], 0))
    return out.reshape(height, width, 3)


def _bands(height: int, width: int) -> Iterator[slice]:
    """The rows of a picture, some at a time."""
    rows = max(1, BAND // width)
    yield from (slice(top, top + rows) for top in range(0, height, rows))


def _places(n: int, size: int) -> tuple[NDArray[np.intp], Floats]:
    """Where pixel i of `size` is read among n, at (i + 0.5) n / size - 0.5: the pixel before, and the weight of the next."""
    at = np.abs((np.arange(size) + 0.5) * (n / size) - 0.5)
    at = np.clip(np.minimum(at, 2 * (n - 1) - at), 0, n - 1)
    first = np.minimum(at.astype(np.intp), max(n - 2, 0))
    return first, (at - first).astype(np.float32)


def _between(values: Floats, first: NDArray[np.intp], step: int, weight: Floats, axis: int) -> Floats:
    """Values f32 (n,m) read along an axis between `first` and what comes a step after it."""
    low: Floats = values.take(first, axis)
    high = values.take(np.minimum(first + step, values.shape[axis] - 1), axis)
    high -= low
    high *= weight
    low += high
    return low


@dataclass(frozen=True, kw_only=True)
class Resize:
    """`factor` times as wide and high by Pillow's LANCZOS, as programs make previews."""

    factor: float = 0.2

    name = "resize"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "factor", 0.01, 10)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), resized. Raises PictureError where a side would round to nothing."""
        height, width = (round(self.factor * side) for side in image.shape[:2])
        if not (height and width):
            least = int(0.5 / self.factor) + 1
            at_least(self, image, least, least)
        return resized(image, (width, height))


@dataclass(frozen=True, kw_only=True)
class Aspect:
    """`factor` times as wide, the height kept, by Pillow's LANCZOS."""

    factor: float = 1.4

    name = "aspect"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "factor", 0.1, 10)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), stretched."""
        return resized(image, (max(1, round(self.factor * image.shape[1])), image.shape[0]))


def resized(image: Pixels, size: tuple[int, int]) -> Pixels:
    """A picture u8 (h,w,3) brought to a size (w,h) by Pillow's LANCZOS."""
    from PIL import Image

    return from_image(to_image(image).resize(size, Image.Resampling.LANCZOS))
