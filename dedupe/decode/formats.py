"""The formats that the host reads: opened by one Pillow class each and by nothing else."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from dedupe.errors import PictureError
from dedupe.magic import HEAD, format_of
from dedupe.model import TRAITS

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

    from dedupe.model import Decoder

DECODE_VERSION = "decode-3"
"""Changes when a file that was refused may be read now, or the other way round."""

# Pillow's other formats stay shut: some run programs (EPS), some open other files, and few hold photographs.
_OPENERS = {
    "JPEG": "JpegImagePlugin.JpegImageFile",
    "PNG": "PngImagePlugin.PngImageFile",
    "GIF": "GifImagePlugin.GifImageFile",
    "BMP": "BmpImagePlugin.BmpImageFile",
    "TIFF": "TiffImagePlugin.TiffImageFile",
    "WEBP": "WebPImagePlugin.WebPImageFile",
    "AVIF": "AvifImagePlugin.AvifImageFile",
    "JPEG2000": "Jpeg2KImagePlugin.Jpeg2KImageFile",
    "PPM": "PpmImagePlugin.PpmImageFile",
}


def codec(name: str, data: bytes) -> str:
    """A file's format as its content keeps it: a WebP stands under its codec, VP8L, which loses nothing, or VP8."""
    if name != "WEBP" or format_of(data[:HEAD]) != "WEBP":
        return name
    at = 12
    while at + 8 <= len(data):
        kind = data[at : at + 4]
        if kind in (b"VP8L", b"VP8 "):
            return kind.decode().strip()
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 24 if kind == b"ANMF" else 8 + size + size % 2  # a frame's own chunks follow its 16 bytes
    return "VP8"


def format_name(kept: str) -> str:
    """The name of the format that a content keeps as `codec` gives it."""
    return "WEBP" if kept in ("VP8", "VP8L") else kept


@cache
def words_of(traits: int, dated: bool) -> tuple[str, ...]:
    """What a content has in words, of the bits that it keeps; a date where it has one."""
    known = [name for i, name in enumerate(TRAITS) if traits >> i & 1]
    return tuple(sorted([*known, "date"] if dated else known))


def mark(decoder: Decoder) -> int:
    """What says in a content that this decoder of a plugin read it, in this version: 1 to 2**32 - 1."""
    return zlib.crc32(f"{decoder.name}@{decoder.version}".encode()) or 1


def open_format(name: str, data: bytes) -> ImageFile:
    """The file opened by the Pillow class of its format, nothing decoded; raises whatever Pillow raises."""
    module, opener = _OPENERS[name].split(".")
    opened: ImageFile = getattr(import_module(f"PIL.{module}"), opener)(io.BytesIO(data))
    return opened


def too_large(pixel_cap: int, size: tuple[int, int] | None = None) -> str:
    """What is said of a picture of `size` (w,h), or of one that nobody dares to open."""
    what = f"Its {size[0]} x {size[1]} pixels are" if size else "It has"
    return f"{what} more than the {pixel_cap:,} pixels allowed."


def capped(size: tuple[int, int], pixel_cap: int) -> None:
    """Raises PictureError (`too_large`) for a picture of `size` (w,h) with more than `pixel_cap` pixels."""
    if size[0] * size[1] > pixel_cap:
        raise PictureError("too_large", too_large(pixel_cap, size))


def header_size(name: str, data: bytes) -> tuple[int, int] | None:
    """Width and height from the header: of a WebP, for Pillow allocates the whole canvas when it opens one, and of a BMP."""
    if name not in ("BMP", "WEBP") or len(data) < 30:
        return None
    if name == "BMP":
        width, height = struct.unpack_from("<ii", data, 18)
        return (abs(width), abs(height)) if data[14] >= 40 else None
    chunk = data[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
