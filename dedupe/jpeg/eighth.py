"""A JPEG's grey at an eighth of its size: the means of its blocks, as libjpeg gives them.

In a photo of 12 megapixels nearly all bits are of coefficients that a small picture does not show. libjpeg decodes each of
them even where it uses none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedupe.jpeg.header import END
from dedupe.jpeg.layout import read_layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedupe.jpeg.header import JpegHeader
    from dedupe.jpeg.layout import Layout


def read_eighth(data: bytes, header: JpegHeader) -> NDArray[np.uint8] | None:
    """The first component's plane u8 (ceil(h/8),ceil(w/8)), bit for bit as libjpeg gives it at scale 1/8.

    None where that is left to libjpeg: files that are not as `read_layout` has them, or whose scan is not exactly as the
    standard (ITU T.81) has it from the first bit to the end marker.
    """
    layout = read_layout(data, header)
    if layout is None or data.rfind(END, layout.start) < 0:
        return None
    step = layout.steps[layout.components[0][2]][0]
    means = _means(data, layout, header, step)
    if means is None:
        return None
    levels = means[: -(-header.height // 8), : -(-header.width // 8)].astype(np.int32) * step
    levels += 4 + (128 << 3)
    levels >>= 3
    return np.clip(levels, 0, 255).astype(np.uint8)


def _means(data: bytes, layout: Layout, header: JpegHeader, step: int) -> NDArray[np.int16] | None:
    """Eight times the mean of each block, in steps, of as many blocks as the file has."""
    from dedupe.jpeg.codes_kernels import BITS, TABLES
    from dedupe.jpeg.scan_kernels import read_means

    counts, symbols = np.zeros((TABLES, 16), np.uint8), np.zeros((TABLES, 256), np.uint8)
    for name, (lengths, values) in layout.codes.items():
        row = (name >> 4) * (TABLES // 2) + (name & 15)
        counts[row], symbols[row, : len(values)] = np.frombuffer(lengths, np.uint8), np.frombuffer(values, np.uint8)
    single, several = np.empty((2, TABLES << BITS), np.uint16)
    limits, firsts = np.empty((2, TABLES, 17), np.int64)
    down, right = (int(side) + 1 for side in layout.blocks[:, 2:].max(axis=0))
    rows, columns = (-(-side // (8 * unit)) * unit for side, unit in ((header.height, down), (header.width, right)))
    out = np.zeros((rows, columns), np.int16)
    tables = counts, symbols, single, several, limits, firsts
    file = np.frombuffer(data, np.uint8)
    sound = read_means(file, layout.start, layout.blocks, *tables, step, layout.restart, down, right, out)
    return out if sound else None
