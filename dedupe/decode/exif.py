"""Reads what matters from an EXIF block: which way is up, when the picture was taken, whether camera and place are named."""

from __future__ import annotations

import calendar
import re
import struct
from collections.abc import Container
from datetime import datetime
from typing import NamedTuple

MAKE, ORIENTATION, DATE_TIME, EXIF_IFD, GPS_IFD = 0x010F, 0x0112, 0x0132, 0x8769, 0x8825
ORIGINAL, DIGITIZED = 0x9003, 0x9004
LATITUDE, LONGITUDE = 2, 4
REDUCED, PHOTOMETRIC, BELOW, DNG_VERSION = 0x00FE, 0x0106, 0x014A, 0xC612
_OF_A_SENSOR = 0x8023
_WHOLE = {1: "B", 3: "H", 4: "I"}
_DATE = re.compile(rb"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_ENTRIES = 1024


class Exif(NamedTuple):
    """Orientation 1 to 8 (1 where it is missing or nonsense), seconds since 1970 of the local time or None, and whether the
    camera's maker and the place are named.
    """

    orientation: int = 1
    taken: int | None = None
    camera: bool = False
    gps: bool = False


def read_exif(block: bytes) -> Exif:
    """What an EXIF block says.

    `block` is a TIFF header with its directories, with or without "Exif\\0\\0" before it: an EXIF segment, or a whole
    TIFF file. The date is DateTimeOriginal, else DateTimeDigitized, else DateTime. Never raises: what is broken is as if
    it were not there.
    """
    start = 6 if block[:6] == b"Exif\0\0" else 0
    order, main = _main(block, start, (MAKE, ORIENTATION, DATE_TIME, EXIF_IFD, GPS_IFD))
    if not main:
        return Exif()
    orientation = _number(block, order, main.get(ORIENTATION))
    dates, place = (
        _directory(block, start, order, at, tags) if (at := _number(block, order, main.get(ifd))) else {}
        for ifd, tags in ((EXIF_IFD, (ORIGINAL, DIGITIZED)), (GPS_IFD, (LATITUDE, LONGITUDE)))
    )
    entries = dates.get(ORIGINAL), dates.get(DIGITIZED), main.get(DATE_TIME)
    found = (_seconds(_text(block, start, order, entry)) for entry in entries)
    taken = next((seconds for seconds in found if seconds is not None), None)
    camera = MAKE in main and bool(_text(block, start, order, main[MAKE], 1).strip(b"\0 "))
    return Exif(orientation if 1 <= orientation <= 8 else 1, taken, camera, len(place) == 2)


def camera_raw(data: bytes) -> bool:
    """Whether a TIFF file is a camera's RAW file: a DNG, what a sensor saw, or a camera's thumbnail with more below it.

    Never raises.
    """
    order, main = _main(data, 0, (REDUCED, PHOTOMETRIC, MAKE, BELOW, DNG_VERSION))
    thumbnail = MAKE in main and BELOW in main and _number(data, order, main.get(REDUCED)) & 1
    sensor = _number(data, order, main.get(PHOTOMETRIC)) == _OF_A_SENSOR
    return DNG_VERSION in main or bool(thumbnail) or (MAKE in main and sensor)


def _main(block: bytes, start: int, tags: Container[int]) -> tuple[str, dict[int, tuple[int, int, int]]]:
    """The byte order of a TIFF header and these tags of its first directory; no tags where there is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[start : start + 4], "<")
    if block[start : start + 4] not in (b"II*\0", b"MM\0*") or len(block) < start + 8:
        return order, {}
    return order, _directory(block, start, order, struct.unpack_from(order + "I", block, start + 4)[0], tags)


def _directory(
    block: bytes, start: int, order: str, offset: int, tags: Container[int]
) -> dict[int, tuple[int, int, int]]:
    """The entries of these tags: tag to (type, count, where its four bytes of value stand)."""
    found: dict[int, tuple[int, int, int]] = {}
    at = start + offset
    if at + 2 > len(block):
        return found
    count = min(int.from_bytes(block[at : at + 2], "little" if order == "<" else "big"), _ENTRIES)
    end = min(at + 2 + 12 * count, len(block) - 11)
    for entry in range(at + 2, end, 12):
        tag, kind, many = struct.unpack_from(order + "HHI", block, entry)
        if tag in tags:
            found.setdefault(tag, (kind, many, entry + 8))
    return found


def _number(block: bytes, order: str, entry: tuple[int, int, int] | None) -> int:
    if entry is None or entry[0] not in _WHOLE or entry[1] != 1:
        return 0
    return int(struct.unpack_from(order + _WHOLE[entry[0]], block, entry[2])[0])


def _text(block: bytes, start: int, order: str, entry: tuple[int, int, int] | None, least: int = 19) -> bytes:
    if entry is None or entry[0] != 2 or not least <= entry[1] <= 64:
        return b""
    at = entry[2] if entry[1] <= 4 else start + struct.unpack_from(order + "I", block, entry[2])[0]
    return block[at : at + entry[1]]


def _seconds(text: bytes) -> int | None:
    found = _DATE.match(text)
    if found is None:
        return None
    try:
        year, month, day, hour, minute, second = map(int, found.groups())
        return calendar.timegm(datetime(year, month, day, hour, minute, second).timetuple())
    except ValueError:
        return None
