"""The list of pairs: which copy was made from which photo."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Sequence
from typing import Any

from dedupe.copies.making import Making, PhotoTask
from dedupe.report.csv import write_rows

NAME = b"pairs.csv"
FIELDS = ("a", "b", "same", "distortion")


def pair_list(life: Making, tasks: Sequence[PhotoTask], copies: Iterable[tuple[int, int]]) -> bytes:
    """CSV with a header line, one row a copy: photo, copy, 1, the distortion's key; `copies` are (photo, distortion).

    Paths are relative to the list's folder (on another drive: absolute), and bytes that are not UTF-8 stand as they are.
    """
    rows: list[Sequence[Any]] = [FIELDS]
    for photo, number in copies:
        name, key, _ = life.distortions[number]
        copy = os.path.join(os.fsencode(name), tasks[photo].stem + life.suffix)
        rows.append((_relative(tasks[photo].path, life.folder), os.fsdecode(copy), 1, key))
    text = io.StringIO()
    write_rows(rows, text)
    return text.getvalue().encode("utf-8", "surrogateescape")


def _relative(path: bytes, folder: bytes) -> str:
    # links are resolved first: ".." leads out of where a folder is, not of where a link to it is
    path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    try:
        return os.fsdecode(os.path.relpath(path, os.path.realpath(folder)))
    except ValueError:  # another drive
        return os.fsdecode(path)
