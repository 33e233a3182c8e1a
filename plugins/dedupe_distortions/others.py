"""Other photos, for distortions that put one beside, behind or on a picture: some of those that the package ships."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from dedupe_distortions.arrays import Pixels, from_image, to_image
from dedupe_distortions.codec import opened

ALIKE = 8.0
"""Two photos whose miniatures differ by less than so many grey levels in the mean show the same."""


@cache
def _others() -> list[Path]:
    from dedupe.testing import other_photos

    return other_photos()


@cache
def _photo(path: Path) -> Pixels:
    photo = opened(path.read_bytes())
    photo.flags.writeable = False
    return photo


@cache
def _miniature_of(path: Path) -> Pixels:
    return _miniature(_photo(path))


def _miniature(image: Pixels) -> Pixels:
    """16 x 16 means, u8 (16,16,3)."""
    from PIL import Image

    small = to_image(image).resize((16, 16), Image.Resampling.BOX, reducing_gap=2.0)
    return from_image(small)


def other_photos(image: Pixels, rng: np.random.Generator, count: int) -> list[Pixels]:
    """So many different photos u8 (h,w,3), drawn from rng, none of which shows the picture itself. They are read-only."""
    own = _miniature(image).astype(np.float32)
    every = _others()
    order = [every[i] for i in rng.permutation(len(every))]
    unlike = [path for path in order if np.abs(own - _miniature_of(path)).mean() > ALIKE]
    return [_photo(path) for path in unlike[:count]]


def covering(photo: Pixels, width: int, height: int) -> Pixels:
    """The middle of a photo, brought to a size so that it fills it whole, its proportions kept; by Pillow's BICUBIC."""
    from PIL import Image

    high, wide, _ = photo.shape
    scale = max(width / wide, height / high)
    left, top = (wide - width / scale) / 2, (high - height / scale) / 2
    box = (max(left, 0.0), max(top, 0.0), min(wide - left, wide), min(high - top, high))
    return from_image(to_image(photo).resize((width, height), Image.Resampling.BICUBIC, box))
