"""A JPEG's coefficients: some of each block's, without what Pillow spends on all else that is in the file.

In a photo of 12 megapixels nearly all bits are of coefficients that a small picture does not show. libjpeg decodes each of
them even where it uses none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedupe.decode.jpeg_header import END
from dedupe.decode.layout import read_layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedupe.decode.jpeg_header import Header
    from dedupe.decode.layout import Layout

PITCH = 16
"""Columns come in multiples of it."""


class Coefficients(NamedTuple):
    """Of the first component's blocks, quantised, i16 (rows,n,columns), the columns zeros up to a multiple of PITCH; and the
    steps of quantisation of each, i32 (n,).
    """

    blocks: NDArray[np.int16]
    steps: NDArray[np.int32]


def read_coefficients(data: bytes, header: Header, places: tuple[int, ...] = ()) -> Coefficients | None:
    """The first of each block, which is eight times its mean, and those at `places` in zigzag order, each 1 to 63.

    None where that is left to libjpeg: files that are not as `read_layout` has them, or whose scan is not exactly as the
    standard (ITU T.81) has it from the first bit to the end marker.
    """
    layout = read_layout(data, header)
    if layout is None or data.rfind(END, layout.start) < 0:
        return None
    return _read(data, layout, header, places)


def _read(data: bytes, layout: Layout, header: Header, places: tuple[int, ...]) -> Coefficients | None:
    from dedupe.decode.compiled_codes import BITS, TABLES

    counts, symbols = np.zeros((TABLES, 16), np.uint8), np.zeros((TABLES, 256), np.uint8)
    for name, (lengths, values) in layout.codes.items():
        row = (name >> 4) * (TABLES // 2) + (name & 15)
        counts[row], symbols[row, : len(values)] = np.frombuffer(lengths, np.uint8), np.frombuffer(values, np.uint8)
    single, several = np.empty((2, TABLES << BITS), np.uint16)
    limits, firsts = np.empty((2, TABLES, 17), np.int64)
    down, right = (int(side) + 1 for side in layout.blocks[:, 2:].max(axis=0))
    rows, columns = (-(-side // (8 * unit)) * unit for side, unit in ((header.height, down), (header.width, right)))
    out = np.zeros((rows, 1 + len(places) + bool(places), -(-columns // PITCH) * PITCH), np.int16)
    file, steps = np.frombuffer(data, np.uint8), np.array(layout.steps[layout.components[0][2]], np.int32)[[0, *places]]
    tables = counts, symbols, single, several, limits, firsts
    unit = int(steps[0]), layout.restart, down, right, columns
    wanted = np.full(192, 1 + len(places), np.uint8)
    wanted[list(places)] = np.arange(1, 1 + len(places))
    if places:
        from dedupe.decode.compiled_coefficients import coefficients as read

        valued = np.empty(1 << BITS, np.uint64)
    else:
        from dedupe.decode.compiled_means import means as read

        valued = np.empty((1, 1), np.uint64)
    sound = read(file, layout.start, layout.blocks, *tables, *unit, out, valued, wanted, max(places, default=0))
    if not sound:
        return None
    out[:, :, -(-header.width // 8) :] = 0
    return Coefficients(out[: -(-header.height // 8)], steps)
