"""A file that ends early is truncated wherever it ends; one that merely seems to is whole."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image

from odd_pictures import photo, read, reason
from pictures import encoded

ENDS = {
    "jpg": lambda: encoded(photo(), "JPEG"),
    "progressive jpg": lambda: encoded(photo(), "JPEG", progressive=True),
    "grey jpg": lambda: encoded(photo().convert("L"), "JPEG", subsampling=0),
    "large jpg": lambda: encoded(photo(2400, 1800), "JPEG"),
    "png": lambda: encoded(photo(), "PNG"),
    "apng": lambda: encoded(photo(), "PNG", save_all=True, append_images=[photo().rotate(9), photo().rotate(20)]),
    "gif": lambda: encoded(photo(), "GIF"),
    "animated gif": lambda: encoded(
        photo(), "GIF", save_all=True, append_images=[photo().rotate(9), photo().rotate(20)]
    ),
    "webp": lambda: encoded(photo(), "WEBP"),
    "lossless webp": lambda: encoded(photo(), "WEBP", lossless=True),
    "tif": lambda: encoded(photo(), "TIFF"),
    "lzw tif": lambda: encoded(photo(), "TIFF", compression="tiff_lzw"),
    "jpeg tif": lambda: encoded(photo(), "TIFF", compression="jpeg"),
    "bmp": lambda: encoded(photo(), "BMP"),
    "palette bmp": lambda: encoded(photo().quantize(64), "BMP"),
    "avif": lambda: encoded(photo(), "AVIF"),
    "jp2": lambda: encoded(photo(), "JPEG2000", irreversible=True, quality_layers=[20]),
    "j2k": lambda: encoded(photo(), "JPEG2000", no_jp2=True),
    "ppm": lambda: encoded(photo(), "PPM"),
}


@pytest.mark.parametrize("kind", ENDS)
def test_a_file_that_ends_early_is_truncated_wherever_it_ends(kind: str) -> None:
    data = ENDS[kind]()
    read(data)
    rng = random.Random(kind)
    cuts = {int(len(data) * part) for part in (0.1, 0.5, 0.9, 0.99)} | {rng.randrange(32, len(data)) for _ in range(12)}
    for cut in sorted(cuts | {len(data) - 1}):
        if "jpg" in kind and cut >= len(data) - 2:
            continue  # the end marker alone: see below
        assert reason(data[:cut]) == "truncated", cut


def test_a_png_whose_checksum_is_wrong_is_broken() -> None:
    data = bytearray(encoded(photo(), "PNG"))
    data[len(data) // 2] ^= 4
    assert reason(bytes(data)) == "broken"


@pytest.mark.parametrize("kind", [kind for kind in ENDS if "jpg" in kind])
def test_a_jpeg_that_lacks_only_its_end_marker_is_whole(kind: str) -> None:
    data = ENDS[kind]()
    assert data.endswith(b"\xff\xd9")
    assert np.array_equal(read(data[:-2]).luma, read(data).luma)
    assert np.array_equal(read(data + b"\0" * 5000).luma, read(data).luma)
    assert np.array_equal(read(data + data).luma, read(data).luma)


@pytest.mark.parametrize("part", [0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", [kind for kind in ENDS if "jpg" in kind])
def test_a_jpeg_with_its_end_marker_too_early_is_no_half_grey_picture(kind: str, part: float) -> None:
    data = ENDS[kind]()
    start, end = data.index(b"\xff\xda") + 20, len(data)
    if kind == "progressive jpg":  # the last scan only refines what is all there
        end = data.rindex(b"\xff\xc4")
    assert reason(data[: start + int((end - start) * part)] + b"\xff\xd9") == "truncated"


def test_pictures_that_really_are_mid_grey_are_whole() -> None:
    for mode, grey in (("L", 128), ("RGB", (128, 128, 128)), ("CMYK", (127, 127, 127, 127))):
        for size in ((64, 64), (100, 37), (2100, 1100)):
            for tail in (2, 0):
                data = encoded(Image.new(mode, size, grey), "JPEG")
                read(data[: len(data) - tail])
    below = photo().copy()
    below.paste((128, 128, 128), (0, 120, 320, 240))
    read(encoded(below, "JPEG"))
