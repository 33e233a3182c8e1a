"""Pictures out of a zip archive whose names nobody need trust: files are numbered, never called as the archive says."""

from __future__ import annotations

import errno
import shutil
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
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

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says of a full disk, and of a full share of it."""


@dataclass(slots=True)
class Unpacked:
    """Pictures by where they lie now: their names in the archive. `left_out` counts the rest by reason."""

    names: dict[Path, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


def unpack(archive: Path, folder: Path) -> Unpacked:
    """Writes the pictures of an archive into `folder`, numbered; raises DedupeError for what is no zip archive or no room.

    Names with `..`, absolute ones, links, encrypted and too large files are left out and counted, and all but the first of
    a name.
    """
    found = Unpacked()
    try:
        with zipfile.ZipFile(archive) as opened:
            wanted = list(_wanted(opened, folder, found.left_out))
            _check_room(archive, sum(entry.file_size for _, entry in wanted), folder)
            _take(opened, wanted, found)
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise DedupeError(f"{archive} cannot be read as a zip archive: {error}.") from None
    return found


def _wanted(opened: zipfile.ZipFile, folder: Path, left_out: Counter[str]) -> Iterator[tuple[Path, zipfile.ZipInfo]]:
    """The entries to take and where each shall lie; the rest is counted."""
    names: set[str] = set()
    total = 0
    for number, entry in enumerate(opened.infolist()):
        if entry.is_dir():
            continue
        why = _refused(entry, total) or ("named twice" if entry.filename in names else "")
        if why:
            left_out[why] += 1
            continue
        names.add(entry.filename)
        total += entry.file_size
        yield folder / f"{number:07d}{PurePosixPath(entry.filename).suffix.lower()}", entry


def _check_room(archive: Path, size: int, folder: Path) -> None:
    """Raises DedupeError where the pictures would not fit; an entry never gives more than the size it states."""
    free = shutil.disk_usage(folder).free
    if size > free:
        raise DedupeError(
            f"{archive} unpacks to {size / 1e6:,.0f} MB, and the temporary folder {folder.parent} has {free / 1e6:,.0f} MB "
            "free; make room or set TMPDIR to another folder."
        )


def _take(opened: zipfile.ZipFile, wanted: Iterable[tuple[Path, zipfile.ZipInfo]], found: Unpacked) -> None:
    for target, entry in wanted:
        try:
            with opened.open(entry) as source:
                _copy(source, target)
            found.names[target] = entry.filename
        except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError) as error:
            target.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in FULL:
                raise DedupeError(
                    f"The temporary folder {target.parent.parent} is full; make room or set TMPDIR to another folder."
                ) from None
            found.left_out["too large" if isinstance(error, ValueError) else "damaged"] += 1


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


def _copy(source: IO[bytes], target: Path) -> None:
    """Copies what an entry really holds, whatever it says of its size; raises ValueError beyond the largest allowed."""
    size = 0
    with target.open("xb") as stream:
        for piece in _pieces(source):
            size += len(piece)
            if size > LARGEST:
                raise ValueError(size)
            stream.write(piece)


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece
