"""BMP: bit fields of any kind; Pillow knows some."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from dedupe.errors import PictureError
from dedupe.jpeg.header import TRUNCATED

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OS2 = 64
_BIT_FIELDS, _ALPHA_BIT_FIELDS = 3, 6


def has_bit_fields(data: bytes) -> bool:
    """Whether a BMP says itself where in 16 or 32 bits its colours are. Never raises."""
    if len(data) < 66:
        return False
    size, _, _, _, bits, compression = struct.unpack_from("<IiiHHI", data, 14)
    return 40 <= size != _OS2 and bits in (16, 32) and compression in (_BIT_FIELDS, _ALPHA_BIT_FIELDS)


def read_bit_fields(data: bytes) -> Image.Image:
    """The picture of a BMP that `has_bit_fields`, in mode "RGB" or "RGBA". Raises PictureError (`truncated`, `broken`)."""
    size, width, height, _, bits, compression = struct.unpack_from("<IiiHHI", data, 14)
    if width <= 0 or height == 0:
        raise PictureError("broken", "The BMP says that it has no pixels.")
    alpha = size >= 56 or compression == _ALPHA_BIT_FIELDS
    masks = struct.unpack_from("<4I" if alpha else "<3I", data, 54)
    values = _rows(data, width, abs(height), bits)[:: 1 if height < 0 else -1]
    bands = [_band(values, mask) for mask in (masks if any(masks[3:]) else masks[:3])]
    return Image.fromarray(np.stack(bands, axis=2))


def _rows(data: bytes, width: int, height: int, bits: int) -> NDArray[Any]:
    """The pixels as they are stored, u16 or u32 (h,w)."""
    start, stride = int.from_bytes(data[10:14], "little"), -(-width * bits // 32) * 4
    if start + stride * height > len(data):
        raise PictureError("truncated", TRUNCATED)
    rows = np.frombuffer(data, np.uint8, stride * height, start).reshape(height, stride)
    return np.ascontiguousarray(rows[:, : width * bits // 8]).view(f"<u{bits // 8}")


def _band(values: NDArray[Any], mask: int) -> NDArray[np.uint8]:
    """The bits that a mask takes, 0 to 255."""
    shift = (mask & -mask).bit_length() - 1 if mask else 0
    most = mask >> shift
    if most & (most + 1):
        raise PictureError("broken", f"The BMP takes a colour from bits that are not side by side ({mask:#x}).")
    part = (values & values.dtype.type(mask & ((1 << 8 * values.itemsize) - 1))) >> values.dtype.type(shift)
    levels: NDArray[np.float32] = part * np.float32(255 / max(most, 1)) + np.float32(0.5)
    return levels.astype(np.uint8)
