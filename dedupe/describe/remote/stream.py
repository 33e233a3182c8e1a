"""What is at an address as a worker reads it: it asks the process that fetches, and knows no network itself."""

from __future__ import annotations

import io
import json
import struct
from multiprocessing.connection import Client
from typing import Any, BinaryIO, cast

from dedupe.errors import PictureError
from dedupe.model import Container

ASKED = struct.Struct("<qqq")
"""What is asked for: the number of what was met, an offset (or STILL), and how many bytes."""

STILL = -1
"""In place of an offset: whether it is still as it was met."""

GIVEN, REFUSED = b"\0", b"\1"
"""What an answer begins with: bytes follow, or reason and sentence in JSON."""

AT_ONCE = 1 << 16
"""Bytes that are asked for at least, where there are so many: pictures are not always read in their order."""


def opened(container: Container) -> BinaryIO:
    """A container at an address as an open file. Raises PictureError (`vanished`, `unreadable`, `changed`)."""
    raw = _Remote(container)
    try:
        raw.ask(STILL, 0)
    except BaseException:
        raw.close()
        raise
    return cast(BinaryIO, raw if container.by_entry else io.BufferedReader(raw, AT_ONCE))


class _Remote(io.RawIOBase):
    """Bytes of a file at an address, or of the entries below one."""

    def __init__(self, container: Container) -> None:
        assert container.remote is not None
        self._number, self._size, self._at = container.remote.number, container.size, 0
        try:
            self._ways: Any = Client(container.remote.place, authkey=container.remote.key)
        except OSError:
            raise PictureError("unreadable", "It cannot be read: the process that fetches it has ended.") from None

    def ask(self, offset: int, size: int) -> bytes:
        """So many bytes from an offset on, or those of the entry there. Raises PictureError."""
        try:
            self._ways.send_bytes(ASKED.pack(self._number, offset, size))
            answer = self._ways.recv_bytes()
        except (OSError, EOFError):
            raise PictureError("unreadable", "It cannot be read: the process that fetches it has ended.") from None
        if answer[:1] == GIVEN:
            return bytes(answer[1:])
        raise PictureError(*json.loads(answer[1:]))

    def readinto(self, buffer: Any) -> int:
        size = max(0, min(len(buffer), self._size - self._at))
        data = self.ask(self._at, size) if size else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, begin + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed and hasattr(self, "_ways"):
            self._ways.close()
        super().close()
