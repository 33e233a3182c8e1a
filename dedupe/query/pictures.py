"""Single pictures that a question names: files, and contents that could be used."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.console import shown
from dedupe.describe.gather import Gathered
from dedupe.describe.several import AnyPath
from dedupe.errors import DedupeError, UsageError
from dedupe.model import InMemory
from dedupe.model.addresses import bare, is_address
from dedupe.walk import tidy


def only_files(*pictures: Any) -> list[AnyPath]:
    """Paths, and pictures in memory in their place, as `takes_pictures` has made them.

    Raises UsageError for a folder or a special file; what is not there is left to the walk.
    """
    for picture in (each for each in pictures if not isinstance(each, InMemory)):
        with suppress(OSError, ValueError):
            mode = Path(os.fsdecode(picture)).stat().st_mode
            if not stat.S_ISREG(mode):
                what = "a folder" if stat.S_ISDIR(mode) else "a special file"
                raise UsageError(f"{os.fsdecode(picture)} is {what}; name a picture.")
    return list(pictures)


def usable(found: Gathered, root: int, picture: AnyPath) -> int:
    """The content row of the picture given as that root; DedupeError with its failure's message where there is none."""
    path = bare(os.fsencode(picture))
    files, rows = found.walk.files, found.collection.rows
    usable = np.flatnonzero((files.root == root) & (rows >= 0))
    several = len(usable) > 1 or not is_address(path)
    if len(usable) and files.inside[usable[0]] and files.path(int(usable[0])) != tidy(path) and several:
        inside = os.fsdecode(files.path(int(usable[0])))
        raise UsageError(f"{os.fsdecode(path)} holds many pictures; name one of them, as {inside}.")
    if len(usable):
        return int(rows[usable[0]])
    why = [failure.message for failure in found.failures if failure.path == path] or [f.message for f in found.failures]
    raise DedupeError(f"{os.fsdecode(path)} cannot be used: {why[0] if why else 'it is no picture that can be read.'}")


def set_aside(names: Sequence[bytes], contents: Sequence[NDArray[np.void] | np.void]) -> list[str]:
    """What to say of pictures, by name, that no distance tells apart from others; nothing where there are none."""
    some = dict.fromkeys(shown(name) for name, one in zip(names, contents, strict=True) if one["quality"] <= 0)
    if not some:
        return []
    what = "is blank, or noise, bars or a ramp" if len(some) == 1 else "are blank, or noise, bars or ramps"
    they = "it matches" if len(some) == 1 else "they match"
    return [f"{' and '.join(some)} {what}: by distance alone {they} equal pixels only."]
