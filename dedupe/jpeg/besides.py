"""What a JPEG carries besides its picture: a colour profile, further pictures (CIPA DC-007), a gain map, a clip."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dedupe.jpeg.header import END, JpegHeader

_ICC, _MPF, _START = b"ICC_PROFILE\0", b"MPF\0", b"\xff\xd8\xff"
_PICTURES, _MOST = 0xB002, 64
_FRAMES = range(0x020001, 0x020004)  # panorama, disparity, another angle; other kinds are previews and gain maps
_GAIN_MAP = (b"hdr-gain-map", b"iso:ts:21496:-1", b"hdrgainmap", b"GainMap")  # Google, ISO, Apple, Google's container
_CLIP = (b"MotionPhoto", b"MicroVideo")
_HEAD = 1 << 16


def profile(data: bytes, header: JpegHeader) -> bytes:
    """The ICC profile, its parts put together; empty where there is none."""
    parts = sorted((data[at + 12], data[at + 14 : end]) for at, end in header.apps if data.startswith(_ICC, at))
    return b"".join(part for _, part in parts)


def frames(data: bytes, header: JpegHeader) -> int:
    """How many views of its scene the file holds: two in a stereo picture."""
    return max(1, sum(kind in _FRAMES for kind, _ in _pictures(data, header)))


def gain_map(data: bytes, header: JpegHeader) -> bool:
    """Whether a second picture says how to show the first on a brighter screen; a mention of one that is gone is none."""
    if not header.apps:
        return False
    said = any(word in data[at:end] for at, end in header.apps for word in _GAIN_MAP)
    further = [at for _, at in _pictures(data, header) if at]
    if said and not further:
        behind = data.find(END + _START, header.scan)
        return behind >= 0
    return bool(further) and (said or any(word in data[at : at + _HEAD] for at in further for word in _GAIN_MAP))


def clip(data: bytes, header: JpegHeader) -> bool:
    """Whether a video stands behind the picture, which Google's and Samsung's cameras put there."""
    if data.endswith(END) and not any(word in data[at:end] for at, end in header.apps for word in _CLIP):
        return False
    at = data.find(b"ftyp", header.scan)
    while at >= 0:
        if 8 <= int.from_bytes(data[at - 4 : at], "big") < _HEAD and data[at + 4 : at + 8].isalnum():
            return True
        at = data.find(b"ftyp", at + 4)
    return False


def _pictures(data: bytes, header: JpegHeader) -> Iterator[tuple[int, int]]:
    """Kind and place of the pictures that the index of the file names, as far as they are there."""
    for start in [at + 4 for at, _ in header.apps if data.startswith(_MPF, at)][:1]:
        order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[start : start + 4])
        if order is None:
            return
        index = start + struct.unpack_from(order + "I", data, start + 4)[0]
        for i in range(min(struct.unpack_from(order + "H", data, index)[0], _MOST)):
            tag, _, size, offset = struct.unpack_from(order + "HHII", data, index + 2 + 12 * i)
            if tag == _PICTURES:
                yield from _entries(data, order, start, offset, min(size // 16, _MOST))


def _entries(data: bytes, order: str, start: int, offset: int, count: int) -> Iterator[tuple[int, int]]:
    for i in range(count):
        kind, size, place = struct.unpack_from(order + "III", data, start + offset + 16 * i)
        at = start + place if place else 0  # the first one's place is 0, the others' count from the index
        if data.startswith(_START, at) and at + size <= len(data):
            yield kind & 0xFFFFFF, at
