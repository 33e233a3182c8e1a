"""What is done to a picture itself: mirrors, crops, filters, stickers."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from kinds.edited import crop


def mirrored(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    return ImageOps.mirror(image)


def mirrored_cut(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    return cut(ImageOps.mirror(image), rng)


def cut(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A window of 60 to 90 % of each side."""
    return crop(float(rng.uniform(0.6, 0.9)))(image, rng)


def tilted(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Turned by a few degrees, and cut so that no corner is empty."""
    degrees = float(rng.uniform(3, 9) * rng.choice((-1, 1)))
    turned = image.rotate(degrees, Image.Resampling.BICUBIC)
    edge = np.sin(np.radians(abs(degrees))) * max(image.size) / 2 / min(image.size)
    return turned.crop(tuple(round(side * share) for share in (edge, 1 - edge) for side in image.size))


def filtered(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Sepia, faded with dark corners, black and white, warm, brighter, or darker, as apps have them."""
    grey = ImageOps.grayscale(image)
    how = int(rng.integers(6))
    if how == 0:
        return ImageOps.colorize(grey, (25, 12, 5), (255, 238, 205), (160, 120, 80))
    if how == 1:
        return _vignette(
            Image.blend(ImageEnhance.Color(image).enhance(0.6), Image.new("RGB", image.size, (190, 150, 110)), 0.25)
        )
    if how == 2:
        return ImageEnhance.Contrast(grey.convert("RGB")).enhance(1.4)
    if how == 3:
        red, green, blue = image.split()
        warm = Image.merge("RGB", (red.point(lambda v: min(255, v * 1.15)), green, blue.point(lambda v: v * 0.8)))
        return ImageEnhance.Color(warm).enhance(1.5)
    bright = ImageEnhance.Brightness(image).enhance(1.45 if how == 4 else 0.6)
    return ImageEnhance.Contrast(bright).enhance(1.2)


def _vignette(image: Image.Image) -> Image.Image:
    y, x = np.ogrid[-1 : 1 : image.height * 1j, -1 : 1 : image.width * 1j]
    light = 1 - 0.35 * np.clip((x * x + y * y) / 2, 0, 1)
    return Image.fromarray((np.asarray(image) * light[:, :, None]).astype(np.uint8))


def stickers(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A few faces, arrows and hearts of strong colours on it."""
    out = image.copy()
    draw, unit = ImageDraw.Draw(out), min(image.size) / 7
    for _ in range(int(rng.integers(2, 5))):
        x, y = (float(rng.uniform(unit, side - unit)) for side in image.size)
        r = unit * float(rng.uniform(0.7, 1.3))
        if rng.random() < 0.5:
            draw.ellipse((x - r, y - r, x + r, y + r), (255, 205, 60), (180, 120, 0), 2)
            for side in (-1, 1):
                draw.ellipse((x + side * r / 3 - r / 8, y - r / 3, x + side * r / 3 + r / 8, y), "black")
            draw.arc((x - r / 2, y - r / 3, x + r / 2, y + r / 1.6), 20, 160, "black", 3)
        else:
            draw.polygon(
                [
                    (x - r, y - r / 4),
                    (x, y - r / 4),
                    (x, y - r / 2),
                    (x + r, y),
                    (x, y + r / 2),
                    (x, y + r / 4),
                    (x - r, y + r / 4),
                ],
                "red",
            )
    return out


def soft(image: Image.Image, radius: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))
