"""A file's bytes, read once, with the certainty that they belong together."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Sequence

from dedupe.errors import PictureError
from dedupe.magic import HEAD
from dedupe.model import Decoder
from dedupe.walk.found import held_identity, held_time

LARGEST = 1 << 30
"""Bytes: a larger file is no picture that could be decoded here."""

_FLAGS = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)

Stat = tuple[int, int, int, int, int, int]


def open_file(path: bytes, identity: tuple[int, int] | None) -> tuple[int, Stat]:
    """A descriptor of a regular file and its stat as int64 holds it: size, mtime_ns, ctime_ns, device, inode, read_ns.

    A symbolic link is refused, unless it leads to `identity` (device, inode): then it was given as such. Nothing but a
    regular file is ever read, and opening a pipe or a terminal has no effect. Raises PictureError (`vanished`,
    `unreadable`, `changed`, `too_large`).
    """
    now = time.time_ns()
    fd = open_regular(path, identity)
    found = os.fstat(fd)
    if found.st_size > LARGEST:
        os.close(fd)
        raise PictureError("too_large", f"Its {found.st_size:,} bytes are more than the {LARGEST:,} that are read.")
    return fd, (*_stamp(found), *held_identity(found), now)


def open_regular(path: bytes, identity: tuple[int, int] | None) -> int:
    """A descriptor of a regular file of any size. Raises PictureError as `open_file` does, but for `too_large`."""
    try:
        fd = _opened(path, identity)
    except OSError as error:
        raise _refusal(error) from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise PictureError("unreadable", "It is no regular file.")
    return fd


def read_file(path: bytes, identity: tuple[int, int] | None, decoders: Sequence[Decoder] | None) -> tuple[bytes, Stat]:
    """The bytes of a file and its stat, as `open_file` opens it; with `decoders`, one that they do not know is not read.

    Raises PictureError (also `not_an_image`).
    """
    fd, found = open_file(path, identity)
    try:
        if decoders is not None:
            from dedupe.decode.reading import recognised  # with all of Pillow, which the parent has no use for

            if not recognised(os.read(fd, HEAD), decoders):
                raise PictureError("not_an_image", "It has no picture's suffix and does not begin as one.")
            os.lseek(fd, 0, os.SEEK_SET)
        return read_all(fd, found), found
    except OSError as error:
        raise _refusal(error) from None
    finally:
        os.close(fd)


def _opened(path: bytes, identity: tuple[int, int] | None) -> int:
    try:
        return os.open(path, _FLAGS | _NO_LINK)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EMLINK) or identity is None:
            raise
    fd = os.open(path, _FLAGS)
    found = os.fstat(fd)
    if held_identity(found) != identity:
        os.close(fd)
        raise OSError(errno.ELOOP, "")
    return fd


def read_all(fd: int, found: Stat) -> bytes:
    """All bytes of an open file. Raises PictureError (`changed`, `unreadable`) if it is not the same before and after."""
    size = found[0]
    try:
        data = os.read(fd, size)
        while len(data) < size and (more := os.read(fd, size - len(data))):
            data += more
        after = os.fstat(fd)
    except OSError as error:
        raise _refusal(error) from None
    if len(data) != size or _stamp(after) != found[:3]:
        raise PictureError("changed", "It changed while it was read.")
    return data


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, *held_time(found)


def _refusal(error: OSError) -> PictureError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return PictureError("vanished", "It is no longer there.")
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return PictureError("changed", "It became a symbolic link after its folder was read.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return PictureError("unreadable", "It may not be read: permission denied.")
    return PictureError("unreadable", f"It cannot be read: {os.strerror(error.errno or 0)}.")
