"""A JPEG's grey at an eighth of its size: the means of its blocks, as libjpeg gives them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dedupe.decode.coefficients import read_coefficients
from dedupe.decode.layout import step_of_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedupe.decode.coefficients import Coefficients
    from dedupe.decode.jpeg_header import Header


def read_eighth(data: bytes, header: Header) -> NDArray[np.uint8] | None:
    """The first component's plane u8 (ceil(h/8),ceil(w/8)), bit for bit as libjpeg gives it at scale 1/8.

    None where that is left to libjpeg (`read_coefficients`).
    """
    found = read_coefficients(data, header)
    return None if found is None else eighth(found, header)


def eighth(found: Coefficients, header: Header) -> NDArray[np.uint8]:
    """The plane u8 (ceil(h/8),ceil(w/8)) of blocks whose means have been read."""
    means: NDArray[np.int32] = found.blocks[:, 0, : -(-header.width // 8)].astype(np.int32) * found.steps[0]
    means += 4 + (128 << 3)
    means >>= 3
    return np.clip(means, 0, 255).astype(np.uint8)


def rounded_up(data: bytes) -> float:
    """By how much the plane at 1/8 is lighter than the means of its blocks, in the mean of all blocks.

    A mean is a multiple of an eighth of the first coefficient's step, and libjpeg rounds halves up (jidctred.c), of which
    there are the more the fewer fractions such multiples can have.
    """
    fractions = 8 // math.gcd(step_of_means(data), 8)
    return 1 / (2 * fractions) if fractions > 1 else 0.0
