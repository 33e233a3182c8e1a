"""Distortions of sharpness and grain: blur, noise, JPEG, crystallise."""

# ruff: noqa: ARG002 -- not every distortion draws

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe_distortions.arrays import Floats, Pixels, gaussian, rounded
from dedupe_distortions.checks import within
from dedupe_distortions.codec import jpeg, opened

_JITTER = 0.328
"""How far, in cells, a site may lie from its square's middle along each axis. Up to sqrt 8 - 2.5 the nearest site of every
pixel is in its own square or in one of the eight around it."""


@dataclass(frozen=True, kw_only=True)
class Blur:
    """A Gaussian of `sigma` pixels, cut off at 4 sigma, edges repeated; as scikit-image's `filters.gaussian` does it."""

    sigma: float = 1.25

    name = "blur"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "sigma", 0, 100)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), blurred."""
        return rounded(gaussian(image, self.sigma))


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Gaussian noise of mean 0 and a `variance` on the scale [0,1], on each value by itself, clipped."""

    variance: float = 0.005

    name = "noise"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "variance", 0, 1)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), noisy."""
        grain = rng.standard_normal(image.shape, np.float32)
        grain *= np.float32(255 * self.variance**0.5)
        grain += image
        return rounded(grain)


@dataclass(frozen=True, kw_only=True)
class Compress:
    """JPEG of a `quality` from 1 to 100, colours at half the resolution, as Pillow saves and reads it."""

    quality: int = 35

    name = "compress"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "quality", 1, 100)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), saved and read again. Raises PictureError for more than 65,500 pixels a side."""
        return opened(jpeg(image, self.quality))


@dataclass(frozen=True, kw_only=True)
class Crystallise:
    """Voronoi cells of about `cell` pixels, each in its mean colour: the look of Photoshop's filter Crystallize.

    There is one site in each square of a grid, drawn from the middle two thirds of its square.
    """

    cell: int = 10

    name = "crystallise"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "cell", 2, 1000)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3) in cells."""
        height, width, _ = image.shape
        rows, columns = -(-height // self.cell), -(-width // self.cell)
        places = rng.uniform(0.5 - _JITTER, 0.5 + _JITTER, (2, rows + 2, columns + 2))  # with a ring of squares around
        sites = ((places + np.mgrid[-1 : rows + 1, -1 : columns + 1]) * self.cell).astype(np.float32)
        nearest = _nearest(sites, self.cell)[:height, :width].ravel()
        size = (rows + 2) * (columns + 2)
        count = np.maximum(np.bincount(nearest, minlength=size), 1)
        sums = [np.bincount(nearest, image[:, :, channel].ravel(), size) for channel in range(3)]
        return rounded(np.stack(sums, axis=1) / count[:, None]).take(nearest, axis=0).reshape(image.shape)


def _nearest(sites: Floats, cell: int) -> NDArray[np.int32]:
    """The index (rows*cell,columns*cell) of each pixel's nearest site; sites f32 (2,rows+2,columns+2), y and x, one a square."""
    rows, columns = sites.shape[1] - 2, sites.shape[2] - 2
    numbers = np.arange(sites[0].size, dtype=np.int32).reshape(sites[0].shape)
    y = np.arange(rows * cell, dtype=np.float32).reshape(rows, cell, 1) + np.float32(0.5)
    x = np.arange(columns * cell, dtype=np.float32).reshape(columns, cell) + np.float32(0.5)
    best = np.full((rows, cell, columns * cell), np.inf, np.float32)
    index = np.zeros(best.shape, np.int32)
    for down in range(3):
        for right in range(3):
            around = slice(down, down + rows), slice(right, right + columns)
            across = ((sites[1][around][:, :, None] - x) ** 2).reshape(rows, 1, -1)
            distance = np.repeat((sites[0][around][:, None, :] - y) ** 2, cell, axis=2)
            distance += across
            nearer = distance < best
            np.minimum(best, distance, out=best)
            np.copyto(index, np.repeat(numbers[around], cell, axis=1)[:, None, :], where=nearer)
    return index.reshape(rows * cell, columns * cell)
