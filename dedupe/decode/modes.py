"""Every kind of pixel to plain 8-bit grey or RGB: what is see-through stands over white, what is deeper is scaled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ALPHA = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
_DEEP = frozenset({"I", "F"})


def plain(image: Image.Image | NDArray[Any]) -> tuple[Image.Image, bool]:
    """The picture in mode "L" or "RGB", and whether some of it is see-through; an array of values (h,w), (h,w,3) or, with
    alpha, (h,w,4) is scaled as deep modes are.

    Alpha, and a colour or palette entry marked transparent, is composited over white. 16-bit grey is divided by 256,
    not clipped. "I" holds 16-bit values in whole numbers and is treated so; one with larger values is scaled from 0 to
    its largest; signed bytes are moved up by 128. "F" from 0 to 1 is multiplied by 255, from 0 to 255 taken as it is,
    anything else scaled from its least to its largest value; what is no number is black. ICC profiles are ignored; LAB
    goes through LittleCMS, CMYK and the rest through Pillow's `convert("RGB")`.
    """
    if isinstance(image, np.ndarray):
        return plain(_from_values(image))
    if image.mode in _DEEP or image.mode.startswith("I;16"):
        return _scaled(image)
    if image.mode in _ALPHA or "transparency" in image.info:
        return _over_white(image)
    if image.mode in ("L", "RGB"):
        return image, False
    if image.mode == "LAB":
        return _from_lab(image), False
    return image.convert("L" if image.mode == "1" else "RGB"), False


def exact(image: Image.Image) -> NDArray[Any]:
    """All that the pixels say, nothing scaled or seen over white: u8 (h,w,3), with alpha u8 (h,w,4), or deep grey (h,w)."""
    if image.mode in _DEEP or image.mode.startswith("I;16"):
        return np.asarray(image)
    if image.mode in _ALPHA or "transparency" in image.info:
        values = np.asarray((image.convert("LA") if image.mode == "La" else image).convert("RGBA"))
        return values[:, :, :3] if (values[:, :, 3] == 255).all() else values
    return np.asarray(image if image.mode == "LAB" else image.convert("RGB"))


def _from_lab(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    seen = ImageCms.profileToProfile(image, lab, rgb, outputMode="RGB")
    assert seen is not None, "it is None where the picture itself is changed"
    return seen


def _over_white(image: Image.Image) -> tuple[Image.Image, bool]:
    if image.mode == "La":
        image = image.convert("LA")
    seen = image.convert("RGBA")
    opaque = seen.getchannel("A").getextrema() == (255, 255)
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB"), not opaque


def _scaled(image: Image.Image) -> tuple[Image.Image, bool]:
    values: NDArray[Any] = np.asarray(image)
    grey = _from_float(values) if image.mode == "F" else _from_whole(values)
    clear = image.info.get("transparency")
    gone = values == clear if isinstance(clear, int) else np.zeros(0, np.bool_)
    if gone.any():
        grey = np.where(gone, np.uint8(255), grey)
    return Image.fromarray(np.ascontiguousarray(grey)), bool(gone.any())


def _from_values(values: NDArray[Any]) -> Image.Image:
    parts = [values] if values.shape[2:] != (4,) else [values[:, :, :3], values[:, :, 3:]]
    return Image.fromarray(np.ascontiguousarray(np.dstack([_bytes(part) for part in parts]).squeeze()))


def _bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    if values.dtype.kind == "f":
        return _from_float(values)
    if values.dtype.itemsize > 1:
        return _from_whole(values)
    return values.view(np.uint8) ^ np.uint8(128 if values.dtype.kind == "i" else 0)


def _from_whole(values: NDArray[Any]) -> NDArray[np.uint8]:
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    largest = int(values.max(initial=0))
    values = np.maximum(values, 0)
    grey: NDArray[Any] = values >> 8 if largest <= 0xFFFF else values * (255.0 / largest)
    return grey.astype(np.uint8, copy=False)


def _from_float(values: NDArray[Any]) -> NDArray[np.uint8]:
    values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    least, largest = float(values.min(initial=0)), float(values.max(initial=0))
    if least >= 0 and largest <= 1:
        values = values * 255
    elif least < 0 or largest > 255:
        values = (values - least) * (255 / (largest - least))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
