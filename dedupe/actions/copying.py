"""A copy in the library, as an action: what is written down before, done, taken back and undone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from dedupe.actions.moving import copy, part_of
from dedupe.actions.safely import digest_at, look, make_folders, opened, remove, stands, sync_folder
from dedupe.actions.system_trash import TRASH
from dedupe.errors import Refused
from dedupe.model.acting import Note, Taken
from dedupe.model.judgement import LISTED
from dedupe.model.paths import path_fields, path_of


@dataclass(frozen=True, slots=True)
class CopyTo:
    """Copies files to `targets`, by their paths; undone, the copies go to the trash."""

    targets: Mapping[bytes, bytes] = field(default_factory=dict)

    name = "import"
    version = "1"
    kinds = LISTED
    takes_along = True
    frees = "never"
    undoable = True
    sentence = "copy {} to the library"
    undo_sentence = "move the copy of {} to the trash"

    def prepare(self, file: Taken) -> Note:
        """Where the copy is to stand."""
        to = self.targets[file.path]
        if look(to) is not None:
            raise Refused("in the way", f"{os.fsdecode(to)} is there already")
        return path_fields(to, "to")

    def perform(self, file: Taken, note: Note) -> None:
        """Copies it, and names the copy when it is whole, on the disk, and has the digest of the file."""
        to = path_of(note, "to")
        _make_folders(os.path.dirname(to))
        try:
            copy(file.path, to, file)
        except FileExistsError:
            raise Refused("in the way", f"{os.fsdecode(to)} is there already") from None

    def commit(self, file: Taken, note: Note) -> None:
        """Nothing more is to be done."""

    def take_back(self, file: Taken, note: Note) -> None:
        """Takes the copy away, and what there is of one; not where the file itself is no longer there."""
        to = path_of(note, "to")
        remove(part_of(to))
        if stands(to, file) and stands(file.path, file):
            remove(to)

    def undo(self, file: Taken, note: Note) -> None:
        """Moves the copy to the trash, if it is unchanged and the file that it was copied from still has its content."""
        to = path_of(note, "to")
        if look(to) is None:  # undone before, or the user has moved it
            return
        if digest_at(to) != file.digest:
            raise Refused("changed", f"{os.fsdecode(to)} was changed since it was copied, and stays")
        if look(file.path) is None or digest_at(file.path) != file.digest:
            raise Refused("source", f"it no longer stands on the card as it was copied, and {os.fsdecode(to)} stays")
        trash, made = TRASH(), taken(to, file.digest)
        where = trash.prepare(made)
        trash.perform(made, where)
        trash.commit(made, where)


def _make_folders(path: bytes) -> None:
    """Makes a folder, and has its name and those of the folders on the way to it on the disk."""
    if look(path) is not None:
        return
    above = os.path.dirname(path)
    _make_folders(above)
    make_folders(path)
    sync_folder(above)


def taken(path: bytes, digest: str) -> Taken:
    """A file as it stands now; its digest is known. Raises Refused where it is none."""
    with opened(path) as file:
        found = os.fstat(file)
    about = found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_nlink
    return Taken(path, None, *about, digest)
