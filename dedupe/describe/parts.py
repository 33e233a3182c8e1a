"""What the describe stage has so far, by content and by file, and what it comes to in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedupe.model import CONTENT_FIELDS, Batch, Failure, Files, Ints, Matrix

if TYPE_CHECKING:
    from dedupe.describe.choose import Chosen

CHUNK = 1 << 16
"""Files that are looked up at a time."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Described files: `rows` int64 (n,) is each file's row in `contents`, or -1 where it could not be used; a file that one
    descriptor failed on has its row, and is a failure too.

    `matrices` holds one `Matrix` a column, its `contents` being rows here; `described` counts the files decoded now,
    `others` and `foreign`, by index, are those that turned out to be no pictures.
    """

    files: Files
    rows: Ints
    contents: NDArray[np.void]
    matrices: tuple[Matrix, ...]
    failures: list[Failure]
    others: Counter[str]
    described: int
    foreign: tuple[int, ...] = ()

    def columns(self, chosen: Sequence[Chosen]) -> dict[str, list[Matrix]]:
        """The matrices of each descriptor by its label, one an orientation and then one a region, in the order in which they
        were asked for.
        """
        matrices = iter(self.matrices)
        return {each.label: [next(matrices) for _ in each.described] for each in chosen}

    @property
    def places(self) -> Ints:
        """The place of each content in the order of files, int64 (contents,): of several files the first."""
        places = np.zeros(len(self.contents), np.int64)
        files = np.flatnonzero(self.rows >= 0)[::-1]
        places[self.rows[files]] = files
        return places


class Parts:
    """Contents, and vectors a column, as chunks to be joined at the end; of each file the digest or the failure."""

    def __init__(self, files: Files, columns: int, failures: dict[int, Failure]) -> None:
        self._files, self.failures = files, failures
        self.digests: NDArray[np.bytes_] = np.zeros(len(files), "S32")
        self._contents: list[NDArray[np.void]] = []
        self._vectors: list[list[tuple[Ints, NDArray[Any]]]] = [[] for _ in range(columns)]
        self._size = 0

    def add(self, contents: NDArray[np.void], vectors: Sequence[tuple[Ints, NDArray[Any]]]) -> None:
        """Contents, and for each column the rows among them that have a vector, with these."""
        for chunks, (rows, X) in zip(self._vectors, vectors, strict=True):
            if len(rows):
                chunks.append((rows + self._size, X))
        self._contents.append(contents)
        self._size += len(contents)

    def take(self, batch: Batch) -> int:
        """What workers have done; how many files of it were decoded."""
        self.digests[batch.index] = np.ascontiguousarray(batch.contents["digest"]).view("S32")
        self.failures.update(batch.failures)
        at = np.cumsum(batch.decoded) - 1
        self.add(batch.contents[batch.decoded], [(at[rows], X) for rows, X in batch.vectors])
        return int(batch.decoded.sum())

    def know(self, files: Ints, at: Ints) -> None:
        """Which contents, int64 (k,) among those that were added first, these files have, int64 (k,)."""
        digests = self._contents[0]["digest"]
        for start in range(0, len(files), CHUNK):
            some = slice(start, start + CHUNK)
            self.digests[files[some]] = digests[at[some]].view("S32")

    def collection(self, described: int, max_pixels: int) -> Collection:
        """All of it joined, and given away: one row a content, and each column's vectors by those rows.

        What an earlier run with a larger `max_pixels` has described is refused as it would be on reading.
        """
        contents = _joined(self._contents, CONTENT_FIELDS)
        keys, first, row_of = _distinct(contents["digest"])
        rows = _places(self.digests, contents["digest"], first, keys)
        self.digests = np.zeros(0, "S32")  # as large as the paths: not beside two copies of the contents
        del keys
        contents = contents[first]
        allowed = contents["width"].astype(np.int64) * contents["height"] <= max_pixels
        if not allowed.all():
            for index in np.flatnonzero((rows >= 0) & ~allowed[rows]).tolist():
                self.failures[index] = _too_large(self._files.path(index), contents[rows[index]], max_pixels)
            number = np.where(allowed, np.cumsum(allowed) - 1, -1)
            rows, row_of, contents = np.where(rows >= 0, number[rows], -1), number[row_of], contents[allowed]
        matrices = tuple(_matrix(chunks, row_of) for chunks in self._vectors)
        return Collection(self._files, rows, contents, matrices, *self._failed(described))

    def _failed(self, described: int) -> tuple[list[Failure], Counter[str], int, tuple[int, ...]]:
        foreign = tuple(index for index, failure in self.failures.items() if failure.reason == "not_an_image")
        others = Counter({"other files": len(foreign)} if foreign else {})
        in_order = (self.failures[index] for index in sorted(self.failures))
        failed = [failure for failure in in_order if failure.reason != "not_an_image"]
        return failed, others, described, foreign


def _too_large(path: bytes, content: np.void, max_pixels: int) -> Failure:
    from dedupe.decode.formats import too_large

    return Failure(path, "decode", "too_large", too_large(max_pixels, (int(content["width"]), int(content["height"]))))


def _distinct(digests: NDArray[np.void]) -> tuple[NDArray[Any], Ints, Ints]:
    """What tells digests V32 (n,) apart, (u,) ascending; the place of the first of each, int64 (u,); and which of these each is,
    int64 (n,).

    That is their first 8 bytes, which take a fourth of the memory, or all where a content came in twice.
    """
    keys, first, row_of = np.unique(_heads(digests), return_index=True, return_inverse=True)
    if len(keys) < len(digests):
        whole = np.ascontiguousarray(digests).view("S32")  # numpy ignores zeros at the end: all are of one length
        return np.unique(whole, return_index=True, return_inverse=True)
    return keys, first, row_of


def _heads(digests: NDArray[Any]) -> NDArray[np.uint64]:
    """The first 8 bytes of digests of 32 (n,) as numbers that sort as the bytes do."""
    found = np.empty(len(digests), np.uint64)
    for at in range(0, len(digests), CHUNK):
        found[at : at + CHUNK] = np.ascontiguousarray(digests[at : at + CHUNK]).view(">u8")[::4]
    return found


def _places(digests: NDArray[np.bytes_], known: NDArray[np.void], first: Ints, keys: NDArray[Any]) -> Ints:
    """Which of the distinct known digests, `known[first]` V32 (u,), each digest S32 (n,) is, int64 (n,); -1 where it is none of
    them, or there is none.
    """
    rows = np.full(len(digests), -1, np.int64)
    for at in range(0, len(digests) if len(keys) else 0, CHUNK):
        some = digests[at : at + CHUNK]
        place = np.searchsorted(keys, some if keys.dtype.kind == "S" else _heads(some))
        place = np.minimum(place, len(keys) - 1)
        same = np.ascontiguousarray(known[first[place]]).view("S32") == some
        rows[at : at + CHUNK] = np.where(same & (some != b""), place, -1)
    return rows


def _joined(chunks: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    """The chunks as one, a single one without a copy; they are given away, for contents of a million take 88 MB."""
    joined: NDArray[Any] = chunks[0] if len(chunks) == 1 else np.concatenate([np.zeros(0, dtype), *chunks])
    chunks.clear()
    return joined


def _matrix(chunks: list[tuple[Ints, NDArray[Any]]], row_of: Ints) -> Matrix:
    if not chunks:
        return Matrix(np.zeros(0, np.int64), np.zeros((0, 0)))
    rows = row_of[np.concatenate([rows for rows, _ in chunks])]
    unique, first = np.unique(rows, return_index=True)
    if len(unique) and unique[0] < 0:
        unique, first = unique[1:], first[1:]
    return Matrix(unique, np.concatenate([X for _, X in chunks])[first])
