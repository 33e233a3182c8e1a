"""Which of several pictures is kept: rules, best first, and a default that settles everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import UsageError
from dedupe.model import NO_DATE, Files

Ints = NDArray[np.int64]

KEEP = {
    "most-pixels": ("pixels", -1),
    "fewest-pixels": ("pixels", 1),
    "lossless": ("lossless", -1),
    "largest": ("size", -1),
    "smallest": ("size", 1),
    "oldest": ("date", 1),
    "newest": ("date", -1),
    "shortest-path": ("path", 1),
    "longest-path": ("path", -1),
    "name": ("name", 1),
}
"""The keep rules by name: a column of `keep_order` and the direction in which the better ones come first."""

DEFAULT_KEEP = ("most-pixels", "lossless", "largest", "oldest", "shortest-path", "name")
LOSSLESS = (b"PNG", b"BMP", b"TIFF", b"PPM", b"VP8L")
"""What a content of a lossless format keeps as its format; a GIF has lost all but 256 colours."""


def check_rules(rules: Sequence[str]) -> None:
    """Raises UsageError for a keep rule that does not exist."""
    for rule in rules:
        if rule not in KEEP:
            raise UsageError(f"--keep {rule}: not a keep rule; choose from {', '.join(KEEP)}.")


def keep_order(files: Files, rows: Ints, contents: NDArray[np.void], rules: Sequence[str] = ()) -> Ints:
    """File indices int64 (n,), best to keep first, by `rules` and then DEFAULT_KEEP.

    `rows` int64 (n,) is each file's row in `contents`, or -1 for files to leave out. Raises UsageError for an unknown rule.
    """
    check_rules(rules)
    index = np.flatnonzero(rows >= 0)
    order = np.arange(len(index))
    for name, sign in reversed([KEEP[rule] for rule in (*rules, *DEFAULT_KEEP)]):  # one column at a time in memory
        key = _column(name, files, index, rows[index], contents) * sign
        order = order[np.argsort(key[order], kind="stable")]
    return index[order]


def _column(name: str, files: Files, index: Ints, row: Ints, contents: NDArray[np.void]) -> NDArray[Any]:
    """What the rules compare, a number for each of the files `index`, whose contents are `row`."""
    match name:
        case "pixels":
            pixels: Ints = contents["width"].astype(np.int64) * contents["height"]
            return pixels[row]
        case "lossless":
            lossless = np.zeros(len(contents), np.int64)
            for each in LOSSLESS:
                lossless += contents["format"] == each
            return lossless[row]
        case "size":
            return files.size[index]
        case "date":
            taken = contents["taken"][row]
            return np.where(taken == NO_DATE, files.mtime_ns[index] / 1e9, taken.astype(np.float64))
        case "path":
            return np.diff(files.offsets)[index]
        case _:
            return index
