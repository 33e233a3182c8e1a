"""Into the trash of a system that only its own programs may put files in, and take them back from: macOS."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from dedupe.actions.moving import CHANGED
from dedupe.actions.safely import is_still, look
from dedupe.actions.trash import Trash
from dedupe.errors import Refused
from dedupe.model.acting import Note, Taken
from dedupe.model.judgement import LISTED


@dataclass(frozen=True, slots=True)
class SystemTrash:
    """Has the system move files to the trash, which only the user can take back."""

    name = "trash"
    version = "1"
    kinds = LISTED
    takes_along = True
    undoable = False
    frees = "later"
    sentence = "move {} to the trash"

    def prepare(self, file: Taken) -> Note:
        """Nothing has to be known."""
        return {}

    def perform(self, file: Taken, note: Note) -> None:
        """Nothing that could be taken back."""

    def commit(self, file: Taken, note: Note) -> None:
        """Moves it, if it is what it was."""
        found = look(file.path)
        if found is None:
            return
        if not is_still(found, file):
            raise Refused("changed", CHANGED)
        from send2trash import send2trash

        send2trash(os.fsdecode(file.path))

    def take_back(self, file: Taken, note: Note) -> None:
        """Nothing was done."""

    def undo(self, file: Taken, note: Note) -> None:
        """Cannot be done from here."""
        raise Refused("by hand", "open the Trash, choose the file, and then Put Back")


TRASH = SystemTrash if sys.platform == "darwin" else Trash
"""The trash of this system."""
