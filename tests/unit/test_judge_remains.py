"""Two pictures that are equal but for a little are never called one saved again: a plan would remove one of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from dedupe.judge.kinds import judge
from looks import look, saved, sized
from pictures import photo

CLAIMS_TOO_MUCH = {"same-pixels", "re-encoded", "adjusted"}
Change = Callable[[Image.Image], tuple[Image.Image, Image.Image]]


def sign(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """A sign with one or another number."""
    both = image.copy(), image.copy()
    for one, number in zip(both, ("30", "80"), strict=True):
        draw = ImageDraw.Draw(one)
        draw.ellipse((300, 120, 360, 180), fill="white", outline="red", width=6)
        draw.text((330, 150), number, "black", font_size=28, anchor="mm", stroke_width=1)
    return both


def gone(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """A thing, and the place where it stood."""
    there, plain = image.copy(), image.copy()
    plain.paste(image.resize((1, 1), box=(200, 300, 212, 314)).resize((12, 14)), (200, 300))
    there.paste(ImageOps.autocontrast(ImageOps.grayscale(image.resize((12, 14), box=(200, 200, 330, 350)))), (200, 300))
    return there, plain


def lamp(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """A lamp, red or green."""
    both = image.copy(), image.copy()
    for one, colour in zip(both, ((230, 40, 30), (40, 210, 60)), strict=True):
        ImageDraw.Draw(one).ellipse((420, 200, 440, 220), fill=colour, outline="black", width=2)
    return both


def lights(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """A light that is red or green, and as bright, which only colours tell."""
    both = image.copy(), image.copy()
    for one, colour in zip(both, ((225, 60, 60), (40, 148, 40)), strict=True):
        ImageDraw.Draw(one).ellipse((420, 200, 432, 212), fill=colour)
    return both


def plate(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """A plate with one or another number, the second in a brighter photo."""
    first, second = image.copy(), image.copy()
    for one, number in ((first, "KA 3308"), (second, "MT 5641")):
        draw = ImageDraw.Draw(one)
        draw.rectangle((250, 300, 390, 336), fill=(225, 225, 220), outline="black", width=2)
        draw.text((320, 318), number, (30, 30, 35), font_size=26, anchor="mm")
    return first, second.point(lambda level: min(255, round(1.06 * level + 4)))


def display(_: Image.Image) -> tuple[Image.Image, Image.Image]:
    """A photo of a meter: its digits are most of what is seen, and black on grey as seen by a curve of tones."""
    grain = np.random.default_rng(3).normal(0, 2, (300, 600, 3))
    both = []
    for number in ("880048", "038139"):
        image = Image.new("RGB", (600, 300), (70, 75, 78))
        draw = ImageDraw.Draw(image)
        draw.rectangle((60, 60, 540, 240), fill=(165, 180, 160))
        for at, digit in enumerate(number):
            draw.text((105 + 78 * at, 150), digit, (20, 30, 22), font_size=130, anchor="mm")
        both.append(Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)))
    return both[0], both[1]


CHANGES: dict[str, Change] = {one.__name__: one for one in (sign, gone, lamp, lights, plate, display)}
COPIES = {
    "JPEG 95": lambda image: saved(image, quality=95),
    "JPEG 60": lambda image: saved(image, quality=60),
    "JPEG 20": lambda image: saved(image, quality=20),
    "WebP": lambda image: saved(image, 60, "WEBP"),
    "0.7 times": lambda image: sized(image, 0.7, Image.Resampling.BILINEAR),
    "a third, JPEG 70": lambda image: saved(sized(image, 1 / 3), quality=70),
    "1.5 times": lambda image: sized(image, 1.5, Image.Resampling.BICUBIC),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(1.2)),
    "sharpened": lambda image: image.filter(ImageFilter.UnsharpMask(1, 60)),
    "brighter": lambda image: image.point(lambda level: min(255, level * 1.2)),
}


@pytest.mark.parametrize("form", ["equal", "JPEG 75"])
@pytest.mark.parametrize("change", CHANGES)
def test_another_digit_or_lamp_or_thing_is_no_copy_saved_again(change: str, form: str) -> None:
    first, second = CHANGES[change](photo(640, 480))
    if form == "JPEG 75":
        second = saved(second, quality=75)
    found = judge(look(first), look(second))
    assert found.kind not in CLAIMS_TOO_MUCH and found.box is not None
    assert judge(look(second), look(first)).kind not in CLAIMS_TOO_MUCH


def test_a_thing_that_is_gone_is_an_edit_and_where_it_was_is_said() -> None:
    first, second = gone(photo(640, 480))
    found = judge(look(first), look(second))
    assert (found.kind, found.why) == ("edited", "with a part changed at the left")
    left, top, right, bottom = found.box or (0, 0, 0, 0)
    assert 196 / 640 < left < right < 218 / 640 and 296 / 480 < top < bottom < 320 / 480


def test_another_number_is_other_content() -> None:
    assert judge(*(look(one) for one in sign(photo(640, 480)))).kind == "variant"
    assert judge(*(look(one) for one in display(photo(640, 480)))).kind == "variant"


@pytest.mark.parametrize("change", CHANGES)
def test_copies_of_what_was_changed_are_copies(change: str) -> None:
    for one in CHANGES[change](photo(640, 480)):
        for how, copy in COPIES.items():
            assert judge(look(one), look(copy(one))).kind in ("re-encoded", "adjusted"), how


def test_one_background_with_other_words_is_a_variant_and_a_caption_alone_is_not() -> None:
    plain = photo(640, 480)
    quotes = [plain.copy(), plain.copy()]
    for one, words in zip(
        quotes, ("Harbour silver mirror\nMagnet button candle", "Winter hammer\nSilver guitar bridge"), strict=True
    ):
        ImageDraw.Draw(one).multiline_text((320, 240), words, "white", font_size=40, anchor="mm", align="center")
    assert judge(*(look(one) for one in quotes)).kind == "variant"
    assert judge(look(plain), look(quotes[0])).kind == "edited"


def test_a_word_on_a_page_or_a_mark_across_it_is_other_content() -> None:
    page = Image.new("RGB", (500, 700), "white")
    draw = ImageDraw.Draw(page)
    for line in range(30):
        draw.text((40, 30 + 21 * line), "The quick brown fox jumps over the lazy dog again.", "black", font_size=15)
    marked = page.copy()
    ImageDraw.Draw(marked).text((250, 350), "DRAFT", (255, 120, 120), font_size=110, anchor="mm")
    marked = Image.blend(page, marked, 0.6)
    assert judge(look(page), look(saved(page, quality=80))).kind == "re-encoded"
    assert judge(look(page), look(saved(marked, quality=80))).kind not in CLAIMS_TOO_MUCH


@pytest.mark.parametrize("side", [64, 128])
def test_blots_that_are_alike_from_afar_are_other_pictures(side: int) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (400, 16, 16), np.uint8)
    coarse = np.stack([Image.fromarray(each).resize((8, 8), Image.Resampling.BOX) for each in levels]).reshape(400, 64)
    near = np.argsort(-np.triu(np.corrcoef(coarse), 1), axis=None)[:20]
    blots = [look(Image.fromarray(each).resize((side, side), Image.Resampling.BICUBIC)) for each in levels]
    assert {judge(blots[a], blots[b]).kind for a, b in zip(*np.divmod(near, 400), strict=True)} == {"different"}


def test_a_red_dot_that_is_green_is_seen_in_both_orders_and_in_drawings() -> None:
    page = Image.new("RGB", (1000, 800), "white")
    draw = ImageDraw.Draw(page)
    for line in range(24):
        draw.text((60, 40 + 30 * line), "Room 4, every other Monday at half past nine", (40, 40, 40), font_size=18)
    red, green = lights(page)
    for a, b in ((red, green), (green, red), (red, saved(green, 90))):
        assert judge(look(a), look(b)).kind == "variant"
    assert judge(look(red), look(saved(red, 50))).kind == "re-encoded"


def test_one_evening_sky_with_other_stars_is_another_picture() -> None:
    down = np.linspace(0, 1, 600)[:, None, None]
    sky = np.broadcast_to((1 - down) * (20, 30, 70) + down * (190, 120, 80), (600, 800, 3))
    skies = []
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        levels = sky + rng.normal(0, 1.5, sky.shape)
        levels[rng.integers(0, 300, 40), rng.integers(0, 800, 40)] += 120
        skies.append(Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)))
    assert judge(look(skies[0]), look(skies[1])).kind == "variant"
    for quality in (40, 70, 90):
        assert judge(look(skies[0]), look(saved(skies[0], quality))).kind == "re-encoded"
