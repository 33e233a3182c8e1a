"""A picture in memory to the bytes of a file that holds it without loss."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from dedupe.decode.formats import capped
from dedupe.decode.reading import refused
from dedupe.errors import PictureError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ANIMATED = frozenset({"GIF", "PNG", "WEBP", "AVIF", "TIFF"})
"""Formats whose frames are those of one picture; a camera's MPO holds previews, a PSD layers."""

_HELD_AS = {
    "La": "LA",
    "PA": "RGBA",
    "RGBa": "RGBA",
    "RGBX": "RGB",
    "YCbCr": "RGB",
    "HSV": "RGB",
    "LAB": "RGB",
}
"""What modes become that no file has, or that it would be read in another way from."""

_PNG = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_LOOK = ("icc_profile", "transparency")


def file_of(picture: bytes | NDArray[Any] | Image.Image, pixel_cap: int) -> bytes:
    """The bytes of a file: what was given as bytes, unchanged; an array u8 (h,w), (h,w,3), (h,w,4) or u16 (h,w), or an image
    of PIL with all its frames and its EXIF.

    The image stays as it is. Raises PictureError: `empty`, `too_large`, and what an image is that cannot be loaded.
    """
    if isinstance(picture, bytes):
        return picture
    size = picture.size if isinstance(picture, Image.Image) else (picture.shape[1], picture.shape[0])
    if not all(size):
        raise PictureError("empty", "It has no pixels.")
    capped(size, pixel_cap)
    with refused(None, b"", pixel_cap), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if isinstance(picture, Image.Image):
            return _file(picture, pixel_cap)
        kind = "<u2" if picture.dtype.itemsize == 2 else "u1"
        return _saved([Image.fromarray(np.ascontiguousarray(picture, kind))], b"")


def _file(image: Image.Image, pixel_cap: int) -> bytes:
    frames, exif = _frames(image, pixel_cap), image.info.get("exif")
    block = exif if isinstance(exif, bytes) else b""
    if len(frames) > 1:
        frames = [each.convert("RGBA") if _is_clear(each) else each for each in frames]
    elif block and frames[0].mode == "CMYK":
        frames = [frames[0].convert("RGB")]
    return _saved(frames, block)


def _frames(image: Image.Image, pixel_cap: int) -> list[Image.Image]:
    """Copies of all frames of an animation or a file of many pages, and of anything else of the one that it shows."""
    count = getattr(image, "n_frames", 1) if image.format in _ANIMATED and not _is_closed(image) else 1
    if count == 1:
        return [_plain_copy(image)]
    if count * image.width * image.height > pixel_cap:
        raise PictureError("too_large", f"Its {count:,} frames have more than the {pixel_cap:,} pixels allowed.")
    frames, at = [], image.tell()
    image.seek(count - 1)  # Pillow loses its place in a PNG when it goes back from anywhere else
    try:
        for number in range(count):
            image.seek(number)
            frames.append(_plain_copy(image))
    finally:
        image.seek(at)
    return frames


def _is_closed(image: Image.Image) -> bool:
    """Whether an image's file is closed, so that no other frame can be had: Pillow then has something in its place that
    raises whatever it is asked.
    """
    try:
        return bool(getattr(getattr(image, "_fp", None), "closed", False))
    except ValueError:
        return True


def _plain_copy(image: Image.Image) -> Image.Image:
    """A copy in a mode that a file has, with nothing beside the pixels but what changes their look."""
    copy = image.copy()
    if copy.mode.startswith("I;16"):
        copy = Image.fromarray(np.asarray(copy).astype("<u2"))
    elif copy.mode in _HELD_AS:
        copy = copy.convert(_HELD_AS[copy.mode])
    copy.info = {name: image.info[name] for name in _LOOK if name in image.info}
    return copy


def _is_clear(image: Image.Image) -> bool:
    """Whether a colour, or colours of the palette, are marked transparent."""
    return image.mode in _PNG - {"LA", "RGBA"} and image.has_transparency_data


def _saved(frames: list[Image.Image], exif: bytes) -> bytes:
    out, (first, *rest) = io.BytesIO(), frames
    settings: dict[str, Any] = {"exif": exif} if exif else {}
    if rest:
        first.save(out, "TIFF", save_all=True, append_images=rest, **settings)
    elif first.mode in _PNG and (exif or _is_clear(first)):  # a TIFF would not have these as they are
        first.save(out, "PNG", compress_level=1, **settings)
    elif first.mode in ("L", "RGB") and not first.info:  # a small TIFF takes five times as long
        first.save(out, "PPM")
    else:
        first.save(out, "TIFF", **settings)
    return out.getvalue()
