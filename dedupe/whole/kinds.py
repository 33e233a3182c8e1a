"""What may stand where a file is written: text and files of ours, and nothing that somebody may miss."""

from __future__ import annotations

import os
import stat
from codecs import getincrementaldecoder
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dedupe.errors import SafetyError
from dedupe.magic import HEAD, SUFFIXES, sniff

PICTURE_NAMES = SUFFIXES | {b".svg", b".eps", b".xbm", b".xpm", b".heic", b".heif"}
"""Suffixes of files that are left alone whatever is in them: what looks like text may be a damaged picture."""

DRAWINGS = (b"<svg", b"%!PS", b"%PDF-", b"/* XPM")
"""What pictures and pages begin with that are text."""

PIECE = 1 << 20
LONGEST_METADATA = 1 << 26
"""Bytes of a table's metadata that are looked at."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that may be replaced: `name` as a sentence has it, "a text file"; `holds(path)` whether a file is one.

    `holds` is asked of regular files that are not empty, and may raise OSError.
    """

    name: str
    holds: Callable[[Path], bool]


def _is_text(path: Path) -> bool:
    """Whether all of a file is UTF-8 without a NUL, and it is no picture by its beginning or its name."""
    decoder = getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        piece = stream.read(PIECE)
        if has_picture_name(path) or begins_as_picture(piece):
            return False
        try:
            while piece:
                if b"\0" in piece:
                    return False
                decoder.decode(piece)
                piece = stream.read(PIECE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


TEXT = Kind("a text file", _is_text)
"""What results, pages and lists are, and what they may replace."""

DRAWN = b"tEXtSoftware\0dedupe compare"
"""What stands behind size and name of the second chunk of a PNG that `dedupe compare -o` drew,"""

DRAWN_AT = 37
"""from this byte on."""


def _is_text_or_drawn(path: Path) -> bool:
    with path.open("rb") as stream:
        drawn = stream.read(DRAWN_AT + len(DRAWN))[DRAWN_AT:] == DRAWN
    return drawn or _is_text(path)


TEXT_OR_DRAWN = Kind("a text file", _is_text_or_drawn)
"""The same, and pictures that dedupe itself has drawn of two others."""

TABLE, TABLE_OF = b"PAR1", b"dedupe.header"
"""What Parquet begins with, and a key in the metadata of tables that dedupe wrote, which end 8 bytes before the file does."""


def _is_text_or_table(path: Path) -> bool:
    with path.open("rb") as stream:
        if stream.read(len(TABLE)) != TABLE:
            return _is_text(path)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - 8))
        length = min(int.from_bytes(stream.read(4), "little"), LONGEST_METADATA)
        stream.seek(max(0, size - 8 - length))
        return TABLE_OF in stream.read(length)


TEXT_OR_TABLE = Kind("a text file", _is_text_or_table)
"""Text, and Parquet that dedupe itself has written."""

FOLDER = Kind("a folder", os.path.isdir)
"""Where files are written into a folder: nothing else may have its name."""


def refuse_other(path: Path, kind: Kind) -> None:
    """Raises SafetyError where something stands at `path` that is not of this kind. Links are followed.

    Where nothing stands, or an empty file without a picture's name, nothing can be lost; devices and pipes only pass on.
    """
    try:
        found = path.stat()
    except OSError:  # nothing that could be read stands there; whoever writes there says what is wrong
        return
    if kind is not FOLDER and (is_stream(path) or (_is_empty(found) and not has_picture_name(path))):
        return
    try:
        if (kind is FOLDER or stat.S_ISREG(found.st_mode)) and kind.holds(path):
            return
        why = _what(path, found, kind)
    except OSError as error:
        why = f"cannot be looked into ({error.strerror or error})"
    another = "a folder" if kind is FOLDER else "another file"
    raise SafetyError(f"{path} {why}, and it was left alone; name {another}.")


def _what(path: Path, found: os.stat_result, kind: Kind) -> str:
    if stat.S_ISDIR(found.st_mode):
        return "is a folder"
    if not stat.S_ISREG(found.st_mode):
        return "is a device"
    with path.open("rb") as stream:
        if begins_as_picture(stream.read(1024)):
            return "is a picture"
    if kind is FOLDER:
        return "is a file"
    return "has a picture's name" if has_picture_name(path) else f"is not {kind.name}"


def is_stream(path: Path) -> bool:
    """Whether a path is a terminal, a pipe or the like: what is written there goes on and replaces nothing."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def _is_empty(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and not found.st_size


def begins_as_picture(head: bytes) -> bool:
    """Whether a file with these first bytes (1,024 are enough) is a picture, a film or a drawing, be it damaged."""
    start = head[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    drawn = start.startswith(DRAWINGS) or (start.startswith(b"<?xml") and b"<svg" in start)
    return drawn or sniff(head[:HEAD]) or head[4:8] == b"ftyp"  # HEIC, which a plugin reads, and films begin so


def has_picture_name(path: Path) -> bool:
    """Whether a file's suffix is a picture's."""
    return os.fsencode(path.suffix.lower()) in PICTURE_NAMES
