"""Test pictures under every distortion."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dedupe import distort
from dedupe_lab.classify.data import Labelled

Copies = dict[str, dict[int, Path]]
"""By distortion, as it is asked for, the copy of each test picture that has one."""


@contextmanager
def distorted(
    test: Labelled, distortions: str, workers: int | None, progress: Callable[[str, int, int], None]
) -> Iterator[Copies]:
    """Distorted copies of the pictures, as PNG, for as long as the block runs; UsageError for an unknown distortion."""
    with tempfile.TemporaryDirectory() as folder:
        made = distort(test.paths, folder, distortions=distortions, form="png", workers=workers, progress=progress)
        number = {os.path.realpath(path): i for i, path in enumerate(test.paths)}
        copies: Copies = {}
        with open(made.pairs, encoding="utf-8", errors="surrogateescape", newline="") as stream:
            for pair in csv.DictReader(stream):
                copy = Path(folder, pair["b"])
                copies.setdefault(copy.parent.name, {})[number[os.path.realpath(Path(folder, pair["a"]))]] = copy
        yield copies
