"""The XMP file beside a picture: which one it is, and how it gets another content that can be taken back byte by byte."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Sequence

from dedupe.actions import metadata, xmp
from dedupe.actions.companions import go_together, own_sidecars, shot, split
from dedupe.actions.moving import part_of
from dedupe.actions.safely import look, new_file, opened, remove, rename_new, sync_folder
from dedupe.errors import Refused
from dedupe.model.acting import Note
from dedupe.model.paths import path_of

XMP = b".xmp"


def sidecars_of(name: bytes, names: Sequence[bytes]) -> list[bytes]:
    """The XMP files of a folder's sorted names that are of one picture, that of its whole name first."""
    found = (*own_sidecars(name, names), *shot(split(name)[0], names).sidecars)
    return [each for each in found if split(each)[1] == XMP]


def sidecar_for(name: bytes, names: Sequence[bytes]) -> bytes:
    """The XMP file that says more of this picture, or the name that it is to have: that of no other picture's."""
    stem = split(name)[0]
    alone = all(each == name or go_together(name, each) for each in shot(stem, names).pictures)
    there = [each for each in sidecars_of(name, names) if alone or split(each)[0] == name]
    return there[0] if there else (stem if alone else name) + XMP


class Sidecar:
    """What a note says of a sidecar, done and taken back."""

    def __init__(self, note: Note) -> None:
        self._path, self._aside = path_of(note), path_of(note, "aside")
        self._before = None if note["before"] is None else b64decode(note["before"])
        self._after, self._metadata = b64decode(note["after"]), note["metadata"]

    def write(self) -> None:
        """The new content under the name, what was there aside. Raises Refused where something else is there by now."""
        if content_of(self._path) != self._before:
            raise Refused(
                "sidecar", f"{os.fsdecode(self._path)} was changed meanwhile, or could not be written; run it again"
            )
        part = self._part(self._after)
        os.utime(part)
        if self._before is not None:
            rename_new(self._path, self._aside)
        self._publish(part)

    def commit(self) -> None:
        """Takes away what was there before, which the journal has."""
        if content_of(self._aside) == self._before:
            remove(self._aside)

    def take_back(self) -> None:
        """What was there before, itself."""
        remove(part_of(self._path))
        aside = look(self._aside) is not None
        if (aside or self._before is None) and content_of(self._path) == self._after:
            remove(self._path)
        if aside:
            self._bring(self._aside)

    def undo(self) -> None:
        """What was there before, made anew; nothing that somebody has changed since is touched."""
        now = content_of(self._path)
        if now == self._before or (self._before is None and now is None):
            remove(self._aside)
            return
        if now not in (None, self._after) or (now is None and look(self._aside) is None):
            raise Refused("sidecar", f"it is back; {os.fsdecode(self._path)} was changed since, and stays as it is")
        if now is not None and self._before is None:
            remove(self._path)
            return
        part = self._part(self._before or b"")
        if now is not None:
            remove(self._aside)
            rename_new(self._path, self._aside)
        self._publish(part)
        remove(self._aside)

    def _part(self, content: bytes) -> bytes:
        """The content under a temporary name, on the disk."""
        part = part_of(self._path)
        remove(part)
        made = new_file(part)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(made, left) :]
            if self._metadata is not None:
                metadata.give(made, self._metadata)
            else:
                os.fchmod(made, 0o666 & ~_umask())
            os.fsync(made)
        finally:
            os.close(made)
        return part

    def _publish(self, part: bytes) -> None:
        self._bring(part)
        sync_folder(os.path.dirname(self._path))

    def _bring(self, place: bytes) -> None:
        try:
            rename_new(place, self._path)
        except FileExistsError:
            raise Refused(
                "sidecar", f"{os.fsdecode(self._path)} was made meanwhile; what was there is at {os.fsdecode(place)}"
            ) from None


def content_of(path: bytes) -> bytes | None:
    """What a file holds; None where there is none. Raises Refused where it is no file that can be read."""
    if look(path) is None:
        return None
    with opened(path) as file:
        return os.pread(file, xmp.LARGEST + 1, 0)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


__all__ = ["XMP", "Sidecar", "content_of", "sidecar_for", "sidecars_of"]
