"""Reducing by area: each new pixel is the mean of what it covers, parts of pixels counted as parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = TypeVar("Pixels", bound=NDArray[np.uint8] | NDArray[np.uint32])


def reduce_area(image: Pixels, box: tuple[float, float, float, float], size: tuple[int, int]) -> Pixels:
    """The box (left, top, right, bottom) of a picture (h,w) at `size` (w,h), no larger than the box: (h',w').

    A picture is grey u8, or of whole pixels u32 whose four bytes are averaged each on its own. It keeps local means as
    nothing else does, which is what hashes are made of. `image` is C-contiguous.
    """
    from dedupe.pixels.area_kernels import average_rows, average_sums

    width, height = size
    depth = image.itemsize
    sums = np.empty((height, image.shape[1] * depth), np.uint16)
    average_rows(image.view(np.uint8), box[1], (box[3] - box[1]) / height, sums)
    turned = np.ascontiguousarray(
        sums.view(f"u{2 * depth}").T
    )  # for a row takes one weight, a column one for each pixel
    line, out = np.empty(height * depth, np.uint32), np.empty((width, height * depth), np.uint8)
    average_sums(turned.view(np.uint16), box[0], (box[2] - box[0]) / width, line, out)
    return cast("Pixels", np.ascontiguousarray(out.view(image.dtype).T))
