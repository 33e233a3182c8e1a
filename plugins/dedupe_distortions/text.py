"""Distortions that write on a picture: occlude, caption."""

# ruff: noqa: ARG002 -- not every distortion draws

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dedupe import DedupeError
from dedupe_distortions.arrays import Pixels, from_image, to_image
from dedupe_distortions.checks import at_least, within

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

LONGEST = 300
"""No more characters of a name are drawn; no picture is so wide."""

_YELLOW, _WHITE, _BLACK = (255, 255, 0), (255, 255, 255), (0, 0, 0)
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvw", "aeiou"


def font(size: int) -> FreeTypeFont:
    """Pillow's built-in sans-serif font, Aileron, at `size` pixels. Raises DedupeError for a Pillow without FreeType."""
    from PIL import ImageFont

    try:
        found = ImageFont.load_default(size=size)
    except (ImportError, OSError):
        found = None
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise DedupeError(
            "Text needs a Pillow with FreeType; the wheels of Pillow have it: pip install --upgrade pillow."
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Occlude:
    """The picture's file name in yellow (255,255,0), `size` pixels high, its upper left corner at 10 % / 75 % of the sides.

    The seed document has DejaVu Sans of "60 pt", which Pillow takes for pixels; here it is Pillow's own sans-serif font,
    Aileron, of 60 pixels. The host fills in `text` by `named` for each picture; without one "picture.jpg" is drawn.
    """

    text: str = ""
    size: int = 60

    name = "occlude"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "size", 1, 1000)

    def named(self, name: str) -> Occlude:
        """The same with a picture's file name as its text, unless it has one."""
        return self if self.text else replace(self, text=name)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3) with the text on it."""
        from PIL import ImageDraw

        shown = "".join(c if c.isprintable() else "?" for c in (self.text or "picture.jpg")[:LONGEST])
        canvas = to_image(image)
        place = int(0.10 * image.shape[1]), int(0.75 * image.shape[0])
        ImageDraw.Draw(canvas).text(place, shown, fill=_YELLOW, font=font(self.size))
        return from_image(canvas)


@dataclass(frozen=True, kw_only=True)
class Caption:
    """Lines of large white text with black outlines over a share `area` of the picture, as on a meme.

    They cross its whole width; their words and where they lie are drawn from rng.
    """

    area: float = 0.3

    name = "caption"
    version = "1"

    def __post_init__(self) -> None:
        within(self, "area", 0.05, 1)

    def apply(self, image: Pixels, rng: np.random.Generator) -> Pixels:
        """A picture u8 (h,w,3) with text on it. Raises PictureError for one of less than 16 x 16 pixels."""
        from PIL import ImageDraw

        at_least(self, image, 16, 16)
        height, width, _ = image.shape
        block = round(self.area * height)
        lines = max(1, round(block / max(10.0, 0.11 * (width * height) ** 0.5)))
        step = block / lines
        letters = font(max(6, round(0.8 * step)))
        top = int(rng.integers(height - block + 1))
        canvas = to_image(image)
        draw = ImageDraw.Draw(canvas)
        outline = max(1, round(step / 16))
        for line in range(lines):
            words = _words(rng, width, letters)
            place = width / 2, top + (line + 0.5) * step
            draw.text(place, words, _WHITE, letters, "mm", stroke_width=outline, stroke_fill=_BLACK)
        return from_image(canvas)


def _words(rng: np.random.Generator, width: int, letters: FreeTypeFont) -> str:
    """Made-up words that fill a width in pixels."""
    text = ""
    while letters.getlength(text) < width:
        syllables = rng.integers(1, 4)
        word = "".join(_CONSONANTS[rng.integers(17)] + _VOWELS[rng.integers(5)] for _ in range(syllables))
        text = f"{text} {word}".strip().upper()
    return text
