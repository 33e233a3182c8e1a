"""Which evidence makes an edit, which another shot, and which another picture of one layout."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from dedupe.judge.kinds import judge
from dedupe.model.judgement import Judgement
from looks import look, saved
from pictures import photo
from receipts import receipt


def said(a: Image.Image, b: Image.Image) -> Judgement:
    return judge(look(a), look(b))


@cache
def scene() -> Image.Image:
    return photo(480, 360)


def lettered(image: Image.Image, words: str, y: int) -> Image.Image:
    copy = image.copy()
    ImageDraw.Draw(copy).text((20, y), words, "white", font_size=44, stroke_width=3, stroke_fill="black")
    return copy


def watermarked(image: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(layer)
    for y in (60, 160, 260):
        draw.text((60, y), "AGENCY", (255, 255, 255, 120), font_size=60)
    return Image.alpha_composite(image.convert("RGBA"), layer.rotate(15)).convert("RGB")


def blacked_out(image: Image.Image) -> Image.Image:
    copy = image.copy()
    copy.paste("black", (120, 120, 280, 170))
    return copy


@pytest.mark.parametrize("edit", [watermarked, blacked_out, lambda one: lettered(one, "seen by us", 280)])
def test_what_is_laid_over_one_of_two_is_an_edit(edit: Callable[[Image.Image], Image.Image]) -> None:
    found = said(scene(), saved(edit(scene()), 80))
    told = "something added", "a part changed", "captioned"
    assert found.kind == "edited" and any(each in found.why for each in told), found


def with_thing(x: int) -> Image.Image:
    """The scene, and a thing from another place of it at x."""
    copy = scene().copy()
    thing = ImageOps.flip(photo(640, 480).crop((200, 100, 270, 200)))
    mask = Image.new("L", thing.size)
    ImageDraw.Draw(mask).ellipse((0, 0, 69, 99), fill=255)
    copy.paste(thing, (x, 150), mask)
    return copy


def test_a_thing_that_moved_makes_another_shot() -> None:
    assert said(with_thing(100), with_thing(240)).kind in ("similar", "variant")


def test_one_photo_with_two_captions_is_a_variant() -> None:
    assert said(lettered(scene(), "ONE TO LAUGH", 20), lettered(scene(), "ANOTHER JOKE", 290)).kind == "variant"


def test_a_camera_that_moved_a_little_makes_another_shot_and_a_crop_an_edit() -> None:
    whole = photo(512, 384)
    first, second = whole.crop((0, 0, 500, 375)), whole.crop((9, 7, 509, 382))
    assert said(first, second).kind == "similar"
    assert said(whole, second).kind == "edited"


def test_both_shots_show_what_the_other_has_not() -> None:
    whole = photo(560, 420)
    assert said(whole.crop((0, 0, 480, 400)), whole.crop((50, 0, 560, 420))).kind == "similar"


def test_pictures_framed_in_two_ways_are_one_picture() -> None:
    barred = ImageOps.expand(scene(), (0, 90), "black")
    found = said(barred, ImageOps.expand(scene(), (60, 20), "white"))
    assert (found.kind, found.why) == ("edited", "framed in another way")


def test_a_document_is_found_turned_and_cut_and_another_one_is_not() -> None:
    page, other = receipt(1), receipt(2)
    turned = page.rotate(3, Image.Resampling.BICUBIC, expand=True, fillcolor="black")
    cut = page.crop((0, 20, page.width, page.height))
    assert [said(page, one).kind for one in (turned, cut)] == ["edited", "edited"]
    assert said(other, turned).kind == "variant" and said(other, cut).kind == "variant"


def test_grain_on_a_small_file_is_no_codec() -> None:
    rng = np.random.default_rng(0)
    calm = scene().resize((240, 180)).resize((480, 360), Image.Resampling.BICUBIC)
    grain = np.asarray(calm) + rng.normal(0, 6, (360, 480, 1))
    grained = Image.fromarray(np.clip(np.rint(grain), 0, 255).astype(np.uint8))
    found = judge(look(calm, size=10_000), look(grained))
    assert (found.kind, found.why) == ("adjusted", "with more grain")


def test_a_thing_dyed_in_a_photo_is_another_thing() -> None:
    grey = np.asarray(scene().convert("L").convert("RGB")).copy()
    red, blue = grey.copy(), grey.copy()
    red[100:200, 150:260, 1:] //= 3
    blue[100:200, 150:260, :2] //= 3
    assert said(Image.fromarray(red), Image.fromarray(blue)).kind == "variant"


def test_a_grey_page_stays_what_it_is_where_a_codec_tints_it() -> None:
    page = receipt(3).convert("L")
    assert said(page, saved(page, 80, "WEBP")).kind == "re-encoded"


def test_the_dark_of_a_film_is_no_ground_of_a_drawing() -> None:
    steps = np.repeat(np.arange(60) // 4, 4)[None, :, None]  # even, and of fifteen levels
    film = np.broadcast_to(steps, (180, 240, 3)).astype(np.uint8).copy()
    film[:, 100:] = np.asarray(scene())[:180, :140]
    assert not look(Image.fromarray(film)).drawn
    assert look(receipt(1)).drawn


def test_what_was_made_so_bright_that_parts_are_all_white_is_no_other_shot() -> None:
    photos = Path(__file__).parents[2] / "examples" / "photos"
    with Image.open(photos / "zoo" / "macaw.jpg") as a, Image.open(photos / "edited" / "macaw-bright.jpg") as b:
        assert said(a, b).kind == "adjusted"
