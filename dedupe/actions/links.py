"""In place of a file a link to the one that is kept, or a file that shares its blocks."""

from __future__ import annotations

import errno
import os
import stat
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from dedupe.actions import metadata
from dedupe.actions.moving import CHANGED, copy_of, move, move_back, part_of
from dedupe.actions.safely import (
    NO_LINKS,
    digest_at,
    folder_of,
    look,
    new_file,
    opened,
    remove,
    rename_new,
    same_bytes,
    stands,
)
from dedupe.errors import Refused
from dedupe.model.acting import Note, Taken
from dedupe.model.paths import path_fields, path_of

FICLONE = 0x40049409
"""ioctl_ficlone(2)."""

NO_BLOCKS = (errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL, errno.EXDEV)


class Replacing:
    """What puts something in the place of a file whose content is kept elsewhere, byte by byte the same."""

    version = "1"
    kinds = ("same-bytes",)
    takes_along = False
    undoable = True
    frees = "now"

    def prepare(self, file: Taken) -> Note:
        """What the file has besides its content, and where it stands aside for a moment."""
        if file.links > 1:
            raise Refused(
                "other names", "it has other names (hard links), and replacing one of them would free nothing"
            )
        with opened(_kept(file)) as kept, opened(file.path) as old:
            if not same_bytes(kept, old):
                raise Refused("changed", "it is no longer byte by byte what the kept file is")
            return {
                **path_fields(aside_of(file.path), "aside"),
                "metadata": metadata.of(old),
                "kept": about(os.fstat(kept)),
            }

    def perform(self, file: Taken, note: Note) -> None:
        """The file aside, and what replaces it in its place."""
        check_kept(file, note)
        move(file, path_of(note, "aside"))
        self.put(file, note)

    def commit(self, file: Taken, note: Note) -> None:
        """Takes the file away that stands aside, if the kept one and what replaces it are there."""
        aside = path_of(note, "aside")
        if look(aside) is None:
            return
        if not (kept_stands(file, note) and self.replaces(file, note) and stands(aside, file)):
            raise Refused("changed", f"something was changed meanwhile; the file is at {os.fsdecode(aside)}")
        remove(aside)

    def take_back(self, file: Taken, note: Note) -> None:
        """Takes away what replaces the file and moves it back."""
        aside = path_of(note, "aside")
        if stands(aside, file) and self.replaces(file, note):
            remove(file.path)
        move_back(file, aside)
        self.clear(file)

    def undo(self, file: Taken, note: Note) -> None:
        """A file of its own again, with all that it had; what stands in its place goes once that is whole."""
        aside, known = path_of(note, "aside"), note["metadata"]
        found = look(aside)
        # the file itself, which was never given up, or the link that a killed undo has moved there
        itself = found is not None and stands(aside, file) and not self.is_one(found, aside, file, note)
        if itself:
            self.take_back(file, note)
            return
        if self.replaces(file, note):
            made = copy_of(file.path if self.holds else _kept(file), file, known)
            rename_new(file.path, aside)
            rename_new(made, file.path)
        elif look(file.path) is None and look(aside) is not None:  # killed between the two
            rename_new(copy_of(aside if self.holds else _kept(file), file, known), file.path)
        elif look(file.path) is None:
            raise Refused("gone", "nothing stands in its place any more")
        elif digest_at(file.path) != file.digest:
            raise Refused("changed", "what stands in its place was changed")
        remove(aside)

    holds = True
    """Whether what replaces a file has its content by itself."""

    @abstractmethod
    def put(self, file: Taken, note: Note) -> None:
        """Puts something in the file's place, where nothing stands."""

    @abstractmethod
    def is_one(self, found: os.stat_result, path: bytes, file: Taken, note: Note) -> bool:
        """Whether what was found at a path is what this puts there."""

    def replaces(self, file: Taken, note: Note) -> bool:
        """Whether what this puts there stands in the file's place."""
        found = look(file.path)
        return found is not None and self.is_one(found, file.path, file, note)

    def clear(self, file: Taken) -> None:
        """Takes away what a kill may have left besides."""


@dataclass(frozen=True, slots=True)
class Hardlink(Replacing):
    """Makes the file another name of the kept one."""

    name = "hardlink"
    sentence = "replace {} by a hard link to the kept file"

    def put(self, file: Taken, note: Note) -> None:
        """A hard link."""
        with folder_of(_kept(file)) as (a, old), folder_of(file.path) as (b, new):
            try:
                os.link(old, new, src_dir_fd=a, dst_dir_fd=b, follow_symlinks=False)
            except OSError as error:
                if error.errno in (*NO_LINKS, errno.EXDEV, errno.EMLINK):
                    raise Refused("no link", f"no hard link can be made there ({error.strerror})") from None
                raise

    def is_one(self, found: os.stat_result, path: bytes, file: Taken, note: Note) -> bool:
        """The kept file's inode; a device may have another number after a restart."""
        known = note["kept"]
        return found.st_ino == known["inode"] and (found.st_dev == known["device"] or found.st_nlink > 1)


@dataclass(frozen=True, slots=True)
class Symlink(Replacing):
    """Puts a symbolic link to the kept file in the file's place."""

    name = "symlink"
    sentence = "replace {} by a symbolic link to the kept file"
    holds = False

    def put(self, file: Taken, note: Note) -> None:
        """A link that holds as long as both are moved together."""
        with folder_of(file.path) as (at, name):
            try:
                os.symlink(_target(file), name, dir_fd=at)
            except OSError as error:
                if error.errno in NO_LINKS:
                    raise Refused("no link", f"no symbolic link can be made there ({error.strerror})") from None
                raise

    def is_one(self, found: os.stat_result, path: bytes, file: Taken, note: Note) -> bool:
        """A link to the kept file."""
        if not stat.S_ISLNK(found.st_mode):
            return False
        with folder_of(path) as (at, name):
            return os.fsencode(os.readlink(name, dir_fd=at)) == _target(file)


@dataclass(frozen=True, slots=True)
class Reflink(Replacing):
    """Puts a file in its place that shares the kept one's blocks until one of them is changed."""

    name = "reflink"
    sentence = "replace {} by a copy that shares the kept file's blocks"

    def put(self, file: Taken, note: Note) -> None:
        """A clone of the kept file with the metadata of the other one."""
        part = _clone_of(file)
        made = new_file(part)
        try:
            with opened(_kept(file)) as kept:
                clone(made, kept)
            metadata.give(made, note["metadata"])
        finally:
            os.close(made)
        if digest_at(part) != file.digest:
            raise Refused("changed", CHANGED)
        rename_new(part, file.path)

    def is_one(self, found: os.stat_result, path: bytes, file: Taken, note: Note) -> bool:
        """A file of its own with the same content."""
        return stat.S_ISREG(found.st_mode) and found.st_ino != file.inode and digest_at(path) == file.digest

    def undo(self, file: Taken, note: Note) -> None:
        """It is a file of its own already."""
        if look(file.path) is None:
            raise Refused("gone", "nothing stands in its place any more")

    def clear(self, file: Taken) -> None:
        """Takes away a clone that has not come into its place."""
        remove(_clone_of(file))


def clone(new: int, old: int) -> None:
    """Has an empty open file share the blocks of another one. Raises Refused where the file system cannot."""
    import fcntl

    try:
        fcntl.ioctl(new, FICLONE, old)
    except OSError as error:
        if error.errno in NO_BLOCKS:
            raise Refused("no reflink", "this file system cannot share blocks between files") from None
        raise


def about(kept: os.stat_result) -> Note:
    """What is written down of a kept file."""
    found = kept.st_dev, kept.st_ino, kept.st_size, kept.st_mtime_ns
    return dict(zip(("device", "inode", "size", "mtime_ns"), found, strict=True))


def kept_stands(file: Taken, note: Note) -> bool:
    """Whether the kept file is there as it was; its device may have another number after a restart."""
    found, known = look(_kept(file)), note["kept"]
    return found is not None and {**known, "device": found.st_dev} == about(found)


def check_kept(file: Taken, note: Note) -> None:
    """Raises Refused where the kept file is not there as it was."""
    if not kept_stands(file, note):
        raise Refused("kept changed", "the kept file was changed or moved while dedupe was looking at it")


def aside_of(path: bytes) -> bytes:
    """Where a file stands for a moment while something else takes its place."""
    folder, name = os.path.split(path)
    return os.path.join(folder, b"." + name[:200] + b"." + os.urandom(4).hex().encode() + b".dedupe-aside")


def _clone_of(file: Taken) -> bytes:
    return part_of(file.path)


def _target(file: Taken) -> bytes:
    return os.path.relpath(_kept(file), os.path.dirname(file.path))


def _kept(file: Taken) -> Any:
    if file.kept is None:
        raise Refused("no kept file", "nothing is kept in its place")
    return file.kept
