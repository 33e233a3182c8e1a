"""What a worker has finished and not yet sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.workers.describing import Describer
from dedupe.describe.workers.opened import Stat
from dedupe.describe.workers.shapes import CONTENT, STAT, Column, vector_dtype
from dedupe.errors import PictureError
from dedupe.model import NO_DATE, Batch, Failure, Ints

Row = tuple[bytes, bytes, int, int, bytes, int, float, int, int, int, int, int]
"""One content, in the order of CONTENT_FIELDS."""


@dataclass(slots=True)
class Finished:
    """Lists of equal length, one entry a file, and the failures; `paths` of the files they may name."""

    index: list[int] = field(default_factory=list)
    stat: list[Stat] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    decoded: list[bool] = field(default_factory=list)
    failures: list[tuple[int, Failure]] = field(default_factory=list)
    paths: dict[int, bytes] = field(default_factory=dict)

    def add(self, index: int, stat: Stat, row: Row, decoded: bool) -> None:
        """A file that is done, but for the columns that wait in the describer."""
        self.index.append(index)
        self.stat.append(stat)
        self.rows.append(row)
        self.decoded.append(decoded)

    def fail(self, index: int, stage: str, error: PictureError) -> None:
        """A file that cannot be used, or not for one of the columns."""
        self.failures.append((index, Failure(self.paths[index], stage, error.reason, str(error))))

    def batch(self, columns: Sequence[Column], describer: Describer) -> Batch:
        """All of it, with what has been described."""
        for index, error in describer.failures:
            self.fail(index, "describe", error)
        return Batch(
            np.array(self.index, np.int64),
            np.array(self.stat, np.int64).reshape(-1, STAT),
            np.array(self.rows, CONTENT),
            np.array(self.decoded, np.bool_),
            tuple(map(_vectors, columns, describer.vectors)),
            self.failures,
        )


def known_row(digest: bytes) -> Row:
    """The content of a file whose digest the store has: nothing else of it is known here."""
    return digest, b"", 0, 0, b"", NO_DATE, 0.0, 0, 0, 0, 0, 0


def _vectors(column: Column, found: tuple[list[int], list[NDArray[Any]]]) -> tuple[Ints, NDArray[Any]]:
    rows, parts = found
    X = np.concatenate(parts) if parts else np.zeros((0, 0), vector_dtype(column.descriptor))
    return np.array(rows, np.int64), X
