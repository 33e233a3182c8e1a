"""What a run is asked for, as two values that are handed down whole: which files, and how to go about them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

FILE_TIMEOUT = 60.0
"""Seconds after which a worker that is still busy with one file is killed."""

PIXEL_CAP = 100_000_000
"""Pictures of more pixels are refused from their header."""

CPU = "cpu"
DEVICES = ("auto", CPU, "cuda", "coreml", "directml")
"""Where descriptors that can run elsewhere than on the CPU may run."""

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with the stage's name, how many are done, and how many there are."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """A progress that nobody sees."""


@dataclass(frozen=True, slots=True)
class Select:
    """Which files of the folders that are named take part, and files that are listed one by one.

    `exclude` holds globs: one without a slash matches the name of any file or folder, one with a slash the path below
    the root (of a file named by itself: the path as given), or, where it begins with a folder's name, the whole
    path: absolute, from `~`, or from the working folder. `*`, `?` and `[...]` stay within a name, `**` crosses
    folders, a slash at the end means folders only; case counts. What an excluded folder holds is left out with it; a
    folder that is itself given as a root is not excluded.
    `min_size` is in bytes, `min_pixels` width times height; `recursive=False` stays in the roots themselves; `all_files`
    takes every suffix, to be sniffed. `label` is the column with the labels of lists and tables, "" for one that is called so;
    with `follow_rows` the paths in a list may lead out of its folder.
    """

    exclude: tuple[str, ...] = ()
    min_size: int = 0
    min_pixels: int = 0
    recursive: bool = True
    all_files: bool = False
    files_from: Iterable[bytes] | None = None
    label: str = ""
    follow_rows: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """How to go about it: `workers` processes, one a core where it is None; `cache` a path, "none", or None for the usual
    place; loose plugins; seconds that a file may take and pixels that a picture may have; who is told how far it is; the
    device (of DEVICES) that networks run on.
    """

    workers: int | None = None
    cache: str | os.PathLike[str] | None = None
    plugin: tuple[str | os.PathLike[str], ...] = ()
    file_timeout: float = FILE_TIMEOUT
    max_pixels: int = PIXEL_CAP
    progress: Progress = silent
    device: str = CPU


def several(given: Any) -> list[Any]:
    """A list of what was given; of one word, path or number alone, which Python could take apart or not at all."""
    one = isinstance(given, str | bytes | os.PathLike) or not isinstance(given, Iterable)
    return [given] if one else list(given)
