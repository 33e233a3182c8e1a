"""A JPEG's coefficients: some of each block's, without what Pillow spends on all else that is in the file.

In a photo of 12 megapixels nearly all bits are of coefficients that a small picture does not show. libjpeg decodes each of
them even where it uses none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedupe.decode.jpeg_header import END, FRAMES, SCAN, segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedupe.decode.jpeg_header import Header

_SEQUENTIAL = (0xC0, 0xC1)
_CODES, _LEVELS, _RESTART = 0xC4, 0xDB, 0xDD
_LONGEST = 11
_WHOLE = b"\x00\x3f\x00"

PITCH = 16
"""Columns come in multiples of it."""


@dataclass(slots=True)
class _Layout:
    """What stands before the scan: components (name, columns, rows, quantisation) and the scan's (name, tables), and tables."""

    frame: list[bytes] = field(default_factory=list)
    scan: bytes = b""
    codes: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    steps: dict[int, list[int]] = field(default_factory=dict)
    restart: int = 0
    start: int = 0
    plain: bool = True


class Coefficients(NamedTuple):
    """Of the first component's blocks, quantised, i16 (rows,n,columns), the columns zeros up to a multiple of PITCH; and the
    steps of quantisation of each, i32 (n,).
    """

    blocks: NDArray[np.int16]
    steps: NDArray[np.int32]


def read_coefficients(data: bytes, header: Header, places: tuple[int, ...] = ()) -> Coefficients | None:
    """The first of each block, which is eight times its mean, and those at `places` in zigzag order, each 1 to 63.

    None where that is left to libjpeg: files that are not sequential, of one scan, with the first component in full
    resolution, Huffman coded, and exactly as the standard (ITU T.81) has it from the first bit to the end marker.
    """
    try:
        layout = _layout(data)
        blocks = _blocks(layout, header)
    except (IndexError, ValueError, KeyError):  # it contradicts itself
        return None
    if blocks is None or data.rfind(END, layout.start) < 0:
        return None
    return _read(data, layout, blocks, header, places)


def step_of_means(data: bytes) -> int:
    """The step of quantisation of the first component's first coefficient, 0 if it is not found."""
    steps: dict[int, list[int]] = {}
    table = 0
    try:
        for marker, at, length in segments(data):
            if marker == _LEVELS:
                _read_steps(data[at + 4 : at + 2 + length], steps)
            elif marker in FRAMES:
                table = data[at + 12]
    except IndexError:  # it contradicts itself
        return 0
    return steps[table][0] if table in steps else 0


def _read(
    data: bytes, layout: _Layout, blocks: NDArray[np.int64], header: Header, places: tuple[int, ...]
) -> Coefficients | None:
    from dedupe.decode.compiled_codes import BITS, TABLES

    counts, symbols = np.zeros((TABLES, 16), np.uint8), np.zeros((TABLES, 256), np.uint8)
    for name, (lengths, values) in layout.codes.items():
        row = (name >> 4) * (TABLES // 2) + (name & 15)
        counts[row], symbols[row, : len(values)] = np.frombuffer(lengths, np.uint8), np.frombuffer(values, np.uint8)
    single, several = np.empty((2, TABLES << BITS), np.uint16)
    limits, firsts = np.empty((2, TABLES, 17), np.int64)
    down, right = (int(side) + 1 for side in blocks[:, 2:].max(axis=0))
    rows, columns = (-(-side // (8 * unit)) * unit for side, unit in ((header.height, down), (header.width, right)))
    out = np.zeros((rows, 1 + len(places) + bool(places), -(-columns // PITCH) * PITCH), np.int16)
    file, steps = np.frombuffer(data, np.uint8), np.array(layout.steps[layout.frame[0][2]], np.int32)[[0, *places]]
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
    sound = read(file, layout.start, blocks, *tables, *unit, out, valued, wanted, max(places, default=0))
    if not sound:
        return None
    out[:, :, -(-header.width // 8) :] = 0
    return Coefficients(out[: -(-header.height // 8)], steps)


def _layout(data: bytes) -> _Layout:
    found = _Layout()
    for marker, at, length in segments(data):
        body = data[at + 4 : at + 2 + length]
        if marker in _SEQUENTIAL:
            found.plain = found.plain and not found.frame and len(body) == 6 + 3 * body[5]
            found.frame = [body[i : i + 3] for i in range(6, len(body), 3)]
        elif marker in FRAMES:
            found.plain = False
        elif marker == _CODES:
            _read_codes(body, found.codes)
        elif marker == _LEVELS:
            _read_steps(body, found.steps)
        elif marker == _RESTART:
            found.restart = body[0] << 8 | body[1]
        elif marker == SCAN:
            found.scan, found.start = body, at + 2 + length
    return found


def _read_codes(body: bytes, codes: dict[int, tuple[bytes, bytes]]) -> None:
    at = 0
    while at < len(body):
        name, lengths = body[at], body[at + 1 : at + 17]
        count = sum(lengths)
        values = body[at + 17 : at + 17 + count]
        if name & 0xEF > 3 or len(lengths) < 16 or not 0 < count <= 256 or len(values) < count:
            raise ValueError("no table of codes")
        codes[name], at = (lengths, values), at + 17 + count


def _read_steps(body: bytes, steps: dict[int, list[int]]) -> None:
    at = 0
    while at < len(body):
        size = 2 if body[at] >> 4 else 1
        table = body[at + 1 : at + 1 + 64 * size]
        if len(table) < 64 * size:
            raise IndexError("no table of steps")
        steps[body[at] & 15] = np.frombuffer(table, f">u{size}").tolist()
        at += 1 + len(table)


def _blocks(layout: _Layout, header: Header) -> NDArray[np.int64] | None:
    """Tables and places of the blocks of one unit (b,4), as the kernel takes them; None for what it does not read."""
    frame, scan = layout.frame, layout.scan
    whole = scan[:1] == bytes([header.layers]) and scan[1 + 2 * header.layers :] == _WHOLE
    if not layout.plain or not whole or scan[1 : 1 + 2 * header.layers : 2] != bytes(each[0] for each in frame):
        return None
    sides = [(each[1] & 15, each[1] >> 4) for each in frame] if header.layers > 1 else [(1, 1)]
    if sides[0] != (max(down for down, _ in sides), max(right for _, right in sides)) or min(map(min, sides)) < 1:
        return None
    blocks = []
    for i, (down, right) in enumerate(sides):
        tables = scan[2 + 2 * i]
        dc, ac = tables >> 4, tables & 15
        known = dc in layout.codes and 16 | ac in layout.codes and frame[i][2] in layout.steps
        if not known or max(layout.codes[dc][1]) > _LONGEST:
            return None
        blocks += [
            (dc, 4 + ac, *((row, column) if i == 0 else (-1, -1))) for row in range(down) for column in range(right)
        ]
    return np.array(blocks, np.int64) if len(blocks) <= 10 else None
