"""What the hashes of libpHash have in common: luma, and the blur of CImg."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from math import exp

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode
from dedupe_hashes.parameters import Source, checked


def whole_picture(name: str, source: Source) -> Decode:
    """The request for unresized pictures: RGB on `full`, where libpHash's luma is wanted, else the host's own grey."""
    return Decode(None, "RGB" if checked(name, source) == "full" else "L", source)


def load_kernels(*names: str) -> None:
    """Compiles the kernels of those modules, also for an empty batch: best done once, before there are workers."""
    for name in names:
        import_module(f"dedupe_hashes.kernels.{name}")


def luma(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], bool]:
    """Luma u8 (h,w) of a picture u8 (h,w) or (h,w,3), and whether that is in colour.

    Grey pictures, those of three equal channels among them, keep their values; the others get ITU-R BT.601's 16 to 235.
    """
    from dedupe_hashes.kernels.luma import luma as luma_kernel

    if image.ndim == 2:
        return image, False
    out = np.empty(image.shape[:2], np.uint8)
    return out, bool(luma_kernel(np.ascontiguousarray(image), out))


def blur(values: NDArray[np.uint8], sigma: float, truncated: bool) -> NDArray[np.float32]:
    """A grey picture u8 (h,w) blurred with Deriche's filter as float32 (h,w), across and then down; whole numbers after
    each axis if `truncated`. Equal to CImg's `blur` up to version 2.
    """
    from dedupe_hashes.kernels.deriche import deriche

    out: NDArray[np.float32] = values.astype(np.float32)
    for _ in range(2):
        turned = np.ascontiguousarray(out.T)
        forward = np.empty((turned.shape[0] + 2, turned.shape[1]), np.float32)
        deriche(turned, _weights(sigma), forward, np.empty((3, turned.shape[1]), np.float32), int(truncated))
        out = forward[2:]
    return out


@lru_cache(maxsize=8)
def _weights(sigma: float) -> NDArray[np.float32]:
    """a0 to a3, b1, b2 and the starts of both ways, in the float32 steps of CImg; exp is rounded once, which numpy's is not."""
    one, two = np.float32(1), np.float32(2)
    alpha = np.float32(1.695) / np.float32(sigma)
    once, twice = np.float32(exp(-alpha)), np.float32(exp(-two * alpha))
    gain = (one - once) * (one - once) / (one + two * alpha * once - twice)
    a = [gain, gain * (alpha - one) * once, gain * (alpha + one) * once, -gain * twice]
    b = [-two * once, twice]
    whole = one + b[0] + b[1]
    return np.array([*a, *b, (a[0] + a[1]) / whole, (a[2] + a[3]) / whole], np.float32)
