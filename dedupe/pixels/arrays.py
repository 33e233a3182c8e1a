"""Pillow's pixels as numpy arrays, without a copy where Pillow can lend them."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


class _ArrowArray(ctypes.Structure):
    """The ArrowArray of the Arrow C data interface."""

    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
        ("children", ctypes.POINTER(ctypes.c_void_p)),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Lent:
    """Pixels lent by Pillow: `owner` keeps them alive, numpy reads the interface and keeps this object."""

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, interface: dict[str, Any], owner: Any) -> None:
        self.__array_interface__ = interface
        self.owner = owner


_PADDED = {"RGB": "RGBX", "YCbCr": "YCbCrX"}
core: Any = Image.core  # type: ignore[attr-defined]
"""Pillow's C module."""

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = (ctypes.py_object, ctypes.c_char_p)


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    """The pixels of a picture of mode "L" or "RGB" as u8 (h,w) or (h,w,3), C-contiguous and read-only.

    np.asarray copies twice through a bytes object; for grey the memory is taken over the Arrow C interface instead
    (Pillow 11.3). The picture must not be changed while the array lives.
    """
    image.load()
    if image.mode == "L":
        lent = _lent(image, 1)
        if lent is not None:
            return lent
    array = np.frombuffer(image.tobytes(), np.uint8)
    return array.reshape(image.height, image.width, *(() if image.mode == "L" else (3,)))


def packed(image: Image.Image) -> NDArray[np.uint32]:
    """The pixels of a picture of mode "RGB" or "YCbCr" as whole numbers u32 (h,w), C-contiguous and read-only.

    In memory each is three bytes of colour and one that says nothing, as Pillow keeps them. The picture must not be
    changed while the array lives.
    """
    image.load()
    lent = _lent(image, 4)
    if lent is None:
        lent = np.frombuffer(image.tobytes("raw", _PADDED[image.mode]), np.uint8)
    return lent.view(np.uint32).reshape(image.height, image.width)


def unpacked(array: NDArray[np.uint32]) -> Image.Image:
    """The picture of mode "RGB" that has these pixels."""
    height, width = array.shape
    return Image.frombytes("RGB", (width, height), array.data, "raw", "RGBX")


def _lent(image: Image.Image, size: int) -> NDArray[np.uint8] | None:
    """The memory of a picture of `size` bytes a pixel, u8 (h,w*size); None where it does not lie in one piece or belongs to
    somebody else.
    """
    if image.readonly:
        return None
    try:
        capsule = image.im.__arrow_c_array__()
    except (AttributeError, ValueError, MemoryError):
        return None
    if core.get_alignment() != 1:  # rows may have gaps
        return None
    array = _ArrowArray.from_address(_pointer(capsule, b"arrow_array"))
    if size > 1 and array.n_children == 1:  # pixels are lists, their bytes one child
        array = _ArrowArray.from_address(array.children[0])
    width, height = image.width * size, image.height
    if (array.length, array.offset, array.n_buffers) != (width * height, 0, 2):
        return None
    interface = {"version": 3, "typestr": "|u1", "shape": (height, width), "data": (array.buffers[1], True)}
    return np.asarray(_Lent(interface, (capsule, image)))
