"""What a file has besides the pixels of its first frame: seen in its bytes, kept as columns of its content."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

from dedupe.decode import tiff
from dedupe.decode.ends import MOST, gif_frames
from dedupe.jpeg import besides
from dedupe.model import TRAITS, Traits

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from dedupe.decode.exif import Exif
    from dedupe.jpeg.header import JpegHeader

_PLAIN = Traits()
_BITS = 258


def jpeg_traits(data: bytes, header: JpegHeader, exif: Exif) -> Traits:
    """The traits of a JPEG."""
    try:
        frames, hdr = (besides.frames(data, header), besides.gain_map(data, header)) if header.apps else (1, False)
    except struct.error:  # an index that points nowhere
        frames, hdr = 1, False
    icc, motion = besides.profile(data, header), besides.clip(data, header)
    if not (icc or hdr or motion or exif.camera or exif.gps) and frames == 1:
        return _PLAIN
    return Traits(frames, profile=icc, camera=exif.camera, gps=exif.gps, hdr=hdr, motion=motion)


def pillow_traits(name: str, data: bytes, image: Image.Image | NDArray[Any], exif: Exif, alpha: bool) -> Traits:
    """The traits of a picture that is no JPEG and is loaded; `alpha`: whether some of it is see-through."""
    icc = getattr(image, "info", {}).get("icc_profile")
    return Traits(
        _frames(name, data, image),
        _depth(name, data, image),
        icc if isinstance(icc, bytes) else b"",
        alpha,
        exif.camera,
        exif.gps,
        name == "AVIF" and b"tmap" in data[: data.find(b"mdat") + 1 or None],
    )


def columns_of(traits: Traits | None) -> tuple[int, int, int, int]:
    """The last four of CONTENT_FIELDS; zeros where a decoder does not tell."""
    if traits is None:
        return 0, 0, 0, 0
    bits = sum(bool(getattr(traits, name)) << i for i, name in enumerate(TRAITS))
    return min(traits.frames, MOST), min(traits.depth, 255), bits, zlib.crc32(traits.profile)


def refuse_traits(name: str, traits: object) -> None:
    """Raises TypeError for what a plugin's decoder gave in place of traits."""
    if traits is None:
        return
    if not isinstance(traits, Traits):
        raise TypeError(f"the decoder {name} gave {type(traits).__name__}, not Traits")
    numbers = all(type(each) is int and each > 0 for each in (traits.frames, traits.depth))
    if not (numbers and isinstance(traits.profile, bytes)):
        raise TypeError(f"the decoder {name} gave {traits.frames!r} frames of {traits.depth!r} bits")


def _frames(name: str, data: bytes, image: Image.Image | NDArray[Any]) -> int:
    try:
        if name == "GIF":
            return max(1, gif_frames(data, MOST))
        if name == "TIFF":
            return max(1, len(tiff.pages(data)))
    except (IndexError, struct.error):  # a picture that Pillow reads has one frame at least
        return 1
    return max(1, int(getattr(image, "n_frames", 1)))


def _depth(name: str, data: bytes, image: Image.Image | NDArray[Any]) -> int:
    """Bits a channel, 8 at least."""
    found = 8
    if not hasattr(image, "mode"):
        found = 8 * image.dtype.itemsize
    elif name == "PNG":
        found = data[24]
    elif name == "TIFF":
        bits = getattr(image, "tag_v2", {}).get(_BITS)
        found = max((each for each in bits if isinstance(each, int)), default=8) if isinstance(bits, tuple) else 8
    elif name == "JPEG2000" and (at := data.find(b"\xff\x4f\xff\x51")) >= 0 and at + 42 < len(data):
        found = (data[at + 42] & 0x7F) + 1
    elif name == "AVIF" and (at := data.find(b"av1C")) >= 0 and at + 6 < len(data):
        found = 8 + (data[at + 6] >> 6 & 1) * (2 + (data[at + 6] >> 4 & 2))
    elif image.mode.startswith("I"):
        found = 16
    return max(8, min(int(found), 64))
