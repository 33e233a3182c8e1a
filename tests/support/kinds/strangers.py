"""Different: pictures that have nothing to do with each other, drawn, and the nearest of them by descriptors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from dedupe.describe.choose import choose
from dedupe.describe.gather import gather, load_plugins
from dedupe.model import Run, Select
from kinds.pair import Pair
from unrelated_pairs import distances

NEAREST_BY = ("pdq", "phash", "pca256")


def drawn(photos: Sequence[Path], count: int, seed: int) -> Iterator[Pair]:
    """So many pairs of different photos."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        i, j = rng.choice(len(photos), 2, replace=False)
        yield Pair(photos[i], photos[j], "different", "drawn", ("different",))


def nearest(paths: Sequence[Path], count: int, cache: Path, by: Sequence[str] = NEAREST_BY) -> Iterator[Pair]:
    """The `count` nearest pairs by each descriptor, nearest first; one that several descriptors find comes once.

    Pictures that a scan would not describe, since they are nearly blank, are in none.
    """
    chosen = choose(load_plugins(), by)
    found = gather(sorted(paths), chosen, load_plugins(), Select(), Run(cache=cache))
    files = found.walk.files
    of_row = {int(row): Path(files.path(i).decode()) for i, row in enumerate(found.collection.rows) if row >= 0}
    seen = set()
    for each, matrix in zip(chosen, found.collection.matrices, strict=True):
        far = distances(matrix.X, each.descriptor.metric)
        left, right = np.triu_indices(len(far), 1)
        order = np.argsort(far[left, right], kind="stable")[:count]
        for i, j in zip(left[order].tolist(), right[order].tolist(), strict=True):
            if (i, j) not in seen and i in of_row and j in of_row:
                seen.add((i, j))
                yield Pair(*sorted((of_row[i], of_row[j])), "different", f"nearest by {each.label}", ("different",))
