"""A folder of one folder for each class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from dedupe import UsageError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})


def class_folders(root: Path) -> dict[str, Path]:
    """The folders right under `root` that hold pictures, by name; raises UsageError where there is none."""
    try:
        below = sorted(entry for entry in root.iterdir() if entry.is_dir())
    except OSError as error:
        raise UsageError(f"{root} cannot be read: {error.strerror or error}.") from None
    found = {folder.name: folder for folder in below if pictures(folder)}
    if not found:
        inner = next((f for f in below if any(e.is_dir() and pictures(e) for e in f.iterdir())), None)
        hint = f" Its folder {inner.name} has some: name {inner}." if inner else ""
        raise UsageError(f"{root} has no folder of pictures for each class, as {root}/cat and {root}/dog.{hint}")
    return found


def chosen_classes(root: Path, names: Sequence[str], least: int = 1) -> dict[str, Path]:
    """The class folders named (all without a name); raises UsageError for a missing one and for fewer than `least`."""
    found = class_folders(root)
    for name in names:
        if name not in found:
            raise UsageError(f"{root} has no class {name!r}; it has {', '.join(found)}.")
    wanted = {name: found[name] for name in names} if names else found
    if len(wanted) < least:
        raise UsageError(f"One class ({', '.join(wanted)}) cannot be told from others; name {least} at least.")
    return wanted


def pictures(folder: Path) -> list[Path]:
    """The files of a folder whose suffix is a picture's, by name."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file())
    return [folder / name for name in names if is_picture(name)]


def is_picture(name: str) -> bool:
    """Whether a file's name ends as a picture's."""
    return Path(name).suffix.lower() in SUFFIXES
