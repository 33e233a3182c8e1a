"""Layouts that come many times with other content: documents, screens, goods. Each draws one picture of its contents."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Layout: TypeAlias = Callable[[np.random.Generator, list[str]], Image.Image]
"""Draws what the layout is (shop, colours, sizes) from a generator, which is seeded alike for two of one layout."""

LINES = 14
"""Contents are so many lines of two or three words."""

SETTINGS = "Sound Display Battery Storage Privacy Location Accounts Language Backup Safety About"

INK = (30, 30, 34)


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def number(line: str, below: int) -> int:
    """A number that goes with a line of content, always the same for the same words."""
    return sum(ord(letter) * (at + 7) ** 3 for at, letter in enumerate(line)) % below


def colour(rng: np.random.Generator, low: int = 40, high: int = 220) -> tuple[int, ...]:
    return tuple(rng.integers(low, high, 3).tolist())


def receipt(design: np.random.Generator, lines: list[str]) -> Image.Image:
    image = Image.new("RGB", (560, 1100), tuple(design.integers(238, 256, 3).tolist()))
    draw = ImageDraw.Draw(image)
    draw.text((280, 60), f"SHOP {design.integers(10, 99)}", INK, font(44), "mm")
    draw.text((280, 115), f"{design.integers(1, 200)} Long Street", INK, font(24), "mm")
    prices = [number(line, 2950) + 49 for line in lines]
    for at, (line, price) in enumerate(zip(lines, prices, strict=True)):
        draw.text((40, 180 + 52 * at), line[:18].upper(), INK, font(25), "lm")
        draw.text((520, 180 + 52 * at), f"{price / 100:.2f}", INK, font(25), "rm")
    draw.line((40, 920, 520, 920), INK, 3)
    draw.text((40, 960), "TOTAL", INK, font(36), "lm")
    draw.text((520, 960), f"{sum(prices) / 100:.2f}", INK, font(36), "rm")
    draw.text((280, 1040), "THANK YOU", INK, font(26), "mm")
    return image


def form(design: np.random.Generator, lines: list[str]) -> Image.Image:
    image = Image.new("RGB", (800, 1130), (252, 252, 250))
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, 760, 120), colour(design, 30, 120))
    draw.text((60, 80), f"APPLICATION {design.integers(100, 999)}", "white", font(36), "lm")
    for at, line in enumerate(lines):
        y = 150 + 68 * at
        draw.text((50, y + 20), f"Field {at + 1}", INK, font(20), "lm")
        draw.rectangle((230, y, 760, y + 44), outline=(90, 90, 90), width=2)
        draw.text((244, y + 22), line, (20, 30, 120), font(24), "lm")
    return image


def slide(design: np.random.Generator, lines: list[str]) -> Image.Image:
    image = Image.new("RGB", (960, 540), (250, 250, 252))
    draw, mark = ImageDraw.Draw(image), colour(design)
    draw.rectangle((0, 0, 960, 100), mark)
    draw.rectangle((0, 520, 960, 540), mark)
    draw.ellipse((880, 440, 940, 500), mark)
    draw.text((40, 50), lines[0].title(), "white", font(44), "lm")
    for at, line in enumerate(lines[1:7]):
        draw.ellipse((60, 142 + 60 * at, 74, 156 + 60 * at), mark)
        draw.text((100, 150 + 60 * at), f"{line} {lines[-at]}", INK, font(28), "lm")
    return image


def chat(design: np.random.Generator, lines: list[str]) -> Image.Image:
    dark = design.random() < 0.5
    ground, bubble, ink = ((20, 22, 26), (44, 52, 60), "white") if dark else ((236, 229, 221), (255, 255, 255), INK)
    image = Image.new("RGB", (540, 1000), ground)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 540, 90), colour(design, 10, 110))
    draw.ellipse((24, 22, 72, 70), (200, 200, 200))
    draw.text((92, 46), "Family", "white", font(28), "lm")
    for at, line in enumerate(lines[:10]):
        width = 60 + 15 * len(line)
        x = 510 - width if number(line, 2) else 30
        draw.rounded_rectangle((x, 120 + 78 * at, x + width, 180 + 78 * at), 16, bubble)
        draw.text((x + 20, 150 + 78 * at), line, ink, font(24), "lm")
    draw.rectangle((0, 920, 540, 1000), bubble)
    return image


def settings(design: np.random.Generator, lines: list[str]) -> Image.Image:
    image = Image.new("RGB", (540, 1000), (250, 250, 250))
    draw, on = ImageDraw.Draw(image), colour(design, 20, 200)
    draw.text((30, 60), "Settings", INK, font(40), "lm")
    for at, (name, line) in enumerate(zip(SETTINGS.split(), lines, strict=False)):
        y = 130 + 76 * at
        draw.text((30, y), name, INK, font(26), "lm")
        draw.text((30, y + 30), line, (120, 120, 120), font(18), "lm")
        lit = number(line, 2)
        draw.rounded_rectangle((450, y - 8, 506, y + 22), 15, on if lit else (200, 200, 200))
        draw.ellipse((478 if lit else 452, y - 6, 504 if lit else 478, y + 20), "white")
        draw.line((30, y + 50, 510, y + 50), (225, 225, 225))
    return image


def ticket(design: np.random.Generator, lines: list[str]) -> Image.Image:
    image = Image.new("RGB", (900, 400), (246, 244, 236))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 240, 400), colour(design))
    draw.text((120, 200), "ADMIT\nONE", "white", font(56), "mm", align="center")
    for at, line in enumerate(lines[:3]):
        draw.text((280, 90 + 80 * at), line.title(), INK, font((46, 30, 26)[at]), "lm")
    draw.text((280, 340), f"ROW {number(lines[3], 30)}  SEAT {number(lines[4], 60)}", INK, font(30), "lm")
    code = np.random.default_rng(number(lines[5], 1 << 30)).integers(0, 2, (21, 21), np.uint8) * 255
    image.paste(Image.fromarray(code).resize((189, 189), Image.Resampling.NEAREST), (690, 105))
    return image


def page(design: np.random.Generator, lines: list[str]) -> Image.Image:
    image = Image.new("RGB", (700, 990), (250, 249, 246))
    draw, size = ImageDraw.Draw(image), int(design.integers(17, 21))
    draw.text((350, 50), f"CHAPTER {design.integers(2, 30)}", INK, font(22), "mm")
    for at in range(34):
        words = f"{lines[at % LINES]} {lines[(3 * at + 1) % LINES]} {lines[(5 * at + 2) % LINES]}"
        draw.text((80, 100 + 25 * at), words[: 52 if at % 9 else 30], INK, font(size), "lm")
    return image


def chart(design: np.random.Generator, lines: list[str]) -> Image.Image:
    image = Image.new("RGB", (720, 520), "white")
    draw, mark = ImageDraw.Draw(image), colour(design, 20, 180)
    draw.text((360, 30), lines[0].title(), INK, font(26), "mm")
    for at in range(5):
        draw.line((80, 80 + 90 * at, 690, 80 + 90 * at), (225, 225, 225), 2)
        draw.text((70, 80 + 90 * at), str(100 - 25 * at), INK, font(18), "rm")
    for at, line in enumerate(lines[1:13]):
        draw.rectangle((95 + 50 * at, 440 - 40 - number(line, 310), 125 + 50 * at, 440), mark)
    draw.line((80, 440, 690, 440), INK, 3)
    return image


def shaded(image: Image.Image, mask: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A thing under soft light on white: folds and shade that `rng` draws, with the grain of a camera."""
    coarse = Image.fromarray(rng.integers(150, 256, (9, 7), np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    shade = np.asarray(coarse, np.float32)[..., None] / 255
    levels = np.asarray(image, np.float32) * shade
    thing = Image.fromarray(levels.astype(np.uint8))
    shadow = mask.filter(ImageFilter.GaussianBlur(14)).point(lambda level: 255 - level // 6)
    ground = Image.merge("RGB", (shadow,) * 3)
    ground.paste(thing, (0, 0), mask)
    noisy = np.asarray(ground, np.float32) + rng.normal(0, 1.5, (image.height, image.width, 1))
    return Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))


def bottle(design: np.random.Generator, lines: list[str]) -> Image.Image:
    """One bottle, other labels."""
    glass, size = colour(design, 60, 200), (600, 800)
    image, mask = Image.new("RGB", size, glass), Image.new("L", size)
    outline = ImageDraw.Draw(mask)
    outline.rounded_rectangle((190, 220, 410, 740), 40, 255)
    outline.rectangle((258, 70, 342, 230), 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle((258, 70, 342, 120), tuple(level // 3 for level in glass))
    label = np.random.default_rng(number(lines[0], 1 << 30))
    draw.rectangle((190, 380, 410, 620), colour(label, 120, 250))
    draw.text((300, 440), lines[0].split()[0].upper(), colour(label, 0, 110), font(40), "mm")
    for at, line in enumerate(lines[1:5]):
        draw.text((300, 500 + 28 * at), line[:16], INK, font(20), "mm")
    return shaded(image, mask, np.random.default_rng(int(design.integers(1 << 30))))


def shirt(design: np.random.Generator, lines: list[str]) -> Image.Image:
    """One shirt, other colours."""
    size = (640, 700)
    dye = np.random.default_rng(number(lines[0], 1 << 30))
    hue, deep = int(dye.integers(256)), int(dye.integers(150, 250))
    image = Image.new("HSV", size, (hue, deep, int(design.integers(150, 230)))).convert("RGB")
    mask = Image.new("L", size)
    outline = ImageDraw.Draw(mask)
    outline.polygon([(200, 80), (440, 80), (600, 200), (530, 300), (470, 250), (470, 640), (170, 640), (170, 250)], 255)
    outline.polygon([(200, 80), (170, 250), (110, 300), (40, 200)], 255)
    outline.ellipse((260, 40, 380, 130), 0)
    draw = ImageDraw.Draw(image)
    for button in range(5):
        draw.ellipse((312, 180 + 90 * button, 328, 196 + 90 * button), (235, 235, 235))
    return shaded(image, mask, np.random.default_rng(int(design.integers(1 << 30))))


LAYOUTS: dict[str, Layout] = {
    each.__name__: each for each in (receipt, form, slide, chat, settings, ticket, page, chart, bottle, shirt)
}
