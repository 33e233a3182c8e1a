"""A picture stands upright as its EXIF block says, however damaged that is, and its date is read from it."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from dedupe.decode.exif import read_exif
from pictures import encoded, photo, read

# -- upright


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "large PNG", "AVIF"])
def test_the_eight_orientations_give_one_working_image(kind: str) -> None:
    source = photo(1500, 1000) if kind == "large PNG" else photo(240, 160)
    format_ = kind.split()[-1]
    options = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100, "subsampling": "4:4:4"}}.get(format_, {})
    inverse = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that undoes each orientation
    upright = read(encoded(source, format_, **options))
    for orientation, method in inverse.items():
        stored = source if method is None else source.transpose(Image.Transpose(method))
        exif = Image.Exif()
        exif[0x0112] = orientation
        found = read(encoded(stored, format_, exif=exif, **options))
        assert (found.info.width, found.info.height) == source.size
        if format_ == "AVIF":
            assert np.abs(found.luma.astype(int) - upright.luma).mean() < 2
        else:
            assert np.array_equal(found.luma, upright.luma), orientation


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(read(encoded(photo(), "JPEG", exif=exif)).luma, read(encoded(photo(), "JPEG")).luma)


def test_what_a_reduced_jpeg_lacks_of_a_pixel_is_on_the_side_where_it_was_stored() -> None:
    """2051 / 2 is 1025.5: the decoder gives 1026, and the half pixel must go, on whichever side it is when upright."""
    source = photo(2051, 1001)
    luma = read(encoded(source, "JPEG", quality=95)).luma.astype(int)
    exif = Image.Exif()
    for orientation, method in ((2, 0), (3, 3), (4, 1), (6, 2), (8, 4)):
        exif[0x0112] = orientation
        found = read(encoded(source.transpose(Image.Transpose(method)), "JPEG", quality=95, exif=exif)).luma.astype(int)
        assert found.shape == luma.shape == (250, 512)
        assert np.abs(found - luma).mean() < 0.6, orientation


# -- EXIF


def _block(order: str, orientation: bytes, date: bytes = b"2021:02:03 04:05:06\0") -> bytes:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    main = struct.pack(order + "H", 2) + orientation + struct.pack(order + "HHII", 0x8769, 4, 1, 38) + bytes(4)
    inner = struct.pack(order + "HHHII", 1, 0x9003, 2, len(date), 56) + bytes(4)
    return head + main + inner + date


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_and_date_are_read_from_both_byte_orders(order: str) -> None:
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, 6, 0)
    assert read_exif(_block(order, entry))[:2] == (6, 1612325106)
    assert read_exif(b"Exif\0\0" + _block(order, entry))[:2] == (6, 1612325106)
    assert read_exif(_block(order, entry, b"0000:00:00 00:00:00\0"))[:2] == (6, None)


def test_no_damage_to_exif_raises() -> None:
    block = _block("<", struct.pack("<HHIHH", 0x0112, 3, 1, 8, 0))
    rng = np.random.default_rng(5)
    for _ in range(3000):
        damaged = bytearray(block[: rng.integers(0, len(block) + 1)])
        for at in rng.integers(0, max(1, len(damaged)), 3):
            if damaged:
                damaged[at] = rng.integers(0, 256)
        orientation, taken, *_ = read_exif(bytes(damaged))
        assert 1 <= orientation <= 8
        assert taken is None or isinstance(taken, int)


def test_taken_prefers_the_original_date() -> None:
    exif = Image.Exif()
    exif[0x0132] = "2001:01:01 00:00:00"
    for format_ in ("JPEG", "PNG", "WEBP", "TIFF"):
        assert read(encoded(photo(), format_, exif=exif)).info.taken == 978307200, format_
    exif.get_ifd(0x8769)[0x9004] = "2002:01:01 00:00:00"
    assert read(encoded(photo(), "JPEG", exif=exif)).info.taken == 1009843200
    exif.get_ifd(0x8769)[0x9003] = "2003:01:01 00:00:00"
    assert read(encoded(photo(), "JPEG", exif=exif)).info.taken == 1041379200
    assert read(encoded(photo(), "JPEG")).info.taken is None
