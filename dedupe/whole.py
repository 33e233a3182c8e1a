"""Files written as a whole: the content is complete before it has its name."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path, *, anew: bool = False, durable: bool = True) -> Iterator[BinaryIO]:
    """A stream to write (and to read again) whose content takes the file's place when the block ends well.

    What stood there stands until then, and its permissions are the new file's; with `anew` it stands for good, and
    FileExistsError is raised. A file that may be lost with the power need not be `durable`, which waits for the disk.
    Raises OSError.
    """
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        temporary.unlink(missing_ok=True)  # a killed process's; opening anew never follows a link that lies there
        with temporary.open("x+b") as stream:
            _same_permissions(path, stream.fileno())
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        if anew:
            take_name(os.fsencode(temporary), os.fsencode(path))
        else:
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _same_permissions(path: Path, descriptor: int) -> None:
    """Gives a file that is being written those of the regular file `path`, before there is anything in it to read."""
    if not hasattr(os, "fchmod"):  # Windows before Python 3.13, where folders hand them down
        return
    with suppress(OSError):  # there is no such file, or a file system without permissions
        found = os.lstat(path).st_mode
        if stat.S_ISREG(found):
            os.fchmod(descriptor, found & 0o777)


def take_name(temporary: bytes, path: bytes) -> None:
    """Gives a file its name and takes no other's place: a link, unlike a rename, fails where there is one. Raises OSError."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.rename(temporary, path)  # noqa: PTH104 - pathlib takes no bytes
