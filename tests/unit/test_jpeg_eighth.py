"""The means of a JPEG's blocks, read without the rest: what libjpeg gives at an eighth, or nothing."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dedupe.errors import PictureError
from dedupe.jpeg.eighth import read_eighth
from dedupe.jpeg.header import read_header
from pictures import damaged, encoded, photo, read

SIZES = ((64, 48), (65, 41), (200, 123), (8, 8), (17, 300))


def _means(data: bytes) -> NDArray[np.uint8] | None:
    return read_eighth(data, read_header(data))


def _libjpeg(data: bytes) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(data))
    image.draft("L", (max(image.width // 8, 1), max(image.height // 8, 1)))
    return np.asarray(image)


def _noise(width: int, height: int) -> Image.Image:
    rng = np.random.default_rng(width)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8))


def _noisy(**options: Any) -> bytes:
    return encoded(_noise(200, 123), "JPEG", **options)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_it_is_what_libjpeg_gives_at_an_eighth(size: tuple[int, int], subsampling: int) -> None:
    for image in (photo(*size), _noise(*size)):
        for quality in (5, 50, 90, 100):
            data = encoded(image, "JPEG", quality=quality, subsampling=subsampling)
            found = _means(data)
            assert found is not None
            assert found.shape == (-(-size[1] // 8), -(-size[0] // 8))
            assert np.array_equal(found, _libjpeg(data))


def test_it_reads_grey_optimised_restarted_and_followed_files() -> None:
    grey = encoded(_noise(200, 123).convert("L"), "JPEG", quality=95)
    several = [grey, _noisy(optimize=True, quality=98), _noisy(restart_marker_rows=1), _noisy(restart_marker_blocks=1)]
    for data in [*several, _noisy(restart_marker_blocks=3, subsampling=2, quality=30), grey + b"more"]:
        found = _means(data)
        assert found is not None
        assert np.array_equal(found, _libjpeg(data))


def test_a_file_that_is_otherwise_made_is_left_to_libjpeg() -> None:
    whole = _noisy()
    header = read_header(whole)
    assert _means(encoded(photo(200, 123), "JPEG", progressive=True)) is None
    for cut in (header.scan + 20, len(whole) // 2, len(whole) - 2, len(whole) - 1):
        assert read_eighth(whole[:cut], header) is None
        assert read_eighth(whole[:cut] + b"\xff\xd9", header) is None or cut >= len(whole) - 2
    assert _means(whole[:-2] + b"\x00\x00\xff\xd9") is None, "bytes that nobody asked for"
    assert _means(whole[:-2] + b"\xff\xd3\xff\xd9") is None
    restarted = _noisy(restart_marker_rows=1)
    wrong = restarted.replace(b"\xff\xd1", b"\xff\xd4", 1)
    assert wrong != restarted
    assert _means(wrong) is None


@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 1}, {"optimize": True, "subsampling": 0}])
def test_damage_gives_nothing_or_what_libjpeg_makes_of_it(options: dict[str, Any]) -> None:
    rng, whole, kept = np.random.default_rng(0), _noisy(quality=60, **options), 0
    for _ in range(400):
        data = damaged(whole, rng)
        with contextlib.suppress(PictureError):  # what is no JPEG any more
            header = read_header(data)
            found = read_eighth(data, header) if header.luma else None
            if found is not None:
                kept += 1
                assert np.array_equal(found, _libjpeg(data))
    assert kept > 20


def test_a_large_photo_has_the_same_grey_in_colour_and_alone() -> None:
    for orientation in (1, 6):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = encoded(photo(3999, 2001), "JPEG", quality=92, exif=exif)
        alone, colour = read(data), read(data, rgb=True)
        assert alone.luma.shape == ((250, 499) if orientation == 1 else (499, 250))
        assert np.array_equal(alone.luma, colour.luma)
