"""For good."""

from __future__ import annotations

import os
from dataclasses import dataclass

from dedupe.actions.links import about, aside_of, check_kept, kept_stands
from dedupe.actions.moving import move, move_back
from dedupe.actions.safely import look, opened, remove, stands
from dedupe.errors import Refused
from dedupe.model.acting import Note, Taken
from dedupe.model.judgement import LISTED
from dedupe.model.paths import path_fields, path_of


@dataclass(frozen=True, slots=True)
class Delete:
    """Deletes files, which nothing brings back."""

    name = "delete"
    version = "1"
    kinds = LISTED
    takes_along = True
    undoable = False
    frees = "now"
    sentence = "delete {} for good"

    def prepare(self, file: Taken) -> Note:
        """Where the file stands aside until all that goes with it can be deleted too, and what the kept one is."""
        with opened(file.kept or b"") as kept:
            return {**path_fields(aside_of(file.path), "aside"), "kept": about(os.fstat(kept))}

    def perform(self, file: Taken, note: Note) -> None:
        """The file aside."""
        check_kept(file, note)
        move(file, path_of(note, "aside"))

    def commit(self, file: Taken, note: Note) -> None:
        """Deletes it, if it and the kept one are what they were: that one may have gone while this one stood aside."""
        aside = path_of(note, "aside")
        if look(aside) is None:
            return
        if not (kept_stands(file, note) and stands(aside, file)):
            raise Refused("changed", f"it or the kept file was changed meanwhile; it is at {os.fsdecode(aside)}")
        remove(aside)

    def take_back(self, file: Taken, note: Note) -> None:
        """Moves it back."""
        move_back(file, path_of(note, "aside"))

    def undo(self, file: Taken, note: Note) -> None:
        """Cannot be done, unless it was never given up, since something was changed meanwhile."""
        if look(path_of(note, "aside")) is not None:
            move_back(file, path_of(note, "aside"))
            return
        raise Refused("deleted", "it was deleted; only a backup has it")
