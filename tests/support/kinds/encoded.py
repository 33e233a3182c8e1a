"""Re-encoded: another size, codec or quality, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, features

from kinds.files import opened, save
from kinds.pair import Make, Way

MOST = 2400
"""No picture is enlarged to more pixels than this on its longer side."""

FILTERS = ("NEAREST", "BOX", "BILINEAR", "HAMMING", "BICUBIC", "LANCZOS")

Write = Callable[[Image.Image, Path], Path]


def photo_and(write: Write) -> Make:
    """Makes a photo and what is written of it."""

    def make(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
        return photo, write(opened(photo), stem)

    return make


def coded(suffix: str, **options: Any) -> Write:
    return lambda image, stem: save(image, stem, suffix, **options)


def resized(factor: float, name: str = "LANCZOS", suffix: str = ".jpg", **options: Any) -> Write:
    def write(image: Image.Image, stem: Path) -> Path:
        by = min(factor, MOST / max(image.size))
        size = max(1, round(image.width * by)), max(1, round(image.height * by))
        return save(image.resize(size, Image.Resampling[name]), stem, suffix, **options)

    return write


def thumbnail(side: int) -> Write:
    def write(image: Image.Image, stem: Path) -> Path:
        return resized(min(1, side / max(image.size)), quality=80)(image, stem)

    return write


def passed(image: Image.Image, suffix: str, **options: Any) -> Image.Image:
    """A picture saved in memory and read again."""
    data = io.BytesIO()
    image.save(data, Image.registered_extensions()[suffix], **options)
    return Image.open(data).convert("RGB")


def png_of(quality: int) -> Write:
    return lambda image, stem: save(passed(image, ".jpg", quality=quality), stem, ".png")


def twice(first: int, factor: float) -> Write:
    return lambda image, stem: resized(factor, "BICUBIC", ".webp", quality=75)(
        passed(image, ".jpg", quality=first), stem
    )


jpeg = partial(coded, ".jpg")
WRITES: dict[str, Write] = {
    **{f"JPEG {quality}": jpeg(quality=quality) for quality in (10, 20, 30, 40, 50, 60, 70, 80, 90, 95)},
    "JPEG 75, all of the colours": jpeg(quality=75, subsampling=0),
    "JPEG 75, half of the colours": jpeg(quality=75, subsampling=1),
    "JPEG 75, progressive": jpeg(quality=75, progressive=True),
    **{f"WebP {quality}": coded(".webp", quality=quality) for quality in (30, 80)},
    **({"AVIF 50": coded(".avif", quality=50, speed=10)} if features.check("avif") else {}),
    "half": resized(0.5, quality=90),
    "half, PNG": resized(0.5, suffix=".png"),
    "three quarters": resized(0.75, quality=85),
    "a quarter": resized(0.25, quality=85),
    "an odd size": resized(0.61, "BICUBIC", quality=88),
    **{f"60 %, {name.lower()}": resized(0.6, name, quality=90) for name in FILTERS[1:]},
    "thumbnail of 200": thumbnail(200),
    "thumbnail of 128": thumbnail(128),
    "enlarged 1.5": resized(1.5, "BICUBIC", quality=85),
    "enlarged 2": resized(2, quality=85),
    "enlarged 3": resized(3, "BILINEAR", quality=80),
    "PNG of JPEG 50": png_of(50),
    "JPEG 60, then WebP 75": twice(60, 1),
    "JPEG 70, then half": twice(70, 0.5),
}

WAYS = tuple(Way(how, "re-encoded", photo_and(write)) for how, write in WRITES.items())
