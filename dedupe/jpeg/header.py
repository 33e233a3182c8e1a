"""JPEG: its header read without Pillow, which takes as long over it as over a small picture."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from dedupe.errors import PictureError

FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_LOSSLESS = 0xC3
_UNKNOWN = frozenset({0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7})
_BARE = frozenset({0x00, 0x01, *range(0xD0, 0xDA)})
LAST, SCAN = 0xD9, 0xDA
END = bytes([0xFF, LAST])
_TABLES = frozenset({0xC4, 0xDB, 0xDD})
MODES = {1: "L", 3: "RGB", 4: "CMYK"}
"""What Pillow makes of so many components."""

TRUNCATED = "The file ends before the picture does."


@dataclass(slots=True)
class JpegHeader:
    """Size in pixels, number of components, the first one's name, whether the three are YCbCr, the EXIF segment, where what
    the other APP1 and APP2 segments hold begins and ends, and where the first scan begins. A lossless one can neither be
    reduced nor turned to grey in the decoder.
    """

    width: int = 0
    height: int = 0
    layers: int = 0
    first: int = 0
    progressive: bool = False
    lossless: bool = False
    luma: bool = True
    exif: bytes = b""
    apps: list[tuple[int, int]] = field(default_factory=list)
    scan: int = 0


def read_header(data: bytes) -> JpegHeader:
    """The header up to the first scan. Raises PictureError (`truncated`, `broken`)."""
    header, components, jfif, adobe = JpegHeader(), b"", False, -1
    for marker, at, length in segments(data, _TABLES):
        if marker in FRAMES and length >= 11:
            header.height, header.width = data[at + 5] << 8 | data[at + 6], data[at + 7] << 8 | data[at + 8]
            header.layers, components = data[at + 9], data[at + 10 : at + 19 : 3]
            header.first, header.progressive = data[at + 10], marker in _PROGRESSIVE
            header.lossless = marker == _LOSSLESS
            _check_frame(marker, data[at + 4], header)
        elif marker == 0xE0 and length >= 16:
            jfif = jfif or data[at + 4 : at + 9] == b"JFIF\0"
        elif marker == 0xE1 and not header.exif and data[at + 4 : at + 10] == b"Exif\0\0":
            header.exif = data[at + 4 : at + 2 + length]
        elif marker in (0xE1, 0xE2):
            header.apps.append((at + 4, at + 2 + length))
        elif marker == 0xEE and length >= 14 and data[at + 4 : at + 9] == b"Adobe":
            adobe = data[at + 15]
        header.scan = at
    if not header.layers:
        raise PictureError("broken", "The JPEG has no picture in it.")
    # libjpeg's own rule (default_decompress_parms): JFIF means YCbCr, then Adobe's flag decides, then the names
    header.luma = jfif or (adobe != 0 if adobe >= 0 else components != b"RGB")
    return header


def segments(data: bytes, passed: Container[int] = ()) -> Iterator[tuple[int, int, int]]:
    """Marker, place and length of each segment up to the start of the first scan, or the end marker, but those `passed`."""
    at, size = 2, len(data)
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 4 > size:
            raise PictureError("truncated", TRUNCATED)
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        length = 0 if marker in _BARE else data[at + 2] << 8 | data[at + 3]
        if length:
            if at + 2 + length > size:
                raise PictureError("truncated", TRUNCATED)
            if marker not in passed:
                yield marker, at, length
        if marker in (SCAN, LAST):
            return
        at += 2 + length


def _check_frame(marker: int, bits: int, header: JpegHeader) -> None:
    if marker in _UNKNOWN:
        raise PictureError(
            "not_supported", "JPEG-LS, hierarchical JPEG and lossless JPEG in arithmetic code are not supported."
        )
    if bits != 8 or header.layers not in MODES:
        what = f"JPEG files of {bits} bits and {header.layers} components"
        raise PictureError("not_supported", f"{what} are not supported.")
    if not header.width or not header.height:
        raise PictureError("broken", "The JPEG says that it has no pixels.")


def scale_for(header: JpegHeader, side: int) -> int:
    """The largest of 8, 4, 2, 1 at which the longest side keeps at least `side` pixels."""
    longest = max(header.width, header.height)
    return next(scale for scale in (8, 4, 2, 1) if scale == 1 or longest >= side * scale)
