"""Adjusted: tone, colour, sharpness or grain of the whole picture."""

from __future__ import annotations

import numpy as np
from dedupe_distortions.filters import Blur, Noise
from dedupe_distortions.tones import Bright, Dark, Grey, HistEq, Saturation
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from kinds.files import Change, changed, distorted
from kinds.pair import Way

TOLD, SHARPNESS_TOLD = 4, 1.5
"""By how many levels a photo must change in the mean; sharpness shows at edges only."""


def levels(table: np.ndarray) -> Change:
    """One table f64 (256,) for all channels, or one for each (3,256)."""
    whole = np.clip(np.rint(np.broadcast_to(table, (3, 256))), 0, 255).astype(np.uint8)
    return lambda image, rng: image.point(whole.ravel().tolist())


GREYS = np.arange(256.0)


def gamma(value: float) -> Change:
    return levels(255 * (GREYS / 255) ** value)


def balance(red: float, green: float, blue: float) -> Change:
    return levels(np.outer((red, green, blue), GREYS))


def contrast(factor: float) -> Change:
    return levels(128 + (GREYS - 128) * factor)


def fog(amount: float) -> Change:
    """Everything nearer to a light grey."""
    return levels(GREYS * (1 - amount) + 225 * amount)


def curve(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The S that photo programs offer first."""
    return levels(GREYS + 22 * np.sin((GREYS / 255 - 0.5) * 2 * np.pi))(image, rng)


def sepia(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    return ImageOps.colorize(image.convert("L"), (30, 16, 6), (255, 240, 200), mid=(150, 112, 76))


def saturation(factor: float) -> Change:
    return lambda image, rng: ImageEnhance.Color(image).enhance(factor)


def sharpened(percent: int) -> Change:
    return lambda image, rng: image.filter(ImageFilter.UnsharpMask(2, percent, 0))


def grain(deviation: float) -> Change:
    """Noise that all channels share, as film has it."""

    def change(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        noise = rng.normal(0, deviation, (image.height, image.width, 1))
        return Image.fromarray(np.clip(np.rint(np.asarray(image) + noise), 0, 255).astype(np.uint8))

    return change


def vignette(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    x, y = np.meshgrid(np.linspace(-1, 1, image.width), np.linspace(-1, 1, image.height))
    shade = 1 - 0.55 * np.clip((x**2 + y**2) / 2, 0, 1)
    return Image.fromarray(np.rint(np.asarray(image) * shade[..., None]).astype(np.uint8))


TONES: dict[str, Change] = {
    "brighter": levels(GREYS * 1.3),
    "brighter by 30": levels(GREYS + 30),
    "much brighter": distorted(Bright()),
    "darker": levels(GREYS * 0.7),
    "much darker": distorted(Dark()),
    "gamma 0.75": gamma(0.75),
    "gamma 1.35": gamma(1.35),
    "more contrast": contrast(1.35),
    "less contrast": contrast(0.65),
    "S curve": curve,
    "automatic contrast": lambda image, rng: ImageOps.autocontrast(image, 2),
    "equalised": distorted(HistEq()),
    "more colour": saturation(1.7),
    "far more colour": distorted(Saturation()),
    "less colour": saturation(0.4),
    "grey": distorted(Grey()),
    "sepia": sepia,
    "warmer": balance(1.12, 1, 0.85),
    "colder": balance(0.86, 0.98, 1.14),
    "fog": fog(0.45),
    "thick fog": fog(0.75),
}
SHARPNESS: dict[str, Change] = {
    "blur 1.5": distorted(Blur(sigma=1.5)),
    "blur 2": distorted(Blur(sigma=2)),
    "sharpened": sharpened(150),
    "much sharpened": sharpened(300),
    "grain 12": grain(12),
    "noise 10": distorted(Noise(variance=(10 / 255) ** 2)),
    "noise 20": distorted(Noise(variance=(20 / 255) ** 2)),
}
"""Where only sharpness or grain change, and so little that a resize or a codec might have done it, either is right."""

THIN: dict[str, Change] = {
    "blur 1": distorted(Blur(sigma=1)),
    "noise 5": distorted(Noise(variance=(5 / 255) ** 2)),
}

WAYS = (
    *(Way(how, "adjusted", changed(change, least=TOLD)) for how, change in TONES.items()),
    *(Way(how, "adjusted", changed(change, least=SHARPNESS_TOLD)) for how, change in SHARPNESS.items()),
    *(Way(how, "adjusted", changed(change, least=SHARPNESS_TOLD), ("re-encoded",)) for how, change in THIN.items()),
    Way("vignette", "adjusted", changed(vignette, least=TOLD), ("edited",)),
)
