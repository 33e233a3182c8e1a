"""What the distortions share: rounding, Gaussians, and pictures read between their pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

Pixels: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]
Source: TypeAlias = Callable[[Floats, Floats], tuple[NDArray[Any], NDArray[Any]]]

BAND = 1 << 15
"""Pixels that are worked on at a time: what is in between stays in the processor's cache, and large pictures stay cheap."""


def rounded(values: NDArray[Any]) -> Pixels:
    """Floats to u8, to the nearest whole number (halves to the even one), clipped to 0..255."""
    whole: Floats = np.rint(values)
    return np.clip(whole, 0, 255, out=whole).astype(np.uint8)


def to_image(pixels: Pixels) -> Image.Image:
    """A picture u8 (h,w,3) as Pillow's."""
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(pixels))


def from_image(image: Image.Image) -> Pixels:
    """Pillow's picture as u8 (h,w,3)."""
    return np.array(image.convert("RGB") if image.mode != "RGB" else image)


def gaussian(image: Pixels, sigma: float, beyond: Literal["edge", "reflect"] = "edge") -> Floats:
    """A picture u8 (h,w,3) blurred by a Gaussian cut off at 4 sigma, f32 (h,w,3).

    Beyond its border the outermost pixels are repeated or, with "reflect", it is mirrored at them.
    """
    radius = int(4 * sigma + 0.5)
    if not radius:
        return image.astype(np.float32)
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    half = (weights / weights.sum()).astype(np.float32)[radius:]
    height, width, _ = image.shape
    padded = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), beyond).reshape(height + 2 * radius, -1)
    out = np.empty((height, 3 * width), np.float32)
    rows = max(1, BAND // padded.shape[1])
    for top in range(0, height, rows):
        band = padded[top : min(top + rows, height) + 2 * radius].astype(np.float32)
        down = _summed(band.T, half, 1).T
        out[top : top + rows] = _summed(down, half, 3)
    return out.reshape(image.shape)


def _summed(values: Floats, half: Floats, step: int) -> Floats:
    """f32 (n,m) to f32 (n,m-2r*step): a symmetric kernel, given from its middle on, along the second axis."""
    reach = (len(half) - 1) * step
    length = values.shape[1] - 2 * reach
    total: Floats = values[:, reach : reach + length] * half[0]
    pair = np.empty_like(total)
    for i, weight in enumerate(half[1:].tolist(), 1):
        before, after = reach - i * step, reach + i * step
        np.add(values[:, before : before + length], values[:, after : after + length], out=pair)
        pair *= weight
        total += pair
    return total


def warped(image: Pixels, source: Source, *, fill: bool = True) -> Pixels:
    """A picture of the same size that takes pixel (x,y) from `source(x, y)` in `image` u8 (h,w,3), read bilinearly.

    `source` is given f32 (1,w) and (k,1) and returns arrays that broadcast to (k,w). Outside it is black and the
    border fades into that over one pixel, or with `fill=False` the nearest pixel counts.
    """
    height, width, _ = image.shape
    planes = np.zeros((3, height + 2, width + 2), np.float32)
    planes[:, 1:-1, 1:-1] = image.transpose(2, 0, 1)
    flat = planes.reshape(3, -1)
    out = np.empty((height, width, 3), np.uint8)
    across = np.arange(width, dtype=np.float32)[None]
    rows = max(1, BAND // width)
    margin = 1 if fill else 0
    for top in range(0, height, rows):
        down = np.arange(top, min(top + rows, height), dtype=np.float32)[:, None]
        x, y = np.broadcast_arrays(*source(across, down))
        x = np.clip(x, -margin, width - 1 + margin) + 1
        y = np.clip(y, -margin, height - 1 + margin) + 1
        _bilinear(flat, width + 2, height + 2, x, y, out[top : top + rows])
    return out


def _bilinear(flat: Floats, width: int, height: int, x: NDArray[Any], y: NDArray[Any], out: Pixels) -> None:
    """Reads planes f32 (3,width*height) at x, y f32 (k,w), which lie inside, into u8 (k,w,3)."""
    left = np.minimum(x.astype(np.intp), width - 2)
    upper = np.minimum(y.astype(np.intp), height - 2)
    across, down = (x - left).astype(np.float32), (y - upper).astype(np.float32)
    at = upper * width + left
    corners = at, at + 1, at + width, at + width + 1
    for channel, plane in enumerate(flat):
        a, b, c, d = (plane.take(corner) for corner in corners)
        b -= a
        b *= across
        a += b
        d -= c
        d *= across
        c += d
        c -= a
        c *= down
        a += c
        out[:, :, channel] = np.rint(a, out=a)
