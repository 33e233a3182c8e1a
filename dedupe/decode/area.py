"""Reducing by area: each new pixel is the mean of what it covers, parts of pixels counted as parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from dedupe.decode.steps import PAIR, SPAN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = TypeVar("Pixels", bound=NDArray[np.uint8] | NDArray[np.uint32])


def reduce_area(image: Pixels, box: tuple[float, float, float, float], size: tuple[int, int]) -> Pixels:
    """The box (left, top, right, bottom) of a picture (h,w) at `size` (w,h), no larger than the box: (h',w').

    A picture is grey u8, or of whole pixels u32 whose four bytes are averaged and rounded each on its own. What rounding
    leaves of grey is carried to the pixel below, so that means of stretches are right (error diffusion, in one direction).
    It keeps local means as nothing else does, which is what hashes are made of, and takes a fourth of the time of Pillow's
    bilinear filter. `image` is C-contiguous.
    """
    from dedupe.decode.compiled import average

    width, height = size
    step_x, step_y = (box[2] - box[0]) / width, (box[3] - box[1]) / height
    reach, depth = max(3, int(step_x) + 2), image.itemsize
    left, columns = np.empty(width * depth, np.uint64), np.empty((reach, width * depth), np.uint32)
    table = np.empty((width if depth == 4 else 0, PAIR * -(-reach // 2)), np.int32)
    carry = np.empty((2, width * depth), np.uint32)
    lines = np.zeros((4, (image.shape[1] + reach + 4) * depth + SPAN), np.uint16)
    out = np.empty((-(-height // 4) * 4, width), image.dtype)
    source, target = image.view(np.uint8), out.view(np.uint8)
    average(source, depth, box[0], box[1], step_x, step_y, left, columns, table, carry, lines, target)
    return cast("Pixels", out[:height])
