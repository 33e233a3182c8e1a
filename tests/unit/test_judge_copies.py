"""Hard copies of photos are copies: written over, half covered, on other grids, of other tones, coarse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from dedupe import testing
from dedupe.judge.kinds import judge
from dedupe.model.judgement import COPIES
from looks import look, saved


def of(number: int) -> Image.Image:
    """One of the photos that ship."""
    with Image.open(testing.photos()[number]) as image:
        return image.convert("RGB").resize((401, 301))


def decimated(image: Image.Image) -> Image.Image:
    """Means of 2x2 pixels; of odd sides the last is doubled, so that the grid lies half a pixel off there."""
    pixels = np.pad(np.asarray(image, np.float32), ((0, 1), (0, 1), (0, 0)), mode="edge")
    return Image.fromarray(pixels.reshape(151, 2, 201, 2, 3).mean(axis=(1, 3)).astype(np.uint8))


def blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(3))


def stuck(image: Image.Image) -> Image.Image:
    """A quarter of it covered by another photo, without a rim."""
    copy, mask = image.copy(), Image.new("L", (226, 170))
    ImageDraw.Draw(mask).ellipse((0, 0, 225, 169), fill=255)
    copy.paste(of(7).resize(mask.size), (90, 60), mask)
    return copy


def captioned(image: Image.Image) -> Image.Image:
    copy = image.copy()
    for y in (110, 150, 190):
        words = "WORDS THAT FILL A LINE"
        ImageDraw.Draw(copy).text((4, y), words, "white", font_size=33, stroke_width=3, stroke_fill="black")
    return copy


def written_on(image: Image.Image) -> Image.Image:
    copy = image.copy()
    ImageDraw.Draw(copy).text((40, 220), "yellow", (255, 255, 0), font_size=60)
    return copy


def gamma(image: Image.Image, power: float) -> Image.Image:
    return Image.fromarray((255 * (np.asarray(image) / 255) ** power).astype(np.uint8))


def hued(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return Image.merge("RGB", (blue, red, green))


def coarse(image: Image.Image) -> Image.Image:
    return saved(image, 6)


CASES = [(coarse, 0), (written_on, 24), (stuck, 36), (captioned, 42), (decimated, 54), (blurred, 96)]


@pytest.mark.parametrize(("distorted", "number"), CASES)
def test_a_hard_copy_of_a_photo_is_a_copy(distorted: Callable[[Image.Image], Image.Image], number: int) -> None:
    found = judge(look(of(number)), look(distorted(of(number))))
    assert found.kind in COPIES, found


def test_a_thing_on_white_is_the_same_in_other_tones_and_another_one_dyed() -> None:
    thing, mask = of(54), Image.new("L", (401, 301))
    ImageDraw.Draw(mask).ellipse((100, 50, 300, 250), fill=255)
    white = Image.new("RGB", thing.size, "white")
    photo, brighter, dyed = (Image.composite(one, white, mask) for one in (thing, gamma(thing, 0.4), hued(thing)))
    assert look(photo).drawn
    assert judge(look(photo), look(brighter)).kind == "adjusted"
    assert judge(look(photo), look(dyed)).kind == "variant"


def shirt(colour: str) -> Image.Image:
    """A T-shirt of one colour on white."""
    image = Image.new("RGB", (400, 400), "white")
    draw = ImageDraw.Draw(image)
    draw.polygon(
        [
            (100, 90),
            (165, 60),
            (235, 60),
            (300, 90),
            (350, 165),
            (290, 165),
            (290, 350),
            (110, 350),
            (110, 165),
            (50, 165),
        ],
        colour,
    )
    draw.ellipse((170, 45, 230, 80), fill="white")
    return image


@pytest.mark.parametrize(
    ("colour", "other"), [("red", "brown"), ("black", "grey"), ("navy", "teal"), ("gold", "orange")]
)
def test_a_thing_of_one_colour_is_another_one_in_other_tones(colour: str, other: str) -> None:
    assert judge(look(shirt(colour)), look(shirt(other))).kind == "variant"
    assert judge(look(shirt(colour)), look(shirt(colour).convert("L").convert("RGB"))).kind in COPIES


@pytest.mark.parametrize("number", [16, 44])
def test_a_mirrored_photo_is_no_other_shot_though_its_codec_has_another_grid(number: int) -> None:
    mirrored = of(number).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    poor = saved(mirrored, 25)
    assert judge(look(of(number)), look(poor)).kind == "edited"


@pytest.mark.parametrize("number", [36, 81])
def test_a_photo_has_what_a_photo_stuck_on_it_covers(number: int) -> None:
    photo, copy = look(of(number)), look(stuck(of(number)))
    sides = [found.lacks and (found.lacks.side, found.lacks.what) for found in (judge(photo, copy), judge(copy, photo))]
    assert sides == [("b", "covered"), ("a", "covered")]
