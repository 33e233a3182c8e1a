"""JPEG: decoded straight by Pillow's decoder, its ends made sure of."""

from __future__ import annotations

from PIL import Image

from dedupe.errors import PictureError
from dedupe.jpeg.header import END, MODES, SCAN, TRUNCATED, JpegHeader
from dedupe.pixels.arrays import core

_NEXT_SCAN = bytes([0xFF, SCAN])
_OTHER_BITS = b"\x55" * 256

_NOTHING = Image.Image()


def decode_jpeg(
    data: bytes, header: JpegHeader, mode: str | None, scale: int
) -> tuple[Image.Image, tuple[float, float]]:
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
        cut = data.find(END, header.scan) if _blank_end(image, scale) or not _refined(data, header) else -1
    if cut >= 0 and _ended(data[:cut] + _OTHER_BITS, header, mode, scale)[0].tobytes() != image.tobytes():
        raise PictureError("truncated", TRUNCATED)
    return image, box


def _ended(data: bytes, header: JpegHeader, mode: str | None, scale: int) -> tuple[Image.Image, tuple[float, float]]:
    """What can be decoded of a file that ends early."""
    try:
        return _load(data + END, header, mode, scale)
    except OSError:
        raise PictureError("truncated", TRUNCATED) from None


def _load(data: bytes, header: JpegHeader, mode: str | None, scale: int) -> tuple[Image.Image, tuple[float, float]]:
    """The picture straight from Pillow's decoder: opening a file takes as long as decoding a small one, and its header has
    been read.
    """
    mode = mode or MODES[header.layers]
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


def _refined(data: bytes, header: JpegHeader) -> bool:
    """Whether the scans of a progressive JPEG bring every coefficient of its first component to full precision."""
    if not header.progressive:
        return True
    wanted, at = set(range(64)), header.scan
    end = data.find(END, at)
    while wanted and at >= 0:
        count = data[at + 4]
        start, stop, bits = data[at + 5 + 2 * count : at + 8 + 2 * count]
        if header.first in data[at + 5 : at + 5 + 2 * count : 2] and not bits & 15:
            wanted -= set(range(start, stop + 1))
        at = data.find(_NEXT_SCAN, at + 2, end)
    return not wanted
