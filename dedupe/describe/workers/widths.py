"""A column has one width in a whole run, whichever worker a row comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dedupe.describe.workers.shapes import Column, empty_vectors
from dedupe.model import Batch, Failure


class Widths:
    """The width of each column, as its first rows have it."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._widths: dict[int, int] = {}

    def checked(self, batch: Batch, path: Callable[[int], bytes]) -> Batch:
        """The batch without the vectors of another width, which become failures."""
        vectors, failures = list(batch.vectors), list(batch.failures)
        for column, (rows, X) in enumerate(batch.vectors):
            if not len(rows) or X.shape[1] == self._widths.setdefault(column, X.shape[1]):
                continue
            name = self._columns[column].descriptor.name
            sentence = f"The descriptor {name} gave {X.shape[1]} values here and {self._widths[column]} before."
            vectors[column] = empty_vectors(self._columns)[column]
            for index in batch.index[rows].tolist():
                failures.append((index, Failure(path(index), "describe", "wrong_shape", sentence)))
        return (
            batch if len(failures) == len(batch.failures) else replace(batch, vectors=tuple(vectors), failures=failures)
        )
