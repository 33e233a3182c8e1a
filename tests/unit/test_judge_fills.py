"""Drawings of one outline whose areas are filled with other colours are no copies, and their copies are."""

from __future__ import annotations

import numpy as np
import pytest
from blake3 import blake3
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from dedupe.judge.reading import Opened, judge_files, opened
from dedupe.model.judgement import Judgement
from pictures import encoded

CAP = 4_000_000
RED, BLACK, GREEN, WHITE, BLUE = (206, 17, 38), (0, 0, 0), (0, 122, 61), (255, 255, 255), (40, 70, 150)
SKINS = (250, 220, 190), (224, 187, 149), (191, 143, 104), (155, 100, 61), (89, 69, 57)


def said(a: Image.Image | bytes, b: Image.Image | bytes) -> Judgement:
    def read(one: Image.Image | bytes) -> Opened:
        data = one if isinstance(one, bytes) else encoded(one)
        return opened(data, blake3(data).digest(), (), CAP)

    return judge_files(read(a), read(b), "none", (), CAP)


def flag(*colours: tuple[int, int, int], width: int = 600) -> Image.Image:
    """Three bars and a triangle."""
    image = Image.new("RGB", (1200, 600))
    draw = ImageDraw.Draw(image)
    for place, colour in enumerate(colours[:3]):
        draw.rectangle((0, place * 200, 1200, place * 200 + 199), colour)
    draw.polygon([(0, 0), (400, 300), (0, 600)], colours[3])
    return image.resize((width, width // 2), Image.Resampling.LANCZOS)


def figure(skin: tuple[int, int, int]) -> Image.Image:
    """A face with hair, over a coat."""
    image = Image.new("RGB", (512, 512), WHITE)
    draw = ImageDraw.Draw(image)
    draw.ellipse((136, 30, 376, 280), (70, 50, 40))
    draw.ellipse((166, 70, 346, 300), skin)
    draw.polygon([(60, 512), (170, 310), (342, 310), (452, 512)], BLUE)
    for left in (205, 275):
        draw.ellipse((left, 160, left + 30, 185), BLACK)
    draw.arc((210, 190, 300, 260), 20, 160, (150, 40, 40), 8)
    return image.resize((256, 256), Image.Resampling.LANCZOS)


def wheel(bright: int) -> Image.Image:
    """Twelve spokes, of which some are lit."""
    image = Image.new("RGB", (400, 400), (250, 250, 250))
    draw = ImageDraw.Draw(image)
    for place in range(12):
        angle = place * np.pi / 6
        (x, y), (u, v) = ((200 + r * np.cos(angle), 200 + r * np.sin(angle)) for r in (70, 170))
        draw.line((x, y, u, v), (90, 90, 110) if (place - bright) % 12 < 4 else (150, 150, 170), 24)
    return image


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((RED, WHITE, BLACK, GREEN), (BLACK, WHITE, GREEN, RED)),
        ((GREEN, WHITE, RED, BLACK), (RED, WHITE, GREEN, BLACK)),
    ],
)
def test_flags_of_one_shape_are_not_one(one, other):
    a, b = flag(*one), flag(*other, width=1000)
    assert [said(*pair).kind for pair in ((a, b), (b, a))] == ["variant"] * 2


@pytest.mark.parametrize(("one", "other"), [(0, 1), (0, 4), (2, 3), (3, 4)])
def test_who_has_another_skin_is_another_figure(one, other):
    a, b = figure(SKINS[one]), figure(SKINS[other])
    assert [said(*pair).kind for pair in ((a, b), (b, a))] == ["variant"] * 2


def test_what_is_lit_elsewhere_is_another_picture():
    assert said(wheel(0), wheel(5)).kind not in ("same-pixels", "re-encoded", "adjusted")


@pytest.mark.parametrize(
    "image", [flag(RED, WHITE, BLACK, GREEN), figure(SKINS[1]), wheel(2)], ids=["flag", "figure", "wheel"]
)
def test_copies_of_drawings_are_copies(image):
    size = image.width // 2, image.height // 2
    saved = [encoded(image, "JPEG", quality=75), encoded(image, "WEBP", quality=80), encoded(image.resize(size))]
    toned = [ImageEnhance.Brightness(image).enhance(0.7), ImageEnhance.Contrast(image).enhance(0.7)]
    assert [said(image, one).kind for one in saved] == ["re-encoded"] * 3
    assert [said(image, one).kind for one in toned] == ["adjusted"] * 2
    assert said(image, ImageOps.grayscale(image)).kind in ("adjusted", "re-encoded")  # of pale colours little is lost


def test_an_icon_saved_as_jpeg_is_a_copy_and_one_with_another_badge_is_not():
    icon, other = badge(RED), badge(GREEN)
    assert said(icon, encoded(icon, "JPEG", quality=80)).kind == "re-encoded"
    assert said(icon, encoded(other, "JPEG", quality=80)).kind == "variant"


def badge(colour: tuple[int, int, int]) -> Image.Image:
    """A figure of 72 pixels with a badge on its coat."""
    image = figure(SKINS[1])
    ImageDraw.Draw(image).ellipse((136, 190, 160, 214), colour)
    return image.resize((72, 72), Image.Resampling.LANCZOS)
