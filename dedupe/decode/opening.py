"""Files of the host's formats opened: by Pillow, and by others what it refuses or reads wrongly though it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dedupe.decode import bmp, png, tiff
from dedupe.decode.ends import sound, whole
from dedupe.decode.formats import capped, header_size, open_format
from dedupe.errors import PictureError
from dedupe.jpeg.header import TRUNCATED

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

_NOT_EVERYWHERE = frozenset({"lzma", "webp", "zstd"})
"""Compressions of TIFF that Pillow's libtiff may have been built without, as Pillow names them."""


def opened(name: str, data: bytes, pixel_cap: int) -> Image.Image | NDArray[Any]:
    """The first picture of a file that is no JPEG, loaded; as values (`tiff.values`) where Pillow has no mode for them.

    Raises PictureError (`too_large`, `truncated`, `broken`, `not_supported`) and whatever Pillow and tifffile raise.
    """
    capped(header_size(name, data) or (0, 0), pixel_cap)
    if name == "TIFF":
        return _tiff(data, pixel_cap, 0)
    if name == "JPEG2000" and _layers(data) > 4:
        raise PictureError("not_supported", "JPEG 2000 files of more than four layers are not supported.")
    try:
        image = open_format(name, png.pixels_alone(data) if name == "PNG" else data)
    except OSError:
        if name != "BMP" or not bmp.has_bit_fields(data):
            raise
        return bmp.read_bit_fields(data)
    capped(image.size, pixel_cap)
    if not whole(name, data):
        raise PictureError("truncated", TRUNCATED)
    if not sound(name, data):
        raise PictureError("broken", f"The {name} is damaged: its checksum does not match.")
    image.load()
    return image


def frames(name: str, data: bytes, wanted: Iterable[int], pixel_cap: int) -> Iterator[Image.Image | NDArray[Any]]:
    """Frames or pages, by their numbers, of a file that `opened` has read; the next one may take the place of the one before.

    Raises as `opened` does.
    """
    if name == "TIFF":
        pages = [0, *tiff.pages(data)[1:]]
        yield from (_tiff(data, pixel_cap, pages[index]) for index in wanted)
        return
    image = open_format(name, png.pixels_alone(data) if name == "PNG" else data)
    for index in wanted:
        image.seek(index)
        capped(image.size, pixel_cap)
        image.load()
        yield image


def _layers(data: bytes) -> int:
    """How many layers the box says that a JP2 begins with; 0 for a bare codestream, of which Pillow says it."""
    at = data.find(b"ihdr", 0, 256)
    return int.from_bytes(data[at + 12 : at + 14], "big") if at >= 0 else 0


def _tiff(data: bytes, pixel_cap: int, page: int) -> Image.Image | NDArray[Any]:
    try:
        image = open_format("TIFF", data)
        image.seek(page)
    except Exception:  # Pillow raises nearly everything; what tifffile cannot read either was Pillow's to refuse
        found = _values(data, pixel_cap, page)
        if found is None:
            raise
        return found
    capped(image.size, pixel_cap)
    if tiff.misread(image):
        return tiff.values(data, pixel_cap, page)
    try:
        image.load()  # a TIFF's stray tags do no harm, and libtiff misses what it needs: whether it is whole is not asked
    except OSError:
        if image.info.get("compression") not in _NOT_EVERYWHERE or (found := _values(data, pixel_cap, page)) is None:
            raise
        return found
    return image


def _values(data: bytes, pixel_cap: int, page: int) -> NDArray[Any] | None:
    if not whole("TIFF", data):
        raise PictureError("truncated", TRUNCATED)
    try:
        return tiff.values(data, pixel_cap, page)
    except PictureError:
        raise
    except Exception:
        return None
