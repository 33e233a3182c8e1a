"""Folders in which nobody but their user and root can write, so that what lies there may be run or believed.

Each use opens the folder, looks whose it is, and goes on by its descriptor: another one put in its place gets nothing
written and gives nothing to read. Windows has no such descriptors; there the folder is taken as it is.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

PART = ".part"
"""How the name of a file ends that is being written: a dot, 32 hexadecimal digits, and its suffix stand before."""

BY_DESCRIPTOR = hasattr(os, "O_DIRECTORY") and {os.open, os.rename, os.unlink} <= os.supports_dir_fd
"""Whether this system opens, renames and deletes files in a folder that is open."""

_FILE = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK if BY_DESCRIPTOR else getattr(os, "O_BINARY", 0)


def usable(folder: Path) -> bool:
    """Whether this process can write in a folder, and nobody else but root."""
    with suppress(OSError), _opened(folder) as at:
        place, descriptor = _new(folder, at)
        os.close(descriptor)
        os.unlink(place, dir_fd=at)
        return True
    return False


def ours(folder: Path) -> bool:
    """Whether this user can write in a folder, and nobody else but root, as its mode has it."""
    with suppress(OSError), _opened(folder):
        return os.access(folder, os.W_OK)
    return False


@contextmanager
def reading(folder: Path, name: str) -> Iterator[BinaryIO]:
    """A file to read. Raises OSError for a folder or file in which others can write, and for what is no regular file."""
    with _opened(folder) as at, open(os.open(_place(folder, name, at), os.O_RDONLY | _FILE, dir_fd=at), "rb") as stream:
        _check(os.fstat(stream.fileno()), stat.S_IFREG)
        yield stream


@contextmanager
def writing(folder: Path, name: str) -> Iterator[BinaryIO]:
    """A stream to write and read whose content takes the file's place when the block ends well, so that nobody reads half
    of it. Raises OSError, also for a folder in which others can write.
    """
    with _opened(folder) as at:
        temporary, descriptor = _new(folder, at, Path(name).suffix)
        try:
            with open(descriptor, "w+b") as stream:
                yield stream
            os.replace(temporary, _place(folder, name, at), src_dir_fd=at, dst_dir_fd=at)
        finally:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=at)


def names(folder: Path) -> list[str]:
    """What a folder holds, sorted; nothing where it cannot be read or others can write in it."""
    with suppress(OSError), _opened(folder) as at:
        return sorted(os.listdir(folder if at is None else at))
    return []


def remove(folder: Path, name: str) -> None:
    """Deletes a file. Raises OSError, also for a folder in which others can write."""
    with _opened(folder) as at:
        os.unlink(_place(folder, name, at), dir_fd=at)


@contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    """The descriptor of a folder, None where the system uses none; raises OSError where it is none of ours."""
    if not BY_DESCRIPTOR:
        yield None
        return
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _check(os.fstat(at), stat.S_IFDIR)
        yield at
    finally:
        os.close(at)


def _check(found: os.stat_result, kind: int) -> None:
    """Raises OSError for what is of another kind, is another user's but root's, or can be written by others."""
    if stat.S_IFMT(found.st_mode) != kind:
        raise OSError("It is of another kind.")
    if hasattr(os, "geteuid") and (found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o022):
        raise PermissionError("Others can write in it.")


def _new(folder: Path, at: int | None, suffix: str = "") -> tuple[str | Path, int]:
    """A new file of a name of its own, and its descriptor."""
    place = _place(folder, f".{uuid4().hex}{suffix}{PART}", at)
    return place, os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FILE, 0o644, dir_fd=at)


def _place(folder: Path, name: str, at: int | None) -> str | Path:
    return folder / name if at is None else name
