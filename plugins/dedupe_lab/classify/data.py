"""Labelled pictures as arrays, and what the document does to them before a network sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import DedupeError, UsageError
from dedupe_lab.bits import NoneUsable, rows_of
from dedupe_lab.classify import pixels
from dedupe_lab.classify.pixels import SIDE
from dedupe_lab.folders import chosen_classes, pictures

LEVEL = 200
"""The contrast of the distorted pictures."""

PUBLISHED_LEVEL = 300
"""What the document's code says, which makes the factor negative."""

PICTURES = ("original", "distorted", "hash")
"""What the document's network is fed,"""

VECTORS = ("phash", "features")
"""and what a dense one is: the 64 bits of pHash, the features of a network trained on other pictures."""

LEAST = 10
"""The fewest training pictures of a class that say anything about it."""

INPUTS = (*PICTURES, *VECTORS)

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Labelled:
    """n pictures u8 (n,32,32,3), their classes int64 (n,) and files; `unreadable` and `resized` count files."""

    X: Pixels
    y: NDArray[np.int64]
    paths: tuple[Path, ...]
    classes: tuple[str, ...]
    unreadable: int
    resized: int


def load(folder: Path, classes: Sequence[str], most: int | None = None) -> Labelled:
    """The pictures of the class folders under `folder`, of each the first `most`; UsageError for folders that are not so.

    A picture that cannot be read is left out; DedupeError where a class has none left.
    """
    wanted = chosen_classes(folder, classes, least=2)
    files = {name: pictures(inner)[:most] for name, inner in wanted.items()}
    every = [path for paths in files.values() for path in paths]
    labels = np.repeat(np.arange(len(files)), [len(paths) for paths in files.values()])
    X, there, same = read(every)
    for number, name in enumerate(wanted):
        if number not in labels[there]:
            raise DedupeError(f"The class {name} in {folder} has no picture that can be read.")
    paths = tuple(every[number] for number in there)
    return Labelled(X, labels[there], paths, tuple(wanted), len(every) - len(there), int(np.count_nonzero(~same)))


def read(paths: Sequence[Path], workers: int | None = None) -> tuple[Pixels, list[int], NDArray[np.bool_]]:
    """Pictures u8 (k,32,32,3), which of the paths they are, and whether they had that size, bool (k,).

    The host reads them as it reads all others, upright and in 8 bits; one that cannot be read is left out.
    """
    try:
        loose = [Path(pixels.__file__)]
        rows, there = rows_of(paths, pixels.Pixels.name, plugin=loose, cache="none", workers=workers)
    except NoneUsable:
        return np.zeros((0, SIDE, SIDE, 3), np.uint8), [], np.zeros(0, np.bool_)
    return rows[:, :-1].reshape(-1, SIDE, SIDE, 3), there, rows[:, -1] != 0


def split(data: Path, classes: Sequence[str], most: int | None = None) -> tuple[Labelled, Labelled]:
    """The folders `train` and `test` under `data`.

    Raises UsageError where they are not there or differ in classes, and where a class has fewer than LEAST training pictures.
    """
    for name in ("train", "test"):
        if not (data / name).is_dir():
            raise UsageError(f"{data} has no folder {name}; name a folder with train and test, each of class folders.")
    train, test = (load(data / name, classes, most) for name in ("train", "test"))
    if train.classes != test.classes:
        raise UsageError(
            f"The classes of {data}/train ({', '.join(train.classes)}) and {data}/test ({', '.join(test.classes)}) differ; "
            "name those to use with --classes."
        )
    few = [f"{name} has {count}" for name, count in counts(train).items() if count < LEAST]
    if few:
        raise UsageError(
            f"{', '.join(few)} in {data}/train; at least {LEAST} pictures of each class are needed to train a network."
        )
    return train, test


def counts(part: Labelled) -> dict[str, int]:
    """How many pictures there are of each class."""
    found = np.bincount(part.y, minlength=len(part.classes)).tolist()
    return dict(zip(part.classes, found, strict=True))


def prepared(X: Pixels, kind: str) -> Floats:
    """Pictures u8 (n,32,32,3) as the network takes them: float32 (n,3,32,32) from 0 to 1."""
    if kind == "hash":
        means = X.mean(axis=(1, 2, 3), keepdims=True)
        return _planes(np.greater(X, means))
    return _planes(contrast(X, LEVEL) if kind == "distorted" else X) / np.float32(255)


def _planes(X: NDArray[Any]) -> Floats:
    return np.ascontiguousarray(X.transpose(0, 3, 1, 2), dtype=np.float32)


def contrast(X: Pixels, level: float) -> Pixels:
    """Contrast as the document's formula has it, u8 to u8: 128 + f (c - 128), f = 259 (level + 255) / (255 (259 - level))."""
    factor = 259 * (level + 255) / (255 * (259 - level))
    return np.clip(128 + factor * (X.astype(np.float64) - 128), 0, 255).astype(np.uint8)


def as_published(X: Pixels, kind: str, part: str) -> Floats:
    """Pictures as the document's code made them, float32 (n,3,32,32).

    The training pictures lie in its file plane by plane and are read as if pixel by pixel; the test pictures are not. Its
    distorted ones are the first 3,072 bytes of each picture's float64 values, taken for pixels, at contrast 300.
    """
    if part == "train":
        X = np.ascontiguousarray(X.transpose(0, 3, 1, 2)).reshape(X.shape)
    if kind == "distorted":
        values = np.ascontiguousarray(X.astype("<f8") / 255).view(np.uint8).reshape(len(X), -1)
        X = contrast(values[:, : 3 * SIDE * SIDE].reshape(len(X), SIDE, SIDE, 3), PUBLISHED_LEVEL)
        return _planes(X) / np.float32(255)
    return prepared(X, kind)
