"""A zip without some of its entries: the others as they are packed, and a directory of them (APPNOTE 6.3.10, 4.3.12 to 16)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from dedupe import PictureError
from dedupe_archives.tar_copies import copy
from dedupe_archives.zip_entries import is_link

if TYPE_CHECKING:
    from zipfile import ZipFile

LONGEST = 4096
"""Bytes of the path that a link leads to."""

_RECORD = struct.Struct("<4s6H3L5H2L")
_END, _LARGE_END, _LOCATOR = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
_WIDE, _MANY, _ZIP64 = 0xFFFFFFFF, 0xFFFF, 1
_PACKED, _SIZE, _NAME, _OFFSET = 8, 9, 10, 16
"""Fields of a directory's record."""


class _Listed(NamedTuple):
    """A record of the directory, where its offset stands in it and in how many bytes, and the offset."""

    record: bytearray
    at: int
    width: int
    offset: int


def copy_entries(stream: BinaryIO, out: BinaryIO, offsets: frozenset[int]) -> None:
    """Copies all entries but those at these offsets that no link leads to. Raises PictureError (`truncated`, `damaged`)."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(stream) as archive:
            directory, comment, count = int(archive.start_dir), archive.comment, len(archive.infolist())
            begins = min((info.header_offset for info in archive.infolist()), default=0)
            offsets -= _led_to(archive)
    except (BadZipFile, NotImplementedError):
        raise PictureError("truncated", "The archive is cut off or damaged: its directory is missing.") from None
    stream.seek(directory)
    records = [_listed(stream) for _ in range(count)]
    shift = begins - min((one.offset for one in records), default=0)  # of what stands before the archive
    kept = [one for one in records if one.offset + shift not in offsets]
    moved = _copied(stream, out, sorted({one.offset + shift for one in records}), directory, offsets)
    begin = out.tell()
    for one in kept:
        one.record[one.at : one.at + one.width] = moved[one.offset + shift].to_bytes(one.width, "little")
        out.write(one.record)
    out.write(_end(begin, out.tell(), len(kept), comment))


def _led_to(archive: ZipFile) -> frozenset[int]:
    """The offsets of the entries that symbolic links lead to."""
    needed = set[str]()
    for info in archive.infolist():
        if is_link(info) and info.file_size <= LONGEST:
            with suppress(
                Exception
            ):  # of many kinds: damaged, encrypted, or packed in a way that zipfile does not know
                target = archive.read(info).decode("utf-8", "surrogateescape")
                needed.add(normpath(join(dirname(info.filename), target)))
    return frozenset(info.header_offset for info in archive.infolist() if normpath(info.filename) in needed)


def _copied(
    stream: BinaryIO, out: BinaryIO, begins: list[int], directory: int, offsets: frozenset[int]
) -> dict[int, int]:
    """Copies the entries, each up to the next one; where each of them stands now, by where it stood."""
    moved = {}
    for begin, end in zip(begins, [*begins[1:], directory], strict=True):
        if begin not in offsets:
            moved[begin] = out.tell()
            copy(stream, out, begin, end)
    return moved


def _listed(stream: BinaryIO) -> _Listed:
    """The next record. Raises PictureError where it has no offset."""
    head = stream.read(_RECORD.size)
    fields = _RECORD.unpack(head)
    name, extra, comment = fields[_NAME : _NAME + 3]
    record = bytearray(head + stream.read(name + extra + comment))
    if fields[_OFFSET] != _WIDE:
        return _Listed(record, _RECORD.size - 4, 4, fields[_OFFSET])
    at = _RECORD.size + name
    for kind, begin, size in _extras(record, at, at + extra):
        before = 8 * sum(fields[each] == _WIDE for each in (_PACKED, _SIZE))
        if kind == _ZIP64 and size >= before + 8:
            begin += before
            return _Listed(record, begin, 8, int.from_bytes(record[begin : begin + 8], "little"))
    raise PictureError("damaged", "The archive is damaged: its directory does not say where an entry is.")


def _extras(record: bytearray, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of what else a record has."""
    while at + 4 <= end:
        kind, size = struct.unpack_from("<2H", record, at)
        yield kind, at + 4, size
        at += 4 + size


def _end(begin: int, end: int, count: int, comment: bytes) -> bytes:
    """What stands behind the directory."""
    size, large = end - begin, b""
    if count >= _MANY or begin >= _WIDE or size >= _WIDE:
        large = _LARGE_END.pack(b"PK\6\6", _LARGE_END.size - 12, 45, 45, 0, 0, count, count, size, begin)
        large += _LOCATOR.pack(b"PK\6\7", 0, end, 1)
    few, little, near = min(count, _MANY), min(size, _WIDE), min(begin, _WIDE)
    return large + _END.pack(b"PK\5\6", 0, 0, few, few, little, near, len(comment)) + comment
