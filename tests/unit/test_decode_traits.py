"""What a file has besides the pixels of its first frame is seen and kept, in every format that can have it."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from dedupe.decode import words_of
from dedupe.decode.exif import Exif
from dedupe.decode.traits import columns_of, pillow_traits
from dedupe.errors import PictureError
from dedupe.model import TRAITS, Traits
from pictures import damaged, encoded, photo, read

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<rdf:Description xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
APPLE = b"<apdi:AuxiliaryImageType>urn:com:apple:photo:2020:aux:hdrgainmap</apdi:AuxiliaryImageType>"
CLIP = struct.pack(">I", 24) + b"ftypmp42" + bytes(12) + struct.pack(">I", 9000) + b"mdat" + bytes(9000)


def traits(data: bytes) -> Traits:
    found = read(data).info.traits
    assert found is not None
    return found


def camera() -> Any:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    return exif


def located() -> Any:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 34.0, 0.0)}
    loaded = Image.Exif()
    loaded.load(exif.tobytes())  # a TIFF takes only what was read
    return loaded


def jpeg(**options: Any) -> bytes:
    return encoded(photo(96, 64), "JPEG", **options)


def segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def with_xmp(data: bytes, xmp: bytes) -> bytes:
    return data[:2] + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp) + data[2:]


def with_second(first: bytes, second: bytes, kind: int = 0, order: str = ">") -> bytes:
    """A JPEG with an index (CIPA DC-007) that names a second picture behind it."""
    start = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8)
    entry = struct.pack(order + "HHHII", 1, 0xB002, 7, 32, 26) + bytes(4)

    def index(place: int) -> bytes:
        pictures = struct.pack(order + "IIIHH", 0x20000000 | kind, len(first), 0, 0, 0)
        pictures += struct.pack(order + "IIIHH", kind, len(second), place, 0, 0)
        return segment(0xE2, b"MPF\0" + start + entry + pictures)

    return first[:2] + index(len(first) + len(index(0)) - 10) + first[2:] + second


def test_a_plain_picture_has_nothing_besides() -> None:
    for format_ in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "PPM"):
        assert traits(encoded(photo(96, 64), format_)) == Traits(), format_


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_camera_and_place_are_seen_in_exif(format_: str) -> None:
    for exif, expected in ((camera(), (True, False)), (located(), (False, True)), (Image.Exif(), (False, False))):
        found = traits(encoded(photo(96, 64), format_, exif=exif))
        assert (found.camera, found.gps) == expected


def test_a_blank_maker_and_a_place_without_coordinates_are_none() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "  ", {0: b"\2\3\0\0", 1: "N"}
    assert traits(jpeg(exif=exif)) == Traits()
    exif[0x010F] = "LG"  # so short that it stands in the entry itself
    assert traits(jpeg(exif=exif)) == Traits(camera=True)


def test_the_colour_profile_is_the_same_in_every_format() -> None:
    for format_ in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF"):
        assert traits(encoded(photo(96, 64), format_, icc_profile=SRGB)).profile == SRGB, format_
    long = np.random.default_rng(1).bytes(150_000)  # in three segments
    assert traits(jpeg(icc_profile=long)).profile == long


def test_alpha_is_what_can_be_seen_through() -> None:
    clear = photo(96, 64).convert("RGBA")
    clear.putpixel((5, 5), (1, 2, 3, 200))
    for format_ in ("PNG", "WEBP", "TIFF", "AVIF", "GIF"):
        assert traits(encoded(clear if format_ != "GIF" else cut_out(), format_)).alpha, format_
        assert not traits(encoded(photo(96, 64).convert("RGBA"), format_)).alpha, format_
    grey = Image.new("I;16", (40, 30), 700)
    assert not traits(encoded(grey, "PNG")).alpha
    assert traits(encoded(grey, "PNG", transparency=700)).alpha


def cut_out() -> Image.Image:
    image = photo(96, 64).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 20, 20))
    return image


def test_bits_a_channel_are_told() -> None:
    deep = Image.new("I;16", (40, 30), 700)
    assert [traits(encoded(deep, format_)).depth for format_ in ("PNG", "TIFF", "PPM", "JPEG2000")] == [16] * 4
    assert traits(encoded(Image.new("F", (40, 30), 0.5), "TIFF")).depth == 32
    assert traits(encoded(Image.new("1", (40, 30)), "PNG")).depth == 8, "less than 8 loses nothing in 8"
    assert traits(encoded(photo(96, 64), "JPEG2000")).depth == 8
    data = encoded(photo(96, 64), "AVIF")
    at = data.index(b"av1C") + 6
    with Image.open(io.BytesIO(data)) as image:  # Pillow writes 8 bits alone
        for flags, depth in ((0, 8), (0x40, 10), (0x60, 12)):
            deeper = data[:at] + bytes([data[at] | flags]) + data[at + 1 :]
            assert pillow_traits("AVIF", deeper, image, Exif(), alpha=False).depth == depth


def frames(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (60, 40), (i * 20, 0, 99)) for i in range(count)]


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_frames_are_counted(format_: str) -> None:
    for count in (2, 7):
        first, *others = frames(count)
        assert traits(encoded(first, format_, save_all=True, append_images=others)).frames == count
    first, *others = (photo(96, 64), *frames(3))
    if format_ == "GIF":
        data = encoded(first, "GIF", save_all=True, append_images=[each.resize((96, 64)) for each in others])
        assert traits(data + b"\0trailing").frames == 4


def test_thumbnails_and_masks_of_a_tiff_are_no_pages() -> None:
    first, *others = frames(4)
    for kind, count in ((0, 4), (1, 0), (2, 4), (4, 0)):
        found = traits(encoded(first, "TIFF", save_all=True, append_images=others, tiffinfo={254: kind}))
        assert found.frames == max(1, count)


def test_a_directory_that_names_itself_ends() -> None:
    data = bytearray(encoded(photo(96, 64), "TIFF"))
    at = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[at : at + 2], "little")
    data[at + 2 + 12 * count : at + 6 + 12 * count] = data[4:8]
    assert traits(bytes(data)).frames == 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_two_views_of_a_stereo_picture_are_frames_and_a_preview_is_none(order: str) -> None:
    for kind, count in ((0x020002, 2), (0x020003, 2), (0x010001, 1), (0, 1)):
        assert traits(with_second(jpeg(), jpeg(quality=50), kind, order)).frames == count
    stereo = with_second(jpeg(), jpeg(quality=50), 0x020002, order)
    assert traits(stereo[: len(jpeg()) + 100]).frames == 1, "the second is not there"


def test_a_gain_map_is_a_second_picture_that_is_called_one() -> None:
    plain, second = jpeg(), jpeg(quality=40)
    for found in (
        with_second(with_xmp(plain, XMP), second),
        with_second(plain, with_xmp(second, APPLE)),
        with_second(plain[:2] + segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4)) + plain[2:], second),
        with_xmp(plain, XMP) + second,
    ):
        assert traits(found) == Traits(hdr=True)
    for lost in (with_second(plain, second), with_xmp(plain, XMP), plain + second):
        assert traits(lost) == Traits()


def test_a_clip_is_a_video_behind_the_picture() -> None:
    plain = jpeg()
    said = with_xmp(plain, b'<rdf:Description GCamera:MotionPhoto="1"/>')
    assert traits(plain + CLIP) == traits(said + CLIP) == Traits(motion=True)
    assert traits(plain + b"MotionPhoto_Data" + CLIP + b"SEFHSEFT") == Traits(motion=True)
    assert traits(said + CLIP + b"\xff\xd9").motion
    for lost in (said, plain + bytes(999), plain + b"ftyp" + bytes(99)):
        assert traits(lost) == Traits()


def test_a_damaged_index_of_pictures_is_as_good_as_none() -> None:
    whole = with_second(with_xmp(jpeg(), XMP), jpeg(quality=40), 0x020002)
    rng = np.random.default_rng(3)
    for _ in range(300):
        head = damaged(whole[:200], rng)
        try:
            assert traits(head + whole[200:]).frames in (1, 2)
        except PictureError as error:
            assert "struct" not in str(error) and "index" not in str(error)


def test_what_is_kept_of_it_has_words() -> None:
    assert columns_of(None) == (0, 0, 0, 0)
    assert columns_of(Traits(70_000, 16, SRGB)) == (65535, 16, 1 << TRAITS.index("profile"), zlib.crc32(SRGB))
    for name in TRAITS:
        bits = columns_of(replace(Traits(), **{name: b"x" if name == "profile" else True}))[2]
        assert words_of(bits, False) == (name,)
        assert words_of(bits, True) == tuple(sorted((name, "date")))
