"""JPEG: its header read without Pillow, which takes as long over it as over a small picture, and its ends made sure of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from dedupe.decode.arrays import core
from dedupe.errors import PictureError

_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_BARE = frozenset({0x00, 0x01, *range(0xD0, 0xDA)})
_LAST, _SCAN = 0xD9, 0xDA
_TABLES = frozenset({0xC4, 0xDB, 0xDD})
_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_END, _NEXT_SCAN = b"\xff\xd9", b"\xff\xda"
_OTHER_BITS = b"\x55" * 256

_NOTHING = Image.Image()

TRUNCATED = "The file ends before the picture does."


@dataclass(slots=True)
class Header:
    """Size in pixels, number of components, the first one's name, whether the three are YCbCr, the EXIF segment, and
    where the first scan begins.
    """

    width: int = 0
    height: int = 0
    layers: int = 0
    first: int = 0
    progressive: bool = False
    luma: bool = True
    exif: bytes = b""
    scan: int = 0


def read_header(data: bytes) -> Header:
    """The header up to the first scan. Raises PictureError (`truncated`, `broken`)."""
    header, components, jfif, adobe = Header(), b"", False, -1
    for marker, at, length in _segments(data):
        if marker in _FRAMES and length >= 11:
            header.height, header.width = data[at + 5] << 8 | data[at + 6], data[at + 7] << 8 | data[at + 8]
            header.layers, components = data[at + 9], data[at + 10 : at + 19 : 3]
            header.first, header.progressive = data[at + 10], marker in _PROGRESSIVE
            _check_frame(data[at + 4], header)
        elif marker == 0xE0 and length >= 16:
            jfif = jfif or data[at + 4 : at + 9] == b"JFIF\0"
        elif marker == 0xE1 and not header.exif and data[at + 4 : at + 10] == b"Exif\0\0":
            header.exif = data[at + 4 : at + 2 + length]
        elif marker == 0xEE and length >= 14 and data[at + 4 : at + 9] == b"Adobe":
            adobe = data[at + 15]
        header.scan = at
    if not header.layers:
        raise PictureError("broken", "The JPEG has no picture in it.")
    # libjpeg's own rule (default_decompress_parms): JFIF means YCbCr, then Adobe's flag decides, then the names
    header.luma = jfif or (adobe != 0 if adobe >= 0 else components != b"RGB")
    return header


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, place and length of each segment up to the start of the first scan, or the end marker; tables left out."""
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
            if marker not in _TABLES:
                yield marker, at, length
        if marker in (_SCAN, _LAST):
            return
        at += 2 + length


def _check_frame(bits: int, header: Header) -> None:
    if bits != 8 or header.layers not in _MODES:
        raise PictureError("broken", f"A JPEG of {bits} bits and {header.layers} components cannot be read.")
    if not header.width or not header.height:
        raise PictureError("broken", "The JPEG says that it has no pixels.")


def scale_for(header: Header, side: int) -> int:
    """The largest of 8, 4, 2, 1 at which the longest side keeps at least `side` pixels."""
    longest = max(header.width, header.height)
    return next(scale for scale in (8, 4, 2, 1) if scale == 1 or longest >= side * scale)


def decode_jpeg(data: bytes, header: Header, mode: str | None, scale: int) -> tuple[Image.Image, tuple[float, float]]:
    """The picture reduced by `scale` in the decoder, and its true width and height, which need not be whole pixels.

    `mode` is "L" (the luma plane as it is stored) or "YCbCr" for a header that says `luma`, else None. A file without
    an end marker counts as whole if no pixel depends on what is missing; so does one with an end marker that might have
    come early, its last block being blank or its last scans missing. A progressive one that ends between two scans is
    coarser, but all there. Raises PictureError (`truncated`) and whatever Pillow raises.
    """
    try:
        image, box = _load(data, header, mode, scale)
    except PictureError:  # it ends early
        cut = len(data)
        image, box = _ended(data, header, mode, scale)
    else:
        cut = data.find(_END, header.scan) if _blank_end(image, scale) or not _refined(data, header) else -1
    if cut >= 0 and _ended(data[:cut] + _OTHER_BITS, header, mode, scale)[0].tobytes() != image.tobytes():
        raise PictureError("truncated", TRUNCATED)
    return image, box


def _ended(data: bytes, header: Header, mode: str | None, scale: int) -> tuple[Image.Image, tuple[float, float]]:
    """What can be decoded of a file that ends early."""
    try:
        return _load(data + _END, header, mode, scale)
    except OSError:
        raise PictureError("truncated", TRUNCATED) from None


def _load(data: bytes, header: Header, mode: str | None, scale: int) -> tuple[Image.Image, tuple[float, float]]:
    """The picture straight from Pillow's decoder: opening a file takes as long as decoding a small one, and its header has
    been read.
    """
    mode = mode or _MODES[header.layers]
    raw = "CMYK;I" if header.layers == 4 else mode  # as Pillow: CMYK is taken to be Adobe's, inverted
    size = -(-header.width // scale), -(-header.height // scale)
    image, decoder = core.new(mode, size), core.jpeg_decoder(mode, raw, "", scale, 0)
    try:
        decoder.setimage(image, (0, 0, *size))
        left, status = decoder.decode(data)
    finally:
        decoder.cleanup()
    if left >= 0:
        raise PictureError("truncated", TRUNCATED)
    if status < 0:
        raise OSError(f"{core.getcodecstatus(status)} when reading image file")
    return _NOTHING._new(image), (header.width / scale, header.height / scale)


def _blank_end(image: Image.Image, scale: int) -> bool:
    """Whether the last block is the mid-grey that libjpeg fills in for one it has no data of."""
    width, height = image.size
    last = image.getpixel((width - 1, height - 1))
    if (last[0] if isinstance(last, tuple) else last) not in (127, 128):
        return False
    block = max(1, 8 // scale)
    corner = image.crop(((width - 1) // block * block, (height - 1) // block * block, width, height))
    luma = corner.getchannel(0).getextrema()
    return bool(luma[0] == luma[1])


def _refined(data: bytes, header: Header) -> bool:
    """Whether the scans of a progressive JPEG bring every coefficient of its first component to full precision."""
    if not header.progressive:
        return True
    wanted, at = set(range(64)), header.scan
    end = data.find(_END, at)
    while wanted and at >= 0:
        count = data[at + 4]
        start, stop, bits = data[at + 5 + 2 * count : at + 8 + 2 * count]
        if header.first in data[at + 5 : at + 5 + 2 * count : 2] and not bits & 15:
            wanted -= set(range(start, stop + 1))
        at = data.find(_NEXT_SCAN, at + 2, end)
    return not wanted
