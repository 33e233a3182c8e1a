"""Other photos, for distortions that put one beside, behind or on a picture: some of those that the package ships."""

from __future__ import annotations

from functools import cache

import numpy as np

from dedupe.distort.arrays import Pixels, from_image, to_image
from dedupe.distort.saving import opened

EVERY = 8
"""One in so many of the shipped photos serves, by name."""

ALIKE = 8.0
"""Two photos whose miniatures differ by less than so many grey levels in the mean show the same."""


@cache
def names() -> tuple[str, ...]:
    """The file names of the shipped photos that distortions use; who evaluates on the shipped ones leaves these out."""
    from importlib.resources import files

    every = (file.name for file in (files("dedupe") / "testing" / "photos").iterdir() if file.name.endswith(".jpg"))
    return tuple(sorted(every)[::EVERY])


@cache
def _photo(name: str) -> Pixels:
    from importlib.resources import files

    photo = opened((files("dedupe") / "testing" / "photos" / name).read_bytes())
    photo.flags.writeable = False
    return photo


@cache
def _miniature_of(name: str) -> Pixels:
    return _miniature(_photo(name))


def _miniature(image: Pixels) -> Pixels:
    """16 x 16 means, u8 (16,16,3)."""
    from PIL import Image

    small = to_image(image).resize((16, 16), Image.Resampling.BOX, reducing_gap=2.0)
    return from_image(small)


def other_photos(image: Pixels, rng: np.random.Generator, count: int) -> list[Pixels]:
    """So many different photos u8 (h,w,3), drawn from rng, none of which shows the picture itself. They are read-only."""
    own = _miniature(image).astype(np.float32)
    order = [names()[i] for i in rng.permutation(len(names()))]
    unlike = [name for name in order if np.abs(own - _miniature_of(name)).mean() > ALIKE]
    return [_photo(name) for name in unlike[:count]]


def covering(photo: Pixels, width: int, height: int) -> Pixels:
    """The middle of a photo, brought to a size so that it fills it whole, its proportions kept; by Pillow's BICUBIC."""
    from PIL import Image

    high, wide, _ = photo.shape
    scale = max(width / wide, height / high)
    left, top = (wide - width / scale) / 2, (high - height / scale) / 2
    box = (max(left, 0.0), max(top, 0.0), min(wide - left, wide), min(high - top, high))
    return from_image(to_image(photo).resize((width, height), Image.Resampling.BICUBIC, box))
