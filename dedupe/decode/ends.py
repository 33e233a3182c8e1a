"""Whether a file reaches its end: each format says in its own way how long it is, and decoders differ in what they forgive."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import islice

MOST = 0xFFFF
"""Frames that are counted."""

_END_OF_CODESTREAM = b"\xff\xd9"
_FRAME, _EXTENSION = 0x2C, 0x21
_ENTRIES = 4096
_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_TIFF_WHOLE = {3: "H", 4: "I", 16: "Q"}
_TIFF_STRIPS = (273, 279, 324, 325)  # offsets and lengths of strips and of tiles


def whole(name: str, data: bytes) -> bool:
    """Whether the file of this format (`formats.format_of`) is as long as it says; True where it does not say.

    JPEG is judged by `jpeg`, PPM and the pixels of a BMP by Pillow. Never raises.
    """
    check = _CHECKS.get(name)
    try:
        return check is None or check(data)
    except (struct.error, IndexError):
        return False


def sound(name: str, data: bytes) -> bool:
    """Whether the checksums hold that Pillow does not look at: those of a whole PNG's pixels."""
    return name != "PNG" or all(
        zlib.crc32(data[at + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")
        for kind, at, end in chunks(data)
        if kind == b"IDAT"
    )


def _png(data: bytes) -> bool:
    return any(kind == b"IEND" and end <= len(data) for kind, _, end in chunks(data))


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of a PNG's chunks, up to the last one; the end may lie behind the file's."""
    at, kind = 8, b""
    while kind != b"IEND" and at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at, at + 12 + length
        at += 12 + length


def _gif(data: bytes) -> bool:
    """Walks the blocks only where the last byte is no trailer: some writers add bytes after it."""
    if data.endswith(b";"):
        return True
    for _ in _gif_blocks(data):
        pass
    return True  # what is no block at all is the decoder's to call broken


def gif_frames(data: bytes, most: int) -> int:
    """How many frames a GIF has, up to `most`. Raises IndexError where the file ends before its blocks do."""
    return sum(1 for _ in islice((kind for kind in _gif_blocks(data) if kind == _FRAME), most))


def _gif_blocks(data: bytes) -> Iterator[int]:
    """The kind of each block, up to the trailer or what is no block."""
    at = 13 + _table(data[10])
    while data[at] in (_FRAME, _EXTENSION):
        yield data[at]
        at += 11 + _table(data[at + 9]) if data[at] == _FRAME else 2
        while size := data[at]:
            at += 1 + size
        at += 1


def _table(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _webp(data: bytes) -> bool:
    return int.from_bytes(data[4:8], "little") + 8 <= len(data)


def _bmp(data: bytes) -> bool:
    """The size that a BMP gives for itself is often wrong; only that its pixels begin inside the file is sure."""
    return int.from_bytes(data[10:14], "little") < len(data)


def _tiff(data: bytes) -> bool:
    """The first directory, what its entries point to, and the strips or tiles lie in the file."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    word, counter, entry, inline = ("Q", "Q", 20, 8) if big else ("I", "H", 12, 4)
    at = struct.unpack_from(order + word, data, 8 if big else 4)[0]
    count = struct.unpack_from(order + counter, data, at)[0]
    at += struct.calcsize(counter)
    places: dict[int, tuple[int, ...]] = {}
    for i in range(min(count, _ENTRIES)):
        tag, kind, many = struct.unpack_from(order + "HH" + word, data, at + i * entry)
        size = _TIFF_SIZES.get(kind, 1) * many
        value = at + i * entry + entry - inline
        if size > inline:
            value = struct.unpack_from(order + word, data, value)[0]
        if value + size > len(data):
            return False
        if tag in _TIFF_STRIPS and kind in _TIFF_WHOLE:
            places[tag] = struct.unpack_from(f"{order}{many}{_TIFF_WHOLE[kind]}", data, value)
    starts, lengths = ([*places.get(a, ()), *places.get(b, ())] for a, b in ((273, 324), (279, 325)))
    return all(start + length <= len(data) for start, length in zip(starts, lengths, strict=False))


def _boxes(data: bytes) -> bool:
    """ISO base media files (AVIF): the boxes at the top fill the file."""
    return _last_box(data)[1] <= len(data)


def _jpeg2000(data: bytes) -> bool:
    """Its decoder takes what there is; a whole file has a codestream with an end."""
    if data[:4] == b"\xff\x4f\xff\x51":
        return _END_OF_CODESTREAM in data[-64:]
    start, end = _last_box(data, b"jp2c")
    return end <= len(data) and _END_OF_CODESTREAM in data[max(start, end - 64) : end]


def _last_box(data: bytes, kind: bytes = b"") -> tuple[int, int]:
    """Start and end of the first box of a kind, else of the last one; its end may lie behind the file's."""
    at = 0
    while True:
        size, name = struct.unpack_from(">I4s", data, at)
        if size == 1:
            size = struct.unpack_from(">Q", data, at + 8)[0]
        end = at + size if size >= 8 else len(data)
        if end >= len(data) or name == kind:
            return at, end
        at = end


_CHECKS: dict[str, Callable[[bytes], bool]] = {
    "PNG": _png,
    "GIF": _gif,
    "WEBP": _webp,
    "BMP": _bmp,
    "TIFF": _tiff,
    "AVIF": _boxes,
    "JPEG2000": _jpeg2000,
}
