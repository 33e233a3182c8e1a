"""A photo that ships, encoded in any format and decoded again."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from dedupe import testing
from dedupe.decode import Picture, read_picture

CAP = 100_000_000


def read(data: bytes, rgb: bool = False, full: bool = False, cap: int = CAP) -> Picture:
    return read_picture(data, (), rgb=rgb, full=full, pixel_cap=cap)


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


@cache
def photo(width: int = 0, height: int = 0) -> Image.Image:
    """A photo that ships, in RGB, in its own size or another."""
    with Image.open(testing.photos()[20]) as image:
        rgb = image.convert("RGB")
    return rgb.resize((width, height)) if width else rgb


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """A file with one to three bits of it turned, behind its first two bytes."""
    changed = bytearray(data)
    for at in rng.integers(2, len(data), rng.integers(1, 4)):
        changed[at] ^= 1 << int(rng.integers(8))
    return bytes(changed)
