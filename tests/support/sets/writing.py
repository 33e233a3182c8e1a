"""Pictures with words: memes, captions, quotes, watermarks."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SENTENCE = "when you have only one job and nobody told the cat about it so here we are again on a monday"
NARROW = 0.75
"""Impact is about so much narrower than the font at hand."""


def words(rng: np.random.Generator, low: int, high: int) -> str:
    every = SENTENCE.split()
    start = int(rng.integers(len(every)))
    return " ".join((every * 2)[start : start + int(rng.integers(low, high + 1))])


def lines(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> list[str]:
    """The text in lines of at most such a width."""
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if font.getlength(longer) > width and found[-1]:
            found.append(word)
        else:
            found[-1] = longer
    return found


def written(size: tuple[int, int], text: str, height: int, fill: object, outline: int = 0) -> Image.Image:
    """Lines of text, letters so high, in the middle of a clear picture of such a width, narrow as Impact is."""
    font = ImageFont.load_default(height)
    wide = round(size[0] / NARROW)
    said = lines(text, font, wide * 0.92)
    image = Image.new("RGBA", (wide, round(len(said) * height * 1.2) + 2 * outline))
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(said):
        at = wide / 2, outline + number * height * 1.2
        draw.text(at, line, fill, font, "ma", stroke_width=outline, stroke_fill="black")
    return image.resize((size[0], image.height), Image.Resampling.LANCZOS)


def meme(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """White letters with black outlines at the top, the bottom, or both."""
    out, height = image.copy(), round(image.height * rng.uniform(0.09, 0.14))
    where = int(rng.integers(3))
    for place in ((0,), (1,), (0, 1))[where]:
        said = written(image.size, words(rng, 3, 8).upper(), height, "white", max(2, height // 12))
        top = round(0.02 * image.height)
        out.paste(said, (0, image.height - said.height - top if place else top), said)
    return out


def bar_above(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Black words on a white bar above the picture."""
    height = round(image.height * rng.uniform(0.06, 0.09))
    said = written(image.size, words(rng, 8, 16), height, "black")
    out = Image.new("RGB", (image.width, image.height + said.height + height), "white")
    out.paste(said, (0, height // 2), said)
    out.paste(image, (0, said.height + height))
    return out


def quote(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Words in the middle of the darkened picture."""
    out = Image.blend(image, Image.new("RGB", image.size), float(rng.uniform(0.3, 0.55)))
    said = written(image.size, f"“{words(rng, 10, 18)}”", round(image.height * 0.09), "white")
    out.paste(said, (0, (image.height - said.height) // 2), said)
    return out


def watermark(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A name across the picture again and again, or once, so that the picture is seen through it."""
    name, veil = "stockphotos.example", Image.new("RGBA", image.size, (255, 255, 255, 0))
    draw, height = ImageDraw.Draw(veil), round(image.height * 0.08)
    once = rng.random() < 0.4
    for row in range(1 if once else 5):
        font = ImageFont.load_default(height * 2 if once else height)
        at = image.width / 2 + (0 if once else (row % 2 - 0.5) * 80), (row + 0.5) * image.height / (1 if once else 5)
        draw.text(at, name, (255, 255, 255, int(rng.integers(90, 170))), font, "mm")
    veil = veil.rotate(float(rng.uniform(10, 35)), Image.Resampling.BICUBIC)
    out = image.copy()
    out.paste(veil, (0, 0), veil)
    return out
