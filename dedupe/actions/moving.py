"""Moving a file to a name that nobody has, within a file system or across; and back."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from typing import Any

from dedupe.actions import metadata
from dedupe.actions.safely import (
    digest,
    folder_of,
    look,
    make_folders,
    new_file,
    opened,
    remove,
    rename_new,
    stands,
    sync_folder,
)
from dedupe.errors import Refused
from dedupe.model.acting import Taken

CHANGED = "it was changed while dedupe was looking at it"


def move_back_as_it_was(file: Taken, place: bytes, where: str) -> None:
    """The same, some time later: what is back already must be the file. Raises Refused, of what is gone from `where`."""
    if look(place) is None and not stands(file.path, file):
        raise Refused("gone", f"it is no longer in the {where}")
    move_back(file, place)


def move(file: Taken, to: bytes) -> None:
    """Renames a file that was taken, and looks whether it was that one. Raises Refused where it was not, with all as before."""
    try:
        rename_new(file.path, to)
    except FileNotFoundError:
        raise Refused("gone", "it is no longer there") from None
    except FileExistsError:
        raise Refused("in the way", f"another file has taken the name {os.fsdecode(to)}") from None
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        raise Refused("other file system", f"it cannot be renamed to {os.fsdecode(to)}, which is elsewhere") from None
    if not stands(to, file):
        rename_new(to, file.path)
        raise Refused("changed", CHANGED)


def move_back(file: Taken, place: bytes) -> None:
    """Has the file stand at its path again, from a place where it may be; if nothing is there it was not moved, or is back.

    Raises Refused where something else stands in either place, or nothing in both.
    """
    if look(place) is None and look(file.path) is not None:
        return
    there = stands(place, file)
    if stands(file.path, file):
        if there:  # linked, or copied, and its first name not yet taken away
            remove(place)
        return
    if not there:
        raise Refused("gone", f"{os.fsdecode(place)}, where it was moved to, is gone or was changed")
    bring(file, place)


def bring(file: Taken, place: bytes) -> None:
    """Moves what stands at a place to the file's path, as it was. Raises Refused where the path is taken."""
    if look(file.path) is not None:
        raise Refused("in the way", f"another file stands in its place; it is at {os.fsdecode(place)}")
    make_folders(os.path.dirname(file.path))
    try:
        if device_of(place) == device_of(file.path):
            rename_new(place, file.path)
        else:
            copy(place, file.path, file)
            remove(place)
    except FileExistsError:
        raise Refused("in the way", f"another file stands in its place; it is at {os.fsdecode(place)}") from None


def copy(source: bytes, to: bytes, file: Taken) -> None:
    """Copies a file to a name that nobody has: to an exclusive temporary one, on the disk, digested again, and only then named.

    Raises FileExistsError, Refused where the source has another content than the file that was taken.
    """
    with opened(source) as old:
        known = metadata.of(old)
    part = copy_of(source, file, known, to, give=metadata.give_what_it_takes)
    try:
        rename_new(part, to)
    finally:
        remove(part)
    sync_folder(os.path.dirname(to))


def copy_of(
    source: bytes,
    file: Taken,
    known: Mapping[str, Any],
    to: bytes = b"",
    give: Callable[[int, Mapping[str, Any]], None] = metadata.give,
) -> bytes:
    """A copy of a file's content with this metadata, on the disk and digested again, under a temporary name beside its path, or
    beside another one. Raises as `copy` does.
    """
    part = part_of(to or file.path)
    remove(part)  # what a killed copy has left; the name is that of this file alone
    made = new_file(part)
    try:
        with opened(source) as old:
            _fill(made, old)
        give(made, known)
        os.fsync(made)
        if digest(made) != file.digest:
            raise Refused("changed", CHANGED)
    except (OSError, Refused):
        remove(part)
        raise
    finally:
        os.close(made)
    return part


def _fill(new: int, old: int) -> None:
    at = 0
    while piece := os.pread(old, 1 << 20, at):
        at += len(piece)
        while piece:
            piece = piece[os.write(new, piece) :]


def part_of(path: bytes) -> bytes:
    """What a file that is on its way to a path is called until then."""
    import hashlib

    folder, name = os.path.split(path)
    mark = hashlib.blake2b(name, digest_size=6).hexdigest().encode()
    return os.path.join(folder, b"." + name[:200] + b"." + mark + b".dedupe-part")


def device_of(path: bytes) -> int:
    """The file system of a path, or of the nearest folder above it that there is."""
    try:
        with folder_of(path) as (at, _):
            return os.fstat(at).st_dev
    except FileNotFoundError:
        return device_of(os.path.dirname(path))
