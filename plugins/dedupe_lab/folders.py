"""A folder of one folder for each class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from dedupe import UsageError
from dedupe.kit import say

_NAMES = (
    ".jpg .jpeg .jpe .jfif .mpo .png .apng .gif .bmp .dib .tif .tiff .webp .avif .avifs .jp2 .j2k .j2c .jpc .jpf .jpx "
    ".ppm .pgm .pbm .pnm .heic .heif .hif .heics .heifs"
)
SUFFIXES = frozenset(_NAMES.split())
"""Those the host reads, and its plugin for HEIC."""


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
        hint = hint or (" Its folders hold links only, which are not followed." if _links(root) else "")
        raise UsageError(f"{root} has no folder of pictures for each class, as {root}/cat and {root}/dog.{hint}")
    return found


def chosen_classes(root: Path, names: Sequence[str], least: int = 1) -> dict[str, Path]:
    """The class folders named (all without a name), saying how many links in them are left out.

    Raises UsageError for a missing one, for one that holds links alone, and for fewer than `least`.
    """
    found = class_folders(root)
    linked = _links(root)
    for name in names or linked:
        if name in linked and name not in found:
            raise UsageError(
                f"The class {name} in {root} has links only, which are not followed; put the pictures there."
            )
    for name in names:
        if name not in found:
            raise UsageError(f"{root} has no class {name!r}; it has {', '.join(found)}.")
    wanted = {name: found[name] for name in names} if names else found
    if len(wanted) < least:
        raise UsageError(f"One class ({', '.join(wanted)}) cannot be told from others; name {least} at least.")
    if count := sum(linked.get(name, 0) for name in wanted):
        say(f"{root}: {count:,} symlink{'s' if count > 1 else ''} left out; links are not followed.")
    return wanted


def _links(root: Path) -> dict[str, int]:
    """By folder right under `root` how many of its pictures are links, where there are any."""
    counts = {folder.name: len(_named(folder, links=True)) for folder in root.iterdir() if folder.is_dir()}
    return {name: count for name, count in sorted(counts.items()) if count}


def pictures(folder: Path) -> list[Path]:
    """The files of a folder whose suffix is a picture's, by name; links are not followed."""
    return [folder / name for name in _named(folder, links=False)]


def _named(folder: Path, links: bool) -> list[str]:
    """The names that end as a picture's: of files, or of links whatever they point to."""
    with os.scandir(folder) as entries:
        return sorted(
            entry.name
            for entry in entries
            if is_picture(entry.name) and (entry.is_symlink() if links else entry.is_file(follow_symlinks=False))
        )


def is_picture(name: str) -> bool:
    """Whether a file's name ends as a picture's."""
    return Path(name).suffix.lower() in SUFFIXES
