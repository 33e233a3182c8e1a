"""The quality says how much there is to see in a picture, and the digest tells its pixels from others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from dedupe import testing
from dedupe.decode import pixels_digest, quality
from dedupe.model import DecodedInfo
from pictures import encoded, lamps, read, sky


def _page(draw: Any, noise: float = 0, size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    page = Image.new("RGB", size, (250, 250, 250))
    draw(ImageDraw.Draw(page))
    if not noise:
        return page
    grain = np.random.default_rng(0).normal(0, noise, (*size[::-1], 1))
    return Image.fromarray(np.clip(np.asarray(page) + grain, 0, 255).astype(np.uint8))


PAGES = {
    "one line": lambda d: d.text((120, 200), "Invoice 4711, to be paid within two weeks", fill="black", font_size=32),
    "two lines": lambda d: d.text(
        (90, 900), "Dear Sir or Madam, please find enclosed\nwhat you asked for.", fill="black", font_size=36
    ),
    "page number": lambda d: d.text((610, 1680), "17", fill="black", font_size=28),
    "stamp": lambda d: d.ellipse((900, 1400, 1050, 1550), fill="red"),
    "signature": lambda d: d.line(
        [(700, 1500), (760, 1420), (800, 1500), (900, 1440), (1000, 1490)], fill="blue", width=5
    ),
}


@pytest.mark.parametrize("noise", [0, 3])
@pytest.mark.parametrize("page", PAGES)
def test_nearly_blank_documents_have_quality_0(page: str, noise: float) -> None:
    image = _page(PAGES[page], noise)
    for data in (encoded(image, "JPEG", quality=60), encoded(image, "PNG")):
        assert quality(read(data).luma) == 0


def test_quality_is_0_for_flat_pictures_and_says_how_much_there_is_to_see() -> None:
    for level in (0, 77, 128, 255):
        assert quality(np.full((300, 400), level, np.uint8)) == 0
    quarters = np.zeros((300, 400), np.uint8)
    quarters[:150, 200:] = quarters[150:, :200] = 255
    assert quality(quarters) == pytest.approx((0.5 - 0.03) / 0.97, abs=0.01)
    assert quality(np.zeros((1, 1), np.uint8)) == 0
    assert all(quality(read(path.read_bytes()).luma) > 0.03 for path in testing.photos())


@pytest.mark.parametrize("shape", [(1, 20_000), (20_000, 1), (300, 400)], ids=str)
def test_quality_is_0_where_rows_and_columns_say_all(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for rows, columns in ((128, 1), (1, 128), (64, 64)):
        down, across = rng.integers(0, rows, (shape[0], 1)), rng.integers(0, columns, (1, shape[1]))
        bars = (down + across).astype(np.uint8)
        assert quality(bars) == 0
        assert quality(read(encoded(Image.fromarray(bars), "JPEG", quality=90)).luma) == 0


@pytest.mark.parametrize("size", [(16, 16), (300, 400), (1000, 1200)], ids=str)
def test_pure_noise_has_quality_0(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    paper = rng.normal(240, 8, size).clip(0, 255).astype(np.uint8)
    for noise in (rng.integers(0, 256, size, np.uint8), paper):
        assert quality(read(encoded(Image.fromarray(noise), "PNG")).luma) == 0
        if size == (16, 16):  # so few blocks of a JPEG are shapes
            continue
        assert quality(read(encoded(Image.fromarray(noise), "JPEG", quality=60)).luma) == 0


@pytest.mark.parametrize(("level", "contrast"), [(205, 0.12), (0, 0.15)], ids=["fog", "night"])
def test_photos_with_an_eighth_of_their_contrast_are_not_blank(level: int, contrast: float) -> None:
    for path in testing.photos():
        with Image.open(path) as photo:
            faint = Image.fromarray(np.rint(level + contrast * np.asarray(photo.convert("RGB"))).astype(np.uint8))
        for copy in (encoded(faint, "PNG"), encoded(faint, "JPEG", quality=85)):
            assert quality(read(copy).luma) > 0


@pytest.mark.parametrize("number", range(4))
def test_a_few_lamps_at_night_are_a_picture_and_a_line_across_the_dark_is_none(number: int) -> None:
    rng = np.random.default_rng(number)
    night = lamps(number)
    for copy in (encoded(night, "PNG"), encoded(night, "JPEG", quality=70), encoded(night, "WEBP", quality=80)):
        assert 0 < quality(read(copy).luma) < 0.03
    grain = rng.normal(6, 5, (480, 640))
    assert quality(np.clip(grain, 0, 255).astype(np.uint8)) == 0
    grain[200:208] += 200
    assert quality(np.clip(grain, 0, 255).astype(np.uint8)) == 0


def test_the_quality_of_a_plain_sky_is_negative_and_that_of_shaded_paper_0() -> None:
    for copy in (encoded(sky(0), "PNG"), encoded(sky(0), "JPEG", quality=70)):
        assert -1 <= quality(read(copy).luma) < 0
    shaded = np.linspace(235, 250, 400)[None] + np.zeros((300, 1))
    assert quality(shaded.astype(np.uint8)) == 0


def test_the_digest_tells_pictures_apart_that_are_equally_grey() -> None:
    red, green = (read(encoded(Image.new("RGB", (64, 64), c), "PNG"), rgb=True) for c in ((255, 0, 0), (0, 130, 0)))
    assert np.array_equal(red.luma, green.luma)
    assert red.rgb is not None and green.rgb is not None
    for worth in (0.0, 0.5):
        grey = pixels_digest(red.luma, red.info, worth)
        assert grey == pixels_digest(green.luma, green.info, worth) and len(grey) == 16
        assert pixels_digest(red.rgb, red.info, worth) != pixels_digest(green.rgb, green.info, worth)
        assert grey != pixels_digest(red.luma, DecodedInfo(64, 65, "PNG"), worth)
        assert grey != pixels_digest(red.luma.reshape(32, 128), red.info, worth)
        assert grey != pixels_digest(red.luma.view(np.int8), red.info, worth)


def test_the_photos_all_have_something_to_see(shared: Path) -> None:
    files = sorted((shared / "photos").rglob("*.*"))[::9]
    assert len(files) > 100
    assert min(quality(read(path.read_bytes()).luma) for path in files) > 0.05
