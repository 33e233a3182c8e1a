"""One entry of a zip archive after the other, as their own headers have them (APPNOTE 6.3.10, 4.3.7)."""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from dedupe import Entry, PictureError

if TYPE_CHECKING:
    from zipfile import ZipInfo

LOCAL = b"PK\3\4"
"""What an entry begins with."""

UNIX = 3
"""The system that an entry was made on, as zip numbers it."""

_SIZES = b"PK\7\x08"
_HEADER = struct.Struct("<4s5H3L2H")
_ENCRYPTED, _SIZE_FOLLOWS, _UTF8 = 1 << 0, 1 << 3, 1 << 11
_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
_WIDE = 0xFFFFFFFF
_STEP = 1 << 18
RATIO = 1_000
"""An entry that unpacks to more than so many times its bytes, and to more than 64 MB, is a bomb."""
ALWAYS = 64 << 20


def read_entry(stream: BinaryIO, offset: int, size: int) -> bytes:
    """The bytes of the entry at an offset, `size` of them.

    Raises PictureError: `encrypted`, `unsupported`, `damaged`, `truncated`, `too_large`.
    """
    head = _header(stream, offset)
    if head.flags & _ENCRYPTED:
        raise PictureError("encrypted", "It is encrypted; unpack the archive with its password, and scan the folder.")
    if head.packed and head.packed != _WIDE and size > ALWAYS and size > RATIO * head.packed:
        raise PictureError("too_large", f"It unpacks to more than {RATIO:,} times its size in the archive.")
    data = stream.read(size) if head.method == _STORED else _inflated(stream, head.method, size)
    if len(data) < size:
        raise PictureError("truncated", "The archive ends before the picture does.")
    if head.check and zlib.crc32(data) != head.check:
        raise PictureError("damaged", "It is damaged: its checksum is another one.")
    return data


def is_link(info: ZipInfo) -> bool:
    """Whether an entry of a directory is a symbolic link."""
    return info.create_system == UNIX and stat.S_ISLNK(info.external_attr >> 16)


class _Header(NamedTuple):
    """What stands before an entry's data; checksum and sizes are 0 where they follow behind it."""

    flags: int
    method: int
    check: int
    packed: int
    size: int
    name: bytes


def _header(stream: BinaryIO, offset: int) -> _Header:
    """The header at an offset; the stream stands behind it. Raises PictureError."""
    stream.seek(offset)
    head = stream.read(_HEADER.size)
    if len(head) < _HEADER.size:
        raise PictureError("truncated", "The archive ends before the picture does.")
    mark, _, flags, method, _, _, check, packed, size, name, extra = _HEADER.unpack(head)
    if mark != LOCAL:
        raise PictureError("damaged", "The archive is damaged: where the picture should begin is something else.")
    called = stream.read(name)
    stream.seek(extra, 1)
    return _Header(flags, method, check, packed, size, called)


def _unpacker(method: int, stream: BinaryIO) -> Any:
    if method == _DEFLATED:
        return zlib.decompressobj(-15)
    if method == _BZIP2:
        import bz2

        return bz2.BZ2Decompressor()
    if method == _LZMA:
        return _lzma(stream)
    raise PictureError("unsupported", f"It is compressed by a method (number {method}) that dedupe does not know.")


def _lzma(stream: BinaryIO) -> Any:
    """Of LZMA the properties stand before the data (APPNOTE 5.8.8)."""
    import lzma

    _, length = struct.unpack("<HH", stream.read(4))
    packed, dictionary = struct.unpack("<BL", stream.read(length)[:5])
    lc, lp, pb = packed % 9, packed // 9 % 5, packed // 45
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)


def _inflated(stream: BinaryIO, method: int, size: int) -> bytes:
    """`size` bytes, or as many as there are before the data ends."""
    unpacker = _unpacker(method, stream)
    parts: list[bytes] = []
    left, fed = size, b""
    try:
        while left > 0 and not unpacker.eof:
            fed = getattr(unpacker, "unconsumed_tail", b"") or (
                stream.read(_STEP) if getattr(unpacker, "needs_input", True) else b""
            )
            part = unpacker.decompress(fed, left)
            if not fed and not part:
                break
            parts.append(part)
            left -= len(part)
    except (zlib.error, OSError, ValueError, EOFError) as error:
        raise PictureError("damaged", f"It is damaged: {error}.") from None
    return b"".join(parts)


def entries_from(stream: BinaryIO) -> Iterator[Entry]:
    """The entries that lie whole one after the other, without the directory."""
    end = stream.seek(0, 2)
    at = 0
    while True:
        try:
            head = _header(stream, at)
            begins = stream.tell()
            follows = bool(head.flags & _SIZE_FOLLOWS)
            packed, size = _through(stream, head.method) if follows else (head.packed, head.size)
        except PictureError:
            return
        if packed == _WIDE or begins + packed > end:
            return
        if not head.name.endswith(b"/"):
            yield Entry(_utf8(head), at, size)
        at = begins + packed + (_descriptor(stream, begins + packed) if follows else 0)


def _through(stream: BinaryIO, method: int) -> tuple[int, int]:
    """The packed and the unpacked size of data that says only at its end how long it is. Raises PictureError."""
    unpacker, begins, fed, size = _unpacker(method, stream), stream.tell(), 0, 0
    try:
        while not unpacker.eof and (some := stream.read(_STEP)):
            fed += len(some)
            while some and not unpacker.eof:
                size += len(unpacker.decompress(some, _STEP))
                some = getattr(unpacker, "unconsumed_tail", b"")
    except (zlib.error, OSError, ValueError, EOFError):
        raise PictureError("damaged", "It is damaged.") from None
    if not unpacker.eof or size > RATIO * max(fed, ALWAYS):
        raise PictureError("truncated", "The archive ends before the picture does.")
    return stream.tell() - len(unpacker.unused_data) - begins, size


def _descriptor(stream: BinaryIO, offset: int) -> int:
    """The bytes of the sizes that stand behind an entry's data, most often with a mark before them."""
    stream.seek(offset)
    return 16 if stream.read(4) == _SIZES else 12


def _utf8(head: _Header) -> bytes:
    return head.name if head.flags & _UTF8 else head.name.decode("cp437").encode()
