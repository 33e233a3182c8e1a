"""Joins that took long, kept beside the cache: the same rows within the same threshold are not searched again."""

from __future__ import annotations

import contextlib
import io
import os
import time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from dedupe import metrics
from dedupe.model import Metric, Pairs
from dedupe.search.result import Joined

VERSION = "1"
"""Changes whenever a join of the same rows may give something else."""

SECONDS = 0.2
"""A search that took less is not worth a file."""

LARGEST = 64 << 20
"""Bytes of the largest file that is kept."""

FILES = 16
"""How many are kept, the latest."""

_DIGEST = 32


def join_kept(
    folder: Path | None, X: NDArray[Any], metric: str | Metric, threshold: float, *, index: str = "auto"
) -> Joined:
    """What `dedupe.search.join` gives, from `folder` if a sound file of just these rows, threshold and index is there.

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


def _name(X: NDArray[Any], metric: str | Metric, threshold: float, index: str) -> str:
    made = (VERSION, metrics.resolve(metric).name, float(threshold), index, X.shape, X.dtype.str)
    return blake3(repr(made).encode()).update(np.ascontiguousarray(X).tobytes()).hexdigest()


def _read(path: Path, n: int) -> Joined | None:
    try:
        content = path.read_bytes()
        if blake3(memoryview(content)[_DIGEST:]).digest() != content[:_DIGEST]:
            return None
        with np.load(io.BytesIO(content[_DIGEST:]), allow_pickle=False) as kept:
            pairs = Pairs(kept["left"], kept["right"], kept["distance"])
            recall = float(kept["recall"])
            found = Joined(
                kept["classes"],
                kept["rows"],
                pairs,
                str(kept["index"]),
                None if np.isnan(recall) else recall,
                kept["within"],
            )
        os.utime(path)
    except (OSError, ValueError, KeyError, BadZipFile):
        return None
    return found if len(found.classes) == n else None


def _write(found: Joined, path: Path) -> None:
    """Writes beside the file's place and moves it there; removes the oldest files."""
    pairs = found.pairs
    if sum(each.nbytes for each in (pairs.left, pairs.right, pairs.distance, found.classes, found.rows)) > LARGEST:
        return
    stream = io.BytesIO()
    recall = np.nan if found.recall is None else found.recall
    np.savez(
        stream,
        left=pairs.left,
        right=pairs.right,
        distance=pairs.distance,
        classes=found.classes,
        rows=found.rows,
        within=found.within,
        index=np.array(found.index),
        recall=np.array(recall),
    )
    content = stream.getvalue()
    path.parent.mkdir(mode=0o700, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        with beside.open("xb") as file:
            file.write(blake3(content).digest() + content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    kept = sorted(path.parent.glob("*.join"), key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for old in kept[FILES:]:
        old.unlink(missing_ok=True)
