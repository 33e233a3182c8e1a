"""Files on their way to a name: without one where the system can, else called so that a later run knows whose they were."""

from __future__ import annotations

import os
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

PART = re.compile(r"\..{1,50}\.(?P<host>[0-9a-f]{8})\.(?P<pid>[1-9][0-9]{0,9})\.[0-9a-f]{8}\.part", re.DOTALL)
"""The names that `part_name` gives: the file's, cut; machine, process; and what tells two of one process apart."""


def part_name(path: Path) -> Path:
    """What a file is called beside `path` until it is whole."""
    return path.with_name(f".{path.name[:50]}.{_host()}.{os.getpid()}.{os.urandom(4).hex()}.part")


@cache
def _host() -> str:
    """This machine, among those that write to a share."""
    import platform

    return f"{zlib.crc32(platform.node().encode()):08x}"


def begun(part: Path) -> BinaryIO:
    """A new file to write and read, held by this process: without a name if the system can do that, else called `part`.

    Nobody has to remove the first kind after a kill: it is gone with the process. Raises OSError.
    """
    stream = _unnamed(part.parent) or part.open("x+b")  # opening anew never follows a link that lies there
    _hold(stream.fileno())
    return stream


def _unnamed(folder: Path) -> BinaryIO | None:
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").is_dir():
        return None
    try:
        return os.fdopen(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o666), "w+b")
    except OSError:  # not on this file system; what else is wrong shows when a file with a name is made
        return None


def give_name(stream: BinaryIO, part: Path) -> None:
    """Has a file that `begun` gave, flushed, stand at `part`. Raises OSError."""
    if os.fstat(stream.fileno()).st_nlink:
        return
    folder = os.open(part.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:  # with folders as descriptors, since Python follows the link in /proc only then
        source = f"/proc/self/fd/{stream.fileno()}"
        os.link(source, part.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
    except OSError:  # a file system that makes unnamed files and gives them no name
        _copy(stream, part)
    finally:
        os.close(folder)


def _copy(stream: BinaryIO, part: Path) -> None:
    import shutil

    with part.open("xb") as copy:
        os.fchmod(copy.fileno(), stat.S_IMODE(os.fstat(stream.fileno()).st_mode))
        stream.seek(0)
        shutil.copyfileobj(stream, copy)
        copy.flush()
        os.fsync(copy.fileno())


def remove_abandoned(folder: Path, folders: bool = False) -> None:
    """Removes what killed runs left half written in a folder, files or what `folder_until` makes: of this user, this machine,
    and of no process that lives.
    """
    remove = _remove_folder if folders else _remove
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = PART.fullmatch(entry.name)
            if found and found["host"] == _host() and _is_gone(int(found["pid"])):
                with suppress(OSError, AttributeError):  # Windows opens no folders
                    remove(Path(entry.path))


def _is_gone(pid: int) -> bool:
    """Whether no process has this number; on Windows, which removes no file that is open, it need not be asked."""
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # another user's
        return False
    return False


@contextmanager
def folder_until(part: Path) -> Iterator[None]:
    """A new folder called `part`, held by this process while the block runs, and removed after it. Raises OSError."""
    import shutil

    part.mkdir()
    descriptor = None if os.name == "nt" else os.open(part, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if descriptor is not None:
            _hold(descriptor)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
        shutil.rmtree(part, ignore_errors=True)


def _remove(path: Path) -> None:
    """Removes a regular file of this user's that nobody holds. Raises OSError where it is not one."""
    if os.name == "nt":
        path.unlink()
        return
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and _hold(descriptor):
            path.unlink()
    finally:
        os.close(descriptor)


def _remove_folder(path: Path) -> None:
    """Removes a folder of this user's that nobody holds, with all that is in it. Raises OSError where it is not one."""
    import shutil

    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid == os.geteuid() and _hold(descriptor):
            shutil.rmtree(path)
    finally:
        os.close(descriptor)


def _hold(descriptor: int) -> bool:
    """Locks a file until it is closed, by whatever end of the process; whether that could be done.

    A number says little where processes are counted anew, in containers and by other machines of one name; the lock does.
    """
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True
