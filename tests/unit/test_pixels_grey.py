"""Grey pictures by LANCZOS are Pillow's, and hashes of working images near those of all pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dedupe.decode import image_for, read_picture
from dedupe.model import TURNS, Decode
from dedupe.pixels.grey import resize_grey
from dedupe.plugins import load
from dedupe.testing import photos
from pictures import encoded, photo, read

SIZES = [(8, 8), (9, 8), (32, 32), (64, 64)]
LANCZOS = Image.Resampling.LANCZOS


def pillow(image: Any, size: tuple[int, int]) -> Any:
    return np.asarray(Image.fromarray(image).resize(size, LANCZOS))


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(SIZES), st.integers(0, 9))
def test_grey_is_as_pillow_resizes_it(width: int, height: int, size: tuple[int, int], seed: int) -> None:
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


@pytest.mark.parametrize("shape", [(1, 512), (2, 512), (512, 1), (512, 2), (3, 3), (512, 512)])
def test_flat_and_thin_pictures_stay_as_they_are(shape: tuple[int, int]) -> None:
    for level in (0, 1, 128, 255):
        assert (resize_grey(np.full(shape, level, np.uint8), (9, 8)) == level).all()


def enlarged(path: Any, side: int, rng: np.random.Generator) -> bytes:
    """A shipped photo as a JPEG whose longest side is `side`, with a little grain."""
    with Image.open(path) as opened:
        scale = side / max(opened.size)
        size = round(opened.width * scale), round(opened.height * scale)
        pixels = np.asarray(opened.convert("RGB").resize(size, Image.Resampling.BICUBIC), np.float32)
    pixels = pixels + 2 * rng.standard_normal(size[::-1], np.float32)[..., None]
    return encoded(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), "JPEG", quality=90)


def test_hashes_of_working_images_are_at_most_2_bits_in_64_from_those_of_all_pixels(full: bool) -> None:
    rng, plugins = np.random.default_rng(7), load()
    for path in photos()[:: 4 if full else 16]:
        data = enlarged(path, int(rng.integers(1700, 4000)), rng)
        pictures = {
            source: read_picture(data, [], rgb=True, full=source == "full", pixel_cap=10**9)
            for source in ("working", "full")
        }
        for name, most in {"ahash": 2, "dhash": 2, "phash": 2, "whash": 2, "pdq": 8}.items():
            bits = []
            for source, picture in pictures.items():
                descriptor = plugins.descriptor(f"{name}:source={source}")
                image = image_for(picture, descriptor.decode, "none")
                bits.append(np.unpackbits(descriptor.describe(image[None] if descriptor.decode.size else [image])))
            assert (bits[0] != bits[1]).sum() <= most, (path.name, name)
