"""What a file has besides its content: mode, owner, times, and extended attributes, among which Linux keeps its ACLs."""

from __future__ import annotations

import errno
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any


def of(file: int) -> dict[str, Any]:
    """What an open file has, in JSON's types."""
    found = os.fstat(file)
    return {
        "mode": found.st_mode & 0o7777,
        "uid": found.st_uid,
        "gid": found.st_gid,
        "atime_ns": found.st_atime_ns,
        "mtime_ns": found.st_mtime_ns,
        "xattrs": {name: b64encode(os.getxattr(file, name)).decode() for name in _names(file)},
    }


HAS_NO = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system says of the mode or the times of a file of ours where it has none, or only those of the whole disk."""


def give_what_it_takes(file: int, known: Mapping[str, Any]) -> None:
    """Gives an open file on another disk what that has of it."""
    try:
        give(file, known)
    except OSError as error:
        if error.errno not in HAS_NO:
            raise
        with suppress(OSError):
            os.utime(file, ns=(known["atime_ns"], known["mtime_ns"]))


def give(file: int, known: Mapping[str, Any]) -> None:
    """Gives an open file all of it; owner and attributes as far as this user may."""
    with suppress(OSError):
        os.fchown(file, known["uid"], known["gid"])
    for name, value in known["xattrs"].items():
        with suppress(OSError):
            os.setxattr(file, name, b64decode(value))
    os.fchmod(file, known["mode"])
    os.utime(file, ns=(known["atime_ns"], known["mtime_ns"]))


def _names(file: int) -> list[str]:
    if not hasattr(os, "listxattr"):  # macOS, whose attributes Python does not reach
        return []
    try:
        return os.listxattr(file)
    except OSError:
        return []
