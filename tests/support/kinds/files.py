"""Photos from files and to files, as the ways that pairs are made share it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from dedupe import Distortion
from kinds.pair import Make

Change = Callable[[Image.Image, np.random.Generator], Image.Image]


def suits(photo: Path, least: int = 240) -> bool:
    """Whether a file is plain enough that nothing but what is done to it can make a difference: upright RGB, no profile."""
    with Image.open(photo) as image:
        plain = image.mode == "RGB" and image.getexif().get(0x0112, 1) == 1 and "icc_profile" not in image.info
        return plain and min(image.size) >= least


def opened(photo: Path) -> Image.Image:
    """A photo, upright, in RGB."""
    with Image.open(photo) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def save(image: Image.Image, stem: Path, suffix: str, **options: Any) -> Path:
    """Writes a picture to the stem's name with a suffix."""
    path = stem.with_name(stem.name + suffix)
    image.save(path, **options)
    return path


def saved_somehow(image: Image.Image, stem: Path, rng: np.random.Generator) -> Path:
    """Writes a picture as people keep one that they worked on: in good quality."""
    suffix, options = SAVES[int(rng.integers(len(SAVES)))]
    return save(image, stem, suffix, **options)


SAVES: tuple[tuple[str, dict[str, Any]], ...] = (
    (".png", {}),
    (".jpg", {"quality": 92}),
    (".jpg", {"quality": 85}),
    (".webp", {"quality": 90}),
)


def sent_on(image: Image.Image, stem: Path, rng: np.random.Generator) -> Path:
    """Writes a picture as a messenger passes it on: smaller, or in poor quality."""
    if rng.random() < 0.5 and min(image.size) >= 240:
        smaller = image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
        return save(smaller, stem, ".jpg", quality=80)
    return save(image, stem, ".jpg", quality=60)


def distorted(distortion: Distortion) -> Change:
    """A distortion of the plugin as a change of Pillow's pictures."""
    return lambda image, rng: Image.fromarray(distortion.apply(np.array(image), rng))


def told(photo: Image.Image, changed: Image.Image, least: float) -> bool:
    """Whether pixels differ by at least so many of 255 levels in the mean, so that somebody could tell."""
    return float(np.abs(np.asarray(photo, np.float32) - np.asarray(changed, np.float32)).mean()) >= least


def changed(change: Change, *, least: float = 0, last: Callable[..., Path] = saved_somehow) -> Make:
    """Makes a photo and a changed one. A photo won't do on which pixels change by less than `least` levels in the mean."""

    def make(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path] | None:
        before = opened(photo)
        after = change(before, rng)
        seen = before.size != after.size or told(before, after, least)
        return (photo, last(after, stem, rng)) if seen else None

    return make
