"""The working image: the longest side is brought to 480 to 512 pixels, each of which is the mean of what it covers."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from dedupe.decode.working import upright
from dedupe.jpeg.header import read_header, scale_for
from pictures import encoded, photo, read


@pytest.mark.parametrize(
    ("size", "working"),
    [
        ((512, 512), (512, 512)),
        ((513, 300), (512, 299)),
        ((4000, 3000), (500, 375)),
        ((959, 300), (512, 160)),
        ((960, 640), (480, 320)),
        ((1920, 1080), (480, 270)),
        ((8000, 400), (500, 25)),
        ((1, 20000), (1, 512)),
        ((9, 7), (9, 7)),
    ],
)
def test_the_longest_side_is_halved_to_480_to_512_or_brought_to_512(
    size: tuple[int, int], working: tuple[int, int]
) -> None:
    for format_ in ("PNG", "JPEG"):
        picture = read(encoded(photo(*size), format_), rgb=True)
        assert picture.luma.shape == working[::-1]
        assert (picture.info.width, picture.info.height) == size


def test_the_decoder_reduces_as_far_as_the_longest_side_allows() -> None:
    header = read_header(encoded(Image.new("RGB", (3839, 16)), "JPEG"))
    assert scale_for(header, 480) == 4
    assert scale_for(read_header(encoded(Image.new("L", (16, 3840)), "JPEG")), 480) == 8
    assert scale_for(read_header(encoded(Image.new("L", (500, 400)), "JPEG")), 480) == 1


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("size", [(3851, 1013), (1925, 1289), (1023, 517)])
def test_parts_of_pixels_at_the_end_of_a_reduced_jpeg_count_as_parts(size: tuple[int, int], orientation: int) -> None:
    width, height = size
    ramp = np.linspace(20, 230, width)[None, :] + np.linspace(0, 20, height)[:, None]
    exif = Image.Exif()
    exif[0x112] = orientation
    data = encoded(Image.fromarray(np.rint(ramp).astype(np.uint8)), "JPEG", quality=95, exif=exif)
    found = read(data).luma
    turned = upright(Image.fromarray(ramp.astype(np.float32)), size, orientation)[0]
    expected = np.asarray(turned.resize(found.shape[::-1], Image.Resampling.BOX))
    assert abs(max(found.shape) - 496) <= 16
    assert np.abs(found - expected).max() < 2
    assert np.abs((found - expected).mean(axis=int(orientation < 5))).max() < 0.6
