"""What a worker says, written as a message and read from one: what is read is held against what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.workers.shapes import CONTENT, STAT, Column, vector_dtype
from dedupe.model import Batch, Failure, Ints
from dedupe.processes import Answer
from dedupe.processes.messages import packed, unpacked


def told(batch: Batch, last: bool) -> bytes:
    """A batch as a message; `last`: whether it ends its task. Failures go without their paths, which the parent knows."""
    failures = [[index, each.stage, each.reason, each.message] for index, each in batch.failures]
    vectors = [array for rows_and_vectors in batch.vectors for array in rows_and_vectors]
    return packed([last, failures], batch.index, batch.stat, batch.contents, batch.decoded, *vectors)


def understood(message: bytes, columns: Sequence[Column], asked: Mapping[int, bytes]) -> Answer:
    """The answer that a message is; `asked` has the paths of the files that it may be about.

    Raises ValueError for a message that is none, or not about these files and columns.
    """
    words, arrays = unpacked(message)
    _make_sure(isinstance(words, list) and len(words) == 2 and len(arrays) == 4 + 2 * len(columns))
    (last, failures), (index, stat, contents, decoded, *rest) = words, arrays
    k = index.size
    _shaped(index, np.int64, k)
    _shaped(stat, np.int64, k, STAT)
    _shaped(contents, CONTENT, k)
    _shaped(decoded, np.bool_, k)
    _make_sure(len(set(index.tolist()) & asked.keys()) == k and isinstance(failures, list))
    vectors = tuple(map(_vectors, columns, rest[::2], rest[1::2], [k] * len(columns)))
    batch = Batch(index, stat, contents, decoded, vectors, [_failure(each, asked) for each in failures])
    return Answer(batch, [*index.tolist(), *(item for item, _ in batch.failures)], bool(last))


def _vectors(column: Column, rows: NDArray[Any], X: NDArray[Any], k: int) -> tuple[Ints, NDArray[Any]]:
    _make_sure(X.ndim == 2)
    _shaped(rows, np.int64, len(X))
    _shaped(X, vector_dtype(column.descriptor), *X.shape)
    _make_sure(bool(((rows >= 0) & (rows < k)).all()))
    return rows, X


def _failure(words: Any, asked: Mapping[int, bytes]) -> tuple[int, Failure]:
    _make_sure(isinstance(words, list) and list(map(type, words)) == [int, str, str, str] and words[0] in asked)
    index, stage, reason, message = words
    return index, Failure(asked[index], stage, reason, message)


def _shaped(array: NDArray[Any], dtype: Any, *shape: int) -> None:
    _make_sure(array.dtype == dtype and array.shape == shape)


def _make_sure(kept: bool) -> None:
    if not kept:
        raise ValueError("an answer to something else")
