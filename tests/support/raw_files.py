"""Cameras' RAW files made by hand: a DNG (or, by its first bytes, a CR2) with previews and what a sensor saw."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pictures import encoded

Preview = bytes | NDArray[np.uint8]
CR2 = b"CR\2\0" + bytes(4)
SENSOR = 64, 48
BYTE, ASCII, SHORT, LONG, RATIONAL, SIGNED = 1, 2, 3, 4, 5, 10
_PACK = {SHORT: "<H", LONG: "<I", RATIONAL: "<II", SIGNED: "<ii"}
_DIAGONAL = [(1, 1), (0, 1), (0, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (1, 1)]

Table = dict[int, tuple[int, Any]]


def raw_file(previews: Sequence[Preview], orientation: int = 1, mark: bytes = b"", make: bytes = b"Canon") -> bytes:
    """A RAW file with these previews, JPEG files or u8 (h,w,3); the first one stands in the first directory."""
    tables = [_preview(each) for each in previews] + [_sensor()]
    tables[0] |= {
        271: (ASCII, make + b"\0"),
        272: (ASCII, b"Camera 1\0"),
        274: (SHORT, [orientation]),
        306: (ASCII, b"2020:01:02 03:04:05\0"),
        50706: (BYTE, b"\1\4\0\0"),
        50708: (ASCII, b"Camera 1\0"),
        50721: (SIGNED, _DIAGONAL),
        50728: (RATIONAL, [(1, 1)] * 3),
    }
    if len(tables) > 1:
        tables[0][330] = (LONG, [0] * (len(tables) - 1))
    return _written(tables, mark)


def jpeg(image: Image.Image, **options: Any) -> bytes:
    return encoded(image, "JPEG", quality=92, **options)


def _preview(given: Preview) -> Table:
    if isinstance(given, bytes):
        with Image.open(io.BytesIO(given)) as image:
            return _picture(image.size, given, 1, 7, 6)
    return _picture(given.shape[1::-1], given.tobytes(), 1, 1, 2)


def _sensor() -> Table:
    seen = np.random.default_rng(1).integers(0, 4095, SENSOR[::-1]).astype("<u2").tobytes()
    filters = {258: (SHORT, [16]), 277: (SHORT, [1]), 33421: (SHORT, [2, 2]), 33422: (BYTE, b"\0\1\1\2")}
    return _picture(SENSOR, seen, 0, 1, 32803) | filters


def _picture(size: tuple[int, ...], data: bytes, reduced: int, compression: int, photometric: int) -> Table:
    width, height = size
    facts = {254: reduced, 256: width, 257: height, 278: height, 279: len(data)}
    kinds: Table = {259: (SHORT, [compression]), 262: (SHORT, [photometric]), 273: (LONG, data)}
    return {tag: (LONG, [value]) for tag, value in facts.items()} | kinds | {258: (SHORT, [8] * 3), 277: (SHORT, [3])}


def _written(tables: Sequence[Table], mark: bytes) -> bytes:
    places = [8 + len(mark)]
    for table in tables:
        places.append(places[-1] + 2 + 12 * len(table) + 4)
    directories, rest = bytearray(), bytearray()
    for table in tables:
        directories += struct.pack("<H", len(table))
        for tag, (kind, value) in sorted(table.items()):
            strip = tag == 273
            values = [places[-1] + len(rest)] if strip else places[1:-1] if tag == 330 else value
            content = value if isinstance(value, bytes) and not strip else _packed(kind, values)
            count = (
                len(content) if isinstance(content, bytes) and isinstance(value, bytes) and not strip else len(values)
            )
            directories += struct.pack("<HHI", tag, kind, count)
            directories += content.ljust(4, b"\0") if len(content) <= 4 else struct.pack("<I", places[-1] + len(rest))
            rest += value if strip else content if len(content) > 4 else b""
            rest += bytes(len(rest) % 2)
        directories += bytes(4)
    return b"II*\0" + struct.pack("<I", places[0]) + mark + bytes(directories) + bytes(rest)


def _packed(kind: int, values: Sequence[Any]) -> bytes:
    return b"".join(struct.pack(_PACK[kind], *(each if isinstance(each, tuple) else (each,))) for each in values)
