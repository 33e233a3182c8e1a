"""TIFF: the kinds that Pillow refuses, or reads wrongly, are read by tifffile."""

from __future__ import annotations

import io
import logging
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from dedupe.decode.ends import MOST
from dedupe.decode.formats import capped
from dedupe.errors import PictureError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFile import ImageFile

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what it says of odd files is nobody's business here

_BITS, _COMPRESSION, _PHOTOMETRIC, _PLANAR, _FORMAT = 258, 259, 262, 284, 339
_UNPACKED, _SEPARATE, _PREMULTIPLIED, _ALPHA = 1, 2, 1, 2
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_KNOWN, _KINDS = (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB), frozenset("uif")
_UNSIGNED, _SIGNED = 1, 2
_YCBCR, _SUBSAMPLING = 6, 530
_DEEP = frozenset({"I", "F"})
_SUBFILE = 254
_SMALLER, _MASK = 1, 4  # what the subfile type of a directory says that is no page of its own


def misread(image: ImageFile) -> bool:
    """Whether Pillow gives other values than an opened TIFF has (seen with Pillow 11.3 to 13).

    It does not turn white and black of what is deeper than 8 bits, takes signed bytes for unsigned ones and the upper half
    of unsigned 32 bits for negative, and mistakes the byte order of packed deep values, the depth of separate ones, and
    YCbCr with fewer values of colour.
    """
    tags: Any = image.tag_v2  # type: ignore[attr-defined]
    bits, kind = tags.get(_BITS, (1,))[0], tags.get(_FORMAT, (_UNSIGNED,))[0]
    unpacked = tags.get(_COMPRESSION, _UNPACKED) == _UNPACKED
    return bool(
        (bits > 8 and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO)
        or (bits == 8 and kind == _SIGNED)
        or (bits == 32 and kind == _UNSIGNED)
        or (image.mode in _DEEP and tags.prefix == b"MM" and not unpacked)
        or (bits == 16 and unpacked and tags.get(_PLANAR) == _SEPARATE)
        or (unpacked and tags.get(_PHOTOMETRIC) == _YCBCR and tags.get(_SUBSAMPLING, (2, 2)) != (1, 1))
    )


def values(data: bytes, pixel_cap: int, index: int = 0) -> NDArray[Any]:
    """The values of the page of this number as they are stored, white above black: (h,w), (h,w,3), or (h,w,4) with alpha.

    Raises PictureError (`too_large`, `not_supported`) and whatever tifffile raises.
    """
    from tifffile import TiffFile

    with TiffFile(io.BytesIO(data)) as file:
        page: Any = file.pages[index]
        if not page.imagewidth or not page.imagelength:
            raise ValueError("The TIFF says that it has no pixels.")
        capped((page.imagewidth, page.imagelength), pixel_cap)
        if not _known(page):
            raise _refusal(page)
        try:  # there is a worker for every processor already
            array = _in_order(page.asarray(maxworkers=1), page)
        except ValueError as error:
            if "requires the 'imagecodecs' package" not in str(error):
                raise
            raise _refusal(page) from None
    return _turned_over(array) if page.photometric == _WHITE_IS_ZERO else array


def pages(data: bytes) -> list[int]:
    """The numbers of the directories that are pages, and no thumbnails or masks. Raises struct.error where one lies outside."""
    order = "<" if data[:2] == b"II" else ">"
    word, counter, entry = ("Q", "Q", 20) if data[2:4] in (b"+\0", b"\0+") else ("I", "H", 12)
    at, found, met = struct.unpack_from(order + word, data, 8 if word == "Q" else 4)[0], list[int](), set[int]()
    while at and at not in met and len(found) < MOST and at < len(data):
        met.add(at)
        entries = struct.unpack_from(order + counter, data, at)[0]
        first = at + struct.calcsize(counter)
        kinds = [
            struct.unpack_from(order + "I", data, first + i * entry + entry - struct.calcsize(word))[0]
            for i in range(min(entries, 64))
            if struct.unpack_from(order + "H", data, first + i * entry)[0] == _SUBFILE
        ]
        if not (kinds and kinds[0] & (_SMALLER | _MASK)):
            found.append(len(met) - 1)
        at = struct.unpack_from(order + word, data, first + entries * entry)[0]
    return found


def _known(page: Any) -> bool:
    """Whether it is clear how such values look: grey or red, green and blue, with alpha or without."""
    kind = page.dtype.kind if page.dtype else ""
    signed_white = kind == "i" and page.photometric == _WHITE_IS_ZERO and page.dtype.itemsize > 1
    known = page.photometric in _KNOWN and kind in _KINDS and not signed_white
    return known and page.imagedepth == 1 and page.extrasamples[:1] != (_PREMULTIPLIED,)


def _in_order(array: NDArray[Any], page: Any) -> NDArray[Any]:
    """One sample, or three with alpha where there is some; samples that are nothing to see are left away."""
    if array.ndim == 2:
        return array
    if page.planarconfig == _SEPARATE:
        array = np.moveaxis(array, 0, 2)
    if page.photometric != _RGB:
        return array[:, :, 0]
    return array[:, :, : 4 if page.extrasamples[:1] == (_ALPHA,) else 3]


def _turned_over(array: NDArray[Any]) -> NDArray[Any]:
    """White above black; floats may be from 0 to 1 or of any size."""
    if array.dtype.kind != "f":
        return ~array
    return -array if array.max(initial=0) > 1 else 1 - array


def _refusal(page: Any) -> PictureError:
    names = (getattr(each, "name", str(each)) for each in (page.dtype, page.photometric, page.compression))
    what = f"TIFF files of this kind are not supported ({', '.join(names)})"
    return PictureError("not_supported", f"{what}; save it as a TIFF of 8 or 16 bits, or as a PNG.")
