"""Pictures with something around them: borders, posters, screens, slides, collages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from sets.edits import soft
from sets.writing import lines, words


def border(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A thin frame of one colour, bars, or that of an instant photo."""
    how, edge = int(rng.integers(3)), round(min(image.size) * rng.uniform(0.03, 0.1))
    if how == 0:
        return ImageOps.expand(image, edge, tuple(int(v) for v in rng.integers(0, 256, 3)))
    if how == 1:
        return ImageOps.pad(image, (max(image.size), max(image.size)), color="black")
    return ImageOps.expand(image, (edge, edge, edge, 3 * edge), (248, 247, 243))


def poster(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A thin white line and a wide black frame around it, a word in capitals and a sentence below."""
    edge = round(0.12 * min(image.size))
    out = ImageOps.expand(ImageOps.expand(image, 3, "white"), (edge, edge, edge, 3 * edge), "black")
    draw = ImageDraw.Draw(out)
    low = image.height + edge + 6
    draw.text((out.width / 2, low + edge), words(rng, 1, 1).upper(), "white", ImageFont.load_default(edge), "mm")
    draw.text((out.width / 2, low + 2 * edge), words(rng, 5, 9), "white", ImageFont.load_default(edge / 2.5), "mm")
    return out


def _text(draw: ImageDraw.ImageDraw, box: tuple[float, float, float], size: float, text: str, fill: object) -> float:
    """Writes lines from (left, top) to a width, and gives where they end."""
    left, top, width = box
    font = ImageFont.load_default(size)
    for line in lines(text, font, width):
        draw.text((left, top), line, fill, font)
        top += size * 1.35
    return top


def telephone(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A telephone's screen, twice as high as wide, with the picture across it, between a post's head and what is said to it."""
    wide = image.width
    high = max(2 * wide, image.height + wide // 2)
    dark = bool(rng.integers(2))
    paper, ink, faint = (
        ((18, 18, 20), "white", (150, 150, 155)) if dark else ((255, 255, 255), "black", (110, 110, 115))
    )
    out, unit = Image.new("RGB", (wide, high), paper), wide / 20
    draw, top = ImageDraw.Draw(out), round(rng.uniform(0.3, 0.7) * (high - image.height))
    draw.text((unit, unit / 3), "12:47", ink, ImageFont.load_default(unit * 0.8))
    draw.rectangle((wide - 2.4 * unit, unit / 2, wide - unit, unit), ink)
    draw.ellipse((unit, top - 2.6 * unit, 3 * unit, top - 0.6 * unit), tuple(int(v) for v in rng.integers(40, 220, 3)))
    draw.text((3.6 * unit, top - 2.4 * unit), words(rng, 2, 3), ink, ImageFont.load_default(unit * 0.8))
    _text(draw, (unit, 2.5 * unit, wide - 2 * unit), unit * 0.8, words(rng, 6, 18), ink)
    out.paste(image, (0, top))
    low = top + image.height + unit / 2
    for sign in range(3):
        draw.ellipse((unit + 2 * sign * unit, low, 2 * unit + 2 * sign * unit, low + unit), None, ink, 2)
    low = _text(draw, (unit, low + 1.6 * unit, wide - 2 * unit), unit * 0.75, words(rng, 10, 19), ink)
    _text(draw, (unit, low + unit / 2, wide - 2 * unit), unit * 0.65, words(rng, 3, 8), faint)
    return out


def browser(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A page in a browser: tabs and an address above, a headline, the picture in a column of text, a column beside it."""
    wide = round(image.width / rng.uniform(0.5, 0.7))
    unit = wide / 60
    out = Image.new("RGB", (wide, round(image.height + 26 * unit)), "white")
    draw = ImageDraw.Draw(out)
    draw.rectangle((0, 0, wide, 2.5 * unit), (222, 225, 230))
    draw.rounded_rectangle((unit, unit / 2, 14 * unit, 3 * unit), unit, "white")
    draw.text((2 * unit, 0.8 * unit), words(rng, 2, 4)[:24], "black", ImageFont.load_default(unit * 1.2))
    draw.rounded_rectangle((8 * unit, 3 * unit, wide - 8 * unit, 5 * unit), unit, (241, 243, 244))
    draw.text((9 * unit, 3.3 * unit), "https://news.example/2026/11/", (60, 60, 60), ImageFont.load_default(unit * 1.2))
    left = 3 * unit
    top = _text(draw, (left, 7 * unit, wide - 6 * unit), 2.4 * unit, words(rng, 6, 10).capitalize(), "black") + unit
    out.paste(image, (round(left), round(top)))
    _text(
        draw,
        (left, top + image.height + unit, image.width),
        1.3 * unit,
        words(rng, 19, 19) + words(rng, 19, 19),
        "black",
    )
    beside = left + image.width + 3 * unit
    for _ in range(3):
        top = _text(draw, (beside, top, wide - beside - unit), 1.2 * unit, words(rng, 8, 16), (30, 80, 170)) + unit
    return out


def slide(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A slide of 16:9 with a title, points at one side and the picture at the other, about half as wide."""
    wide = round(image.width / rng.uniform(0.4, 0.55))
    high = max(round(wide * 9 / 16), round(image.height * 1.35))
    out = Image.new("RGB", (wide, high), "white")
    draw, unit = ImageDraw.Draw(out), high / 20
    draw.rectangle((0, 0, wide, unit / 2), (35, 70, 140))
    draw.text((unit, unit), words(rng, 3, 5).capitalize(), (35, 70, 140), ImageFont.load_default(1.6 * unit))
    right = bool(rng.integers(2))
    out.paste(image, (wide - image.width - round(unit) if right else round(unit), round(3.5 * unit)))
    left, top = (unit if right else image.width + 2 * unit), 4 * unit
    for _ in range(4):
        top = (
            _text(draw, (left, top, wide - image.width - 3 * unit), 0.9 * unit, f"- {words(rng, 3, 8)}", "black")
            + unit / 2
        )
    draw.text(
        (wide - 2 * unit, high - 1.2 * unit), str(rng.integers(2, 60)), "grey", ImageFont.load_default(0.7 * unit)
    )
    return out


def story(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The picture across an upright one, of which what is left has the same picture, enlarged and blurred."""
    size = image.width, round(image.width * 16 / 9)
    size = (size[0], max(size[1], round(image.height * 1.3)))
    behind = ImageEnhance.Brightness(soft(ImageOps.fit(image, size), image.width / 25)).enhance(0.7)
    behind.paste(image, (0, (size[1] - image.height) // 2))
    return behind


def beside(images: Sequence[Image.Image], rng: np.random.Generator) -> Image.Image:
    """Two pictures of one height, one beside the other; which is left is drawn."""
    high = min(image.height for image in images)
    scaled = [image.resize((round(image.width * high / image.height), high)) for image in images]
    scaled = scaled[:: 1 if rng.integers(2) else -1]
    out = Image.new("RGB", (sum(image.width for image in scaled) + 6, high), "white")
    out.paste(scaled[0], (0, 0))
    out.paste(scaled[1], (scaled[0].width + 6, 0))
    return out


def four(images: Sequence[Image.Image], rng: np.random.Generator) -> Image.Image:
    """Four squares cut from the middle of four pictures, white between them."""
    side = 300
    out = Image.new("RGB", (2 * side + 6, 2 * side + 6), "white")
    for place, number in enumerate(rng.permutation(4).tolist()):
        cell = ImageOps.fit(images[number], (side, side))
        out.paste(cell, (place % 2 * (side + 6), place // 2 * (side + 6)))
    return out
