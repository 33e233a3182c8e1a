"""Descriptors and decoders that crash, hang, eat memory or lie, and runs with them; new processes import it by name."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dedupe import testing
from dedupe.describe.workers import Column, run
from dedupe.describe.workers.backlog import ALONE
from dedupe.model import Batch, Decode, DecodedInfo, Failure, Files
from pictures import encoded
from plain_files import plain_files

DARK = 20
linux = pytest.mark.skipif(sys.platform != "linux", reason="these tests kill processes as Linux does")


def segfault() -> None:
    ctypes.string_at(0)


def hang_in_c() -> None:
    ctypes.PyDLL(None).sleep(600)  # PyDLL keeps the GIL


def eat_memory() -> None:
    hoard = []
    while True:
        hoard.append(np.empty(16 << 20, np.uint8))  # room alone: filling it takes longer than the timeout


def raise_in_c() -> None:
    os.abort()


def leave() -> None:
    os._exit(3)


def leave_politely() -> None:
    raise SystemExit(0)


def raise_plainly() -> None:
    raise ValueError("two\nlines")


FAULTS: dict[str, tuple[Callable[[], None], str]] = {
    "segfaults": (segfault, "crashed"),
    "aborts": (raise_in_c, "crashed"),
    "leaves": (leave, "crashed"),
    "leaves politely": (leave_politely, "crashed"),
    "hangs in C": (hang_in_c, "timeout"),
    "eats memory": (eat_memory, "memory"),
    "raises": (raise_plainly, "raised"),
}


@dataclass(frozen=True)
class Mean:
    """Mean grey of the picture at 8 x 8, and its corners; `fault` befalls dark pictures."""

    fault: str = ""
    name: str = "mean"
    version = "1"
    metric = "l2"
    decode = Decode((8, 8), "L", "working", "box")
    threshold = 1.0

    def describe(self, images: Any) -> Any:
        X = images.reshape(len(images), 64).astype(np.float32)
        dark = X.mean(axis=1) < DARK
        if self.fault == "always":
            segfault()
        if self.fault in FAULTS and dark.any():
            FAULTS[self.fault][0]()
        return CORRUPT.get(self.fault, lambda X, dark: X)(X, dark)


CORRUPT: dict[str, Callable[[Any, Any], Any]] = {
    "NaN": lambda X, dark: np.where(dark[:, None], np.nan, X).astype(np.float32),
    "infinity": lambda X, dark: np.where(dark[:, None], np.inf, X).astype(np.float32),
    "rows": lambda X, dark: X[~dark],
    "axes": lambda X, dark: X[:, :, None] if dark.any() else X,
    "dtype": lambda X, dark: X.astype(np.float64) if dark.any() else X,
    "list": lambda X, dark: X.tolist() if dark.any() else X,
    "width": lambda X, dark: X[:, :63] if dark.any() else X,
    "writes": lambda X, dark: X,
}


@dataclass(frozen=True)
class Odd:
    """A decoder for files that begin with ODD; what befalls it stands behind that."""

    name = "odd"
    version = "1"
    suffixes = (".odd",)

    def matches(self, head: bytes) -> bool:
        return head.startswith(b"ODD")

    def decode(self, stream: Any, want: Any) -> Any:
        word = stream.read()[3:].decode()
        if word in FAULTS:
            FAULTS[word][0]()
        array: Any = {
            "shape": np.zeros((3, 4, 2), np.uint8),
            "dtype": np.zeros((3, 4)),
            "empty": np.zeros((0, 4), np.uint8),
        }.get(word, np.full((30, 40, 3), 99, np.uint8))
        return array, DecodedInfo(40, 30, "ODD", 5)


@cache
def picture(dark: bool) -> bytes:
    with Image.open(testing.photos()[10]) as image:
        grey = image.convert("L")
    return encoded(grey.point(lambda v: v // 20) if dark else grey)


def start(
    files: Files | list[bytes], columns: list[Column], decoders: tuple[Any, ...] = (), **options: Any
) -> Iterator[Batch]:
    """A run with files, or with paths, of which a few have one worker."""
    given: dict[str, Any] = {"workers": 2, "known": None, "timeout": 30, "memory": 1 << 30, "pixel_cap": 10**8}
    given |= {"notify": lambda _: None} | options
    if not isinstance(files, Files):
        given["workers"] = given["workers"] if len(files) >= ALONE else 1
        files = plain_files(files)
    return run(files, np.arange(len(files)), columns, decoders, **given)


def column(*faults: str) -> list[Column]:
    return [Column(f"mean{i}", Mean(fault, f"mean{i}"), "none") for i, fault in enumerate(faults)]


@dataclass
class Outcome:
    """Everything that came back: contents and vectors by file, failures as (index, Failure)."""

    contents: dict[int, bytes]
    vectors: list[dict[int, bytes]]
    failures: list[tuple[int, Failure]]
    decoded: dict[int, bool]

    @property
    def reasons(self) -> dict[int, str]:
        return {index: failure.reason for index, failure in self.failures}


def outcome(batches: Iterator[Batch]) -> Outcome:
    """Collects the batches, and makes sure that no file comes twice."""
    found = Outcome({}, [], [], {})
    for batch in batches:
        assert batch.stat.shape == (len(batch.index), 6)
        for row, index in enumerate(batch.index.tolist()):
            assert index not in found.contents
            found.contents[index] = batch.contents[row].tobytes()
            found.decoded[index] = bool(batch.decoded[row])
        found.vectors = found.vectors or [{} for _ in batch.vectors]
        for number, (rows, X) in enumerate(batch.vectors):
            assert len(rows) == len(X)
            for row, vector in zip(rows.tolist(), X, strict=True):
                index = int(batch.index[row])
                assert index not in found.vectors[number]
                found.vectors[number][index] = vector.tobytes()
        found.failures += batch.failures
    return found


@cache
def healthy_vectors(paths: tuple[bytes, ...]) -> dict[int, bytes]:
    return outcome(start(list(paths), column(""))).vectors[0]
