"""Live Photos: whether a clip is that of a picture or only has its name, by the identifier that Apple gives both."""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Iterator
from contextlib import suppress

from dedupe.actions.about import MOST, exif_block
from dedupe.actions.safely import opened
from dedupe.decode.exif import EXIF_IFD
from dedupe.errors import Refused

KEY = b"com.apple.quicktime.content.identifier"
MAKER_NOTE, IDENTIFIER, ASCII = 0x927C, 17, 2
APPLE, FIRST_ENTRY = b"Apple iOS\0", 16
LARGEST = 64 << 20
"""Bytes of the part of a clip that says what is in it."""


def strangers(still: bytes, clip: bytes) -> bool:
    """Whether a picture and a clip have an identifier each, and not the same one."""
    try:
        with opened(still) as file:
            mine = _of_still(os.pread(file, MOST, 0))
        with opened(clip) as file:
            its = _moov(file) if mine else b""
    except (OSError, Refused):
        return False
    return KEY in its and mine not in its


def _of_still(data: bytes) -> bytes:
    """The identifier in the maker's note of a picture; empty where there is none."""
    from PIL import Image

    exif = Image.Exif()
    with suppress(Exception), warnings.catch_warnings():  # a broken block says nothing, however its reader takes it
        warnings.simplefilter("ignore")
        exif.load(exif_block(data))
        return next(_identifiers(exif.get_ifd(EXIF_IFD).get(MAKER_NOTE, b"")), b"")
    return b""


def _identifiers(note: bytes) -> Iterator[bytes]:
    """The values of tag 17 of Apple's note, which is big-endian, with places counted from its beginning."""
    if not note.startswith(APPLE):
        return
    (count,) = struct.unpack_from(">H", note, FIRST_ENTRY - 2)
    for entry in range(count):
        tag, kind, size, at = struct.unpack_from(">HHII", note, FIRST_ENTRY + 12 * entry)
        if (tag, kind) == (IDENTIFIER, ASCII):
            yield note[at : at + size].strip(b"\0 ")


def _moov(file: int) -> bytes:
    """The box of a clip that describes it, which stands before or behind the frames."""
    at, end = 0, os.fstat(file).st_size
    while at + 8 <= end:
        size, kind = struct.unpack(">I4s", os.pread(file, 8, at))
        if size == 1 and at + 16 <= end:
            (size,) = struct.unpack(">Q", os.pread(file, 8, at + 8))
        if kind == b"moov":
            return os.pread(file, min(size or LARGEST, LARGEST), at)
        if size < 8:
            break
        at += size
    return b""


__all__ = ["strangers"]
