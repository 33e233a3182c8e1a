"""Bytes of what is in containers: those that were read from last stay open, for the next picture is most often in them."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from dedupe.describe.remote import stream
from dedupe.describe.workers.opened import LARGEST, Stat, open_regular
from dedupe.errors import PictureError, said
from dedupe.model import INSIDE, Container, MemberPlace, Reader

OPEN = 4
"""Containers that are kept open."""


@contextmanager
def open_container(container: Container) -> Iterator[BinaryIO]:
    """The container as an open file. Raises PictureError (`vanished`, `unreadable`, and `changed` if it is another one now)."""
    opened = _opened(container)
    try:
        yield opened
    finally:
        opened.close()


@dataclass(slots=True)
class _Open:
    stream: BinaryIO
    read: Reader


class Readers:
    """Reads pictures in containers, one after the other."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[int, int, int, int], _Open] = OrderedDict()

    def read(self, place: MemberPlace) -> bytes:
        """The bytes at a place. Raises PictureError (`changed` if the container is not as it was, and what its source raises)."""
        if place.size > LARGEST:
            raise PictureError("too_large", f"Its {place.size:,} bytes are more than the {LARGEST:,} that are read.")
        container, key = place.container, _key(place.container)
        one = self._open.pop(key, None) or self._opened(container)
        self._open[key] = one
        while len(self._open) > OPEN:
            self._open.popitem(last=False)[1].stream.close()
        try:
            data = one.read(place.offset, place.size)
        except (PictureError, MemoryError):
            raise
        except Exception as error:  # what is damaged makes libraries raise errors of any kind
            raise PictureError("damaged", f"It cannot be unpacked: {said(error)[:250]}") from None
        if container.remote is None:
            _refuse_changed(container, os.fstat(one.stream.fileno()))
        return data

    def stat_of(self, place: MemberPlace, member: int) -> Stat:
        """What stands for the stat of a file: the container's times, and the member's own number."""
        one = place.container
        return place.size, one.mtime_ns, place.offset if one.by_entry else one.ctime_ns, INSIDE, member, time.time_ns()

    def _opened(self, container: Container) -> _Open:
        opened = _opened(container)
        try:
            return _Open(opened, container.source.reader(opened))
        except BaseException:
            opened.close()
            raise


def _opened(container: Container) -> BinaryIO:
    if container.remote is not None:
        return stream.opened(container)
    fd = open_regular(container.path, (container.device, container.inode))
    try:
        _refuse_changed(container, os.fstat(fd))
        return os.fdopen(fd, "rb")
    except BaseException:
        os.close(fd)
        raise


def _key(container: Container) -> tuple[int, int, int, int]:
    return container.device, container.inode, container.mtime_ns, container.ctime_ns


def _refuse_changed(container: Container, found: os.stat_result) -> None:
    from dedupe.walk.found import held_time

    if (found.st_size, *held_time(found)) != (container.size, container.mtime_ns, container.ctime_ns):
        raise PictureError("changed", "The archive that it is in changed after it was looked through.")
