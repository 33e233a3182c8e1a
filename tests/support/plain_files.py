"""Files of which nothing is known but their paths."""

from __future__ import annotations

import numpy as np

from dedupe.model import Files


def plain_files(paths: list[bytes]) -> Files:
    """No two have one size, so that none is taken for a copy of another."""
    none = np.zeros(len(paths), np.int64)
    return Files(b"".join(paths), np.cumsum([0, *map(len, paths)]), np.arange(len(paths)), *[none] * 5, none > 0)
