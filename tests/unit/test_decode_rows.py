"""Small grey pictures as Pillow makes them of the whole: of a JPEG's coefficients, or of the pixels that are at hand."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dedupe.decode import image_for, read_picture
from dedupe.decode.coefficients import read_coefficients
from dedupe.decode.eighth import read_eighth
from dedupe.decode.jpeg_header import read_header
from dedupe.decode.rows import Rows
from dedupe.errors import PictureError
from dedupe.model import TURNS, Decode
from dedupe.plugins import load
from dedupe.testing import photos
from pictures import damaged, encoded, photo

LANCZOS = Image.Resampling.LANCZOS
ZIGZAG = """0 1 8 16 9 2 3 10 17 24 32 25 18 11 4 5 12 19 26 33 40 48 41 34 27 20 13 6 7 14 21 28 35 42 49 56 57 50 43 36 29 22
15 23 30 37 44 51 58 59 52 45 38 31 39 46 53 60 61 54 47 55 62 63"""


def grainy(width: int, height: int, grain: float = 3.0) -> Image.Image:
    """A photo with grain, equal in all channels."""
    noise = grain * np.random.default_rng(width).standard_normal((height, width, 1))
    return Image.fromarray(np.clip(np.asarray(photo(width, height)) + noise, 0, 255).astype(np.uint8))


def cosines(plane: NDArray[np.uint8]) -> Any:
    """The orthonormal two-dimensional DCT of blocks of 8x8 (rows, columns, 8, 8), as the standard (ITU T.81) has it."""
    wave, at = np.mgrid[:8, :8]
    basis = np.cos((2 * at + 1) * wave * np.pi / 16) * np.where(wave, 0.5, np.sqrt(1 / 8))
    height, width = plane.shape
    blocks = plane.reshape(height // 8, 8, width // 8, 8).transpose(0, 2, 1, 3) - 128.0
    return basis @ blocks @ basis.T


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 3}, {"optimize": True}])
@pytest.mark.parametrize("grain", [0.0, 30.0])
@pytest.mark.parametrize("quality", [30, 90, 100])
def test_coefficients_are_those_of_the_decoded_picture(quality: int, grain: float, options: dict[str, Any]) -> None:
    data = encoded(grainy(320, 240, grain).convert("L"), "JPEG", quality=quality, **options)
    found = read_coefficients(data, read_header(data), tuple(range(1, 64)))
    assert found is not None
    assert found.blocks.shape == (30, 65, 48)
    levels = found.blocks[:, :64, :40].transpose(0, 2, 1) * found.steps
    plane = np.asarray(Image.open(io.BytesIO(data)))
    expected = cosines(plane).reshape(30, 40, 64)[:, :, [int(k) for k in ZIGZAG.split()]]
    blocks = plane.reshape(30, 8, 40, 8)
    inside = (blocks.min(axis=(1, 3)) > 0) & (blocks.max(axis=(1, 3)) < 255)  # elsewhere pixels are cut off
    assert inside.mean() > 0.2
    assert np.abs(levels - expected)[inside].max() < 4.01  # what eight times a half can be
    assert not found.blocks[:, :64, 40:].any()


@pytest.mark.parametrize("places", [(), (1,), (2, 35), (63,), (5, 4, 3, 2, 1)])
def test_what_is_not_wanted_is_passed_over(places: tuple[int, ...]) -> None:
    for options in ({"subsampling": 0}, {"subsampling": 2, "restart_marker_rows": 1}):
        data = encoded(grainy(200, 123), "JPEG", quality=95, **options)
        header = read_header(data)
        every, some = read_coefficients(data, header, tuple(range(1, 64))), read_coefficients(data, header, places)
        assert every is not None
        assert some is not None
        assert np.array_equal(some.blocks[:, : 1 + len(places)], every.blocks[:, [0, *places]])
        assert some.steps.tolist() == every.steps[[0, *places]].tolist()


@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 1}, {"optimize": True, "subsampling": 0}])
def test_damage_is_seen_whatever_is_wanted(options: dict[str, Any]) -> None:
    rng, kept = np.random.default_rng(1), 0
    whole = encoded(grainy(200, 123, 60), "JPEG", quality=70, **options)
    for _ in range(300):
        data = damaged(whole, rng)
        with contextlib.suppress(PictureError):  # what is no JPEG any more
            header = read_header(data)
            rows, means = Rows(data, header, 1), read_eighth(data, header)
            if means is None:
                assert rows.means() is None
                assert rows.resized((8, 4), down=False) is None
            else:
                kept += 1
                assert np.array_equal(rows.means(), means)
    assert kept > 20


def of_all_pixels(data: bytes, size: tuple[int, int], turn: str = "none") -> Any:
    full = read_picture(data, [], rgb=True, full=True, pixel_cap=10**9)
    return image_for(full, Decode(size, source="full"), turn).astype(int)


def of_working(data: bytes, size: tuple[int, int], turn: str = "none", **options: Any) -> Any:
    working = read_picture(data, [], rgb=False, full=False, pixel_cap=10**9, **options)
    assert max(working.luma.shape) <= 512
    return image_for(working, Decode(size), turn).astype(int)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [(1501, 1003), (1003, 1501), (2200, 700), (700, 2300), (4001, 1200)])
def test_a_large_jpeg_s_small_grey_is_that_of_all_its_pixels(size: tuple[int, int], mode: str) -> None:
    data = encoded(grainy(*size).convert(mode), "JPEG", quality=90)
    for small, wrong in (((9, 8), 0.03), ((8, 8), 0.03), ((32, 32), 0.04)):
        difference = of_working(data, small) - of_all_pixels(data, small)
        assert np.abs(difference).max() <= 1
        assert (difference != 0).mean() <= wrong


def test_hashes_of_working_images_equal_those_of_all_pixels() -> None:
    equal = dict.fromkeys(("ahash", "dhash", "phash"), 0)
    loaded = load()
    chosen = photos()[::5]
    for i, path in enumerate(chosen):
        with Image.open(path) as image:
            scale = (1700 + 40 * i) / max(image.size)
            large = image.convert("RGB").resize([round(side * scale) for side in image.size], Image.Resampling.BICUBIC)
        noise = i % 5 * np.random.default_rng(i).standard_normal((large.height, large.width, 1))
        pixels = np.clip(np.rint(np.asarray(large) + noise), 0, 255).astype(np.uint8)
        data = encoded(Image.fromarray(pixels), "JPEG", quality=90)
        for name in equal:
            size = loaded.descriptor(name).decode.size
            assert size is not None
            hashes = [
                loaded.descriptor(name).describe(small(data, size)[None].astype(np.uint8))
                for small in (of_working, of_all_pixels)
            ]
            equal[name] += int(np.array_equal(*hashes))
    assert len(chosen) >= 20
    assert min(equal.values()) >= len(chosen) - 2, equal


def test_turned_copies_and_those_that_exif_turns_are_as_near() -> None:
    wrong = []
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = encoded(grainy(1601, 999), "JPEG", quality=90, exif=exif)
        for turn in TURNS:
            difference = of_working(data, (9, 8), turn) - of_all_pixels(data, (9, 8), turn)
            assert np.abs(difference).max() <= 1
            wrong.append((difference != 0).mean())
    assert np.mean(wrong) < 0.01


@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
def test_of_pixels_that_are_at_hand_it_is_exactly_pillow_s(form: str) -> None:
    image = grainy(900, 613).convert("L" if form == "JPEG" else "RGB")
    data = encoded(image, form, quality=90)
    for turn in TURNS:
        for size in ((9, 8), (32, 32), (64, 64)):
            assert np.array_equal(of_working(data, size, turn), of_all_pixels(data, size, turn))


def test_what_it_is_read_with_does_not_matter() -> None:
    data = encoded(grainy(4000, 3000), "JPEG", quality=80)
    plain, said = of_working(data, (32, 32)), of_working(data, (32, 32), sized=True)
    assert np.array_equal(plain, said)
    colour = read_picture(data, [], rgb=True, full=False, pixel_cap=10**9, sized=True)
    assert np.array_equal(image_for(colour, Decode((32, 32)), "none"), plain)
    alone = [
        read_picture(data, [], rgb=False, full=False, pixel_cap=10**9, sized=sized).luma for sized in (False, True)
    ]
    assert np.array_equal(*alone)


def test_a_size_that_blocks_are_too_coarse_for_and_a_progressive_file_are_of_the_working_image() -> None:
    data = encoded(grainy(1200, 900), "JPEG", quality=90)
    rows = Rows(data, read_header(data), 1)
    assert rows.resized((75, 10), down=False) is not None
    assert rows.resized((76, 10), down=False) is None
    progressive = encoded(grainy(1200, 900), "JPEG", quality=90, progressive=True)
    assert Rows(progressive, read_header(progressive), 1).resized((9, 8), down=False) is None
    for each, size in ((data, (128, 96)), (progressive, (9, 8))):
        assert np.abs(of_working(each, size) - of_all_pixels(each, size)).max() <= 3
