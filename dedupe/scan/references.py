"""Which folders are references, and in which nothing is removed: told before anything is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dedupe.describe.several import AnyPath
from dedupe.errors import UsageError
from dedupe.model import Bools, Files, InMemory, Ints
from dedupe.model.addresses import bare

if TYPE_CHECKING:
    from dedupe.actions.fixed import Fixed


def check_references(paths: Sequence[AnyPath], references: Sequence[AnyPath], listed: bool) -> None:
    """Raises UsageError where nothing could be found: for a path inside a reference folder, whose pictures are all
    references then, and where all paths are references themselves and no files are `listed` besides.
    """
    if not references:
        return
    folders = {os.path.realpath(os.fsencode(each)): each for each in references if not isinstance(each, InMemory)}
    on_disk = [path for path in paths if not isinstance(path, InMemory)]
    places = [os.path.realpath(os.fsencode(path)) for path in on_disk]
    for path, place in zip(on_disk, places, strict=True):
        if outer := next((folders[folder] for folder in folders if _inside(place, folder)), None):
            raise UsageError(
                f"{_shown(path)} lies inside the reference {_shown(outer)}, whose pictures are never compared "
                "with each other; name a folder outside of it, or another reference."
            )
    if places and not listed and len(on_disk) == len(paths) and set(places) <= folders.keys():
        raise UsageError(
            "Everything to be scanned is a reference, so that nothing would be compared; name another folder."
        )


class Protection:
    """Folders in which nothing is removed. Raises UsageError for one that is not there."""

    def __init__(self, protect: Sequence[AnyPath]) -> None:
        self._fixed: Fixed | None = None
        if protect:
            from dedupe.actions.fixed import Fixed  # with it all that acts: other scans start without

            self._fixed = Fixed()
            self._fixed.protect([os.fsencode(each) for each in protect])

    def of(self, files: Files, some: Ints) -> Bools | None:
        """Which files lie there, bool (files,), of `some` int64 (k,); None where none is asked for."""
        if self._fixed is None:
            return None
        found, real = np.zeros(len(files.size), np.bool_), cache(os.path.realpath)
        for index in some[~files.in_memory[some]].tolist():
            folder, name = os.path.split(files.path(index))
            found[index] = self._fixed.holding(os.path.join(real(folder), name)) is not None
        return found


def _shown(path: AnyPath) -> str:
    return os.fsdecode(bare(os.fsencode(path)))


def _inside(place: bytes, folder: bytes) -> bool:
    return place != folder and place.startswith(os.path.join(folder, b""))
