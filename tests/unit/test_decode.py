"""What a decoded picture is: its pixels in every mode, its orientation, its size, its quality and its digest."""

from __future__ import annotations

import io
import struct
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from dedupe import testing
from dedupe.decode import SUFFIXES, Picture, image_for, pixels_digest, quality, read_picture, recognised, sniff
from dedupe.decode.area import reduce_area
from dedupe.decode.arrays import pixels
from dedupe.decode.exif import read_exif
from dedupe.decode.jpeg import read_header, scale_for
from dedupe.errors import PictureError
from dedupe.model import TURNS, Decode, DecodedInfo

ROOT = Path(__file__).resolve().parents[2]
CAP = 100_000_000


def read(data: bytes, rgb: bool = False, full: bool = False, cap: int = CAP) -> Picture:
    return read_picture(data, (), rgb=rgb, full=full, pixel_cap=cap)


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


@cache
def photo(width: int = 0, height: int = 0) -> Image.Image:
    """A photo that ships, in RGB, in its own size or another."""
    with Image.open(testing.photos()[20]) as image:
        rgb = image.convert("RGB")
    return rgb.resize((width, height)) if width else rgb


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


# -- the working image


@pytest.mark.parametrize(
    ("size", "working"),
    [
        ((512, 512), (512, 512)),
        ((513, 300), (512, 299)),
        ((4000, 3000), (512, 384)),
        ((1, 20000), (1, 512)),
        ((9, 7), (9, 7)),
    ],
)
def test_the_longest_side_is_brought_to_512(size: tuple[int, int], working: tuple[int, int]) -> None:
    for format_ in ("PNG", "JPEG"):
        picture = read(encoded(photo(*size), format_), rgb=True)
        assert picture.luma.shape == working[::-1]
        assert (picture.info.width, picture.info.height) == size


def test_the_decoder_reduces_as_far_as_the_longest_side_allows() -> None:
    header = read_header(encoded(Image.new("RGB", (4095, 16)), "JPEG"))
    assert scale_for(header, 512) == 4
    assert scale_for(read_header(encoded(Image.new("L", (16, 4096)), "JPEG")), 512) == 8
    assert scale_for(read_header(encoded(Image.new("L", (500, 400)), "JPEG")), 512) == 1


def _matrix(start: float, end: float, count: int, pixels: int) -> Any:
    edges = start + (end - start) / count * np.arange(count + 1)
    places = np.arange(pixels)
    covered = np.minimum(edges[1:, None], places + 1) - np.maximum(edges[:-1, None], places)
    covered = np.clip(covered, 0, None)
    return covered / covered.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("shape", "box", "size"),
    [
        ((533, 400), (0, 0, 400, 533), (384, 512)),
        ((751, 1001), (0.5, 0.75, 1001, 751), (512, 384)),
        ((1000, 30), (0, 0, 30, 1000), (15, 512)),
        ((1, 2000), (0, 0, 2000, 1), (512, 1)),
        ((5000, 3), (0, 0, 3, 5000), (1, 512)),
    ],
)
def test_reducing_by_area_gives_the_mean_of_what_each_pixel_covers(shape: Any, box: Any, size: Any) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    expected = _matrix(box[1], box[3], size[1], shape[0]) @ image @ _matrix(box[0], box[2], size[0], shape[1]).T
    found = reduce_area(image, box, size)
    assert np.abs(found - expected).max() < 1.5
    assert abs((found - expected).mean()) < 0.02


def test_flat_pictures_stay_flat_when_they_are_reduced() -> None:
    for level in (0, 1, 128, 254, 255):
        assert (reduce_area(np.full((777, 1031), level, np.uint8), (0, 0, 1031, 777), (512, 386)) == level).all()


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


def test_of_many_frames_the_first_is_read() -> None:
    others = [Image.new("RGB", photo().size, "red"), Image.new("RGB", photo().size, "blue")]
    for format_, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {}), ("MPO", {})):
        many = encoded(photo(), format_, save_all=True, append_images=others, **options)
        one = encoded(photo(), "JPEG" if format_ == "MPO" else format_, **options)
        difference = np.abs(read(many).luma.astype(int) - read(one).luma)
        assert difference.mean() < 2, format_


# -- EXIF


def _block(order: str, orientation: bytes, date: bytes = b"2021:02:03 04:05:06\0") -> bytes:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    main = struct.pack(order + "H", 2) + orientation + struct.pack(order + "HHII", 0x8769, 4, 1, 38) + bytes(4)
    inner = struct.pack(order + "HHHII", 1, 0x9003, 2, len(date), 56) + bytes(4)
    return head + main + inner + date


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_and_date_are_read_from_both_byte_orders(order: str) -> None:
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, 6, 0)
    assert read_exif(_block(order, entry)) == (6, 1612325106)
    assert read_exif(b"Exif\0\0" + _block(order, entry)) == (6, 1612325106)
    assert read_exif(_block(order, entry, b"0000:00:00 00:00:00\0")) == (6, None)


def test_no_damage_to_exif_raises() -> None:
    block = _block("<", struct.pack("<HHIHH", 0x0112, 3, 1, 8, 0))
    rng = np.random.default_rng(5)
    for _ in range(3000):
        damaged = bytearray(block[: rng.integers(0, len(block) + 1)])
        for at in rng.integers(0, max(1, len(damaged)), 3):
            if damaged:
                damaged[at] = rng.integers(0, 256)
        orientation, taken = read_exif(bytes(damaged))
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


# -- quality and digest


def _page(draw: Any, noise: float = 0, size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    page = Image.new("RGB", size, (250, 250, 250))
    draw(ImageDraw.Draw(page))
    if not noise:
        return page
    grain = np.random.default_rng(0).normal(0, noise, (*size[::-1], 1))
    return Image.fromarray(np.clip(np.asarray(page) + grain, 0, 255).astype(np.uint8))


PAGES = {
    "one line": lambda d: d.text((120, 200), "Invoice 4711, to be paid within two weeks", fill="black", font_size=32),
    "two lines": lambda d: d.text(
        (90, 900), "Dear Sir or Madam, please find enclosed\nwhat you asked for.", fill="black", font_size=36
    ),
    "page number": lambda d: d.text((610, 1680), "17", fill="black", font_size=28),
    "stamp": lambda d: d.ellipse((900, 1400, 1050, 1550), fill="red"),
    "signature": lambda d: d.line(
        [(700, 1500), (760, 1420), (800, 1500), (900, 1440), (1000, 1490)], fill="blue", width=5
    ),
}


@pytest.mark.parametrize("noise", [0, 3])
@pytest.mark.parametrize("page", PAGES)
def test_nearly_blank_documents_have_quality_0(page: str, noise: float) -> None:
    image = _page(PAGES[page], noise)
    for data in (encoded(image, "JPEG", quality=60), encoded(image, "PNG")):
        assert quality(read(data).luma) == 0


def test_quality_is_0_for_flat_pictures_and_says_how_much_there_is_to_see() -> None:
    for level in (0, 77, 128, 255):
        assert quality(np.full((300, 400), level, np.uint8)) == 0
    ramp = np.tile(np.linspace(0, 255, 400).astype(np.uint8), (300, 1))
    assert 0.8 < quality(ramp) < 0.95
    halves = np.zeros((300, 400), np.uint8)
    halves[:, 200:] = 255
    assert quality(halves) == pytest.approx((0.5 - 0.04) / 0.96, abs=1e-6)
    assert quality(np.zeros((1, 1), np.uint8)) == 0
    assert all(quality(read(path.read_bytes()).luma) > 0.03 for path in testing.photos())


def test_the_digest_tells_pictures_apart_that_are_equally_grey() -> None:
    red, green = (read(encoded(Image.new("RGB", (64, 64), c), "PNG"), rgb=True) for c in ((255, 0, 0), (0, 130, 0)))
    assert np.array_equal(red.luma, green.luma)
    assert red.rgb is not None and green.rgb is not None
    assert pixels_digest(red.luma, red.info) == pixels_digest(green.luma, green.info)
    assert pixels_digest(red.rgb, red.info) != pixels_digest(green.rgb, green.info)
    assert len(pixels_digest(red.luma, red.info)) == 16
    assert pixels_digest(red.luma, red.info) != pixels_digest(red.luma, DecodedInfo(64, 65, "PNG"))
    assert pixels_digest(red.luma, red.info) != pixels_digest(red.luma.reshape(32, 128), red.info)


def test_the_photos_all_have_something_to_see(shared: Path) -> None:
    files = sorted((shared / "photos").rglob("*.*"))[::9]
    assert len(files) > 100
    assert min(quality(read(path.read_bytes()).luma) for path in files) > 0.05


def test_the_cap_is_the_callers() -> None:
    data = encoded(photo(200, 100), "JPEG")
    assert read(data, cap=20_000).info.width == 200
    with pytest.raises(PictureError) as refused:
        read(data, cap=19_999)
    assert refused.value.reason == "too_large"
