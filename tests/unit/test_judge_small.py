"""Icons and thumbnails as the judge looks at them: as a whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from dedupe.judge.kinds import judge
from dedupe.model.judgement import COPIES
from looks import look, saved


def icon(cells: np.ndarray, colour: tuple[int, int, int] = (40, 90, 160)) -> Image.Image:
    """An icon of 16x16: cells of 4x4 that are inked or not, on white."""
    ink = np.kron(cells, np.ones((3, 3)))[:, :, None]
    rgb = np.full((16, 16, 3), 255.0)
    rgb[2:14, 2:14] = 255 - ink * (255 - np.array(colour))
    return Image.fromarray(rgb.astype(np.uint8))


def icons(count: int) -> list[Image.Image]:
    rng = np.random.default_rng(7)
    return [icon(rng.random((4, 4)) < 0.5) for _ in range(count)]


def test_no_two_icons_are_copies():
    looks = [look(one) for one in {one.tobytes(): one for one in icons(30)}.values()]
    said = {judge(a, b).kind for at, a in enumerate(looks) for b in looks[:at]}
    assert not said & set(COPIES) and len(looks) > 25


@pytest.mark.parametrize("change", ["one cell", "colour", "mirrored"])
def test_icons_that_differ_a_little_are_no_copies(change):
    cells = np.array([[1, 1, 1, 0], [0, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 0]])
    other = cells.copy()
    other[3, 3] = change == "one cell"
    second = icon(other, (160, 60, 60) if change == "colour" else (40, 90, 160))
    second = ImageOps.mirror(second) if change == "mirrored" else second
    for one in (second, saved(second, 90)):
        assert judge(look(icon(cells)), look(one)).kind not in COPIES


ICON_COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG": lambda one: saved(one, 70),
    "WebP": lambda one: saved(one, 80, "WEBP"),
    "half": lambda one: one.resize((8, 8), Image.Resampling.LANCZOS),
    "double": lambda one: one.resize((32, 32), Image.Resampling.BICUBIC),
}


@pytest.mark.parametrize("name", ICON_COPIES)
def test_copies_of_icons_are_known(name):
    said = [judge(look(one), look(ICON_COPIES[name](one))).kind for one in icons(20)]
    assert said.count("re-encoded") >= 18


def thumbnails(photos) -> list[Image.Image]:
    def small(path):
        with Image.open(path) as picture:
            return picture.convert("RGB").resize((32, 32), Image.Resampling.BOX)

    return [small(path) for path in photos[:16]]


def shifted(one: Image.Image) -> Image.Image:
    return Image.fromarray(np.pad(np.asarray(one), ((0, 1), (0, 1), (0, 0)), "edge")[1:, 1:])


PHOTO_COPIES: dict[str, tuple[set[str], Callable[[Image.Image], Image.Image]]] = {
    "JPEG 50": ({"re-encoded"}, lambda one: saved(one, 50)),
    "scaled": ({"re-encoded"}, lambda one: one.resize((35, 35), Image.Resampling.BICUBIC).resize((32, 32))),
    "half": ({"re-encoded"}, lambda one: one.resize((16, 16), Image.Resampling.BICUBIC)),
    "brighter": ({"adjusted", "re-encoded"}, lambda one: ImageEnhance.Brightness(one).enhance(1.1)),
    "grey": ({"adjusted"}, lambda one: one.convert("L")),
    "shifted": ({"edited"}, shifted),
    "cut by a pixel": ({"edited"}, lambda one: one.crop((1, 1, 31, 31)).resize((32, 32), Image.Resampling.BICUBIC)),
    "cut": ({"edited"}, lambda one: one.crop((2, 2, 30, 30)).resize((32, 32), Image.Resampling.BICUBIC)),
    "mirrored": ({"edited"}, ImageOps.mirror),
}


@pytest.mark.parametrize("name", PHOTO_COPIES)
def test_copies_of_thumbnails_are_known(name, photos):
    kinds, change = PHOTO_COPIES[name]
    said = [judge(look(one), look(change(one))).kind for one in thumbnails(photos)]
    assert sum(one in COPIES for one in said) >= 15, said
    assert sum(one in kinds for one in said) >= 14, said


def test_thumbnails_of_other_photos_are_no_copies(photos):
    small = [look(one) for one in thumbnails(photos)]
    assert {judge(a, b).kind for at, a in enumerate(small) for b in small[:at]} <= {"different", "similar"}


def test_a_thumbnail_is_known_beside_the_large_picture(photos):
    with Image.open(photos[3]) as picture:
        large = picture.convert("RGB").resize((480, 360))
    assert judge(look(large), look(large.resize((40, 30)))).kind == "re-encoded"
    assert judge(look(large), look(large.resize((32, 32)))).kind == "edited", "stretched"


def test_transparency_makes_a_graphic(photos):
    one = thumbnails(photos)[0]
    darker = ImageEnhance.Brightness(one).enhance(0.6)
    assert judge(look(one), look(darker)).kind == "adjusted"
    assert judge(look(one, alpha=True), look(darker, alpha=True)).kind == "variant"


def test_a_sprite_with_eyes_of_another_colour_is_another_one():
    cells = np.array([[0, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1], [1, 0, 0, 1]])
    sprites = []
    for colour in ((205, 60, 60), (40, 148, 40)):  # as bright
        sprite = icon(cells, (120, 120, 120)).resize((32, 32), Image.Resampling.NEAREST)
        sprite.paste(colour, (11, 11, 13, 13))
        sprite.paste(colour, (19, 11, 21, 13))
        sprites.append(sprite)
    assert judge(*(look(one) for one in sprites)).kind == "variant"
    assert all(judge(look(one), look(saved(one, 95))).kind == "re-encoded" for one in sprites)
