"""Pictures out of a zip archive whose names nobody need trust: files are numbered, never called as the archive says."""

from __future__ import annotations

import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from dedupe import DedupeError
from dedupe_lab.folders import is_picture

LARGEST = 200 << 20
"""Bytes of one picture, unpacked, beyond which it is left out,"""

MOST = 8 << 30
"""and of all together beyond which no more are taken."""

PIECE = 1 << 20


@dataclass(slots=True)
class Unpacked:
    """Pictures by where they lie now: their names in the archive. `left_out` counts the rest by reason."""

    names: dict[Path, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


def unpack(archive: Path, folder: Path) -> Unpacked:
    """Writes the pictures of an archive into `folder`, numbered; raises DedupeError for what is no zip archive.

    Names with `..`, absolute ones, links, encrypted and too large files are left out and counted.
    """
    found = Unpacked()
    try:
        with zipfile.ZipFile(archive) as opened:
            _take(opened, folder, found)
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise DedupeError(f"{archive} cannot be read as a zip archive: {error}.") from None
    return found


def _take(opened: zipfile.ZipFile, folder: Path, found: Unpacked) -> None:
    total = 0
    for number, entry in enumerate(opened.infolist()):
        if entry.is_dir():
            continue
        why = _refused(entry, total)
        if not why:
            target = folder / f"{number:07d}{PurePosixPath(entry.filename).suffix.lower()}"
            try:
                with opened.open(entry) as source:
                    total += _copied(source, target)
            except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
                why = "damaged" if not isinstance(error, ValueError) else "too large"
                target.unlink(missing_ok=True)
        if why:
            found.left_out[why] += 1
        else:
            found.names[target] = entry.filename


def _refused(entry: zipfile.ZipInfo, total: int) -> str:
    """Why an entry is left out, or nothing."""
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or (name.parts and name.parts[0].endswith(":")):
        return "name outside the archive"
    mode = entry.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "link or special file"
    if not is_picture(name.name):
        return "other file"
    if entry.flag_bits & 1:
        return "encrypted"
    return "too large" if entry.file_size > LARGEST or total + entry.file_size > MOST else ""


def _copied(source: IO[bytes], target: Path) -> int:
    """Copies what an entry really holds, whatever it says of its size; raises ValueError beyond the largest allowed."""
    size = 0
    with target.open("xb") as stream:
        for piece in _pieces(source):
            size += len(piece)
            if size > LARGEST:
                raise ValueError(size)
            stream.write(piece)
    return size


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece
