"""Writing a file whole: what stood in its place stands until the new content is complete."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from dedupe.errors import DedupeError
from dedupe.whole.kinds import TEXT, Kind, is_stream, refuse_other
from dedupe.whole.parts import begun, give_name, part_name, remove_abandoned


@contextmanager
def whole_file(path: Path, over: Kind | None = TEXT, *, anew: bool = False, durable: bool = True) -> Iterator[BinaryIO]:
    """A stream to write (and to read again) whose content takes the file's place when the block ends well.

    What stood there stands until then, and its permissions are the new file's; a symbolic link stays, and what it leads to
    is replaced. Only what is of the kind `over` is: SafetyError is raised for anything else, also for what has come there
    meanwhile. None is for places that are ours alone. With `anew` nothing is replaced, and FileExistsError is raised. A
    file that may be lost with the power need not be `durable`, which waits for the disk. To a device or pipe the content
    goes as it is written. Raises OSError.
    """
    if not anew:
        if is_stream(path):
            with path.open("wb") as stream:
                yield stream
            return
        path = Path(os.path.realpath(path)) if path.is_symlink() else path
        remove_abandoned(path.parent)
    part = part_name(path)
    _refuse(path, over, anew)
    try:
        with begun(part) as stream:
            _same_permissions(path, stream.fileno())
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
            give_name(stream, part)
        _refuse(path, over, anew)
        if anew:
            take_name(os.fsencode(part), os.fsencode(path))
        else:
            part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def text_file(path: Path, over: Kind = TEXT) -> Iterator[TextIO]:
    """A text stream in UTF-8 whose content replaces a file as `whole_file` does.

    Raises SafetyError for a file that is not of the kind `over`, and DedupeError for one that cannot be written.
    """
    stands = "; what stood there stands" if path.is_file() else ""
    try:
        with whole_file(path, over) as binary:
            stream = TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", newline="")
            yield stream
            stream.detach()
    except OSError as error:
        raise DedupeError(f"{path} cannot be written: {error.strerror or error}{stands}.") from error


def _refuse(path: Path, over: Kind | None, anew: bool) -> None:
    if over is not None and not anew:
        refuse_other(path, over)


def _same_permissions(path: Path, descriptor: int) -> None:
    """Gives a file that is being written those of the file `path`, before there is anything in it to read."""
    if not hasattr(os, "fchmod"):  # Windows before Python 3.13, where folders hand them down
        return
    with suppress(OSError):  # there is no such file, or a file system without permissions
        os.fchmod(descriptor, path.stat().st_mode & 0o777)


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
