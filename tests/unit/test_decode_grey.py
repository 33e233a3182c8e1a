"""Grey pictures by LANCZOS: Pillow's own result, or what it would have been of the picture that was reduced."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dedupe.decode import Picture, image_for, read_picture
from dedupe.decode.eighth import rounded_up
from dedupe.decode.grey import resize_grey
from dedupe.model import TURNS, Decode, DecodedInfo
from dedupe.testing import photos
from pictures import encoded, photo, read

SIZES = [(8, 8), (9, 8), (32, 32), (64, 64)]
LANCZOS = Image.Resampling.LANCZOS


def pillow(image: Any, size: tuple[int, int]) -> Any:
    return np.asarray(Image.fromarray(image).resize(size, LANCZOS))


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(SIZES), st.integers(0, 9))
def test_what_was_not_reduced_is_as_pillow_resizes_it(
    width: int, height: int, size: tuple[int, int], seed: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    if seed % 2:
        image[:] = np.where(image > 128, 255, 0)
    assert np.array_equal(resize_grey(image, size), pillow(image, size))


@pytest.mark.parametrize("source", ["working", "full"])
def test_a_small_picture_is_the_same_from_either_source_and_turned_first(source: Any) -> None:
    picture = read(encoded(photo(300, 200), "PNG"), rgb=True, full=source == "full")
    for turn in TURNS:
        found = image_for(picture, Decode((9, 8), source=source), turn)
        assert np.array_equal(found, pillow(picture.array("L", turn), (9, 8))), turn
        assert not found.flags.writeable


def modelled(image: Any, size: tuple[int, int], above: float) -> Any:
    """The model written out with numpy, for a picture that goes across first."""
    one = np.eye(max(image.shape), dtype=np.float32)
    across, down = (
        np.asarray(Image.fromarray(one[:n, :n]).resize((n, to), LANCZOS), np.float64)
        for n, to in zip(image.shape[::-1], size, strict=True)
    )
    levels = image @ across.T - above
    bends = np.diff(levels, 2, axis=0) ** 2
    for y, row in enumerate(levels.copy()):
        near = bends[max(y - 3, 1) - 1 : min(y + 3, len(levels) - 2)]
        spread = np.minimum(np.sqrt(2 * near.mean(axis=0)), 1)
        among = row + spread * ((np.arange(2000) + 0.5) / 2000 - 0.5)[:, None]
        levels[y] = np.clip(np.floor(among + 0.5).mean(axis=0), 0, 255)
    return down @ levels


@pytest.mark.parametrize("above", [0.0, 0.0625])
@pytest.mark.parametrize("smooth", [1, 4, 64])
def test_rounding_between_the_directions_is_its_mean_over_the_spread_of_rows(smooth: int, above: float) -> None:
    rng = np.random.default_rng(smooth)
    small = Image.fromarray(rng.integers(0, 256, (-(-384 // smooth), 512 // smooth), dtype=np.uint8))
    image = np.asarray(small.resize((512, 384), Image.Resampling.BICUBIC))
    for size in SIZES:
        expected = modelled(image, size, above)
        found = resize_grey(image, size, (4096, 3072), above)
        sure = np.abs(expected % 1 - 0.5) > 0.01
        assert sure.mean() > 0.9
        assert np.array_equal(found[sure], np.clip(np.floor(expected + 0.5), 0, 255)[sure])


def test_rows_that_are_equal_are_rounded_as_one() -> None:
    line = np.random.default_rng(1).integers(0, 256, 512, dtype=np.uint8)
    image = np.tile(line, (384, 1))
    assert np.array_equal(resize_grey(image, (9, 8), (2048, 1536)), pillow(image, (9, 8)))


@pytest.mark.parametrize("shape", [(1, 512), (2, 512), (512, 1), (512, 2), (3, 3), (512, 512)])
def test_flat_and_thin_pictures_stay_as_they_are(shape: tuple[int, int]) -> None:
    for level in (0, 1, 128, 255):
        flat = np.full(shape, level, np.uint8)
        assert (resize_grey(flat, (9, 8), (shape[1] * 4, shape[0] * 4)) == level).all()


def test_a_turned_picture_is_taken_as_the_original_would_be() -> None:
    luma = np.asarray(photo(400, 100).convert("L"))
    picture = Picture(luma, None, DecodedInfo(4000, 1000, "X"))
    upright = image_for(picture, Decode((8, 8)), "none")
    # 4000 x 1000 goes across first; turned, it goes down first, so that rounding happens along the same side
    assert np.array_equal(image_for(picture, Decode((8, 8)), "rotate90"), np.rot90(upright))
    assert np.array_equal(image_for(picture, Decode((8, 8)), "transpose"), upright.T)


def enlarged(path: Any, side: int, rng: np.random.Generator) -> bytes:
    """A shipped photo as a progressive JPEG whose longest side is `side`, with a little grain: its rows cannot be asked."""
    with Image.open(path) as opened:
        scale = side / max(opened.size)
        size = round(opened.width * scale), round(opened.height * scale)
        pixels = np.asarray(opened.convert("RGB").resize(size, Image.Resampling.BICUBIC), np.float32)
    pixels = pixels + 2 * rng.standard_normal(size[::-1], np.float32)[..., None]
    stream = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(stream, "JPEG", quality=90, progressive=True)
    return stream.getvalue()


def test_a_working_image_gives_the_original_s_pixels_more_often_than_its_own() -> None:
    rng = np.random.default_rng(7)
    size, model, own = (32, 32), 0, 0
    for path in photos()[::4]:
        data = enlarged(path, int(rng.integers(1000, 2000)), rng)
        working, full = (read_picture(data, [], rgb=True, full=whole, pixel_cap=10**9) for whole in (False, True))
        expected = pillow(full.luma, size).astype(int)
        found = image_for(working, Decode(size), "none").astype(int)
        model += (found != expected).sum()
        own += (pillow(working.luma, size) != expected).sum()
        assert np.abs(found - expected).max() <= 2
    assert 0 < model < 0.8 * own


@pytest.mark.parametrize(("step", "above"), [(1, 1 / 16), (2, 1 / 8), (3, 1 / 16), (4, 1 / 4), (8, 0), (12, 1 / 4)])
def test_an_eighth_is_as_much_lighter_as_it_is_said(step: int, above: float) -> None:
    rng = np.random.default_rng(step)
    small = Image.fromarray(rng.integers(30, 220, (20, 240), dtype=np.uint8))
    noisy = np.asarray(small.resize((4000, 320), Image.Resampling.BICUBIC)) + rng.normal(0, 3, (320, 4000))
    stream = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(stream, "JPEG", qtables=[[step] + [3] * 63])
    data = stream.getvalue()
    assert rounded_up(data) == above
    plane = np.asarray(Image.open(io.BytesIO(data)), float)
    working = read_picture(data, [], rgb=False, full=False, pixel_cap=10**9).luma
    means = plane.reshape(40, 8, 500, 8).mean(axis=(1, 3))
    assert abs((working - means).mean() - above) < 0.01


def test_a_file_without_tables_is_not_lighter() -> None:
    assert rounded_up(b"\xff\xd8\xff\xda\0\0\0\0") == 0.0
