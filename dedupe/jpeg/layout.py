"""What stands before the scan of a JPEG, of files alone that libjpeg and Pillow read without an error or a warning.

libjpeg refuses some faults and mends others in ways of its own. So this is a list of what is read (ITU T.81, annex B, within
libjpeg's bounds), not of faults: whatever is not on it is left to libjpeg.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dedupe.jpeg.header import SCAN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedupe.jpeg.header import JpegHeader

_START = b"\xff\xd8"
_SEQUENTIAL = (0xC0, 0xC1)
_CODES, _LEVELS, _RESTART = 0xC4, 0xDB, 0xDD
_SAID = (*range(0xE0, 0xF0), 0xFE)
_LONGEST = 11
_WHOLE = b"\x00\x3f\x00"
_LARGEST, _MOST_BLOCKS, _TABLES, _SAMPLING = 65500, 10, 4, 4
"""Pixels of a side, blocks of a unit, tables of a kind and sampling factors that libjpeg takes (JPEG_MAX_DIMENSION,
D_MAX_BLOCKS_IN_MCU, NUM_QUANT_TBLS and NUM_HUFF_TBLS, MAX_SAMP_FACTOR)."""

_LEAST = ((0xE0, b"JFIF", 7), (0xE2, b"ICC_PROFILE\0", 14), (0xEE, b"Adobe", 7))
"""How long a segment that begins so has to be for Pillow to open the file."""


@dataclass(slots=True)
class Layout:
    """The frame and the scan as they are written, tables of codes (lengths, symbols) and of steps by their numbers, units
    between two restart markers or 0, where the scan's codes begin, and the blocks of a unit (b,4) as `scan` takes them.
    """

    frame: bytes = b""
    scan: bytes = b""
    codes: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    steps: dict[int, list[int]] = field(default_factory=dict)
    restart: int = 0
    start: int = 0
    blocks: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 4), np.int64))

    @property
    def components(self) -> list[bytes]:
        """Name, sampling and table of steps of each component."""
        return [self.frame[at : at + 3] for at in range(6, len(self.frame), 3)]


def read_layout(data: bytes, header: JpegHeader) -> Layout | None:
    """The layout of a grey or YCbCr file; None where that is left to libjpeg.

    Read are sequential, Huffman coded files of 8 bits, with one frame and one scan, the first component in full resolution:
    one start, then only segments for tables, restarts, applications and comments, each as long as it says and right behind
    the one before it but for fill bytes.
    """
    try:
        found = _read(data)
        _check_frame(found, header)
        found.blocks = _blocks(found)
    except (IndexError, ValueError, KeyError):  # not on the list, or it contradicts itself
        return None
    return found


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("not on the list")


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, content and end of each segment up to the start of the scan."""
    _require(data[:2] == _START)
    at, marker = 2, 0
    while marker != SCAN:
        _require(data[at] == 0xFF)
        while data[at] == 0xFF:  # fill bytes
            at += 1
        marker, length = data[at], data[at + 1] << 8 | data[at + 2]
        body = data[at + 3 : at + 1 + length]
        _require(len(body) == length - 2)
        at += 1 + length
        yield marker, body, at


def _read(data: bytes) -> Layout:
    found = Layout()
    for marker, body, end in _segments(data):
        if marker in _SEQUENTIAL:
            _require(not found.frame)
            found.frame = body
        elif marker == _CODES:
            _read_codes(body, found.codes)
        elif marker == _LEVELS:
            _read_steps(body, found.steps)
        elif marker == _RESTART:
            _require(len(body) == 2)
            found.restart = body[0] << 8 | body[1]
        elif marker == SCAN:
            found.scan, found.start = body, end
        else:
            _require(marker in _SAID and not _too_short(marker, body))
    return found


def _too_short(marker: int, body: bytes) -> bool:
    return any(marker == of and body.startswith(name) and len(body) < least for of, name, least in _LEAST)


def _read_codes(body: bytes, codes: dict[int, tuple[bytes, bytes]]) -> None:
    at = 0
    while at < len(body):
        kind, table, lengths = body[at] >> 4, body[at] & 15, body[at + 1 : at + 17]
        count = sum(lengths)
        values = body[at + 17 : at + 17 + count]
        _require(kind <= 1 and table < _TABLES and len(lengths) == 16 and 0 < count <= 256 and len(values) == count)
        codes[body[at]], at = (lengths, values), at + 17 + count


def _read_steps(body: bytes, steps: dict[int, list[int]]) -> None:
    at = 0
    while at < len(body):
        wide, name = body[at] >> 4, body[at] & 15
        table = body[at + 1 : at + 1 + (64 << wide)]
        _require(wide <= 1 and name < _TABLES and len(table) == 64 << wide)
        steps[name] = np.frombuffer(table, ">u2" if wide else np.uint8).tolist()
        at += 1 + len(table)


def _check_frame(found: Layout, header: JpegHeader) -> None:
    frame, layers = found.frame, header.layers
    _require(layers in (1, 3) and header.luma and max(header.width, header.height) <= _LARGEST)
    _require(frame[0] == 8 and frame[5] == layers and len(frame) == 6 + 3 * layers)
    names = frame[6::3]
    _require(len(set(names)) == layers)
    _require(found.scan[:1] == frame[5:6] and found.scan[1 + 2 * layers :] == _WHOLE)
    _require(found.scan[1 : 1 + 2 * layers : 2] == names)


def _blocks(found: Layout) -> NDArray[np.int64]:
    sides = [(each[1] & 15, each[1] >> 4) for each in found.components]
    _require(all(0 < side <= _SAMPLING for each in sides for side in each))
    _require(all(sides[0][i] % each[i] == 0 for each in sides for i in range(2)))
    blocks = []
    for i, (down, right) in enumerate(sides if len(sides) > 1 else [(1, 1)]):
        dc, ac = found.scan[2 + 2 * i] >> 4, found.scan[2 + 2 * i] & 15
        _require(16 | ac in found.codes and max(found.codes[dc][1]) <= _LONGEST)
        _require(found.components[i][2] in found.steps)
        places = [(row, column) for row in range(down) for column in range(right)]
        blocks += [(dc, _TABLES + ac, *(place if i == 0 else (-1, -1))) for place in places]
    _require(len(blocks) <= _MOST_BLOCKS)
    return np.array(blocks, np.int64)
