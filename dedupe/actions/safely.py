"""Steps on files that neither follow a link nor take another file's place. Paths are absolute bytes without links in them."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from blake3 import blake3

from dedupe.errors import Refused, UsageError
from dedupe.model.acting import Taken

PIECE = 1 << 20
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_REPLACE, _EXCL = 1, 4
"""RENAME_NOREPLACE of renameat2(2), RENAME_EXCL of renameatx_np(2)."""

_HAS_NO = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
"""What a system or file system says that cannot rename without replacing."""

NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
"""What a file system says that has no links."""


def check_system() -> None:
    """Raises UsageError where files cannot be handled without following links."""
    if not {os.open, os.stat, os.unlink, os.link, os.mkdir} <= os.supports_dir_fd:
        raise UsageError("dedupe changes files on Linux and macOS alone; here it only lists what could go.")


@contextmanager
def folder_of(path: bytes) -> Iterator[tuple[int, bytes]]:
    """The folder of a path, opened one name after the other so that no link is followed, and the name in it.

    Raises Refused where a link stands on the way, OSError.
    """
    *folders, name = [each for each in path.split(b"/") if each]
    at = [os.open("/", _FOLDER)]
    try:
        for each in folders:
            at.append(_below(at[-1], each))
            os.close(at.pop(0))  # taken out first: an interrupt right after it must not have it closed twice
        yield at[-1], name
    finally:
        for one in at:
            os.close(one)


def _below(at: int, name: bytes) -> int:
    """A folder in an open one."""
    try:
        return os.open(name, _FOLDER, dir_fd=at)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise Refused("moved", "a folder on the way to it is now a link or a file") from error
        raise


@contextmanager
def opened(path: bytes) -> Iterator[int]:
    """A regular file opened for reading, by its descriptor. Raises Refused where something else stands, or nothing."""
    try:
        with folder_of(path) as (at, name):
            file = os.open(name, _FILE, dir_fd=at)
    except FileNotFoundError:
        raise Refused("gone", "it is no longer there") from None
    except PermissionError:
        raise Refused("unreadable", "it cannot be read (permission denied)") from None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise Refused("replaced", "a link stands there now") from None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise Refused("replaced", "something else than a file stands there now")
        yield file
    finally:
        os.close(file)


def look(path: bytes) -> os.stat_result | None:
    """What stands at a path, links not followed; None where nothing does."""
    try:
        with folder_of(path) as (at, name):
            return os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return None


def digest(file: int) -> str:
    """The BLAKE3 digest of an open file's content, "blake3:HEX"."""
    hasher, buffer, at = blake3(), bytearray(PIECE), 0
    while read := os.preadv(file, [buffer], at):
        hasher.update(memoryview(buffer)[:read])
        at += read
    return f"blake3:{hasher.hexdigest()}"


def digest_at(path: bytes) -> str:
    """The digest of what a path holds. Raises Refused where it is no file."""
    with opened(path) as file:
        return digest(file)


def same_bytes(one: int, other: int) -> bool:
    """Whether two open files have the same content, byte by byte."""
    at = 0
    while True:
        a, b = os.pread(one, PIECE, at), os.pread(other, PIECE, at)
        if a != b or not a:
            return a == b
        at += len(a)


def is_still(found: os.stat_result | None, file: Taken) -> bool:
    """Whether what stands somewhere is the file that was taken, unchanged."""
    if found is None or not stat.S_ISREG(found.st_mode):
        return False
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns) == (
        *(file.device, file.inode),
        *(file.size, file.mtime_ns),
    )


def stands(path: bytes, file: Taken) -> bool:
    """Whether the file that was taken stands at a path, by what the system says of it, else by its content."""
    found = look(path)
    if found is None or not stat.S_ISREG(found.st_mode) or found.st_size != file.size:
        return False
    return is_still(found, file) or digest_at(path) == file.digest


def rename_new(source: bytes, target: bytes) -> None:
    """Renames a file and takes no other's place. Raises FileExistsError, and OSError with EXDEV across file systems.

    Where a file system can neither refuse to replace nor make hard links (FAT, by way of FUSE or on macOS), it is looked
    whether the name is free, right before.
    """
    with folder_of(source) as (a, old), folder_of(target) as (b, new):
        if _renamed(a, old, b, new):
            return
        try:
            os.link(old, new, src_dir_fd=a, dst_dir_fd=b, follow_symlinks=False)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            _check_free(b, new)
            os.rename(old, new, src_dir_fd=a, dst_dir_fd=b)
        else:
            os.unlink(old, dir_fd=a)


def _check_free(at: int, name: bytes) -> None:
    with suppress(FileNotFoundError):
        os.stat(name, dir_fd=at, follow_symlinks=False)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fsdecode(name))


def _renamed(a: int, old: bytes, b: int, new: bytes) -> bool:
    """Whether the system has a way to rename without replacing, and so it was done."""
    function, flag = _rename()
    if function is None:
        return False
    if function(a, old, b, new, flag) == 0:
        return True
    number = ctypes.get_errno()
    if number in _HAS_NO:
        return False
    raise OSError(number, os.strerror(number), os.fsdecode(old), None, os.fsdecode(new))


@cache
def _rename() -> tuple[Any, int]:
    library = ctypes.CDLL(None, use_errno=True)
    name, flag = ("renameatx_np", _EXCL) if sys.platform == "darwin" else ("renameat2", _NO_REPLACE)
    function = getattr(library, name, None)
    if function is not None:
        function.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return function, flag


def remove(path: bytes) -> None:
    """Takes a name away; nothing where it is gone already."""
    with suppress(FileNotFoundError), folder_of(path) as (at, name):
        os.unlink(name, dir_fd=at)


def make_folders(path: bytes, mode: int = 0o777) -> None:
    """Makes a folder, and those on the way to it, where they are missing."""
    with suppress(FileExistsError):
        try:
            with folder_of(path) as (at, name):
                os.mkdir(name, mode, dir_fd=at)
        except FileNotFoundError:
            if look(os.path.dirname(path)) is not None:  # as in /proc, where nothing can be made
                raise
            make_folders(os.path.dirname(path), mode)
            make_folders(path, mode)


def new_file(path: bytes) -> int:
    """A new file, open for writing and reading, which only this user may read. Raises FileExistsError."""
    with folder_of(path) as (at, name):
        return os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=at)


def sync_folder(path: bytes) -> None:
    """Waits until the names in a folder are on the disk."""
    with folder_of(os.path.join(path, b".")) as (at, _):
        folder = os.open(b".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
