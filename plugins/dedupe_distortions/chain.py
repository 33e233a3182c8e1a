"""A distortion made of several others, as pictures meet them on their way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dedupe_distortions.arrays import Pixels
from dedupe_distortions.checks import within
from dedupe_distortions.crops import Part
from dedupe_distortions.filters import Blur, Compress, Noise
from dedupe_distortions.geometry import Perspective, Rotate
from dedupe_distortions.overlays import Border, Sticker
from dedupe_distortions.scale import Aspect, Downscale
from dedupe_distortions.text import Caption
from dedupe_distortions.tones import Bright, Dark, Grey, Saturation

if TYPE_CHECKING:
    from dedupe import Distortion

LINKS: tuple[Callable[[], Distortion], ...] = (
    Blur,
    Noise,
    lambda: Compress(quality=20),
    Rotate,
    lambda: Part(area=0.7),
    lambda: Downscale(factor=0.5),
    lambda: Aspect(factor=1.2),
    lambda: Perspective(strength=0.1),
    Bright,
    Dark,
    Grey,
    Saturation,
    lambda: Border(width=0.05),
    lambda: Caption(area=0.15),
    lambda: Sticker(area=0.1),
)
"""What a chain draws from: milder than where they stand alone."""


@dataclass(frozen=True, kw_only=True)
class Chain:
    """So many `steps` one after the other, different ones, drawn from rng among fifteen mild distortions."""

    steps: int = 3

    name = "chain"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "steps", 1, len(LINKS))

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3), distorted several times. Raises PictureError where it is too small for one of them."""
        for link in rng.permutation(len(LINKS))[: self.steps]:
            image = LINKS[link]().apply(image, rng)
        return image
