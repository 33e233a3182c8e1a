"""Describes the photos of an evaluation and their copies, and keeps count of what went wrong."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from dedupe.describe.choose import Chosen
from dedupe.describe.gather import AnyPath, Gathered, gather, summary
from dedupe.describe.workers import Column
from dedupe.errors import UsageError
from dedupe.evaluate.alike import NONE, too_alike
from dedupe.model import Bools, Failure, Files, Ints, Matrix, Run, Select, Summary
from dedupe.plugins import Plugins

LEAST_PHOTOS = 20

NAMED = 3
"""Pairs of photos that are too alike which are named."""


Rows = tuple[Bools, NDArray[Any]]
"""Which of the photos have a vector, bool (n,), and those vectors (k,d)."""


@dataclass(frozen=True, slots=True)
class AskedPhotos:
    """The photos of an evaluation: where they are, which of these, and how to go about it."""

    paths: Sequence[AnyPath]
    select: Select
    run: Run


class Collector:
    """Gathers what an evaluation needs."""

    def __init__(self, asked: AskedPhotos, loaded: Plugins) -> None:
        self._asked, self._loaded = asked, loaded
        self._failures: dict[tuple[bytes, str, str, str], Failure] = {}
        self._seconds: Counter[str] = Counter()
        self._described = 0
        self._first: Gathered | None = None
        self._alike = NONE
        self.digests: NDArray[np.bytes_] = np.zeros(0, "S32")
        self.photos: Ints = np.zeros(0, np.int64)
        self.notes: list[str] = []

    def describe(self, columns: Sequence[tuple[Chosen, Column]], step: int, steps: int) -> list[Rows]:
        """Of each column which photos have a vector, bool (n,), and those vectors (k,d); the first call finds the photos."""
        what = "describing" if self._first is None else "copies"
        chosen = [Chosen(each.label, each.descriptor, each.threshold, (column,)) for each, column in columns]
        run = self._asked.run
        told = replace(run, progress=lambda _, done, total: run.progress(what, step * total + done, steps * total))
        found = gather(self._asked.paths, chosen, self._loaded, self._asked.select, told)
        for failure in found.failures:
            self._failures.setdefault((failure.path, failure.stage, failure.reason, failure.message), failure)
        self._seconds.update(found.seconds)
        self._described = max(self._described, found.collection.described)
        if self._first is None:
            self._first = found
            self._choose(found)
        return [self._rows(found, matrix) for matrix in found.collection.matrices]

    def _choose(self, found: Gathered) -> None:
        """Takes each content that is a photo: not flat, and no two of equal pixels (re-encoded copies differ in them)."""
        contents, rows = found.collection.contents, found.collection.rows
        used = np.flatnonzero(rows >= 0)
        _, first = np.unique(rows[used], return_index=True)
        files = used[np.sort(first)]
        flat = contents["quality"][rows[files]] <= 0
        pixels = np.ascontiguousarray(contents["pixels"][rows[files]]).view("S16")
        once = np.zeros(len(files), np.bool_)
        once[np.unique(pixels, return_index=True)[1]] = True
        for count, what in (
            (int(flat.sum()), "flat or nearly blank"),
            (int((~flat & ~once).sum()), "equal to another"),
        ):
            if count:
                self.notes.append(f"{count} {'photo is' if count == 1 else 'photos are'} {what} and left out.")
        files = files[once & ~flat]
        self.photos = files
        self.digests = _digests(contents)[rows[files]]
        if len(files) < LEAST_PHOTOS:
            raise UsageError(too_few(len(files), found.failures))

    def leave_out(self, by: Chosen, matrices: Sequence[Matrix]) -> Bools:
        """Leaves out of the photos (n,) all but one of each that are too alike, and counts them; those that stay, bool (n,).

        A descriptor proposes them, by a Matrix for each of its columns, of which the photos are the `contents`. Raises
        UsageError for fewer than LEAST_PHOTOS that stay.
        """
        alike = too_alike([(by, matrices)], self.first, self.photos, self._loaded, self._asked.run)
        self._alike, apart = alike, alike.apart(len(self.photos))
        self.notes += alike.notes()
        if count := len(alike.member):
            named = "; ".join(alike.named([self.files.path(index) for index in self.photos.tolist()], NAMED))
            whole = "; scan lists them all" if count > NAMED else ""
            self.notes.append(
                f"{count:,} {'photo is a near-duplicate' if count == 1 else 'photos are near-duplicates'} of others and left "
                f"out ({alike.said()}), since all have to be different photos: {named}{whole}."
            )
        self.photos, self.digests = self.photos[apart], self.digests[apart]
        if len(self.photos) < LEAST_PHOTOS:
            raise UsageError(" ".join([too_few(len(self.photos), self.failures), *self.notes[-1:]]))
        return apart

    def _rows(self, found: Gathered, matrix: Matrix) -> Rows:
        digests = _digests(found.collection.contents)[matrix.contents]
        order = np.argsort(digests)
        if not len(order):
            return np.zeros(len(self.digests), np.bool_), np.zeros((0, 1), matrix.X.dtype)
        at = order[np.minimum(np.searchsorted(digests, self.digests, sorter=order), len(order) - 1)]
        have = digests[at] == self.digests
        return have, matrix.X[at[have]]

    def names(self) -> str:
        """A digest of each content's name, that of its first file: what copies depend on that have it drawn on them."""
        contents, rows = self.first.collection.contents, self.first.collection.rows
        used = np.flatnonzero(rows >= 0)
        found, first = np.unique(rows[used], return_index=True)
        names = [os.path.basename(self.files.path(index)) for index in used[first].tolist()]
        digests = contents["digest"][found].tolist()
        return blake3(b"/".join(sorted(map(bytes.__add__, digests, names)))).hexdigest(8)

    @property
    def first(self) -> Gathered:
        """What was found first."""
        assert self._first is not None
        return self._first

    @property
    def files(self) -> Files:
        """The files that were found first; `photos` int64 (n,) are those of them that take part."""
        return self.first.walk.files

    @property
    def failures(self) -> list[Failure]:
        """All failures so far, each once."""
        return list(self._failures.values())

    def summary(self) -> Summary:
        """The counts of the run."""
        kinds, lost = self._alike.counts(), self._alike.not_judged
        first = summary(self.first, self.first.collection.rows, kinds=kinds, not_judged=lost)
        reasons = dict(Counter(failure.reason for failure in self.failures))
        return replace(first, described=self._described, failures=reasons, seconds=dict(self._seconds))


def _digests(contents: NDArray[np.void]) -> NDArray[np.bytes_]:
    return np.ascontiguousarray(contents["digest"]).view("S32")


def too_few(count: int, failures: Sequence[Failure]) -> str:
    """The sentence for what an evaluation cannot do without more photos."""
    sentence = f"An evaluation needs at least {LEAST_PHOTOS} different photos; here are {count}"
    if not failures:
        return f"{sentence}. Name a folder with more, or none at all for those that come with dedupe."
    path = os.fsdecode(failures[0].path)
    return f"{sentence}, and {len(failures)} that could not be used ({path}: {failures[0].message})."
