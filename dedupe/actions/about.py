"""What a picture says of itself besides its pixels: date, place, camera, rating and keywords, from EXIF, IPTC and XMP."""

from __future__ import annotations

import math
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from dedupe.actions import xmp
from dedupe.actions.safely import opened
from dedupe.decode.exif import GPS_IFD, MAKE, read_exif
from dedupe.errors import Refused

About = Mapping[str, tuple[str, ...]]
"""Texts by word of `xmp.WORDS`, as XMP has them."""

MOST = 128 << 20
"""Bytes of a file that are looked through."""

MODEL, RATING, XP_KEYWORDS = 0x0110, 0x4746, 0x9C9E
_PACKET = re.compile(rb"<x:xmpmeta\b.*?</x:xmpmeta\s*>", re.DOTALL)
_EXIF = re.compile(rb"Exif\0\0(?=II\*\0|MM\0\*)|(?:eXIf|EXIF.{4})(?=II\*\0|MM\0\*)", re.DOTALL)
_TIFF = (b"II*\0", b"MM\0*")
_IPTC_KEYWORDS, _IPTC_DATE = (2, 25), (2, 55)


def about(path: bytes) -> About:
    """What a picture's file says. Nothing where it is broken, or cannot be read."""
    try:
        with opened(path) as file:
            data = os.pread(file, MOST, 0)
    except (OSError, Refused):
        return {}
    packet, block = _PACKET.search(data), exif_block(data)
    found: dict[str, tuple[str, ...]] = {}
    keywords: list[str] = []
    for read, source in ((_of_exif, block), (_of_iptc, data), (_of_packet, packet and packet[0])):
        with suppress(Exception):  # a broken block says nothing, however its reader takes it
            said = dict(read(source)) if source else {}
            keywords += said.pop("keywords", ())
            found = said | found
    words = tuple(filter(None, dict.fromkeys(map(_text, keywords))))
    return found | ({"keywords": words} if words else {})


def exif_block(data: bytes) -> bytes:
    """The EXIF of a file of any format, from its TIFF header on; the whole file where it is a TIFF or a RAW that is built so."""
    if data.startswith(_TIFF):
        return data
    found = _EXIF.search(data)
    return data[found.end() :][: 1 << 20] if found else b""


def _of_packet(packet: bytes) -> About:
    return xmp.said(xmp.parsed(packet))


def _of_exif(block: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    from PIL import Image

    taken = read_exif(block).taken
    if taken is not None:
        yield "date", (datetime.fromtimestamp(taken, UTC).strftime("%Y-%m-%dT%H:%M:%S"),)
    exif = Image.Exif()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd values: what can be read of them counts
        exif.load(block)
        place = exif.get_ifd(GPS_IFD)
    where = _angle(place.get(1), place.get(2)), _angle(place.get(3), place.get(4))
    if all(where):
        yield "gps", where
    camera = tuple(_text(exif.get(tag)) for tag in (MAKE, MODEL))
    if any(camera):
        yield "camera", camera
    if (rating := exif.get(RATING)) in range(1, 6):
        yield "rating", (str(rating),)
    words = exif.get(XP_KEYWORDS)
    if isinstance(words, bytes):
        yield "keywords", tuple(words.decode("utf-16-le").split(";"))


def _of_iptc(data: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    if b"Photoshop 3.0\0" not in data[: 1 << 20]:
        return
    from PIL import Image, IptcImagePlugin

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its size, which does not matter here
        found = IptcImagePlugin.getiptcinfo(Image.open(BytesIO(data))) or {}
    words = found.get(_IPTC_KEYWORDS, [])
    yield "keywords", tuple(each.decode("utf-8", "replace") for each in (words if isinstance(words, list) else [words]))
    date = found.get(_IPTC_DATE)
    if isinstance(date, bytes) and re.fullmatch(rb"[12]\d{7}", date):
        text = date.decode()
        yield "date", (f"{text[:4]}-{text[4:6]}-{text[6:]}",)


def _angle(to: Any, parts: Any) -> str:
    """Degrees, minutes and seconds as XMP has an angle: 52,30.500000N; empty where it is none."""
    if to not in ("N", "S", "E", "W") or not isinstance(parts, tuple) or len(parts) != 3:
        return ""
    minutes = sum(float(part) * share for part, share in zip(parts, (60, 1, 1 / 60), strict=True))
    if not math.isfinite(minutes) or not 0 <= minutes <= 180 * 60:
        return ""
    whole, rest = divmod(round(minutes * 1_000_000), 60_000_000)
    return f"{whole},{rest / 1_000_000:.6f}{to}"


def _text(value: Any) -> str:
    """A text, without what XML cannot hold."""
    return "".join(each for each in value if each.isprintable()).strip() if isinstance(value, str) else ""


__all__ = ["About", "about", "exif_block"]
