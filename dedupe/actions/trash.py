"""Into the trash, as the Trash specification 1.0 of freedesktop.org has it, and never into that of another file system."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from dedupe.actions.moving import device_of, move, move_back, move_back_as_it_was
from dedupe.actions.safely import look, make_folders, new_file, remove
from dedupe.errors import Refused
from dedupe.model.acting import Note, Taken
from dedupe.model.judgement import LISTED
from dedupe.model.paths import path_fields, path_of

INFO = b".trashinfo"
LONGEST = 255
"""Bytes of a name."""

WITHOUT_MODES = {b"vfat", b"msdos", b"exfat", b"fuseblk", b"ntfs", b"ntfs3", b"cifs", b"smb3"}
"""File systems whose folders have the mode that the mount gives to all of them."""

MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True, slots=True)
class Trash:
    """Moves files to the trash of their file system."""

    name = "trash"
    version = "1"
    kinds = LISTED
    takes_along = True
    undoable = True
    frees = "later"
    sentence = "move {} to the trash"

    _given: set[bytes] = field(default_factory=set, init=False, repr=False)
    """Names that were given to files of this run, which do not stand in the trash yet."""

    def prepare(self, file: Taken) -> Note:
        """The trash and the name that the file is to have there."""
        trash, top = trash_of(file.path)
        name = self._free_name(trash, os.path.basename(file.path))
        return {**path_fields(trash, "trash"), **path_fields(name, "name"), **path_fields(top, "top")}

    def perform(self, file: Taken, note: Note) -> None:
        """The info file first, which takes the name, then the rename."""
        try:
            made = self._info_file(note)
        except FileExistsError:
            raise Refused("in the way", "another program has just taken its name in the trash; run it again") from None
        try:
            os.write(made, _text(file, path_of(note, "top")))
        finally:
            os.close(made)
        try:
            move(file, _place(note))
        except Refused:
            remove(_info(note))
            raise

    def _info_file(self, note: Note) -> int:
        """The new info file, in folders that are made where they are missing."""
        try:
            return new_file(_info(note))
        except FileNotFoundError:
            for each in (b"", b"/files", b"/info"):
                make_folders(path_of(note, "trash") + each, 0o700)
            return new_file(_info(note))

    def commit(self, file: Taken, note: Note) -> None:
        """Nothing more is to be done."""

    def take_back(self, file: Taken, note: Note) -> None:
        """Moves it back."""
        move_back(file, _place(note))
        self._forget(file, note)

    def undo(self, file: Taken, note: Note) -> None:
        """Moves it back."""
        move_back_as_it_was(file, _place(note), "trash")
        self._forget(file, note)

    def _forget(self, file: Taken, note: Note) -> None:
        """Takes the info file away if it is that of this file."""
        info = look(_info(note))
        if info is None or not stat.S_ISREG(info.st_mode) or look(_place(note)) is not None:
            return
        if _is_of(_info(note), file, path_of(note, "top")):
            remove(_info(note))

    def _free_name(self, trash: bytes, name: bytes) -> bytes:
        stem, dot, ending = name.rpartition(b".")
        stem, suffix = (stem, dot + ending) if stem else (name, b"")
        for number in range(1, 1 << 20):
            mark = b"" if number == 1 else b".%d" % number
            tried = stem[: LONGEST - len(INFO) - len(mark + suffix)] + mark + suffix
            at = os.path.join(trash, b"files", tried)
            if at not in self._given and look(at) is None and look(_info_of(trash, tried)) is None:
                self._given.add(at)
                return tried
        raise Refused("no name", "the trash has a million files of its name; empty it")


def trash_of(path: bytes) -> tuple[bytes, bytes]:
    """The trash folder for a file, and the folder that paths in it begin in, b"" for the root.

    Raises Refused where its file system has none, and none can be made.
    """
    home, device = _home(), device_of(path)
    if device_of(os.path.join(home, b"files")) == device:
        if not _has_folders(home):
            raise Refused("no trash", f"what {os.fsdecode(home)} has as files and info are no folders")
        return home, b""
    top = _top(os.path.dirname(path), device)
    for trash, usable in ((b".Trash/%d" % os.getuid(), _shared), (b".Trash-%d" % os.getuid(), _own)):
        place = os.path.join(top, trash)
        if usable(place):
            return place, top
    raise Refused(
        "no trash",
        f"{os.fsdecode(top)} has no trash that could be used; --action quarantine=DIR with a folder there can",
    )


def _home() -> bytes:
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return os.path.realpath(os.fsencode(Path(base).expanduser() / "Trash"))


def _top(folder: bytes, device: int) -> bytes:
    """The highest folder of a file system above a folder."""
    while folder != b"/" and device_of(os.path.dirname(folder) + b"/.") == device:
        folder = os.path.dirname(folder)
    return folder


def _shared(place: bytes) -> bool:
    """Whether $topdir/.Trash is there for all, sticky and no link, and our own folder in it can be used."""
    above = look(os.path.dirname(place))
    return above is not None and stat.S_ISDIR(above.st_mode) and bool(above.st_mode & stat.S_ISVTX) and _own(place)


def _own(place: bytes) -> bool:
    """Whether a folder is ours alone and no link, or can be made."""
    found = look(place)
    if found is None:
        return os.access(os.path.dirname(place), os.W_OK | os.X_OK)
    if not stat.S_ISDIR(found.st_mode):
        return False
    private = found.st_mode & 0o777 == 0o700 or not _has_modes(found.st_dev)
    return found.st_uid == os.getuid() and private and _has_folders(place)


def _has_modes(device: int) -> bool:
    """Whether folders of a file system can be made private, each for itself."""
    number, known = b"%d:%d" % (os.major(device), os.minor(device)), False
    with suppress(OSError):
        lines = [line.split() for line in MOUNTS.read_bytes().splitlines()]
        known = any(each[2] == number and each[each.index(b"-") + 1] in WITHOUT_MODES for each in lines)
    return not known


def _has_folders(trash: bytes) -> bool:
    """Whether a trash has its two folders, or can have them."""
    both = look(os.path.join(trash, b"files")), look(os.path.join(trash, b"info"))
    return all(found is None or stat.S_ISDIR(found.st_mode) for found in both)


def _text(file: Taken, top: bytes) -> bytes:
    path = os.path.relpath(file.path, top) if top else file.path
    return f"[Trash Info]\nPath={quote_from_bytes(path)}\nDeletionDate={datetime.now():%Y-%m-%dT%H:%M:%S}\n".encode()


def _is_of(info: bytes, file: Taken, top: bytes) -> bool:
    """Whether an info file, be it cut off by a kill, is the one of this file."""
    wanted = _text(file, top).rpartition(b"DeletionDate")[0]
    content = Path(os.fsdecode(info)).read_bytes()
    return content.startswith(wanted) or wanted.startswith(content)


def _place(note: Any) -> bytes:
    return os.path.join(path_of(note, "trash"), b"files", path_of(note, "name"))


def _info(note: Any) -> bytes:
    return _info_of(path_of(note, "trash"), path_of(note, "name"))


def _info_of(trash: bytes, name: bytes) -> bytes:
    return os.path.join(trash, b"info", name + INFO)
