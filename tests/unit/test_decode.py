"""What a decoded picture is: its pixels in every mode and format, and what descriptors are handed of them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from dedupe.decode import SUFFIXES, Picture, format_name, image_for, recognised, sniff
from dedupe.decode.formats import codec
from dedupe.decode.reading import read_luma
from dedupe.errors import PictureError
from dedupe.model import TURNS, Decode, DecodedInfo
from dedupe.pixels.arrays import pixels
from pictures import encoded, photo, read

# -- grey and colour


@pytest.mark.parametrize("size", [(301, 203), (700, 525), (1999, 1501)])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"subsampling": 2, "progressive": True}], ids=str)
def test_the_grey_of_a_jpeg_is_its_luma_plane_whether_colour_was_asked_for_or_not(
    size: tuple[int, int], options: Any
) -> None:
    data = encoded(photo(*size), "JPEG", quality=88, **options)
    alone, beside = read(data), read(data, rgb=True)
    assert np.array_equal(alone.luma, beside.luma)
    assert beside.rgb is not None and alone.rgb is None
    assert beside.rgb.shape == (*beside.luma.shape, 3)
    if max(size) <= 512:
        with Image.open(io.BytesIO(data)) as image:
            image.draft("L", size)
            assert np.array_equal(np.asarray(image), alone.luma)


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB components"])
def test_odd_jpegs_give_the_same_grey_with_and_without_colour(mode: str) -> None:
    data = encoded(photo(), "JPEG", keep_rgb=True) if "RGB" in mode else encoded(photo().convert(mode), "JPEG")
    alone, beside = read(data), read(data, rgb=True)
    assert np.array_equal(alone.luma, beside.luma)
    assert beside.rgb is not None
    assert np.abs(beside.rgb.mean(axis=2).mean() - np.asarray(photo()).mean()) < 12


def test_full_is_the_upright_rgb_picture_and_pillows_grey_of_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(photo(900, 600), "JPEG", exif=exif)
    picture = read(data, rgb=True, full=True)
    with Image.open(io.BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image)
        assert np.array_equal(picture.rgb, np.asarray(upright))
        assert np.array_equal(picture.luma, np.asarray(upright.convert("L")))
    assert picture.luma.shape == (900, 600)


def test_the_luma_of_all_pixels_is_a_jpegs_own_plane_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(photo(900, 600), "JPEG", exif=exif)
    luma = read_luma(data, (), pixel_cap=1_000_000)
    full = read(data, full=True).luma.astype(int)
    assert luma.shape == (900, 600) and 0 < np.abs(full - luma).max() <= 4
    for other in (
        encoded(photo(), "PNG"),
        encoded(photo().convert("CMYK"), "JPEG"),
        encoded(photo().convert("L"), "JPEG"),
    ):
        assert np.array_equal(read_luma(other, (), pixel_cap=1_000_000), read(other, full=True).luma)
    for bad, reason in ((data[:5000], "truncated"), (b"", "empty")):
        with pytest.raises(PictureError) as error:
            read_luma(bad, (), pixel_cap=1_000_000)
        assert error.value.reason == reason
    with pytest.raises(PictureError, match="pixels"):
        read_luma(data, (), pixel_cap=1000)


GREY = {
    "1": lambda im: im.convert("1"),
    "L": lambda im: im.convert("L"),
    "LA": lambda im: im.convert("LA"),
    "P": lambda im: im.quantize(200),
    "RGB": lambda im: im,
    "RGBA": lambda im: im.convert("RGBA"),
    "I;16": lambda im: Image.fromarray(np.asarray(im.convert("L")).astype(np.uint16) * 257),
}


@pytest.mark.parametrize("mode", GREY)
def test_png_modes_give_pillows_grey(mode: str) -> None:
    image = GREY[mode](photo())
    picture = read(encoded(image, "PNG"), rgb=True)
    expected = photo().convert("L") if mode == "I;16" else image.convert("RGB").convert("L")
    assert np.array_equal(picture.luma, np.asarray(expected))
    assert picture.rgb is not None and picture.rgb.shape == (*picture.luma.shape, 3)


@pytest.mark.parametrize("mode", ["I", "I;16", "F", "F 0..1", "CMYK", "I large"])
def test_tiff_modes_are_scaled_not_clipped(mode: str) -> None:
    grey = np.asarray(photo().convert("L"))
    image = {
        "I": lambda: Image.fromarray(grey.astype(np.int32) * 257),
        "I;16": lambda: Image.fromarray(grey.astype(np.uint16) * 257),
        "F": lambda: Image.fromarray(grey.astype(np.float32)),
        "F 0..1": lambda: Image.fromarray(grey.astype(np.float32) / 255),
        "CMYK": lambda: photo().convert("CMYK"),
        "I large": lambda: Image.fromarray(grey.astype(np.int32) * 8_000_000),
    }[mode]()
    luma = read(encoded(image, "TIFF")).luma
    assert luma.max() > 200
    assert np.abs(luma.astype(int) - grey).mean() < (1 if mode != "I large" else 255 / grey.max() * 40)


def test_transparency_stands_over_white_in_every_way_of_saying_it() -> None:
    clear = Image.new("RGBA", (40, 30), (200, 30, 30, 0))
    assert (read(encoded(clear, "PNG")).luma == 255).all()
    half = Image.new("RGBA", (40, 30), (0, 0, 0, 128))
    assert (np.abs(read(encoded(half, "PNG"), rgb=True).rgb.astype(int) - 127) <= 1).all()  # type: ignore[union-attr]
    palette = Image.new("P", (40, 30), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert (read(encoded(palette, "PNG", transparency=1)).luma == 255).all()
    assert (read(encoded(palette, "PNG", transparency=b"\xff\x00")).luma == 255).all()
    assert (read(encoded(palette, "GIF", transparency=1)).luma == 255).all()
    for mode, colour in (("L", 77), ("RGB", (1, 2, 3))):
        assert (read(encoded(Image.new(mode, (40, 30), colour), "PNG", transparency=colour)).luma == 255).all()
    assert (read(encoded(Image.new("LA", (40, 30), (0, 0)), "PNG")).luma == 255).all()
    assert (read(encoded(clear, "WEBP", lossless=True)).luma == 255).all()
    deep = Image.fromarray(np.full((30, 40), 4660, np.uint16))
    assert (read(encoded(deep, "PNG", transparency=4660)).luma == 255).all()


# -- what descriptors are handed


def test_requests_are_turned_first_then_resized_and_shared() -> None:
    picture = read(encoded(photo(300, 200), "PNG"), rgb=True)
    with_size = Decode((40, 30), "RGB", "working", "bicubic")
    methods = dict(zip(TURNS, (None, 0, 1, 3, 2, 4, 5, 6), strict=True))
    for turn, method in methods.items():
        turned = photo(300, 200) if method is None else photo(300, 200).transpose(Image.Transpose(method))
        expected = np.asarray(turned.resize((40, 30), Image.Resampling.BICUBIC))
        found = image_for(picture, with_size, turn)
        assert np.array_equal(found, expected), turn
        assert found is image_for(picture, Decode((40, 30), "RGB", "working", "bicubic"), turn)
        assert not found.flags.writeable
        assert image_for(picture, Decode(), turn).shape == np.asarray(turned).shape[:2]
    assert image_for(picture, Decode(None, "RGB"), "none") is image_for(picture, Decode(None, "RGB"), "none")


def test_rotate90_is_counter_clockwise() -> None:
    corner = np.zeros((20, 30), np.uint8)
    corner[0, -1] = 255
    turned = image_for(read(encoded(Image.fromarray(corner), "PNG")), Decode(), "rotate90")
    assert turned.shape == (30, 20)
    assert turned[0, 0] == 255


def test_arrays_are_read_only_contiguous_and_outlive_the_picture() -> None:
    image = photo().convert("L")
    lent = pixels(image)
    expected = np.asarray(image).copy()
    del image
    assert np.array_equal(lent, expected)
    with pytest.raises(ValueError, match="read-only"):
        lent[0, 0] = 1
    large = Image.new("L", (6000, 5000), 3)  # Pillow keeps it in several blocks
    assert pixels(large).shape == (5000, 6000)
    assert pixels(large).sum() == 3 * 30_000_000
    mapped = Image.frombuffer("L", (7, 5), bytes(range(35)), "raw", "L", 0, -1)
    assert np.array_equal(pixels(mapped), np.asarray(mapped))


def test_a_picture_made_from_arrays_gives_them_back() -> None:
    grey, colour = np.asarray(photo().convert("L")), np.asarray(photo())
    picture = Picture(grey, colour, DecodedInfo(1, 1, "X"))
    assert np.array_equal(picture.luma, grey)
    assert np.array_equal(picture.rgb, colour)
    assert not picture.luma.flags.writeable


# -- formats


def test_content_decides_and_the_format_is_said() -> None:
    names = {"JPEG": "JPEG", "PNG": "PNG", "GIF": "GIF", "BMP": "BMP", "TIFF": "TIFF", "WEBP": "WEBP", "PPM": "PPM"}
    names |= {"AVIF": "AVIF", "JPEG2000": "JPEG2000", "MPO": "JPEG"}
    for format_, name in names.items():
        data = encoded(photo(), format_)
        assert sniff(data[:64])
        assert recognised(data[:64], ())
        assert read(data).info.format == name
        assert read(data).info.width == photo().width
    assert {b".jpg", b".heic"} & SUFFIXES == {b".jpg"}


def test_a_content_keeps_the_codec_of_a_webp() -> None:
    more = [Image.new("RGB", photo().size, "red")]
    clear = photo().convert("RGBA")
    clear.putalpha(clear.getchannel("G"))
    for options, kept in (({"lossless": True}, "VP8L"), ({"quality": 90}, "VP8")):
        for image, further in (
            (photo(), {}),
            (clear, {}),
            (photo(), {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", "icc_profile": b"odd"}),
            (photo(), {"save_all": True, "append_images": more}),
        ):
            data = encoded(image, "WEBP", **options, **further)
            assert codec("WEBP", data) == kept
            assert all(codec("WEBP", data[:end]) in ("VP8", "VP8L") for end in range(12, 80))
    assert format_name("VP8") == format_name("VP8L") == "WEBP"
    assert codec("WEBP", b"a plugin's own") == codec("WEBP", b"") == "WEBP"
    assert format_name(codec("GIF", encoded(photo(), "GIF"))) == "GIF"


def test_of_many_frames_the_first_is_read() -> None:
    others = [Image.new("RGB", photo().size, "red"), Image.new("RGB", photo().size, "blue")]
    for format_, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {}), ("MPO", {})):
        many = encoded(photo(), format_, save_all=True, append_images=others, **options)
        one = encoded(photo(), "JPEG" if format_ == "MPO" else format_, **options)
        difference = np.abs(read(many).luma.astype(int) - read(one).luma)
        assert difference.mean() < 2, format_


def test_the_cap_is_the_callers() -> None:
    data = encoded(photo(200, 100), "JPEG")
    assert read(data, cap=20_000).info.width == 200
    with pytest.raises(PictureError) as refused:
        read(data, cap=19_999)
    assert refused.value.reason == "too_large"
