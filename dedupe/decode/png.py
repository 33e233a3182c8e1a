"""PNG: a file without the chunks that no pixel depends on."""

from __future__ import annotations

import zlib

from PIL.PngImagePlugin import MAX_TEXT_CHUNK

from dedupe.decode.ends import chunks
from dedupe.errors import PictureError

_FRAMES = b"fdAT"
_KEPT = frozenset({b"tRNS", b"eXIf", b"iCCP", b"acTL", b"fcTL", _FRAMES})
_ANCILLARY = 0x20


def pixels_alone(data: bytes) -> bytes:
    """The file without its text, and without the ancillary chunks that libpng passes over and Pillow refuses: those with a
    wrong checksum, and colour profiles that unpack to more than Pillow's limit.

    Raises PictureError (`not_supported`) for what Xcode makes of a PNG, which other programs cannot read either.
    """
    if data[12:16] == b"CgBI":
        raise PictureError("not_supported", "PNG files that Xcode has packed for iOS (CgBI) are not supported.")
    pieces, at = [], 0
    for kind, start, end in chunks(data):
        if kind[0] & _ANCILLARY and end <= len(data) and not _needed(kind, data[start:end]):
            pieces.append(data[at:start])
            at = end
    return b"".join([*pieces, data[at:]]) if pieces else data


def _needed(kind: bytes, chunk: bytes) -> bool:
    if kind not in _KEPT or (kind != _FRAMES and zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big")):
        return False
    return kind != b"iCCP" or _unpacks(chunk[8:-4].partition(b"\0")[2])


def _unpacks(profile: bytes) -> bool:
    """Whether Pillow takes a packed colour profile; one that is no such thing it passes over."""
    try:
        return (
            profile[:1] == b"\0" and len(zlib.decompressobj().decompress(profile[1:], MAX_TEXT_CHUNK)) < MAX_TEXT_CHUNK
        )
    except zlib.error:
        return True
