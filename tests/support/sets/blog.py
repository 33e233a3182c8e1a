"""What a blog's software keeps of each photo: smaller ones, a square thumbnail, and crops in the shapes of a theme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from kinds.files import opened
from sets.truth import Change, Made, save

THUMBNAIL = 150
"""Pixels a side, whatever the photo has."""


def reduced(share: float, sharpen: int = 0) -> Change:
    def change(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        size = round(share * image.width), round(share * image.height)
        small = image.resize(size, Image.Resampling.LANCZOS)
        return small.filter(ImageFilter.UnsharpMask(1, sharpen, 0)) if sharpen else small

    return change


def cut(ratio: float, share: float, *, anywhere: bool = False) -> Change:
    """The largest part of such a width by height, from the middle or from anywhere, reduced."""

    def change(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        width, height = min(image.width, image.height * ratio), min(image.height, image.width / ratio)
        size = round(share * width), round(share * height)
        place = (float(rng.uniform()), float(rng.uniform())) if anywhere else (0.5, 0.5)
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS, centering=place)

    return change


def thumbnail(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A square from the middle, sharpened as WordPress does it."""
    small = ImageOps.fit(image, (THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return small.filter(ImageFilter.UnsharpMask(1, 50, 0))


SIZES: dict[str, Change] = {
    "large": reduced(1),
    "medium-large": reduced(0.75, 40),
    "medium": reduced(0.3, 60),
    "thumbnail": thumbnail,
    "banner": cut(1200 / 628, 1),
    "wide": cut(2, 0.75, anywhere=True),
    "tall": cut(3 / 4, 0.9, anywhere=True),
    "square": cut(1, 0.8),
}
"""A photo of 500 pixels stands for one of 1,024, so what is made from it has shares of its sides."""


def blog(photos: Sequence[Path], folder: Path, seed: int = 0) -> Iterator[Made]:
    """Each photo as it was uploaded, and all that is made of it, as JPEG of qualities 40 to 90 or as WebP."""
    rng = np.random.default_rng(seed)
    for number, photo in enumerate(photos):
        image, name = opened(photo), f"{number:04}"
        yield Made(save(image, folder / f"{name}.jpg", quality=92), "upload", [photo.name])
        for how, change in SIZES.items():
            suffix, options = _format(rng)
            yield Made(save(change(image, rng), folder / f"{name}-{how}{suffix}", **options), how, [photo.name])


def _format(rng: np.random.Generator) -> tuple[str, dict[str, Any]]:
    quality = int(rng.integers(40, 91))
    return (".webp" if rng.random() < 0.25 else ".jpg"), {"quality": quality}
