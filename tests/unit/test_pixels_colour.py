"""Colour is what Pillow makes of a picture, to the last bit, though most of it is made here."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from dedupe import testing
from dedupe.decode import Picture, image_for, read_picture
from dedupe.model import TURNS, Decode, DecodedInfo
from dedupe.pixels.area import reduce_area
from dedupe.pixels.arrays import packed, unpacked
from dedupe.pixels.colour import FILTERS, resize
from pictures import encoded

PIXELS = {"box": Image.Resampling.BOX, "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
INFO = DecodedInfo(1, 1, "PNG")


def drawn(height: int, width: int, seed: int = 0, hard: bool = False) -> NDArray[np.uint8]:
    """Noise in colour; with `hard` of nothing but 0 and 255, where sums leave the range of a byte."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return np.where(noise > 127, np.uint8(255), np.uint8(0)) if hard else noise


def photo(width: int, height: int, number: int = 20) -> Image.Image:
    with Image.open(testing.photos()[number]) as image:
        return image.convert("RGB").resize((width, height))


def colour_of(data: bytes) -> NDArray[np.uint8]:
    rgb = read_picture(data, (), rgb=True, full=False, pixel_cap=10**9).rgb
    assert rgb is not None
    return rgb


# -- JPEGs: decoded once, to luma and differences of colour


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0", "4:1:1"])
def test_the_colour_of_a_small_jpeg_is_libjpegs_own(subsampling: str, progressive: bool) -> None:
    for number, quality in enumerate((10, 40, 75, 90, 100)):
        source = photo(301 + number, 200 - number, number) if number % 2 else Image.fromarray(drawn(61, 47, number))
        data = encoded(source, "JPEG", quality=quality, subsampling=subsampling, progressive=progressive)
        with Image.open(io.BytesIO(data)) as image:
            assert np.array_equal(colour_of(data), np.asarray(image))


def test_a_jpeg_whose_colour_is_halved_in_height_alone_is_read_as_libjpeg_does_too() -> None:
    data = bytearray(encoded(photo(320, 160), "JPEG", subsampling="4:2:2", quality=85))
    frame = data.index(b"\xff\xc0")  # two blocks side by side and two on top of each other come in the same order
    data[frame + 5 : frame + 9] = b"\x01\x40\x00\xa0"
    assert data[frame + 11] == 0x21
    data[frame + 11] = 0x12
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (160, 320)
        assert np.array_equal(colour_of(bytes(data)), np.asarray(image))


def test_every_colour_comes_out_as_libjpeg_makes_it() -> None:
    from dedupe.pixels.colour_kernels import colours

    light, blue, red = np.meshgrid(*[np.arange(0, 256, 3)] * 3, indexing="ij")
    planes = (light | blue << 8 | red << 16).astype(np.uint32).reshape(86, -1)
    luma, rgb = np.empty(planes.shape, np.uint8), np.empty_like(planes)
    colours(planes, luma, rgb)
    b, r, y = blue - 128, red - 128, light

    def fixed(value: float) -> int:
        return int(value * 65536 + 0.5)

    # libjpeg's tables: red and blue are rounded each, the two parts of green together
    green = (-fixed(0.34414) * b + 32768 - fixed(0.71414) * r) >> 16
    expected = [y + ((fixed(1.402) * r + 32768) >> 16), y + green, y + ((fixed(1.772) * b + 32768) >> 16)]
    found = rgb.view(np.uint8).reshape(*light.shape, 4)
    assert np.array_equal(luma.reshape(light.shape), light)
    assert np.array_equal(found[..., :3], np.clip(np.stack(expected, axis=3), 0, 255))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(300, 200), (700, 500), (1100, 640)])
def test_colour_is_turned_upright_and_reduced_band_by_band(size: tuple[int, int], orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(photo(*size), "JPEG", exif=exif)
    found = colour_of(data)
    upright = read_picture(data, (), rgb=True, full=True, pixel_cap=10**9).rgb
    assert upright is not None
    if max(size) > 1024:
        assert np.abs(found.mean(axis=(0, 1)) - upright.mean(axis=(0, 1))).max() < 1
        return
    if max(size) > 512:
        height, width = found.shape[:2]
        box = (0.0, 0.0, float(upright.shape[1]), float(upright.shape[0]))
        whole = np.concatenate([upright, upright[..., :1]], axis=2).view(np.uint32)[..., 0]
        upright = reduce_area(whole, box, (width, height)).view(np.uint8).reshape(height, width, 4)[..., :3]
    assert np.array_equal(found, upright)


# -- resizing


@pytest.mark.skipif(not FILTERS, reason="this Pillow goes in another order, so that it is asked itself")
@given(
    st.tuples(*[st.integers(1, 300) | st.integers(1, 12)] * 4),
    st.sampled_from(sorted(PIXELS)),
    st.booleans(),
    st.integers(0, 99),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_resizing_equals_pillows(sizes: tuple[int, ...], resample: str, hard: bool, seed: int) -> None:
    assert set(PIXELS) == FILTERS
    height, width, high, wide = sizes
    image = Image.fromarray(drawn(height, width, seed, hard))
    expected = np.asarray(image.resize((wide, high), PIXELS[resample]))
    assert np.array_equal(resize(packed(image), (wide, high), resample), expected)


@pytest.mark.skipif(not FILTERS, reason="this Pillow goes in another order, so that it is asked itself")
@pytest.mark.parametrize("size", [(1, 1), (2900, 3), (3, 2900), (513, 512), (512, 1025)], ids=str)
def test_extreme_proportions_are_resized_as_pillow_does(size: tuple[int, int]) -> None:
    image = Image.fromarray(drawn(size[1], size[0], hard=True))
    for resample, method in PIXELS.items():
        for target in ((224, 224), (1, 1), size, (size[0], 7), (7, size[1])):
            assert np.array_equal(resize(packed(image), target, resample), np.asarray(image.resize(target, method)))


@pytest.mark.parametrize("resample", [*PIXELS, "lanczos"])
@pytest.mark.parametrize("turn", TURNS)
def test_what_descriptors_get_is_pillows_whatever_the_picture_was_made_from(turn: str, resample: Any) -> None:
    array = drawn(90, 130)
    image = Image.fromarray(array)
    made = [Picture(array[:, :, 0], kind, INFO) for kind in (array, image, packed(image))]
    method = {**PIXELS, "lanczos": Image.Resampling.LANCZOS}[resample]
    whole = [image_for(each, Decode(None, "RGB"), turn) for each in made]
    for each, seen in zip(made, whole, strict=True):
        small = image_for(each, Decode((50, 40), "RGB", resample=resample), turn)
        assert np.array_equal(small, np.asarray(Image.fromarray(whole[0]).resize((50, 40), method)))
        assert np.array_equal(seen, whole[0]) and not small.flags.writeable and not seen.flags.writeable
    assert np.array_equal(made[2].rgb, made[0].rgb)


# -- whole pixels


def test_whole_pixels_are_pillows_memory_or_a_copy_of_it() -> None:
    array = drawn(30, 20)
    image = Image.fromarray(array)
    assert np.array_equal(packed(image).view(np.uint8).reshape(30, 20, 4)[:, :, :3], array)
    assert np.array_equal(np.asarray(unpacked(packed(image))), array) and unpacked(packed(image)).mode == "RGB"
    large = Image.new("RGB", (3000, 2000), (1, 2, 3))  # more than one block of Pillow's memory
    assert (packed(large) & 0xFFFFFF == 0x030201).all()
    luma = image.convert("YCbCr")
    assert np.array_equal(packed(luma).view(np.uint8).reshape(30, 20, 4)[:, :, :3], np.asarray(luma))
    large = large.convert("YCbCr")
    assert np.array_equal(packed(large)[0, :1].view(np.uint8)[:3], np.asarray(large)[0, 0])
