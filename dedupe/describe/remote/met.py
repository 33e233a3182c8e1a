"""What is at an address, as the process that fetches sees it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

from blake3 import blake3

from dedupe.describe.remote.trouble import patiently
from dedupe.errors import PictureError

BLOCK, KEPT = 2 << 20, 64
"""Bytes that are read together, and how many blocks of them are kept."""

STEP = 1 << 20
TIMES = ("mtime", "LastModified", "last_modified", "Last-Modified", "created")
MARKS = ("ETag", "etag", "md5Hash", "sha256", "Content-MD5", *TIMES)
"""What file systems call what tells one content of an object from another."""

UNKNOWN = -1
"""The size of what does not say it."""


@dataclass(slots=True)
class AtAddress:
    """A file, or all files below an address (`entries`: file systems and paths by offset), with what tells whether it is still
    the same.
    """

    fs: Any
    path: str
    size: int = 0
    mark: str = ""
    mtime_ns: int = 0
    entries: Mapping[int, tuple[Any, str]] = field(default_factory=dict)

    def still(self) -> None:
        """Raises PictureError (`changed`, `vanished`) where it is no longer what was met."""
        if not self.entries and self.mark and mark_of(patiently(lambda: self.fs.info(self.path))) != self.mark:
            raise PictureError("changed", "It changed after it was looked through.")

    def entry(self, offset: int, size: int) -> bytes:
        """The bytes of an entry. Raises PictureError."""
        if offset not in self.entries:
            raise PictureError("vanished", "It is not there.")
        data = patiently(lambda: up_to(*self.entries[offset], size + 1))
        if len(data) != size:
            raise PictureError("changed", "It changed after its folder was listed.")
        return data


def up_to(fs: Any, path: str, most: int) -> bytes:
    """A file at an address, or so many bytes of it at most: a server may send what has no end."""
    if "http" not in fs.protocol:
        return bytes(fs.cat_file(path))
    with closing(fs.open(path, "rb", block_size=0)) as file:
        return _pieces(file, most)


def _pieces(file: Any, size: int) -> bytes:
    parts = list[bytes]()
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class Reading:
    """Reads a file at an address for all workers, in blocks, by ranges or, where there are none, in one pass after the other.

    The blocks that were read last are kept: workers read side by side what lies side by side, and each byte is to be fetched
    once.
    """

    def __init__(self, at: AtAddress) -> None:
        self._at, self._file, self._place, self._in_order = at, None, 0, False  # type: AtAddress, Any, int, bool
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._lock = Lock()

    def read(self, offset: int, size: int) -> bytes:
        """So many bytes, fewer at the end. Raises PictureError."""
        parts = list[bytes]()
        while size > 0:
            number, start = divmod(offset, BLOCK)
            part = self._block(number)[start : start + size]
            if not part:
                break
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return b"".join(parts)

    def _block(self, number: int) -> bytes:
        with self._lock:
            block = self._blocks.pop(number, None)
            if block is None:
                block = patiently(lambda: self._read(number * BLOCK, BLOCK))
            self._blocks[number] = block
            while len(self._blocks) > KEPT:
                self._blocks.popitem(last=False)
            return block

    def close(self) -> None:
        """Lets go of the file."""
        if self._file is not None:
            with suppress(Exception):
                self._file.close()
        self._file = None

    def _read(self, offset: int, size: int) -> bytes:
        try:
            if not self._in_order:
                try:
                    return self._by_range(offset, size)
                except (ValueError, NotImplementedError):  # its server knows no ranges
                    self.close()
                    self._in_order = True
            return self._forwards(offset, size)
        except BaseException:
            self.close()
            raise

    def _by_range(self, offset: int, size: int) -> bytes:
        if self._file is None:
            self._file = self._at.fs.open(self._at.path, "rb", cache_type="none")
        self._file.seek(offset)
        return _pieces(self._file, size)

    def _forwards(self, offset: int, size: int) -> bytes:
        if self._file is None or offset < self._place:
            self.close()
            self._file, self._place = self._at.fs.open(self._at.path, "rb", block_size=0), 0
        while self._place < offset and (passed := self._file.read(min(STEP, offset - self._place))):
            self._place += len(passed)
        data = _pieces(self._file, size)
        self._place += len(data)
        return data


def mark_of(info: Mapping[str, Any]) -> str:
    """What tells an object from another one that takes its place, "" where nothing does."""
    told = [info.get(name) for name in MARKS]
    return "" if not any(told) else repr([str(each) for each in (*told, info.get("size"))])


def time_of(info: Mapping[str, Any]) -> int:
    """When it last changed, in ns since 1970, 0 where that is not said."""
    for name in TIMES:
        said = info.get(name)
        with suppress(Exception):  # a date in any form
            if name == "Last-Modified" and said:
                said = parsedate_to_datetime(said)
            if isinstance(said, datetime):
                return int(said.timestamp() * 1e9)
            if isinstance(said, int | float):
                return int(said * 1e9)
    return 0


def number_of(*words: object) -> int:
    """A number of 63 bits that stands for some words."""
    return int.from_bytes(blake3(repr(words).encode("utf-8", "surrogateescape")).digest(length=8), "little") >> 1
