"""Distortions of brightness and colour; each pixel counts by itself."""

# ruff: noqa: ARG002 -- not every distortion draws

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dedupe import UsageError
from dedupe_distortions.arrays import Floats, Pixels, from_image, rounded, to_image
from dedupe_distortions.checks import within

_LEVELS = np.arange(256, dtype=np.float64) / 255


def gamma_curve(gamma: float) -> Pixels:
    """u8 (256,): c to 255 (c/255)^gamma, rounded."""
    return np.rint(255 * _LEVELS**gamma).astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class Bright:
    """Gamma correction, c to 255 (c/255)^`gamma`, with a gamma below 1: brighter."""

    gamma: float = 0.4

    name = "bright"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "gamma", 0.01, 100)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), its levels put through the curve."""
        return gamma_curve(self.gamma).take(image)


@dataclass(frozen=True, kw_only=True)
class Dark(Bright):
    """Gamma correction, c to 255 (c/255)^`gamma`, with a gamma above 1: darker."""

    gamma: float = 2.2

    name = "dark"


@dataclass(frozen=True, kw_only=True)
class HistEq:
    """Histogram equalisation over all three channels at once: c to 255 times the share of values that are at most c.

    So does scikit-image's `exposure.equalize_hist` of a picture in colour.
    """

    name = "histeq"
    version = "1"

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), equalised."""
        share = np.cumsum(np.bincount(image.ravel(), minlength=256)) / image.size
        return np.rint(255 * share).astype(np.uint8).take(image)


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """c to 128 + f (c - 128) with f = 259 (level + 255) / (255 (259 - level)), then noise of a `variance`, clipped.

    The noise is Gaussian, on the scale [0,1], on each value by itself. A `level` of 0 changes nothing, one above 259
    inverts (which is what the published code of the seed document does with its 300).
    """

    level: float = 200
    variance: float = 0.0

    name = "contrast"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "level", -255, 1000)
        within(self, "variance", 0, 1)
        if math.isclose(self.level, 259):
            raise UsageError("contrast:level=259 has no finite contrast; take another level, such as 200.")

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3) of higher contrast."""
        curve = 128 + self.factor * (255 * _LEVELS - 128)
        if not self.variance:
            return rounded(curve.astype(np.float32)).take(image)
        grain: Floats = rng.standard_normal(image.shape, np.float32)
        grain *= np.float32(255 * self.variance**0.5)
        grain += np.clip(curve, 0, 255).astype(np.float32).take(image)
        return rounded(grain)

    @property
    def factor(self) -> float:
        """By how much values move away from the middle."""
        return 259 * (self.level + 255) / (255 * (259 - self.level))


@dataclass(frozen=True, kw_only=True)
class Grey:
    """Luma as Pillow's `convert("L")` has it (ITU-R 601), on all three channels; `amount` of it, the rest as it was."""

    amount: float = 1.0

    name = "grey"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "amount", 0, 1)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), grey."""
        from PIL import Image

        grey = to_image(image).convert("L")
        if self.amount == 1:
            return from_image(grey)
        return from_image(Image.blend(to_image(image), grey.convert("RGB"), self.amount))


@dataclass(frozen=True, kw_only=True)
class Saturation:
    """Colours `factor` times as far from their luma (Pillow's `ImageEnhance.Color`): 0 is grey, 1 changes nothing."""

    factor: float = 2.5

    name = "saturation"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "factor", 0, 100)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3) in stronger colours."""
        from PIL import ImageEnhance

        return from_image(ImageEnhance.Color(to_image(image)).enhance(self.factor))
