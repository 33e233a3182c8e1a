"""Files to descriptors: what the store knows is taken from there, the rest is read, decoded and described once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe.console import say
from dedupe.describe.forecast import Forecast
from dedupe.describe.parts import Collection, Parts
from dedupe.describe.portions import FilesToDescribe, here
from dedupe.describe.workers import Column
from dedupe.describe.workers.shapes import Known
from dedupe.errors import Interrupted
from dedupe.model import Batch, Bools, Decoder, Failure, Files, Ints, Run, ToDescribe
from dedupe.store import Store

__all__ = ["Collection", "Wanted", "describe"]


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


def describe(
    files: Files,
    columns: Sequence[Column],
    decoders: Sequence[Decoder],
    store: Store,
    run: Run,
    *,
    version: str,
    upright: Bools | None = None,
    by: Callable[[ToDescribe], Iterator[Batch]] = here,
) -> Collection:
    """All columns of all files, but of those that are True in `upright`, bool (files,), the upright columns are enough.

    `version` is what failures are remembered for, and `by` describes what the store does not have. Raises Interrupted after
    saving what was finished, and says so where the store outlives this run.
    """
    wanted = Wanted(columns, np.zeros(len(files), np.bool_) if upright is None else upright)
    with _saying_what_lasts(store):
        return _Stage(files, wanted, decoders, store, run, version, by).collection()


class _Stage:
    """One run of the stage: it owns what has come in, by content and by file."""

    def __init__(
        self,
        files: Files,
        wanted: Wanted,
        decoders: Sequence[Decoder],
        store: Store,
        run: Run,
        version: str,
        by: Callable[[ToDescribe], Iterator[Batch]],
    ) -> None:
        self._files, self._wanted, self._decoders = files, wanted, decoders
        self._store, self._run, self._version, self._by = store, run, version, by
        self._keys = [column.key for column in wanted.columns]
        self._described = 0

    def collection(self) -> Collection:
        """Everything, from the store or described now."""
        known = self._store.lookup(self._files, self._version)
        failures = {index: Failure(self._files.path(index), *why) for index, why in known.failure.items()}
        self._parts = Parts(self._files, len(self._keys), failures)
        ready = known.content >= 0
        ids, at = np.unique(known.content[ready], return_inverse=True)
        complete = self._cached(ids)
        self._parts.know(np.flatnonzero(ready), at)
        ready[ready] = self._wanted.served(np.flatnonzero(ready), complete[:, at])
        ready[np.fromiter(failures, np.int64, len(failures))] = True
        self._read(_in_reading_order(np.flatnonzero(~ready), self._files))
        return self._parts.collection(self._described, self._run.max_pixels)

    def _cached(self, ids: Ints) -> Bools:
        """Adds what the store has of contents; bool (2,n): which have all columns, which at least the upright ones."""
        contents = self._store.contents(ids)
        complete = np.ones((2, len(ids)), np.bool_)
        vectors = []
        for column in self._wanted.columns:
            have, X = self._store.vectors(column.key, ids)
            complete[0] &= have
            if column.turn == "none":
                complete[1] &= have
            vectors.append((np.flatnonzero(have), X))
        self._parts.add(contents, vectors)
        return complete

    def _read(self, todo: Ints) -> None:
        """Has workers read the files `todo`; what they turn out to be known by comes from the store."""
        done, known = 0, self._store.known_prefixes(self._keys) if len(todo) else None
        forecast = Forecast(self._wanted.columns, say)
        while len(todo):
            seen: list[Ints] = [np.zeros(0, np.int64)]
            for batch in self._batches(todo, known):
                self._save(batch)
                self._described += self._parts.take(batch)
                seen.append(batch.index[~batch.decoded | _in_part(batch, known)])
                done += len(batch.index) + len(batch.failures)
                self._run.progress("describing", done, len(todo))
                forecast.seen(done, len(todo))
            todo, known = self._recall(np.concatenate(seen)), None

    def _batches(self, todo: Ints, known: Known | None) -> Iterator[Batch]:
        from dedupe.describe.workers.running import checked

        need, columns = self._wanted.masks(todo), self._wanted.columns
        work = FilesToDescribe(self._files, todo, columns, self._decoders, known, need, self._run)
        return checked(self._by(work), columns, self._files.path)

    def _save(self, batch: Batch) -> None:
        """Saves a batch; a failure is remembered for files that have nothing else, not for a descriptor that raised."""
        vectors = [(key, rows, X) for key, (rows, X) in zip(self._keys, batch.vectors, strict=True)]
        usable = set(batch.index.tolist())
        failures = [(index, failure) for index, failure in batch.failures if index not in usable]
        contents = batch.contents, batch.decoded
        self._store.add(self._files, batch.index, batch.stat, *contents, vectors, failures, self._version)

    def _recall(self, seen: Ints) -> Ints:
        """Takes from the store the contents that the workers met again; the files it cannot serve after all."""
        if not len(seen):
            return seen
        unique, at = np.unique(self._parts.digests[seen], return_inverse=True)
        ids = self._store.find_digests(np.ascontiguousarray(unique).view("V32"))
        complete = np.zeros((2, len(ids)), np.bool_)
        complete[:, ids >= 0] = self._cached(ids[ids >= 0])
        lost = seen[~self._wanted.served(seen, complete[:, at])]
        self._parts.digests[lost] = b""
        return lost


@contextmanager
def _saying_what_lasts(store: Store) -> Iterator[None]:
    """An interruption's sentence says that there is something to go on from, where there is."""
    try:
        yield
    except Interrupted as error:
        if store.lasting:
            raise Interrupted(f"{error} What was finished has been saved.") from None
        raise


def _in_reading_order(todo: Ints, files: Files) -> Ints:
    """Files as `_twins_together` has them, then what is in containers, in the order in which it lies there."""
    if files.members is None:
        return _twins_together(todo, files.size)
    inside = files.inside[todo]
    members, number = todo[inside], files.inode[todo[inside]]
    order = np.lexsort((files.members.offset[number], files.members.container[number]))
    return np.concatenate([_twins_together(todo[~inside], files.size), members[order]])


def _twins_together(todo: Ints, size: Ints) -> Ints:
    """The files in their order, but those of equal size together: their bytes may be equal, and one worker sees that."""
    _, first, same = np.unique(size[todo], return_index=True, return_inverse=True)
    return todo[np.argsort(first[same], kind="stable")]


def _in_part(batch: Batch, known: Known | None) -> Bools:
    """Contents of which the store had some of the columns, so that the workers made only the others, bool (k,)."""
    if known is None or not len(known[0]):
        return np.zeros(len(batch.index), np.bool_)
    prefixes = np.ascontiguousarray(batch.contents["digest"]).view("<u8").reshape(-1, 4)[:, 0]
    at = np.minimum(np.searchsorted(known[0], prefixes), len(known[0]) - 1)
    return np.asarray((known[0][at] == prefixes) & (known[1][at] != 0))
