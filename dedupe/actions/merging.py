"""What only a picture that goes says of itself, written beside the one that stays before it goes: an action around another.

A step's note says under "sidecar" which file it is, what it was and what it becomes, so that it is taken back byte by byte.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from dedupe.actions import metadata, xmp
from dedupe.actions.about import About, about
from dedupe.actions.companions import names_in, split
from dedupe.actions.links import aside_of
from dedupe.actions.safely import opened
from dedupe.actions.sidecar import XMP, Sidecar, content_of, sidecar_for, sidecars_of
from dedupe.errors import Refused
from dedupe.model.acting import Action, Note, Taken
from dedupe.model.paths import path_fields, path_of

KEY, ONLY = "sidecar", "only"


class Telling:
    """Reads what pictures and their sidecars say, each once; `coming` has what sidecars hold once the batch is done, and the
    metadata that they have.
    """

    def __init__(self) -> None:
        self.coming: dict[bytes, tuple[bytes, Any]] = {}
        self.names_in = cache(names_in)
        self._said: dict[bytes | str, About] = {}

    def only(self, file: Taken) -> About:
        """What the file that goes says and the one that stays does not."""
        if file.kept is None:
            return {}
        mine, its = self._of(file.path, file.digest), self._of(file.kept, file.kept)
        found = {word: texts for word, texts in mine.items() if word not in its and texts != ("0",)}
        if more := tuple(each for each in mine.get("keywords", ()) if each not in its.get("keywords", ())):
            found["keywords"] = more
        return {word: found[word] for word in xmp.WORDS if word in found}

    def _of(self, path: bytes, key: bytes | str) -> About:
        """What a picture and the files beside it say; keywords of all of them."""
        if key not in self._said:
            self._said[key] = about(path)
        told = [self._said[key]]
        for each in self._sidecars(path):
            with suppress(ValueError):  # it says nothing, and stays as it is
                told.append(xmp.said(xmp.parsed(self.content(each) or b"")))
        keywords = dict.fromkeys(word for said in told for word in said.get("keywords", ()))
        found = {word: texts for said in reversed(told) for word, texts in said.items()}
        return found | ({"keywords": tuple(keywords)} if keywords else {})

    def _sidecars(self, path: bytes) -> set[bytes]:
        folder, name = os.path.split(path)
        named: set[bytes] = set()
        with suppress(Refused):  # what lies in a folder that cannot be listed says nothing
            named = {os.path.join(folder, each) for each in sidecars_of(name, self.names_in(folder))}
        return named | ({path + XMP, os.path.join(folder, split(name)[0] + XMP)} & self.coming.keys())

    def content(self, path: bytes) -> bytes | None:
        """What a sidecar holds, or will hold."""
        return self.coming[path][0] if path in self.coming else content_of(path)


class Merging:
    """An action that says in its notes what only the file that goes has and, where it is to be merged, writes that beside the
    file that stays. `check_free` raises Refused for places that are never touched.
    """

    def __init__(
        self, action: Action, merge: bool = False, check_free: Callable[[bytes], None] = lambda _: None
    ) -> None:
        self.name, self.version, self.kinds = action.name, action.version, action.kinds
        self.takes_along, self.undoable = action.takes_along, action.undoable
        self.frees, self.sentence = action.frees, action.sentence
        self._action, self._merge, self._check_free, self._telling = action, merge, check_free, Telling()

    def prepare(self, file: Taken) -> Note:
        """That of the action, and what is to be written beside the file that stays."""
        note = self._action.prepare(file)
        only = self._telling.only(file) if self.takes_along else {}
        if not only or file.kept is None:
            return note
        return {**note, ONLY: list(only), **({KEY: self._planned(file.kept, only)} if self._merge else {})}

    def _planned(self, kept: bytes, only: About) -> dict[str, Any]:
        folder, name = os.path.split(kept)
        path, coming = os.path.join(folder, sidecar_for(name, self._telling.names_in(folder))), self._telling.coming
        try:
            self._check_free(path)
            before = self._telling.content(path)
            after = xmp.merged(before, only)
        except Refused as error:
            raise Refused(
                "metadata", f"what it alone says cannot be written beside the picture that stays: {error}"
            ) from None
        except ValueError:
            raise Refused(
                "metadata", f"{os.fsdecode(path)} cannot be understood, so what it alone says is not added"
            ) from None
        known = coming[path][1] if path in coming else None
        if before is not None and path not in coming:
            with opened(path) as file:
                known = metadata.of(file)
        coming[path] = after, known
        was = None if before is None else b64encode(before).decode()
        names = {**path_fields(path), **path_fields(aside_of(path), "aside")}
        return {**names, "before": was, "after": b64encode(after).decode(), "metadata": known}

    def perform(self, file: Taken, note: Note) -> None:
        """The sidecar first, then what the action does."""
        if KEY in note:
            Sidecar(note[KEY]).write()
        self._action.perform(file, note)

    def commit(self, file: Taken, note: Note) -> None:
        """What the action does, and the sidecar as it was goes."""
        self._action.commit(file, note)
        if KEY in note:
            Sidecar(note[KEY]).commit()

    def take_back(self, file: Taken, note: Note) -> None:
        """The file as it was, then the sidecar."""
        self._action.take_back(file, note)
        if KEY in note:
            Sidecar(note[KEY]).take_back()

    def undo(self, file: Taken, note: Note) -> None:
        """The file as it was, then the sidecar."""
        self._action.undo(file, note)
        if KEY in note:
            Sidecar(note[KEY]).undo()


def alone_told(note: Note) -> tuple[tuple[str, ...], bytes | None]:
    """What a note says that only the file that goes has, and the sidecar that it is written to."""
    return tuple(note.get(ONLY, ())), path_of(note[KEY]) if KEY in note else None


__all__ = ["Merging", "alone_told"]
