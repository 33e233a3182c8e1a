"""Into a folder that the user names, under the path that the file had."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dedupe.actions import metadata
from dedupe.actions.moving import copy, device_of, move, move_back, move_back_as_it_was
from dedupe.actions.safely import digest_at, is_still, look, make_folders, opened, remove
from dedupe.errors import Refused, UsageError
from dedupe.model.acting import Note, Taken
from dedupe.model.addresses import bare_text, is_address
from dedupe.model.judgement import LISTED
from dedupe.model.paths import path_fields, path_of


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Moves files into a folder, below which they have their whole path; also one of another file system."""

    folder: str = ""

    name = "quarantine"
    version = "1"
    kinds = LISTED
    takes_along = True
    undoable = True
    frees = "later"
    sentence = "move {} to the quarantine"

    def check(self) -> None:
        """Raises UsageError without a folder, and for what is none."""
        if not self.folder:
            raise UsageError("--action quarantine needs a folder, as in: --action quarantine=/mnt/disk/quarantine")
        path = Path(self.folder).expanduser()
        if is_address(os.fsencode(self.folder)):
            raise UsageError(f"--action quarantine={bare_text(self.folder)}: this is an address, and no folder.")
        if "\0" in self.folder or (path.exists() and not path.is_dir()):
            raise UsageError(f"--action quarantine={self.folder}: this is no folder.")

    def base(self) -> bytes:
        """The folder, without links."""
        return os.path.realpath(os.fsencode(Path(self.folder).expanduser()))

    def prepare(self, file: Taken) -> Note:
        """Where the file is to stand."""
        to = self.base() + file.path
        if look(to) is not None:
            raise Refused("in the way", f"{os.fsdecode(to)} is there already")
        other = device_of(to) != file.device
        if other and not os.access(os.path.dirname(file.path), os.W_OK | os.X_OK):
            raise Refused("read-only", "it could be copied, but not taken away: its folder cannot be written")
        if not other:
            return {**path_fields(to, "to"), "other": False}
        with opened(file.path) as old:  # the other file system may have no modes, and times of two seconds
            return {**path_fields(to, "to"), "other": True, "metadata": metadata.of(old)}

    def perform(self, file: Taken, note: Note) -> None:
        """A rename; to another file system a copy, with what was copied still there."""
        to = path_of(note, "to")
        make_folders(os.path.dirname(to))
        if not note["other"]:
            move(file, to)
            return
        try:
            copy(file.path, to, file)
        except FileExistsError:
            raise Refused("in the way", f"{os.fsdecode(to)} is there already") from None

    def commit(self, file: Taken, note: Note) -> None:
        """Takes away what was copied, if it and the copy are what they were."""
        if not note["other"] or look(file.path) is None:
            return
        if digest_at(path_of(note, "to")) != file.digest or not is_still(look(file.path), file):
            raise Refused("changed", "it was changed after it was copied to the quarantine; both are there")
        remove(file.path)

    def take_back(self, file: Taken, note: Note) -> None:
        """Moves it back."""
        move_back(file, path_of(note, "to"))

    def undo(self, file: Taken, note: Note) -> None:
        """Moves it back, and gives it what it had."""
        move_back_as_it_was(file, path_of(note, "to"), "quarantine")
        if "metadata" in note:
            with opened(file.path) as back:
                metadata.give_what_it_takes(back, note["metadata"])
