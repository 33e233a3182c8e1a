"""Rows of numbers for a dense network: the bits of a hash, or a network's features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dedupe_lab.bits import rows_of
from dedupe_lab.classify.data import Floats


def vectors(paths: Sequence[Path], kind: str, **settings: Any) -> tuple[Floats, list[int]]:
    """What the descriptor `kind` says of pictures, float32 (k,d), and which of them they are; bits as 0 and 1.

    A picture that cannot be described is left out. `settings` are those of `dedupe.describe`. Raises DedupeError if none can.
    """
    rows, there = rows_of(paths, kind, **settings)
    return (np.unpackbits(rows, axis=1) if rows.dtype == np.uint8 else rows).astype(np.float32), there
