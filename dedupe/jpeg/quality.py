"""At what quality a JPEG was saved."""

from __future__ import annotations

from dedupe.errors import PictureError
from dedupe.jpeg.header import segments

_TABLES = 0xDB
_STANDARD = 57.625
"""The mean step of the standard's table for brightness, which programs take for quality 50 (ITU-T T.81, K.1)."""


def quality(data: bytes) -> int | None:
    """About what quality, 1 to 100, a JPEG was saved at, by the scale of libjpeg; None for what is none or says nothing of it.

    It goes by the mean step of the table for brightness, so that tables of other programs get the quality that comes nearest.
    """
    if data[:3] != b"\xff\xd8\xff":
        return None
    try:
        steps = next((found for _, at, length in segments(data) if (found := _steps(data, at, length))), None)
    except PictureError:
        return None
    if steps is None:
        return None
    percent = 100 * sum(steps) / 64 / _STANDARD
    return max(1, round(100 - percent / 2 if percent <= 100 else 5000 / percent))


def _steps(data: bytes, at: int, length: int) -> tuple[int, ...] | None:
    """The 64 steps of table 0 where a segment has it."""
    if data[at + 1] != _TABLES:
        return None
    place, end = at + 4, at + 2 + length
    while place < end:
        wide, number = data[place] >> 4, data[place] & 15
        size = 128 if wide else 64
        if number == 0 and place + 1 + size <= end:
            table = data[place + 1 : place + 1 + size]
            return tuple(table[0::2][i] << 8 | table[1::2][i] for i in range(64)) if wide else tuple(table)
        place += 1 + size
    return None
