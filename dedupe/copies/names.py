"""What distorted copies are called: as their originals, as far as a folder allows."""

# ruff: noqa: PTH122 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable

LONGEST = 200
"""Bytes of an original's name that a copy keeps: most file systems hold 255, and a number and suffix may follow."""


def stems(paths: Iterable[bytes]) -> list[bytes]:
    """For each path the file's name without its suffix; equal ones, whatever their case, are numbered from 2 on."""
    return _distinct([_cut(os.path.splitext(os.path.basename(path))[0]) for path in paths])


def folders(specs: Iterable[str]) -> list[str]:
    """For each specification of a distortion a folder's name that every system takes: "blur:sigma=3" is "blur-sigma=3"."""
    plain = [re.sub(r"[^A-Za-z0-9_.=+-]+", "-", spec).strip("-.") or "distortion" for spec in specs]
    return [name.decode() for name in _distinct([name[:LONGEST].encode() for name in plain])]


def _cut(stem: bytes) -> bytes:
    if len(stem) <= LONGEST:
        return stem
    try:
        stem.decode()
    except UnicodeDecodeError:
        return stem[:LONGEST]
    return stem[:LONGEST].decode(errors="ignore").encode()


def _distinct(names: list[bytes]) -> list[bytes]:
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    found = []
    for name in names:
        alike, unique = _folded(name), name
        while _folded(unique) in taken:
            numbers[alike] = numbers.get(alike, 1) + 1
            unique = b"%b-%d" % (name, numbers[alike])
        taken.add(_folded(unique))
        found.append(unique)
    return found


def _folded(name: bytes) -> str:
    """What file systems that ignore case and composition take for the same name."""
    return unicodedata.normalize("NFC", os.fsdecode(name)).casefold()
