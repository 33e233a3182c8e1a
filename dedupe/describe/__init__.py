"""Files to descriptors: what the store knows is taken from there, the rest is read, decoded and described once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.forecast import Forecast
from dedupe.errors import Interrupted
from dedupe.model import CONTENT_FIELDS, Decoder, Failure, Files, Matrix
from dedupe.store import Store
from dedupe.workers import Batch, Column

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Collection:
    """Described files: `rows` int64 (n,) is each file's row in `contents`, or -1 where it could not be used; a file that one
    descriptor failed on has its row, and is a failure too.

    `matrices` holds one `Matrix` a column, its `contents` being rows here; `described` counts the files decoded now,
    `others` those that turned out to be no pictures.
    """

    files: Files
    rows: Ints
    contents: NDArray[np.void]
    matrices: tuple[Matrix, ...]
    failures: list[Failure]
    others: Counter[str]
    described: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns to describe, and of which files the upright ones are enough: `upright` bool (files,)."""

    columns: Sequence[Column]
    upright: Bools

    def served(self, index: Ints, complete: Bools) -> Bools:
        """Which files `index` (k,) lack nothing if `complete` bool (2,k) says which have all and which the upright columns."""
        return np.asarray(np.where(self.upright[index], complete[1], complete[0]))

    def masks(self, index: Ints) -> NDArray[np.object_] | None:
        """The columns wanted of the files `index` (k,) as whole numbers, bit i for column i; None: all of all of them."""
        if not self.upright[index].any():
            return None
        every = (1 << len(self.columns)) - 1
        upright = sum(1 << i for i, column in enumerate(self.columns) if column.turn == "none")
        return np.array([upright if one else every for one in self.upright[index].tolist()], object)


@dataclass(slots=True)
class _Parts:
    """What has come in so far: contents, and vectors a column, both as chunks to be joined at the end."""

    columns: int
    contents: list[NDArray[np.void]] = field(default_factory=list)
    vectors: list[list[tuple[Ints, NDArray[Any]]]] = field(init=False)
    size: int = 0

    def __post_init__(self) -> None:
        self.vectors = [[] for _ in range(self.columns)]

    def add(self, contents: NDArray[np.void], vectors: Sequence[tuple[Ints, NDArray[Any]]]) -> None:
        for chunks, (rows, X) in zip(self.vectors, vectors, strict=True):
            if len(rows):
                chunks.append((rows + self.size, X))
        self.contents.append(contents)
        self.size += len(contents)


def describe(
    files: Files,
    columns: Sequence[Column],
    decoders: Sequence[Decoder],
    store: Store,
    *,
    version: str,
    settings: dict[str, Any],
    progress: Callable[[str, int, int], None],
    upright: Bools | None = None,
) -> Collection:
    """All columns of all files, but of those that are True in `upright`, bool (files,), the upright columns are enough.

    `settings` go to `workers.run` as they are, `version` is what failures are remembered for.
    Raises Interrupted after saving what was finished, and says so where the store outlives this run.
    """
    wanted = Wanted(columns, np.zeros(len(files), np.bool_) if upright is None else upright)
    known = store.lookup(files, version)
    failures = {index: Failure(files.path(index), *why) for index, why in known.failure.items()}
    parts = _Parts(len(columns))
    ids, at = np.unique(known.content[known.content >= 0], return_inverse=True)
    complete = _cached(store, wanted, ids, parts)
    digests = np.zeros(len(files), "S32")
    ready = known.content >= 0
    digests[ready] = _digests(parts)[at]
    ready[ready] = wanted.served(np.flatnonzero(ready), complete[:, at])
    ready[np.fromiter(failures, np.int64, len(failures))] = True
    todo = _twins_together(np.flatnonzero(~ready), files.size)
    described = 0
    if len(todo):
        with _saying_what_lasts(store):
            described = _fresh(
                files, todo, wanted, decoders, store, parts, digests, failures, version, settings, progress
            )
    return _assemble(files, digests, parts, failures, described, settings["pixel_cap"])


@contextmanager
def _saying_what_lasts(store: Store) -> Iterator[None]:
    """An interruption's sentence says that there is something to go on from, where there is."""
    try:
        yield
    except Interrupted as error:
        if store.lasting:
            raise Interrupted(f"{error} What was finished has been saved.") from None
        raise


def _twins_together(todo: Ints, size: Ints) -> Ints:
    """The files in their order, but those of equal size together: their bytes may be equal, and one worker sees that."""
    _, first, same = np.unique(size[todo], return_index=True, return_inverse=True)
    return todo[np.argsort(first[same], kind="stable")]


def _cached(store: Store, wanted: Wanted, ids: Ints, parts: _Parts) -> Bools:
    """Adds what the store has of the contents `ids`; bool (2,n): which have all columns, which at least the upright ones."""
    contents = store.contents(ids)
    complete = np.ones((2, len(ids)), np.bool_)
    vectors = []
    for column in wanted.columns:
        have, X = store.vectors(column.key, ids)
        complete[0] &= have
        if column.turn == "none":
            complete[1] &= have
        vectors.append((np.flatnonzero(have), X))
    parts.add(contents, vectors)
    return complete


def _digests(parts: _Parts) -> NDArray[np.bytes_]:
    """Digests of all contents so far as S32, which numpy can sort (it ignores trailing zeros: all are of one length)."""
    return _joined([np.ascontiguousarray(part["digest"]).view("S32") for part in parts.contents], "S32")


def _fresh(
    files: Files,
    todo: Ints,
    wanted: Wanted,
    decoders: Sequence[Decoder],
    store: Store,
    parts: _Parts,
    digests: NDArray[np.bytes_],
    failures: dict[int, Failure],
    version: str,
    settings: dict[str, Any],
    progress: Callable[[str, int, int], None],
) -> int:
    """Reads the files `todo`; fills digests, parts and failures; the number decoded."""
    from dedupe.workers import run

    columns, keys = wanted.columns, [column.key for column in wanted.columns]
    described = done = 0
    known: tuple[NDArray[np.uint64], NDArray[np.uint32]] | None = store.known_prefixes(keys)
    forecast = Forecast(columns, settings["notify"])
    while len(todo):
        seen: list[Ints] = []
        for batch in run(files, todo, columns, decoders, known=known, need=wanted.masks(todo), **settings):
            _save(store, files, keys, batch, version)
            described += _collect(batch, parts, digests, failures)
            seen.append(batch.index[~batch.decoded | _in_part(batch, known)])
            done += len(batch.index) + len(batch.failures)
            progress("describing", done, len(todo))
            forecast.seen(done, len(todo))
        todo = _recall(store, wanted, np.concatenate([np.zeros(0, np.int64), *seen]), parts, digests)
        known = None
    return described


def _save(store: Store, files: Files, keys: Sequence[str], batch: Batch, version: str) -> None:
    """Saves a batch; a failure is remembered for files that have nothing else, not for a descriptor that raised."""
    vectors = [(key, rows, X) for key, (rows, X) in zip(keys, batch.vectors, strict=True)]
    usable = set(batch.index.tolist())
    failures = [(index, failure) for index, failure in batch.failures if index not in usable]
    store.add(files, batch.index, batch.stat, batch.contents, batch.decoded, vectors, failures, version)


def _collect(batch: Batch, parts: _Parts, digests: NDArray[np.bytes_], failures: dict[int, Failure]) -> int:
    digests[batch.index] = np.ascontiguousarray(batch.contents["digest"]).view("S32")
    failures.update(batch.failures)
    at = np.cumsum(batch.decoded) - 1
    parts.add(batch.contents[batch.decoded], [(at[rows], X) for rows, X in batch.vectors])
    return int(batch.decoded.sum())


def _in_part(batch: Batch, known: tuple[NDArray[np.uint64], NDArray[np.uint32]] | None) -> Bools:
    """Contents of which the store had some of the columns, so that the workers made only the others, bool (k,)."""
    if known is None or not len(known[0]):
        return np.zeros(len(batch.index), np.bool_)
    prefixes = np.ascontiguousarray(batch.contents["digest"]).view("<u8").reshape(-1, 4)[:, 0]
    at = np.minimum(np.searchsorted(known[0], prefixes), len(known[0]) - 1)
    return np.asarray((known[0][at] == prefixes) & (known[1][at] != 0))


def _recall(store: Store, wanted: Wanted, seen: Ints, parts: _Parts, digests: NDArray[np.bytes_]) -> Ints:
    """Takes from the store the contents that the workers met again; the files it cannot serve after all."""
    if not len(seen):
        return seen
    unique, at = np.unique(digests[seen], return_inverse=True)
    ids = store.find_digests(np.ascontiguousarray(unique).view("V32"))
    complete = np.zeros((2, len(ids)), np.bool_)
    complete[:, ids >= 0] = _cached(store, wanted, ids[ids >= 0], parts)
    lost = seen[~wanted.served(seen, complete[:, at])]
    digests[lost] = b""
    return lost


def _assemble(
    files: Files,
    digests: NDArray[np.bytes_],
    parts: _Parts,
    failures: dict[int, Failure],
    described: int,
    pixel_cap: int,
) -> Collection:
    """Joins the parts: one row a content, and each column's vectors by those rows.

    What an earlier run with a larger `pixel_cap` has described is refused as it would be on reading.
    """
    unique, first, row_of = np.unique(_digests(parts), return_index=True, return_inverse=True)
    contents = _joined(parts.contents, CONTENT_FIELDS)[first]
    rows = np.full(len(files), -1, np.int64)
    if len(unique):
        at = np.minimum(np.searchsorted(unique, digests), len(unique) - 1)
        rows = np.where((unique[at] == digests) & (digests != b""), at, -1)
    allowed = contents["width"].astype(np.int64) * contents["height"] <= pixel_cap
    if not allowed.all():
        for index in np.flatnonzero((rows >= 0) & ~allowed[rows]).tolist():
            failures[index] = _too_large(files.path(index), contents[rows[index]], pixel_cap)
        number = np.where(allowed, np.cumsum(allowed) - 1, -1)
        rows, row_of, contents = np.where(rows >= 0, number[rows], -1), number[row_of], contents[allowed]
    others = Counter("other files" for failure in failures.values() if failure.reason == "not_an_image")
    listed = [failures[index] for index in sorted(failures) if failures[index].reason != "not_an_image"]
    matrices = tuple(_matrix(chunks, row_of) for chunks in parts.vectors)
    return Collection(files, rows, contents, matrices, listed, others, described)


def _too_large(path: bytes, content: np.void, pixel_cap: int) -> Failure:
    from dedupe.decode.reading import too_large

    return Failure(path, "decode", "too_large", too_large(pixel_cap, (int(content["width"]), int(content["height"]))))


def _joined(chunks: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    """The chunks as one, a single one without a copy; they are given away, for contents of a million take 76 MB."""
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
