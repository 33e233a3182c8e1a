"""Zip archives, comic books among them: listed from their directory, read at the entries themselves."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from dedupe import Entry, PictureError
from dedupe_archives.zip_entries import LOCAL, UNIX, entries_from, is_link, read_entry

if TYPE_CHECKING:
    from zipfile import ZipInfo

EMPTY, SPANNED = b"PK\5\6", b"PK\7\x08"


class Zip:
    """Zip archives."""

    name = "zip"
    version = "1"
    suffixes = (".zip", ".cbz")

    def matches(self, head: bytes) -> bool:
        """Whether it begins with an entry, or is empty."""
        return head.startswith((LOCAL, EMPTY, SPANNED + LOCAL))

    def entries(self, stream: BinaryIO) -> Iterator[Entry]:
        """What its directory lists; where that is cut off what lies whole before the cut, then PictureError (`truncated`)."""
        from zipfile import BadZipFile, ZipFile

        try:
            with ZipFile(stream) as archive:
                infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        except (BadZipFile, NotImplementedError):
            yield from entries_from(stream)
            raise PictureError("truncated", "The archive is cut off or damaged: its directory is missing.") from None
        before = -1
        for info in infos:
            if not info.is_dir() and info.header_offset != before:
                before = info.header_offset
                yield Entry(
                    info.filename.encode("utf-8", "surrogateescape"),
                    info.header_offset,
                    info.file_size,
                    skipped=_skipped(info),
                )

    def reader(self, stream: BinaryIO) -> Callable[[int, int], bytes]:
        """Goes to the entry and inflates it."""
        return partial(read_entry, stream)

    def without(self, stream: BinaryIO, out: BinaryIO, offsets: frozenset[int]) -> None:
        """Copies what stays as it is packed, and a directory of it. Raises PictureError (`truncated`)."""
        from dedupe_archives.zip_copies import copy_entries

        copy_entries(stream, out, offsets)


def _skipped(info: ZipInfo) -> str:
    if info.create_system != UNIX:
        return ""
    if is_link(info):
        return "links"
    return "" if stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG) else "special files"
