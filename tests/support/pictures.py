"""A photo that ships, encoded in any format and decoded again."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from dedupe import testing
from dedupe.decode import Picture, read_picture

CAP = 100_000_000


def read(data: bytes, rgb: bool = False, full: bool = False, cap: int = CAP) -> Picture:
    return read_picture(data, (), rgb=rgb, full=full, pixel_cap=cap)


def encoded(image: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


@cache
def photo(width: int = 0, height: int = 0) -> Image.Image:
    """A photo that ships, in RGB, in its own size or another."""
    with Image.open(testing.photos()[20]) as image:
        rgb = image.convert("RGB")
    return rgb.resize((width, height)) if width else rgb


def lamps(number: int) -> Image.Image:
    """A photo of a dark night with a few lamps, and grain."""
    rng = np.random.default_rng(number)
    image = Image.new("RGB", (640, 480), (4, 4, 8))
    for x, y, r in zip(*(rng.integers(low, high, 5) for low, high in ((0, 640), (120, 400), (4, 9))), strict=True):
        ImageDraw.Draw(image).ellipse((x - r, y - r, x + r, y + r), fill=(255, 220, 150))
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(3)))
    return Image.fromarray(np.clip(soft + rng.normal(0, 5, soft.shape), 0, 255).astype(np.uint8))


def sky(number: int) -> Image.Image:
    """A plain sky over a flat horizon, with grain."""
    rng = np.random.default_rng(number)
    top, low, ground = rng.integers(20, 256, (3, 3))
    down = np.linspace(0, 1, 300)[:, None, None]
    ramp = np.where(down < 0.6, top + (low - top) * down / 0.6, ground) + rng.normal(0, 2, (300, 450, 3))
    return Image.fromarray(np.clip(ramp, 0, 255).astype(np.uint8))


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """A file with one to three bits of it turned, behind its first two bytes."""
    changed = bytearray(data)
    for at in rng.integers(2, len(data), rng.integers(1, 4)):
        changed[at] ^= 1 << int(rng.integers(8))
    return bytes(changed)
