"""Which formats the host reads: known by their first bytes, opened by one Pillow class each and by nothing else."""

from __future__ import annotations

import io
import zlib
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

    from dedupe.model import Decoder

DECODE_VERSION = "decode-2"
"""Changes when a file that was refused may be read now, or the other way round."""

HEAD = 64
"""How many of a file's first bytes decide its format."""

SUFFIXES = frozenset(
    b".jpg .jpeg .jpe .jfif .mpo .png .apng .gif .bmp .dib .tif .tiff .webp .avif .avifs "
    b".jp2 .j2k .j2c .jpc .jpf .jpx .ppm .pgm .pbm .pnm".split()
)
"""The suffixes of the formats below, lower case with the dot."""

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
_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
)
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)


def sniff(head: bytes) -> bool:
    """Whether a file with these first bytes (64 are enough) is in a format that the host reads itself."""
    return format_of(head) is not None


def format_of(head: bytes) -> str | None:
    """The format of a file with these first bytes: a key such as "JPEG" or "JPEG2000", or None."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return "AVIF" if brands(head) & {b"avif", b"avis"} else None
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if len(head) > 2 and head[:1] == b"P" and head[1] in b"123456" and head[2] in b" \t\r\n#":
        return "PPM"
    return None


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


def mark(decoder: Decoder) -> int:
    """What says in a content that this decoder of a plugin read it, in this version: 1 to 2**32 - 1."""
    return zlib.crc32(f"{decoder.name}@{decoder.version}".encode()) or 1


def brands(head: bytes) -> set[bytes]:
    """The brands in an ISO base media file's first box, as far as the head reaches."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}


def open_format(name: str, data: bytes) -> ImageFile:
    """The file opened by the Pillow class of its format, nothing decoded; raises whatever Pillow raises."""
    module, opener = _OPENERS[name].split(".")
    opened: ImageFile = getattr(import_module(f"PIL.{module}"), opener)(io.BytesIO(data))
    return opened


def header_size(name: str, data: bytes) -> tuple[int, int] | None:
    """Width and height of a WebP from its header, for Pillow allocates the whole canvas when it opens one."""
    if name != "WEBP" or len(data) < 30:
        return None
    chunk = data[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
