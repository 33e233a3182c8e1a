"""Whole files of odd kinds are read as they are, or called not supported; never broken, and never read as something else."""

from __future__ import annotations

import io
import os
import struct
import zlib
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from dedupe.decode.reading import read_exact, read_picture
from dedupe.errors import PictureError
from odd_pictures import chunk
from pictures import CAP, encoded, photo

IMAGE = photo(301, 203).copy()
IMAGE.putpixel((0, 0), (255, 255, 255))  # whole numbers of more than 16 bits are scaled from 0 to the largest
RGB = np.asarray(IMAGE)
GREY = np.asarray(IMAGE.convert("L"))


def rgb(data: bytes, full: bool = True) -> Any:
    found = read_picture(data, (), rgb=True, full=full, pixel_cap=CAP).rgb
    assert found is not None
    return found


def refused(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        rgb(data)
    assert caught.value.reason == "not_supported" and "not supported" in str(caught.value)
    return str(caught.value)


# -- PNG

PNG = encoded(IMAGE, "PNG")
LONG = zlib.compress(b"workflow " * 300_000)
WRONG = {kind: chunk(kind, body)[:-4] + b"\0\0\0\0" for kind, body in ((b"tEXt", b"a\0b"), (b"pHYs", bytes(9)))}
ANCILLARY = {
    "text with a wrong checksum": WRONG[b"tEXt"],
    "resolution with a wrong checksum": WRONG[b"pHYs"],
    "EXIF with a wrong checksum": chunk(b"eXIf", b"II*\0")[:-4] + b"none",
    "packed text": chunk(b"zTXt", b"prompt\0\0" + LONG),
    "packed international text": chunk(b"iTXt", b"prompt\0\1\0\0\0" + LONG),
    "much text": chunk(b"tEXt", b"prompt\0" + b"x" * 70_000_000),
    "a large colour profile": chunk(b"iCCP", b"printer\0\0" + LONG),
    "a colour profile packed otherwise": chunk(b"iCCP", b"printer\0\7" + LONG),
    "empty resolution": chunk(b"pHYs", b""),
    "of a later standard": chunk(b"abCd", bytes(9)),
}


@pytest.mark.parametrize("what", ANCILLARY)
@pytest.mark.parametrize("at", [33, -12], ids=["before the pixels", "after them"])
def test_no_ancillary_chunk_keeps_a_png_from_being_read(what: str, at: int) -> None:
    assert np.array_equal(rgb(PNG[:at] + ANCILLARY[what] + PNG[at:]), RGB)


def test_what_pixels_depend_on_stays_and_pixels_with_a_wrong_checksum_are_broken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(IMAGE.quantize(64), "PNG", transparency=0, exif=exif)
    text = data[:33] + ANCILLARY["packed text"] + data[33:]
    assert np.array_equal(rgb(text), rgb(data))
    at = text.index(b"IDAT")
    length = int.from_bytes(text[at - 4 : at], "big")
    with pytest.raises(PictureError) as caught:
        rgb(text[: at + 4 + length] + b"none" + text[at + 8 + length :])
    assert caught.value.reason == "broken"


def test_what_xcode_makes_of_a_png_is_not_supported() -> None:
    assert "iOS" in refused(PNG[:8] + chunk(b"CgBI", bytes(4)) + PNG[8:])


# -- BMP


def bmp(bits: int, masks: tuple[int, ...], header: int = 40, down: bool = False) -> bytes:
    """The picture in bit fields: red, green, blue and, with a fourth mask, nothing see-through."""
    bands = [*RGB.transpose(2, 0, 1).astype(np.uint64), np.full(GREY.shape, 255, np.uint64)]
    values = np.zeros(GREY.shape, np.uint64)
    for band, mask in zip(bands, masks, strict=False):
        if mask:
            shift = (mask & -mask).bit_length() - 1
            values |= np.round(band * ((mask >> shift) / 255)).astype(np.uint64) << np.uint64(shift)
    rows = values.astype(f"<u{bits // 8}").view(np.uint8)
    rows = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4)))[:: 1 if down else -1]
    height, width = GREY.shape
    compression = 6 if header == 40 and len(masks) == 4 else 3
    start = 14 + max(header, 40 + 4 * len(masks))
    fields = header, width, -height if down else height, 1, bits, compression, 0, 0, 0, 0, 0
    head = b"BM" + struct.pack("<IHHI", 0, 0, 0, start) + struct.pack("<IiiHHIIiiII", *fields)
    return (head + struct.pack(f"<{len(masks)}I", *masks)).ljust(start, b"\0") + rows.tobytes()


FIELDS = {
    "565": (16, (0xF800, 0x7E0, 0x1F)),
    "4444": (16, (0xF00, 0xF0, 0xF, 0xF000)),
    "444": (16, (0xF00, 0xF0, 0xF)),
    "565 reversed": (16, (0x1F, 0x7E0, 0xF800)),
    "red first": (32, (0xFF, 0xFF00, 0xFF0000)),
    "10 bits": (32, (0x3FF00000, 0xFFC00, 0x3FF)),
    "10 bits and 2 of alpha": (32, (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000)),
    "11, 11 and 10 bits": (32, (0xFFE00000, 0x1FFC00, 0x3FF)),
}


@pytest.mark.parametrize("fields", FIELDS)
@pytest.mark.parametrize("header", [40, 56, 124])
@pytest.mark.parametrize("down", [False, True], ids=["bottom up", "top down"])
def test_bit_fields_of_a_bmp_are_read_wherever_they_are(fields: str, header: int, down: bool) -> None:
    bits, masks = FIELDS[fields]
    if header > 40 and len(masks) == 3:
        masks = *masks, 0
    coarse = 255 / min((mask // (mask & -mask)) for mask in masks[:3])
    assert np.abs(rgb(bmp(bits, masks, header, down)).astype(int) - RGB).max() <= coarse / 2 + 1


def test_bmps_that_are_cut_off_damaged_or_of_another_kind() -> None:
    data = bmp(32, (0xFF, 0xFF00, 0xFF0000))
    for change, reason in ((data[:-9], "truncated"), (data[:54] + b"\5" + data[55:], "broken")):
        with pytest.raises(PictureError) as caught:
            rgb(change)
        assert caught.value.reason == reason
    refused(data[:28] + b"\2\0\0\0" + data[32:])  # two bits a pixel
    refused(data[:30] + b"\4\0\0\0" + data[34:])  # a JPEG in a BMP
    with pytest.raises(PictureError) as caught:
        read_picture(data, (), rgb=False, full=False, pixel_cap=1000)
    assert caught.value.reason == "too_large"


# -- TIFF


def tiff(array: Any, **options: Any) -> bytes:
    import tifffile

    out = io.BytesIO()
    tifffile.imwrite(out, array, **options)
    return out.getvalue()


DEPTHS = {
    "uint8": lambda values: values,
    "int8": lambda values: values.astype(int) - 128,
    "uint16": lambda values: values.astype(int) * 257,
    "uint32": lambda values: values.astype(np.int64) * 16843009,
    "uint64": lambda values: values.astype(np.uint64) * 72340172838076673,
    "float16": lambda values: values / 255,
    "float32": lambda values: values / 255,
    "float64": lambda values: values / 255,
}


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("depth", DEPTHS)
def test_tiffs_of_every_depth_are_read_as_they_are(depth: str, order: str) -> None:
    def file(values: Any, **options: Any) -> bytes:
        return tiff(DEPTHS[depth](values).astype(depth), byteorder=order, **options)

    for packed in ({}, {"compression": "zlib"}):
        assert np.array_equal(rgb(file(GREY, photometric="minisblack", **packed))[:, :, 0], GREY)
        assert np.array_equal(rgb(file(255 - GREY, photometric="miniswhite", **packed))[:, :, 0], GREY)
        assert np.array_equal(rgb(file(RGB, photometric="rgb", **packed)), RGB)
        apart = np.ascontiguousarray(RGB.transpose(2, 0, 1))
        assert np.array_equal(rgb(file(apart, photometric="rgb", planarconfig="separate", **packed)), RGB)
    assert np.array_equal(rgb(file(RGB, photometric="rgb", tile=(64, 64), bigtiff=True)), RGB)


def test_odd_tiffs_are_over_white_upright_and_kept_apart_where_they_are_flat() -> None:
    clear = np.dstack([RGB, np.zeros_like(GREY)]).astype(np.float32) / 255
    assert (rgb(tiff(clear, photometric="rgb", extrasamples=["unassalpha"])) == 255).all()
    turned = np.rot90(RGB).astype(np.float32) / 255
    assert np.array_equal(rgb(tiff(turned, photometric="rgb", extratags=[(274, 3, 1, 6, True)])), RGB)
    flat = [tiff(np.full((40, 60, 3), level, np.float64), photometric="rgb") for level in (1000, 2000)]
    exact = [read_exact(data, (), pixel_cap=CAP) for data in flat]
    assert not np.array_equal(*exact)


def test_tiffs_that_are_cut_off_or_too_large_are_that() -> None:
    data = tiff(RGB.astype(np.float32), photometric="rgb", compression="zlib", rowsperstrip=20)
    for part in (0.1, 0.5, 0.9, 0.99):
        with pytest.raises(PictureError) as caught:
            rgb(data[: int(len(data) * part)])
        assert caught.value.reason == "truncated"
    with pytest.raises(PictureError) as caught:
        read_picture(data, (), rgb=False, full=False, pixel_cap=1000)
    assert caught.value.reason == "too_large"


def test_lab_is_read_in_its_own_colours() -> None:
    lab = ImageCms.profileToProfile(
        IMAGE, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab is not None
    assert np.abs(rgb(encoded(lab, "TIFF")).astype(int) - RGB).mean() < 1
    assert read_exact(encoded(Image.new("LAB", (40, 40)), "TIFF"), (), pixel_cap=CAP).shape == (40, 40, 3)


def changed(data: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF with another value of a tag of its first directory."""
    at = int.from_bytes(data[4:8], "little") + 2
    while int.from_bytes(data[at : at + 2], "little") != tag:
        at += 12
    return data[: at + 8] + struct.pack("<I", value) + data[at + 12 :]


def test_tiffs_of_which_nobody_here_knows_how_they_look_are_not_supported() -> None:
    refused(tiff(GREY.astype(np.complex64), photometric="minisblack"))
    refused(tiff(GREY.astype(np.int32), photometric="miniswhite"))
    refused(tiff(np.dstack([RGB, GREY]).astype(np.float32), photometric="rgb", extrasamples=["assocalpha"]))
    refused(changed(tiff(RGB, photometric="rgb"), 262, 6))  # YCbCr with a quarter of the colours, by default
    refused(changed(tiff(GREY, photometric="minisblack"), 262, 32845))  # LogLuv
    refused(changed(tiff(GREY, photometric="minisblack"), 259, 34892))  # JPEG that loses something, of DNG


def test_packed_values_for_which_a_library_is_missing_are_not_supported() -> None:
    packed = encoded(Image.fromarray(GREY.astype(np.float32) / 255), "TIFF", compression="tiff_lzw")
    white = changed(packed, 262, 0)
    if find_spec("imagecodecs") is None:
        assert "LZW" in refused(white)
    else:
        assert np.array_equal(rgb(white)[:, :, 0], 255 - GREY)


# -- others


def test_large_lossless_jpegs_are_read_though_no_decoder_reduces_them() -> None:
    table = b"\xff\xc4" + struct.pack(">H", 20) + b"\0\1" + bytes(16)  # one bit says: as the pixel before
    frame = b"\xff\xc3" + struct.pack(">HBHHB", 11, 8, 1504, 2000, 1) + b"\1\x11\0"
    scan = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\1\0\1\0\0" + bytes(2000 * 1504 // 8)
    found = rgb(b"\xff\xd8" + table + frame + scan + b"\xff\xd9", full=False)
    assert found.shape == (376, 500, 3) and (found == 128).all()


@pytest.mark.parametrize("marker", [0xC5, 0xCB, 0xCF, 0xF7])
def test_jpegs_that_libjpeg_does_not_know_are_not_supported(marker: int) -> None:
    data = encoded(IMAGE, "JPEG")
    at = data.index(b"\xff\xc0")
    refused(data[: at + 1] + bytes([marker]) + data[at + 2 :])
    refused(data[: at + 4] + b"\x0c" + data[at + 5 :])  # 12 bits


def test_a_jpeg_2000_of_five_layers_is_not_supported() -> None:
    data = encoded(IMAGE, "JPEG2000", no_jp2=True)
    at = data.index(b"\xff\x51") + 38
    refused(data[:at] + struct.pack(">H", 5) + data[at + 2 :])
    boxed = encoded(IMAGE, "JPEG2000")
    at = boxed.index(b"ihdr") + 12
    refused(boxed[:at] + struct.pack(">H", 5) + boxed[at + 2 :])


def test_the_pixels_do_not_depend_on_what_else_is_in_the_folder(dedupe: Any, tmp_path: Any) -> None:
    """As a user has it: all that is read is one group, and what is not supported is called that."""
    files = {
        "a.png": PNG,
        "text.png": PNG[:33] + ANCILLARY["packed text"] + PNG[33:],
        "444.bmp": bmp(16, FIELDS["444"][1]),
        "float.tif": tiff(RGB.astype(np.float32) / 255, photometric="rgb"),
        "complex.tif": tiff(GREY.astype(np.complex64), photometric="minisblack"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    ran = dedupe("scan", tmp_path, "--cache", "none", "--format", "table")
    assert "1 group, 3 duplicates" in ran.out
    assert "1 file could not be used (1 not supported)" in ran.out
    assert os.fspath(tmp_path) not in ran.err
