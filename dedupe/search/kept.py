"""Joins that took long, kept beside the cache: the same rows within the same threshold are not searched again."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from dedupe import metrics
from dedupe.model import Metric, Pairs
from dedupe.search.proposed import Approximate
from dedupe.search.result import Joined
from dedupe.whole import whole_file

VERSION = "2"
"""Changes whenever a join of the same rows may give something else."""

SECONDS = 0.2
"""A search that took less is not worth a file."""

LARGEST = 64 << 20
"""Bytes of the largest file that is kept."""

FILES = 16
"""How many are kept, the latest."""

_DIGEST = 32
_BLOCK = 1 << 20


def join_kept(
    folder: Path | None, X: NDArray[Any], metric: str | Metric, threshold: float, *, index: str | Approximate = "auto"
) -> Joined:
    """What `dedupe.search.join` gives for X (n,d), from `folder` if a sound file of just these, threshold and index is there.

    A file is read only if the BLAKE3 digest it begins with is that of the rest. Metrics that a plugin owns are always searched.
    """
    from dedupe.search import join

    if folder is None or metrics.resolve(metric) not in metrics.BUILT_IN.values():
        return join(X, metric, threshold, index=index)
    path = folder / f"{_name(X, metric, threshold, index)}.join"
    if (kept := _read(path, len(X))) is not None:
        return kept
    start = time.perf_counter()
    found = join(X, metric, threshold, index=index)
    if time.perf_counter() - start > SECONDS:
        with contextlib.suppress(OSError):  # a folder that cannot be written only costs time
            _write(found, path)
    return found


def _name(X: NDArray[Any], metric: str | Metric, threshold: float, index: str | Approximate) -> str:
    by = index if isinstance(index, str) else index.key
    made = (VERSION, metrics.resolve(metric).name, float(threshold), by, X.shape, X.dtype.str)
    return blake3(repr(made).encode()).update(np.ascontiguousarray(X).tobytes()).hexdigest()


def _read(path: Path, n: int) -> Joined | None:
    try:
        with path.open("rb") as file:
            if not _sound(file):
                return None
            left, right, distance, classes, rows, within, about = (np.load(file, allow_pickle=False) for _ in range(7))
        said, recall = json.loads(about.tobytes())
        found = Joined(classes, rows, Pairs(left, right, distance), said, recall, within)
        os.utime(path)
    except (OSError, ValueError, TypeError, EOFError):
        return None
    return found if len(found.classes) == n else None


def _sound(file: BinaryIO) -> bool:
    """Whether the BLAKE3 digest that a file begins with is that of the rest, which is what is read next."""
    wanted = file.read(_DIGEST)
    found = _digest(file)
    file.seek(_DIGEST)
    return found == wanted


def _digest(file: BinaryIO) -> bytes:
    """The digest of what is left of a file, which is never in memory as a whole."""
    digest = blake3()
    while some := file.read(_BLOCK):
        digest.update(some)
    return digest.digest()


def _write(found: Joined, path: Path) -> None:
    """Writes beside the file's place and moves it there; removes the oldest files."""
    pairs = found.pairs
    about = np.frombuffer(json.dumps([found.index, found.recall]).encode(), np.uint8)
    arrays = (pairs.left, pairs.right, pairs.distance, found.classes, found.rows, found.within, about)
    if sum(each.nbytes for each in arrays) > LARGEST:
        return
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with whole_file(path, over=None, durable=False) as file:  # named by what is in it, in a folder of ours
        file.write(bytes(_DIGEST))
        for each in arrays:
            np.save(file, each, allow_pickle=False)
        file.seek(_DIGEST)
        digest = _digest(file)
        file.seek(0)
        file.write(digest)
    kept = sorted(path.parent.glob("*.join"), key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for old in kept[FILES:]:
        old.unlink(missing_ok=True)
